//! How a host is, from what it said and how it said it: pure.

use std::time::Duration;

use crate::engine::status::{Failure, Status};
use crate::names::HostName;
use crate::report::{Finding, HostHealth, Privilege};
use crate::ssh;

use super::answer::{Answer, Tried};

/// A log-in that takes so much longer than the way there and back is slow.
const SLOW_LOGIN: f64 = 0.2;
/// `sudo` that takes longer is slow, in seconds.
const SLOW_SUDO: f64 = 1.0;
/// More of a disk in use is worth a word, in percent.
const FULL: u8 = 90;
/// A clock further from ours is wrong, in seconds: certificates and one-time codes start to fail.
const SKEWED: f64 = 2.0;

/// A log-in that for so long neither says nor runs anything waits for something.
const WAITED: Duration = Duration::from_secs(2);

const NOT_INTERACTIVE: &str = "let start-up files such as ~/.bashrc return at once where the shell is not interactive: `case $- in *i*) ;; *) return ;; esac`";

/// What our end saw of the answer.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    /// The time to run nothing on an open connection.
    pub(super) latency: Option<Duration>,
    /// From the request for a session to the script's first byte.
    pub(super) started_after: Option<Duration>,
    /// Our clock when the host told its own, without the way here, in seconds since the epoch.
    pub(super) clock: Option<f64>,
    /// What the log-in printed before the script started, and how many bytes that was.
    pub(super) noise: (String, u64),
}

/// What is to be told of one host; `sudo`: whether the inventory says so.
pub(super) fn health(host: &HostName, sudo: bool, answer: Answer, seen: &Seen) -> HostHealth {
    let mut findings = Vec::new();
    login(&answer, seen, &mut findings);
    own_name(&answer, &mut findings);
    let privilege = privilege(sudo, &answer);
    let error = root(privilege, sudo, &answer, &mut findings).or_else(|| systemd(&answer, &mut findings));
    tools(&answer, &mut findings);
    let clock_skew_seconds = answer.clock.zip(seen.clock).map(|(theirs, ours)| millis((theirs - ours) * 1000.0));
    if let Some(skew) = clock_skew_seconds.filter(|skew| skew.abs() > SKEWED) {
        let words = if skew > 0.0 { "ahead of" } else { "behind" };
        findings.push(finding(
            "clock-skew",
            format!("its clock is {:.0} s {words} ours", skew.abs()),
            "see `timedatectl timesync-status`, or install chrony",
        ));
    }
    if let Some(disk) = answer.disk.as_ref().filter(|disk| disk.used_percent >= FULL) {
        findings.push(finding(
            "disk-full",
            format!("{} is {} % full", disk.mount, disk.used_percent),
            "a full disk fails every change: see `du -xh -d 2 | sort -h`",
        ));
    }
    if !answer.whole {
        findings.push(finding(
            "cut-answer",
            "its answer is not whole".to_owned(),
            "something there ended the shell that answered; run the check again",
        ));
    }
    let status = if error.is_some() { Status::Failed } else { Status::Ok };
    HostHealth {
        latency_ms: seen.latency.map(|latency| u64::try_from(latency.as_millis()).unwrap_or(u64::MAX)),
        shell: answer.shell,
        os: answer.os,
        systemd: answer.systemd,
        cpus: answer.cpus,
        memory_bytes: answer.memory,
        disk: answer.disk,
        clock_skew_seconds,
        privilege,
        failed_units: answer.failed_units,
        findings,
        ..HostHealth::new(host.clone(), status, error)
    }
}

/// Whether a log-in that ran no script read it away instead, from what it said and how long that took.
pub(super) fn eaten(said: &str, took: Duration) -> Option<Finding> {
    // A start-up file that copies its input prints our script; one that takes a part of it leaves a torn command; and one
    // that keeps what it reads is silent for as long as we let it.
    let echoed = said.contains(ssh::ECHOED);
    let torn = said.contains("yntax error");
    let silent = said.is_empty() && took >= WAITED;
    (echoed || torn || silent).then(|| {
        let message = if silent {
            "a start-up file of its log-in shell reads standard input, or waits for something else"
        } else {
            "a start-up file of its log-in shell reads standard input, and takes away what is meant for `sh`"
        };
        finding("eats-stdin", message.to_owned(), NOT_INTERACTIVE)
    })
}

fn finding(code: &str, message: String, hint: &str) -> Finding {
    Finding { code: code.to_owned(), message, hint: Some(hint.to_owned()) }
}

/// Seconds in steps of a millisecond.
fn millis(millis: f64) -> f64 {
    // No negative zero.
    millis.round() / 1000.0 + 0.0
}

fn login(answer: &Answer, seen: &Seen, findings: &mut Vec<Finding>) {
    let shell = answer.shell.as_deref().unwrap_or("the log-in shell");
    let latency = seen.latency.unwrap_or_default().as_secs_f64();
    // Seen from here a busy controller makes all hosts slow, seen from there a lost packet does: both must say so.
    let from_here = seen.started_after.map(|after| after.as_secs_f64() - latency);
    let slow = match (from_here, answer.login_seconds) {
        (Some(here), Some(there)) => here.min(there),
        (here, there) => here.or(there).unwrap_or_default(),
    };
    if slow > SLOW_LOGIN {
        let message = format!("{shell} takes {slow:.1} s to start, on every run");
        findings.push(finding("slow-login", message, NOT_INTERACTIVE));
    }
    let (noise, bytes) = &seen.noise;
    if *bytes > 0 {
        let first = noise.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
        // Without the host's name hosts that greet alike are told of together.
        let first = answer.name.as_ref().map_or_else(|| first.to_owned(), |name| first.replace(name.as_str(), "…"));
        let first: String = first.trim().chars().take(60).collect();
        let message = format!("{shell} prints before any command runs: \"{first}\"");
        findings.push(finding("noisy-login", message, NOT_INTERACTIVE));
    }
}

fn own_name(answer: &Answer, findings: &mut Vec<Finding>) {
    if let (Some(name), Some(tried)) = (&answer.name, &answer.own_name)
        && tried.status != 0
    {
        findings.push(finding(
            "own-name",
            format!("the host cannot resolve its own name {name}, so that `sudo` waits for name servers, up to 20 s"),
            &format!("put `127.0.1.1 {name}` into its /etc/hosts"),
        ));
    }
    if let Some(Tried { seconds, .. }) = &answer.sudo
        && *seconds > SLOW_SUDO
    {
        findings.push(finding(
            "slow-sudo",
            format!("`sudo` takes {seconds:.1} s, on every run"),
            "mostly the host's own name is not in its /etc/hosts, or PAM asks a server that does not answer",
        ));
    }
}

fn privilege(sudo: bool, answer: &Answer) -> Option<Privilege> {
    let became_root = |tried: &Tried| tried.status == 0 && tried.said.last().is_some_and(|line| line.trim() == "0");
    match (&answer.user, sudo, &answer.sudo) {
        (_, true, Some(tried)) if became_root(tried) => Some(Privilege::Sudo),
        (Some((0, _)), false, _) => Some(Privilege::Root),
        (_, true, Some(_)) | (Some(_), false, _) => Some(Privilege::None),
        (_, true, None) | (None, false, _) => None,
    }
}

/// Without root fleet can look at some things, and change nothing.
fn root(privilege: Option<Privilege>, sudo: bool, answer: &Answer, findings: &mut Vec<Finding>) -> Option<Failure> {
    if privilege != Some(Privilege::None) {
        return None;
    }
    let (_, user) = answer.user.clone().unwrap_or_else(|| (0, "the log-in user".to_owned()));
    let (code, message, hint) = if sudo {
        let said = answer.sudo.as_ref().and_then(|tried| tried.said.last()).map(|line| line.trim().to_owned());
        let missing = said.as_ref().is_some_and(|said| said.contains("not found"));
        let said = said.filter(|said| !said.is_empty()).unwrap_or_else(|| "it did not give root".to_owned());
        let rule =
            format!("add the line `{user} ALL=(root) NOPASSWD: ALL` to sudoers with `visudo -f /etc/sudoers.d/fleet`");
        let hint = if missing { format!("install sudo, and {rule}") } else { rule };
        ("no-sudo", format!("`sudo -n sh` does not make {user} root: {said}"), hint)
    } else {
        let hint = "log in as root, or set `sudo = true` for a user with a NOPASSWD rule in sudoers".to_owned();
        ("no-root", format!("fleet logs in as {user}, and the inventory does not say `sudo = true`"), hint)
    };
    findings.push(finding(code, message, &hint));
    Some(Failure::bare(code, "fleet cannot become root here, so it can change nothing"))
}

fn systemd(answer: &Answer, findings: &mut Vec<Finding>) -> Option<Failure> {
    if answer.booted_by_systemd != Some(false) {
        return None;
    }
    findings.push(finding(
        "no-systemd",
        "systemd is not the init system of this host".to_owned(),
        "fleet keeps hosts with systemd; `fleet exec` works without",
    ));
    Some(Failure::bare("no-systemd", "there is no systemd here, so fleet can change nothing"))
}

fn tools(answer: &Answer, findings: &mut Vec<Finding>) {
    // Its tools are missing with it.
    let without_systemd = answer.booted_by_systemd == Some(false);
    let missing: Vec<&str> = answer
        .missing
        .iter()
        .map(String::as_str)
        .filter(|tool| !(without_systemd && tool.starts_with("system")))
        .collect();
    if !missing.is_empty() {
        findings.push(finding(
            "missing-tools",
            format!("missing, or without what fleet needs of it: {}", missing.join(", ")),
            "install coreutils, grep, util-linux and systemd",
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Disk;

    fn sound() -> Answer {
        Answer {
            login_seconds: Some(0.02),
            user: Some((0, "root".to_owned())),
            shell: Some("/bin/bash".to_owned()),
            name: Some("web".to_owned()),
            booted_by_systemd: Some(true),
            own_name: Some(Tried::default()),
            clock: Some(1000.0),
            whole: true,
            ..Answer::default()
        }
    }

    fn seen() -> Seen {
        Seen {
            latency: Some(Duration::from_millis(20)),
            started_after: Some(Duration::from_millis(60)),
            clock: Some(1000.1),
            noise: (String::new(), 0),
        }
    }

    fn judged(sudo: bool, change: impl FnOnce(&mut Answer, &mut Seen)) -> (HostHealth, Vec<String>) {
        let (mut answer, mut seen) = (sound(), seen());
        change(&mut answer, &mut seen);
        let health = health(&HostName::new("web"), sudo, answer, &seen);
        let codes = health.findings.iter().map(|finding| finding.code.clone()).collect();
        (health, codes)
    }

    #[test]
    fn a_sound_host_has_no_findings() {
        let (health, codes) = judged(false, |_, _| {});
        assert_eq!((health.status, health.privilege, codes.len()), (Status::Ok, Some(Privilege::Root), 0));
        assert_eq!(health.latency_ms, Some(20));
        assert!((health.clock_skew_seconds.unwrap() + 0.1).abs() < 1e-9);
    }

    #[test]
    fn each_finding_alone() {
        type Change = fn(&mut Answer, &mut Seen);
        let cases: [(&str, Change); 8] = [
            ("slow-login", |answer, seen| {
                answer.login_seconds = Some(0.34);
                seen.started_after = Some(Duration::from_millis(400));
            }),
            ("noisy-login", |_, seen| seen.noise = ("\nWelcome to web!\n".to_owned(), 17)),
            ("own-name", |answer, _| answer.own_name = Some(Tried { status: 2, ..Tried::default() })),
            ("slow-sudo", |answer, _| answer.sudo = Some(Tried { seconds: 20.0, ..Tried::default() })),
            ("clock-skew", |answer, _| answer.clock = Some(997.0)),
            ("disk-full", |answer, _| answer.disk = Some(Disk { mount: "/srv".to_owned(), used_percent: 91 })),
            ("missing-tools", |answer, _| answer.missing = vec!["mv -T".to_owned()]),
            ("cut-answer", |answer, _| answer.whole = false),
        ];
        for (code, change) in cases {
            let (health, codes) = judged(false, change);
            assert_eq!((health.status, codes), (Status::Ok, vec![code.to_owned()]));
        }
    }

    #[test]
    fn one_witness_of_a_slow_log_in_is_not_enough() {
        let (_, codes) = judged(false, |_, seen| seen.started_after = Some(Duration::from_secs(2)));
        assert!(codes.is_empty(), "{codes:?}");
        let (_, codes) = judged(false, |answer, _| answer.login_seconds = Some(2.0));
        assert!(codes.is_empty(), "{codes:?}");
        let (_, codes) = judged(false, |answer, seen| {
            answer.login_seconds = None;
            seen.started_after = Some(Duration::from_secs(2));
        });
        assert_eq!(codes, ["slow-login"]);
    }

    #[test]
    fn without_root_fleet_fails() {
        let user = |answer: &mut Answer| answer.user = Some((1001, "deploy".to_owned()));
        let (health, codes) = judged(false, |answer, _| user(answer));
        assert_eq!(
            (health.status, health.privilege, codes),
            (Status::Failed, Some(Privilege::None), vec!["no-root".to_owned()])
        );

        let sudo = |status, said: &str| Tried { status, seconds: 0.1, said: vec![said.to_owned()] };
        let (health, codes) = judged(true, |answer, _| {
            user(answer);
            answer.sudo = Some(sudo(0, "0"));
        });
        assert_eq!((health.status, health.privilege, codes.len()), (Status::Ok, Some(Privilege::Sudo), 0));
        let (health, codes) = judged(true, |answer, _| {
            user(answer);
            answer.sudo = Some(sudo(1, "sudo: a password is required"));
        });
        assert_eq!((health.status, codes), (Status::Failed, vec!["no-sudo".to_owned()]));
        assert!(health.findings[0].hint.as_ref().unwrap().contains("deploy ALL=(root) NOPASSWD: ALL"));
        assert_eq!(health.error.unwrap().code, "no-sudo");
        // sudo to somebody else is not enough.
        let (health, _) = judged(true, |answer, _| answer.sudo = Some(sudo(0, "33")));
        assert_eq!(health.privilege, Some(Privilege::None));
    }

    #[test]
    fn without_systemd_its_tools_are_not_named_again() {
        let (health, codes) = judged(false, |answer, _| {
            answer.booted_by_systemd = Some(false);
            answer.missing = vec!["systemd-run".to_owned(), "systemctl".to_owned()];
        });
        assert_eq!((health.status, codes), (Status::Failed, vec!["no-systemd".to_owned()]));
    }

    #[test]
    fn what_eats_stdin_is_told_by_its_traces() {
        let (soon, late) = (Duration::from_millis(100), Duration::from_secs(30));
        assert!(eaten(ssh::ECHOED, soon).is_some());
        assert!(eaten("sh: 93: Syntax error: \"}\" unexpected", soon).is_some());
        assert!(eaten("", late).is_some());
        assert!(eaten("", soon).is_none());
        assert!(eaten("This account is currently not available.", late).is_none());
    }
}
