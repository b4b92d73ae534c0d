//! Reading the files of an inventory directory, with all that can be wrong about them.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::problem::Problem;
use super::source::Sources;
use crate::text::system_words;

/// No inventory file is larger; a larger one is refused before it is read.
const LARGEST: u64 = 16 << 20;

/// Reads every `*.toml` of a directory, in the order of their names.
pub(super) fn read(dir: &Path, problems: &mut Vec<Problem>) -> Sources {
    let mut sources = Sources::default();
    let shown = dir.display();
    let entries = match std::fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) => {
            let (code, hint) = match error.kind() {
                std::io::ErrorKind::NotFound => {
                    ("inventory-missing", "start one with `fleet init`, or name another directory with `-i`")
                }
                std::io::ErrorKind::NotADirectory => {
                    ("inventory-not-a-directory", "name the directory that holds the *.toml files with `-i`")
                }
                _ => ("inventory-unreadable", "make the directory readable for the user that runs fleet"),
            };
            problems.push(
                Problem::new(code, format!("can't read the inventory directory {shown}: {}", system_words(&error)))
                    .help(hint),
            );
            return sources;
        }
    };
    let mut paths: Vec<PathBuf> = Vec::new();
    for entry in entries {
        match entry {
            Ok(entry) => {
                let path = entry.path();
                let hidden = entry.file_name().to_string_lossy().starts_with('.');
                if path.extension().is_some_and(|extension| extension == "toml") && !hidden {
                    paths.push(path);
                }
            }
            Err(error) => problems.push(Problem::new(
                "inventory-unreadable",
                format!("can't list the inventory directory {shown}: {}", system_words(&error)),
            )),
        }
    }
    paths.sort();
    if paths.is_empty() && problems.is_empty() {
        problems.push(
            Problem::new("inventory-empty", format!("no *.toml file in the inventory directory {shown}"))
                .help("start an inventory with `fleet init`, or name another directory with `-i`"),
        );
    }
    for path in paths {
        match read_file(&path) {
            Ok(text) => sources.add(path.display().to_string(), text),
            Err(problem) => problems.push(*problem),
        }
    }
    sources
}

fn read_file(path: &Path) -> Result<String, Box<Problem>> {
    let shown = path.display();
    let unreadable = |error: &std::io::Error| {
        Box::new(
            Problem::new("file-unreadable", format!("can't read {shown}: {}", system_words(error)))
                .file(path)
                .help("make the file readable for the user that runs fleet"),
        )
    };
    let metadata = std::fs::metadata(path).map_err(|error| unreadable(&error))?;
    if !metadata.is_file() {
        return Err(Box::new(Problem::new("file-not-regular", format!("{shown} is not a regular file")).file(path)));
    }
    let too_large = |size: u64| {
        Box::new(
            Problem::new(
                "file-too-large",
                format!("{shown} has {} MiB; an inventory file may have 16 MiB", size >> 20),
            )
            .file(path)
            .help("move what is no inventory out of the directory, or split the file"),
        )
    };
    if metadata.len() > LARGEST {
        return Err(too_large(metadata.len()));
    }
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes))
        .map_err(|error| unreadable(&error))?;
    if bytes.len() as u64 > LARGEST {
        return Err(too_large(bytes.len() as u64));
    }
    String::from_utf8(bytes).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let before = String::from_utf8_lossy(&error.as_bytes()[..good]).into_owned();
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        let byte = error.as_bytes().get(good).copied().unwrap_or_default();
        Box::new(
            Problem::new("file-not-utf8", format!("{shown}:{line}:{column}: byte 0x{byte:02x} is not UTF-8"))
                .file(path)
                .position(line, column)
                .help("save the file as UTF-8"),
        )
    })
}
