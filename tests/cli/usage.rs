//! What is refused before any host is contacted, and what works without one.

use crate::place::Place;

#[test]
fn words_that_mean_nothing() {
    let place = Place::whole();
    for arguments in [
        &["--nope", "check"][..],
        &["chek"],
        &[],
        &["env"],
        &["env", "chekc"],
        &["check", "extra"],
        &["check", "--parallel", "0"],
        &["check", "--parallel", "many"],
        &["check", "--timeout", "soon"],
        &["check", "--connect-timeout", "-1"],
        &["check", "--lock-timeout", "NaN"],
        &["check", "--facts"],
        &["check", "--facts", "a", "--save-facts", "b"],
        &["check", "--color", "pink"],
        &["env", "adopt", "app"],
        &["completions", "tcsh"],
        &["apply"],
        &["exec", "--"],
    ] {
        place.refused(arguments, "usage");
    }
    let near = place.refused(&["chek"], "usage");
    assert!(near.stderr.contains("'check'"), "{}", near.stderr);
    assert!(place.lacks(".fleet"), "bad usage leaves no state");
}

#[test]
fn json_and_another_form() {
    let run = Place::whole().fleet(&["check", "--json", "--output", "table"]);
    assert_eq!(run.code, Some(2));
    run.document("error");
    let run = Place::whole().fleet(&["check", "-o", "xml"]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""));
}

#[test]
fn selectors() {
    let place = Place::whole();
    for (selector, told) in [
        ("frizt", "`fritz`"),
        ("weeb", "`web`"),
        ("nowhere", "fleet hosts list"),
        ("web & freud", ""),
        ("web[1-", ""),
        ("@missing", ""),
        ("", ""),
        ("web,,queue", ""),
    ] {
        let run = place.fleet(&["check", "-l", selector]);
        assert_eq!(run.code, Some(2), "{selector}: {}", run.stderr);
        assert!(run.stderr.contains(told), "{selector}: {}", run.stderr);
        let run = place.fleet(&["check", "-l", selector, "--json"]);
        assert_eq!(run.code, Some(2), "{selector}: {}", run.stderr);
        run.document("error");
    }
}

#[test]
fn no_inventory() {
    let place = Place::new(&[("file", "")]);
    for directory in ["inventory", "file", "no/where", ""] {
        let run = place.fleet(&["check", "--json", &format!("--inventory={directory}")]);
        assert_eq!(run.code, Some(2), "{directory}: {}", run.stderr);
        if !directory.is_empty() {
            run.document("error");
        }
    }
    let run = place.command(&["check"]).env("FLEET_INVENTORY", "elsewhere").output().unwrap();
    assert!(String::from_utf8_lossy(&run.stderr).contains("elsewhere"));
    assert!(place.lacks(".fleet"), "bad usage leaves no state");
}

#[test]
fn a_check_of_nothing_is_fine() {
    let place = Place::whole();
    let run = place.fleet(&["check", "--json"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(run.document("check")["hosts"], serde_json::json!([]));
    let run = place.fleet(&["env", "plan", "--json", "-l", "*"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(run.document("plan-report")["hosts"].as_array().unwrap().len(), 3);
    let run = place.fleet(&["env", "apply", "--json"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    run.document("apply");
}

#[test]
fn ten_thousand_hosts() {
    let hosts: Vec<String> = (0..10_000).map(|number| format!("[hosts.web{number}]")).collect();
    let place = Place::new(&[("inventory/hosts.toml", &hosts.join("\n"))]);
    let run = place.fleet(&["check", "-l", "web[0-9999]", "--json"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let document: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(document["hosts"].as_array().unwrap().len(), 10_000);
    assert_eq!(document["counts"]["ok"], 10_000);
    let run = place.fleet(&["hosts", "list", "--json"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(run.document("hosts")["hosts"].as_array().unwrap().len(), 10_000);
}

#[test]
fn hosts_are_listed_without_asking_them() {
    let place = Place::whole();
    let run = place.fleet(&["hosts", "list", "-l", "web"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(run.stdout.contains("fritz") && !run.stdout.contains("franz"), "{}", run.stdout);
    for arguments in
        [&["hosts", "list", "-l", "frizt"][..], &["exec", "-l", "frizt", "--", "true"], &["hosts", "trust", "frizt"]]
    {
        let run = place.fleet(arguments);
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{arguments:?}: {}", run.stderr);
        assert!(run.stderr.contains("`fritz`"), "{arguments:?}: {}", run.stderr);
    }
    let closed = place.fleet(&["hosts", "disconnect", "--json"]);
    assert_eq!(closed.code, Some(0), "{}", closed.stderr);
    closed.document("connections");
}

#[test]
fn init_writes_all_or_nothing() {
    let place = Place::new(&[("taken/other.toml", ""), ("file", ""), ("kept/known_hosts", "mine")]);
    let run = place.fleet(&["init", "--json"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let document = run.document("written");
    assert_eq!(document["files"].as_array().unwrap().len(), 3, "{document}");
    assert!(run.stderr.contains(".gitignore"), "{}", run.stderr);
    assert_eq!(place.fleet(&["check"]).code, Some(0), "what it writes loads");
    let before = place.read("inventory/hosts.toml");
    place.refused(&["init"], "inventory-exists");
    assert_eq!(place.read("inventory/hosts.toml"), before);
    place.refused(&["init", "-i", "taken"], "inventory-exists");
    place.refused(&["init", "-i", "file"], "inventory-exists");
    assert!(place.lacks("taken/hosts.toml"));
    assert_eq!(place.fleet(&["init", "-i", "kept"]).code, Some(0));
    assert_eq!(place.read("kept/known_hosts"), "mine");
    // A link that leads nowhere is somebody's, too.
    std::fs::create_dir(place.path("linked")).unwrap();
    std::os::unix::fs::symlink("nowhere", place.path("linked/env.toml")).unwrap();
    place.refused(&["init", "-i", "linked"], "inventory-exists");
    assert!(place.lacks("linked/hosts.toml"));
}

#[test]
fn init_takes_the_hosts_of_ssh() {
    let place = Place::new(&[
        (".ssh/config", "Include conf.d/*.conf\nHost *\n  User root\nHost sally esme\n  HostName 192.0.2.7\n"),
        (".ssh/conf.d/web.conf", "Host web1 web2\n"),
        ("patterns", "Host *.example.org\n"),
        ("circle", "Include ~/circle\n"),
    ]);
    let run = place.fleet(&["init", "--from-ssh-config"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(run.stdout.ends_with("next: fleet hosts trust\n"), "{}", run.stdout);
    let run = place.fleet(&["check", "-l", "sally, esme, web[1-2]", "--json"]);
    assert_eq!(run.document("check")["hosts"].as_array().unwrap().len(), 4);
    place.refused(&["init", "-i", "new", "--from-ssh-config", "patterns"], "no-hosts");
    place.refused(&["init", "-i", "new", "--from-ssh-config", "circle"], "bad-ssh-config");
    place.refused(&["init", "-i", "new", "--from-ssh-config", "missing"], "bad-ssh-config");
    place.refused(&["init", "-i", "new", "--from-ssh-config", ".ssh"], "bad-ssh-config");
    assert!(place.lacks("new"));
}

#[test]
fn schemas_by_name() {
    let place = Place::new(&[]);
    let near = place.refused(&["schema", "inventroy"], "unknown-schema");
    assert!(near.stderr.contains("`inventory`"), "{}", near.stderr);
    place.refused(&["schema", "\u{1b}[31m"], "unknown-schema");
    let list = place.fleet(&["schema", "--json"]);
    for name in list.document("schemas")["names"].as_array().unwrap() {
        let name = name.as_str().unwrap();
        assert_eq!(place.fleet(&["schema", name, "--json"]).stdout, place.fleet(&["schema", name]).stdout);
    }
    place.fleet(&["man", "--json"]).document("text");
    place.fleet(&["completions", "zsh", "--json"]).document("text");
    place.fleet(&["man", "pages", "--json"]).document("written");
}

#[test]
fn adopting_is_refused_before_any_host_is_asked() {
    let place = Place::new(&[("inventory/hosts.toml", crate::place::HOSTS), ("inventory/env.toml", crate::place::ENV)]);
    let adopt = |name: &'static str, path: &'static str, hosts: &'static str, more: &[&'static str]| {
        [&["env", "adopt", name, "--path", path, "--hosts", hosts], more].concat()
    };
    for (arguments, code) in [
        (adopt("a/b", "/srv/x", "fritz", &[]), "bad-declaration"),
        (adopt("x", "srv/x", "fritz", &[]), "bad-declaration"),
        (adopt("x", "/srv/../x", "fritz", &[]), "bad-declaration"),
        (adopt("x", "/srv/x", "fritz", &["--unit", "nginx"]), "bad-declaration"),
        (adopt("app", "/srv/x", "fritz", &[]), "declared-already"),
        (adopt("x", "/srv/app/.env", "fritz", &[]), "declared-already"),
        (adopt("x", "/srv/x", "fritz", &["-l", "franz"]), "not-with-adopt"),
        (adopt("x", "/srv/x", "fritz", &["--facts", "f"]), "not-with-adopt"),
        (adopt("x", "/srv/x", "fritz", &["--save-facts", "f"]), "not-with-adopt"),
    ] {
        place.refused(&arguments, code);
    }
    let near = place.fleet(&adopt("x", "/srv/x", "frizt", &[]));
    assert!(near.code == Some(2) && near.stderr.contains("fritz"), "{}", near.stderr);
    place.write("inventory/env-y.toml", b"");
    place.refused(&adopt("y", "/srv/x", "fritz", &[]), "declared-already");
    assert_eq!(place.read("inventory/env-y.toml"), "");
}
