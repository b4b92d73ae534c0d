//! The lab against the real thing: containers, network, SSH. Needs root, and the network once for the images.
#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use fleet::lab::{HostSpec, HostState, Lab, LabEvent};
use fleet::names::{HostName, UnitName};

fn host(name: &str) -> HostName {
    HostName::new(name)
}

fn spec(name: &str) -> HostSpec {
    HostSpec { name: host(name), packages: BTreeSet::new(), trees: Vec::new(), setup: Vec::new() }
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// Takes the lab down however the test ends.
struct Guard(Lab);

impl Guard {
    fn new(name: &str) -> Self {
        let lab = Lab::named(&format!("{name}-{}", std::process::id())).unwrap();
        Self(lab)
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if let Err(error) = block_on(self.0.down(&mut |_| {})) {
            assert!(std::thread::panicking(), "down failed: {error}");
        }
    }
}

async fn up(lab: &Lab, specs: &[HostSpec]) -> Vec<LabEvent> {
    let mut events = Vec::new();
    let status = lab.up(specs, &mut |event| events.push(event)).await.unwrap();
    assert_eq!(status.hosts.len(), specs.len());
    for (host, status) in &status.hosts {
        assert_eq!(status.state, HostState::Running, "{host}");
    }
    events
}

async fn inside(lab: &Lab, name: &str, script: &str) -> String {
    let output = lab.run_inside(&host(name), &["sh", "-c", script]).await.unwrap();
    assert!(output.status.success(), "{script}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Plain `ssh` with strict host keys from `access`.
fn ssh(lab: &Lab, name: &str, script: &str) -> Result<String, String> {
    let access = &lab.access().unwrap()[name];
    let dir = tempfile::tempdir().unwrap();
    let known_hosts = dir.path().join("known_hosts");
    let lines: Vec<_> = access.host_keys.iter().map(|key| format!("{} {key}\n", access.address)).collect();
    fs::write(&known_hosts, lines.concat()).unwrap();
    let output = Command::new("ssh")
        .args(["-F", "none", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes", "-o", "ConnectTimeout=3"])
        .args(["-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none", "-o"])
        .arg(format!("UserKnownHostsFile={}", known_hosts.display()))
        .arg("-i")
        .arg(&access.identity_file)
        .args(["-p", &access.port.to_string(), &format!("{}@{}", access.user, access.address), script])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    if output.status.success() {
        Ok(String::from_utf8(output.stdout).unwrap().trim().to_owned())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

/// Everything on this machine that bears the lab's id or its interface, by kind.
fn traces(lab: &Lab, interface: &str) -> Vec<&'static str> {
    let id = lab.id();
    let mut found = Vec::new();
    let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap();
    if mounts.contains(id) {
        found.push("mount");
    }
    // A network namespace without a mount lives in a process or not at all.
    if mounts.lines().any(|line| line.contains(id) && line.contains(" - nsfs ")) {
        found.push("namespace");
    }
    if Path::new("/sys/class/net").join(interface).exists() {
        found.push("link");
    }
    let groups = Command::new("find").args(["/sys/fs/cgroup", "-type", "d", "-path", &format!("*{id}*")]).output();
    if !groups.unwrap().stdout.is_empty() {
        found.push("cgroup");
    }
    let of_lab = |pid: &Path| {
        let cmdline = fs::read(pid.join("cmdline")).unwrap_or_default();
        let cgroup = fs::read_to_string(pid.join("cgroup")).unwrap_or_default();
        // A zombie is its parent's to reap: no process, but the number of one.
        let zombie = fs::read_to_string(pid.join("stat")).unwrap_or_default().contains(") Z ");
        !zombie && (String::from_utf8_lossy(&cmdline).contains(id) || cgroup.contains(id))
    };
    if fs::read_dir("/proc").unwrap().flatten().any(|process| of_lab(&process.path())) {
        found.push("process");
    }
    if Path::new("/var/lib/fleet-lab").join(id).exists() {
        found.push("state");
    }
    let tag = interface.strip_prefix("fleet-").unwrap();
    let propagate = fs::read_dir("/run/systemd/nspawn/propagate").into_iter().flatten().flatten();
    if propagate.into_iter().any(|entry| entry.file_name().to_string_lossy().contains(tag)) {
        found.push("nspawn");
    }
    if Path::new("/run/fleet-lab").join(format!("{id}.lock")).exists() {
        found.push("lock");
    }
    found
}

fn interface(events: &[LabEvent]) -> String {
    let name = events.iter().find_map(|event| match event {
        LabEvent::Network { interface, .. } => Some(interface.clone()),
        _ => None,
    });
    name.unwrap()
}

fn firewall_and_forwarding() -> Vec<String> {
    let files = ["/proc/sys/net/ipv4/ip_forward", "/etc/resolv.conf", "/etc/hosts"];
    let mut state: Vec<_> = files.iter().map(|file| fs::read_to_string(file).unwrap_or_default()).collect();
    if let Ok(output) = Command::new("nft").args(["list", "ruleset"]).output() {
        state.push(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    state
}

fn write(path: &Path, text: &str) -> PathBuf {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
    path.to_owned()
}

#[test]
fn three_hosts_live_and_leave_nothing() {
    let guard = Guard::new("three");
    block_on(three_hosts(&guard.0));
}

async fn three_hosts(lab: &Lab) {
    let before = firewall_and_forwarding();
    let files = tempfile::tempdir().unwrap();
    let tree = files.path().join("tree");
    write(&tree.join("etc/systemd/logind.conf.d/kill.conf"), "[Login]\nKillUserProcesses=yes\n");
    // The second tree goes through an absolute link of the host, which must not lead to this machine.
    let canary = format!("/srv/fleet-canary-{}", std::process::id());
    write(&tree.join(&canary[1..]).join("first"), "x\n");
    fs::create_dir(tree.join("opt")).unwrap();
    std::os::unix::fs::symlink(&canary, tree.join("opt/link")).unwrap();
    let setup = write(
        &files.path().join("setup"),
        "#!/bin/bash\nset -euo pipefail\nuseradd --create-home mastodon\nhostname > /etc/setup-ran\nsystemctl mask cron.service\n",
    );
    let second = write(&files.path().join("second"), "test -e /etc/setup-ran && chown mastodon /opt/link/file\n");
    let over = files.path().join("over");
    write(&over.join("opt/link/file"), "inside\n");
    let mut a = spec("alpha");
    a.packages.insert("nginx-light".into());
    a.trees = vec![tree, over];
    a.setup = vec![setup, second];
    let specs = [a, spec("beta_1"), spec("gamma")];

    let events = up(lab, &specs).await;
    let interface = interface(&events);
    let all = ["mount", "namespace", "link", "cgroup", "process", "state", "nspawn", "lock"];
    assert_eq!(traces(lab, &interface), all, "the search for traces finds a lab that is up");

    // Each is a host of its own.
    let state =
        ssh(lab, "alpha", "hostname; systemctl is-system-running; systemctl --failed --plain --no-legend").unwrap();
    assert_eq!(state, "alpha\nrunning");
    assert_eq!(
        ssh(lab, "beta_1", "hostname; getent hosts beta_1 | cut -d' ' -f1").unwrap().lines().next(),
        Some("beta-1")
    );
    let access = lab.access().unwrap();
    let keys: BTreeSet<_> = access.values().flat_map(|access| &access.host_keys).collect();
    assert_eq!(keys.len(), 3);
    for (name, access) in &access {
        let resolved = ssh(lab, name.as_str(), "getent ahostsv4 $(hostname) | head -1 | cut -d' ' -f1").unwrap();
        assert_eq!(resolved, access.address.to_string());
    }
    assert_eq!(fs::metadata(&access["alpha"].identity_file).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(ssh(lab, "alpha", "cat /proc/self/cgroup").unwrap().contains("session-"), "libpam-systemd works");
    ssh(lab, "gamma", "ping -c 1 -W 2 alpha && curl -sf http://alpha/ >/dev/null").unwrap();
    // Packages, trees and set-up scripts are where they were asked for, and only there.
    assert_eq!(
        inside(lab, "alpha", "systemctl is-active nginx; cat /etc/setup-ran; stat -c '%U %a' /home/mastodon /etc /")
            .await,
        "active\nalpha\nmastodon 755\nroot 755\nroot 755"
    );
    assert_eq!(
        inside(
            lab,
            "alpha",
            &format!("stat -c '%U:%G %a' {canary}/first {canary}/file; systemctl is-enabled cron.service || :")
        )
        .await,
        "root:root 644\nmastodon:root 644\nmasked"
    );
    assert_eq!(
        inside(lab, "beta_1", "command -v nginx; id mastodon 2>/dev/null; ls /etc/setup-ran 2>/dev/null; :").await,
        ""
    );
    assert!(inside(lab, "alpha", "busctl get-property org.freedesktop.login1 /org/freedesktop/login1 org.freedesktop.login1.Manager KillUserProcesses").await.ends_with("true"));

    faults_are_repaired(lab, &specs, &interface).await;

    // Specified otherwise: made anew. No longer specified: removed.
    let old = lab.access().unwrap()["beta_1"].host_keys.clone();
    let mut changed = specs[..2].to_vec();
    changed[1].setup = vec![write(&files.path().join("new"), "touch /etc/new\n")];
    let events = up(lab, &changed).await;
    assert!(events.contains(&LabEvent::HostRemoved { host: host("gamma") }));
    assert_ne!(lab.access().unwrap()["beta_1"].host_keys, old);
    ssh(lab, "beta_1", "test -e /etc/new && test ! -e /root/kept && ! getent hosts gamma").unwrap();

    lab.down(&mut |_| {}).await.unwrap();
    assert_eq!(traces(lab, &interface), [""; 0]);
    assert!(lab.status().await.unwrap().hosts.is_empty());
    assert_eq!(lab.access().unwrap_err().code(), "lab-down");
    lab.down(&mut |_| {}).await.unwrap();
    assert_eq!(firewall_and_forwarding(), before);
    assert!(!Path::new(&canary).exists());
}

async fn faults_are_repaired(lab: &Lab, specs: &[HostSpec], interface: &str) {
    // A second `up` touches nothing.
    let leaders = |lab: &Lab| ["alpha", "beta_1", "gamma"].map(|name| lab.leader_of(&host(name)).unwrap());
    let first = leaders(lab);
    assert!(first.iter().all(Option::is_some));
    let events = up(lab, specs).await;
    assert!(!events.iter().any(|event| matches!(event, LabEvent::HostBooting { .. } | LabEvent::HostRepairing { .. })));
    assert_eq!(leaders(lab), first);

    // Killed, found out, repaired; its disk stays.
    inside(lab, "beta_1", "echo kept > /root/kept; chattr +i /root/kept").await;
    lab.kill_host(&host("beta_1")).await.unwrap();
    assert_eq!(lab.status().await.unwrap().hosts["beta_1"].state, HostState::Stopped);
    assert!(ssh(lab, "beta_1", "true").is_err());
    assert_eq!(fs::read_to_string(lab.root_of(&host("beta_1")).join("root/kept")).unwrap(), "kept\n");
    up(lab, specs).await;
    assert_eq!(ssh(lab, "beta_1", "cat /root/kept").unwrap(), "kept");
    assert_eq!(leaders(lab)[0], first[0], "the others were left alone");

    // Killed by hand, the way a test or a user would.
    let status = Command::new("kill").args(["-9", &leaders(lab)[2].unwrap().to_string()]).status().unwrap();
    assert!(status.success());
    up(lab, specs).await;
    // Clean stop and boot.
    lab.stop_host(&host("gamma")).await.unwrap();
    assert_eq!(lab.boot_host(&host("gamma")).await.unwrap(), HostState::Running);
    assert_eq!(inside(lab, "gamma", "journalctl --list-boots | wc -l").await, "4");

    // A pulled cable.
    lab.link(&host("gamma"), false).await.unwrap();
    assert!(ssh(lab, "gamma", "true").is_err());
    assert!(matches!(lab.status().await.unwrap().hosts["gamma"].state, HostState::Broken { .. }));
    lab.link(&host("gamma"), true).await.unwrap();
    ssh(lab, "gamma", "true").unwrap();
    lab.link(&host("gamma"), false).await.unwrap();
    up(lab, specs).await;
    ssh(lab, "gamma", "true").unwrap();

    // The switch lost: every host comes back without a boot.
    let before_loss = leaders(lab);
    assert!(Command::new("ip").args(["link", "del", interface]).status().unwrap().success());
    up(lab, specs).await;
    assert_eq!(leaders(lab), before_loss);
    ssh(lab, "alpha", "true").unwrap();
}

/// The process that [`killed_at_any_moment`] kills; does nothing by itself.
#[test]
#[ignore = "runs only as a child of another test"]
fn child() {
    let Ok(work) = std::env::var("FLEET_LAB_TEST_CHILD") else {
        return;
    };
    let (verb, name) = work.split_once(' ').unwrap();
    let (name, packages) = name.split_once(' ').unwrap_or((name, ""));
    let mut one = spec("one");
    one.packages = packages.split_whitespace().map(ToOwned::to_owned).collect();
    let lab = Lab::named(name).unwrap();
    block_on(async {
        if verb == "up" {
            lab.up(&[one, spec("two")], &mut |_| {}).await.unwrap();
        } else {
            lab.down(&mut |_| {}).await.unwrap();
        }
    });
}

fn start(verb: &str, lab: &Lab) -> std::process::Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child", "--ignored"])
        .env("FLEET_LAB_TEST_CHILD", format!("{verb} {}", lab.id().strip_prefix("n-").unwrap()))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
fn killed_at_any_moment() {
    let guard = Guard::new("killed");
    let lab = &guard.0;
    let specs = [spec("one"), spec("two")];
    block_on(async {
        // How long each takes here, and the images.
        let interface = interface(&up(lab, &specs).await);
        lab.down(&mut |_| {}).await.unwrap();
        let clock = Instant::now();
        assert!(start("up", lab).wait().unwrap().success());
        let up_takes = clock.elapsed();
        let clock = Instant::now();
        assert!(start("down", lab).wait().unwrap().success());
        let down_takes = clock.elapsed();
        assert_eq!(traces(lab, &interface), [""; 0]);

        for step in 1..=12u32 {
            kill_after("up", lab, up_takes * step / 13).await;
            if step % 2 == 0 {
                up(lab, &specs).await;
                ssh(lab, "one", "true").unwrap();
                ssh(lab, "two", "true").unwrap();
            }
            kill_after("down", lab, down_takes * (step % 7) / 7).await;
            if step % 3 == 0 {
                up(lab, &specs).await;
                ssh(lab, "two", "true").unwrap();
            }
            lab.down(&mut |_| {}).await.unwrap();
            assert_eq!(traces(lab, &interface), [""; 0], "killed in step {step}");
        }
    });
}

async fn kill_after(verb: &str, lab: &Lab, delay: Duration) {
    let mut child = start(verb, lab);
    tokio::time::sleep(delay).await;
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn two_at_once_and_a_bad_specification() {
    let guard = Guard::new("both");
    let lab = &guard.0;
    let specs = [spec("one")];
    block_on(async {
        tokio::join!(up(lab, &specs), up(lab, &specs));
        ssh(lab, "one", "true").unwrap();

        let error = lab.up(&[spec("one"), spec("one")], &mut |_| {}).await.unwrap_err();
        assert_eq!(error.code(), "lab-bad-spec");
        let mut bad = spec("one");
        bad.packages.insert("--help".into());
        assert_eq!(lab.up(&[bad], &mut |_| {}).await.unwrap_err().code(), "lab-bad-spec");
        assert_eq!(lab.kill_host(&host("none")).await.unwrap_err().code(), "lab-no-host");

        // A script that fails: its words are in the error, the other host is up, and the next `up` goes on.
        let dir = tempfile::tempdir().unwrap();
        let mut two = spec("two");
        two.setup = vec![write(&dir.path().join("setup"), "echo the reason >&2; exit 3\n")];
        let error = lab.up(&[spec("one"), two], &mut |_| {}).await.unwrap_err();
        assert_eq!(error.code(), "lab-hosts-failed");
        assert!(error.to_string().contains("the reason"), "{error}");
        ssh(lab, "one", "true").unwrap();
        assert!(matches!(lab.status().await.unwrap().hosts["two"].state, HostState::Broken { .. }));
        up(lab, &[spec("one"), spec("two")]).await;

        // A unit that fails is named.
        let mut two = spec("two");
        let unit = "printf '[Service]\\nType=oneshot\\nExecStart=false\\n[Install]\\nWantedBy=multi-user.target\\n' > /etc/systemd/system/ill.service\nsystemctl enable ill\n";
        two.setup = vec![write(&dir.path().join("ill"), unit)];
        let mut events = Vec::new();
        let status = lab.up(&[spec("one"), two], &mut |event| events.push(event)).await.unwrap();
        let ill = vec![UnitName::new("ill.service")];
        assert_eq!(status.hosts["two"].state, HostState::Degraded { failed_units: ill.clone() });
        assert!(
            events.iter().any(|event| matches!(event, LabEvent::HostUp { failed_units, .. } if *failed_units == ill))
        );
        assert_eq!(serde_json::to_value(&status).unwrap()["hosts"]["two"]["state"], "degraded");
        up(lab, &[spec("one"), spec("two")]).await;

        // What a reboot takes: processes, mounts, namespaces, links.
        let keys = |lab: &Lab| lab.access().unwrap().into_values().map(|access| access.host_keys).collect::<Vec<_>>();
        let (before, interface) = (keys(lab), interface(&up(lab, &[spec("one"), spec("two")]).await));
        for name in ["one", "two"] {
            lab.kill_host(&host(name)).await.unwrap();
        }
        let script = format!(
            "ip link del {interface}; grep -F {} /proc/self/mountinfo | cut -d' ' -f5 | xargs umount",
            lab.id()
        );
        assert!(Command::new("sh").args(["-ec", &script]).status().unwrap().success());
        up(lab, &[spec("one"), spec("two")]).await;
        ssh(lab, "two", "true").unwrap();
        assert_eq!(keys(lab), before);

        // A damaged record, of the lab and of a host, and a lost key.
        for lost in ["lab.json", "hosts/one/host.json", "id_ed25519"] {
            write(&Path::new("/var/lib/fleet-lab").join(lab.id()).join(lost), "{");
        }
        fs::remove_file(Path::new("/var/lib/fleet-lab").join(lab.id()).join("id_ed25519")).unwrap();
        up(lab, &[spec("one"), spec("two")]).await;
        ssh(lab, "one", "true").unwrap();
        ssh(lab, "two", "true").unwrap();

        // A package that no source has.
        let mut three = spec("three");
        three.packages.insert("no-such-package".into());
        let error = lab.up(&[three], &mut |_| {}).await.unwrap_err();
        assert!(error.to_string().contains("no-such-package"), "{error}");
        ssh(lab, "one", "true").unwrap();
    });
}

/// Prints what N hosts cost; `FLEET_LAB_HOSTS=60 cargo test --test lab -- --ignored --nocapture many_hosts`.
#[test]
#[ignore = "a measurement: takes memory and a minute"]
#[expect(clippy::print_stderr, reason = "a measurement is there to be read")]
fn many_hosts() {
    let count: usize = std::env::var("FLEET_LAB_HOSTS").map_or(60, |count| count.parse().unwrap());
    let guard = Guard::new("many");
    let lab = &guard.0;
    let specs: Vec<_> = (1..=count).map(|number| spec(&format!("host-{number}"))).collect();
    block_on(async {
        let clock = Instant::now();
        let events = up(lab, &specs).await;
        eprintln!("up of {count} hosts: {:.1} s", clock.elapsed().as_secs_f64());
        eprintln!("memory: {} MiB a host", memory(lab) / count / 1024);
        for event in events.iter().filter(|event| matches!(event, LabEvent::InotifyLimit { .. })) {
            eprintln!("{event:?}");
        }
        for spec in &specs {
            assert_eq!(ssh(lab, spec.name.as_str(), "hostname").unwrap(), spec.name.as_str());
        }
        let clock = Instant::now();
        up(lab, &specs).await;
        eprintln!("up again: {:.1} s", clock.elapsed().as_secs_f64());
        let clock = Instant::now();
        lab.status().await.unwrap();
        eprintln!("status: {:.1} s", clock.elapsed().as_secs_f64());
        let limit = || fs::read_to_string("/proc/sys/fs/inotify/max_user_instances").unwrap();
        let raised = limit();
        let clock = Instant::now();
        lab.down(&mut |_| {}).await.unwrap();
        eprintln!(
            "down: {:.1} s; inotify instances {} then {}",
            clock.elapsed().as_secs_f64(),
            raised.trim(),
            limit().trim()
        );
    });
}

/// KiB that the processes of a lab have in memory, shared pages by their share.
fn memory(lab: &Lab) -> usize {
    let share = |pid: &Path| -> Option<usize> {
        fs::read_to_string(pid.join("cgroup")).ok()?.contains(lab.id()).then_some(())?;
        let text = fs::read_to_string(pid.join("smaps_rollup")).ok()?;
        let line = text.lines().find_map(|line| line.strip_prefix("Pss:"))?;
        line.trim().trim_end_matches(" kB").parse().ok()
    };
    fs::read_dir("/proc").unwrap().flatten().filter_map(|process| share(&process.path())).sum()
}
