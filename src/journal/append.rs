//! How a line gets to the end of the file: chained to what stands there, on the disk before anything is changed.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use rustix::fs::{FlockOperation, flock};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::error::JournalError;
use super::head::{Head, Kept};
use super::line::{Chain, Line, Noticed, SCHEMA};

/// The end of the file is read in pieces that grow from this, in bytes.
const PIECE: u64 = 64 * 1024;

/// A random name for a journal that has none yet: 64 bits.
const NAME: usize = 8;

/// The place of a line in its chain, without all else that it tells.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(super) struct Link {
    pub(super) writer: String,
    pub(super) seq: u64,
    pub(super) prev: String,
    #[serde(default)]
    pub(super) noticed: Option<Noticed>,
}

impl Link {
    /// Of a line's bytes; none where it is not chained. Newer formats are chained in the same way.
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }
}

/// SHA-256 in hexadecimal.
pub(super) fn digest(bytes: &[u8]) -> String {
    crate::text::hex(&Sha256::digest(bytes))
}

/// What stands at the end of the file.
struct Tail {
    /// The last chained line, with the digest of its bytes.
    last: Option<(Link, String)>,
    /// The digest of all bytes from the start of that line on, or of the whole file: what the next line hangs on.
    since: String,
    /// Whether the last line has no end: it was cut.
    torn: bool,
    /// Whether that line is nevertheless whole.
    whole: bool,
    length: u64,
}

/// Appends a line, and returns it as it stands in the file.
pub(super) fn append(file: &Path, head_file: &Path, line: &Line) -> Result<Line, JournalError> {
    let at = |what| JournalError::at(what, file);
    let mut journal =
        OpenOptions::new().create(true).read(true).append(true).mode(0o600).open(file).map_err(at("write"))?;
    flock(&journal, FlockOperation::LockExclusive).map_err(|error| at("lock")(error.into()))?;
    let tail = tail(&mut journal).map_err(at("read"))?;
    let kept = Kept::read(head_file).map_err(JournalError::at("read", head_file))?;
    let kept = caught_up(&tail, kept, head_file).map_err(JournalError::at("write", head_file))?;
    let chain = next(&tail, &kept).map_err(at("write"))?;
    let mut line = line.clone();
    SCHEMA.clone_into(&mut line.schema);
    line.about.chain = Some(chain.clone());
    let text = serde_json::to_vec(&line).map_err(|error| at("write")(error.into()))?;
    let mut bytes = Vec::with_capacity(text.len() + 2);
    // A line that was cut must not swallow this one.
    bytes.extend(tail.torn.then_some(b'\n'));
    bytes.extend_from_slice(&text);
    bytes.push(b'\n');
    let head = Head { writer: chain.writer, seq: chain.seq, hash: digest(&text) };
    let written = journal.write_all(&bytes).and_then(|()| journal.sync_all()).map_err(at("write"));
    let written = written.and_then(|()| head.write(head_file).map_err(JournalError::at("write", head_file)));
    if let Err(error) = written {
        // Half a line is of no use to anybody. Where it can't be taken back, the next one finds it torn.
        let _ = journal.set_len(tail.length).and_then(|()| journal.sync_all());
        put_back(&kept, head_file);
        return Err(error);
    }
    if tail.length == 0 || kept == Kept::Nothing {
        sync_directory(file).map_err(at("write"))?;
    }
    Ok(line)
}

/// The head as it was before a line that could not be written. Where that fails too, the next line tells of it.
fn put_back(kept: &Kept, head_file: &Path) {
    match kept {
        Kept::Head(head) => drop(head.write(head_file)),
        Kept::Nothing => drop(std::fs::remove_file(head_file)),
        Kept::Damaged => {}
    }
}

/// The head, which a fleet that was killed behind its line left one behind: it is never more than that.
fn caught_up(tail: &Tail, kept: Kept, head_file: &Path) -> io::Result<Kept> {
    let Some((last, hash)) = &tail.last else { return Ok(kept) };
    let behind = match &kept {
        Kept::Head(head) => last.writer == head.writer && last.seq == head.seq.saturating_add(1),
        Kept::Nothing => last.seq == 1,
        Kept::Damaged => false,
    };
    if !behind {
        return Ok(kept);
    }
    let head = Head { writer: last.writer.clone(), seq: last.seq, hash: hash.clone() };
    head.write(head_file)?;
    sync_directory(head_file)?;
    Ok(Kept::Head(head))
}

/// The place of the line that comes next.
fn next(tail: &Tail, kept: &Kept) -> io::Result<Chain> {
    let torn = (tail.torn && !tail.whole).then_some(Noticed::TornLine);
    let after = |link: &Link, noticed| Chain {
        writer: link.writer.clone(),
        seq: link.seq.saturating_add(1),
        prev: tail.since.clone(),
        noticed,
    };
    Ok(match (&tail.last, kept.head()) {
        (Some((last, hash)), Some(head)) => {
            let as_kept = last.writer == head.writer && last.seq == head.seq && *hash == head.hash;
            if as_kept {
                after(last, torn)
            } else if last.writer == head.writer && last.seq > head.seq {
                after(last, Some(Noticed::LostHead))
            } else {
                lost(head)
            }
        }
        (None, Some(head)) => lost(head),
        (Some((last, _)), None) => after(last, Some(Noticed::LostHead)),
        (None, None) => Chain { writer: name()?, seq: 1, prev: tail.since.clone(), noticed: torn },
    })
}

/// What the head knows of is gone: the chain goes on from there, and the gap stays for everybody to see.
fn lost(head: &Head) -> Chain {
    Chain {
        writer: head.writer.clone(),
        seq: head.seq.saturating_add(1),
        prev: head.hash.clone(),
        noticed: Some(Noticed::LostLines),
    }
}

fn name() -> io::Result<String> {
    let mut bytes = [0; NAME];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    Ok(crate::text::hex(&bytes))
}

/// Reads backwards until there is a chained line: as a rule the last one.
fn tail(file: &mut File) -> io::Result<Tail> {
    let length = file.metadata()?.len();
    let mut window = PIECE;
    loop {
        let from = length.saturating_sub(window);
        file.seek(SeekFrom::Start(from))?;
        let mut bytes = Vec::new();
        (&*file).take(length - from).read_to_end(&mut bytes)?;
        let torn = bytes.last().is_some_and(|last| *last != b'\n');
        let body = if torn { &bytes[..] } else { &bytes[..bytes.len().saturating_sub(1)] };
        // The first piece may be the end of a line that begins before the window.
        let begin = if from == 0 { Some(0) } else { body.iter().position(|byte| *byte == b'\n').map(|at| at + 1) };
        let found = begin.and_then(|begin| last_link(body, begin));
        if let Some((start, link, hash)) = found {
            let whole = torn && !body[start..].contains(&b'\n');
            return Ok(Tail { since: digest(&body[start..]), last: Some((link, hash)), torn, whole, length });
        }
        if from == 0 {
            return Ok(Tail { last: None, since: digest(body), torn, whole: false, length });
        }
        window = window.saturating_mul(4);
    }
}

/// The last chained line at or after `begin`: where it starts, its place, and the digest of its bytes.
fn last_link(body: &[u8], begin: usize) -> Option<(usize, Link, String)> {
    let mut end = body.len();
    loop {
        let start = body[begin..end].iter().rposition(|byte| *byte == b'\n').map_or(begin, |at| begin + at + 1);
        if let Some(link) = Link::of(&body[start..end]) {
            return Some((start, link, digest(&body[start..end])));
        }
        if start == begin {
            return None;
        }
        end = start - 1;
    }
}

/// A new name in a directory is on the disk once the directory is.
fn sync_directory(file: &Path) -> io::Result<()> {
    File::open(file.parent().unwrap_or(file))?.sync_all()
}
