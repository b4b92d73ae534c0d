//! The playbooks that are shipped, with the example inventory.

use std::collections::BTreeMap;
use std::path::Path;

use fleet::engine::fact::Fact;
use fleet::engine::plan;
use fleet::engine::probe::{Bytes, HostFacts, PathFact, PathKind};
use fleet::names::{HostName, RemotePath};
use fleet::playbook::{Playbook, catalog};

use crate::world::{answered, compiled, plan_of, told};

const INVENTORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/inventory");

fn load(name: &str) -> (fleet::inventory::Inventory, Playbook) {
    let file = catalog::find(Path::new(INVENTORY), name).unwrap();
    let text = catalog::read(&file).unwrap();
    Playbook::load(Path::new(INVENTORY), &file, text, &BTreeMap::new())
        .unwrap_or_else(|errors| panic!("{}", errors.render(false, 100)))
}

/// Hosts with the environment file of the rehearsal, in which something is odd.
fn hosts(inventory: &fleet::inventory::Inventory) -> Vec<(HostName, HostFacts)> {
    let text = std::fs::read_to_string(format!("{INVENTORY}/lab/mastodon/home/mastodon/live/.env.production")).unwrap();
    let text = text.replace("S3_ENABLED=true", "S3_ENABLED=FALSE");
    let known = |path: &str, kind: PathKind| {
        let path = RemotePath::new(path);
        let fact = PathFact {
            resolved: path.clone(),
            kind,
            mode: "0640".to_owned(),
            owner: "mastodon:mastodon".to_owned(),
            modified: 1000.0,
            touched: 1000.0,
        };
        (path, Fact::Known(fact))
    };
    let facts = HostFacts {
        clock: 3000.0,
        files: [
            known("/home/mastodon/live/.env.production", PathKind::File(Bytes(text.into_bytes()))),
            known("/home/mastodon/live", PathKind::Directory),
        ]
        .into(),
        ..HostFacts::default()
    };
    inventory.hosts().keys().map(|host| (host.clone(), facts.clone())).collect()
}

#[test]
fn all_of_them_load_and_compile() {
    let files = catalog::files(Path::new(INVENTORY)).unwrap();
    let names: Vec<String> = files.iter().map(|file| catalog::name(file)).collect();
    assert_eq!(
        names,
        [
            "clean-postgres-archive",
            "hachyderm-week",
            "nginx-canary",
            "rebalance-queues",
            "renew-edge-certificates",
            "repair-env-drift",
            "rotate-secret",
        ]
    );
    for name in names {
        let (inventory, playbook) = load(&name);
        assert!(playbook.description.is_some() && !playbook.steps.is_empty(), "{name}");
        let text = catalog::read(&catalog::find(Path::new(INVENTORY), &name).unwrap()).unwrap();
        assert!(text.starts_with("# The incident"), "{name} does not say which incident asks for it");
        let compiled = compiled(&inventory, &playbook, &answered(hosts(&inventory)))
            .unwrap_or_else(|failures| panic!("{name}: {failures:?}"));
        let plan = plan_of(compiled, inventory.hosts().keys().cloned());
        assert_eq!(plan::problems(&plan), Vec::<String>::new(), "{name}");
    }
}

#[test]
fn drifted_hosts_take_turns_by_group() {
    let (inventory, playbook) = load("repair-env-drift");
    let compiled = compiled(&inventory, &playbook, &answered(hosts(&inventory))).unwrap();
    assert_eq!(
        told(&compiled)[..4],
        [
            "mastodon: canary: cdn-frankfurt-1",
            "mastodon: cdn: cdn-fremont-1 esme sally",
            "mastodon: web: fritz",
            "mastodon: queue: franz freud nietzsche",
        ]
    );
}
