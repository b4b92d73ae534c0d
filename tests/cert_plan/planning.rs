//! What is planned, for whom, and in which order.

use fleet::actions::cert::foreign;
use fleet::engine::plan::{Plan, Wave, problems};
use fleet::engine::status::Status;
use fleet::engine::transaction::{Change, Part, host_key};

use super::model::*;

const NAMES: [&str; 2] = ["media.example.org", "*.media.example.org"];

fn names(wave: &Wave) -> Vec<&str> {
    wave.transactions.keys().map(fleet::names::HostName::as_str).collect()
}

fn plan_of(fleet: &Fleet) -> Plan {
    Plan {
        playbook: None,
        undoes: None,
        locks: Vec::new(),
        schema: fleet::engine::plan::SCHEMA.to_owned(),
        created: now(),
        author: fleet::engine::plan::Author { user: String::new(), machine: String::new() },
        inventory: fleet::engine::plan::InventoryStamp::default(),
        digest_key: String::new(),
        actions: vec!["cert".to_owned()],
        hosts: fleet
            .hosts
            .keys()
            .map(|host| fleet::engine::status::HostResult::of_items(host.clone(), Vec::new()))
            .collect(),
        waves: fleet.assess().waves,
    }
}

#[test]
fn a_plan_file_asks_for_what_is_declared_alone() {
    let next = Authority::new("ca").mint(&NAMES, 0, 90);
    let bare = Fleet::new(&[("a", Model::bare())], "");
    let kept = Fleet::new(&[("a", Model::bare())], "").keep(vec![stored(&next, None)]);
    for fleet in [&bare, &kept] {
        let plan = plan_of(fleet);
        assert_eq!(foreign(&fleet.inventory, &plan), None);
        let text = serde_json::to_string(&plan).unwrap();
        for (from, to) in [
            ("cert/media/", "cert/other/"),
            ("cert/media/", "cert/media@a/"),
            ("\"0600\"", "\"0644\""),
            ("key-sha256", "key-sha1"),
            ("/privkey\"", "/serial\""),
            ("*.media.example.org", "*.evil.example.org"),
            ("ecdsa-p256", "rsa-2048"),
        ] {
            let edited = text.replace(from, to);
            if edited == text {
                continue;
            }
            let edited: Plan = serde_json::from_str(&edited).unwrap();
            assert!(foreign(&fleet.inventory, &edited).is_some(), "{from} → {to}");
        }
    }
    // A key that somebody else may read, in a directory of its own.
    let mut plan = plan_of(&bare);
    for transaction in plan.waves.iter_mut().flat_map(|wave| wave.transactions.values_mut()) {
        for change in &mut transaction.changes {
            if let Change::Write { path, .. } = change {
                *path = fleet::names::RemotePath::new(path.as_str().replace(DIRECTORY, "/srv/www"));
            }
        }
    }
    assert!(foreign(&bare.inventory, &plan).unwrap().contains("/srv/www"));
}

#[test]
fn a_key_that_a_host_made_is_compared_there() {
    let own = Authority::new("ca").mint(&NAMES, 1, 89);
    let mut model = Model::with(&own);
    let leaf = own.chain.leaf();
    let placed = format!("{DIRECTORY}/versions/{}/privkey.pem", leaf.serial);
    let kept = model.files[&placed].clone();
    model.files.insert(host_key("media", leaf.key.as_str()).to_string(), kept);
    let mut fleet = Fleet::new(&[("a", model)], "key = \"per-host\"");
    let mut version = stored(&own, None);
    version.key = None;
    fleet.known.certificates.versions.insert(("media".to_owned(), Some(host("a"))), vec![version]);
    assert_eq!(fleet.codes("a"), Vec::<String>::new());
    fleet.hosts.get_mut("a").unwrap().files.get_mut(&placed).unwrap().bytes = b"another".to_vec();
    assert_eq!(fleet.codes("a"), ["key-mismatch"]);
    let waves = fleet.assess().waves;
    let writes = waves[0].transactions["a"].contents().flat_map(|content| &content.0);
    assert!(writes.into_iter().any(|part| matches!(part, Part::HostKey { .. })));
}

#[test]
fn a_first_certificate_for_all() {
    let mut served = Model::bare();
    served.served = Some(ders(&Authority::new("old").mint(&NAMES, 100, -1).chain));
    let mut fleet = Fleet::new(&[("a", served.clone()), ("b", served.clone()), ("c", served)], "canary = \"b\"");
    let waves = fleet.assess().waves;
    assert_eq!(waves.iter().map(|wave| wave.name.as_str()).collect::<Vec<_>>(), ["canary", "the rest"]);
    assert_eq!((names(&waves[0]), names(&waves[1])), (vec!["b"], vec!["a", "c"]));
    let plan = plan_of(&fleet);
    assert_eq!(problems(&plan), Vec::<String>::new());
    let text = serde_json::to_string(&plan).unwrap();
    assert!(!text.contains("PRIVATE KEY"));
    let wanted: Vec<String> = plan.wanted().into_iter().map(|wanted| wanted.name).collect();
    // The end date is for people: the plan's summary has a place for it.
    let values = ["fullchain", "not-after", "privkey", "serial", "sha256"];
    assert_eq!(wanted, values.map(|what| format!("cert/media/next/{what}")));
    let next = Authority::new("ca").mint(&NAMES, 0, 90);
    fleet.apply(Some(&next));
    assert_eq!(fleet.item("a").status, Status::Ok, "{:?}", fleet.item("a"));
    assert!(fleet.assess().waves.is_empty());
}

#[test]
fn no_order_before_every_host_has_answered() {
    let own = Authority::new("ca").mint(&NAMES, 65, 25);
    let mut away = Model::with(&own);
    away.reachable = false;
    let fleet = Fleet::new(&[("a", Model::with(&own)), ("b", away.clone())], "").keep(vec![stored(&own, None)]);
    let assessment = fleet.assess();
    assert!(assessment.waves.is_empty(), "{:?}", assessment.waves);
    let differs = &assessment.items["a"][0].differences[0];
    assert_eq!((differs.subject.as_str(), differs.repairable), ("expiring", false));
    // Waiting would be worse.
    let own = Authority::new("ca").mint(&NAMES, 80, 10);
    away = Model::with(&own);
    away.reachable = false;
    let fleet = Fleet::new(&[("a", Model::with(&own)), ("b", away)], "").keep(vec![stored(&own, None)]);
    assert_eq!(names(&fleet.assess().waves[0]), ["a"]);
}

#[test]
fn a_host_that_cannot_take_it_holds_the_order_back() {
    let own = Authority::new("ca").mint(&NAMES, 65, 25);
    let mut odd = Model::with(&own);
    odd.units.clear();
    let fleet = Fleet::new(&[("a", Model::with(&own)), ("b", odd)], "").keep(vec![stored(&own, None)]);
    let assessment = fleet.assess();
    assert!(assessment.waves.is_empty());
    assert_eq!(assessment.items["b"][0].error.as_ref().unwrap().code, "cert-no-unit");
}

#[test]
fn what_the_store_has_is_distributed_meanwhile() {
    let ca = Authority::new("ca");
    let own = ca.mint(&NAMES, 65, 25);
    let mut away = Model::with(&own);
    away.reachable = false;
    let mut fleet = Fleet::new(&[("a", Model::bare()), ("b", away)], "").keep(vec![stored(&own, None)]);
    fleet.hosts.get_mut("a").unwrap().served = Some(ders(&own.chain));
    fleet.hosts.get_mut("a").unwrap().put(&ca.mint(&NAMES, 66, 24));
    assert_eq!(names(&fleet.assess().waves[0]), ["a"]);
}

#[test]
fn a_proven_canary_lets_the_rest_go_side_by_side() {
    let ca = Authority::new("ca");
    let (old, new) = (ca.mint(&NAMES, 30, 60), ca.mint(&NAMES, 1, 89));
    let hosts = [("a", Model::with(&new)), ("b", Model::with(&old)), ("c", Model::with(&old))];
    let fleet = Fleet::new(&hosts, "").keep(vec![stored(&new, None), stored(&old, None)]);
    let waves = fleet.assess().waves;
    assert_eq!((waves.len(), names(&waves[0])), (1, vec!["b", "c"]));
    assert_eq!(waves[0].name, "all hosts");
}

#[test]
fn old_versions_go_and_the_one_before_stays() {
    let ca = Authority::new("ca");
    let all: Vec<Minted> = (0..6).map(|age| ca.mint(&NAMES, age, 89)).collect();
    let mut model = Model::with(&all[5]);
    for minted in all[1..].iter().rev() {
        model.put(minted);
    }
    // Somebody went back to the oldest.
    model.links.insert(format!("{DIRECTORY}/current"), format!("versions/{}", all[5].chain.leaf().serial));
    model.served = Some(ders(&all[5].chain));
    let versions = all.iter().map(|minted| stored(minted, None)).collect();
    let mut fleet = Fleet::new(&[("a", model)], "").keep(versions);
    fleet.apply(None);
    let left: Vec<bool> = all
        .iter()
        .map(|minted| {
            let version = format!("{DIRECTORY}/versions/{}", minted.chain.leaf().serial);
            fleet.hosts["a"].directories.contains(&version)
        })
        .collect();
    assert_eq!(left, [true, true, false, false, false, true]);
    assert!(fleet.assess().waves.is_empty());
}

#[test]
fn the_names_of_certbot_are_kept() {
    let live = "/etc/letsencrypt/live/media";
    let mut model = Model::bare();
    for directory in ["/etc/letsencrypt", "/etc/letsencrypt/live", live] {
        model.directories.insert(directory.to_owned());
    }
    model.links.insert(format!("{live}/fullchain.pem"), "../../archive/media/fullchain3.pem".to_owned());
    let next = Authority::new("ca").mint(&NAMES, 0, 90);
    model.served = Some(ders(&next.chain));
    let mut fleet = Fleet::new(&[("a", model)], &format!("live = \"{live}\"")).keep(vec![stored(&next, None)]);
    fleet.apply(None);
    assert_eq!(fleet.hosts["a"].links[&format!("{live}/chain.pem")], format!("{DIRECTORY}/current/chain.pem"));
    assert!(fleet.assess().waves.is_empty());
    assert_eq!(fleet.item("a").differences, vec![]);
}

#[test]
fn a_key_that_is_not_at_hand_is_said() {
    let own = Authority::new("ca").mint(&NAMES, 1, 89);
    let mut kept = stored(&own, None);
    kept.key = None;
    let fleet = Fleet::new(&[("a", Model::bare())], "").keep(vec![kept]);
    assert_eq!(fleet.item("a").error.unwrap().code, "cert-no-key");
    assert!(fleet.assess().waves.is_empty());
}
