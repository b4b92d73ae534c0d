//! The playbooks that stand beside an inventory: `playbooks/*.toml` in the directory that holds the inventory's.

use std::path::{Path, PathBuf};

use crate::text::system_words;

/// No playbook is larger; a larger one is refused before it is read.
const LARGEST: u64 = 4 << 20;

/// Why there is no text to read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct NoPlaybook {
    /// What happened.
    pub message: String,
    /// What to do next.
    pub hint: String,
}

/// Where the playbooks of an inventory are.
pub fn directory(inventory: &Path) -> PathBuf {
    match inventory.parent() {
        // `inventory` itself has an empty parent.
        Some(parent) if !parent.as_os_str().is_empty() => parent.join("playbooks"),
        Some(_) => PathBuf::from("playbooks"),
        None => inventory.join("playbooks"),
    }
}

/// The files of all playbooks there, by name; none where there is no such directory.
///
/// # Errors
/// When the directory is there and cannot be read.
pub fn files(inventory: &Path) -> Result<Vec<PathBuf>, NoPlaybook> {
    let directory = directory(inventory);
    let entries = match std::fs::read_dir(&directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(unreadable(&directory, &error)),
    };
    let mut files = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|error| unreadable(&directory, &error))?;
        let path = entry.path();
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        if path.extension().is_some_and(|extension| extension == "toml") && !hidden {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// The file that is meant: a path that ends in `.toml` as it stands, a bare word as the name of a playbook.
///
/// # Errors
/// When there is no playbook of that name.
pub fn find(inventory: &Path, what: &str) -> Result<PathBuf, NoPlaybook> {
    if Path::new(what).extension().is_some_and(|extension| extension == "toml") {
        return Ok(PathBuf::from(what));
    }
    let directory = directory(inventory);
    let file = directory.join(format!("{what}.toml"));
    if !what.is_empty() && !what.contains('/') && file.is_file() {
        return Ok(file);
    }
    let names: Vec<String> = files(inventory)?.iter().map(|file| name(file)).collect();
    let hint = match crate::inventory::nearest(what, names.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None if names.is_empty() => format!("there are none in {}", directory.display()),
        None => format!("there are: {}", names.join(", ")),
    };
    let message = format!("no playbook is called `{}` in {}", crate::inventory::shown(what), directory.display());
    Err(NoPlaybook { message, hint })
}

/// The name of the playbook in a file.
pub fn name(file: &Path) -> String {
    file.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// What stands in a playbook's file.
///
/// # Errors
/// When it is not there, is no text, or is too large.
pub fn read(file: &Path) -> Result<String, NoPlaybook> {
    let metadata = std::fs::metadata(file).map_err(|error| unreadable(file, &error))?;
    if !metadata.is_file() || metadata.len() > LARGEST {
        let message = format!("{} is no file of at most {} MiB", file.display(), LARGEST >> 20);
        return Err(NoPlaybook { message, hint: "name the file of a playbook".to_owned() });
    }
    std::fs::read_to_string(file).map_err(|error| unreadable(file, &error))
}

fn unreadable(path: &Path, error: &std::io::Error) -> NoPlaybook {
    let message = format!("cannot read {}: {}", path.display(), system_words(error));
    NoPlaybook { message, hint: "`fleet playbook list` has all of them".to_owned() }
}
