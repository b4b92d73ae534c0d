//! What is odd about an environment file: by line and name, never by value, since any line may hold a secret.

use std::fmt;

use super::secrecy::name_can_be_shown;

/// One oddity of a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// Line number, from 1.
    pub line: usize,
    /// The name that is concerned, where the line has one.
    pub key: Option<String>,
    /// What is odd.
    pub kind: ProblemKind,
}

impl Problem {
    /// A problem of a line.
    pub fn new(line: usize, kind: ProblemKind) -> Self {
        Self { line, key: None, kind }
    }

    /// The same problem, of a name; one that may be a piece of a secret is left out.
    #[must_use]
    pub fn of(self, key: &str) -> Self {
        Self { key: name_can_be_shown(key).then(|| key.to_owned()), ..self }
    }

    /// A sentence with line and name, such as `line 3, DB_POOL: …`; control characters in the name are escaped.
    pub fn describe(&self) -> String {
        self.to_string()
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}", self.line)?;
        if let Some(key) = &self.key {
            write!(f, ", {}", key.escape_debug())?;
        }
        write!(f, ": {}", self.kind)
    }
}

/// The kinds of oddities.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ProblemKind {
    /// A byte that is not UTF-8: Ruby's dotenv, systemd and docker refuse the whole file.
    NotUtf8,
    /// A NUL byte: systemd reads nothing after it, the others can't pass it to a process.
    Nul,
    /// A byte order mark: systemd takes it as part of the first name.
    ByteOrderMark,
    /// Lines end with CR LF.
    WindowsLineEnds,
    /// Assigned more than once; this line wins.
    Duplicate {
        /// Lines of the assignments that lose.
        earlier: Vec<usize>,
    },
    /// Not an assignment; the reader skips it.
    NotAnAssignment,
    /// The reader drops the assignment because of its name.
    NameIgnored,
    /// Control characters in a value, for which older systemd drops the assignment.
    ControlCharacters,
    /// systemd takes `export` as part of the name, and drops it.
    ExportIgnored,
    /// docker refuses a file with white space in a name, or none before `=`.
    BadName,
    /// docker refuses a file with a line of 64 KiB or more.
    LineTooLong,
    /// dotenv for Ruby refuses a file where `export KEY` names a key that the file sets nowhere.
    ExportUnset,
    /// A quote that is never closed.
    Unclosed,
    /// A line break inside a value.
    SeveralLines,
    /// A comment that ends with a backslash: systemd before 254 takes the next line as a comment, too.
    CommentContinues,
    /// A name without a value: docker takes it from the environment of its own client.
    FromClient,
    /// Two readers of one format disagree.
    ReadersDiffer(Difference),
}

/// Why two readers of one format disagree on a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Difference {
    /// Ruby's dotenv expands `$NAME` and runs `$(command)`; Node's does neither.
    Dollar,
    /// Node's dotenv takes backticks as quotes; Ruby's does not.
    Backtick,
    /// The dotenvs undo different backslash escapes, and so do their versions.
    Backslash,
    /// Node's dotenv allows `-` in names; Ruby's does not.
    Dash,
    /// The dotenvs disagree on quotes or white space.
    Quoting,
    /// Before 15, Node's dotenv kept `#` in an unquoted value; today all cut it there.
    Hash,
    /// `docker run` keeps quotes; Compose, and newer clients, remove them.
    DockerQuotes,
    /// Compose expands `$NAME`; `docker run` does not.
    DockerDollar,
    /// Compose ends an unquoted value at ` #`; `docker run` does not.
    DockerHash,
    /// Compose trims white space; `docker run` does not.
    DockerSpace,
    /// Compose drops `export `; `docker run` takes it as part of the name.
    DockerExport,
    /// systemd keeps `#` after a value; shells and dotenv take it as a comment.
    SystemdHash,
    /// systemd does not expand `$NAME` here; shells and dotenv do.
    SystemdDollar,
}

impl ProblemKind {
    /// Whether the reader refuses the whole file because of it.
    pub fn is_fatal(&self) -> bool {
        matches!(self, Self::NotUtf8 | Self::BadName | Self::LineTooLong | Self::ExportUnset)
    }

    /// A stable name for scripts.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotUtf8 => "not-utf8",
            Self::Nul => "nul",
            Self::ByteOrderMark => "byte-order-mark",
            Self::WindowsLineEnds => "windows-line-ends",
            Self::Duplicate { .. } => "duplicate",
            Self::NotAnAssignment => "not-an-assignment",
            Self::NameIgnored => "name-ignored",
            Self::ControlCharacters => "control-characters",
            Self::ExportIgnored => "export-ignored",
            Self::BadName => "bad-name",
            Self::LineTooLong => "line-too-long",
            Self::ExportUnset => "export-unset",
            Self::Unclosed => "unclosed",
            Self::SeveralLines => "several-lines",
            Self::CommentContinues => "comment-continues",
            Self::FromClient => "from-client",
            Self::ReadersDiffer(_) => "readers-differ",
        }
    }
}

impl fmt::Display for ProblemKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotUtf8 => "not UTF-8; the reader refuses the whole file",
            Self::Nul => "a NUL byte, which no environment can hold",
            Self::ByteOrderMark => "a byte order mark, which some readers take as part of the first name",
            Self::WindowsLineEnds => "lines end with CR LF",
            Self::Duplicate { earlier } => {
                f.write_str("assigned again; this one wins over line ")?;
                let lines: Vec<String> = earlier.iter().map(ToString::to_string).collect();
                return f.write_str(&lines.join(", "));
            }
            Self::NotAnAssignment => "not an assignment; the reader skips it",
            Self::NameIgnored => {
                "the reader drops it: a name is letters, digits and `_`, and does not start with a digit"
            }
            Self::ControlCharacters => "control characters in the value, for which older systemd drops the line",
            Self::ExportIgnored => "systemd takes `export` as part of the name and drops the line",
            Self::BadName => "no name before `=`, or white space in it; docker refuses the whole file",
            Self::LineTooLong => "64 KiB or longer; docker refuses the whole file",
            Self::ExportUnset => "`export` of a name that the file does not set; Ruby's dotenv refuses the whole file",
            Self::Unclosed => "a quote that is never closed",
            Self::SeveralLines => "a value of several lines, which older readers of dotenv files can't read",
            Self::CommentContinues => {
                "a comment that ends with a backslash; systemd before 254 takes the next line as a comment, too"
            }
            Self::FromClient => "a name without a value, which docker takes from the environment of its own client",
            Self::ReadersDiffer(difference) => return difference.fmt(f),
        })
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Dollar => "Ruby's dotenv expands `$`, Node's does not; single quotes make both keep it",
            Self::Backtick => "Node's dotenv takes backticks as quotes, Ruby's does not",
            Self::Backslash => "Ruby's dotenv and Node's undo different backslashes; single quotes make both keep them",
            Self::Dash => "Node's dotenv accepts a name with `-`, Ruby's does not",
            Self::Quoting => "Ruby's dotenv and Node's disagree on its quotes or white space",
            Self::Hash => "the value ends at `#`, and did not in older readers; quotes make all agree",
            Self::DockerQuotes => "`docker run` keeps the quotes, Compose removes them",
            Self::DockerDollar => "Compose expands `$`, `docker run` does not",
            Self::DockerHash => "Compose takes ` #` as a comment, `docker run` as part of the value",
            Self::DockerSpace => "Compose trims the white space around the value, `docker run` keeps it",
            Self::DockerExport => "Compose drops `export`, `docker run` refuses it",
            Self::SystemdHash => "systemd keeps `#` as part of the value; a comment needs a line of its own",
            Self::SystemdDollar => "systemd does not expand `$` here",
        })
    }
}
