//! A script for one remote `sh`: it arrives whole or does nothing.

use std::fmt::Write as _;

/// The text of one script for `sh`, which runs only once its last byte has arrived.
///
/// The remote side gets one compound command: `{`, the functions, the call, `exit`, `}`. A shell runs a compound command only
/// when it has read its end, so a script that is cut anywhere is a syntax error and nothing more.
///
/// stdin stays open behind the script until the client's sink breaks off, its time limit ends, or the client or the
/// connection dies; then it is at its end. A script that must notice this reads its stdin, in the background with
/// `exec 3<&0` and `( while read -r line; do :; done; …what to do… ) <&3 >/dev/null 2>&1 &`.
#[derive(Clone, PartialEq, Eq)]
pub struct Script {
    functions: String,
    call: String,
}

impl Script {
    /// Puts a script together from function definitions and the one command that starts them. The script ends when the call
    /// does, with its exit status.
    ///
    /// Here-documents may stand in `functions`; the call is one simple command. `LC_ALL=C` is set.
    pub fn wrap(functions: &str, call: &str) -> Self {
        Self { functions: functions.to_owned(), call: call.to_owned() }
    }

    /// The bytes for the remote stdin; `marker` tells on both streams where the script's own output starts.
    pub(crate) fn render(&self, marker: &str) -> String {
        let mut text = String::with_capacity(self.functions.len() + self.call.len() + 256);
        // A log-in that reads a line of ours eats the first one: then nothing below may run on its own.
        let whole = if marker.is_empty() { "whole" } else { marker };
        let _infallible = writeln!(text, "fleet_whole={whole}; {{\nLC_ALL=C; export LC_ALL");
        if !marker.is_empty() {
            // In two parts, so that a shell that echoes its input does not say it.
            let (head, tail) = marker.split_at(marker.len() / 2);
            let _infallible = writeln!(text, "printf '%s%s\\n' {head} {tail}; printf '%s%s\\n' {head} {tail} >&2");
        }
        text.push_str(&self.functions);
        let _infallible = writeln!(text, "\n[ \"${{fleet_whole-}}\" = {whole} ] || exit 97");
        text.push_str(&self.call);
        text.push_str("\nexit\n}\n");
        text
    }

    /// The bytes that a remote `sh` reads, without the marker: for reading and for `shellcheck`.
    pub fn text(&self) -> String {
        self.render("")
    }
}

impl std::fmt::Debug for Script {
    /// Its size alone: a script may carry a secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Script({} bytes)", self.functions.len() + self.call.len())
    }
}

/// The most of the noise before a script that is kept, in bytes.
const NOISE: usize = 4096;

/// Holds back what comes on a stream before the marker: messages of rc files, of sudo, of a refusing login.
#[derive(Debug)]
pub(crate) struct Start {
    marker: Vec<u8>,
    before: Vec<u8>,
    dropped: u64,
    started: bool,
}

impl Start {
    pub(crate) fn new(marker: &str) -> Self {
        Self { marker: format!("{marker}\n").into_bytes(), before: Vec::new(), dropped: 0, started: false }
    }

    pub(crate) fn started(&self) -> bool {
        self.started
    }

    /// The noise, its first 4 KiB, and how many bytes it was in all. Without a start that is all that came.
    pub(crate) fn noise(&self) -> (&[u8], u64) {
        (&self.before[..self.before.len().min(NOISE)], self.dropped + self.before.len() as u64)
    }

    /// What of these bytes belongs to the script: the rest behind the marker, once that was seen.
    pub(crate) fn pass<'a>(&mut self, bytes: &'a [u8], out: &mut Vec<u8>) -> &'a [u8] {
        if self.started {
            return bytes;
        }
        self.before.extend_from_slice(bytes);
        let width = self.marker.len();
        if let Some(at) = self.before.windows(width).position(|window| window == self.marker) {
            self.started = true;
            out.extend_from_slice(&self.before[at + width..]);
            self.before.truncate(at);
        } else if self.before.len() > NOISE + 4 * width + 65536 {
            // Keep the beginning to show and as much of the end as a marker may still start in.
            let cut = self.before.len() - NOISE - width;
            self.before.drain(NOISE..NOISE + cut);
            self.dropped += cut as u64;
        }
        &[]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::process::{Command, Output, Stdio};

    pub(crate) const SHELLS: [&[&str]; 3] = [&["dash"], &["bash", "--posix"], &["busybox", "sh"]];

    fn feed(shell: &[&str], text: &[u8]) -> Output {
        let mut child = Command::new(shell[0])
            .args(&shell[1..])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        // A shell that stops at an error closes its stdin early.
        let _closed = stdin.write_all(text);
        drop(stdin);
        child.wait_with_output().unwrap()
    }

    #[test]
    fn cut_at_any_byte_it_does_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let witness = dir.path().join("ran");
        let functions = format!(
            "touch() {{ :; }}\nmark() {{ command touch {0}; }}\ndata() {{ cat <<'END'\n}}\nmark\nEND\n}}\nmark_twice() {{ mark && data; }}",
            witness.display()
        );
        let script = Script::wrap(&functions, "mark_twice");
        let text = script.render("0123456789abcdef");
        for shell in SHELLS {
            for cut in 0..=text.len() - 2 {
                let output = feed(shell, &text.as_bytes()[..cut]);
                assert!(!witness.exists(), "{shell:?} ran a script that was cut at byte {cut}");
                assert!(output.stdout.is_empty(), "{shell:?} at {cut}: {output:?}");
            }
            let output = feed(shell, text.as_bytes());
            assert!(witness.exists(), "{shell:?}: {output:?}");
            assert_eq!(output.stdout, b"0123456789abcdef\n}\nmark\n", "{shell:?}");
            std::fs::remove_file(&witness).unwrap();
        }
    }

    #[test]
    fn without_its_first_lines_it_does_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let witness = dir.path().join("ran");
        let functions = format!("mark() {{ command touch {}; }}", witness.display());
        let text = Script::wrap(&functions, "mark").render("0123456789abcdef");
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        let call = lines.iter().position(|line| *line == "mark\n").unwrap();
        for shell in SHELLS {
            for eaten in 1..call {
                feed(shell, lines[eaten..].concat().as_bytes());
                assert!(!witness.exists(), "{shell:?} ran a script without its first {eaten} lines");
            }
        }
    }

    #[test]
    fn it_ends_with_the_status_of_its_call_though_stdin_goes_on() {
        for shell in SHELLS {
            let text = Script::wrap("f() { return 7; }", "f").render("") + "echo never\n";
            let output = feed(shell, text.as_bytes());
            assert_eq!((output.status.code(), output.stdout.len()), (Some(7), 0), "{shell:?}");
        }
    }

    #[test]
    fn noise_before_the_marker_is_held_back_however_it_is_cut() {
        let stream = b"motd\nTOK half\nTOKEN\nreal\nTOKEN\n";
        for step in 1..stream.len() {
            let mut start = Start::new("TOKEN");
            let mut out = Vec::new();
            for piece in stream.chunks(step) {
                let mut held = Vec::new();
                let rest = start.pass(piece, &mut held).to_vec();
                out.extend(held);
                out.extend(rest);
            }
            assert_eq!(out, b"real\nTOKEN\n");
            assert_eq!(start.noise(), (&b"motd\nTOK half\n"[..], 14));
        }
    }

    #[test]
    fn endless_noise_takes_no_memory() {
        let mut start = Start::new("TOKEN");
        let mut out = Vec::new();
        for _ in 0..1000 {
            start.pass(&[b'x'; 16384], &mut out);
        }
        assert!(start.before.capacity() < 300_000);
        assert_eq!(start.noise().1, 16_384_000);
        start.pass(b"TOK", &mut out);
        let rest = start.pass(b"EN\nyes", &mut out).to_vec();
        assert!(start.started() && rest.is_empty() && out == b"yes");
    }
}
