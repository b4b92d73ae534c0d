//! Everything that is wrong in a playbook, with its place; and what variables come to.

use crate::world::{load, wrong};

#[test]
fn keys_types_and_choices() {
    insta::assert_snapshot!(wrong(
        r#"
descripton = "x"
[[steps]]
action = "env"
item = ["app"]
[[steps]]
action = "evn"
name = "second"
[[steps]]
name = "third"
action = "env"
hosts = 5
rollout = { canary = 0, batch = "200%", on_failure = "explode" }
"#,
        &[]
    ));
}

#[test]
fn names_that_nobody_knows() {
    insta::assert_snapshot!(wrong(
        r#"
[[steps]]
action = "env"
items = ["ap", "o*", "zz*"]
hosts = "a & c9"
[[steps]]
action = "env"
items = ["other"]
hosts = "b"
[steps.rollout]
order = "a, bb"
at_most = { regoin = 1 }
[[steps]]
action = "cert"
"#,
        &[]
    ));
}

#[test]
fn queues_order_themselves() {
    insta::assert_snapshot!(wrong(
        r#"
[[steps]]
action = "queue"
items = ["ingress"]
rollout = { canary = 1 }
[[steps]]
name = "again"
action = "queue"
"#,
        &[]
    ));
}

#[test]
fn gates_look_at_one_thing() {
    insta::assert_snapshot!(wrong(
        r#"
[[steps]]
action = "env"
gates = [
    { },
    { tcp = 80, tls = 443 },
    { tcp = 80, boddy = "x" },
    { tcp = 80, body = "x" },
    { tls = 443 },
    { http = "ftp://x" },
    { http = "http://u:geheim@x/" },
    { http = "http://x/", body = "(" , p95 = "1s", p99 = "2s" },
    { http = "http://x/", body = "(" },
    { prometheus = "http://x", query = "up" },
    { disk = "/" },
    { unit = "nginx.service", steady = "30s", timeout = "10s" },
    { command = "" },
    { tcp = 80, on = "nobody" },
]
"#,
        &[]
    ));
}

#[test]
fn a_password_in_a_url_is_not_shown() {
    let text = wrong("[[steps]]\naction = \"env\"\ngates = [{ http = \"http://u:geheim@x/\" }]\n", &[]);
    assert!(!text.contains("geheim"), "{text}");
}

const VARIABLES: &str = r#"
[vars.release]
default = "stable"
[vars.canary]
type = "int"
default = 1
[vars.what]
type = "choice"
choices = ["app", "other"]
[vars.fast]
type = "bool"
default = false
description = "no pauses"
[[steps]]
name = "one"
action = "env"
items = ["${what}"]
hosts = "a"
gates = [{ command = "test ${release} = $${release}${canary}" }]
[steps.rollout]
canary = "${canary}"
"#;

#[test]
fn variables_have_their_values_and_types() {
    let (_, playbook) = load(VARIABLES, &[("what", "other"), ("canary", "2")]).unwrap();
    let step = &playbook.steps[0];
    assert_eq!(step.items.iter().collect::<Vec<_>>(), ["other"]);
    assert_eq!(step.rollout.as_ref().unwrap().canary, Some(fleet::playbook::rollout::Size::Hosts(2)));
    let told = step.gates[0].told();
    assert!(told.contains("test stable = ${release}2"), "{told}");
    let stamp = playbook.stamp();
    let set: Vec<(&str, &str)> = stamp.set.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(set, [("canary", "2"), ("what", "other")]);
    assert_eq!((stamp.name.as_str(), stamp.digest.len()), ("test", 64));
}

#[test]
fn variables_that_are_missing_unknown_or_wrong() {
    insta::assert_snapshot!(wrong(VARIABLES, &[("canary", "one"), ("relaese", "x"), ("fast", "yes")]));
    insta::assert_snapshot!(wrong(VARIABLES, &[("what", "apq")]));
    insta::assert_snapshot!(wrong(
        r#"
[vars.a]
type = "int"
default = "x"
[vars.b]
type = "choice"
[vars.c]
choices = ["x"]
[[steps]]
action = "env"
hosts = "${hosts}"
gates = [{ command = "${a" }, { command = "echo ${aa}" }]
"#,
        &[("c", "x"), ("b", "x")]
    ));
}

#[test]
fn an_outline_needs_no_values() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("all.toml"), crate::world::INVENTORY).unwrap();
    let file = std::path::Path::new("test.toml");
    let set = std::collections::BTreeMap::new();
    let outline = fleet::playbook::Playbook::outline(directory.path(), file, VARIABLES.to_owned(), &set).unwrap();
    let missing: Vec<&str> = outline.variables.iter().filter(|it| !it.has_value()).map(|it| it.name.as_str()).collect();
    assert_eq!(missing, ["what"]);
}

#[test]
fn what_a_playbook_declares_is_its_own() {
    let own = r#"
[run.hello]
command = ["true"]
[run.never]
command = ["true"]
hosts = "a"
[[steps]]
action = "run"
items = ["hello"]
hosts = "b1"
"#;
    insta::assert_snapshot!(wrong(own, &[]));
    let (inventory, playbook) =
        load(&own.replace("[run.never]\ncommand = [\"true\"]\nhosts = \"a\"\n", ""), &[]).unwrap();
    let hosts: Vec<&str> = playbook.steps[0].hosts.iter().map(fleet::names::HostName::as_str).collect();
    assert_eq!(hosts, ["b1"]);
    assert_eq!(inventory.runs()["hello"].hosts.len(), 1);
}

#[test]
fn the_schema_takes_what_is_right() {
    let schema = fleet::playbook::schema();
    let value: serde_json::Value = toml::from_str(VARIABLES).unwrap();
    jsonschema::validate(&schema, &value).unwrap();
    let bad: serde_json::Value = toml::from_str("[[steps]]\naction = \"evn\"\n").unwrap();
    assert!(jsonschema::validate(&schema, &bad).is_err());
}
