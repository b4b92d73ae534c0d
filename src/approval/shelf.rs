//! Approvals beside their plan: of `plan.json` in `plan.json.approvals/`, a file for each person and key, so that two who
//! approve at once don't meet, and that they can be copied together or merged in git in any order.

use std::ffi::OsString;
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use super::{Approval, SCHEMA};
use crate::text::{hex, system_words};

/// No approval is larger, in bytes.
const LARGEST: u64 = 64 << 10;

/// Why approvals could not be read or kept.
#[derive(Debug, thiserror::Error)]
#[error("cannot {what} {path}: {}", system_words(.source))]
pub struct ShelfError {
    what: &'static str,
    path: PathBuf,
    source: std::io::Error,
}

impl ShelfError {
    fn at(what: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self { what, path: path.to_owned(), source }
    }

    /// The stable word for it.
    pub fn code(&self) -> &'static str {
        "approvals"
    }
}

/// A file of the directory, and what stands in it, or why that is no approval.
#[derive(Debug)]
pub struct Kept {
    /// Its path.
    pub file: PathBuf,
    /// What stands in it.
    pub approval: Result<Approval, String>,
}

/// Where the approvals of a plan are.
pub fn directory(plan: &Path) -> PathBuf {
    let mut name = OsString::from(plan.as_os_str());
    name.push(".approvals");
    PathBuf::from(name)
}

/// All that is kept for a plan, by the names of the files.
pub fn read(plan: &Path) -> Result<Vec<Kept>, ShelfError> {
    let directory = directory(plan);
    let entries = match std::fs::read_dir(&directory) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(ShelfError::at("read", &directory))?,
    };
    let mut kept = Vec::new();
    for entry in entries {
        let file = entry.map_err(ShelfError::at("read", &directory))?.path();
        let hidden = file.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if !hidden && file.extension().is_some_and(|extension| extension == "json") {
            let approval = read_one(&file);
            kept.push(Kept { file, approval });
        }
    }
    kept.sort_by(|a, b| a.file.cmp(&b.file));
    Ok(kept)
}

fn read_one(file: &Path) -> Result<Approval, String> {
    let metadata = std::fs::metadata(file).map_err(|error| system_words(&error))?;
    if !metadata.is_file() {
        return Err("it is not a regular file".to_owned());
    }
    let mut text = String::new();
    let opened = File::open(file).and_then(|file| file.take(LARGEST + 1).read_to_string(&mut text));
    opened.map_err(|error| system_words(&error))?;
    if text.len() as u64 > LARGEST {
        return Err("it is too large for an approval".to_owned());
    }
    let approval: Approval = serde_json::from_str(&text).map_err(|error| format!("it is no approval: {error}"))?;
    if approval.schema != SCHEMA {
        return Err(format!("it has the format {}, not {SCHEMA}", approval.schema));
    }
    Ok(approval)
}

/// Keeps an approval, whole or not at all, in the place of one that the same person gave with the same key.
pub fn keep(plan: &Path, approval: &Approval, fingerprint: &str) -> Result<PathBuf, ShelfError> {
    let directory = directory(plan);
    std::fs::create_dir_all(&directory).map_err(ShelfError::at("create", &directory))?;
    let file = directory.join(file_name(&approval.principal, fingerprint));
    let text = crate::text::json(approval) + "\n";
    let written = tempfile::NamedTempFile::new_in(&directory).and_then(|mut staged| {
        staged.write_all(text.as_bytes())?;
        // It holds no secret, and others are to read it.
        staged.as_file().set_permissions(std::fs::Permissions::from_mode(0o644))?;
        staged.as_file().sync_all()?;
        staged.persist(&file).map_err(|error| error.error)
    });
    written.map_err(ShelfError::at("write", &file))?;
    Ok(file)
}

/// `alice@example.org-3f9a0c1d.json`
fn file_name(principal: &str, fingerprint: &str) -> String {
    use sha2::{Digest as _, Sha256};
    let plain = |c: char| if c.is_ascii_alphanumeric() || "@.+_-".contains(c) { c } else { '_' };
    let name: String = principal.chars().take(100).map(plain).collect();
    // Base64 has signs that no file name should have, and names that were cut short must differ.
    let digest = hex(&Sha256::digest(format!("{principal} {fingerprint}")));
    format!("{}-{}.json", name.trim_start_matches(['.', '-']), &digest[..8])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::plan::Author;

    fn approval(principal: &str) -> Approval {
        Approval {
            schema: SCHEMA.to_owned(),
            plan: "00".to_owned(),
            time: jiff::Timestamp::UNIX_EPOCH,
            principal: principal.to_owned(),
            who: Author { user: "alice".to_owned(), machine: "laptop".to_owned() },
            signature: String::new(),
        }
    }

    #[test]
    fn each_person_and_key_has_a_file() {
        let place = tempfile::tempdir().expect("a directory");
        let plan = place.path().join("plan.json");
        assert_eq!(read(&plan).expect("nothing").len(), 0);
        for (principal, key) in [("alice@example.org", "1"), ("alice@example.org", "2"), ("../bob", "1")] {
            keep(&plan, &approval(principal), key).expect("kept");
            keep(&plan, &approval(principal), key).expect("kept again");
        }
        std::fs::write(directory(&plan).join("notes.json"), "{}").expect("a file");
        std::fs::write(directory(&plan).join("README"), "").expect("a file");
        let kept = read(&plan).expect("approvals");
        assert_eq!(kept.len(), 4);
        assert!(kept.iter().all(|one| one.file.parent() == Some(&directory(&plan))));
        assert_eq!(kept.iter().filter(|one| one.approval.is_err()).count(), 1);
    }
}
