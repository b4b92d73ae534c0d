//! The terminal: two streams, a width, colours, a question.

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
        let columns = std::env::var("COLUMNS")
            .ok()
            .and_then(|columns| columns.parse().ok());
        let of = |size: Option<(terminal_size::Width, terminal_size::Height)>| {
            size.map(|(width, _)| usize::from(width.0))
        };
        Self {
            format,
            out: Canvas {
                width: width(
                    of(terminal_size::terminal_size_of(&stdout)),
                    columns,
                    stdout.is_terminal(),
                ),
                color: colored(color, anstream::AutoStream::choice(&stdout)),
            },
            err: Canvas {
                width: width(
                    of(terminal_size::terminal_size_of(&stderr)),
                    columns,
                    stderr.is_terminal(),
                ),
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
            OutputFormat::Json => json(serde_json::to_string_pretty(report)?),
            OutputFormat::Jsonl => json(serde_json::to_string(report)?),
        };
        self.answered.store(true, Ordering::Relaxed);
        self.write(&text)
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
            let _ = self.write(&json(text));
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
fn json(text: String) -> String {
    let mut safe = String::with_capacity(text.len() + 1);
    for c in text.chars() {
        if ('\u{7f}'..='\u{9f}').contains(&c) {
            safe.push_str(&format!("\\u{:04x}", u32::from(c)));
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
    size.filter(known)
        .or(columns.filter(known))
        .unwrap_or(fallback)
        .max(NARROWEST)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::engine::status::{Failure, Status};
    use crate::names::HostName;
    use crate::report::samples;

    #[derive(Clone, Default)]
    struct Buffer(Arc<Mutex<Vec<u8>>>);

    impl Write for Buffer {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Buffer {
        fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }
    }

    struct Gone;

    impl Write for Gone {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn ui(format: OutputFormat, stdout: impl Write + Send + 'static) -> (Ui, Buffer) {
        let said = Buffer::default();
        let ui = Ui {
            out: Canvas {
                width: 80,
                color: false,
            },
            err: Canvas {
                width: 80,
                color: false,
            },
            bars: None,
            stdout: Mutex::new(Box::new(stdout)),
            stderr: Mutex::new(Box::new(said.clone())),
            ..Ui::new(format, ColorChoice::Never, true)
        };
        (ui, said)
    }

    fn failure() -> ErrorReport {
        ErrorReport::new(Failure::new(
            "no-hosts",
            "no host is named `frizt`",
            "did you mean `fritz`?",
        ))
    }

    #[test]
    fn json_is_exactly_one_document() {
        let out = Buffer::default();
        let (ui, said) = ui(OutputFormat::Json, out.clone());
        let progress = ui.progress(1, "checking");
        progress.begin(&HostName::new("fritz"));
        progress.end(&HostName::new("fritz"), Status::Ok);
        ui.warn("something");
        ui.result(&samples::check()).unwrap();
        ui.error(&failure()).unwrap();
        let document: serde_json::Value = serde_json::from_str(&out.text()).unwrap();
        assert_eq!(document["schema"], "fleet/check/v1");
        assert_eq!(
            said.text(),
            "warning: something\nerror: no host is named `frizt`\nhint: did you mean `fritz`?\n"
        );
    }

    #[test]
    fn a_failed_command_has_a_document_too() {
        for format in [OutputFormat::Json, OutputFormat::Jsonl] {
            let out = Buffer::default();
            let (ui, said) = ui(format, out.clone());
            ui.error(&failure()).unwrap();
            let document: serde_json::Value = serde_json::from_str(&out.text()).unwrap();
            assert_eq!(document["schema"], "fleet/error/v1");
            assert_eq!(document["error"]["code"], "no-hosts");
            assert!(said.text().starts_with("error: "));
        }
        let out = Buffer::default();
        let (ui, _) = ui(OutputFormat::Table, out.clone());
        ui.error(&failure()).unwrap();
        assert_eq!(out.text(), "");
    }

    #[test]
    fn jsonl_is_an_event_a_line_and_the_result_last() {
        let out = Buffer::default();
        let (ui, said) = ui(OutputFormat::Jsonl, out.clone());
        let progress = ui.progress(1, "checking");
        progress.begin(&HostName::new("fritz"));
        progress.phase(&HostName::new("fritz"), "observe");
        progress.end(&HostName::new("fritz"), Status::Ok);
        drop(progress);
        ui.result(&samples::check()).unwrap();
        let text = out.text();
        let lines: Vec<serde_json::Value> = text
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let schemas: Vec<&str> = lines
            .iter()
            .map(|line| line["schema"].as_str().unwrap())
            .collect();
        assert_eq!(
            schemas,
            [
                "fleet/event/v1",
                "fleet/event/v1",
                "fleet/event/v1",
                "fleet/check/v1"
            ]
        );
        assert_eq!(said.text(), "");
    }

    #[test]
    fn a_reader_that_has_gone_is_no_error_but_a_full_disk_is() {
        for format in [OutputFormat::Table, OutputFormat::Json, OutputFormat::Jsonl] {
            ui(format, Gone).0.result(&samples::check()).unwrap();
            let full = std::fs::File::options()
                .write(true)
                .open("/dev/full")
                .unwrap();
            let error = ui(format, full).0.result(&samples::check()).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::StorageFull);
        }
    }

    #[test]
    fn nobody_is_asked_where_nobody_is() {
        // Under a test harness in a terminal, somebody is there.
        if !io::stdin().is_terminal() {
            assert_eq!(ui(OutputFormat::Table, Gone).0.confirm("go on?"), None);
        }
    }

    #[test]
    fn the_terminal_knows_its_width_best() {
        assert_eq!(width(Some(120), Some(90), true), 120);
        assert_eq!(width(Some(0), Some(90), true), 90);
        assert_eq!(width(None, None, true), 80);
        assert_eq!(width(None, Some(90), false), 90);
        assert_eq!(width(None, Some(0), false), 100);
        assert_eq!(width(Some(3), None, true), 40);
    }

    #[test]
    fn only_a_yes_is_a_yes() {
        for (answer, yes) in [
            ("y\n", true),
            ("YES\n", true),
            (" yes \r\n", true),
            ("\n", false),
            ("", false),
            ("yess\n", false),
        ] {
            assert_eq!(is_yes(answer), yes, "{answer:?}");
        }
    }

    #[test]
    fn json_cannot_command_a_terminal() {
        let text = json(serde_json::to_string("\u{9b}31m\u{1b}[0m\u{7f}ü").unwrap());
        assert_eq!(text, "\"\\u009b31m\\u001b[0m\\u007fü\"\n");
        assert_eq!(
            serde_json::from_str::<String>(&text).unwrap(),
            "\u{9b}31m\u{1b}[0m\u{7f}ü"
        );
    }
}
