//! A walk along the chain, line by line, with what is to be said of it.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest as _, Sha256};

use super::append::{Link, digest};
use super::head::{Head, Kept};
use super::line::{Noticed, Reading, UNCHAINED};
use super::read::Raw;
use super::verify::{Finding, Verdict};

/// The chained line before.
struct Last {
    writer: String,
    seq: u64,
    number: u64,
    hash: String,
    ended: bool,
}

/// A line that hangs in no chain.
struct Loose {
    number: u64,
    what: What,
    ended: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    Older,
    Newer,
    Unreadable,
}

/// A walk along the chain.
#[derive(Default)]
pub(super) struct Walk {
    verdict: Verdict,
    last: Option<Last>,
    /// The digest of the line before that.
    before: Option<String>,
    /// Of all bytes since the last chained line began.
    since: Sha256,
    /// Unchained lines since then.
    loose: Vec<Loose>,
    /// Numbers of a chain that have not come up, though later ones have, with the line where that showed.
    missing: BTreeMap<(String, u64), u64>,
    /// What of the gaps is too wide to be listed one by one.
    wide: Vec<(u64, u64, u64)>,
    /// Lines that are told as edited.
    edited: BTreeSet<u64>,
}

/// A wider gap is told as one.
const WIDE: u64 = 10_000;

impl Walk {
    /// Takes the next line.
    pub(super) fn step(&mut self, line: &Raw<'_>) {
        self.verdict.lines += 1;
        let first = line.number == 1;
        let Some(place) = Link::of(line.bytes) else {
            let what = match Reading::of(line.bytes) {
                Reading::Line(known) if known.schema == UNCHAINED => What::Older,
                Reading::Newer(_) => What::Newer,
                Reading::Line(_) | Reading::Unreadable => What::Unreadable,
            };
            match what {
                What::Older => self.verdict.unchained += 1,
                What::Newer => self.verdict.newer += 1,
                What::Unreadable => {}
            }
            self.loose.push(Loose { number: line.number, what, ended: line.ended });
            if !first {
                self.since.update(b"\n");
            }
            self.since.update(line.bytes);
            return;
        };
        self.verdict.chained += 1;
        self.verdict.newer += u64::from(Reading::is_newer(line.bytes));
        let hangs = crate::text::hex(&self.since.clone().finalize()) == place.prev;
        self.link(line, &place, hangs);
    }

    fn link(&mut self, line: &Raw<'_>, place: &Link, hangs: bool) {
        let loose = std::mem::take(&mut self.loose);
        let alone = self.last.as_ref().is_some_and(|last| last.hash == place.prev);
        // Where it stands in the chain, whatever it says of itself.
        let mut seq = place.seq;
        let mut writer = place.writer.clone();
        match &self.last {
            None => {
                if place.seq > 1 {
                    self.gap(&writer, 1, place.seq, line.number, &loose);
                } else if !hangs {
                    self.loose_edited(&loose, line.number, None);
                } else {
                    self.explain(&loose, true, place.noticed);
                }
            }
            Some(last) => {
                let (last_seq, last_number, last_writer) = (last.seq, last.number, last.writer.clone());
                let follows = place.writer == last_writer && place.seq == last_seq.saturating_add(1);
                let starts = place.writer != last_writer && place.seq == 1;
                if hangs && (follows || starts) {
                    self.explain(&loose, false, place.noticed);
                } else if hangs || (alone && !follows) {
                    let message = "its own place in the chain was changed after it was written";
                    self.edit(line.number, message.to_owned());
                    (writer, seq) = (last_writer, last_seq.saturating_add(1));
                } else if alone {
                    for loose in &loose {
                        let message =
                            "it was put in later: the chain goes from the line before it to the line after it";
                        self.problem("inserted", loose.number, message.to_owned());
                    }
                } else if follows {
                    self.loose_edited(&loose, line.number, Some(last_number));
                } else if place.writer == last_writer && place.seq > last_seq {
                    self.gap(&writer, last_seq + 1, place.seq, line.number, &loose);
                } else if self.missing.remove(&(place.writer.clone(), place.seq)).is_some() {
                    let message = format!(
                        "it stands in the wrong place: it is number {} of the chain, behind number {last_seq}",
                        place.seq
                    );
                    self.problem("reordered", line.number, message);
                    self.stray(line);
                    return;
                } else if place.writer == last_writer {
                    let message = format!("it was put in later: number {} of the chain stood there before", place.seq);
                    self.problem("inserted", line.number, message);
                    self.stray(line);
                    return;
                } else {
                    let message = "it is of another journal, and does not hang on what stands before it";
                    self.problem("inserted", line.number, message.to_owned());
                    self.stray(line);
                    return;
                }
            }
        }
        if place.noticed == Some(Noticed::LostHead) {
            let message =
                "when it was written, `journal/head` was gone or of no use: lines before it may have been cut off";
            self.problem("head", line.number, message.to_owned());
        }
        let hash = digest(line.bytes);
        self.before = self.last.take().map(|last| last.hash);
        self.last = Some(Last { writer, seq, number: line.number, hash, ended: line.ended });
        self.since = Sha256::new();
        self.since.update(line.bytes);
    }

    /// A chained line that is not at its place: the chain goes on from the one before.
    fn stray(&mut self, line: &Raw<'_>) {
        self.since.update(b"\n");
        self.since.update(line.bytes);
    }

    /// Lines between two chained ones that were there when the second was written.
    fn explain(&mut self, loose: &[Loose], at_start: bool, noticed: Option<Noticed>) {
        for loose in loose {
            let message = match loose.what {
                What::Older if at_start => continue,
                What::Older => {
                    "an older fleet wrote it, which chains nothing; it has not changed since the next line was written"
                }
                What::Newer => "a newer fleet wrote it; it has not changed since the next line was written",
                What::Unreadable if noticed == Some(Noticed::TornLine) => {
                    "it was cut when it was written, by a crash or a full disk; the next line says so"
                }
                What::Unreadable => "it cannot be read; it has not changed since the next line was written",
            };
            let code = match loose.what {
                What::Older => "unchained",
                What::Newer => "newer",
                What::Unreadable => "torn",
            };
            self.warning(code, loose.number, message.to_owned());
        }
    }

    /// The next line was written behind other bytes than stand there: who of them was changed can't be told.
    fn loose_edited(&mut self, loose: &[Loose], witness: u64, last: Option<u64>) {
        let from = last.or_else(|| loose.first().map(|loose| loose.number));
        let to = loose.last().map(|loose| loose.number).or(last);
        match (from, to) {
            (Some(from), Some(to)) if from == to => {
                self.edit(
                    from,
                    format!("it was changed after it was written: line {witness} was chained to other bytes"),
                );
            }
            (Some(from), Some(to)) => self.edit(
                from,
                format!("lines {from} to {to} are not as they were written: line {witness} was chained to other bytes"),
            ),
            _ => self.problem(
                "removed",
                witness,
                "it was chained to what stood before it, and nothing is left of that".to_owned(),
            ),
        }
    }

    /// Numbers `from` up to but not `to` are not there.
    fn gap(&mut self, writer: &str, from: u64, to: u64, line: u64, loose: &[Loose]) {
        let count = to - from;
        let numbers = if count == 1 { format!("number {from}") } else { format!("numbers {from} to {}", to - 1) };
        if let (Some(first), Some(last)) = (loose.first(), loose.last()) {
            let lines = if first.number == last.number {
                "it cannot".to_owned()
            } else {
                format!("lines {} to {} cannot", first.number, last.number)
            };
            self.edit(first.number, format!("{lines} be read any more: {numbers} of the chain stood there"));
            return;
        }
        if count > WIDE {
            self.wide.push((from, to, line));
            return;
        }
        for seq in from..to {
            self.missing.insert((writer.to_owned(), seq), line);
        }
    }

    fn edit(&mut self, line: u64, message: String) {
        if self.edited.insert(line) {
            self.problem("edited", line, message);
        }
    }

    fn problem(&mut self, code: &'static str, line: u64, message: String) {
        self.verdict.findings.push(Finding { code, problem: true, line: Some(line), host: None, message });
    }

    fn warning(&mut self, code: &'static str, line: u64, message: String) {
        self.verdict.findings.push(Finding { code, problem: false, line: Some(line), host: None, message });
    }

    fn whole(&mut self, code: &'static str, problem: bool, message: impl Into<String>) {
        self.verdict.findings.push(Finding { code, problem, line: None, host: None, message: message.into() });
    }

    /// What is to be said at the end, where `journal/head` has its word.
    pub(super) fn end(mut self, kept: &Kept) -> Verdict {
        self.removed();
        self.loose_end(kept);
        self.against_head(kept);
        self.verdict.findings.sort_by_key(|finding| finding.line.unwrap_or(u64::MAX));
        self.verdict
    }

    /// What is missing for good, neighbours as one.
    fn removed(&mut self) {
        let mut gaps: Vec<(u64, u64, u64)> = std::mem::take(&mut self.wide);
        let mut last: Option<(String, u64, u64, u64)> = None;
        for ((writer, seq), line) in std::mem::take(&mut self.missing) {
            match &mut last {
                Some((of, _, to, at)) if *of == writer && *to == seq && *at == line => *to += 1,
                _ => {
                    gaps.extend(last.take().map(|(_, from, to, at)| (from, to, at)));
                    last = Some((writer, seq, seq + 1, line));
                }
            }
        }
        gaps.extend(last.map(|(_, from, to, at)| (from, to, at)));
        for (from, to, line) in gaps {
            let what = match to - from {
                1 => format!("a line is missing before it: number {from} of the chain was removed"),
                count => format!(
                    "{count} lines are missing before it: numbers {from} to {} of the chain were removed",
                    to - 1
                ),
            };
            self.problem("removed", line, what);
        }
    }

    /// Lines behind the last chained one: nothing vouches for them yet.
    fn loose_end(&mut self, kept: &Kept) {
        let chained = self.last.is_some();
        for loose in std::mem::take(&mut self.loose) {
            match loose.what {
                What::Older if !chained && *kept == Kept::Nothing => {}
                What::Older => self.problem(
                    "unchained",
                    loose.number,
                    "it is not chained: an older fleet wrote it, or somebody else".to_owned(),
                ),
                What::Newer => self.warning("newer", loose.number, "a newer fleet wrote it".to_owned()),
                What::Unreadable if loose.ended && chained => {
                    self.problem("inserted", loose.number, "it is no line of fleet's".to_owned());
                }
                What::Unreadable => self.warning(
                    "torn",
                    loose.number,
                    "it was cut when it was written, by a crash or a full disk; the next line will stand behind it"
                        .to_owned(),
                ),
            }
        }
    }

    fn against_head(&mut self, kept: &Kept) {
        let Some(last) = self.last.take() else {
            match kept {
                Kept::Nothing => {}
                Kept::Damaged => self.whole("head", true, "`journal/head` cannot be read, and no line is chained"),
                Kept::Head(Head { seq, .. }) => {
                    let message = format!("the chain is gone: `journal/head` knows of {seq} lines");
                    self.whole("cut-end", true, message);
                }
            }
            return;
        };
        let head = match kept {
            Kept::Head(head) => head,
            Kept::Nothing if last.seq == 1 => {
                self.whole("crash", false, "fleet was killed before it had made `journal/head`; the next run makes it");
                return;
            }
            Kept::Nothing => {
                self.whole(
                    "head",
                    true,
                    "`journal/head` is missing: whether lines at the end were removed can't be told",
                );
                return;
            }
            Kept::Damaged => {
                self.whole(
                    "head",
                    true,
                    "`journal/head` cannot be read: whether lines at the end were removed can't be told",
                );
                return;
            }
        };
        if head.writer != last.writer {
            self.whole("head", true, "`journal/head` is of another journal than its last line");
        } else if head.seq > last.seq {
            let message = match head.seq - last.seq {
                1 => "the last line was removed: `journal/head` knows of one more".to_owned(),
                count => format!("the last {count} lines were removed: `journal/head` knows of them"),
            };
            self.whole("cut-end", true, message);
        } else if head.seq == last.seq && head.hash != last.hash {
            self.edit(
                last.number,
                "it was changed after it was written: `journal/head` knows it with other bytes".to_owned(),
            );
        } else if head.seq == last.seq && !last.ended {
            self.edit(
                last.number,
                "its end was changed after it was written: `journal/head` knows it as whole".to_owned(),
            );
        } else if head.seq.saturating_add(1) == last.seq && self.before.as_ref() == Some(&head.hash) {
            let message =
                "fleet was killed behind its last line, before `journal/head` told of it; the next line mends that";
            self.whole("crash", false, message);
        } else if head.seq < last.seq {
            let message = format!(
                "`journal/head` is behind: it knows of {} lines, and there are {}; was it taken from a backup?",
                head.seq, last.seq
            );
            self.whole("head", true, message);
        }
    }
}
