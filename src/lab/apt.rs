//! How apt on this machine reaches its packages, so that images are built wherever apt works: its sources for the suite, and its
//! settings for transport (proxies, certificates, checks).

use std::fs;
use std::path::Path;

use super::command::{run, tool};
use super::error::LabError;
use super::state::write_private;

/// Settings of apt that say how to reach a registry; all others belong to this machine's own packages.
const TRANSPORT: &[&str] = &[
    "Acquire::http::",
    "Acquire::https::",
    "Acquire::ftp::",
    "Acquire::Check-",
    "Acquire::Retries",
    "Acquire::ForceIPv",
    "Acquire::Proxy-Auto-Detect",
    "Acquire::http ",
    "Acquire::https ",
];

/// What apt needs to be told, written into a private directory: it may hold proxy passwords.
pub(super) struct AptFiles<'a> {
    /// The directory that holds `sources.list`, `lab.sources` and `apt.conf`.
    pub(super) dir: &'a Path,
}

impl AptFiles<'_> {
    /// Writes the files for a suite.
    pub(super) async fn write(&self, suite: &str) -> Result<(), LabError> {
        let (lines, stanzas) = sources(Path::new("/etc/apt"), suite)?;
        if lines.is_empty() && stanzas.is_empty() {
            return Err(LabError::NoAptSource { suite: suite.to_owned() });
        }
        super::state::make_dir(&self.dir.join("sources"))?;
        if !lines.is_empty() {
            write_private(&self.list(), lines.as_bytes())?;
        }
        if !stanzas.is_empty() {
            write_private(&self.stanzas(), stanzas.as_bytes())?;
        }
        let dump = run("read apt's configuration", tool("apt-config").arg("dump")).await?;
        write_private(&self.conf(), transport(&dump).as_bytes())
    }
    fn list(&self) -> std::path::PathBuf {
        self.dir.join("sources/lab.list")
    }
    fn stanzas(&self) -> std::path::PathBuf {
        self.dir.join("sources/lab.sources")
    }
    /// The settings.
    pub(super) fn conf(&self) -> std::path::PathBuf {
        self.dir.join("apt.conf")
    }
    /// The source files that exist.
    pub(super) fn source_files(&self) -> Vec<std::path::PathBuf> {
        [self.list(), self.stanzas()].into_iter().filter(|path| path.is_file()).collect()
    }
}

/// The variables with which a user may point apt at a proxy.
pub(super) fn proxy_environment() -> impl Iterator<Item = (&'static str, std::ffi::OsString)> {
    ["http_proxy", "https_proxy", "ftp_proxy", "no_proxy", "all_proxy"]
        .into_iter()
        .filter_map(|name| std::env::var_os(name).map(|value| (name, value)))
}

fn transport(dump: &str) -> String {
    let mut conf = String::from("Acquire::Languages \"none\";\n");
    for line in dump.lines().filter(|line| TRANSPORT.iter().any(|prefix| line.starts_with(prefix))) {
        conf.push_str(line);
        conf.push('\n');
    }
    conf
}

/// The one-line entries and the deb822 stanzas for a suite, verbatim but for what belongs to other suites.
fn sources(etc: &Path, suite: &str) -> Result<(String, String), LabError> {
    let mut files = vec![etc.join("sources.list")];
    let parts = etc.join("sources.list.d");
    if parts.is_dir() {
        for entry in fs::read_dir(&parts).map_err(LabError::io("list", &parts))? {
            files.push(entry.map_err(LabError::io("list", &parts))?.path());
        }
    }
    files.sort();
    let (mut lines, mut stanzas) = (String::new(), String::new());
    for file in files.iter().filter(|file| file.is_file()) {
        let extension = file.extension().and_then(|extension| extension.to_str());
        // apt.conf(5) and sources.list(5): other names are ignored.
        if !matches!(extension, Some("list" | "sources")) {
            continue;
        }
        let text = fs::read_to_string(file).map_err(LabError::io("read", file))?;
        if extension == Some("list") {
            for line in text.lines().filter(|line| is_entry_for(line, suite)) {
                lines.push_str(line);
                lines.push('\n');
            }
        } else {
            let uncommented: Vec<_> = text.lines().filter(|line| !line.starts_with('#')).collect();
            for stanza in uncommented.split(|line| line.trim().is_empty()) {
                if let Some(stanza) = stanza_for(stanza, suite) {
                    stanzas.push_str(&stanza);
                    stanzas.push('\n');
                }
            }
        }
    }
    Ok((lines, stanzas))
}

fn is_suite(word: &str, suite: &str) -> bool {
    word.strip_prefix(suite).is_some_and(|rest| matches!(rest, "" | "-updates" | "-security" | "/updates"))
}

/// `deb [options] URI SUITE COMPONENT…`
fn is_entry_for(line: &str, suite: &str) -> bool {
    let Some(rest) = line.trim().strip_prefix("deb ") else {
        return false;
    };
    let rest = rest.trim_start();
    let rest = if rest.starts_with('[') { rest.split_once(']').map_or("", |(_, rest)| rest) } else { rest };
    let words: Vec<_> = rest.split('#').next().unwrap_or_default().split_whitespace().collect();
    words.len() >= 3 && is_suite(words[1], suite) && words[2..].contains(&"main")
}

fn stanza_for(lines: &[&str], suite: &str) -> Option<String> {
    let field = |name: &str| {
        lines.iter().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.trim().eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        })
    };
    let has = |value: &Option<String>, wanted: &str| {
        value.as_deref().is_some_and(|value| value.split_whitespace().any(|word| word == wanted))
    };
    let disabled = field("Enabled").is_some_and(|value| matches!(value.to_lowercase().as_str(), "no" | "false" | "0"));
    if disabled || !has(&field("Types"), "deb") || !has(&field("Components"), "main") {
        return None;
    }
    let suites = field("Suites")?;
    let suites: Vec<_> = suites.split_whitespace().filter(|word| is_suite(word, suite)).collect();
    if suites.is_empty() {
        return None;
    }
    let mut text = String::new();
    for line in lines {
        let key = line.split(':').next().unwrap_or_default().trim().to_lowercase();
        match key.as_str() {
            "suites" => {
                text.push_str("Suites: ");
                text.push_str(&suites.join(" "));
            }
            "types" => text.push_str("Types: deb"),
            _ => text.push_str(line),
        }
        text.push('\n');
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_suite_and_its_updates_are_taken() {
        for (line, wanted) in [
            ("deb http://a/debian bookworm main contrib", true),
            ("deb [arch=amd64 signed-by=/k.gpg] https://a/debian bookworm-security main", true),
            ("# deb http://a/debian bookworm main", false),
            ("deb-src http://a/debian bookworm main", false),
            ("deb http://a/debian bookworm-backports main", false),
            ("deb https://docker.example/linux bookworm stable", false),
            ("deb http://a/debian trixie main", false),
            ("deb http://a/debian bookworm", false),
        ] {
            assert_eq!(is_entry_for(line, "bookworm"), wanted, "{line}");
        }
    }

    #[test]
    fn a_stanza_keeps_its_key_and_loses_other_suites() {
        let stanza = ["Types: deb deb-src", "URIs: http://a/", "Suites: trixie bookworm bookworm-updates"];
        let rest = ["Components: main", "Signed-By:", " -----BEGIN", " .", " abc"];
        let lines: Vec<_> = stanza.into_iter().chain(rest).collect();
        let text = stanza_for(&lines, "bookworm").unwrap();
        let expected = "Types: deb\nURIs: http://a/\nSuites: bookworm bookworm-updates\nComponents: main\nSigned-By:\n -----BEGIN\n .\n abc\n";
        assert_eq!(text, expected);
        assert!(stanza_for(&lines, "sid").is_none());
        let off: Vec<_> = lines.iter().copied().chain(["Enabled: no"]).collect();
        assert!(stanza_for(&off, "bookworm").is_none());
    }

    #[test]
    fn transport_settings_only() {
        let dump =
            "APT \"\";\nAcquire::Check-Date \"false\";\nAcquire::http::Proxy \"http://p:1\";\nAcquire::cdrom \"\";\n";
        let conf = transport(dump);
        assert!(conf.contains("Check-Date") && conf.contains("http://p:1"));
        assert!(!conf.contains("cdrom") && !conf.contains("APT"));
    }
}
