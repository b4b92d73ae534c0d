//! What the host-side executor tells while it works: the lines of its log, and those of the launch script. Pure.

/// One line of a transaction's log, see `say` in executor.sh.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogLine {
    /// A phase begins.
    Phase(String),
    /// A step of a phase begins.
    Step {
        /// `stage`, `switch`, `validate`, `activate` or `verify`.
        phase: String,
        /// From 1, in the transaction's order.
        number: usize,
    },
    /// A line that the failing command printed; foreign text.
    Output(String),
    /// What failed: a stable code, and words.
    Fail {
        /// In kebab-case.
        code: String,
        /// In words.
        message: String,
    },
    /// A unit still had work when its time to drain was over; its stop decides on what is left.
    NotIdle {
        /// How long it had.
        seconds: u64,
        /// Its name.
        unit: String,
    },
    /// The executor waits for a verdict, so many seconds.
    Confirm(u64),
    /// It has ended.
    End(Ending),
}

/// How a transaction ended on its host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Changed, activated and verified.
    Applied,
    /// Put back as it was, after files had been switched.
    RolledBack(Cause),
    /// Ended before anything was switched.
    Refused(Cause),
    /// Could not be put back in full, or ran commands alone, which have no way back.
    Failed(Cause),
}

/// Why it ended so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// In kebab-case, such as `validate-failed`.
    pub code: String,
    /// In words.
    pub message: String,
}

impl Ending {
    /// The word for it in journals, and why, where it did not apply.
    pub fn words(&self) -> (&'static str, Option<String>) {
        let (word, cause) = match self {
            Self::Applied => return ("applied", None),
            Self::RolledBack(cause) => ("rolled-back", cause),
            Self::Refused(cause) => ("refused", cause),
            Self::Failed(cause) => ("failed", cause),
        };
        (word, Some(format!("{}: {}", cause.code, cause.message)))
    }

    /// Reads `applied`, or an ending with a code and words, as the log and the file `outcome` have it.
    pub fn parse(text: &str) -> Option<Self> {
        let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
        let (code, message) = rest.split_once(' ').unwrap_or((rest, ""));
        let cause = Cause { code: code.to_owned(), message: message.to_owned() };
        match word {
            "applied" => Some(Self::Applied),
            "rolled-back" => Some(Self::RolledBack(cause)),
            "refused" => Some(Self::Refused(cause)),
            "failed" => Some(Self::Failed(cause)),
            _ => None,
        }
    }
}

impl std::fmt::Display for LogLine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Phase(phase) => write!(f, "{phase}"),
            Self::Step { phase, number } => write!(f, "{phase}, step {number}"),
            Self::Output(text) => write!(f, "it said: {text}"),
            Self::Fail { code, message } => write!(f, "failed ({code}): {message}"),
            Self::NotIdle { seconds, unit } => {
                write!(f, "{unit} still had work after {seconds} s; what is left is its stop's affair")
            }
            Self::Confirm(seconds) => write!(f, "waits {seconds} s for the verdict from here"),
            Self::End(ending) => write!(f, "ended: {}", ending.words().0),
        }
    }
}

impl LogLine {
    /// Reads one line; `None` for what is no line of the executor's.
    pub fn parse(line: &str) -> Option<Self> {
        let (kind, rest) = line.split_once(' ').unwrap_or((line, ""));
        match kind {
            "phase" => Some(Self::Phase(rest.to_owned())),
            "step" => {
                let (phase, number) = rest.split_once(' ')?;
                Some(Self::Step { phase: phase.to_owned(), number: number.parse().ok()? })
            }
            "output" => Some(Self::Output(rest.to_owned())),
            "fail" => {
                let (code, message) = rest.split_once(' ').unwrap_or((rest, ""));
                Some(Self::Fail { code: code.to_owned(), message: message.to_owned() })
            }
            "not-idle" => {
                let (seconds, unit) = rest.split_once(' ')?;
                Some(Self::NotIdle { seconds: seconds.parse().ok()?, unit: unit.to_owned() })
            }
            "confirm" => Some(Self::Confirm(rest.parse().ok()?)),
            "end" => Ending::parse(rest).map(Self::End),
            _ => None,
        }
    }
}

/// What the launch script tells before the log begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LaunchLine {
    /// From the next byte on, the log.
    Log,
    /// Another run holds the host; its description.
    Locked(String),
    /// The transaction was not started: a code, and words.
    Refused(Cause),
    /// The host has no such run.
    Gone,
    /// The verdict was taken.
    Given,
}

impl LaunchLine {
    /// Reads the words behind the marker.
    pub fn parse(words: &str) -> Option<Self> {
        let (kind, rest) = words.split_once(' ').unwrap_or((words, ""));
        match kind {
            "log" => Some(Self::Log),
            "locked" => Some(Self::Locked(rest.to_owned())),
            "refused" => {
                let (code, message) = rest.split_once(' ').unwrap_or((rest, ""));
                Some(Self::Refused(Cause { code: code.to_owned(), message: message.to_owned() }))
            }
            "gone" => Some(Self::Gone),
            "given" => Some(Self::Given),
            _ => None,
        }
    }
}

/// One thing that the launch script told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// Of its own.
    Launch(LaunchLine),
    /// From the transaction's log.
    Log(LogLine),
}

/// In bytes: what goes on for longer is no line of a log.
const LONGEST_LINE: usize = 1024 * 1024;

/// Cuts the stream of the launch script into lines, and counts how far the log was read, so that after a lost link
/// another exec reads on from there.
pub struct LogReader {
    marker: String,
    pending: Vec<u8>,
    in_log: bool,
    offset: u64,
}

impl LogReader {
    /// Reads a stream that begins at this byte of the log.
    pub fn new(marker: &str, offset: u64) -> Self {
        Self { marker: marker.to_owned(), pending: Vec::new(), in_log: false, offset }
    }

    /// How many bytes of the log have been read in whole lines.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Takes what came, and returns the lines that it completed.
    pub fn take(&mut self, bytes: &[u8]) -> Vec<Told> {
        self.pending.extend_from_slice(bytes);
        if self.pending.len() > LONGEST_LINE && !self.pending.contains(&b'\n') {
            // No line of ours; its bytes count all the same.
            if self.in_log {
                self.offset += self.pending.len() as u64;
            }
            self.pending.clear();
        }
        let mut told = Vec::new();
        while let Some(end) = self.pending.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.pending.drain(..=end).collect();
            let text = String::from_utf8_lossy(&line[..end]);
            if self.in_log {
                self.offset += line.len() as u64;
                told.extend(LogLine::parse(&text).map(Told::Log));
            } else if let Some(words) = text.strip_prefix(&self.marker).and_then(|rest| rest.strip_prefix(' ')) {
                let line = LaunchLine::parse(words);
                self.in_log = line == Some(LaunchLine::Log);
                told.extend(line.map(Told::Launch));
            }
        }
        told
    }
}
