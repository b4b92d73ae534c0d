//! Declared against disk.

use fleet::engine::status::Status;
use fleet::engine::transaction::{Change, UnitOperation};

use super::world::{Disk, Fleet, Node, directory, host, shown, text, told};

const CONF: &str = "/etc/nginx/media.conf";

fn conf(more: &str) -> String {
    format!("[file.media]\npath = \"{CONF}\"\nhosts = \"h*\"\n{more}\n")
}

/// What is declared, what is there, how it stands, what is in the way (part of the message), and what is there at last.
#[test]
fn what_is_there_becomes_what_is_declared_or_a_person_is_asked() {
    let file = |mode: &str, owner: &str| Node::File { bytes: b"a\n".to_vec(), mode: mode.into(), owner: owner.into() };
    let content = "content = \"a\\n\"";
    let link = || Node::Link("other.conf".to_owned());
    let other = || ("/etc/nginx/other.conf", text("a\n"));
    for (declared, nodes, status, blocked, after) in [
        (content, vec![(CONF, text("a\n"))], Status::Ok, "", Some(text("a\n"))),
        (content, vec![], Status::Drift, "", Some(text("a\n"))),
        (content, vec![(CONF, text("b\n"))], Status::Drift, "", Some(text("a\n"))),
        (content, vec![(CONF, text("a"))], Status::Drift, "", Some(text("a\n"))),
        (content, vec![(CONF, directory())], Status::Drift, "move it away", Some(directory())),
        (content, vec![(CONF, Node::Socket)], Status::Drift, "move it away", Some(Node::Socket)),
        (content, vec![(CONF, link())], Status::Drift, "leads nowhere", Some(link())),
        // Through a link that leads to a file, that file is meant.
        (content, vec![(CONF, link()), other()], Status::Ok, "", Some(link())),
        (
            "content = \"a\\n\"\nmode = \"0600\"",
            vec![(CONF, text("a\n"))],
            Status::Drift,
            "",
            Some(file("0600", "root:root")),
        ),
        (
            "content = \"a\\n\"\nowner = \"www:www\"",
            vec![(CONF, text("a\n"))],
            Status::Drift,
            "",
            Some(file("0644", "www:www")),
        ),
        (
            "content = \"a\\n\"\nowner = \"0:0\"",
            vec![(CONF, text("a\n"))],
            Status::Unknown,
            "declare the name",
            Some(text("a\n")),
        ),
        (
            "content = \"a\\n\"\nmode = \"0640\"\nowner = \"www:www\"",
            vec![],
            Status::Drift,
            "",
            Some(file("0640", "www:www")),
        ),
        // What is not declared stays.
        (content, vec![(CONF, file("0600", "www:www"))], Status::Ok, "", Some(file("0600", "www:www"))),
        ("link = \"other.conf\"", vec![], Status::Drift, "", Some(link())),
        ("link = \"other.conf\"", vec![(CONF, link())], Status::Ok, "", Some(link())),
        ("link = \"other.conf\"", vec![(CONF, link()), other()], Status::Ok, "", Some(link())),
        ("link = \"other.conf\"", vec![(CONF, Node::Link("x".to_owned()))], Status::Drift, "", Some(link())),
        ("link = \"other.conf\"", vec![(CONF, text("b"))], Status::Drift, "", Some(link())),
        ("link = \"other.conf\"", vec![(CONF, directory())], Status::Drift, "move it away", Some(directory())),
        ("directory = true", vec![], Status::Drift, "", Some(directory())),
        ("directory = true", vec![(CONF, directory())], Status::Ok, "", Some(directory())),
        (
            "directory = true\nmode = \"0700\"",
            vec![(CONF, directory())],
            Status::Drift,
            "chmod 0700",
            Some(directory()),
        ),
        ("directory = true", vec![(CONF, text("a"))], Status::Drift, "move it away", Some(text("a"))),
        ("absent = true", vec![], Status::Ok, "", None),
        ("absent = true", vec![(CONF, text("a"))], Status::Drift, "", None),
        ("absent = true", vec![(CONF, link())], Status::Drift, "", None),
        ("absent = true", vec![(CONF, link()), other()], Status::Drift, "", None),
        ("absent = true", vec![(CONF, directory())], Status::Drift, "recursive = true", Some(directory())),
        ("absent = true\nrecursive = true", vec![(CONF, directory())], Status::Drift, "", None),
        ("absent = true", vec![(CONF, Node::Socket)], Status::Drift, "alone", Some(Node::Socket)),
    ] {
        let what = format!("{declared} where there is {nodes:?}");
        let mut fleet = Fleet::new(&conf(declared), vec![Disk::new(&nodes)]);
        let item = fleet.item(1, "media");
        assert_eq!(item.status, status, "{what}: {item:#?}");
        let mended = item.differences.iter().all(|difference| difference.repairable);
        assert_eq!(mended, blocked.is_empty(), "{what}: {item:#?}");
        assert!(
            blocked.is_empty() || item.differences.iter().any(|it| it.message.contains(blocked)),
            "{what}: {item:#?}"
        );
        assert_eq!(fleet.transaction(1).is_some(), blocked.is_empty() && status != Status::Ok, "{what}");
        let others = fleet.disks[&host(1)].nodes.get("/etc/nginx/other.conf").cloned();
        fleet.apply();
        let disk = &fleet.disks[&host(1)];
        assert_eq!(disk.nodes.get(CONF).map(|(node, _)| node.clone()), after, "{what}");
        assert_eq!(disk.nodes.get("/etc/nginx/other.conf").cloned(), others, "{what}");
    }
}

#[test]
fn files_of_a_host_change_in_one_transaction() {
    let toml = r#"
[file.b-site]
path = "/etc/nginx/app/sites/b.conf"
hosts = "h1"
content = "b\n"
validate = ["nginx", "-t"]
reload = ["nginx.service"]
[file.a-main]
path = "/etc/nginx/app/main.conf"
hosts = "h1"
content = "a\n"
validate = [["nginx", "-t"], ["true"]]
restart = ["nginx.service"]
[file.z-sites]
path = "/etc/nginx/app/sites"
hosts = "h1"
directory = true
mode = "0750"
[file.y-app]
path = "/etc/nginx/app"
hosts = "h1"
directory = true
[file.unit]
path = "/etc/systemd/system/a.service"
hosts = "h1"
content = "[Service]\n"
"#;
    let disk = Disk::new(&[("/etc/systemd", directory()), ("/etc/systemd/system", directory())]);
    let mut fleet = Fleet::new(toml, vec![disk.running("nginx.service", 2000.0)]);
    let transaction = fleet.transaction(1).unwrap();
    let paths: Vec<&str> = transaction.changes.iter().map(|change| change.path().as_str()).collect();
    assert_eq!(
        paths,
        [
            "/etc/nginx/app",
            "/etc/nginx/app/sites",
            "/etc/nginx/app/main.conf",
            "/etc/nginx/app/sites/b.conf",
            "/etc/systemd/system/a.service"
        ]
    );
    assert_eq!(transaction.validate.len(), 2);
    let units: Vec<String> = transaction.units.iter().map(UnitOperation::told).collect();
    assert_eq!(units, ["daemon-reload", "restart nginx.service"]);
    fleet.apply();
    assert!(fleet.plan().is_empty());
}

#[test]
fn a_file_needs_its_directory() {
    let toml = "[file.a]\npath = \"/srv/a/b\"\nhosts = \"h1\"\ncontent = \"x\"\n";
    let item = Fleet::new(toml, vec![Disk::new(&[])]).item(1, "a");
    assert!(item.differences.iter().any(|it| it.message.contains("directory /srv/a is not there") && !it.repairable));
}

#[test]
fn what_is_not_known_changes_nothing() {
    for declared in ["content = \"a\"", "directory = true", "link = \"x\"", "absent = true\nrecursive = true"] {
        for unreadable in [CONF, "/etc/nginx"] {
            let mut disk = Disk::new(&[]);
            disk.unreadable.push(unreadable.to_owned());
            if unreadable == "/etc/nginx" && declared.starts_with("absent") {
                continue;
            }
            let fleet = Fleet::new(&conf(declared), vec![disk]);
            assert_eq!(fleet.item(1, "media").status, Status::Unknown.max(fleet.item(1, "media").status));
            assert_eq!(fleet.item(1, "media").status, Status::Unknown, "{declared} {unreadable}");
            assert_eq!(fleet.transaction(1), None, "{declared} {unreadable}");
        }
    }
    let declared = "template_text = \"{{ pw }}\"\nsecrets = { pw = { secret = { env = \"PW\" } } }";
    let fleet = Fleet::new(&conf(declared), vec![Disk::new(&[])]).secret("PW", Err("PW is not set"));
    assert_eq!(fleet.item(1, "media").status, Status::Unknown);
    assert_eq!(fleet.transaction(1), None);
}

#[test]
fn two_files_that_are_one_by_a_link_are_refused() {
    let toml =
        conf("content = \"a\"") + "[file.other]\npath = \"/etc/nginx/other.conf\"\nhosts = \"h*\"\ncontent = \"b\"\n";
    let nodes = [(CONF, Node::Link("other.conf".to_owned())), ("/etc/nginx/other.conf", text("x"))];
    let fleet = Fleet::new(&toml, vec![Disk::new(&nodes)]);
    assert_eq!(fleet.transaction(1), None);
    assert_eq!(fleet.item(1, "media").status, Status::Unknown);
    assert_eq!(fleet.item(1, "other").status, Status::Unknown);
}

#[test]
fn a_plan_shows_lines() {
    let before = (1..=12).map(|number| format!("line {number}\n")).collect::<Vec<_>>().concat();
    let after =
        before.replace("line 2\n", "line two\n").replace("line 11\n", "line 11\n\tindented {{cert/a/next/serial}}\n");
    let declared = format!(
        "template_text = '''{{% raw %}}{after}{{% endraw %}}'''\nmode = \"0640\"\nvalidate = [\"nginx\", \"-t\"]\nreload = [\"nginx.service\"]"
    );
    let disk = || Disk::new(&[(CONF, text(&before))]).running("nginx.service", 2000.0);
    let mut fleet = Fleet::new(&conf(&declared), vec![disk(), disk()]);
    insta::assert_snapshot!(shown(&fleet.plan()));
    // What looks like a value that is made later stays what it is.
    let plan = fleet.plan();
    assert_eq!(plan.wanted(), []);
    let settled = plan.clone().settle(&std::collections::BTreeMap::new());
    assert_eq!(settled.plan, plan);
    fleet.apply();
    assert_eq!(fleet.disks[&host(1)].text(CONF), after);
}

#[test]
fn a_new_file_and_others_are_told_in_words() {
    let toml = r#"
[file.new]
path = "/etc/new"
hosts = "h1"
content = "one\ntwo"
[file.binary]
path = "/etc/binary"
hosts = "h1"
content = "text\n"
[file.long]
path = "/etc/long"
hosts = "h1"
content = "short\n"
[file.old]
path = "/etc/old"
hosts = "h1"
absent = true
recursive = true
[file.link]
path = "/etc/link"
hosts = "h1"
link = "/etc/new"
"#;
    let long = (0..500).map(|number| format!("{number}\n")).collect::<Vec<_>>().concat();
    let binary = Node::File { bytes: vec![0, 1, 2], mode: "0644".into(), owner: "root:root".into() };
    let nodes =
        [("/etc/binary", binary), ("/etc/long", text(&long)), ("/etc/old", directory()), ("/etc/link", text("x"))];
    let plan = Fleet::new(toml, vec![Disk::new(&nodes)]).plan();
    let text = shown(&plan);
    let short: Vec<&str> =
        text.lines().filter(|line| !line.trim().starts_with("- 1") && !line.trim().starts_with("- 2")).collect();
    let few: Vec<&str> =
        short.iter().filter(|line| !line.trim_start().starts_with("- ") || line.contains('=')).copied().collect();
    insta::assert_snapshot!(few.join("\n"));
}

#[test]
fn secrets_are_shown_as_digests() {
    const POISON: &str = "p0ison-Value-9c41b7";
    const OLD: &str = "0ld-Value-77aa";
    let declared = "template_text = \"user a\\npassword = {{ pw }};\\nport 1\\n\"\nsecrets = { pw = { secret = { env = \"PW\" } } }";
    for there in [
        format!("user a\npassword = {OLD};\nport 1\n"),
        format!("user b\npasswd = {OLD}\npassword = {POISON};\n"),
        format!("{OLD}\n{POISON}\n"),
        String::new(),
    ] {
        let mut fleet = Fleet::new(&conf(declared), vec![Disk::new(&[(CONF, text(&there))])]).secret("PW", Ok(POISON));
        let plan = fleet.plan();
        let written = serde_json::to_string(&plan).unwrap() + &shown(&plan) + &format!("{:?}", fleet.assess());
        assert!(!written.contains(POISON) && !written.contains(OLD), "{there}: {written}");
        if there.starts_with("user a") {
            insta::assert_snapshot!(shown(&plan));
        }
        fleet.apply();
        assert_eq!(fleet.disks[&host(1)].text(CONF), format!("user a\npassword = {POISON};\nport 1\n"));
        assert!(fleet.plan().is_empty());
        let (fleet, saved) = fleet.saved_and_loaded();
        assert!(!saved.contains(POISON) && !saved.contains("cGFzc3dvcmQ"), "{saved}");
        assert!(fleet.assess().waves.is_empty());
    }
    // New, nobody else can read it.
    let fleet = Fleet::new(&conf(declared), vec![Disk::new(&[])]).secret("PW", Ok(POISON));
    let transaction = fleet.transaction(1).unwrap();
    let Change::Write { mode, .. } = &transaction.changes[0] else { panic!("{transaction:?}") };
    assert_eq!(mode.as_deref(), Some("0600"));
    assert!(told(&transaction).is_empty());
}
