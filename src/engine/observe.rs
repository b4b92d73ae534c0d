//! From probes to the one script that asks a host; what it prints is read by [`super::answer`]. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::probe::Probe;
use crate::names::{RemotePath, RunId};
use crate::text::shell_quote;

const OBSERVE: &str = include_str!("observe.sh");

/// A variable that systemd gives to every process of a service: where it is missing, the process overwrote its
/// environment or was started with another (systemd.exec(5), "Environment Variables Set or Propagated").
pub(super) const ALWAYS_SET: &str = "INVOCATION_ID";

/// What to ask one host, with the numbers under which the answers come back.
pub struct Questions {
    /// With whether only the digest of the bytes is asked for.
    pub(super) files: Vec<(RemotePath, bool)>,
    pub(super) links: Vec<RemotePath>,
    pub(super) directories: Vec<RemotePath>,
    pub(super) scripts: Vec<(String, String)>,
    unit_patterns: BTreeSet<String>,
    environment_patterns: BTreeSet<String>,
    keys: BTreeSet<String>,
    keys_of: BTreeSet<RemotePath>,
    runs: Vec<RunId>,
    salt: String,
}

impl Questions {
    /// Merges the probes of all actions; `runs` are fleet's own whose outcome on this host is not known yet.
    pub fn new(probes: impl IntoIterator<Item = Probe>, runs: &[RunId]) -> Self {
        let mut files = BTreeSet::new();
        let mut digests = BTreeSet::new();
        let mut directories = BTreeSet::new();
        let mut links = BTreeSet::new();
        let mut scripts = BTreeMap::new();
        let mut questions = Self {
            files: Vec::new(),
            links: Vec::new(),
            directories: Vec::new(),
            scripts: Vec::new(),
            unit_patterns: BTreeSet::new(),
            environment_patterns: BTreeSet::new(),
            keys: BTreeSet::new(),
            keys_of: BTreeSet::new(),
            runs: runs.to_vec(),
            salt: String::new(),
        };
        for probe in probes {
            match probe {
                Probe::File { path } => {
                    files.insert(path);
                }
                Probe::Link { path } => {
                    links.insert(path);
                }
                Probe::Digest { path } => {
                    digests.insert(path);
                }
                Probe::Directory { path } => {
                    directories.insert(path);
                }
                Probe::Units { pattern } => {
                    questions.unit_patterns.insert(pattern);
                }
                Probe::Environment { pattern, keys, keys_of } => {
                    questions.unit_patterns.insert(pattern.clone());
                    questions.environment_patterns.insert(pattern);
                    questions.keys.extend(keys);
                    questions.keys_of.extend(keys_of);
                }
                Probe::Script { name, text } => {
                    scripts.insert(name, text);
                }
            }
        }
        let paths: BTreeSet<&RemotePath> = files.iter().chain(&digests).chain(&directories).collect();
        // What is to stay on its host stays there, whoever else asks for it.
        let is_secret = |path: &RemotePath| digests.contains(path) || !files.contains(path);
        questions.files = paths.into_iter().map(|path| (path.clone(), is_secret(path))).collect();
        questions.links = links.into_iter().collect();
        questions.directories = directories.into_iter().collect();
        questions.scripts = scripts.into_iter().collect();
        questions
    }

    /// With this host's salt, see [`super::transaction::content_digest`]: without it digests tell more than they should.
    #[must_use]
    pub fn salted(mut self, salt: String) -> Self {
        self.salt = salt;
        self
    }

    /// The functions of the script; the call that runs them is `fleet_observe end`.
    pub fn script(&self, marker: &str) -> String {
        let mut lines =
            vec![OBSERVE.to_owned(), format!("marker={} salt={}", shell_quote(marker), shell_quote(&self.salt))];
        for (number, (_, text)) in self.scripts.iter().enumerate() {
            lines.push(format!("script_{number}() {{\n{text}\n}}"));
        }
        let wanted: Vec<String> = self.environment_patterns.iter().map(|pattern| case_pattern(pattern)).collect();
        if wanted.is_empty() {
            lines.push("wants_environment() { return 1; }".to_owned());
        } else {
            lines.push(format!("wants_environment() {{ case $1 in {}) ;; *) return 1 ;; esac; }}", wanted.join(" | ")));
        }
        lines.push("probes() {".to_owned());
        for (number, (path, only_digest)) in self.files.iter().enumerate() {
            let what = if *only_digest { "digest" } else { "content" };
            lines.push(format!("file {number} {} {what}", shell_quote(path.as_str())));
        }
        for (word, paths) in [("link", &self.links), ("directory", &self.directories)] {
            for (number, path) in paths.iter().enumerate() {
                lines.push(format!("{word} {number} {}", shell_quote(path.as_str())));
            }
        }
        for number in 0..self.scripts.len() {
            lines.push(format!("script {number}"));
        }
        let patterns: Vec<String> = self.unit_patterns.iter().map(|pattern| shell_quote(pattern)).collect();
        let process_call = if self.environment_patterns.is_empty() {
            String::new()
        } else {
            let keys: Vec<&str> = self.keys.iter().map(String::as_str).chain([ALWAYS_SET]).collect();
            let declared: Vec<String> = keys.iter().map(|key| format!("^{}=", regex::escape(key))).collect();
            let read: Vec<String> =
                self.keys_of.iter().map(|path| format!("$(keys_of {})", shell_quote(path.as_str()))).collect();
            // Patterns stand on lines of their own (POSIX grep); an empty line would match everything.
            format!(
                " && processes \"$(printf '%s\\n' {} {} | grep .)\"",
                shell_quote(&declared.join("\n")),
                read.iter().map(|call| format!("\"{call}\"")).collect::<Vec<_>>().join(" "),
            )
        };
        lines.push(format!("units {}{process_call}", patterns.join(" ")));
        let runs: Vec<String> = self.runs.iter().map(|run| shell_quote(run.as_str())).collect();
        lines.push(format!("own_runs {}", runs.join(" ")));
        lines.push("}".to_owned());
        lines.join("\n")
    }
}

/// A glob(7) for `case`: everything else in it is quoted.
pub(super) fn case_pattern(pattern: &str) -> String {
    pattern
        .chars()
        .map(|c| match c {
            '*' | '?' | '[' | ']' | '-' => c.to_string(),
            c => shell_quote(&c.to_string()),
        })
        .collect()
}
