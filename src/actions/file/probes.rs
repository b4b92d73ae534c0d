//! What is asked of a host.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::fact::Fact;
use crate::engine::probe::{HostFacts, Probe};
use crate::engine::unit_pattern::instances;
use crate::inventory::{FileDeclaration, FileOnHost, FileState};
use crate::names::RemotePath;
use crate::text::shell_quote;

/// The directory that holds a path.
pub(super) fn parent(path: &RemotePath) -> RemotePath {
    match path.as_str().rsplit_once('/') {
        Some((directory, _)) if !directory.is_empty() => RemotePath::new(directory),
        _ => RemotePath::new("/"),
    }
}

/// The declared links of a host whose time counts.
pub(super) fn timed_links<'a>(files: &[(&'a FileDeclaration, &'a FileOnHost)]) -> BTreeSet<&'a RemotePath> {
    files
        .iter()
        .filter(|(_, on)| matches!(on.state, FileState::Link(_)) && !(on.reload.is_empty() && on.restart.is_empty()))
        .map(|(file, _)| &file.path)
        .collect()
}

pub(super) fn of(files: &[(&FileDeclaration, &FileOnHost)]) -> Vec<Probe> {
    let mut probes = Vec::new();
    for (file, on) in files {
        let path = file.path.clone();
        probes.push(match on.state {
            FileState::Content(_) => Probe::File { path: path.clone() },
            // What goes need not be brought here.
            FileState::Link(_) | FileState::Directory | FileState::Absent { .. } => {
                Probe::Digest { path: path.clone() }
            }
        });
        probes.push(Probe::Digest { path: parent(&path) });
        probes.push(Probe::Link { path });
        probes.extend(on.reload.iter().map(|pattern| Probe::Units { pattern: instances(pattern) }));
        probes.extend(on.restart.iter().map(|pattern| Probe::Environment {
            pattern: instances(pattern),
            keys: BTreeSet::new(),
            keys_of: None,
        }));
    }
    probes.extend(link_times(&words(&timed_links(files))));
    probes
}

/// As words of a script.
pub(super) fn words(links: &BTreeSet<&RemotePath>) -> String {
    links.iter().map(|path| shell_quote(path.as_str())).collect::<Vec<_>>().join(" ")
}

/// When links were made: one process for all of them. `words`: see [`words`].
fn link_times(words: &str) -> Option<Probe> {
    let text = format!("stat -c '%Y %n' -- {words} 2>/dev/null || :");
    (!words.is_empty()).then(|| Probe::Script { name: name(words), text })
}

fn name(words: &str) -> String {
    format!("when these were made: {words}")
}

/// When a link was made, in seconds since the epoch; its host may not tell.
pub(super) fn link_time(facts: &HostFacts, words: &str, path: &RemotePath) -> Option<f64> {
    let Some(Fact::Known(told)) = facts.scripts.get(&name(words)) else { return None };
    let times: BTreeMap<&str, &str> =
        told.lines().filter_map(|line| line.split_once(' ')).map(|(at, path)| (path, at)).collect();
    times.get(path.as_str())?.parse().ok()
}
