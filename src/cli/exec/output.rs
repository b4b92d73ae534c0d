//! What a command prints: bounded in memory, and shown line by line while it runs.

use std::collections::VecDeque;
use std::io::IsTerminal as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

use crate::names::HostName;
use crate::report::{Canvas, OutputFormat, Report, Ui, text};

/// Of each stream of a host so much of the beginning is kept, and as much of the end, in bytes.
const HALF: usize = 256 * 1024;

/// The beginning and the end of a stream.
#[derive(Debug, Default)]
pub(super) struct Kept {
    head: Vec<u8>,
    tail: VecDeque<u8>,
    dropped: u64,
}

impl Kept {
    pub(super) fn push(&mut self, bytes: &[u8]) {
        let (head, rest) = bytes.split_at(bytes.len().min(HALF - self.head.len()));
        self.head.extend_from_slice(head);
        self.tail.extend(rest);
        let excess = self.tail.len().saturating_sub(HALF);
        self.tail.drain(..excess);
        self.dropped += excess as u64;
    }

    /// The text, and how many bytes of the stream are not in it. Where they are missing, a line says so.
    pub(super) fn into_text(self) -> (String, u64) {
        let (head, tail) = (self.head, Vec::from(self.tail));
        if self.dropped == 0 {
            return (String::from_utf8_lossy(&[head, tail].concat()).into_owned(), 0);
        }
        let (head, tail) = (String::from_utf8_lossy(&head), String::from_utf8_lossy(&tail));
        (format!("{head}\n[… {} bytes were not kept …]\n{tail}", self.dropped), self.dropped)
    }
}

/// A line that does not end is cut into pieces of this many bytes.
const LONGEST_LINE: usize = 4096;

/// Makes lines of a stream.
#[derive(Debug, Default)]
pub(super) struct Lines(Vec<u8>);

impl Lines {
    pub(super) fn push(&mut self, bytes: &[u8], mut line: impl FnMut(&[u8])) {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.0.extend_from_slice(piece);
            if piece.ends_with(b"\n") || self.0.len() >= LONGEST_LINE {
                line(&self.0);
                self.0.clear();
            }
        }
    }

    pub(super) fn finish(&mut self, line: impl FnOnce(&[u8])) {
        if !self.0.is_empty() {
            line(&self.0);
            self.0.clear();
        }
    }
}

/// Lines that are held back at most.
const HELD: usize = 1000;

/// Shows lines on the terminal as they come, each with its host; where nobody watches, nothing.
///
/// The first ones are held back: a command that ends at once is better read in the folded result alone.
pub(super) struct Live<'a> {
    ui: &'a Ui,
    width: usize,
    held: Mutex<Option<Vec<String>>>,
    shown: AtomicBool,
}

impl<'a> Live<'a> {
    /// None where stderr is no terminal, or the result is for scripts.
    pub(super) fn new<'h>(ui: &'a Ui, hosts: impl Iterator<Item = &'h HostName>) -> Option<Self> {
        let watched = ui.format() == OutputFormat::Table && std::io::stderr().is_terminal();
        let width = hosts.map(|host| host.as_str().chars().count()).max().unwrap_or(0);
        watched.then(|| Self { ui, width, held: Mutex::new(Some(Vec::new())), shown: AtomicBool::new(false) })
    }

    pub(super) fn show(&self, host: &HostName, line: &[u8]) {
        // A progress bar of the command's draws over its own line: the last state is the one to show.
        let line = String::from_utf8_lossy(line);
        let line = line.trim_end_matches(['\n', '\r']);
        let last = line.rsplit('\r').next().unwrap_or(line);
        let shown = text::output(last, 1).pop().unwrap_or_default();
        let shown = format!("{:width$} │ {shown}", host.as_str(), width = self.width);
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        match held.as_mut() {
            Some(lines) if lines.len() < HELD => lines.push(shown),
            _ => {
                drop(held);
                self.release();
                self.tell(vec![shown]);
            }
        }
    }

    /// From now on lines are shown at once.
    pub(super) fn release(&self) {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(lines) = held.filter(|lines| !lines.is_empty()) {
            self.tell(lines);
        }
    }

    /// An empty line between what was shown, if anything, and the result.
    pub(super) fn end(&self) {
        if self.shown.load(Ordering::Relaxed) {
            self.tell(vec![String::new()]);
        }
    }

    fn tell(&self, lines: Vec<String>) {
        self.shown.store(true, Ordering::Relaxed);
        self.ui.preview(&Shown { lines });
    }
}

#[derive(Serialize)]
struct Shown {
    lines: Vec<String>,
}

impl Report for Shown {
    fn table(&self, _: &Canvas) -> String {
        self.lines.join("\n") + "\n"
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn beginning_and_end_are_kept_and_the_rest_is_counted() {
        let mut kept = Kept::default();
        kept.push(b"first\n");
        for _ in 0..800 {
            kept.push(&[b'x'; 8_192]);
        }
        kept.push(b"\nlast\n");
        assert!(kept.head.len() <= HALF && kept.tail.len() <= HALF && kept.tail.capacity() <= 4 * HALF);
        let (text, dropped) = kept.into_text();
        assert_eq!(dropped, 100 * 65_536 + 12 - 2 * HALF as u64);
        assert!(text.starts_with("first\n") && text.ends_with("\nlast\n"));
        assert!(text.contains(&format!("\n[… {dropped} bytes were not kept …]\n")));
    }

    #[test]
    fn a_line_without_end_comes_in_pieces() {
        let mut lines = Lines::default();
        let mut seen = Vec::new();
        for _ in 0..10 {
            lines.push(&[b'x'; 1000], |line| seen.push(line.len()));
        }
        lines.push(b"\nend", |line| seen.push(line.len()));
        lines.finish(|line| seen.push(line.len()));
        assert_eq!(seen, [5000, 5000, 1, 3]);
    }

    proptest! {
        #[test]
        fn what_fits_is_kept_as_it_is(pieces in prop::collection::vec("[a-zü\n]{0,40}", 0..20)) {
            let mut kept = Kept::default();
            let mut lines = Lines::default();
            let mut seen = Vec::new();
            for piece in &pieces {
                kept.push(piece.as_bytes());
                lines.push(piece.as_bytes(), |line| seen.extend_from_slice(line));
            }
            lines.finish(|line| seen.extend_from_slice(line));
            prop_assert_eq!(kept.into_text(), (pieces.concat(), 0));
            prop_assert_eq!(seen, pieces.concat().into_bytes());
        }
    }
}
