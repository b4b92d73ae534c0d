//! Whatever the hosts look like: what is applied plans nothing, and what is unknown is never changed.

use proptest::prelude::*;

use super::model::*;

const NAMES: [&str; 2] = ["media.example.org", "*.media.example.org"];

/// A slip of somebody on a host.
#[derive(Clone, Copy, Debug)]
enum Slip {
    Bare,
    Older,
    Foreign,
    OpenKey,
    OtherKey,
    ShortChain,
    NotReloaded,
    NoKey,
    NoLink,
    Owner,
}

const SLIPS: [Slip; 10] = [
    Slip::Bare,
    Slip::Older,
    Slip::Foreign,
    Slip::OpenKey,
    Slip::OtherKey,
    Slip::ShortChain,
    Slip::NotReloaded,
    Slip::NoKey,
    Slip::NoLink,
    Slip::Owner,
];

struct Minteds {
    own: Minted,
    older: Minted,
    foreign: Minted,
}

fn slipped(slips: &[Slip], all: &Minteds) -> Model {
    let mut model = Model::with(&all.own);
    let full = format!("{DIRECTORY}/versions/{}/fullchain.pem", all.own.chain.leaf().serial);
    let key = full.replace("fullchain", "privkey");
    for slip in slips {
        match slip {
            Slip::Bare => model = Model { served: model.served.clone(), ..Model::bare() },
            Slip::Older => model.put(&all.older),
            Slip::Foreign => model.put(&all.foreign),
            Slip::NotReloaded => model.served = Some(ders(&all.older.chain)),
            Slip::NoLink => model.links.clear(),
            Slip::NoKey => drop(model.files.remove(&key)),
            Slip::OpenKey => model.files.get_mut(&key).into_iter().for_each(|file| "0666".clone_into(&mut file.mode)),
            Slip::Owner => model.files.get_mut(&full).into_iter().for_each(|file| "a:b".clone_into(&mut file.owner)),
            Slip::OtherKey => {
                model.files.get_mut(&key).into_iter().for_each(|file| file.bytes = all.older.key.expose().to_vec());
            }
            Slip::ShortChain => {
                let pem = all.own.chain.leaf_pem();
                model.files.get_mut(&full).into_iter().for_each(|file| file.bytes = pem.clone().into_bytes());
            }
        }
    }
    model
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn what_is_applied_plans_nothing(
        slips in prop::collection::vec(prop::collection::vec(0..SLIPS.len(), 0..4), 1..4),
        due in any::<bool>(),
    ) {
        let ca = Authority::new("ca");
        let (from, to) = if due { (85, 5) } else { (1, 89) };
        let all = Minteds {
            own: ca.mint(&NAMES, from, to),
            older: ca.mint(&NAMES, 86, 4),
            foreign: Authority::new("other").mint(&NAMES, 2, 88),
        };
        let hosts: Vec<(String, Model)> = slips
            .iter()
            .enumerate()
            .map(|(number, slips)| {
                let slips: Vec<Slip> = slips.iter().map(|slip| SLIPS[*slip]).collect();
                (format!("h{number}"), slipped(&slips, &all))
            })
            .collect();
        let hosts: Vec<(&str, Model)> = hosts.iter().map(|(name, model)| (name.as_str(), model.clone())).collect();
        let mut fleet = Fleet::new(&hosts, "").keep(vec![stored(&all.own, None), stored(&all.older, None)]);
        let next = due.then(|| ca.mint(&NAMES, 0, 90));
        fleet.apply(next.as_ref());
        let left = fleet.assess();
        prop_assert!(left.waves.is_empty(), "{:?}", left.waves);
        for (host, items) in left.items {
            prop_assert_eq!(&items[0].differences, &vec![], "{}", host);
        }
    }

    #[test]
    fn what_is_unknown_is_never_changed(slips in prop::collection::vec(0..SLIPS.len(), 0..4), which in 0..6_usize) {
        let ca = Authority::new("ca");
        let all = Minteds {
            own: ca.mint(&NAMES, 1, 89),
            older: ca.mint(&NAMES, 30, 60),
            foreign: Authority::new("other").mint(&NAMES, 2, 88),
        };
        let slips: Vec<Slip> = slips.iter().map(|slip| SLIPS[*slip]).collect();
        let mut model = slipped(&slips, &all);
        let version = format!("{DIRECTORY}/versions/{}", all.own.chain.leaf().serial);
        let hidden = [
            DIRECTORY.to_owned(),
            format!("{DIRECTORY}/versions"),
            version.clone(),
            format!("{version}/fullchain.pem"),
            format!("{version}/privkey.pem"),
            "/etc/ssl/fleet".to_owned(),
        ];
        // What is not there at all is known to be absent.
        prop_assume!(model.directories.contains(&hidden[which]) || model.files.contains_key(&hidden[which]));
        model.hidden.insert(hidden[which].clone());
        let fleet = Fleet::new(&[("a", model)], "").keep(vec![stored(&all.own, None), stored(&all.older, None)]);
        for wave in fleet.assess().waves {
            for transaction in wave.transactions.values() {
                for change in &transaction.changes {
                    prop_assert_ne!(change.path().as_str(), &hidden[which]);
                }
            }
        }
    }
}
