//! SIGKILL at any instant: nothing that was written is lost, and nothing looks like tampering.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::{journal, line};

/// Tells a child where to write.
const DIRECTORY: &str = "FLEET_TEST_JOURNAL";

/// How often.
const ROUNDS: u64 = 60;

/// The other side of the test below: without [`DIRECTORY`] it does nothing.
#[test]
fn child() {
    let Some(directory) = std::env::var_os(DIRECTORY) else { return };
    let journal = journal(Path::new(&directory));
    for number in 0.. {
        let run = format!("{}-{number}", std::process::id());
        journal.begin(&line(&run, None, 300)).unwrap();
        journal.end(&line(&run, Some("applied"), 3_000)).unwrap();
        // In one piece: half a name would be that of no run.
        std::io::stderr().write_all(format!("written {run}\n").as_bytes()).unwrap();
    }
}

fn spawn(directory: &Path) -> Child {
    let test = std::env::current_exe().unwrap();
    let mut command = Command::new(test);
    command.args(["--exact", "killed::child", "--nocapture", "--test-threads=1"]).env(DIRECTORY, directory);
    command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
}

#[test]
fn at_any_instant_nothing_is_lost_and_nothing_looks_like_tampering() {
    let directory = tempfile::tempdir().unwrap();
    let mut written: BTreeSet<String> = BTreeSet::new();
    let (mut torn, mut behind) = (0, 0);
    for round in 0..ROUNDS {
        // Two at once: they share the chain.
        let mut children = [spawn(directory.path()), spawn(directory.path())];
        let readers = children.each_mut().map(|child| {
            let lines = BufReader::new(child.stderr.take().unwrap()).lines();
            std::thread::spawn(move || {
                let lines = lines.map_while(Result::ok);
                lines.filter_map(|line| line.strip_prefix("written ").map(str::to_owned)).collect::<Vec<_>>()
            })
        });
        std::thread::sleep(Duration::from_micros(20_000 + round * 7_919 % 20_000));
        for child in &mut children {
            child.kill().unwrap();
            child.wait().unwrap();
        }
        for reader in readers {
            written.extend(reader.join().unwrap());
        }
        let journal = journal(directory.path());
        let verdict = journal.verify().unwrap();
        assert!(verdict.is_sound(), "round {round}: {:?}", verdict.findings);
        torn = verdict.findings.iter().filter(|finding| finding.code == "torn").count();
        behind += verdict.findings.iter().filter(|finding| finding.code == "crash").count();
        let ended = journal.read().unwrap().into_iter().filter(|line| line.outcome.is_some());
        let ended: BTreeSet<String> = ended.map(|line| line.run.to_string()).collect();
        let lost: Vec<_> = written.difference(&ended).collect();
        assert!(lost.is_empty(), "round {round}: {lost:?}");
        // What had begun and has no ending stays an open question, once.
        let pending = journal.pending().unwrap();
        assert!(pending.iter().all(|line| !written.contains(line.run.as_str())), "{pending:?}");
    }
    assert!(!written.is_empty(), "no child came to write anything");
    let _ = writeln!(std::io::stderr(), "{} runs, {torn} torn lines, {behind} heads behind", written.len());
}
