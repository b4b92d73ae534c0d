//! What a host says of itself when `fleet hosts check` asks: the script, and the pure reader of its answer.

use crate::names::UnitName;
use crate::report::Disk;

/// The functions; they start with `fleet_health SUDO end`, where SUDO is `yes` or `no`.
const FUNCTIONS: &str = include_str!("health.sh");

/// The script's functions with their marker, a word that nobody can guess.
pub(super) fn functions(marker: &str) -> String {
    format!("marker={marker}\n{FUNCTIONS}")
}

/// What a host said; what it did not say, or not in a form that we know, is not there.
#[derive(Clone, Debug, Default)]
pub(super) struct Answer {
    /// From the start of the log-in shell to that of the script, in seconds.
    pub(super) login_seconds: Option<f64>,
    /// The number and the name of the user that fleet logs in as.
    pub(super) user: Option<(u32, String)>,
    /// Its log-in shell.
    pub(super) shell: Option<String>,
    /// The host's own name.
    pub(super) name: Option<String>,
    /// CPUs that are online.
    pub(super) cpus: Option<u32>,
    /// Memory in bytes.
    pub(super) memory: Option<u64>,
    /// `PRETTY_NAME` of os-release(5).
    pub(super) os: Option<String>,
    /// Whether systemd is the init system, see `sd_booted(3)`.
    pub(super) booted_by_systemd: Option<bool>,
    /// The version of systemd.
    pub(super) systemd: Option<String>,
    /// Tools that are not there, or can't do what is wanted of them.
    pub(super) missing: Vec<String>,
    /// The fullest disk.
    pub(super) disk: Option<Disk>,
    /// The look-up of the host's own name.
    pub(super) own_name: Option<Tried>,
    /// The try to become root, where that was asked for.
    pub(super) sudo: Option<Tried>,
    /// Units that failed.
    pub(super) failed_units: Vec<UnitName>,
    /// The host's clock at the end, in seconds since the epoch.
    pub(super) clock: Option<f64>,
    /// Whether it came to its end.
    pub(super) whole: bool,
}

/// A command that the host tried.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Tried {
    /// Its exit status.
    pub(super) status: i32,
    /// How long it took.
    pub(super) seconds: f64,
    /// What it printed.
    pub(super) said: Vec<String>,
}

/// Where lines without a marker belong.
enum Section {
    None,
    Disks,
    FailedUnits,
    Sudo,
}

impl Answer {
    /// Reads what the script printed, however little that is.
    pub(super) fn read(text: &str, marker: &str) -> Self {
        let mut answer = Self::default();
        let mut section = Section::None;
        let mut up = None;
        for line in text.lines() {
            let Some(told) = line.strip_prefix(marker).and_then(|rest| rest.strip_prefix(' ')) else {
                answer.read_line(&section, line);
                continue;
            };
            let (word, rest) = told.split_once(' ').unwrap_or((told, ""));
            let rest = rest.trim();
            let said = (!rest.is_empty()).then(|| rest.to_owned());
            section = Section::None;
            match word {
                "up" => up = rest.parse().ok(),
                "started" => answer.login_seconds = login_seconds(up, rest),
                "user" => {
                    answer.user = rest.split_once(' ').and_then(|(id, name)| Some((id.parse().ok()?, name.into())));
                }
                "shell" => answer.shell = said,
                "name" => answer.name = said,
                "cpus" => answer.cpus = rest.parse().ok(),
                "memory" => answer.memory = rest.parse().ok().and_then(|kib: u64| kib.checked_mul(1024)),
                "os" => answer.os = said.map(|value| unquote(&value)),
                "systemd" => {
                    answer.booted_by_systemd = Some(true);
                    answer.systemd = rest.split_whitespace().nth(1).map(str::to_owned);
                }
                "no-systemd" => answer.booted_by_systemd = Some(false),
                "missing" => answer.missing.extend(said),
                "disks" => section = Section::Disks,
                "own-name" => answer.own_name = Tried::read(rest),
                "failed-units" => section = Section::FailedUnits,
                "sudo" => {
                    answer.sudo = Tried::read(rest);
                    section = Section::Sudo;
                }
                "clock" => answer.clock = rest.parse().ok().or_else(|| rest.split('.').next()?.parse().ok()),
                "done" => answer.whole = true,
                _ => {}
            }
        }
        answer
    }

    fn read_line(&mut self, section: &Section, line: &str) {
        match section {
            Section::None => {}
            Section::Disks => {
                // Of mounts of one disk the first is the shortest path, mostly.
                if let Some(disk) = disk(line)
                    && self.disk.as_ref().is_none_or(|fullest| fullest.used_percent < disk.used_percent)
                {
                    self.disk = Some(disk);
                }
            }
            Section::FailedUnits => {
                // Older versions put a dot before the name.
                let name = line.split_whitespace().find(|word| word.contains('.'));
                self.failed_units.extend(name.map(UnitName::new));
            }
            Section::Sudo => {
                if let Some(sudo) = &mut self.sudo {
                    sudo.said.push(line.to_owned());
                }
            }
        }
    }
}

impl Tried {
    /// `STATUS BEFORE AFTER`, the times in seconds.
    fn read(text: &str) -> Option<Self> {
        let mut words = text.split(' ');
        let status = words.next()?.parse().ok()?;
        let (before, after): (f64, f64) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
        Some(Self { status, seconds: (after - before).max(0.0), said: Vec::new() })
    }
}

/// `TICKS HZ …`: when the shell started, since boot. In a container with an uptime of its own the two have nothing in common.
fn login_seconds(up: Option<f64>, text: &str) -> Option<f64> {
    let mut words = text.split(' ');
    let (ticks, hertz): (f64, f64) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    let seconds = up? - ticks / hertz;
    (hertz > 0.0 && (0.0..3600.0).contains(&seconds)).then_some(seconds)
}

/// A line of `df -P -T`; none for the heading, and for what is no disk or is always full.
fn disk(line: &str) -> Option<Disk> {
    const NOT_DISKS: [&str; 12] = [
        "tmpfs", "devtmpfs", "ramfs", "squashfs", "erofs", "iso9660", "udf", "efivarfs", "cramfs", "proc", "sysfs",
        "nsfs",
    ];
    let words: Vec<&str> = line.split_whitespace().collect();
    let at = words.iter().position(|word| word.ends_with('%'))?;
    let kind = words.get(at.checked_sub(4)?)?;
    if NOT_DISKS.contains(kind) {
        return None;
    }
    let used_percent = words[at].trim_end_matches('%').parse().ok()?;
    let mount = words.get(at + 1..)?.join(" ");
    mount.starts_with('/').then_some(Disk { mount, used_percent })
}

/// A value of os-release(5).
fn unquote(value: &str) -> String {
    match shell_words::split(value) {
        Ok(words) => words.join(" "),
        Err(_) => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead as _, BufReader, Write as _};
    use std::process::{Command, Stdio};
    use std::time::{Duration, Instant};

    use super::*;

    const SAID: &str = "\
M up 100.50
M started 10020 100 R
M user 1001 deploy
M shell /usr/bin/fish
M name web1
M cpus 4
M memory 2048
M os \"Debian GNU/Linux 12 (bookworm)\"
M missing mv -T
M missing grep -z
M disks
Filesystem     Type     1024-blocks    Used Available Capacity Mounted on
/dev/vda1      ext4        10000000 9100000    900000      91% /
/dev/loop0     squashfs       56704   56704         0     100% /snap/core
efivarfs       efivarfs         256     250         6      98% /sys/firmware/efi/efivars
//nas/my files cifs          100000   95000      5000      95% /mnt/my files
none           overlay            -       -         -        - /odd
M own-name 2 5.0 7.5
M systemd systemd 252 (252.30-1~deb12u2)
M failed-units
● nginx.service loaded failed failed A web server
backup@daily.timer loaded failed failed Backup
M sudo 1 7.5 8.0
sudo: unable to resolve host web1: Name or service not known
sudo: a password is required
M ready
M pong
M clock 1795296477.25
M done
";

    #[test]
    fn an_answer_is_read() {
        let answer = Answer::read(SAID, "M");
        assert!((answer.login_seconds.unwrap() - 0.3).abs() < 0.001);
        assert_eq!(answer.user, Some((1001, "deploy".to_owned())));
        assert_eq!(answer.shell.as_deref(), Some("/usr/bin/fish"));
        assert_eq!((answer.cpus, answer.memory), (Some(4), Some(2048 * 1024)));
        assert_eq!(answer.os.as_deref(), Some("Debian GNU/Linux 12 (bookworm)"));
        assert_eq!(answer.missing, ["mv -T", "grep -z"]);
        let disk = answer.disk.unwrap();
        assert_eq!((disk.mount.as_str(), disk.used_percent), ("/mnt/my files", 95));
        assert_eq!(answer.own_name, Some(Tried { status: 2, seconds: 2.5, said: vec![] }));
        assert_eq!((answer.booted_by_systemd, answer.systemd.as_deref()), (Some(true), Some("252")));
        assert_eq!(answer.failed_units, [UnitName::new("nginx.service"), UnitName::new("backup@daily.timer")]);
        assert_eq!(answer.sudo.unwrap().said.len(), 2);
        assert_eq!(answer.clock, Some(1_795_296_477.25));
        assert!(answer.whole);
    }

    #[test]
    fn what_is_not_said_is_not_known() {
        for cut in 0..SAID.len() {
            if let Some(text) = SAID.get(..cut) {
                let answer = Answer::read(text, "M");
                assert!(!answer.whole || cut >= SAID.len() - 1);
            }
        }
        let nothing = format!("{:?}", Answer::default());
        assert_eq!(format!("{:?}", Answer::read("motd\nup 3\n", "M")), nothing);
        let bad = "M up x\nM started 1 0 R\nM cpus many\nM sudo\nM disks\n%\n";
        assert_eq!(format!("{:?}", Answer::read(bad, "M")), nothing);
        // An uptime of the container's own, a `date` without nanoseconds.
        let odd = Answer::read("M up 5\nM started 90000 100 R\nM clock 17.%N\n", "M");
        assert_eq!((odd.login_seconds, odd.clock), (None, Some(17.0)));
    }

    #[test]
    fn every_shell_gives_a_whole_answer() {
        for shell in [&["dash"][..], &["bash", "--posix"], &["busybox", "sh"]] {
            let script = crate::ssh::Script::wrap(&functions("MARK"), "fleet_health no end").text();
            let mut child = Command::new(shell[0])
                .args(&shell[1..])
                .env("SHELL", "/bin/shell")
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            let mut stdin = child.stdin.take().unwrap();
            stdin.write_all(script.as_bytes()).unwrap();
            let mut stdout = BufReader::new(child.stdout.take().unwrap());
            let mut text = String::new();
            while !text.ends_with("MARK ready\n") {
                assert!(stdout.read_line(&mut text).unwrap() > 0, "{shell:?}: {text}");
            }
            // It answers when its input ends, and not before.
            let asked = Instant::now();
            let ending = std::thread::spawn(move || {
                std::thread::sleep(Duration::from_millis(200));
                drop(stdin);
            });
            stdout.read_line(&mut text).unwrap();
            assert!(
                text.ends_with("MARK pong\n") && asked.elapsed() >= Duration::from_millis(200),
                "{shell:?}: {text}"
            );
            ending.join().unwrap();
            std::io::Read::read_to_string(&mut stdout, &mut text).unwrap();
            let output = child.wait_with_output().unwrap();
            let said = String::from_utf8(output.stderr).unwrap();
            let answer = Answer::read(&text, "MARK");
            assert!(answer.whole && said.is_empty(), "{shell:?}: {text}{said}");
            assert!(answer.cpus.is_some_and(|cpus| cpus > 0) && answer.memory.is_some_and(|bytes| bytes > 1 << 20));
            assert!(answer.login_seconds.is_some_and(|seconds| seconds < 60.0), "{shell:?}: {text}");
            assert!(answer.user.is_some() && answer.os.is_some() && answer.disk.is_some(), "{shell:?}: {text}");
            assert_eq!(answer.shell.as_deref(), Some("/bin/shell"));
            assert!(answer.sudo.is_none() && answer.missing.is_empty(), "{shell:?}: {text}");
            assert!(answer.clock.is_some_and(|clock| clock > 1.7e9), "{shell:?}: {text}");
        }
    }
}
