//! Whether the user's ssh configuration can send a connection through a proxy at all.
//!
//! Asking `ssh -G` for each host costs as much as a tenth of a cheap handshake; most configurations name no proxy anywhere.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::target::{SshSettings, Target, UserConfig};

/// Whether a proxy may stand between us and hosts by the user's configuration. In doubt it may: `ssh -G` knows better.
pub(crate) fn may_proxy(settings: &SshSettings) -> bool {
    let system = || {
        let mut files = vec![PathBuf::from("/etc/ssh/ssh_config")];
        match fs::read_dir("/etc/ssh/ssh_config.d") {
            Ok(entries) => files.extend(entries.flatten().map(|entry| entry.path())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(_) => return None,
        }
        Some(files)
    };
    let files = match &settings.user_config {
        UserConfig::None => Some(Vec::new()),
        UserConfig::File(path) => Some(vec![path.clone()]),
        UserConfig::Default => match (std::env::home_dir(), system()) {
            (Some(home), Some(mut files)) => {
                files.push(home.join(".ssh/config"));
                Some(files)
            }
            _ => None,
        },
    };
    files.is_none_or(|files| files.iter().any(|file| file_may_proxy(file)))
}

fn file_may_proxy(file: &Path) -> bool {
    match fs::read(file) {
        Ok(text) => String::from_utf8_lossy(&text).lines().any(line_may_proxy),
        Err(error) => error.kind() != io::ErrorKind::NotFound,
    }
}

fn line_may_proxy(line: &str) -> bool {
    let line = line.trim().to_ascii_lowercase();
    if line.starts_with('#') {
        return false;
    }
    // The include of Debian's and Red Hat's own file is read anyway.
    let include =
        line.starts_with("include") && line.trim_start_matches("include").trim() != "/etc/ssh/ssh_config.d/*.conf";
    include || line.contains("proxy")
}

/// Whether the inventory's own options for a host decide where the connection goes.
pub(crate) fn target_redirects(target: &Target) -> bool {
    let names = ["proxyjump", "proxycommand", "hostname", "port"];
    target.options.keys().any(|option| names.contains(&option.to_ascii_lowercase().as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_doubt_there_is_a_proxy() {
        for line in ["  ProxyJump gate", "proxycommand=nc %h %p", "Include work/*", "Match host x exec y proxyjump"] {
            assert!(line_may_proxy(line), "{line}");
        }
        for line in ["Host *", "# ProxyJump gate", "Include /etc/ssh/ssh_config.d/*.conf", "SendEnv LANG LC_*", ""] {
            assert!(!line_may_proxy(line), "{line}");
        }
        let mut settings = SshSettings::new(PathBuf::from("/k"));
        settings.user_config = UserConfig::None;
        assert!(!may_proxy(&settings));
        settings.user_config = UserConfig::File(PathBuf::from("/"));
        assert!(may_proxy(&settings), "a file that can't be read");
    }
}
