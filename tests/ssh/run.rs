//! What scripts and commands print arrives whole, and nothing stays behind.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use fleet::ssh::{Chunk, Ended, Script};

use crate::lab::{LIMIT, Lab, User, eventually, exec, host, mark, run, runs};

#[tokio::test]
async fn streams_stay_apart_and_whole() {
    let lab = Lab::new();
    let sshd = lab.sshd("web", "");
    let ssh = lab.ssh([lab.target("web", sshd.port)]);
    let (exit, out, err) = run(&ssh, "web", "echo out; echo err >&2; echo $LC_ALL; return 127").await.unwrap();
    assert_eq!((exit.code, out.as_str(), err.as_str()), (Some(127), "out\nC\n", "err\n"));
    assert!(exit.noise.is_empty() && exit.noise_bytes == 0 && exit.started_after.is_some(), "{exit:?}");
    // More than every buffer on the way, in both directions at once.
    let data = "0123456789abcde\n".repeat(100_000);
    let script =
        format!("cat <<'END'\n{data}END\ni=0; while [ $i -lt 2000 ]; do printf '%0500d\\n' $i >&2; i=$((i+1)); done");
    let (exit, out, err) = run(&ssh, "web", &script).await.unwrap();
    assert_eq!((exit.code, out.len(), err.len()), (Some(0), data.len(), 2000 * 501));
}

#[tokio::test]
async fn commands_end_with_their_own_status() {
    let lab = Lab::new();
    let sshd = lab.sshd("web", "");
    let ssh = lab.ssh([lab.target("web", sshd.port)]);
    let (ended, out, err) = exec(&ssh, "web", &["sh", "-c", "echo out; echo err >&2; exit 127"], LIMIT).await.unwrap();
    assert_eq!((ended, out.as_slice(), err.as_slice()), (Some(Ended::Exit(127)), &b"out\n"[..], &b"err\n"[..]));
    let (ended, ..) = exec(&ssh, "web", &["sh", "-c", "kill -TERM $$"], LIMIT).await.unwrap();
    assert_eq!(ended.and_then(Ended::signal), Some(15));
    // A background process that keeps stdout open doesn't keep us.
    let started = Instant::now();
    let (ended, out, _) = exec(&ssh, "web", &["sh", "-c", "sleep 8 & echo done"], LIMIT).await.unwrap();
    assert_eq!((ended, out.as_slice()), (Some(Ended::Exit(0)), &b"done\n"[..]));
    assert!(started.elapsed() < Duration::from_secs(7), "{:?}", started.elapsed());
}

#[tokio::test]
async fn the_time_limit_ends_the_remote_process_too() {
    let lab = Lab::new();
    let sshd = lab.sshd("web", "");
    let ssh = lab.ssh([lab.target("web", sshd.port)]);
    let mark = mark();
    let command = format!("(trap '' TERM; sleep {mark}) & echo up; sleep {mark}; wait");
    let started = Instant::now();
    let error = exec(&ssh, "web", &["sh", "-c", &command], Duration::from_secs(1)).await.expect_err("it runs for ever");
    assert_eq!(error.code(), "run-timed-out", "{error:?}");
    assert!(started.elapsed() < Duration::from_secs(8));
    eventually("the command is gone", || !runs(&mark));
    run(&ssh, "web", ":").await.unwrap();
    assert_eq!(sshd.logins(), 1);
}

#[tokio::test]
async fn a_dropped_run_ends_the_remote_process() {
    let lab = Lab::new();
    let sshd = lab.sshd("web", "");
    let ssh = lab.ssh([lab.target("web", sshd.port)]);
    let mark = mark();
    {
        let command = ["sleep", &mark];
        let running = exec(&ssh, "web", &command, LIMIT);
        tokio::pin!(running);
        while !runs(&mark) {
            tokio::select! {
                result = &mut running => panic!("{result:?}"),
                () = tokio::time::sleep(Duration::from_millis(20)) => {}
            }
        }
    }
    eventually("the command is gone", || !runs(&mark));
}

#[tokio::test]
async fn breaking_off_closes_stdin() {
    let lab = Lab::new();
    let sshd = lab.sshd("web", "");
    let ssh = lab.ssh([lab.target("web", sshd.port)]);
    let script = Script::wrap("main() { echo one; while read -r line; do :; done; echo last; return 3; }", "main");
    let mut out = Vec::new();
    let exit = ssh
        .run(&host("web"), &script, LIMIT, &mut |chunk| {
            if let Chunk::Stdout(bytes) = chunk {
                out.extend_from_slice(bytes);
            }
            ControlFlow::Break(())
        })
        .await
        .unwrap();
    // What was under way still comes.
    assert_eq!((exit.code, out.as_slice()), (Some(3), &b"one\nlast\n"[..]));
}

#[tokio::test]
async fn noisy_logins_do_not_reach_the_output() {
    let lab = Lab::new();
    let sshd = lab.sshd("bash", "Banner /etc/hostname");
    lab.trust("csh", &sshd);
    let bash = User::new(
        &lab,
        "noisy",
        "/bin/bash",
        &[(".bashrc", "echo hello from bashrc; echo oops >&2; export LC_ALL=C.UTF-8\n")],
    );
    let csh = User::new(&lab, "csh", "/usr/bin/tcsh", &[(".cshrc", "echo hello from cshrc\n")]);
    let target = |name: &str, user: &User| {
        let mut target = lab.target(name, sshd.port);
        target.user = Some(user.name.clone());
        target
    };
    let ssh = lab.ssh([target("bash", &bash), target("csh", &csh)]);
    for (name, noise) in [("bash", "hello from bashrc\noops"), ("csh", "hello from cshrc")] {
        let (exit, out, err) = run(&ssh, name, "echo \"$LC_ALL\"; echo err >&2").await.unwrap();
        assert_eq!((out.as_str(), err.as_str(), exit.noise.as_str()), ("C\n", "err\n", noise));
    }
    let (ended, out, err) = exec(&ssh, "csh", &["printf", "%s", "$HOME 'a' !x"], LIMIT).await.unwrap();
    assert_eq!((ended, out.as_slice(), err.as_slice()), (Some(Ended::Exit(0)), &b"$HOME 'a' !x"[..], &b""[..]));
    ssh.disconnect_all().await.unwrap();
}

#[tokio::test]
async fn sudo_without_a_password_works_the_same() {
    let lab = Lab::new();
    let sshd = lab.sshd("web", "");
    let user = User::new(&lab, "sudoer", "/bin/bash", &[]);
    user.may_sudo();
    let mut target = lab.target("web", sshd.port);
    (target.user, target.sudo) = (Some(user.name.clone()), true);
    let ssh = lab.ssh([target]);
    let (exit, out, err) = run(&ssh, "web", "id -u; echo $SUDO_USER; return 5").await.unwrap();
    assert_eq!((exit.code, out, err.as_str()), (Some(5), format!("0\n{}\n", user.name), ""));
    let mark = mark();
    let command = format!("(trap '' TERM; sleep {mark}) & echo up; sleep {mark}; wait");
    let error = exec(&ssh, "web", &["sh", "-c", &command], Duration::from_secs(1)).await;
    assert_eq!(error.expect_err("it runs for ever").code(), "run-timed-out");
    eventually("the command is gone", || !runs(&mark));
    ssh.disconnect_all().await.unwrap();
}
