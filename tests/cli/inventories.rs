//! Inventories that are broken, each in its way: exit code 2, the place, and what to do.

use std::fs::File;

use crate::place::{HOSTS, Place};

/// Name of the snapshot, files beside a whole `hosts.toml`.
const BROKEN: [(&str, &[(&str, &str)]); 12] = [
    ("no-toml", &[("a.toml", "[hosts.x\naddress = ")]),
    ("unknown-key", &[("a.toml", "[hosts.x]\nadress = \"192.0.2.1\"\nmemroy = \"8GiB\"\n")]),
    ("unknown-table", &[("a.toml", "[hots.x]\n")]),
    ("unknown-host", &[("a.toml", "[env.app]\npath = \"/x\"\nhosts = \"frizt, quee\"\n")]),
    ("cycle", &[("a.toml", "[groups]\none = \"two\"\ntwo = \"three\"\nthree = \"one\"\n")]),
    ("twice", &[("a.toml", "[hosts.fritz]\n")]),
    ("host-and-group", &[("a.toml", "[groups]\nfritz = \"franz\"\n")]),
    ("empty-selection", &[("a.toml", "[groups]\nnone = \"web & freud\"\n")]),
    (
        "impossible-values",
        &[(
            "a.toml",
            "[hosts.x]\ncpus = 0\nmemory = \"lots\"\naddress = \"-oProxyCommand=x\"\n[env.app]\npath = \"x\"\nmode = \"888\"\nhosts = \"web\"\n",
        )],
    ),
    (
        "contradictions",
        &[(
            "a.toml",
            "[env.app]\npath = \"/x\"\nhosts = \"web\"\n[env.app.keys]\nA = { value = \"x\", type = \"int\" }\nB = { min = 5, max = 1, type = \"int\" }\nC = { value = \"1\", secret = { env = \"C\" } }\n",
        )],
    ),
    (
        "conflict",
        &[(
            "a.toml",
            "[groups]\none = \"fritz\"\n[env.app]\npath = \"/x\"\nhosts = \"fritz\"\n[env.app.on.one.keys]\nA = \"1\"\n[env.app.on.web.keys]\nA = \"2\"\n",
        )],
    ),
    (
        "path-twice",
        &[("a.toml", "[env.a]\npath = \"/x\"\nhosts = \"web\"\n[env.b]\npath = \"/x\"\nhosts = \"fritz\"\n")],
    ),
];

#[test]
fn every_kind_is_told() {
    for (name, files) in BROKEN {
        let place = Place::whole();
        for (file, text) in files {
            place.write(&format!("inventory/{file}"), text.as_bytes());
        }
        let run = place.fleet(&["check"]);
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{name}: {}", run.stderr);
        assert!(run.stderr.contains("no host was contacted"), "{name}: {}", run.stderr);
        insta::assert_snapshot!(format!("broken_{name}"), run.stderr);
        let run = place.fleet(&["check", "--json"]);
        assert_eq!(run.code, Some(2), "{name}");
        let document = run.document("error");
        let problems = document["problems"].as_array().unwrap_or_else(|| panic!("{name}: {document}"));
        assert!(!problems.is_empty(), "{name}");
        for problem in problems {
            assert!(problem["file"].as_str().is_some_and(|file| file.starts_with("inventory/")), "{name}: {problem}");
            assert!(problem["line"].as_u64().is_some_and(|line| line > 0), "{name}: {problem}");
            assert!(problem["column"].as_u64().is_some_and(|column| column > 0), "{name}: {problem}");
        }
        assert!(place.lacks(".fleet"), "{name}: it leaves no state");
    }
}

#[test]
fn what_is_no_inventory_at_all() {
    for name in ["empty", "other-files", "latin1", "huge", "loop", "directory", "no-hosts"] {
        let place = Place::new(&[]);
        std::fs::create_dir(place.path("inventory")).unwrap();
        match name {
            "empty" => {}
            "other-files" => place.write("inventory/hosts.yaml", b"hosts:\n"),
            "latin1" => place.write("inventory/hosts.toml", b"[hosts.fritz]\nvars = { name = \"M\xfcnchen\" }\n"),
            "huge" => File::create(place.path("inventory/hosts.toml")).unwrap().set_len(100 << 20).unwrap(),
            "loop" => std::os::unix::fs::symlink("hosts.toml", place.path("inventory/hosts.toml")).unwrap(),
            "directory" => std::fs::create_dir(place.path("inventory/hosts.toml")).unwrap(),
            _ => place.write("inventory/hosts.toml", b"[ssh]\nuser = \"root\"\n"),
        }
        let run = place.fleet(&["check"]);
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{name}: {}", run.stderr);
        insta::assert_snapshot!(format!("none_{name}"), run.stderr);
        place.fleet(&["check", "--json"]).document("error");
    }
}

#[test]
fn all_that_is_wrong_is_told_at_once() {
    let place = Place::new(&[
        ("inventory/hosts.toml", HOSTS),
        ("inventory/a.toml", "[hosts.x]\nadress = \"a\"\n"),
        ("inventory/b.toml", "[hosts.y]\ncpus = 0\n[groups]\nz = \"nowhere\"\n"),
    ]);
    let document = place.fleet(&["check", "--json"]).document("error");
    let files: Vec<&str> =
        document["problems"].as_array().unwrap().iter().map(|problem| problem["file"].as_str().unwrap()).collect();
    assert_eq!(files.len(), 3, "{document}");
    assert_eq!(files.iter().filter(|file| file.ends_with("b.toml")).count(), 2, "{document}");
}
