//! From hosts to waves, for any hosts and any rollout.

use std::collections::{BTreeMap, BTreeSet};

use fleet::names::HostName;
use fleet::playbook::Rollout;
use fleet::playbook::rollout::{Part, Size};
use proptest::prelude::*;

use crate::world::host;

fn size() -> impl Strategy<Value = Option<Size>> {
    proptest::option::of(prop_oneof![(1_u32..20).prop_map(Size::Hosts), (1_u8..=100).prop_map(Size::Percent)])
}

fn regions() -> impl Strategy<Value = BTreeMap<HostName, Option<u8>>> {
    proptest::collection::btree_map(
        (0_u16..500).prop_map(|number| host(&format!("h{number:03}"))),
        proptest::option::of(0_u8..4),
        1..60,
    )
}

/// The names of hosts that end so.
fn group(hosts: &BTreeMap<HostName, Option<u8>>, digit: char) -> BTreeSet<HostName> {
    hosts.keys().filter(|host| host.as_str().ends_with(digit)).cloned().collect()
}

proptest! {
    #[test]
    fn each_host_has_one_turn_and_all_limits_hold(
        regions in regions(),
        canary in size(),
        batch in size(),
        most in proptest::option::of(1_u32..4),
        ordered in any::<bool>(),
    ) {
        let hosts: BTreeSet<HostName> = regions.keys().cloned().collect();
        let order = if ordered {
            vec![("ones".to_owned(), group(&regions, '1')), ("twos".to_owned(), group(&regions, '2'))]
        } else {
            Vec::new()
        };
        let rollout = Rollout {
            canary,
            batch,
            at_most: most.map(|most| ("region".to_owned(), most)).into_iter().collect(),
            order: order.clone(),
            ..Rollout::default()
        };
        let domain = |host: &HostName, _: &str| regions[host].map(|region| region.to_string());
        let parts = rollout.split("step", &hosts, &domain);

        let turns: Vec<&HostName> = parts.iter().flat_map(|part| &part.hosts).collect();
        prop_assert_eq!(turns.len(), hosts.len());
        prop_assert_eq!(turns.iter().copied().cloned().collect::<BTreeSet<_>>(), hosts.clone());
        prop_assert!(parts.iter().all(|part| !part.hosts.is_empty()));
        let names: BTreeSet<&str> = parts.iter().map(|part| part.name.as_str()).collect();
        prop_assert_eq!(names.len(), parts.len());

        if let Some(most) = most {
            for part in &parts {
                let mut used: BTreeMap<Option<u8>, u32> = BTreeMap::new();
                part.hosts.iter().for_each(|host| *used.entry(regions[host]).or_default() += 1);
                prop_assert!(used.values().all(|used| *used <= most), "{:?}", used);
            }
        }
        let canaries: usize = parts.iter().filter(|part| part.canary).map(|part| part.hosts.len()).sum();
        prop_assert_eq!(canaries, canary.map_or(0, |size| size.of(hosts.len()).min(hosts.len())));
        let first_other = parts.iter().position(|part| !part.canary).unwrap_or(parts.len());
        prop_assert!(parts[first_other..].iter().all(|part| !part.canary));
        let batch = batch.map_or(usize::MAX, |size| size.of(hosts.len()));
        prop_assert!(parts.iter().filter(|part| !part.canary).all(|part| part.hosts.len() <= batch));

        let rank = |host: &HostName| order.iter().position(|(_, group)| group.contains(host)).unwrap_or(order.len());
        for (is_canary, parts) in [(true, &parts[..first_other]), (false, &parts[first_other..])] {
            // Canaries of one wave may be of several groups; other waves never are.
            for pair in parts.windows(2) {
                let last = pair[0].hosts.iter().map(rank).max();
                let next = pair[1].hosts.iter().map(rank).min();
                prop_assert!(is_canary || last <= next);
            }
            for part in parts.iter().filter(|_| !is_canary) {
                prop_assert_eq!(part.hosts.iter().map(rank).collect::<BTreeSet<_>>().len(), 1);
            }
        }
        let ahead = parts[..first_other].iter().flat_map(|part| &part.hosts).map(rank).max();
        let behind = parts[first_other..].iter().flat_map(|part| &part.hosts).map(rank).min();
        prop_assert!(ahead.is_none() || behind.is_none() || ahead <= behind);
    }
}

fn split(rollout: &Rollout, count: usize) -> Vec<String> {
    let hosts = (1..=count).map(|number| host(&format!("h{number}"))).collect();
    let parts = rollout.split("edges", &hosts, &|_, _| None);
    parts.into_iter().map(|Part { name, hosts, .. }| format!("{name}: {}", hosts.len())).collect()
}

#[test]
fn waves_have_names_that_people_understand() {
    let canary = Rollout { canary: Some(Size::Hosts(1)), ..Rollout::default() };
    assert_eq!(split(&canary, 1), ["edges: 1"]);
    assert_eq!(split(&canary, 4), ["edges: canary: 1", "edges: the rest: 3"]);
    let batches = Rollout { batch: Some(Size::Percent(25)), ..canary };
    assert_eq!(
        split(&batches, 9),
        ["edges: canary: 1", "edges: batch 1 of 3: 3", "edges: batch 2 of 3: 3", "edges: batch 3 of 3: 2"]
    );
    let order = Rollout { order: vec![("cdn".to_owned(), BTreeSet::from([host("h2")]))], ..Rollout::default() };
    assert_eq!(split(&order, 3), ["edges: cdn: 1", "edges: the others: 2"]);
    assert_eq!(split(&Rollout::default(), 3), ["edges: 3"]);
}
