//! Each way in which a host can't be reached has its own code.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

use fleet::ssh::{Ssh, SshError, SshErrorKind};
use rustix::process::Signal;

use crate::lab::{LIMIT, Lab, User, eventually, exec, host, keygen, mark, run, runs, signal, with};

async fn fails(ssh: &Ssh, name: &str) -> SshError {
    run(ssh, name, "echo never").await.expect_err("this host can't be reached")
}

#[tokio::test]
async fn hosts_that_do_not_answer() {
    let lab = Lab::new();
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut nameless = lab.target("nameless", 22);
    nameless.address = Some("no-such-host.invalid".to_owned());
    let mut settings = lab.settings();
    settings.connect_timeout = Duration::from_secs(1);
    let ssh = with(
        settings,
        [lab.target("closed", free), lab.target("silent", silent.local_addr().unwrap().port()), nameless],
    );

    let error = fails(&ssh, "closed").await;
    assert_eq!((error.code(), error.is_unreachable()), ("refused", true), "{error:?}");
    assert_eq!(fails(&ssh, "nameless").await.code(), "name-not-found");
    let started = Instant::now();
    let error = fails(&ssh, "silent").await;
    assert_eq!(error.code(), "timed-out", "{error:?}");
    assert!(started.elapsed() < Duration::from_secs(4));
    assert_eq!(fails(&ssh, "stranger").await.code(), "unknown-target");
    assert!(lab.sockets().is_empty(), "{:?}", lab.sockets());
}

#[tokio::test]
async fn keys_that_do_not_fit() {
    let lab = Lab::new();
    let sshd = lab.sshd("web", "");
    let mut wrong = lab.target("web", sshd.port);
    keygen(&lab.path("wrong"));
    wrong.identity = Some(lab.path("wrong"));
    let error = fails(&lab.ssh([wrong]), "web").await;
    assert_eq!(error.code(), "authentication", "{error:?}");
    assert!(error.said.contains("Permission denied (publickey)"), "{error:?}");
    let refused = || sshd.log().matches("closed by authenticating user").count();
    eventually("sshd has noticed", || refused() > 0);
    assert_eq!(refused(), 1, "authentication is not tried again");

    let error = fails(&lab.ssh([lab.target("unknown", sshd.port)]), "unknown").await;
    assert_eq!(error.code(), "host-key-unknown", "{error:?}");
    assert!(error.hint().contains("fleet hosts trust unknown"));

    let ssh = lab.ssh([lab.target("web", sshd.port)]);
    run(&ssh, "web", ":").await.unwrap();
    ssh.disconnect(&host("web")).await.unwrap();
    let other = fs::read_to_string(lab.path("wrong.pub")).unwrap();
    fs::write(lab.path("known"), format!("web {other}")).unwrap();
    let error = fails(&ssh, "web").await;
    assert_eq!(error.code(), "host-key-changed", "{error:?}");
    let mut lax = lab.target("web", sshd.port);
    lax.options.insert("StrictHostKeyChecking".to_owned(), "no".to_owned());
    let error = fails(&lab.ssh([lax]), "web").await;
    assert_eq!(error.code(), "ssh-option", "{error:?}");
}

#[tokio::test]
async fn logins_that_run_no_script() {
    let lab = Lab::new();
    let sshd = lab.sshd("web", "");
    let plain = User::new(&lab, "nosudo", "/bin/sh", &[]);
    let locked = User::new(&lab, "nologin", "/usr/sbin/nologin", &[]);
    let target = |name: &str, user: &str, sudo| {
        lab.trust(name, &sshd);
        let mut target = lab.target(name, sshd.port);
        (target.user, target.sudo) = (Some(user.to_owned()), sudo);
        target
    };
    let ssh = lab.ssh([
        target("plain", &plain.name, true),
        target("locked", &locked.name, false),
        target("root", "root", true),
    ]);
    let error = fails(&ssh, "plain").await;
    assert_eq!((error.code(), error.is_unreachable()), ("no-sudo", false), "{error:?}");
    assert!(error.said.contains("sudo"), "{error:?}");
    let error = fails(&ssh, "locked").await;
    assert_eq!(error.code(), "no-shell", "{error:?}");
    assert!(error.said.contains("not available"), "{error:?}");
    let (_, out, _) = run(&ssh, "root", "id -u; echo $SUDO_USER").await.unwrap();
    assert_eq!(out, "0\nroot\n");
}

#[tokio::test]
async fn a_connection_that_ends_while_running() {
    let lab = Lab::new();
    let sshd = lab.sshd("web", "");
    let ssh = lab.ssh([lab.target("web", sshd.port)]);
    // The parent of the remote shell is the sshd process of this connection.
    let error = run(&ssh, "web", "kill -9 $PPID; sleep 5").await.expect_err("its sshd is gone");
    assert_eq!((error.code(), error.is_unreachable()), ("connection-lost", false), "{error:?}");
    let (exit, out, _) = run(&ssh, "web", "echo back").await.unwrap();
    assert_eq!((exit.code, out.as_str(), sshd.logins()), (Some(0), "back\n", 2));
    // Not the same: the script alone dies.
    let (exit, ..) = run(&ssh, "web", "kill -9 $$").await.unwrap();
    assert_eq!((exit.code, sshd.logins()), (None, 2));
}

#[tokio::test]
async fn a_lost_connection_leaves_no_orphan() {
    let lab = Lab::new();
    let sshd = lab.sshd("web", "");
    let ssh = lab.ssh([lab.target("web", sshd.port)]);
    let (_, out, _) = run(&ssh, "web", "echo $PPID").await.unwrap();
    let mark = mark();
    let command = ["sleep", &mark];
    let lost = async {
        while !runs(&mark) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        signal(out.trim().parse().unwrap(), Signal::KILL);
    };
    let (result, ()) = tokio::join!(exec(&ssh, "web", &command, LIMIT), lost);
    assert_eq!(result.expect_err("its sshd is gone").code(), "connection-lost");
    eventually("the command ended with its connection", || !runs(&mark));
}

#[tokio::test]
async fn a_connection_that_hangs_is_replaced() {
    let lab = Lab::new();
    let sshd = lab.sshd("web", "");
    let mut settings = lab.settings();
    settings.connect_timeout = Duration::from_secs(1);
    let ssh = with(settings, [lab.target("web", sshd.port)]);
    let (_, out, _) = run(&ssh, "web", "echo $PPID").await.unwrap();
    let stuck = out.trim().parse().unwrap();
    signal(stuck, Signal::STOP);
    let (ended, out, _) = exec(&ssh, "web", &["echo", "new"], Duration::from_secs(5)).await.unwrap();
    assert!(ended.is_some() && out == b"new\n");
    assert_eq!(sshd.logins(), 2);
    signal(stuck, Signal::KILL);
}

#[tokio::test]
async fn control_directories_of_others() {
    let lab = Lab::new();
    let sshd = lab.sshd("web", "");
    fs::create_dir(lab.path("c")).unwrap();
    fs::set_permissions(lab.path("c"), fs::Permissions::from_mode(0o777)).unwrap();
    let error = fails(&lab.ssh([lab.target("web", sshd.port)]), "web").await;
    assert!(matches!(error.kind, SshErrorKind::ControlDir { .. }), "{error:?}");
    assert_eq!((error.code(), sshd.logins()), ("control-dir", 0));
}
