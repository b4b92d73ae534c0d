//! Directories that are made and that go: what keeps them from it, and what comes back.

use fleet::engine::transaction::{Change, Expect, ItemSummary, PathState, Transaction, Verify};
use fleet::names::RemotePath;

use crate::rig::{Case, Site, Variant};

const OLD: &str = "/etc/app/tls/versions/old";
const NEW: &str = "/etc/app/tls/versions/new";

/// Something is done to the host first, and undone after: the transaction is refused and nothing is touched.
fn refused(name: &str, before: String, after: String, code: &'static str, said: &'static str) -> Case {
    Case::new(name, move |site| {
        site.inside(&before);
        let came = site.apply(&Variant::default());
        let host = came.host(site.host);
        assert_eq!((&host["status"], &host["error"]["code"]), (&"failed".into(), &code.into()), "{host:#}");
        assert!(host["error"]["message"].as_str().unwrap().contains(said), "{host:#}");
        site.idle();
        site.inside(&after);
        site.whole("refused", code);
    })
}

pub(crate) fn cases() -> Vec<Case> {
    vec![
        refused(
            "directory with an immutable file in it",
            format!("chattr +i {OLD}/private/key"),
            format!("chattr -i {OLD}/private/key"),
            "not-replaceable",
            "immutable",
        ),
        refused(
            "immutable directory",
            format!("chattr +i {OLD}"),
            format!("chattr -i {OLD}"),
            "not-replaceable",
            "immutable",
        ),
        refused(
            "directory with a mount in it",
            format!("mount --bind {OLD}/private {OLD}/private"),
            format!("umount {OLD}/private"),
            "not-replaceable",
            "mounted in",
        ),
        refused(
            "new directory that is there already",
            format!("mkdir {NEW}"),
            format!("rmdir {NEW}"),
            "host-changed",
            NEW,
        ),
        refused(
            "old directory that is a link now",
            format!("mv {OLD} /etc/app/tls/aside; ln -s ../aside {OLD}"),
            format!("rm {OLD}; mv /etc/app/tls/aside {OLD}"),
            "host-changed",
            OLD,
        ),
        Case::new("new directory into which something was put goes back whole", |site| {
            site.hold("step verify 1", "systemctl *");
            let running = site.start(site.transaction(&Variant { bad: "verify", ..Variant::default() }));
            site.held();
            site.inside(&format!("mkdir {NEW}/more; echo x >{NEW}/more/x"));
            site.release();
            assert_eq!(running.wait(60).host(site.host)["status"], "rolled-back");
            site.idle();
            site.whole("rolled-back", "verify-failed");
        }),
        Case::new("old directory that somebody made again comes back", |site| {
            site.hold("step verify 1", "systemctl *");
            let running = site.start(site.transaction(&Variant { bad: "verify", ..Variant::default() }));
            site.held();
            site.inside(&format!("mkdir {OLD}"));
            site.release();
            assert_eq!(running.wait(60).host(site.host)["status"], "rolled-back");
            site.idle();
            site.whole("rolled-back", "verify-failed");
        }),
        Case::new("old directory that somebody filled again is told as lost, and kept", |site| {
            site.hold("step verify 1", "systemctl *");
            let running = site.start(site.transaction(&Variant { bad: "verify", ..Variant::default() }));
            site.held();
            site.inside(&format!("mkdir {OLD}; echo x >{OLD}/theirs"));
            site.release();
            let host = running.wait(60).host(site.host);
            assert_eq!(host["status"], "failed", "{host:#}");
            let message = host["error"]["message"].as_str().unwrap();
            assert!(message.contains("could not be put back") && message.contains(OLD), "{message}");
            site.idle();
            assert_eq!(site.inside(&format!("cat {OLD}/theirs")), "x\n");
            let kept = site.inside("cat /etc/app/tls/versions/.fleet-*/13.old/chain");
            assert!(kept.contains("APP_SET=old"), "{kept}");
            site.inside(
                "rm -rf /etc/app /srv/app /srv/real; find /etc /srv -name '.fleet-*' -exec rm -rf {} +; rm -rf /var/lib/fleet/active",
            );
        }),
        Case::new("link in the way of the switch, put there by whoever owns the directory above", led_astray),
        Case::new("directory that its file system cannot rename stays", lower_layer),
        Case::new("directory that is declared through a link", through_link),
    ]
}

/// Root does not follow a link that was not there when it looked, not even to what looks like its own.
fn led_astray(site: &Site<'_>) {
    site.hold("step switch 1", "mv *");
    let running = site.start(site.transaction(&Variant::default()));
    site.held();
    site.inside(
        "set -e; cp -a /etc/app/tls /tmp/decoy; mv /etc/app/tls /etc/app/aside; ln -s /tmp/decoy /etc/app/tls; find /tmp/decoy | sort >/tmp/before; readlink /tmp/decoy/current >>/tmp/before",
    );
    site.release();
    let host = running.wait(60).host(site.host);
    assert_eq!((&host["status"], &host["error"]["code"]), (&"failed".into(), &"switch-failed".into()), "{host:#}");
    let message = host["error"]["message"].as_str().unwrap();
    assert!(message.contains("could not be put back") && message.contains("/etc/app/tls/current"), "{message}");
    site.idle();
    let after =
        "find /tmp/decoy | sort >/tmp/after; readlink /tmp/decoy/current >>/tmp/after; diff /tmp/before /tmp/after";
    assert_eq!(site.inside(after), "");
    site.inside(
        "rm -rf /tmp/decoy /tmp/before /tmp/after /etc/app /srv/app /srv/real; find /etc /srv -name '.fleet-*' -exec rm -rf {} +; rm -rf /var/lib/fleet/active",
    );
}

/// Paths of which more than the last name is missing, behind a link: what the link leads to is part of what is expected.
fn through_link(site: &Site<'_>) {
    site.inside("ln -s tls /etc/app/way");
    let real = |name: &str| RemotePath::new(format!("/etc/app/tls/versions/{name}"));
    let declared = |name: &str| RemotePath::new(format!("/etc/app/way/versions/{name}"));
    let told = |argv: &[&str]| {
        let argv = argv.iter().map(|word| (*word).to_owned()).collect();
        fleet::engine::transaction::Command { argv, timeout_seconds: 5 }
    };
    let (check, bad) = (told(&["/bin/test", "-d", declared("x/y").as_str()]), told(&["/bin/false"]));
    let transaction = Transaction {
        expect: ["x", "x/y"]
            .map(|name| Expect { path: declared(name), resolved: real(name), state: PathState::Absent })
            .to_vec(),
        changes: ["x", "x/y"].map(|name| Change::Directory { path: real(name), mode: None, owner: None }).to_vec(),
        validate: vec![check.clone()],
        verify: vec![Verify::Command(bad.clone())],
        lease_seconds: 60,
        summary: vec![ItemSummary {
            place: "/etc/app/way/versions".to_owned(),
            operations: vec![check.told(), bad.told()],
            ..crate::rig::summary()
        }],
        ..Transaction::default()
    };
    let host = site.start(transaction).wait(60).host(site.host);
    assert_eq!(host["error"]["code"], "verify-failed", "{host:#}");
    site.idle();
    site.inside("rm /etc/app/way");
    site.whole("rolled-back", "verify-failed");
}

/// On an overlay, of a directory of a lower layer rename(2) says EXDEV, and mv would copy it.
fn lower_layer(site: &Site<'_>) {
    site.inside(
        "set -e; mkdir /tmp/layers /srv/layered; mount -t tmpfs tmpfs /tmp/layers; cd /tmp/layers; \
         mkdir -p lower/below upper work; echo x >lower/below/x; \
         mount -t overlay overlay -o lowerdir=lower,upperdir=upper,workdir=work,redirect_dir=off /srv/layered",
    );
    let path = RemotePath::new("/srv/layered/below");
    let listing = "cd /srv/layered; find . | sort | xargs stat -c '%n %i %a'; cat below/x";
    let before = site.inside(listing);
    let removal = Change::RemoveDirectory { path: path.clone() };
    let summary =
        ItemSummary { place: path.to_string(), operations: vec![removal.told().unwrap()], ..crate::rig::summary() };
    let transaction = Transaction {
        expect: vec![Expect { path: path.clone(), resolved: path, state: PathState::Directory }],
        changes: vec![removal],
        lease_seconds: 60,
        summary: vec![summary],
        ..Transaction::default()
    };
    let came = site.start(transaction).wait(60);
    let host = came.host(site.host);
    assert_eq!((&host["status"], &host["error"]["code"]), (&"rolled-back".into(), &"switch-failed".into()), "{host:#}");
    site.idle();
    assert_eq!(site.inside(listing), before);
    site.inside("umount /srv/layered /tmp/layers; rmdir /srv/layered /tmp/layers");
    site.whole("rolled-back", "switch-failed");
}
