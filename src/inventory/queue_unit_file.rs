//! The unit file of a worker's template beside the inventory, and what it says of threads.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;

use super::queue_secrecy::holds_secret;
use crate::text::system_words;

/// No unit file is larger; systemd's own limit of a line is as large.
const LARGEST: u64 = 1 << 20;

/// What a unit file says.
#[derive(Clone, Debug, Default)]
pub(super) struct UnitFile {
    pub(super) text: String,
    /// `Environment=` of `[Service]`.
    pub(super) environment: BTreeMap<String, String>,
    /// The words of the last `ExecStart=`.
    words: Vec<String>,
}

impl UnitFile {
    /// Reads it; else why it can't be one.
    pub(super) fn read(path: &Path) -> Result<Self, String> {
        let reason = |error: std::io::Error| system_words(&error);
        let metadata = std::fs::metadata(path).map_err(reason)?;
        if !metadata.is_file() {
            return Err("not a regular file".to_owned());
        }
        let mut bytes = Vec::new();
        std::fs::File::open(path).and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes)).map_err(reason)?;
        if bytes.len() as u64 > LARGEST {
            return Err("larger than 1 MiB".to_owned());
        }
        let text = String::from_utf8(bytes).map_err(|_| "not UTF-8".to_owned())?;
        Self::parse(text)
    }

    /// The syntax: systemd.syntax(7); only what is asked for here is looked at.
    fn parse(text: String) -> Result<Self, String> {
        if text.contains('\0') {
            return Err("not text".to_owned());
        }
        let mut environment = BTreeMap::new();
        let mut words = Vec::new();
        let mut section = String::new();
        for (line, logical) in logical_lines(&text) {
            if let Some(name) = logical.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                name.clone_into(&mut section);
                continue;
            }
            let Some((key, value)) = logical.split_once('=').filter(|_| section == "Service") else { continue };
            let value = value.trim();
            match key.trim_end() {
                "Environment" if value.is_empty() => environment.clear(),
                "Environment" => {
                    let assignments = shell_words::split(value)
                        .map_err(|_| format!("line {line}: the quotes of `Environment=` do not match"))?;
                    for (name, value) in assignments.iter().filter_map(|one| one.split_once('=')) {
                        if holds_secret(name, value) {
                            return Err(format!(
                                "line {line}: `{name}` in `Environment=` is a secret, which every user of a host could \
                                 read there: keep it in a file, for `EnvironmentFile=`"
                            ));
                        }
                        environment.insert(name.to_owned(), value.to_owned());
                    }
                }
                "ExecStart" if value.is_empty() => words.clear(),
                "ExecStart" => {
                    words = shell_words::split(value)
                        .map_err(|_| format!("line {line}: the quotes of `ExecStart=` do not match"))?;
                }
                _ => {}
            }
        }
        if words.is_empty() {
            return Err("no unit of a service: it has no `ExecStart=` in `[Service]`".to_owned());
        }
        Ok(Self { text, environment, words })
    }

    /// Threads as `-c` of Sidekiq says, with variables of this environment; `None`: it does not say, or can't be told.
    pub(super) fn concurrency(&self, environment: &BTreeMap<String, String>) -> Option<u32> {
        let mut words = self.words.iter().map(String::as_str);
        let mut found = None;
        while let Some(word) = words.next() {
            let value = match word {
                "-c" | "--concurrency" => words.next(),
                _ => word
                    .strip_prefix("--concurrency=")
                    .or_else(|| word.strip_prefix("-c").filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))),
            };
            if let Some(value) = value {
                found = Some(value);
            }
        }
        let value = found?;
        let variable = value.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')).or(value.strip_prefix('$'));
        match variable {
            Some(name) => environment.get(name).or_else(|| self.environment.get(name))?.parse().ok(),
            None => value.parse().ok(),
        }
    }
}

/// Lines with their number from 1: a backslash at the end continues one, `#` and `;` start a comment.
pub(super) fn logical_lines(text: &str) -> Vec<(usize, String)> {
    let mut lines: Vec<(usize, String)> = Vec::new();
    let mut open: Option<(usize, String)> = None;
    for (index, line) in text.lines().enumerate() {
        let trimmed = line.trim();
        // A comment within a continued line is left out, and does not end it.
        if trimmed.starts_with(['#', ';']) {
            continue;
        }
        let (number, mut whole) = open.take().unwrap_or((index + 1, String::new()));
        if let Some(part) = trimmed.strip_suffix('\\') {
            whole.push_str(part);
            whole.push(' ');
            open = Some((number, whole));
        } else {
            whole.push_str(trimmed);
            lines.push((number, whole));
        }
    }
    lines.extend(open);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<UnitFile, String> {
        UnitFile::parse(text.to_owned())
    }

    #[test]
    fn threads() {
        let threads = |command: &str, environment: &[(&str, &str)]| {
            let file = parse(&format!("[Service]\nEnvironment=DB_POOL=7 \"X=a b\"\n{command}\n[Install]\n")).unwrap();
            let environment = environment.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
            file.concurrency(&environment)
        };
        assert_eq!(threads("ExecStart=/usr/bin/sidekiq -c 5 -q ingress", &[]), Some(5));
        assert_eq!(threads("ExecStart=/usr/bin/sidekiq -q a \\\n# no\n  --concurrency=25", &[]), Some(25));
        assert_eq!(threads("ExecStart=sidekiq -c20", &[]), Some(20));
        assert_eq!(threads("ExecStart=sidekiq -c ${DB_POOL}", &[]), Some(7));
        assert_eq!(threads("ExecStart=sidekiq -c $DB_POOL", &[("DB_POOL", "9")]), Some(9));
        assert_eq!(threads("ExecStart=sidekiq -c $ELSEWHERE", &[]), None);
        assert_eq!(threads("ExecStart=sidekiq -C config/sidekiq.yml", &[]), None);
    }

    #[test]
    fn what_is_none() {
        assert!(parse("[Unit]\nExecStart=x\n").unwrap_err().contains("no `ExecStart=`"));
        assert!(parse("[Service]\nExecStart=\"x\n").unwrap_err().starts_with("line 2: the quotes"));
        let error = parse("[Service]\nExecStart=x\nEnvironment=DB_PASS=hunter2\n").unwrap_err();
        assert!(error.starts_with("line 3: `DB_PASS`") && !error.contains("hunter2"), "{error}");
    }
}
