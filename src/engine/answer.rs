//! What a host answers to its [`Questions`], read into facts. Pure.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use jiff::Timestamp;

use super::fact::Fact;
use super::observe::{ALWAYS_SET, Questions};
use super::probe::{Bytes, HostFacts, LinkFact, PathFact, PathKind, ProcessFact, UnitFact};
use crate::names::{RemotePath, UnitName};

impl Questions {
    /// Reads what the script printed.
    ///
    /// # Errors
    /// In words, when the output ends too early or is not what the script prints.
    pub fn parse(&self, marker: &str, output: &[u8]) -> Result<HostFacts, String> {
        let text = String::from_utf8_lossy(output);
        let mut reader = Reader::new(self);
        let mut done = false;
        for line in text.lines() {
            match line.strip_prefix(marker).and_then(|rest| rest.strip_prefix(' ')) {
                Some("done") => done = true,
                Some(words) => reader.told(words)?,
                None => reader.raw(line)?,
            }
        }
        if done { Ok(reader.finish()) } else { Err("the host's answer ended too early".to_owned()) }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Section {
    None,
    Content(usize),
    Directory(usize),
    Script(usize, bool),
    Units,
    Stats,
    Environments,
}

struct Reader<'a> {
    questions: &'a Questions,
    facts: HostFacts,
    section: Section,
    resolved: BTreeMap<usize, RemotePath>,
    unit: Option<(UnitName, UnitFact)>,
    holder: Holder,
    processes: BTreeMap<u32, UnitName>,
    started: BTreeMap<u32, f64>,
    environments: BTreeMap<u32, BTreeMap<String, Bytes>>,
    uptime: f64,
    ticks: f64,
}

#[derive(Default)]
struct Holder {
    active: bool,
    description: String,
}

impl<'a> Reader<'a> {
    fn new(questions: &'a Questions) -> Self {
        Self {
            questions,
            facts: HostFacts::default(),
            section: Section::None,
            resolved: BTreeMap::new(),
            unit: None,
            holder: Holder::default(),
            processes: BTreeMap::new(),
            started: BTreeMap::new(),
            environments: BTreeMap::new(),
            uptime: 0.0,
            ticks: 100.0,
        }
    }

    /// A line of the script's own.
    fn told(&mut self, words: &str) -> Result<(), String> {
        self.section = Section::None;
        let (kind, rest) = words.split_once(' ').unwrap_or((words, ""));
        match kind {
            "clock" => self.facts.clock = number(rest.trim_end_matches(".%N"))?,
            "uptime" => {
                let (uptime, ticks) = rest.split_once(' ').ok_or("no clock ticks")?;
                (self.uptime, self.ticks) = (number(uptime)?, number(ticks)?);
            }
            "resolved" => {
                let (index, path) = indexed(rest)?;
                self.resolved.insert(index, RemotePath::new(path));
            }
            "file" => self.file(rest)?,
            "content" => self.section = Section::Content(number(rest)?),
            "digest" => {
                let (index, digest) = indexed(rest)?;
                let (path, _) = self.questions.files.get(index).ok_or(NOT_ASKED)?;
                if let Some(Fact::Known(fact)) = self.facts.files.get_mut(path) {
                    fact.kind = PathKind::Digest(digest.to_owned());
                }
            }
            "link" => self.link(rest)?,
            "directory" => self.directory(rest)?,
            "script" => {
                let (index, status) = indexed(rest)?;
                self.section = Section::Script(index, status == "0");
            }
            "units" if rest.is_empty() => self.section = Section::Units,
            "units" => {
                self.facts.units_unknown = Some(rest.trim_start_matches("unknown ").to_owned());
            }
            "process" => {
                let (pid, unit) = rest.split_once(' ').ok_or("a process without a unit")?;
                self.processes.insert(number(pid)?, UnitName::new(unit));
            }
            "stats" => self.section = Section::Stats,
            "environments" => self.section = Section::Environments,
            "unfinished" => {
                self.facts.fleet.unfinished = Some(rest.trim_start_matches("runs/").to_owned());
            }
            "turn" => {
                let (turn, name) = rest.split_once(' ').ok_or("a turn without a lock")?;
                self.facts.fleet.turns.insert(name.to_owned(), number(turn)?);
            }
            "outcome" => {
                let (run, outcome) = rest.split_once(' ').ok_or("an outcome without a run")?;
                self.facts.fleet.outcomes.insert(run.to_owned(), outcome.to_owned());
            }
            _ => return Err(format!("the host said `{kind}`, which is not understood")),
        }
        Ok(())
    }

    /// `NUMBER absent`, `NUMBER unknown WHY`, or `NUMBER known MODE USER:GROUP UID:GID` and three dates and a kind.
    fn file(&mut self, rest: &str) -> Result<(), String> {
        let (index, words) = indexed(rest)?;
        let (path, only_digest) = self.questions.files.get(index).ok_or(NOT_ASKED)?.clone();
        let fact = match words.split_once(' ') {
            None => Fact::Absent,
            Some(("unknown", why)) => Fact::Unknown(why.to_owned()),
            Some((_, stat)) => {
                let resolved = self.resolved.get(&index).cloned().unwrap_or_else(|| path.clone());
                match parse_stat(resolved, stat) {
                    None => Fact::Unknown(stat.to_owned()),
                    Some(fact) if only_digest && matches!(fact.kind, PathKind::File(_)) => {
                        Fact::Known(PathFact { kind: PathKind::Digest(String::new()), ..fact })
                    }
                    Some(fact) => Fact::Known(fact),
                }
            }
        };
        self.facts.files.insert(path, fact);
        Ok(())
    }

    /// `NUMBER absent`, `NUMBER unknown WHY`, `NUMBER other` or `NUMBER link TEXT`.
    fn link(&mut self, rest: &str) -> Result<(), String> {
        let (index, words) = indexed(rest)?;
        let path = self.questions.links.get(index).ok_or(NOT_ASKED)?.clone();
        let fact = match words.split_once(' ').unwrap_or((words, "")) {
            ("absent", _) => Fact::Absent,
            ("other", _) => Fact::Known(LinkFact::Other),
            ("link", target) => Fact::Known(LinkFact::Link(target.to_owned())),
            (_, why) => Fact::Unknown(why.to_owned()),
        };
        self.facts.links.insert(path, fact);
        Ok(())
    }

    /// `NUMBER absent`, `NUMBER unknown WHY`, or `NUMBER known` and a line with the names.
    fn directory(&mut self, rest: &str) -> Result<(), String> {
        let (index, words) = indexed(rest)?;
        let path = self.questions.directories.get(index).ok_or(NOT_ASKED)?.clone();
        let fact = match words.split_once(' ').unwrap_or((words, "")) {
            ("absent", _) => Fact::Absent,
            ("known", _) => {
                self.section = Section::Directory(index);
                Fact::Unknown("the host's answer ended too early".to_owned())
            }
            (_, why) => Fact::Unknown(why.to_owned()),
        };
        self.facts.directories.insert(path, fact);
        Ok(())
    }

    /// A line of the section that is open; before the first one: what a login shell printed.
    fn raw(&mut self, line: &str) -> Result<(), String> {
        match self.section {
            Section::None => {}
            Section::Content(index) => {
                let (path, _) = self.questions.files.get(index).ok_or(NOT_ASKED)?;
                if let Some(Fact::Known(fact)) = self.facts.files.get_mut(path) {
                    fact.kind = PathKind::File(Bytes(decode(line)?));
                }
            }
            Section::Directory(index) => {
                let path = self.questions.directories.get(index).ok_or(NOT_ASKED)?.clone();
                self.facts.directories.insert(path, parse_names(&decode(line)?));
                self.section = Section::None;
            }
            Section::Script(index, succeeded) => {
                let (name, _) = self.questions.scripts.get(index).ok_or("a script that was not asked for")?;
                let output = String::from_utf8_lossy(&decode(line)?).into_owned();
                let fact = if succeeded { Fact::Known(output) } else { Fact::Unknown(output) };
                self.facts.scripts.insert(name.clone(), fact);
                self.section = Section::None;
            }
            Section::Units => self.unit_line(line)?,
            Section::Stats => {
                if let Some((pid, ticks)) = parse_process_stat(line) {
                    self.started.insert(pid, self.facts.clock - self.uptime + ticks / self.ticks);
                }
            }
            Section::Environments => self.environments = parse_environments(&decode(line)?),
        }
        Ok(())
    }

    /// `Property=value` lines; units are parted by empty lines, `Id` comes first or not.
    fn unit_line(&mut self, line: &str) -> Result<(), String> {
        let Some((property, value)) = line.split_once('=') else {
            self.end_unit();
            return Ok(());
        };
        if property == "Description" {
            self.holder.description = value.to_owned();
        }
        let (name, unit) = self.unit.get_or_insert_with(|| (UnitName::new(""), UnitFact::default()));
        match property {
            "Id" => *name = UnitName::new(value),
            "LoadState" => unit.load_state = value.to_owned(),
            "ActiveState" => unit.active_state = value.to_owned(),
            "SubState" => unit.sub_state = value.to_owned(),
            "UnitFileState" => unit.unit_file_state = value.to_owned(),
            "CanReload" => unit.can_reload = value == "yes",
            "NRestarts" => unit.restarts = number(value)?,
            "StateChangeTimestampMonotonic" => {
                unit.state_changed = self.facts.clock - self.uptime + number::<f64>(value)? / 1e6;
            }
            "MainPID" => unit.main_pid = number(value)?,
            _ => {}
        }
        Ok(())
    }

    fn end_unit(&mut self) {
        let Some((name, unit)) = self.unit.take() else {
            return;
        };
        if name.as_str() == super::TRANSACTION_UNIT {
            self.holder.active = unit.runs();
            if self.holder.active {
                self.facts.fleet.holder = Some(std::mem::take(&mut self.holder.description));
            }
        } else {
            self.facts.units.insert(name, unit);
        }
    }

    fn finish(mut self) -> HostFacts {
        self.end_unit();
        for (pid, unit) in &self.processes {
            // One that has ended since is no process of the unit any more.
            let Some(started) = self.started.get(pid) else {
                continue;
            };
            let main = self.facts.units.get(unit).is_some_and(|fact| fact.main_pid == *pid);
            let mut variables = self.environments.remove(pid).unwrap_or_default();
            let environment = if variables.remove(ALWAYS_SET).is_some() {
                Fact::Known(variables)
            } else {
                Fact::Unknown(format!("process {pid} overwrote its environment, or it may not be read"))
            };
            self.facts.processes.push(ProcessFact {
                unit: unit.clone(),
                pid: *pid,
                main,
                started: *started,
                environment,
            });
        }
        if self.facts.fleet.holder.is_some() {
            // What is being worked on is not left behind.
            self.facts.fleet.unfinished = None;
        }
        self.facts
    }
}

const NOT_ASKED: &str = "a path that was not asked for";

/// Names, each ended by a NUL.
fn parse_names(bytes: &[u8]) -> Fact<Vec<String>> {
    let names = bytes.split(|byte| *byte == 0).filter(|name| !name.is_empty());
    let mut names: Vec<String> = match names.map(|name| String::from_utf8(name.to_vec())).collect() {
        Ok(names) => names,
        Err(_) => return Fact::Unknown("a name in it is no UTF-8".to_owned()),
    };
    names.sort();
    Fact::Known(names)
}

fn number<T: std::str::FromStr>(word: &str) -> Result<T, String> {
    word.trim().parse().map_err(|_| format!("`{word}` is not a number"))
}

fn indexed(words: &str) -> Result<(usize, &str), String> {
    let (index, rest) = words.split_once(' ').ok_or("a number is missing")?;
    Ok((number(index)?, rest))
}

fn decode(line: &str) -> Result<Vec<u8>, String> {
    BASE64_STANDARD.decode(line).map_err(|error| format!("damaged base64: {error}"))
}

/// `640 root:root 0:0 2026-11-21 20:49:00.5 +0000 2026-11-21 20:49:00.5 +0000 regular file`
fn parse_stat(resolved: RemotePath, stat: &str) -> Option<PathFact> {
    let mut words = stat.splitn(10, ' ');
    let mode = u32::from_str_radix(words.next()?, 8).ok()?;
    let (names, numbers) = (words.next()?, words.next()?);
    let modified = parse_date(words.next()?, words.next()?, words.next()?)?;
    let touched = parse_date(words.next()?, words.next()?, words.next()?)?;
    let kind = match words.next()? {
        "regular file" | "regular empty file" => PathKind::File(Bytes::default()),
        "directory" => PathKind::Directory,
        other => PathKind::Other(other.to_owned()),
    };
    let owner = if names.contains("UNKNOWN") { numbers } else { names };
    Some(PathFact { resolved, kind, mode: format!("{mode:04o}"), owner: owner.to_owned(), modified, touched })
}

fn parse_date(day: &str, time: &str, zone: &str) -> Option<f64> {
    let date: Timestamp = format!("{day}T{time}{zone}").parse().ok()?;
    Some(date.as_duration().as_secs_f64())
}

/// Process number and start time in clock ticks since boot (`proc_pid_stat(5)`, field 22); the name in brackets may hold anything.
fn parse_process_stat(line: &str) -> Option<(u32, f64)> {
    let pid = line.split(' ').next()?.parse().ok()?;
    let (_, fields) = line.rsplit_once(") ")?;
    Some((pid, fields.split(' ').nth(19)?.parse().ok()?))
}

/// `/proc/PID/environ:KEY=value`, each ended by a NUL.
fn parse_environments(bytes: &[u8]) -> BTreeMap<u32, BTreeMap<String, Bytes>> {
    let mut environments: BTreeMap<u32, BTreeMap<String, Bytes>> = BTreeMap::new();
    for entry in bytes.split(|byte| *byte == 0) {
        let Some(rest) = entry.strip_prefix(b"/proc/") else {
            continue;
        };
        let mut parts = rest.splitn(2, |byte| *byte == b':');
        let (Some(file), Some(variable)) = (parts.next(), parts.next()) else {
            continue;
        };
        let pid = std::str::from_utf8(file).ok().and_then(|file| file.strip_suffix("/environ")?.parse().ok());
        let Some(at) = variable.iter().position(|byte| *byte == b'=') else {
            continue;
        };
        if let Some(pid) = pid {
            let key = String::from_utf8_lossy(&variable[..at]).into_owned();
            environments.entry(pid).or_default().insert(key, Bytes(variable[at + 1..].to_vec()));
        }
    }
    environments
}
