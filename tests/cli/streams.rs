//! Standard output and standard error: who gets what, and what happens where nobody reads.

use std::io::Read as _;
use std::process::Stdio;

use crate::place::Place;

#[test]
fn help_and_version_are_results() {
    let place = Place::new(&[]);
    for arguments in [&["--help"][..], &["-h"], &["env", "adopt", "--help"]] {
        let run = place.fleet(arguments);
        assert_eq!(run.code, Some(0));
        assert_eq!(run.stderr, "");
        assert!(run.stdout.contains("Usage: fleet"), "{}", run.stdout);
    }
    let run = place.fleet(&["--version"]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(0), concat!("fleet ", env!("CARGO_PKG_VERSION"), "\n")));
}

#[test]
fn colour_where_it_is_wanted() {
    let place = Place::new(&[]);
    let stderr = |color: &str, variable: (&str, &str)| {
        let mut command = place.command(&["check", "--color", color]);
        let output = command.env(variable.0, variable.1).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(stderr("always", ("TERM", "xterm")).contains('\u{1b}'));
    assert!(stderr("auto", ("CLICOLOR_FORCE", "1")).contains('\u{1b}'));
    for (color, variable) in
        [("auto", ("TERM", "xterm")), ("auto", ("NO_COLOR", "1")), ("never", ("CLICOLOR_FORCE", "1"))]
    {
        assert!(!stderr(color, variable).contains('\u{1b}'), "{color} {variable:?}");
    }
}

#[test]
fn a_reader_that_has_gone_is_no_failure() {
    let place = Place::whole();
    for arguments in
        [&["--help"][..], &["schema", "inventory"], &["completions", "bash"], &["man"], &["check", "--json"]]
    {
        let mut child = place.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let mut stderr = String::new();
        child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        let status = child.wait().unwrap();
        assert_eq!(status.code(), Some(0), "{arguments:?}: {stderr}");
        assert_eq!(stderr, "", "{arguments:?}");
    }
    // Also where it is an error that nobody reads.
    let mut child =
        place.command(&["check", "-l", "x", "--json"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop((child.stdout.take(), child.stderr.take()));
    assert_eq!(child.wait().unwrap().code(), Some(2));
}

#[test]
fn a_full_disk_is_a_failure() {
    let place = Place::whole();
    for arguments in [&["schema", "inventory"][..], &["check", "--json"], &["man"]] {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = place.command(arguments).stdout(full).output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {stderr}");
        assert!(stderr.contains("cannot print"), "{arguments:?}: {stderr}");
    }
}
