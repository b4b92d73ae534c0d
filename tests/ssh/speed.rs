//! Cold and warm runs on 20 hosts against plain ssh with the same options. Run by hand:
//! `cargo test --test ssh -- --ignored --nocapture speed`.

use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Instant;

use futures_util::future::join_all;

use crate::lab::{Lab, User, run};

#[tokio::test]
#[ignore = "measures, and proves nothing"]
async fn cold_and_warm_against_plain_ssh() {
    let lab = Lab::new();
    // A login without slow rc files of this machine's.
    let user = User::new(&lab, "speed", "/bin/sh", &[]);
    let hosts: Vec<_> = (0..20).map(|n| lab.sshd(&format!("h{n}"), "")).collect();
    for kex in [None, Some("curve25519-sha256")] {
        let targets: Vec<_> = hosts
            .iter()
            .map(|sshd| {
                let mut target = lab.target(&sshd.name, sshd.port);
                target.user = Some(user.name.clone());
                target.options.extend(kex.map(|kex| ("KexAlgorithms".to_owned(), kex.to_owned())));
                target
            })
            .collect();
        let started = Instant::now();
        let plain: Vec<_> = hosts
            .iter()
            .map(|sshd| {
                let mut ssh = Command::new("ssh");
                ssh.args([
                    "-F",
                    "none",
                    "-o",
                    "BatchMode=yes",
                    "-o",
                    "IdentitiesOnly=yes",
                    "-o",
                    "GlobalKnownHostsFile=/dev/null",
                ]);
                ssh.args(kex.map(|kex| format!("-oKexAlgorithms={kex}")));
                ssh.arg(format!("-oUserKnownHostsFile={}", lab.path("known").display()))
                    .arg(format!("-oHostKeyAlias={}", sshd.name));
                ssh.arg("-i").arg(lab.path("id")).args([
                    "-l",
                    &user.name,
                    "-p",
                    &sshd.port.to_string(),
                    "127.0.0.1",
                    "true",
                ]);
                ssh.stdin(Stdio::null()).spawn().unwrap()
            })
            .collect();
        for mut child in plain {
            assert!(child.wait().unwrap().success());
        }
        let plain = started.elapsed();
        let ssh = lab.ssh(targets);
        let mut times = Vec::new();
        for _ in 0..3 {
            let started = Instant::now();
            for result in join_all(hosts.iter().map(|sshd| run(&ssh, &sshd.name, ":"))).await {
                result.unwrap();
            }
            times.push(started.elapsed().as_secs_f64() / plain.as_secs_f64());
        }
        writeln!(std::io::stderr(), "kex {kex:?}: plain ssh {plain:?}; fleet cold, warm, warm: {times:.2?} of that")
            .unwrap();
        ssh.disconnect_all().await.unwrap();
    }
}
