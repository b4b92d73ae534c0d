//! `fleet init`: a first inventory.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::engine::status::Failure;
use crate::inventory::{from_ssh_config, starter};
use crate::report::{ExitCode, Ui};

use super::app::{self, CliError};
use super::args::Global;
use super::ssh_includes::Reader;
use super::written::WrittenReport;

const HOSTS: &str = "hosts.toml";

/// `fleet init`
pub(super) fn init(global: &Global, ui: &Ui, ssh_config: Option<&Path>) -> Result<ExitCode, CliError> {
    let directory = &global.inventory;
    let mut files: Vec<(&str, String)> = starter().iter().map(|(name, text)| (*name, (*text).to_owned())).collect();
    if let Some(file) = ssh_config {
        let hosts = hosts_of(file)?;
        for (name, text) in &mut files {
            if *name == HOSTS {
                text.clone_from(&hosts);
            }
        }
    }
    refuse_to_overwrite(directory, &files)?;
    let written = write_all(directory, &files).map_err(|(path, error)| {
        let message = format!("cannot write {}: {error}; nothing is left of it", path.display());
        CliError::failure(Failure::bare("not-written", message))
    })?;
    ui.note(
        "keep `.fleet/` out of version control: it holds the digest key and the journal (`echo .fleet/ >> .gitignore`)",
    );
    let shown: Vec<String> = written.iter().map(|path| path.display().to_string()).collect();
    let mut report = WrittenReport::new(shown, global.next("hosts trust"));
    if ssh_config.is_none() {
        report.notes.push(format!("put your own hosts into {} first", directory.join(HOSTS).display()));
    }
    app::print(ui, &report)?;
    Ok(ExitCode::Success)
}

/// `hosts.toml` from an SSH configuration and what it includes.
fn hosts_of(file: &Path) -> Result<String, CliError> {
    let home = std::env::var_os("HOME").filter(|home| !home.is_empty()).map(PathBuf::from);
    let reader = Reader { home, variable: &|name| std::env::var(name).ok() };
    let path = reader.expand_home(&file.to_string_lossy());
    let text = reader.read(&path).map_err(|error| {
        let hint = "name another file, as in `fleet init --from-ssh-config /etc/ssh/ssh_config`";
        CliError::of(ExitCode::Usage, &error, "bad-ssh-config", hint)
    })?;
    from_ssh_config(&text).ok_or_else(|| {
        let message = format!("{} names no host, only patterns or nothing", path.display());
        CliError::usage(Failure::new("no-hosts", message, "run `fleet init` for a starter to fill in"))
    })
}

fn refuse_to_overwrite(directory: &Path, files: &[(&str, String)]) -> Result<(), CliError> {
    let taken = |path: &Path| {
        let message = format!("{} is there already; nothing was written", path.display());
        CliError::usage(Failure::new("inventory-exists", message, "name another directory with -i"))
    };
    let unreadable = |error: &io::Error| {
        let message = format!("cannot look into {}: {error}; nothing was written", directory.display());
        CliError::usage(Failure::bare("inventory-exists", message))
    };
    let listing = match fs::read_dir(directory) {
        Ok(listing) => listing,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(unreadable(&error)),
    };
    for entry in listing {
        let path = entry.map_err(|error| unreadable(&error))?.path();
        let is_target = files.iter().any(|(name, _)| path.ends_with(name));
        if is_target || path.extension().is_some_and(|extension| extension == "toml") {
            return Err(taken(&path));
        }
    }
    Ok(())
}

/// Writes all files or none. What somebody else made meanwhile is not overwritten.
fn write_all(directory: &Path, files: &[(&str, String)]) -> Result<Vec<PathBuf>, (PathBuf, io::Error)> {
    let made = !directory.exists();
    fs::create_dir_all(directory).map_err(|error| (directory.to_owned(), error))?;
    let mut written: Vec<PathBuf> = Vec::new();
    for (name, text) in files {
        let path = directory.join(name);
        let file = OpenOptions::new().write(true).create_new(true).open(&path);
        let result = file.and_then(|mut file| {
            written.push(path.clone());
            file.write_all(text.as_bytes()).and_then(|()| file.sync_all())
        });
        if let Err(error) = result {
            // The error of the write is the one to tell.
            for path in &written {
                drop(fs::remove_file(path));
            }
            if made {
                drop(fs::remove_dir(directory));
            }
            return Err((path, error));
        }
    }
    Ok(written)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_or_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let inventory = directory.path().join("inventory");
        let files = [("hosts.toml", "a".to_owned()), ("no/such/directory.toml", "b".to_owned())];
        write_all(&inventory, &files).unwrap_err();
        assert!(!inventory.exists());
        fs::create_dir(&inventory).unwrap();
        fs::write(inventory.join("env.toml"), "mine").unwrap();
        let files = [("hosts.toml", "a".to_owned()), ("env.toml", "b".to_owned())];
        write_all(&inventory, &files).unwrap_err();
        assert_eq!(fs::read_to_string(inventory.join("env.toml")).unwrap(), "mine");
        assert!(!inventory.join("hosts.toml").exists());
    }
}
