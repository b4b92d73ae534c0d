//! What last ran on each host, kept in the state directory: it counts while the host does not answer.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::actions::queue::balance::Balance;
use crate::actions::queue::{Last, LastWorkers};
use crate::inventory::Queues;
use crate::names::HostName;

/// The format that this version writes and reads.
pub(crate) const SCHEMA: &str = "fleet/workers/v1";

/// Workers that were last seen, by host.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WorkersFile {
    /// `fleet/workers/v1`.
    schema: String,
    /// By host.
    hosts: Last,
}

/// Why the file cannot be used.
#[derive(Debug, thiserror::Error)]
pub(in crate::cli) enum LastError {
    #[error("cannot {what} {path}: {source}")]
    Io { what: &'static str, path: PathBuf, source: io::Error },
    #[error("{path} is broken: {source}")]
    Broken { path: PathBuf, source: serde_json::Error },
    #[error("{path} has the format {format}, not {SCHEMA}")]
    Format { path: PathBuf, format: String },
}

impl LastError {
    pub(in crate::cli) const fn code(&self) -> &'static str {
        match self {
            Self::Io { .. } => "workers-file",
            Self::Broken { .. } | Self::Format { .. } => "bad-workers-file",
        }
    }

    pub(in crate::cli) fn hint(&self) -> String {
        match self {
            Self::Io { .. } => "it says what last ran on hosts that do not answer".to_owned(),
            Self::Broken { path, .. } | Self::Format { path, .. } => format!(
                "it says what last ran on hosts that do not answer; put it right, or remove it once all hosts answer: rm {}",
                path.display()
            ),
        }
    }
}

/// The file of one state directory.
pub(in crate::cli) struct Memory {
    file: PathBuf,
}

impl Memory {
    pub(in crate::cli) fn of(state: &Path) -> Self {
        Self { file: state.join("workers.json") }
    }

    /// What it says; nothing where nothing was ever seen. A file that cannot be read is never nothing.
    pub(in crate::cli) fn load(&self) -> Result<Last, LastError> {
        let text = match std::fs::read(&self.file) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Last::new()),
            Err(error) => return Err(self.io("read")(error)),
        };
        // The format comes first: another version's file is not a broken one.
        let path = || self.file.clone();
        let value: serde_json::Value =
            serde_json::from_slice(&text).map_err(|source| LastError::Broken { path: path(), source })?;
        if let Some(format) = value["schema"].as_str().filter(|format| *format != SCHEMA) {
            return Err(LastError::Format { path: path(), format: format.to_owned() });
        }
        let file: WorkersFile =
            serde_json::from_value(value).map_err(|source| LastError::Broken { path: path(), source })?;
        Ok(file.hosts)
    }

    /// Takes up what was seen since: of each host the latest counts, whoever saw it. Nobody else writes meanwhile.
    pub(in crate::cli) fn remember(&self, seen: Last) -> Result<(), LastError> {
        if seen.is_empty() {
            return Ok(());
        }
        let _lock = self.lock()?;
        let mut hosts = self.load()?;
        for (host, last) in seen {
            if hosts.get(&host).is_none_or(|known| known.time <= last.time) {
                hosts.insert(host, last);
            }
        }
        let text = crate::text::json(&WorkersFile { schema: SCHEMA.to_owned(), hosts });
        let directory = self.file.parent().unwrap_or(Path::new("."));
        // Made with mode 0600, and whole or not there.
        let written = tempfile::NamedTempFile::new_in(directory).and_then(|mut staged| {
            io::Write::write_all(&mut staged, text.as_bytes())?;
            staged.as_file().sync_all()?;
            staged.persist(&self.file).map_err(|error| error.error)
        });
        written.map(drop).map_err(self.io("write"))
    }

    fn lock(&self) -> Result<File, LastError> {
        let path = self.file.with_extension("lock");
        let file = OpenOptions::new().create(true).append(true).mode(0o600).open(path).map_err(self.io("lock"))?;
        flock(&file, FlockOperation::LockExclusive).map_err(|error| self.io("lock")(error.into()))?;
        Ok(file)
    }

    fn io(&self, what: &'static str) -> impl FnOnce(io::Error) -> LastError {
        let path = self.file.clone();
        move |source| LastError::Io { what, path, source }
    }
}

/// What may run on the hosts at any time of a change, so that one which is lost meanwhile counts with the most of it.
///
/// Only kinds as declared ever start.
pub(in crate::cli) fn at_most(mut last: Last, queues: &Queues, balance: &Balance) -> Last {
    for host in &balance.hosts {
        let Some(last) = last.get_mut(&HostName::new(host.host.as_str())) else { continue };
        for worker in &host.workers {
            let most = worker.processes.during.max(worker.processes.after);
            let Some(declared) = queues.workers.get(&worker.kind).filter(|_| most > worker.processes.before) else {
                continue;
            };
            let known = last.workers.iter_mut().find(|known| known.as_declared && known.kind == worker.kind);
            match known {
                Some(known) => known.count = known.count.max(most),
                None => last.workers.push(LastWorkers {
                    kind: worker.kind.clone(),
                    connections: declared.connections,
                    as_declared: true,
                    count: most,
                }),
            }
        }
    }
    last
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use jiff::Timestamp;

    use super::*;
    use crate::actions::queue::LastSeen;

    fn seen(host: &str, second: i64, count: u32) -> Last {
        let workers = vec![LastWorkers { kind: "ingress".to_owned(), connections: 5, as_declared: true, count }];
        let time = Timestamp::from_second(second).unwrap();
        Last::from([(HostName::new(host), LastSeen { time, workers })])
    }

    #[test]
    fn the_latest_of_each_host_is_kept() {
        let place = tempfile::tempdir().unwrap();
        let memory = Memory::of(place.path());
        assert_eq!(memory.load().unwrap(), Last::new());
        for (host, second, count) in [("franz", 10, 3), ("freud", 20, 4), ("franz", 30, 8), ("freud", 15, 9)] {
            memory.remember(seen(host, second, count)).unwrap();
        }
        let known = memory.load().unwrap();
        assert_eq!(known, seen("franz", 30, 8).into_iter().chain(seen("freud", 20, 4)).collect());
        let mode = std::fs::metadata(place.path().join("workers.json")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_broken_file_is_never_empty_and_stays() {
        let place = tempfile::tempdir().unwrap();
        let memory = Memory::of(place.path());
        let file = place.path().join("workers.json");
        for (text, told) in [
            ("", "is broken"),
            ("{", "is broken"),
            ("[]", "is broken"),
            (r#"{"hosts":{}}"#, "is broken"),
            (r#"{"schema":"fleet/workers/v1","hosts":{},"more":1}"#, "is broken"),
            (r#"{"schema":"fleet/workers/v2"}"#, "has the format fleet/workers/v2"),
        ] {
            std::fs::write(&file, text).unwrap();
            for error in [memory.load().unwrap_err(), memory.remember(seen("franz", 1, 1)).unwrap_err()] {
                assert!(error.to_string().contains(told), "{text}: {error}");
                assert!(error.hint().contains("rm "), "{text}: {}", error.hint());
            }
            assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
        }
    }

    #[test]
    fn many_that_look_at_once_lose_nothing() {
        let place = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            for number in 0..16 {
                let memory = Memory::of(place.path());
                scope.spawn(move || memory.remember(seen(&format!("host{number}"), 1, 1)).unwrap());
            }
        });
        assert_eq!(Memory::of(place.path()).load().unwrap().len(), 16);
    }
}
