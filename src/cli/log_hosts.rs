//! What the hosts keep of everybody's runs, beside what the local journal has.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::engine::host_journal::{Chain, HostJournal};
use crate::engine::status::{Failure, Status};
use crate::journal::verify::Finding;
use crate::journal::{Journal, Line, Reading};
use crate::names::{HostName, RunId};
use crate::report::{AskedHost, ExitCode, Ui};

use super::app::{self, CliError};
use super::args::Global;
use super::base::Base;
use super::host_journals::read_host_journals;
use super::log::unread;

/// Clocks that differ by less are alike, in milliseconds.
const CLOCK: i64 = 2_000;

/// What the hosts answered.
#[derive(Default)]
pub(super) struct Asked {
    /// Each host that was asked.
    pub(super) hosts: Vec<AskedHost>,
    /// What the local journal does not tell, by time.
    pub(super) lines: Vec<Line>,
    /// Every line as it stands there.
    pub(super) copies: Vec<(HostName, String)>,
    /// How many lines are of newer formats.
    pub(super) newer: BTreeMap<String, usize>,
}

impl Asked {
    /// How a command ends that asked them.
    pub(super) fn code(&self) -> ExitCode {
        ExitCode::of_several(self.hosts.iter().map(|host| match host.status {
            Status::Unreachable => ExitCode::Unreachable,
            Status::Failed => ExitCode::Failure,
            _ => ExitCode::Success,
        }))
    }

    /// The hosts whose own journals are not as they were written.
    pub(super) fn broken(&self) -> impl Iterator<Item = Finding> {
        self.hosts.iter().filter(|host| host.status == Status::Unknown).map(|host| Finding {
            code: "host-journal",
            problem: true,
            line: None,
            host: Some(host.host.clone()),
            message: format!("the journal that {} keeps is not as it was written", host.host),
        })
    }
}

/// Asks the selected hosts.
pub(super) async fn ask(global: &Global, ui: &Ui, journal: &Journal) -> Result<Asked, CliError> {
    let inventory = app::load(global, ui)?;
    let base = Base::open(global)?;
    let before = Timestamp::now();
    let answers = read_host_journals(global, ui, &inventory, &base).await?;
    let after = Timestamp::now();
    let mut asked = Asked::default();
    let mut lines: Vec<Line> = Vec::new();
    for (host, answer) in answers {
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) => {
                asked.hosts.push(silent(host, error));
                continue;
            }
        };
        for line in &answer.lines {
            match Reading::of(line.text.as_bytes()) {
                // Its own name in this inventory, whatever it was called when the line was written.
                Reading::Line(line) => lines.push(Line { host: Some(host.clone()), ..*line }),
                Reading::Newer(schema) => *asked.newer.entry(schema).or_default() += 1,
                // Told with the problems of the host's journal.
                Reading::Unreadable => {}
            }
        }
        asked.hosts.push(told(host.clone(), &answer, before, after));
        asked.copies.extend(answer.lines.into_iter().map(|line| (host.clone(), line.text)));
    }
    asked.lines = unknown_here(journal, lines)?;
    asked.lines.sort_by(|a, b| (a.time, &a.run, &a.host).cmp(&(b.time, &b.run, &b.host)));
    Ok(asked)
}

fn silent(host: HostName, error: Failure) -> AskedHost {
    // Reached, it had no answer.
    let reached = [
        "journal-unreadable",
        "bad-answer",
        "connection-lost",
        "run-timed-out",
        "no-sudo",
        "no-shell",
        "host-key-changed",
    ];
    let status = if reached.contains(&error.code.as_str()) { Status::Failed } else { Status::Unreachable };
    AskedHost { host, status, lines: 0, clock_ms: None, problems: Vec::new(), error: Some(error) }
}

fn told(host: HostName, answer: &HostJournal, before: Timestamp, after: Timestamp) -> AskedHost {
    let torn = answer.lines.iter().filter(|line| line.chain == Chain::Torn).count();
    // A line that a crash cut is told, and is nobody's doing.
    let status = if answer.problems.len() > torn { Status::Unknown } else { Status::Ok };
    let clock_ms = skew(answer.clock, before, after).filter(|skew| skew.abs() > CLOCK);
    AskedHost { host, status, lines: answer.lines.len(), clock_ms, problems: answer.problems.clone(), error: None }
}

/// By how much a clock differs for certain: it was read between the two moments.
fn skew(clock: f64, before: Timestamp, after: Timestamp) -> Option<i64> {
    if clock <= 0.0 {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "a clock of whatever year fits in milliseconds")]
    let clock = (clock * 1000.0) as i64;
    let (early, late) = (clock - before.as_millisecond(), clock - after.as_millisecond());
    Some(if early < 0 { early } else { late.max(0) })
}

/// The lines that tell what the journal here does not: of other people's runs, and of endings that never came back.
fn unknown_here(journal: &Journal, lines: Vec<Line>) -> Result<Vec<Line>, CliError> {
    let keys: BTreeSet<(RunId, Option<HostName>)> =
        lines.iter().map(|line| (line.run.clone(), line.host.clone())).collect();
    let mut ended: BTreeSet<(RunId, Option<HostName>)> = BTreeSet::new();
    let raw = journal.raw().map_err(|error| unread(&error))?;
    raw.each(|raw| {
        if let Reading::Line(line) = Reading::of(raw.bytes)
            && line.outcome.as_ref().is_some_and(|outcome| outcome != "unknown")
        {
            let key = (line.run, line.host);
            if keys.contains(&key) {
                ended.insert(key);
            }
        }
    })
    .map_err(|error| unread(&error))?;
    Ok(lines.into_iter().filter(|line| !ended.contains(&(line.run.clone(), line.host.clone()))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_differs_only_by_what_is_certain() {
        let moment = |second| Timestamp::from_second(second).unwrap();
        let skew = |clock| skew(clock, moment(100), moment(104));
        assert_eq!(skew(0.0), None);
        assert_eq!(skew(102.0), Some(0));
        assert_eq!(skew(97.0), Some(-3_000));
        assert_eq!(skew(110.5), Some(6_500));
    }
}
