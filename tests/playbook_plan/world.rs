//! An inventory, a playbook, and hosts that answered as the test says.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use fleet::actions;
use fleet::actions::queue::Queue;
use fleet::engine::action::World;
use fleet::engine::plan::{self, Author, InventoryStamp, Plan};
use fleet::engine::probe::{HostFacts, Observation, Observations};
use fleet::engine::status::{Failure, HostResult};
use fleet::inventory::{Inventory, InventoryErrors};
use fleet::names::HostName;
use fleet::playbook::{Compiled, Playbook, StepAction, compile};
use fleet::secrets::DigestKey;

/// Hosts in two regions, one without any, and something for each kind of step.
pub const INVENTORY: &str = r#"
[hosts.a1]
vars = { region = "eu", rack = 1 }
[hosts.a2]
vars = { region = "eu" }
[hosts.b1]
vars = { region = "us" }
[hosts.b2]
[groups]
a = "a*"
b = "b*"
[env.app]
path = "/srv/app/.env"
hosts = "a, b"
[env.app.keys]
MODE = "new"
[env.other]
path = "/srv/other/.env"
hosts = "a"
units = ["app.service"]
[env.other.keys]
X = "1"
[workers.ingress]
unit = "ingress@.service"
hosts = "a"
connections = 5
cpu = 1.0
memory = "450MiB"
serves = { ingress = 1 }
[queues.ingress]
demand = 1
"#;

pub fn load_with(
    inventory: &str,
    playbook: &str,
    set: &[(&str, &str)],
) -> Result<(Inventory, Playbook), InventoryErrors> {
    let directory = tempfile::tempdir().unwrap();
    let inside = directory.path().join("inventory");
    std::fs::create_dir(&inside).unwrap();
    std::fs::write(inside.join("all.toml"), inventory).unwrap();
    let set = set.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Playbook::load(&inside, Path::new("playbooks/test.toml"), playbook.to_owned(), &set)
}

pub fn load(playbook: &str, set: &[(&str, &str)]) -> Result<(Inventory, Playbook), InventoryErrors> {
    load_with(INVENTORY, playbook, set)
}

/// All that is wrong, as people read it, without the names of temporary directories.
#[track_caller]
pub fn wrong(playbook: &str, set: &[(&str, &str)]) -> String {
    match load(playbook, set) {
        Ok((_, playbook)) => panic!("nothing is wrong with it: {playbook:?}"),
        Err(errors) => errors.render(false, 100),
    }
}

pub fn host(name: &str) -> HostName {
    HostName::new(name)
}

/// What the playbook comes to where the hosts answered so.
pub fn compiled(
    inventory: &Inventory,
    playbook: &Playbook,
    observations: &Observations,
) -> Result<Compiled, Vec<Failure>> {
    let cert = actions::cert::Known::default();
    let known = actions::queue::Known { go_on: &|| true, ..actions::queue::Known::default() };
    let queue = Queue::of(inventory, &known);
    let views: Vec<Inventory> = playbook.steps.iter().map(|step| step.view(inventory)).collect();
    let steps: Vec<StepAction<'_>> = playbook
        .steps
        .iter()
        .zip(&views)
        .map(|(step, view)| {
            let all = actions::all(view, &cert, &queue);
            let action = all.into_iter().find(|action| action.kind() == step.action.word()).unwrap();
            StepAction { step, action }
        })
        .collect();
    compile_steps(inventory, &steps, observations)
}

/// The same, for steps with actions of the test's own.
pub fn compile_steps(
    inventory: &Inventory,
    steps: &[StepAction<'_>],
    observations: &Observations,
) -> Result<Compiled, Vec<Failure>> {
    let selected: BTreeSet<HostName> = observations.keys().cloned().collect();
    let world = World {
        now: jiff::Timestamp::UNIX_EPOCH,
        selected: &selected,
        observations,
        outside: &BTreeMap::new(),
        public: &[],
        secrets: &BTreeMap::new(),
        key: &key(),
        redacted: false,
    };
    compile(steps, inventory, &world, &mut |_, _| {})
}

pub fn key() -> DigestKey {
    DigestKey::from_bytes([7; 32])
}

/// A whole plan, to be held against what no plan may be.
pub fn plan_of(compiled: Compiled, hosts: impl IntoIterator<Item = HostName>) -> Plan {
    Plan {
        schema: plan::SCHEMA.to_owned(),
        created: jiff::Timestamp::UNIX_EPOCH,
        author: Author { user: "tester".to_owned(), machine: "here".to_owned() },
        inventory: InventoryStamp::default(),
        digest_key: key().id().to_owned(),
        actions: Vec::new(),
        playbook: None,
        undoes: None,
        locks: compiled.locks,
        waves: compiled.waves,
        hosts: hosts.into_iter().map(|host| HostResult::of_items(host, Vec::new())).collect(),
    }
}

pub fn answered(hosts: impl IntoIterator<Item = (HostName, HostFacts)>) -> Observations {
    hosts.into_iter().map(|(host, facts)| (host, Observation::Facts(Box::new(facts)))).collect()
}

/// Name and hosts of each wave.
pub fn told(compiled: &Compiled) -> Vec<String> {
    let hosts =
        |wave: &fleet::engine::plan::Wave| wave.transactions.keys().map(HostName::as_str).collect::<Vec<_>>().join(" ");
    compiled.waves.iter().map(|wave| format!("{}: {}", wave.name, hosts(wave))).collect()
}
