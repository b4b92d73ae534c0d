//! Locks that a run holds from before its first wave until after its last: each a unit on its host that lives as long as it
//! is renewed from here, see lock.sh.

use std::cell::RefCell;
use std::fmt::Write as _;
use std::ops::ControlFlow;
use std::time::Duration;

use tokio::time::Instant;

use super::commit::Commit;
use super::plan::Lock;
use super::status::{Failure, Status};
use super::transport::{Interruption, Script};
use crate::names::RunId;
use crate::text::shell_quote;

const LOCK: &str = concat!(include_str!("launch.sh"), include_str!("lock.sh"));

/// Beside the time that the host may wait for the lock.
const EXEC: Duration = Duration::from_secs(30);

/// Between two tries to renew.
const PAUSE: Duration = Duration::from_millis(500);

/// The locks of one run.
pub(super) struct Keeper<'a> {
    /// As the plan has them.
    planned: &'a [Lock],
    commit: &'a Commit<'a>,
    run: &'a RunId,
    /// How long a host keeps a lock that is not renewed.
    lease: Duration,
    /// In the order in which every run takes them, so that no two wait for one another.
    locks: Vec<&'a Lock>,
    /// By lock: until when it is surely held.
    until: RefCell<Vec<Instant>>,
    lost: RefCell<Option<Failure>>,
}

/// Why a run may not begin, and what that makes of its hosts.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: Status,
    pub(super) failure: Failure,
}

/// What the script says at its end.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Answer {
    Held,
    Lost,
    Released,
    Locked(String),
    Turned(u64),
    Refused { code: String, message: String },
}

impl Answer {
    /// Of the lines that the script printed, the one of ours; a log-in may print others.
    fn parse(marker: &str, output: &[u8]) -> Option<Self> {
        let text = String::from_utf8_lossy(output);
        let words = text.lines().find_map(|line| line.strip_prefix(marker)?.strip_prefix(' '))?;
        let (kind, rest) = words.split_once(' ').unwrap_or((words, ""));
        match kind {
            "held" => Some(Self::Held),
            "lost" => Some(Self::Lost),
            "released" => Some(Self::Released),
            "locked" => Some(Self::Locked(rest.to_owned())),
            "turned" => Some(Self::Turned(rest.parse().ok()?)),
            "refused" => {
                let (code, message) = rest.split_once(' ').unwrap_or((rest, ""));
                Some(Self::Refused { code: code.to_owned(), message: message.to_owned() })
            }
            _ => None,
        }
    }
}

/// A lock's name as a part of a unit's name and of a file's: what systemd.unit(5) allows there stays, all else is `\xHH`.
pub(super) fn escaped(name: &str) -> String {
    let mut text = String::new();
    for (at, byte) in name.bytes().enumerate() {
        if byte.is_ascii_alphanumeric() || byte == b':' || byte == b'_' || byte == b'-' || (byte == b'.' && at > 0) {
            text.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    text
}

impl<'a> Keeper<'a> {
    pub(super) fn new(commit: &'a Commit<'a>, run: &'a RunId, lease: Duration, locks: &'a [Lock]) -> Self {
        let planned = locks;
        let mut locks: Vec<&Lock> = planned.iter().collect();
        locks.sort_unstable();
        let until = RefCell::new(vec![Instant::now(); locks.len()]);
        Self { planned, commit, run, lease, locks, until, lost: RefCell::default() }
    }

    /// All of them, as the plan has them.
    pub(super) fn locks(&self) -> &'a [Lock] {
        self.planned
    }

    /// Takes all of them, or none.
    pub(super) async fn take(&self) -> Result<(), Refusal> {
        for number in 0..self.locks.len() {
            if let Err(refusal) = self.take_one(number).await {
                // Where the link was lost, this one may be held as well.
                self.release(number + 1).await;
                return Err(refusal);
            }
        }
        Ok(())
    }

    async fn take_one(&self, number: usize) -> Result<(), Refusal> {
        let lock = self.locks[number];
        let (host, name) = (&lock.host, &lock.name);
        let asked = Instant::now();
        let timeout = self.commit.lock_timeout;
        let call = format!(
            "fleet_lock {} {} {} {} {} {} {} {} end",
            self.unit(number),
            self.place(number),
            shell_quote(&escaped(name)),
            shell_quote(name),
            lock.turn,
            self.description(),
            self.lease.as_secs(),
            timeout.as_secs(),
        );
        let (status, failure) = match self.ask(number, call, timeout + EXEC).await {
            Ok(Answer::Held) if asked.elapsed() < self.lease / 3 => {
                self.until.borrow_mut()[number] = asked + self.lease;
                return Ok(());
            }
            Ok(Answer::Held) => {
                // The host waited for whoever had it: since when it is ours is not known here, and is asked for.
                self.until.borrow_mut()[number] = Instant::now() + self.lease / 3;
                if self.renew(number).await {
                    return Ok(());
                }
                let lost = self.lost().unwrap_or_else(|| self.unheard(number, "it gave no answer"));
                (Status::Failed, Failure { message: format!("{}; nothing was changed", lost.message), ..lost })
            }
            Ok(Answer::Locked(holder)) => {
                let message = format!("{name} on {host} is held by another run: {holder}; nothing was changed");
                (Status::Skipped, Failure::new("locked", message, "wait with --lock-timeout, or ask whoever it is"))
            }
            Ok(Answer::Turned(turn)) => {
                let message = format!(
                    "another run held {name} on {host} since the plan was made (its turn is {turn}, and was {}); nothing was changed",
                    lock.turn
                );
                (Status::Failed, Failure::new("host-changed", message, "make a new plan"))
            }
            Ok(Answer::Refused { code, message }) => {
                let message = format!("cannot hold {name} on {host}: {message}; nothing was changed");
                (Status::Failed, Failure::bare(&code, message))
            }
            Ok(Answer::Lost | Answer::Released) => (Status::Failed, self.unheard(number, "it gave no answer")),
            Err(failure) => {
                let message = format!("cannot hold {name} on {host}: {}; nothing was changed", failure.message);
                (Status::Failed, Failure { message, ..failure })
            }
        };
        Err(Refusal { status, failure })
    }

    /// Renews them for as long as it is polled: never ready.
    pub(super) async fn keep(&self) {
        let each = (0..self.locks.len()).map(|number| async move {
            loop {
                tokio::time::sleep(self.lease / 3).await;
                if !self.renew(number).await {
                    return;
                }
            }
        });
        futures_util::future::join_all(each).await;
        std::future::pending::<()>().await;
    }

    /// Whether all are held still, as their hosts say now; without any, nobody is asked.
    pub(super) async fn are_held(&self) -> bool {
        let each = (0..self.locks.len()).map(|number| self.renew(number));
        futures_util::future::join_all(each).await.into_iter().all(|held| held)
    }

    /// Why one of them is not held any more.
    pub(super) fn lost(&self) -> Option<Failure> {
        self.lost.borrow().clone()
    }

    /// Tries until the lease must have run out: a link that is lost for a shorter time costs nothing.
    async fn renew(&self, number: usize) -> bool {
        if self.lost.borrow().is_some() {
            return false;
        }
        let lock = self.locks[number];
        loop {
            let asked = Instant::now();
            let until = self.until.borrow()[number];
            let call = format!("fleet_renew {} {} {} end", self.unit(number), self.place(number), self.description());
            // A connection that hangs leaves time for another one.
            let limit = until.saturating_duration_since(asked).min(self.lease / 3);
            let why = match self.ask(number, call, limit).await {
                // What was renewed after its end may have been another's in between.
                Ok(Answer::Held) if Instant::now() < until => {
                    let mut all = self.until.borrow_mut();
                    all[number] = all[number].max(asked + self.lease);
                    return true;
                }
                Ok(Answer::Lost) => "the host says that its time was over, or that somebody stopped it".to_owned(),
                Ok(_) => "the host gave no answer in time".to_owned(),
                Err(_) if Instant::now() + PAUSE < until => {
                    tokio::time::sleep(PAUSE).await;
                    continue;
                }
                Err(failure) => format!("it could not be renewed in time: {}", failure.message),
            };
            let message = format!("the run lost {} on {}: {why}", lock.name, lock.host);
            let hint = "see whether another run changed anything meanwhile, then make a new plan";
            self.lost.borrow_mut().get_or_insert(Failure::new("lock-lost", message, hint));
            return false;
        }
    }

    /// Gives all of them back; one that can't be told so is free when its lease is over.
    pub(super) async fn release_all(&self) {
        self.release(self.locks.len()).await;
    }

    async fn release(&self, count: usize) {
        let each = (0..count).map(|number| async move {
            let call = format!("fleet_unlock {} {} {} end", self.unit(number), self.place(number), self.description());
            let limit = EXEC.min(self.lease);
            let _free_by_itself = self.ask(number, call, limit).await;
        });
        futures_util::future::join_all(each).await;
    }

    async fn ask(&self, number: usize, call: String, limit: Duration) -> Result<Answer, Failure> {
        let marker = (self.commit.random)();
        let script = Script { functions: format!("{LOCK}\nmarker={}\n", shell_quote(&marker)), call };
        let mut output = Vec::new();
        let mut sink = |bytes: &[u8]| {
            output.extend_from_slice(bytes);
            if output.len() > 65536 || Answer::parse(&marker, whole_lines(&output)).is_some() {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        };
        let ran = self.commit.transport.run(&self.locks[number].host, &script, limit, &mut sink).await;
        match (Answer::parse(&marker, whole_lines(&output)), ran) {
            (Some(answer), _) => Ok(answer),
            (None, Err(interruption)) => Err(match interruption {
                Interruption::Unreachable(failure) | Interruption::Unable(failure) | Interruption::Lost(failure) => {
                    failure
                }
            }),
            (None, Ok(())) => Err(self.unheard(number, "it gave no answer")),
        }
    }

    /// Of all of them, for people.
    pub(super) fn names(&self) -> String {
        let names: Vec<String> = self.locks.iter().map(|lock| format!("{} on {}", lock.name, lock.host)).collect();
        names.join(", ")
    }

    fn unheard(&self, number: usize, what: &str) -> Failure {
        Failure::bare("bad-answer", format!("{}: {what}", self.locks[number].host))
    }

    fn unit(&self, number: usize) -> String {
        shell_quote(&format!("fleet-lock-{}.service", escaped(&self.locks[number].name)))
    }

    fn place(&self, number: usize) -> String {
        shell_quote(&format!("{}.{number}", self.run))
    }

    fn description(&self) -> String {
        shell_quote(&format!("fleet {}: {}", self.run, self.commit.description))
    }
}

fn whole_lines(output: &[u8]) -> &[u8] {
    let end = output.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    &output[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_part_of_a_units_name() {
        for (name, wanted) in [
            ("db:primary", "db:primary"),
            ("a b/c", "a\\x20b\\x2fc"),
            (".hidden.x", "\\x2ehidden.x"),
            ("grün@%", "gr\\xc3\\xbcn\\x40\\x25"),
        ] {
            assert_eq!(escaped(name), wanted);
        }
    }

    #[test]
    fn answers_of_the_script() {
        let refused =
            |code: &str, message: &str| Answer::Refused { code: code.to_owned(), message: message.to_owned() };
        for (text, wanted) in [
            ("motd\nM held\n", Some(Answer::Held)),
            ("M lost\n", Some(Answer::Lost)),
            ("M released\n", Some(Answer::Released)),
            ("M locked fleet X: bob@desk\n", Some(Answer::Locked("fleet X: bob@desk".to_owned()))),
            ("M turned 7\n", Some(Answer::Turned(7))),
            ("M turned x\n", None),
            ("M refused not-root why so\n", Some(refused("not-root", "why so"))),
            ("Mheld\nheld\n", None),
            ("", None),
        ] {
            assert_eq!(Answer::parse("M", text.as_bytes()), wanted, "{text}");
        }
        assert_eq!(whole_lines(b"M hel"), b"");
        assert_eq!(whole_lines(b"M held\nM"), b"M held\n");
    }
}
