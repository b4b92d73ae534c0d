//! One command of the user's on a host: output as it comes, its exit status, and no orphan left.

use super::script::Script;

/// The functions around an ad-hoc command. It runs in a session of its own; when stdin ends before it does, that whole
/// session gets TERM, and two seconds later KILL.
const FUNCTIONS: &str = include_str!("adhoc.sh");

/// A script that runs `argv` as it stands, without another shell between, and reports how it ended behind `token`.
///
/// The command runs with `LC_ALL=C`, stdin from `/dev/null` and in its own session and process group. What it leaves behind
/// when it ends by itself goes on; when the client goes first, all of its session ends. Read the output with [`AdhocOutput`].
/// `token` is some 32 random letters and digits. Tells `None` when `argv` is empty or has a NUL, or the token has other characters.
pub fn adhoc(argv: &[String], token: &str) -> Option<Script> {
    let sound = !argv.is_empty() && argv.iter().all(|arg| !arg.contains('\0'));
    let safe = token.len() >= 16 && token.bytes().all(|byte| byte.is_ascii_alphanumeric());
    (sound && safe).then(|| {
        Script::wrap(
            FUNCTIONS,
            &format!(
                "fleet_adhoc {token} {}",
                argv.iter().map(|arg| crate::text::shell_quote(arg)).collect::<Vec<_>>().join(" ")
            ),
        )
    })
}

/// How an ad-hoc command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// With this status, as `sh` tells it: 127 means not found, 128 + N mostly a signal.
    Exit(u8),
    /// It never started: the host has no `setsid`.
    NoSetsid,
}

impl Ended {
    /// The signal that a status above 128 stands for by convention.
    pub fn signal(self) -> Option<u8> {
        match self {
            Self::Exit(status) if (129..=192).contains(&status) => Some(status - 128),
            _ => None,
        }
    }
}

/// Takes the final frame out of an ad-hoc command's stdout.
#[derive(Debug)]
pub struct AdhocOutput {
    token: Vec<u8>,
    held: Vec<u8>,
    ended: Option<Ended>,
}

impl AdhocOutput {
    /// A reader for the token that [`adhoc`] was given.
    pub fn new(token: &str) -> Self {
        Self { token: token.as_bytes().to_vec(), held: Vec::new(), ended: None }
    }

    /// Takes a chunk of stdout and hands the command's own bytes on; tells how it ended as soon as that is known.
    pub fn push(&mut self, bytes: &[u8], mut output: impl FnMut(&[u8])) -> Option<Ended> {
        self.held.extend_from_slice(bytes);
        if self.ended.is_none() {
            let width = self.token.len();
            if let Some(at) = self.held.windows(width).position(|window| window == self.token) {
                let frame = &self.held[at + width..];
                if let Some(end) = frame.iter().position(|byte| *byte == b'\n') {
                    let text = String::from_utf8_lossy(&frame[..end]);
                    self.ended = match text.trim().strip_prefix("exit ") {
                        Some(status) => status.parse().ok().map(Ended::Exit),
                        None => (text.trim() == "no-setsid").then_some(Ended::NoSetsid),
                    };
                    if self.ended.is_some() {
                        // A forked child may still write to stdout, on both sides of the frame.
                        self.held.drain(at..=at + width + end);
                    }
                } else if frame.len() < 32 {
                    pass(&mut self.held, at, &mut output);
                    return None;
                }
            }
        }
        // What could be the start of a token stays for the next chunk.
        let keep = if self.ended.is_some() {
            0
        } else {
            (1..self.token.len()).rev().find(|n| self.held.ends_with(&self.token[..*n])).unwrap_or(0)
        };
        let ready = self.held.len() - keep;
        pass(&mut self.held, ready, &mut output);
        self.ended
    }

    /// How it ended, where that is known.
    pub fn ended(&self) -> Option<Ended> {
        self.ended
    }

    /// The stream is at its end: hands on what was held back.
    pub fn finish(&mut self, output: impl FnOnce(&[u8])) -> Option<Ended> {
        if !self.held.is_empty() {
            output(&self.held);
            self.held.clear();
        }
        self.ended
    }
}

fn pass(held: &mut Vec<u8>, count: usize, output: &mut impl FnMut(&[u8])) {
    if count > 0 {
        output(&held[..count]);
        held.drain(..count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::process::{Child, Command, Stdio};
    use std::time::{Duration, Instant};

    const TOKEN: &str = "0123456789abcdef0123456789abcdef";
    const SHELLS: [&[&str]; 3] = [&["dash"], &["bash", "--posix"], &["busybox", "sh"]];

    fn start(shell: &[&str], argv: &[&str]) -> Child {
        let argv: Vec<String> = argv.iter().map(|arg| (*arg).to_owned()).collect();
        let script = adhoc(&argv, TOKEN).unwrap().text();
        let mut child = Command::new(shell[0])
            .args(&shell[1..])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.as_mut().unwrap().write_all(script.as_bytes()).unwrap();
        child
    }

    /// stdout, stderr, how it ended; stdin stays open all the time.
    fn run(shell: &[&str], argv: &[&str]) -> (String, String, Option<Ended>) {
        let mut child = start(shell, argv);
        let stdin = child.stdin.take();
        let output = child.wait_with_output().unwrap();
        drop(stdin);
        let mut reader = AdhocOutput::new(TOKEN);
        let mut stdout = Vec::new();
        reader.push(&output.stdout, |bytes| stdout.extend_from_slice(bytes));
        let ended = reader.finish(|bytes| panic!("left over: {bytes:?}"));
        (String::from_utf8(stdout).unwrap(), String::from_utf8(output.stderr).unwrap(), ended)
    }

    #[test]
    fn status_and_streams_arrive_apart() {
        for shell in SHELLS {
            let (out, err, ended) = run(shell, &["sh", "-c", "echo out; echo err >&2; printf end; exit 127"]);
            assert_eq!((out.as_str(), err.as_str(), ended), ("out\nend", "err\n", Some(Ended::Exit(127))), "{shell:?}");
            let (out, err, ended) = run(shell, &["no-such-command-here"]);
            assert!(out.is_empty() && err.contains("not found") && ended == Some(Ended::Exit(127)), "{shell:?} {err}");
            let (_, _, ended) = run(shell, &["sh", "-c", "kill -9 $$"]);
            assert_eq!(ended.and_then(Ended::signal), Some(9), "{shell:?}");
            let (out, err, ended) = run(shell, &["printf", "%s|", "a b", "it's", "$HOME", "", "-n", "\n", "*"]);
            assert_eq!(
                (out.as_str(), err.as_str(), ended),
                ("a b|it's|$HOME||-n|\n|*|", "", Some(Ended::Exit(0))),
                "{shell:?}"
            );
            let (out, _, ended) = run(shell, &["cat"]);
            assert_eq!((out.as_str(), ended), ("", Some(Ended::Exit(0))), "{shell:?}: stdin is /dev/null");
        }
    }

    fn alive(mark: &str) -> bool {
        let mut found = false;
        for entry in std::fs::read_dir("/proc").unwrap().flatten() {
            if let Ok(line) = std::fs::read(entry.path().join("cmdline")) {
                found |= line.split(|b| *b == 0).any(|word| word == mark.as_bytes());
            }
        }
        found
    }

    #[test]
    fn when_stdin_ends_the_whole_session_ends() {
        for (n, shell) in SHELLS.iter().enumerate() {
            // A leader, a forked child that ignores TERM, and one in the background.
            let mark = format!("3{}{n}.5", std::process::id());
            let command = format!("(trap '' TERM; sleep {mark}; sleep {mark}) & sleep {mark} & echo up; wait");
            let mut child = start(shell, &["sh", "-c", &command]);
            let mut up = [0; 3];
            child.stdout.as_mut().unwrap().read_exact(&mut up).unwrap();
            let started = Instant::now();
            while !alive(&mark) {
                assert!(started.elapsed() < Duration::from_secs(60), "{shell:?}: the command never ran");
                std::thread::sleep(Duration::from_millis(10));
            }
            drop(child.stdin.take());
            let started = Instant::now();
            while alive(&mark) {
                assert!(started.elapsed() < Duration::from_secs(60), "{shell:?} left an orphan");
                std::thread::sleep(Duration::from_millis(50));
            }
            child.wait().unwrap();
        }
    }

    #[test]
    fn what_a_finished_command_left_running_goes_on() {
        for (n, shell) in SHELLS.iter().enumerate() {
            let mark = format!("4{}{n}.5", std::process::id());
            let (out, _, ended) = run(shell, &["sh", "-c", &format!("sleep {mark} >/dev/null 2>&1 & echo $!; exit 3")]);
            assert_eq!(ended, Some(Ended::Exit(3)));
            std::thread::sleep(Duration::from_millis(300));
            assert!(alive(&mark), "{shell:?}");
            assert!(Command::new("kill").arg(out.trim()).status().unwrap().success());
        }
    }

    #[test]
    fn the_frame_is_found_however_it_is_cut() {
        let stream = format!("01234 out{} exit 12\nlate", &TOKEN[..30]).into_bytes();
        let whole = [&stream[..9], b"01", TOKEN.as_bytes(), b" exit 12\nlate"].concat();
        for step in 1..whole.len() {
            let mut reader = AdhocOutput::new(TOKEN);
            let mut out = Vec::new();
            for piece in whole.chunks(step) {
                reader.push(piece, |bytes| out.extend_from_slice(bytes));
            }
            assert_eq!(reader.finish(|bytes| panic!("{bytes:?}")), Some(Ended::Exit(12)), "{step}");
            assert_eq!(out, b"01234 out01late", "{step}");
        }
    }

    #[test]
    fn unsound_calls_are_refused() {
        assert!(adhoc(&[], TOKEN).is_none());
        assert!(adhoc(&["a\0b".to_owned()], TOKEN).is_none());
        assert!(adhoc(&["a".to_owned()], "$(reboot)$(reboot)$(reboot)").is_none());
    }
}
