//! Nothing is left behind: not by a process that is killed, and never what another one still needs.

use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use fleet::dns::{Challenge, Journal, clean};

use super::rig::{alone, primary, solver, values};

const FQDN: &str = "_acme-challenge.media.example.org";
const STATE: &str = "FLEET_TEST_STATE";

/// The process that is killed: it adds a value, says so, and waits.
#[test]
#[ignore = "a part of the next test"]
fn holds_a_challenge() {
    let Some(state) = std::env::var_os(STATE) else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let journal = Journal::of(Path::new(&state));
        let challenge = Challenge::present(&journal, Arc::new(solver()), FQDN, "of-the-killed").await.unwrap();
        std::fs::write(Path::new(&state).join("ready"), challenge.entry().value.as_bytes()).unwrap();
        std::future::pending::<()>().await;
    });
}

#[test]
fn what_a_killed_process_added_is_removed_by_the_next_run() {
    alone(|| async {
        let _primary = primary();
        let state = tempfile::tempdir().unwrap();
        let journal = Journal::of(state.path());
        let mine = Challenge::present(&journal, Arc::new(solver()), FQDN, "of-the-living").await.unwrap();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "challenges::holds_a_challenge", "--ignored", "--nocapture"])
            .env(STATE, state.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        while !state.path().join("ready").exists() {
            assert!(child.try_wait().unwrap().is_none(), "it ended: {}", {
                let mut text = String::new();
                child.stdout.take().unwrap().read_to_string(&mut text).unwrap();
                text
            });
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        assert_eq!(values(FQDN).await, ["of-the-killed", "of-the-living"]);

        // As long as it lives, its value is its own.
        assert!(clean(&journal, |_| Ok(Arc::new(solver()))).await.unwrap().is_empty());
        assert_eq!(values(FQDN).await, ["of-the-killed", "of-the-living"]);

        child.kill().unwrap();
        child.wait().unwrap();
        let left: Vec<String> = journal.left_behind().unwrap().into_iter().map(|entry| entry.value).collect();
        assert_eq!(left, ["of-the-killed"]);
        let cleaned = clean(&journal, |name| {
            assert_eq!(name, "main");
            Ok(Arc::new(solver()))
        });
        for it in cleaned.await.unwrap() {
            it.result.unwrap();
        }
        assert_eq!(values(FQDN).await, ["of-the-living"]);
        assert!(journal.left_behind().unwrap().is_empty());
        mine.cleanup().await.unwrap();
        assert_eq!(values(FQDN).await, [""; 0]);
    });
}
