//! Asks a host what it keeps of a run, and reads what it answers. Pure.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::fact::Fact;
use super::kept::{Before, Kept, KeptFile, KeptRun, LaterRun, Record, SCHEMA, TreeEntry, UnitBefore};
use super::probe::{HostFacts, Probe};
use crate::names::{RunId, UnitName};
use crate::text::shell_quote;

/// Under which the answer is found.
const PROBE: &str = "kept";

/// Asks for all transactions of a run (`RUN`, `RUN.2` …), or of one of them alone.
pub fn kept_probe(run: &RunId) -> Probe {
    let text = format!("kept_run={}\n{}", shell_quote(run.as_str()), include_str!("kept.sh"));
    Probe::Script { name: PROBE.to_owned(), text }
}

/// Of a line of the journal, what tells of a later run.
#[derive(Deserialize)]
struct Later {
    run: RunId,
    time: jiff::Timestamp,
    who: super::plan::Author,
    #[serde(default)]
    changes: Vec<super::transaction::ItemSummary>,
    outcome: String,
}

impl Kept {
    /// Reads what a host answered to [`kept_probe`].
    ///
    /// # Errors
    /// In words, where it did not answer, or what it keeps is not understood.
    pub fn of(facts: &HostFacts, run: &RunId) -> Result<Self, String> {
        match facts.scripts.get(PROBE) {
            Some(Fact::Known(output)) => read(output, run),
            Some(Fact::Unknown(why)) => Err(why.trim().to_owned()),
            Some(Fact::Absent) | None => Err("it was not asked for".to_owned()),
        }
    }
}

/// A run that is being read, and what is known of contents whose bytes are on the host.
struct Reader {
    kept: Kept,
    /// By SHA-256: the digest with the controller's salt.
    digests: BTreeMap<String, String>,
    told: BTreeMap<RunId, String>,
    link: Option<(u32, String)>,
}

fn read(output: &str, run: &RunId) -> Result<Kept, String> {
    let (kept, digests, told) = Default::default();
    let mut reader = Reader { kept, digests, told, link: None };
    for line in output.lines() {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        reader.line(word, rest, run).map_err(|why| format!("what it keeps is damaged: {why}"))?;
    }
    let Reader { mut kept, digests, told, .. } = reader;
    for run in &mut kept.runs {
        for left in run.left.values_mut() {
            left.digest = digests.get(&left.plain).cloned().unwrap_or_default();
        }
    }
    kept.runs.sort_by_key(|kept| kept.record.run.wave());
    let is_kept = |run: &RunId| kept.runs.iter().any(|kept| kept.record.run == *run);
    kept.missing =
        told.into_iter().filter(|(run, end)| end == "applied" && !is_kept(run)).map(|(run, _)| run).collect();
    Ok(kept)
}

impl Reader {
    fn line(&mut self, word: &str, rest: &str, asked: &RunId) -> Result<(), String> {
        match word {
            // The record follows, and says it too.
            "run" => {}
            "record" => {
                let record: Record = serde_json::from_str(rest).map_err(|error| format!("its record: {error}"))?;
                if record.schema != SCHEMA {
                    return Err(format!("its record has the format {}, not {SCHEMA}", record.schema));
                }
                self.kept.runs.push(KeptRun::new(record));
            }
            "told" => {
                let (run, outcome) = rest.split_once(' ').ok_or("a run without an outcome")?;
                self.told.insert(RunId::new(run), outcome.to_owned());
            }
            "later" => self.later(rest, asked),
            "now" => {
                let (plain, digest) = rest.split_once(' ').ok_or("a file without a digest")?;
                self.digests.insert(plain.to_owned(), digest.to_owned());
            }
            _ => self.of_run(word, rest)?,
        }
        Ok(())
    }

    /// Of the run whose record came last.
    fn of_run(&mut self, word: &str, rest: &str) -> Result<(), String> {
        let Some(run) = self.kept.runs.last_mut() else { return Ok(()) };
        let mut words = rest.splitn(6, ' ');
        let mut next = || words.next().map(str::to_owned).ok_or_else(|| format!("`{word} {rest}` is cut"));
        match word {
            "before" => {
                let (number, plain, digest) = (number(&next()?)?, next()?, next()?);
                self.digests.insert(plain.clone(), digest.clone());
                let change = usize::try_from(number).ok().and_then(|it| run.record.changes.get(it.checked_sub(1)?));
                if let Some(Before::File { mode, owner }) = change.map(|change| &change.before) {
                    let file = KeptFile { plain, digest, mode: mode.clone(), owner: owner.clone() };
                    run.before.insert(number, file);
                }
            }
            "left" => {
                let (number, plain) = (number(&next()?)?, next()?);
                let file = KeptFile { plain, digest: String::new(), mode: next()?, owner: next()? };
                run.left.insert(number, file);
            }
            "units" => run.units_known = true,
            "unit" => {
                let (unit, active, enabled) = (UnitName::new(next()?), next()?, next()?);
                run.units.insert(unit, UnitBefore { active, enabled });
            }
            "tree" => {
                let (number, mode, owner) = (number(&next()?)?, next()?, next()?);
                run.trees.entry(number).or_default().push((String::new(), TreeEntry::Directory { mode, owner }));
            }
            "tree-directory" => {
                let (number, mode, owner) = (number(&next()?)?, next()?, next()?);
                // A name may have blanks in it.
                let below = rest.splitn(4, ' ').nth(3).unwrap_or_default().to_owned();
                run.trees.entry(number).or_default().push((below, TreeEntry::Directory { mode, owner }));
            }
            "tree-file" => {
                let (number, mode, owner) = (number(&next()?)?, next()?, next()?);
                let (plain, digest, below) = (next()?, next()?, next()?);
                self.digests.insert(plain.clone(), digest.clone());
                let file = KeptFile { plain, digest, mode, owner };
                run.trees.entry(number).or_default().push((below, TreeEntry::File(file)));
            }
            "tree-link" => {
                let number = number(&next()?)?;
                let below = rest.split_once(' ').map(|(_, below)| below.to_owned()).unwrap_or_default();
                self.link = Some((number, below));
            }
            "target" => {
                if let Some((number, below)) = self.link.take() {
                    let link = TreeEntry::Link { target: rest.to_owned() };
                    run.trees.entry(number).or_default().push((below, link));
                }
            }
            "odd" => {
                run.odd_trees.insert(number(&next()?)?);
            }
            // What a command said on its standard error.
            _ => {}
        }
        Ok(())
    }

    /// A line of the journal; one that is torn tells nothing.
    fn later(&mut self, text: &str, asked: &RunId) {
        let Ok(line) = serde_json::from_str::<Later>(text) else { return };
        if line.outcome != "applied" || line.run.whole_str() == asked.whole_str() {
            return;
        }
        let places = line.changes.into_iter().map(|summary| summary.place).collect();
        self.kept.later.push(LaterRun { run: line.run, time: line.time, who: line.who, places });
    }
}

fn number(word: &str) -> Result<u32, String> {
    word.parse().map_err(|_| format!("`{word}` is not a number"))
}
