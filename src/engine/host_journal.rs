//! The journal that each host keeps of its own changes: its lines as they stand there, and whether their chain holds.
//! What a line says is for others to read. Pure.
//!
//! Each line has `"host_prev"`: SHA-256 of the bytes of the line before it, without its line break, in hexadecimal; nothing
//! in the first. Where old lines were dropped, a line of [`ROTATED`] stands for the last of them. `journal.last` has the digest
//! of the last line.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::fact::Fact;
use super::probe::{HostFacts, Probe};
use crate::text::hex;

/// The schema of the line that stands where old lines were dropped.
pub const ROTATED: &str = "fleet/journal-rotated/v1";

/// Under which the answer is found.
const PROBE: &str = "host-journal";

/// What one host's journal holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HostJournal {
    /// In the order in which they were written.
    pub lines: Vec<HostLine>,
    /// What is odd in it, in words.
    pub problems: Vec<String>,
    /// The host's clock when it was asked, in seconds since the epoch.
    pub clock: f64,
}

/// One line of a host's journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostLine {
    /// As it stands there.
    pub text: String,
    /// Its place in the file, from 1.
    pub number: usize,
    /// How it hangs on the line before.
    pub chain: Chain,
}

/// How a line hangs on the line before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chain {
    /// It names the line before.
    Whole,
    /// Written by a fleet that did not chain yet.
    Unchained,
    /// It names another line than the one before it: that one was changed, or lines between them are gone.
    Broken,
    /// No whole line: cut by a full disk, or by a kill.
    Torn,
}

/// Of a line, what binds it.
#[derive(Deserialize)]
struct Bound {
    schema: Option<String>,
    host_prev: Option<String>,
}

/// Asks a host for its journal. Its bytes come as base64: what is not UTF-8 counts in the chain as well.
pub fn journal_probe() -> Probe {
    let text = "cd /var/lib/fleet 2>/dev/null || { [ ! -e /var/lib/fleet ] && exit 0; echo 'this log-in may not look there'; exit 1; }\n\
                [ -e journal ] || exit 0\n\
                [ -r journal ] || { echo 'this log-in may not read it'; exit 1; }\n\
                base64 -w 0 journal && echo && cat journal.last 2>/dev/null || :";
    Probe::Script { name: PROBE.to_owned(), text: text.to_owned() }
}

impl HostJournal {
    /// Reads what a host answered to [`journal_probe`].
    ///
    /// # Errors
    /// In words, where it did not answer.
    pub fn of(facts: &HostFacts) -> Result<Self, String> {
        let output = match facts.scripts.get(PROBE) {
            Some(Fact::Known(output)) => output,
            Some(Fact::Unknown(why)) => return Err(why.trim().to_owned()),
            Some(Fact::Absent) | None => return Err("it was not asked for".to_owned()),
        };
        let mut parts = output.lines();
        let bytes = BASE64_STANDARD.decode(parts.next().unwrap_or_default());
        let bytes = bytes.map_err(|error| format!("damaged base64: {error}"))?;
        Ok(Self { clock: facts.clock, ..Self::read(&bytes, parts.next()) })
    }

    /// Reads a journal's bytes; `last`: what `journal.last` says.
    pub fn read(bytes: &[u8], last: Option<&str>) -> Self {
        let mut journal = Self::default();
        let digest = |line: &[u8]| hex(&Sha256::digest(line));
        let mut previous: Option<String> = None;
        let mut digests: Vec<String> = Vec::new();
        let whole = bytes.strip_suffix(b"\n").unwrap_or(bytes);
        let lines = whole.split(|byte| *byte == b'\n').filter(|_| !bytes.is_empty());
        for (number, line) in lines.enumerate().map(|(at, line)| (at + 1, line)) {
            let bound: Option<Bound> = serde_json::from_slice(line).ok();
            if let Some(Bound { schema: Some(schema), host_prev }) = &bound
                && schema == ROTATED
                && number == 1
            {
                previous = Some(host_prev.clone().unwrap_or_default());
                continue;
            }
            let chain = match bound.map(|bound| bound.host_prev) {
                None => Chain::Torn,
                Some(None) => Chain::Unchained,
                Some(Some(prev)) if prev == previous.clone().unwrap_or_default() => Chain::Whole,
                Some(Some(_)) => Chain::Broken,
            };
            let problem = match chain {
                Chain::Broken if previous.is_none() => Some("lines before it are gone".to_owned()),
                Chain::Broken => Some("the line before it was changed, or lines between them are gone".to_owned()),
                Chain::Torn => Some("it was cut while it was written".to_owned()),
                Chain::Unchained if journal.lines.iter().any(|line| line.chain == Chain::Whole) => {
                    Some("it names no line before it, though earlier ones do".to_owned())
                }
                Chain::Whole | Chain::Unchained => None,
            };
            journal.problems.extend(problem.map(|problem| format!("line {number}: {problem}")));
            let hash = digest(line);
            digests.push(hash.clone());
            previous = Some(hash);
            let text = String::from_utf8_lossy(line).into_owned();
            journal.lines.push(HostLine { text, number, chain });
        }
        if let Some(last) = last.map(str::trim).filter(|last| !last.is_empty()) {
            // A cut between the line and its digest leaves one line more.
            if !digests.iter().rev().take(2).any(|digest| digest == last) {
                journal.problems.push("the last line was changed, or lines at its end are gone".to_owned());
            }
        }
        journal
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chained(words: &[&str]) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        for word in words {
            let prev = lines.last().map(|line| hex(&Sha256::digest(line.as_bytes()))).unwrap_or_default();
            lines.push(format!("{{\"run\":\"{word}\",\"host_prev\":\"{prev}\",\"outcome\":\"applied\"}}"));
        }
        lines
    }

    fn read(lines: &[String]) -> HostJournal {
        HostJournal::read((lines.join("\n") + "\n").as_bytes(), None)
    }

    fn chain(journal: &HostJournal) -> Vec<Chain> {
        journal.lines.iter().map(|line| line.chain).collect()
    }

    #[test]
    fn a_chain_that_nobody_touched_holds() {
        let journal = read(&chained(&["a", "b", "c"]));
        assert_eq!((chain(&journal), journal.problems), (vec![Chain::Whole; 3], Vec::new()));
        assert_eq!(HostJournal::read(b"", None), HostJournal::default());
    }

    #[test]
    fn a_line_that_was_changed_or_removed_shows() {
        let whole = chained(&["a", "b", "c", "d"]);
        let mut changed = whole.clone();
        changed[1] = changed[1].replace("applied", "refused");
        assert_eq!(chain(&read(&changed)), [Chain::Whole, Chain::Whole, Chain::Broken, Chain::Whole]);
        let mut removed = whole.clone();
        removed.remove(1);
        assert_eq!(read(&removed).problems.len(), 1);
        assert_eq!(read(&whole[1..]).problems, ["line 1: lines before it are gone"]);
        let last = hex(&Sha256::digest(whole[3].as_bytes()));
        let until =
            |count: usize| HostJournal::read((whole[..count].join("\n") + "\n").as_bytes(), Some(&last)).problems;
        assert_eq!((until(4).len(), until(3).len()), (0, 1));
        let before = hex(&Sha256::digest(whole[2].as_bytes()));
        assert_eq!(HostJournal::read((whole.join("\n") + "\n").as_bytes(), Some(&before)).problems.len(), 0);
    }

    #[test]
    fn a_torn_line_is_told_and_the_chain_goes_on_over_it() {
        let first = chained(&["a"]).remove(0);
        // Cut within a letter.
        let torn = b"{\"run\":\"b\xc3";
        let prev = hex(&Sha256::digest(torn));
        let third = format!("{{\"run\":\"c\",\"host_prev\":\"{prev}\"}}\n");
        let bytes = [first.as_bytes(), b"\n", torn, b"\n", third.as_bytes()].concat();
        let journal = HostJournal::read(&bytes, None);
        assert_eq!(chain(&journal), [Chain::Whole, Chain::Torn, Chain::Whole]);
        assert_eq!(journal.problems, ["line 2: it was cut while it was written"]);
    }

    #[test]
    fn dropped_lines_are_stood_for() {
        let whole = chained(&["a", "b", "c"]);
        let dropped = hex(&Sha256::digest(whole[0].as_bytes()));
        let marker = format!("{{\"schema\":\"{ROTATED}\",\"host_prev\":\"{dropped}\"}}");
        let journal = read(&[std::slice::from_ref(&marker), &whole[1..]].concat());
        assert_eq!((chain(&journal), journal.problems), (vec![Chain::Whole; 2], Vec::new()));
        assert_eq!(read(&[&[marker], &whole[2..]].concat()).problems.len(), 1);
    }

    #[test]
    fn lines_from_before_the_chain_are_taken_as_they_are() {
        let mut lines = vec!["{\"run\":\"old\"}".to_owned()];
        let prev = hex(&Sha256::digest(lines[0].as_bytes()));
        lines.push(format!("{{\"run\":\"a\",\"host_prev\":\"{prev}\"}}"));
        assert_eq!(chain(&read(&lines)), [Chain::Unchained, Chain::Whole]);
        assert_eq!(read(&lines).problems.len(), 0);
        lines.push("{\"run\":\"forged\"}".to_owned());
        assert_eq!(read(&lines).problems.len(), 1);
    }
}
