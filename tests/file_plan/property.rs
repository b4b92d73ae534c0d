//! Whatever is declared and whatever is there: applied, nothing is left to be done, and what is not known is never touched.

use proptest::prelude::*;

use super::world::{Disk, Fleet, Node, directory, host, text};

const PATHS: &[&str] = &["/etc/nginx/a", "/etc/nginx/b", "/etc/nginx/c", "/etc/d"];

fn node() -> impl Strategy<Value = Option<Node>> {
    prop_oneof![
        Just(None),
        "[ab\\n]{0,6}".prop_map(|content| Some(text(&content))),
        proptest::collection::vec(any::<u8>(), 0..6).prop_map(|bytes| Some(Node::File {
            bytes,
            mode: "0600".into(),
            owner: "www:www".into()
        })),
        Just(Some(directory())),
        // Towards later paths alone: no loops.
        Just(Some(Node::Link("/etc/nginx/gone".to_owned()))),
        Just(Some(Node::Link("../d".to_owned()))),
        Just(Some(Node::Socket)),
    ]
}

fn declared() -> impl Strategy<Value = String> {
    let attributes = prop_oneof![Just(""), Just("mode = \"0640\"\n"), Just("owner = \"www:www\"\nmode = \"0600\"\n")];
    let units = prop_oneof![Just(""), Just("reload = [\"nginx.service\"]\n"), Just("restart = [\"n*.service\"]\n")];
    let has_attributes = prop_oneof![
        "[ab]{0,3}".prop_map(|content| format!("content = \"{content}\\n\"\n")),
        Just("template_text = \"a {{ pw }} b\\n\"\nsecrets = { pw = { secret = { env = \"PW\" } } }\n".to_owned()),
        Just("directory = true\n".to_owned()),
    ];
    let without = prop_oneof![
        Just("link = \"/etc/nginx/x\"\n".to_owned()),
        Just("absent = true\n".to_owned()),
        Just("absent = true\nrecursive = true\n".to_owned()),
    ];
    let kinds = prop_oneof![(has_attributes, attributes).prop_map(|(kind, more)| kind + more), without];
    (kinds, units).prop_map(|(kind, units)| kind + units)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn applied_nothing_is_left(
        nodes in proptest::collection::vec(node(), PATHS.len()),
        files in proptest::collection::vec(declared(), PATHS.len()),
        started in 900.0..1100.0_f64,
        unreadable in proptest::option::of(0..PATHS.len()),
    ) {
        let there: Vec<(&str, Node)> =
            PATHS.iter().zip(nodes).filter_map(|(path, node)| Some((*path, node?))).collect();
        let mut disk = Disk::new(&there).running("nginx.service", started);
        disk.unreadable.extend(unreadable.map(|index| PATHS[index].to_owned()));
        let toml = PATHS
            .iter()
            .zip(files)
            .enumerate()
            .map(|(number, (path, file))| format!("[file.f{number}]\npath = \"{path}\"\nhosts = \"h1\"\n{file}"))
            .collect::<Vec<_>>()
            .concat();
        let mut fleet = Fleet::new(&toml, vec![disk.clone()]).secret("PW", Ok("s3cret"));
        let promised: Vec<bool> =
            fleet.assess().items[&host(1)].iter().flat_map(|item| &item.differences).map(|it| it.repairable).collect();
        let planned = !fleet.plan().is_empty();
        prop_assert_eq!(promised.contains(&true), planned);
        fleet.apply();
        let after = &fleet.disks[&host(1)];
        if let Some(index) = unreadable {
            let path = PATHS[index];
            // Through a link of another name it may have been seen.
            if !there.iter().any(|(_, node)| *node == Node::Link("../d".to_owned())) {
                prop_assert_eq!(after.nodes.get(path), disk.nodes.get(path));
            }
        }
        let assessment = fleet.assess();
        prop_assert!(assessment.waves.is_empty(), "{:#?}", assessment.waves);
        let left = assessment.items[&host(1)].iter().flat_map(|item| &item.differences);
        prop_assert!(left.clone().all(|it| !it.repairable), "{:#?}", left.collect::<Vec<_>>());
    }
}
