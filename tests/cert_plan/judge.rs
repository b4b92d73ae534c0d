//! What is said of certificates on disk and of those that are presented.

use fleet::engine::status::Status;

use super::model::*;

const NAMES: [&str; 2] = ["media.example.org", "*.media.example.org"];

fn one(minted: &Minted, model: Model) -> Fleet {
    Fleet::new(&[("a", model)], "").keep(vec![stored(minted, None)])
}

#[test]
fn all_is_well() {
    let minted = Authority::new("ca").mint(&NAMES, 10, 80);
    let fleet = one(&minted, Model::with(&minted));
    let item = fleet.item("a");
    assert_eq!((item.status, item.differences, item.warnings, item.error), (Status::Ok, vec![], vec![], None));
    assert!(fleet.assess().waves.is_empty());
}

#[test]
fn thirds_and_sixths_of_the_lifetime() {
    let ca = Authority::new("ca");
    for (from, to, codes, words) in [
        (59, 31, vec![], ""),
        (60, 30, vec!["expiring"], "less than a third"),
        (75, 15, vec!["expiring-critical"], "critical"),
        (91, -1, vec!["expired"], "clients refuse it"),
        (-1, 90, vec!["not-yet-valid"], "in 24 hours"),
    ] {
        let minted = ca.mint(&NAMES, from, to);
        // On a fresh laptop, too.
        let fleet = Fleet::new(&[("a", Model::with(&minted))], "");
        assert_eq!(fleet.codes("a"), codes, "{from} {to}");
        if let Some(difference) = fleet.item("a").differences.first() {
            assert!(difference.message.contains(words), "{}", difference.message);
            assert_eq!(difference.on_disk, difference.live, "told once");
        }
    }
}

#[test]
fn on_disk_but_never_reloaded() {
    let ca = Authority::new("ca");
    let (old, new) = (ca.mint(&NAMES, 30, 60), ca.mint(&NAMES, 1, 89));
    let mut model = Model::with(&new);
    model.served = Some(ders(&old.chain));
    let fleet = Fleet::new(&[("a", model)], "").keep(vec![stored(&new, None), stored(&old, None)]);
    let item = fleet.item("a");
    assert_eq!(item.status, Status::Stale);
    assert_eq!(fleet.codes("a"), ["not-reloaded"]);
    assert!(item.differences[0].repairable);
    assert!(item.differences[0].message.starts_with("media.example.org: "), "{}", item.differences[0].message);
    let waves = fleet.assess().waves;
    let transaction = waves[0].transactions.values().next().unwrap();
    assert!(transaction.changes.is_empty() && transaction.units.len() == 1 && transaction.confirm.is_some());
}

#[test]
fn the_store_has_a_newer_one() {
    let ca = Authority::new("ca");
    let (old, new) = (ca.mint(&NAMES, 30, 60), ca.mint(&NAMES, 1, 89));
    let fleet = Fleet::new(&[("a", Model::with(&old))], "").keep(vec![stored(&new, None), stored(&old, None)]);
    assert_eq!(fleet.codes("a"), ["not-distributed"]);
    assert_eq!(fleet.item("a").status, Status::Drift);
}

#[test]
fn certificates_from_elsewhere() {
    let (ca, other) = (Authority::new("ca"), Authority::new("other"));
    let (own, foreign) = (ca.mint(&NAMES, 1, 89), other.mint(&NAMES, 0, 90));
    let fleet = one(&own, Model::with(&foreign));
    assert_eq!(fleet.codes("a"), ["foreign-certificate"]);
    assert!(fleet.item("a").differences[0].message.contains("other"));
    // Presented, and not the one on disk.
    let mut model = Model::with(&own);
    model.served = Some(ders(&foreign.chain));
    assert_eq!(one(&own, model.clone()).codes("a"), ["foreign-certificate"]);
    let wrong = ca.mint(&["www.example.org"], 0, 90);
    model.served = Some(ders(&wrong.chain));
    let fleet = one(&own, model);
    assert_eq!(fleet.codes("a"), ["wrong-name"]);
    assert!(!fleet.item("a").differences[0].repairable, "it was reloaded since");
}

#[test]
fn chains_and_keys() {
    let ca = Authority::new("ca");
    let own = ca.mint(&NAMES, 1, 89);
    let full = format!("{DIRECTORY}/versions/{}/fullchain.pem", own.chain.leaf().serial);
    let key = full.replace("fullchain", "privkey");
    let with = |change: &dyn Fn(&mut Model)| {
        let mut model = Model::with(&own);
        change(&mut model);
        one(&own, model).item("a")
    };
    let codes = |change: &dyn Fn(&mut Model)| -> Vec<String> {
        with(change).differences.into_iter().map(|difference| difference.subject).collect()
    };
    let write = |model: &mut Model, path: &str, bytes: &[u8]| model.files.get_mut(path).unwrap().bytes = bytes.to_vec();
    assert_eq!(codes(&|model| write(model, &full, own.chain.leaf_pem().as_bytes())), ["incomplete-chain"]);
    let twice = format!("{}{}", own.chain.to_pem(), own.chain.issuers_pem());
    assert_eq!(codes(&|model| write(model, &full, twice.as_bytes())), ["chain-superfluous"]);
    assert_eq!(codes(&|model| write(model, &full, b"nonsense")), ["not-a-certificate"]);
    let other = ca.mint(&NAMES, 1, 89);
    assert_eq!(codes(&|model| write(model, &key, other.key.expose())), ["key-mismatch"]);
    assert_eq!(codes(&|model| assert!(model.files.remove(&key).is_some())), ["key-missing"]);
    let open = with(&|model| "0644".clone_into(&mut model.files.get_mut(&key).unwrap().mode));
    assert_eq!(open.differences[0].subject, "key-readable-by-others");
    assert!(open.differences[0].message.starts_with("everybody") && open.differences[0].repairable);
    assert_eq!(codes(&|model| "www:www".clone_into(&mut model.files.get_mut(&key).unwrap().owner)), ["owner"]);
    let mixed = [own.chain.to_pem().as_bytes(), own.key.expose()].concat();
    assert_eq!(codes(&|model| write(model, &full, &mixed)), ["key-readable-by-others"]);
    assert_eq!(codes(&|model| model.clock += 3600.0), ["clock-skew"]);
    // The service sends the leaf alone, the file has all.
    assert_eq!(codes(&|model| model.served.as_mut().unwrap().truncate(1)), ["incomplete-chain"]);
}

#[test]
fn nothing_is_served() {
    let own = Authority::new("ca").mint(&NAMES, 1, 89);
    let mut model = Model::with(&own);
    model.served = None;
    let item = one(&own, model.clone()).item("a");
    assert_eq!((item.status, item.differences[0].subject.as_str()), (Status::Unknown, "not-serving"));
    "inactive".clone_into(&mut model.units.get_mut("nginx.service").unwrap().active_state);
    let item = one(&own, model).item("a");
    assert_eq!((item.status, item.differences[0].subject.as_str()), (Status::Stale, "not-serving"));
    assert!(item.warnings.iter().any(|warning| warning.code == "unit-inactive"));
}

#[test]
fn what_is_due_is_said() {
    let ca = Authority::new("ca");
    let own = ca.mint(&NAMES, 10, 80);
    let due = |fleet: &Fleet| {
        let found = fleet.item("a").warnings.into_iter().find(|warning| warning.code == "due");
        found.map(|warning| warning.subject)
    };
    assert_eq!(due(&one(&own, Model::with(&own))), None);
    let renewal = fleet::store::Renewal {
        start: now(),
        end: now(),
        chosen: now(),
        ask_again: now(),
        explanation: Some("https://ca.example.org/why".to_owned()),
    };
    let fleet = Fleet::new(&[("a", Model::with(&own))], "").keep(vec![stored(&own, Some(renewal))]);
    assert_eq!(due(&fleet).as_deref(), Some("renewal-window"));
    assert_eq!(fleet.item("a").status, Status::Ok, "a check is about what is, not about what comes");
    let mut fleet = one(&own, Model::with(&own));
    fleet.known.renew.insert("media".to_owned());
    assert_eq!(due(&fleet).as_deref(), Some("forced"));
    let narrow = ca.mint(&["media.example.org"], 10, 80);
    let fleet = one(&narrow, Model::with(&narrow));
    assert_eq!(fleet.codes("a"), ["wrong-name"]);
    let wide = ca.mint(&["media.example.org", "*.media.example.org", "old.example.org"], 10, 80);
    assert_eq!(one(&wide, Model::with(&wide)).codes("a"), ["names-changed"]);
}

#[test]
fn without_ssh() {
    let ca = Authority::new("ca");
    let (own, old) = (ca.mint(&NAMES, 1, 89), ca.mint(&NAMES, 30, 60));
    let mut fleet = Fleet::new(&[("a", Model::with(&old))], "").keep(vec![stored(&own, None), stored(&old, None)]);
    fleet.known.serving_only = true;
    assert_eq!(fleet.codes("a"), ["not-distributed"]);
    assert!(fleet.assess().waves.is_empty());
    // A host that SSH does not reach is judged by what it presents.
    fleet.known.serving_only = false;
    fleet.hosts.get_mut("a").unwrap().reachable = false;
    assert_eq!(fleet.codes("a"), ["not-distributed"]);
}
