//! The terminal: two streams, a width, colours, a question.

use std::fmt::Write as _;
use std::io::{self, IsTerminal as _, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use indicatif::{MultiProgress, ProgressDrawTarget};
use serde::Serialize;

use super::canvas::{BOLD, CYAN, Canvas, Cell, PLAIN, Page, YELLOW};
use super::{ErrorReport, Progress, Report};

/// What stdout carries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OutputFormat {
    /// Text for people.
    #[default]
    Table,
    /// Exactly one JSON document.
    Json,
    /// A JSON document a line, as things happen; the result is the last.
    Jsonl,
}

/// Whether to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ColorChoice {
    /// Where a stream is a terminal that can; `NO_COLOR`, `CLICOLOR`, `CLICOLOR_FORCE` and `TERM=dumb` are heeded.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The width of text that goes into a pipe or a file, in columns.
const PIPED: usize = 100;

/// The width of a terminal that does not tell, in columns.
const TERMINAL: usize = 80;

/// Narrower than this nothing can be read.
const NARROWEST: usize = 40;

type Stream = Mutex<Box<dyn Write + Send>>;

/// Everything that a command says goes through here.
pub struct Ui {
    format: OutputFormat,
    out: Canvas,
    err: Canvas,
    bars: Option<MultiProgress>,
    stdout: Stream,
    stderr: Stream,
    /// Whoever read stdout has gone: there is nobody left to write for.
    deaf: AtomicBool,
    /// The one document of `json` is out.
    answered: AtomicBool,
}

impl Ui {
    /// Looks at the streams and the environment once.
    pub fn new(format: OutputFormat, color: ColorChoice, no_progress: bool) -> Self {
        let (stdout, stderr) = (io::stdout(), io::stderr());
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let draws = stderr.is_terminal() && !no_progress && !dumb;
        let columns = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
        let of =
            |size: Option<(terminal_size::Width, terminal_size::Height)>| size.map(|(width, _)| usize::from(width.0));
        Self {
            format,
            out: Canvas {
                width: width(of(terminal_size::terminal_size_of(&stdout)), columns, stdout.is_terminal()),
                color: colored(color, anstream::AutoStream::choice(&stdout)),
            },
            err: Canvas {
                width: width(of(terminal_size::terminal_size_of(&stderr)), columns, stderr.is_terminal()),
                color: colored(color, anstream::AutoStream::choice(&stderr)),
            },
            bars: draws.then(|| MultiProgress::with_draw_target(ProgressDrawTarget::stderr())),
            stdout: Mutex::new(Box::new(stdout)),
            stderr: Mutex::new(Box::new(stderr)),
            deaf: AtomicBool::new(false),
            answered: AtomicBool::new(false),
        }
    }

    /// What stdout carries.
    pub fn format(&self) -> OutputFormat {
        self.format
    }

    /// The width and colours of stderr, for what is drawn elsewhere (such as errors with source lines).
    pub fn stderr(&self) -> Canvas {
        self.err
    }

    /// Shows the result of a command: once, at its end.
    ///
    /// # Errors
    /// When stdout cannot be written to, such as a full disk. A reader that has gone is no error.
    pub fn result(&self, report: &impl Report) -> io::Result<()> {
        let text = match self.format {
            OutputFormat::Table => report.table(&self.out),
            OutputFormat::Json => json(&serde_json::to_string_pretty(report)?),
            OutputFormat::Jsonl => json(&serde_json::to_string(report)?),
        };
        self.answered.store(true, Ordering::Relaxed);
        self.write(&text)
    }

    /// Shows a result whose form is not fleet's own: as it stands, once, at the end.
    ///
    /// # Errors
    /// As [`Ui::result`].
    pub fn text(&self, text: &str) -> io::Result<()> {
        self.answered.store(true, Ordering::Relaxed);
        self.write(text)
    }

    /// Shows a plan and the like before the question whether to go on: on stderr, for people alone.
    pub fn preview(&self, report: &impl Report) {
        self.tell(&report.table(&self.err));
    }

    /// With `jsonl`, tells at once what happened; else nothing. Where stdout cannot be written to, the result will say so.
    pub fn event(&self, event: &impl Serialize) {
        if self.format == OutputFormat::Jsonl
            && let Ok(text) = serde_json::to_string(event)
        {
            let _ = self.write(&json(&text));
        }
    }

    /// Something is wrong, but the command goes on.
    pub fn warn(&self, message: &str) {
        self.say(&Cell::new(YELLOW.bold(), "warning: "), message);
    }

    /// Something worth knowing.
    pub fn note(&self, message: &str) {
        self.say(&Cell::new(CYAN.bold(), "note: "), message);
    }

    /// The command failed as a whole: says so on stderr, and to scripts with a document on stdout, unless they have one.
    ///
    /// # Errors
    /// As of [`Ui::result`].
    pub fn error(&self, error: &ErrorReport) -> io::Result<()> {
        self.tell(&error.table(&self.err));
        match self.format {
            OutputFormat::Json if self.answered.load(Ordering::Relaxed) => Ok(()),
            OutputFormat::Table => Ok(()),
            OutputFormat::Json | OutputFormat::Jsonl => self.result(error),
        }
    }

    /// Asks yes or no, and waits for a line; anything but `y` or `yes` is no. `None`: nobody is there to be asked.
    ///
    /// It blocks its thread: ask before signal handlers are installed, or Ctrl-C waits for the answer too.
    pub fn confirm(&self, question: &str) -> Option<bool> {
        let (stdin, stderr) = (io::stdin(), io::stderr());
        if !stdin.is_terminal() || !stderr.is_terminal() {
            return None;
        }
        let question = self.err.paint(BOLD, &super::text::sentence(question));
        let asked = send(&self.stderr, &format!("{question} [y/N] "));
        let mut answer = String::new();
        let read = asked.and_then(|()| stdin.read_line(&mut answer));
        // No answer is no consent.
        Some(read.is_ok() && is_yes(&answer))
    }

    /// As [`Ui::confirm`], while a run goes on: nothing else waits for the answer.
    pub async fn ask(&self, question: &str) -> Option<bool> {
        if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
            return None;
        }
        let question = self.err.paint(BOLD, &super::text::sentence(question));
        // They would be drawn over the question.
        if let Some(bars) = &self.bars {
            let _ = bars.clear();
            bars.set_draw_target(ProgressDrawTarget::hidden());
        }
        let asked = send(&self.stderr, &format!("{question} [y/N] "));
        let answer = tokio::task::spawn_blocking(|| {
            let mut answer = String::new();
            io::stdin().read_line(&mut answer).map(|_| answer)
        });
        // No answer is no consent.
        let answer = answer.await.ok().and_then(Result::ok);
        if let Some(bars) = &self.bars {
            bars.set_draw_target(ProgressDrawTarget::stderr());
        }
        Some(asked.is_ok() && answer.is_some_and(|answer| is_yes(&answer)))
    }

    /// Follows the hosts of a run; the verb is such as `checking`.
    pub fn progress(&self, total: usize, verb: &str) -> Progress<'_> {
        Progress::new(self, self.bars.as_ref(), total, verb)
    }

    fn say(&self, lead: &Cell, message: &str) {
        let mut page = Page::new(&self.err);
        page.paragraph(0, lead, &Cell::long(PLAIN, message));
        self.tell(&page.finish());
    }

    /// Where stderr can't be written to, there is no place left to say so.
    fn tell(&self, text: &str) {
        self.beside_the_bars(|| {
            let _ = send(&self.stderr, text);
        });
    }

    fn write(&self, text: &str) -> io::Result<()> {
        if self.deaf.load(Ordering::Relaxed) {
            return Ok(());
        }
        match self.beside_the_bars(|| send(&self.stdout, text)) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.deaf.store(true, Ordering::Relaxed);
                Ok(())
            }
            written => written,
        }
    }

    fn beside_the_bars<T>(&self, write: impl FnOnce() -> T) -> T {
        match &self.bars {
            Some(bars) => bars.suspend(write),
            None => write(),
        }
    }
}

/// At once and whole. A thread that panicked while writing leaves at worst half a line.
fn send(stream: &Stream, text: &str) -> io::Result<()> {
    let mut stream = stream.lock().unwrap_or_else(PoisonError::into_inner);
    stream.write_all(text.as_bytes())?;
    stream.flush()
}

/// A line of JSON that a terminal can't be commanded with: what JSON allows but a terminal heeds (DEL, C1) is spelt out.
fn json(text: &str) -> String {
    let mut safe = String::with_capacity(text.len() + 1);
    for c in text.chars() {
        if ('\u{7f}'..='\u{9f}').contains(&c) {
            // As DEL and C1 are below U+0100, this is the form of RFC 8259, section 7.
            let _ = write!(safe, "\\u{:04x}", u32::from(c));
        } else {
            safe.push(c);
        }
    }
    safe + "\n"
}

fn is_yes(answer: &str) -> bool {
    matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes")
}

fn colored(choice: ColorChoice, detected: anstream::ColorChoice) -> bool {
    match choice {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => detected != anstream::ColorChoice::Never,
    }
}

fn width(size: Option<usize>, columns: Option<usize>, terminal: bool) -> usize {
    let fallback = if terminal { TERMINAL } else { PIPED };
    let known = |columns: &usize| *columns > 0;
    size.filter(known).or(columns.filter(known)).unwrap_or(fallback).max(NARROWEST)
}

#[cfg(test)]
#[path = "ui_tests.rs"]
mod tests;
