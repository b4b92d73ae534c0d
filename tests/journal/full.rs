//! A disk without room: what is refused before a change, and what is written down to its end.

use std::fs;

use crate::disk::Disk;
use crate::{findings, journal, line};

/// More than a file system has left in a block that is begun.
const LONG: usize = 6_000;

#[test]
fn without_room_nothing_begins() {
    for disk in [Disk::tmpfs(), Disk::ext4()] {
        let journal = journal(&disk.path());
        journal.note(&line("before", Some("applied"), LONG)).unwrap();
        disk.fill();
        let refused = journal.reserve(8).unwrap_err();
        assert_eq!(refused.code(), "journal-full");
        assert!(refused.to_string().contains("fleet refuses to start a change"), "{refused}");
        assert!(refused.hint().contains("make room"), "{}", refused.hint());
        assert_eq!(journal.begin(&line("refused", None, LONG)).unwrap_err().code(), "journal-full");
        assert_eq!(journal.note(&line("refused", Some("applied"), LONG)).unwrap_err().code(), "journal-full");
        // Nothing of what was refused is left: no half of a line, no open question.
        let runs: Vec<String> = journal.read().unwrap().into_iter().map(|line| line.run.to_string()).collect();
        assert_eq!((findings(&journal), runs), (Vec::new(), vec!["before".to_owned()]));
        assert_eq!(journal.pending().unwrap(), []);
        disk.make_room();
        journal.reserve(8).unwrap();
        journal.note(&line("after", Some("applied"), LONG)).unwrap();
        assert_eq!((findings(&journal), journal.read().unwrap().len()), (Vec::new(), 2));
    }
}

#[test]
fn a_run_that_has_begun_is_recorded_to_its_end() {
    for disk in [Disk::tmpfs(), Disk::ext4()] {
        let journal = journal(&disk.path());
        journal.reserve(8).unwrap();
        journal.begin(&line("first", None, LONG)).unwrap();
        disk.fill();
        journal.end(&line("first", Some("applied"), LONG)).unwrap();
        journal.begin(&line("second", None, LONG)).unwrap();
        journal.end(&line("second", Some("applied"), LONG)).unwrap();
        let ended = journal.read().unwrap().iter().filter(|line| line.outcome.is_some()).count();
        assert_eq!((findings(&journal), ended), (Vec::new(), 2));
        assert_eq!(journal.pending().unwrap(), []);
    }
}

#[test]
fn what_was_set_aside_is_given_back_with_its_owner() {
    let disk = Disk::tmpfs();
    let free = || room(&disk);
    let first = journal(&disk.path());
    first.note(&line("first", Some("applied"), 10)).unwrap();
    let before = free();
    first.reserve(16).unwrap();
    assert!(free() + 16 * 16 * 1024 <= before);
    // Asked again, it is not set aside twice.
    first.reserve(16).unwrap();
    assert!(free() + 32 * 16 * 1024 > before);
    drop(first);
    assert_eq!(free(), before);
    let names: Vec<_> =
        fs::read_dir(disk.path().join(".fleet/journal")).unwrap().map(|it| it.unwrap().file_name()).collect();
    assert_eq!(names.len(), 2, "{names:?}");
}

fn room(disk: &Disk) -> u64 {
    let stat = rustix::fs::statvfs(disk.path()).unwrap();
    stat.f_bfree * stat.f_frsize
}
