//! The order of what is brought to the disk, and where secrets are.

use std::process::Command;

use base64::Engine as _;
use fleet::engine::transaction::{Change, Content, Part, Transaction, Verify, content_digest};
use fleet::secrets::SecretRef;

use crate::rig::{Case, HOSTS, Site, Variant, good_gate};

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for host in HOSTS {
        cases.push(Case::new(format!("order of fsync, {host}"), good_order).on(host));
        cases.push(Case::new(format!("order of fsync in a rollback, {host}"), rollback_order).on(host));
    }
    cases.push(Case::new("fsync is what sync(1) calls", |site| {
        // A container keeps its page cache: what a power cut would take is told by the calls alone.
        let trace = Command::new("strace")
            .args(["-f", "-e", "trace=fsync,fdatasync,sync,syncfs", "sync", "--"])
            .args([site.outside("/etc/app/one"), site.outside("/etc/app")])
            .output();
        match trace {
            Ok(trace) => {
                let text = String::from_utf8_lossy(&trace.stderr).into_owned();
                assert_eq!(text.matches("fsync(").count(), 2, "{text}");
            }
            Err(error) => assert!(
                error.kind() == std::io::ErrorKind::NotFound && std::env::var_os("CI").is_none(),
                "CI must have strace: {error}"
            ),
        }
    }));
    cases.push(Case::new("secrets", secrets));
    cases.push(Case::new("a command that prints a secret", leak));
    cases
}

/// The calls of the executor, without names of runs.
fn calls(site: &Site<'_>) -> Vec<String> {
    let trace = site.trace();
    let run = trace.split(".fleet-").nth(1).unwrap().split('\n').next().unwrap().to_owned();
    trace.lines().map(|line| line.replace(&run, "RUN")).collect()
}

#[track_caller]
fn at(calls: &[String], from: usize, word: &str) -> usize {
    let found = calls.iter().skip(from).position(|call| call.contains(word));
    from + found.unwrap_or_else(|| panic!("no `{word}` from {from} on in\n{}", calls.join("\n")))
}

/// Each of these comes after the one before it.
#[track_caller]
fn in_order(calls: &[String], words: &[&str]) {
    let mut from = 0;
    for word in words {
        from = at(calls, from, word) + 1;
    }
}

fn good_order(site: &Site<'_>) {
    let came = site.apply(&Variant::default());
    assert_eq!(came.code, Some(0), "{}", came.stdout);
    site.idle();
    let calls = calls(site);
    let spool = "/var/lib/fleet/runs/RUN";
    let first_stage = at(&calls, 0, "mkdir -m 0700");
    let first_switch = at(&calls, 0, "switch 1|mv");
    in_order(&calls, &["ln -s runs/RUN /var/lib/fleet/active", "|sync -- /var/lib/fleet", "mkdir -m 0700"]);
    let armed = "|sync -- /etc/systemd/system/fleet-recover.service /etc/systemd/system /etc/systemd/system/sysinit.target.wants";
    assert!(at(&calls, 0, armed) < first_stage);
    // A directory is on the disk before anything is staged in it, and so is what tells that it is ours.
    in_order(
        &calls,
        &[
            "step stage 8|mkdir -m 0700 -- 8.new",
            "step stage 8|sync -- 8.new . ..",
            &format!("step stage 8|sync -- {spool}/8.made {spool}"),
            "step stage 8|mv -T -f -- 8.new ../new",
            "step stage 8|sync -- . ..",
            "step stage 9|mkdir -m 0700 -- .fleet-RUN",
            "step stage 10|mkdir -m 0700 -- .fleet-RUN",
            "step stage 13|sync -- 13.inode . ..",
        ],
    );
    assert!(at(&calls, 0, "step switch 13|mv -T -f -- ../old 13.old") > at(&calls, 0, "step switch 12|mv"));
    for number in 1..=6 {
        let step = format!("step stage {number}|");
        let last = calls.iter().rposition(|call| call.starts_with(&step) && call.contains("|sync -- . ..")).unwrap();
        if [1, 2, 3, 5].contains(&number) {
            assert!(at(&calls, 0, &format!("{step}sync -- {number}.new")) < last);
        }
        assert!(last < first_switch);
    }
    for number in [1, 2, 3, 6] {
        assert!(at(&calls, 0, &format!("|sync -- {spool}/{number}.before")) < first_switch);
    }
    assert!(at(&calls, 0, &format!("|sync -- {spool}/unit.app.service")) < first_switch);
    in_order(&calls, &[&format!("|sync -- {spool}/switching {spool}"), "switch 1|mv"]);
    let last_switch = at(&calls, 0, "switch 13|mv");
    assert!(at(&calls, 0, "switch 6|rm -- ../five") < last_switch);
    let validate = at(&calls, 0, "validate 1|timeout");
    for parent in ["/etc/app", "/srv/app", "/srv/real", "/etc/app/tls", "/etc/app/tls/versions"] {
        let synced = at(&calls, last_switch, &format!("|sync -- {parent}"));
        assert!(synced < validate);
    }
    in_order(&calls, &[&format!("|sync -- {spool}/operated {spool}"), "systemctl restart"]);
    in_order(
        &calls,
        &[
            "step verify 4|timeout",
            &format!("|sync -- {spool}/committed {spool}"),
            "|rm -rf -- /etc/app/.fleet-RUN",
            "|rm -f /etc/systemd/system/sysinit.target.wants/fleet-recover.service",
            "|sync -- /etc/systemd/system",
            "|systemd-cat",
            "|sync -- /var/lib/fleet/journal",
            &format!("|sync -- {spool}/outcome.new"),
            &format!("|mv -T -f {spool}/outcome.new"),
            &format!("|sync -- {spool}"),
            "|rm -f /var/lib/fleet/active",
            "|sync -- /var/lib/fleet",
            &format!("|rm -f {spool}/executor"),
        ],
    );
}

fn rollback_order(site: &Site<'_>) {
    let came = site.apply(&Variant { bad: "verify", ..Variant::default() });
    assert_eq!(came.code, Some(1), "{}", came.stdout);
    site.idle();
    let calls = calls(site);
    let undo = at(&calls, 0, "phase undo|");
    let last_back = calls.iter().rposition(|call| call.contains("|mv -T -f -- ") && call.contains(".old")).unwrap();
    let restart = at(&calls, undo, "systemctl restart");
    for parent in ["/etc/app", "/srv/app", "/srv/real"] {
        assert!(at(&calls, last_back, &format!("|sync -- {parent}")) < restart);
    }
    in_order(
        &calls[undo..],
        &[
            "systemctl restart",
            "|rm -rf -- /etc/app/.fleet-RUN",
            "|sync -- /etc/app",
            "|rm -f /etc/systemd/system/sysinit",
        ],
    );
}

const SECRET: &str = "hunter2-never-to-be-seen";
const PLAIN: &str = "plain-word-to-be-found";

/// The good transaction, with a secret in a file, and a word that is no secret in its summary and a command's arguments.
fn with_secret(site: &Site<'_>, variant: &Variant) -> Transaction {
    let directory = site.rig.rehearsal.inventory();
    let file = directory.join("secret");
    if !file.exists() {
        let staged = directory.join(format!("secret.{}", site.host));
        std::fs::write(&staged, SECRET).unwrap();
        std::fs::set_permissions(&staged, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        std::fs::rename(staged, file).unwrap();
    }
    let mut transaction = site.transaction(variant);
    let text = "APP_SET=new\nTOKEN=";
    let digest = content_digest(&site.salt(), format!("{text}{SECRET}\n").as_bytes());
    let Change::Write { content, digest: whole, .. } = &mut transaction.changes[2] else { panic!("a file") };
    *content = Content(vec![
        Part::Text(text.to_owned()),
        Part::Secret {
            secret: SecretRef::File("secret".to_owned()),
            digest: site.rig.key.digest("secret", SECRET.as_bytes()),
            escapes: Vec::new(),
        },
        Part::Text("\n".to_owned()),
    ]);
    *whole = Some(digest);
    transaction.summary[0].diff[0].after = Some(PLAIN.to_owned());
    transaction.validate[0].argv.push(PLAIN.to_owned());
    transaction
}

/// Files with one of the words in them, the words being in a file of their own.
fn found(site: &Site<'_>, word: &str, files: &str) -> String {
    // The words lie where nothing is searched, and in no argument.
    let words = format!("{word}\n{}\n", base64::prelude::BASE64_STANDARD.encode(word));
    std::fs::write(site.outside("/var/gate/words"), words).unwrap();
    site.inside(&format!("grep -r -l -a -F -f /var/gate/words {files} 2>/dev/null || :"))
}

fn secrets(site: &Site<'_>) {
    let transaction = with_secret(site, &Variant { confirm: Some(good_gate()), ..Variant::default() });
    let processes = "$(ls -d /proc/[0-9]*/cmdline /proc/[0-9]*/environ)";
    site.hold("step stage 3", "sync -- 3.new");
    let running = site.start(transaction);
    site.held();
    assert_eq!(found(site, SECRET, processes), "");
    // The search finds what is there: the executor has the value, and so has the new file.
    let files = found(site, SECRET, "/var/lib/fleet /srv");
    assert!(files.contains("/executor") && files.contains("/3.new"), "{files}");
    for (line, call) in [
        ("step switch 3", "mv *"),
        ("step validate 1", "timeout *"),
        ("step verify 4", "timeout *"),
        ("confirm *", "*"),
    ] {
        site.hold(line, call);
        site.held();
        assert_eq!(found(site, SECRET, processes), "", "at {line}");
        if line == "step validate 1" {
            assert!(found(site, PLAIN, processes).contains("cmdline"), "the search finds arguments");
        }
    }
    site.release();
    let came = running.wait(60);
    assert_eq!(came.code, Some(0), "{}", came.stdout);
    site.idle();
    assert!(site.inside("cat /etc/app/three").contains(SECRET), "the file has it");
    site.inside("journalctl --flush; journalctl --sync; journalctl -o export --no-pager >/var/gate/journald");
    let everywhere =
        "--exclude='*.before' /var/lib/fleet /run/systemd /run/log /var/log /etc/systemd /tmp /root /var/gate/journald";
    assert_eq!(found(site, SECRET, everywhere), "");
    let plain = found(site, PLAIN, everywhere);
    assert!(plain.contains("/var/lib/fleet/journal") && plain.contains("/var/gate/journald"), "{plain}");
    assert!(!came.stdout.contains(SECRET) && !came.stderr.contains(SECRET));
    let local = |word: &str| {
        let output = Command::new("grep").args(["-r", "-l", "-F", word]).arg(site.rig.rehearsal.state()).output();
        String::from_utf8(output.unwrap().stdout).unwrap()
    };
    assert_eq!(local(SECRET), "");
    assert!(local(PLAIN).contains("journal.jsonl"));
}

fn leak(site: &Site<'_>) {
    let argv = ["/bin/sh", "-c", "cat /etc/app/three >&2; exit 3"].map(str::to_owned).to_vec();
    let command = fleet::engine::transaction::Command { argv, timeout_seconds: 5 };
    let variant = Variant { verify: vec![Verify::Command(command)], ..Variant::default() };
    let came = site.start(with_secret(site, &variant)).wait(60);
    let host = came.host(site.host);
    assert_eq!(host["status"], "rolled-back", "{host:#}");
    let message = host["error"]["message"].as_str().unwrap();
    assert!(message.contains("APP_SET=new") && message.contains("TOKEN="), "{message}");
    assert!(!came.stdout.contains(SECRET) && !came.stderr.contains(SECRET), "{host:#}");
    site.idle();
    site.whole("rolled-back", "verify-failed");
}
