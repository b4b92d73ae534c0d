//! Connections stay open, are found again, shared, replaced, paced and closed.

use std::process::Stdio;
use std::time::{Duration, Instant};
use std::{env, fs};

use fleet::ssh::UserConfig;
use futures_util::future::join_all;
use rustix::process::Signal;

use crate::lab::{LIMIT, Lab, Sshd, eventually, exec, host, mark, run, runs, signal, with};

/// Not a test: what [`Lab::other_process`] runs.
#[tokio::test]
#[ignore = "started by other tests as a process of its own"]
async fn another_fleet_process() {
    let Some(dir) = env::var_os("FLEET_TEST_LAB") else {
        return;
    };
    let lab = std::mem::ManuallyDrop::new(Lab { dir: tempfile::Builder::new().prefix("unused").tempdir().unwrap() });
    let name = env::var("FLEET_TEST_NAME").unwrap();
    let mut target = lab.target(&name, env::var("FLEET_TEST_PORT").unwrap().parse().unwrap());
    let dir = std::path::PathBuf::from(dir);
    target.identity = Some(dir.join("id"));
    let mut settings = lab.settings();
    (settings.known_hosts, settings.control_dir) = (dir.join("known"), dir.join("c"));
    fs::remove_dir(lab.dir.path()).unwrap();
    let ssh = with(settings, [target]);
    let command = env::var("FLEET_TEST_COMMAND").unwrap();
    let (ended, ..) = exec(&ssh, &name, &["sh", "-c", &command], Duration::from_secs(100)).await.unwrap();
    assert_eq!(ended, Some(fleet::ssh::Ended::Exit(0)));
}

#[tokio::test]
async fn a_connection_serves_every_process() {
    let lab = Lab::new();
    let sshd = lab.sshd("web", "");
    let started = Instant::now();
    // Its stdout and stderr are pipes that end with it, though the master lives on.
    let output = lab.other_process(&sshd, "true").output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert!(started.elapsed() < Duration::from_secs(10));
    let ssh = lab.ssh([lab.target("web", sshd.port)]);
    assert!(ssh.connect(&host("web")).await.unwrap().reused);
    run(&ssh, "web", ":").await.unwrap();
    run(&ssh, "web", ":").await.unwrap();
    assert_eq!(sshd.logins(), 1);

    let open = ssh.connections().await.unwrap();
    assert_eq!(open.len(), 1);
    assert!(open[0].alive && open[0].host == Some(host("web")) && open[0].age < LIMIT, "{open:?}");
    // A Ctrl-C on our terminal doesn't reach it: another session.
    assert_ne!(session_of(&open[0].pid.unwrap().to_string()), session_of("self"));

    assert!(ssh.disconnect(&host("web")).await.unwrap());
    assert!(!ssh.disconnect(&host("web")).await.unwrap());
    assert!(lab.sockets().is_empty() && ssh.connections().await.unwrap().is_empty());
    run(&ssh, "web", ":").await.unwrap();
    assert_eq!((sshd.logins(), ssh.disconnect_all().await.unwrap()), (2, 1));
}

/// From `/proc` (proc(5)), since `getsid(2)` of rustix panics at 0: a leader outside of our PID namespace.
fn session_of(process: &str) -> u32 {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    stat.rsplit_once(')').unwrap().1.split_whitespace().nth(3).unwrap().parse().unwrap()
}

#[tokio::test]
async fn racing_processes_share_one_login() {
    let lab = Lab::new();
    let sshd = lab.sshd("web", "");
    let mut others: Vec<_> =
        (0..4).map(|_| lab.other_process(&sshd, "true").stdout(Stdio::null()).spawn().unwrap()).collect();
    for other in &mut others {
        assert!(other.wait().unwrap().success());
    }
    assert_eq!(sshd.logins(), 1);
    assert_eq!(lab.sockets().len(), 1, "{:?}", lab.sockets());
}

#[tokio::test]
async fn dead_masters_are_replaced_and_leave_nothing() {
    let lab = Lab::new();
    let sshd = lab.sshd("web", "");
    let ssh = lab.ssh([lab.target("web", sshd.port)]);
    run(&ssh, "web", ":").await.unwrap();
    let pid = ssh.connections().await.unwrap()[0].pid.unwrap();
    signal(pid, Signal::KILL);
    eventually("the master is gone", || {
        fs::read_to_string(format!("/proc/{pid}/stat")).map_or(true, |stat| stat.contains(") Z"))
    });
    assert_eq!(lab.sockets().len(), 1, "its socket is still there");
    run(&ssh, "web", ":").await.unwrap();
    assert_eq!(sshd.logins(), 2);

    let pid = ssh.connections().await.unwrap()[0].pid.unwrap();
    signal(pid, Signal::KILL);
    eventually("the master is gone", || {
        fs::read_to_string(format!("/proc/{pid}/stat")).map_or(true, |stat| stat.contains(") Z"))
    });
    assert!(lab.ssh([]).connections().await.unwrap().is_empty());
    assert!(lab.sockets().is_empty(), "{:?}", lab.sockets());
}

#[tokio::test]
async fn an_idle_connection_closes_by_itself() {
    let lab = Lab::new();
    let sshd = lab.sshd("web", "");
    let mut settings = lab.settings();
    settings.persist = Duration::from_secs(1);
    let ssh = with(settings, [lab.target("web", sshd.port)]);
    // While something runs it is not idle.
    let (exit, ..) = run(&ssh, "web", "sleep 3").await.unwrap();
    assert_eq!(exit.code, Some(0));
    eventually("the socket is gone", || lab.sockets().is_empty());
    run(&ssh, "web", ":").await.unwrap();
    assert_eq!(sshd.logins(), 2);
}

#[tokio::test]
async fn a_killed_client_leaves_no_orphan() {
    let lab = Lab::new();
    let sshd = lab.sshd("web", "");
    let mark = mark();
    let command = format!("(trap '' TERM; sleep {mark}) & sleep {mark}; wait");
    let mut other = lab.other_process(&sshd, &command).stdout(Stdio::null()).spawn().unwrap();
    eventually("the command runs", || runs(&mark));
    other.kill().unwrap();
    other.wait().unwrap();
    eventually("the command ended with its client", || !runs(&mark));
    let ssh = lab.ssh([lab.target("web", sshd.port)]);
    run(&ssh, "web", ":").await.unwrap();
    assert_eq!((sshd.logins(), lab.sockets().len()), (1, 1), "{:?}", lab.sockets());
}

#[tokio::test]
async fn drops_beyond_max_startups_are_tried_again() {
    let lab = Lab::new();
    let sshd = lab.sshd("web", "MaxStartups 1:100:1");
    let names: Vec<String> = (0..12).map(|n| format!("web{n}")).collect();
    let targets: Vec<_> = names
        .iter()
        .map(|name| {
            lab.trust(name, &sshd);
            lab.target(name, sshd.port)
        })
        .collect();
    let ssh = lab.ssh(targets);
    for result in join_all(names.iter().map(|name| run(&ssh, name, "echo ok"))).await {
        assert_eq!(result.unwrap().1, "ok\n");
    }
    assert_eq!(sshd.logins(), 12);
    assert!(
        sshd.log().contains("beginning MaxStartups throttling") || sshd.log().contains("drop connection"),
        "nothing was dropped"
    );
}

#[tokio::test]
async fn sessions_beyond_max_sessions_wait() {
    let lab = Lab::new();
    let sshd = lab.sshd("web", "MaxSessions 1");
    let ssh = lab.ssh([lab.target("web", sshd.port)]);
    for result in join_all((0..6).map(|_| run(&ssh, "web", "sleep 0.2; echo ok"))).await {
        assert_eq!(result.unwrap().1, "ok\n");
    }
    assert_eq!(sshd.logins(), 1);
    // Those of another process are not ours to wait for.
    let mut other = lab.other_process(&sshd, "sleep 20").stdout(Stdio::null()).spawn().unwrap();
    let mut settings = lab.settings();
    settings.connect_timeout = Duration::from_secs(1);
    let ssh = with(settings, [lab.target("web", sshd.port)]);
    eventually("the other one is in", || sshd.log().matches("Starting session").count() == 7);
    for result in join_all((0..3).map(|_| run(&ssh, "web", ":"))).await {
        let error = result.expect_err("no session is left");
        assert_eq!(error.code(), "session-refused", "{error:?}");
    }
    other.kill().unwrap();
    other.wait().unwrap();
}

/// A user's configuration: two hosts behind a jump host that the inventory doesn't know.
fn jump_config(lab: &Lab, gate: &Sshd, inner: &Sshd, gate_known: &str) -> UserConfig {
    // The first value counts in ssh's configuration.
    let text = format!(
        "Host gate\n  HostName 127.0.0.1\n  Port {}\n  HostKeyAlias gate\n  UserKnownHostsFile {gate_known}\n\
         Host in-shut\n  Port 1\n\
         Host in-by-command\n  ProxyCommand ssh -F {config} -o BatchMode=yes -W %h:%p gate\n  ProxyJump none\n\
         Host in-*\n  HostName 127.0.0.1\n  Port {}\n  ProxyJump gate\n  RemoteCommand echo interactive\n  RequestTTY force\n\
         Host *\n  User root\n  IdentityFile {}\n",
        gate.port,
        inner.port,
        lab.path("id").display(),
        config = lab.path("config").display(),
    );
    fs::write(lab.path("config"), text).unwrap();
    UserConfig::File(lab.path("config"))
}

#[tokio::test]
async fn jump_hosts_of_the_users_configuration_are_shared() {
    let lab = Lab::new();
    let gate = lab.sshd("gate", "");
    let inner = lab.sshd("in-0", "");
    let mut settings = lab.settings();
    settings.user_config = jump_config(&lab, &gate, &inner, &lab.path("known").display().to_string());
    let names: Vec<String> = (0..3).map(|n| format!("in-{n}")).collect();
    let mut targets = vec![fleet::ssh::Target::new(host("in-shut")), fleet::ssh::Target::new(host("in-by-command"))];
    for name in &names {
        lab.trust(name, &inner);
        targets.push(fleet::ssh::Target::new(host(name)));
    }
    let ssh = with(settings.clone(), targets.clone());
    for result in join_all(names.iter().map(|name| run(&ssh, name, "echo $SSH_CONNECTION; hostname >/dev/null"))).await
    {
        assert!(result.unwrap().1.ends_with(&format!("127.0.0.1 {}\n", inner.port)));
    }
    assert_eq!((gate.logins(), inner.logins()), (1, 3));
    assert_eq!(ssh.connections().await.unwrap().len(), 4);
    assert_eq!(lab.sockets().len(), 4, "no log and no lock stays: {:?}", lab.sockets());
    // A jump host's master that dies takes those behind it along; the next run opens all of it again.
    let gate_socket = ssh.connections().await.unwrap().into_iter().find(|open| open.host.is_none());
    signal(gate_socket.unwrap().pid.unwrap(), Signal::KILL);
    tokio::time::sleep(Duration::from_millis(300)).await;
    run(&ssh, "in-1", ":").await.unwrap();
    assert_eq!((gate.logins(), inner.logins()), (2, 4));
    lab.trust("in-by-command", &inner);
    run(&ssh, "in-by-command", ":").await.unwrap();
    assert_eq!((gate.logins(), inner.logins()), (3, 5), "the user's own ProxyCommand is left alone");
    let error = run(&ssh, "in-shut", ":").await.expect_err("nothing listens behind the jump host");
    assert_eq!(error.code(), "refused", "{error:?}");
    // Its keys can be seen through the jump host, too.
    let keys = ssh.scan(&host("in-1"), LIMIT).await.unwrap();
    assert_eq!(keys.iter().map(|key| key.fingerprint.clone()).collect::<Vec<_>>(), [inner.fingerprint()]);
    ssh.disconnect_all().await.unwrap();

    settings.user_config = jump_config(&lab, &gate, &inner, "/dev/null");
    let error = run(&with(settings, targets), "in-0", ":").await.expect_err("the jump host is not known");
    assert_eq!((error.code(), error.via.as_deref()), ("host-key-unknown", Some("gate")), "{error:?}");
    assert!(error.hint().contains("ssh gate"));
}

#[tokio::test]
async fn jump_hosts_in_a_circle_are_an_error() {
    let lab = Lab::new();
    let mut targets = Vec::new();
    for (name, jump) in [("a", "b"), ("b", "c"), ("c", "a"), ("self", "self")] {
        let mut target = lab.target(name, 1);
        target.options.insert("ProxyJump".to_owned(), jump.to_owned());
        targets.push(target);
    }
    let mut settings = lab.settings();
    settings.connect_timeout = Duration::from_secs(1);
    settings.login_timeout = Duration::from_secs(1);
    let ssh = with(settings, targets);
    for name in ["a", "self"] {
        let error = run(&ssh, name, ":").await.expect_err("there is no way in");
        assert!(error.said.contains("circle"), "{error:?}");
    }
    for result in join_all(["a", "b", "c"].map(|name| run(&ssh, name, ":"))).await {
        result.expect_err("there is no way in, and nobody waits for ever");
    }
    assert!(lab.sockets().is_empty(), "{:?}", lab.sockets());
}

#[tokio::test]
async fn keys_come_from_an_agent_too() {
    let lab = Lab::new();
    let sshd = lab.sshd("web", "");
    let socket = lab.path("agent");
    let mut agent =
        std::process::Command::new("ssh-agent").args(["-D", "-a"]).arg(&socket).stdout(Stdio::null()).spawn().unwrap();
    eventually("the agent listens", || socket.exists());
    let mut add = std::process::Command::new("ssh-add");
    add.arg("-q").arg(lab.path("id")).env("SSH_AUTH_SOCK", &socket);
    assert!(add.status().unwrap().success());
    let mut target = lab.target("web", sshd.port);
    target.identity = None;
    target.options.insert("IdentityAgent".to_owned(), socket.display().to_string());
    let result = run(&lab.ssh([target]), "web", "echo in").await;
    agent.kill().unwrap();
    agent.wait().unwrap();
    assert_eq!(result.unwrap().1, "in\n");
}

#[tokio::test]
async fn a_login_that_outlives_its_client_is_waited_for() {
    let lab = Lab::new();
    let sshd = lab.sshd("web", "");
    signal(sshd.pid(), Signal::STOP);
    let mut other = lab.other_process(&sshd, "true").stdout(Stdio::null()).spawn().unwrap();
    let socket = || lab.path("c").join(lab.sockets()[0].split('.').next().unwrap());
    eventually("it connects", || {
        lab.path("c").exists() && !lab.sockets().is_empty() && runs(&socket().display().to_string())
    });
    other.kill().unwrap();
    other.wait().unwrap();
    let ssh = lab.ssh([lab.target("web", sshd.port)]);
    let go_on = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        signal(sshd.pid(), Signal::CONT);
    };
    let web = host("web");
    let (connected, ()) = tokio::join!(ssh.connect(&web), go_on);
    assert!(connected.unwrap().reused);
    assert_eq!((sshd.logins(), lab.sockets().len()), (1, 1));
}
