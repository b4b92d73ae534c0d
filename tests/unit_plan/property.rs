//! For random declarations and hosts: what was planned, once applied, leaves nothing to plan.

use proptest::prelude::*;

use crate::world::*;

fn declaration() -> impl Strategy<Value = String> {
    let some = |words: Vec<&'static str>| prop::sample::select(words);
    let drop_in = prop::collection::btree_map("[ab]", "(LimitNOFILE=[0-9]|Nice=[0-9])", 0..3);
    (
        some(vec!["", "state = \"running\"\n", "state = \"stopped\"\n"]),
        some(vec!["", "enabled = true\n", "enabled = false\n"]),
        some(vec!["", "restart = \"reload\"\n", "restart = \"none\"\n"]),
        some(vec!["", "", "timer = { calendar = \"daily\", command = [\"/bin/true\", \"a\"] }\n"]),
        drop_in,
    )
        .prop_map(|(state, enabled, restart, timer, drop_ins)| {
            let lines = drop_ins.iter().map(|(name, line)| format!("{name} = \"[Service]\\n{line}\"\n"));
            let lines = lines.collect::<Vec<_>>().concat();
            format!("[unit.x]\nhosts = \"h\"\n{state}{enabled}{restart}{timer}[unit.x.drop_ins]\n{lines}")
        })
}

fn unit() -> impl Strategy<Value = UnitModel> {
    (
        prop::sample::select(vec!["loaded", "loaded", "loaded", "not-found", "masked"]),
        prop::sample::select(vec![
            ("active", "running"),
            ("inactive", "dead"),
            ("failed", "failed"),
            ("activating", "start"),
            ("activating", "auto-restart"),
        ]),
        prop::sample::select(vec!["enabled", "disabled", "static", "enabled-runtime"]),
        any::<bool>(),
        prop::sample::select(vec![1500.0, 2500.0, 3500.0]),
        prop::sample::select(vec!["success", "exit-code"]),
    )
        .prop_map(|(load, (active, sub), file_state, can_reload, read, result)| UnitModel {
            load: load.to_owned(),
            active: active.to_owned(),
            sub: sub.to_owned(),
            file_state: file_state.to_owned(),
            fragment: "/etc/systemd/system/x.service".to_owned(),
            can_reload,
            read,
            result: result.to_owned(),
            ..running("x.service")
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn planning_again_finds_nothing_to_do(
        toml in declaration(), service in unit(), timer in prop::option::of(unit()),
        files in prop::collection::btree_map("x\\.service\\.d/(50-fleet-[ac]|override)\\.conf", ("[0-9]", 1000..3000), 0..4),
    ) {
        let mut model = Model::with("x.service", service);
        if let Some(timer) = timer.filter(|_| toml.contains("timer =")) {
            let fragment = "/etc/systemd/system/x.timer".to_owned();
            model.units.insert("x.timer".to_owned(), UnitModel { fragment, ..timer });
        }
        for (path, (value, changed)) in files {
            model = model.file(&path, &format!("[Service]\nNice={value}\n"), f64::from(changed));
        }
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("all.toml"), format!("[hosts.h]\n{toml}")).unwrap();
        // One that declares nothing is refused.
        prop_assume!(fleet::inventory::Inventory::load(directory.path()).is_ok());
        let (before, transaction) = judged(&toml, &model);
        prop_assert_eq!(before.differences.iter().any(|it| it.repairable), transaction.is_some());
        let Some(transaction) = transaction else { return Ok(()) };
        model.apply(&transaction);
        let (after, again) = judged(&toml, &model);
        prop_assert_eq!(again, None, "{:?} {:?}", told(&before), told(&after));
        // Somebody else's is nobody's to touch.
        let touched = transaction.changes.iter().any(|change| change.path().as_str().ends_with("override.conf"));
        prop_assert!(!touched);
    }
}
