//! Disk against live.

use fleet::engine::status::Status;

use super::world::{Disk, Fleet, Node, STARTED, WRITTEN, host, text, told};

const CONF: &str = "/etc/nginx/media.conf";

fn conf(units: &str) -> String {
    format!(
        "[file.media]\npath = \"{CONF}\"\nhosts = \"h*\"\ncontent = \"a\\n\"\nvalidate = [\"nginx\", \"-t\"]\n{units}\n"
    )
}

/// How units are declared, when the unit took its files up, and what is done to it.
#[test]
fn what_has_not_taken_a_file_up_is_stale() {
    let before = WRITTEN - 10.0;
    for (units, started, reloaded, done) in [
        ("reload = [\"nginx.service\"]", STARTED, STARTED, None),
        ("reload = [\"nginx.service\"]", before, STARTED, None),
        ("reload = [\"nginx.service\"]", before, before, Some("reload nginx.service")),
        ("restart = [\"nginx.service\"]", STARTED, STARTED, None),
        // A reload is no restart.
        ("restart = [\"nginx.service\"]", before, STARTED, Some("restart nginx.service")),
        ("restart = [\"ng*.service\"]", before, before, Some("restart nginx.service")),
        ("reload = [\"nginx.service\"]\nrestart = [\"nginx.service\"]", before, before, Some("restart nginx.service")),
        ("", before, before, None),
    ] {
        let mut disk = Disk::new(&[(CONF, text("a\n"))]).running("nginx.service", started);
        disk.units.values_mut().for_each(|unit| unit.state_changed = reloaded);
        let mut fleet = Fleet::new(&conf(units), vec![disk]);
        let item = fleet.item(1, "media");
        assert_eq!(item.status, if done.is_some() { Status::Stale } else { Status::Ok }, "{units} {started} {item:#?}");
        assert!(item.differences.iter().all(|difference| difference.repairable), "{item:#?}");
        let transaction = fleet.transaction(1);
        let wanted: Option<Vec<String>> = done.map(|done| vec!["run nginx -t".to_owned(), done.to_owned()]);
        assert_eq!(transaction.as_ref().map(told), wanted, "{units} {started}");
        assert!(transaction.is_none_or(|it| it.changes.is_empty() && it.expect.len() == 1));
        fleet.apply();
        assert!(fleet.plan().is_empty());
    }
}

#[test]
fn a_link_that_was_switched_is_to_be_taken_up() {
    let toml = format!("[file.media]\npath = \"{CONF}\"\nhosts = \"h1\"\nlink = \"x\"\nreload = [\"nginx.service\"]\n");
    for (started, status) in [(WRITTEN - 10.0, Status::Stale), (STARTED, Status::Ok)] {
        let disk = Disk::new(&[(CONF, Node::Link("x".to_owned()))]).running("nginx.service", started);
        let mut fleet = Fleet::new(&toml, vec![disk]);
        assert_eq!(fleet.item(1, "media").status, status);
        fleet.apply();
        assert!(fleet.plan().is_empty());
    }
}

#[test]
fn units_that_do_not_run_are_left_alone() {
    for (active, warning) in
        [("inactive", None), ("failed", Some("unit-failed")), ("activating", Some("unit-starting"))]
    {
        let mut disk = Disk::new(&[(CONF, text("b\n"))]).running("nginx.service", STARTED);
        disk.units.values_mut().for_each(|unit| active.clone_into(&mut unit.active_state));
        let fleet = Fleet::new(&conf("reload = [\"nginx.service\"]"), vec![disk]);
        assert_eq!(told(&fleet.transaction(1).unwrap()), ["run nginx -t"], "{active}");
        let found = fleet.item(1, "media").warnings.first().map(|warning| warning.code.clone());
        assert_eq!(found.as_deref(), warning);
    }
    let fleet = Fleet::new(&conf("reload = [\"nginx.service\"]"), vec![Disk::new(&[(CONF, text("a\n"))])]);
    assert_eq!(fleet.item(1, "media").warnings[0].code, "no-unit");
}

#[test]
fn a_unit_that_cannot_take_a_change_up_keeps_it_away() {
    let mut disk = Disk::new(&[(CONF, text("b\n"))]).running("nginx.service", STARTED);
    disk.units.values_mut().for_each(|unit| unit.can_reload = false);
    let fleet = Fleet::new(&conf("reload = [\"nginx.service\"]"), vec![disk]);
    assert_eq!(fleet.transaction(1), None);
    let item = fleet.item(1, "media");
    assert!(item.differences.iter().any(|it| it.message.contains("cannot be reloaded") && !it.repairable), "{item:#?}");
    assert!(fleet.disks.contains_key(&host(1)));
}
