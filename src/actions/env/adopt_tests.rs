use super::*;

/// Facts of a host with this file.
fn host(text: &str) -> HostFacts {
    let mut facts = HostFacts::default();
    let fact = PathFact {
        resolved: RemotePath::new("/srv/app/.env"),
        kind: PathKind::File(Bytes(text.as_bytes().to_vec())),
        mode: "0640".to_owned(),
        owner: "app:app".to_owned(),
        modified: 1.0,
        touched: 1.0,
    };
    facts.files.insert(RemotePath::new("/srv/app/.env"), Fact::Known(fact));
    facts
}

struct Fleet(BTreeMap<HostName, HostFacts>, BTreeMap<GroupName, BTreeSet<HostName>>);

fn fleet(files: &[(&str, &str)]) -> Fleet {
    Fleet(files.iter().map(|(name, text)| (HostName::new(*name), host(text))).collect(), BTreeMap::new())
}

impl Fleet {
    fn group(mut self, name: &str, members: &[&str]) -> Self {
        let name: GroupName = serde_json::from_value(name.into()).unwrap();
        self.1.insert(name, members.iter().map(|member| HostName::new(*member)).collect());
        self
    }

    fn declare(&self, format: EnvFormat) -> Result<Adopted, BTreeMap<HostName, String>> {
        let path = RemotePath::new("/srv/app/.env");
        let hosts = self.0.iter().map(|(host, facts)| (host.clone(), facts)).collect();
        let units = ["app.service".to_owned()];
        Adoption { name: "app", path: &path, format, selector: "*", units: &units, groups: &self.1 }.declare(&hosts)
    }

    fn adopt(&self) -> Adopted {
        self.declare(EnvFormat::Dotenv).unwrap()
    }

    /// The inventory with it, as the user would load it.
    fn load(&self, text: &str) -> crate::inventory::Inventory {
        let directory = tempfile::tempdir().unwrap();
        let mut hosts: Vec<String> = self.0.keys().map(|host| format!("[hosts.\"{host}\"]")).collect();
        hosts.push("[groups]".to_owned());
        for (group, members) in &self.1 {
            let members: Vec<&str> = members.iter().map(HostName::as_str).collect();
            hosts.push(format!("{group} = \"{}\"", members.join(", ")));
        }
        std::fs::write(directory.path().join("hosts.toml"), hosts.join("\n")).unwrap();
        std::fs::write(directory.path().join("env.toml"), text).unwrap();
        crate::inventory::Inventory::load(directory.path())
            .unwrap_or_else(|errors| panic!("{}\n{text}", errors.render(false, 100)))
    }
}

const ALIKE: &str = "A=1\nDB_PASS=hunter2\n";

#[test]
fn most_hosts_are_the_base() {
    let fleet = fleet(&[
        ("a.example.org", "A=1\nB=x y\nDB_PASS=hunter2\nE=\"$HOME/x\"\nGONE=1\n"),
        (
            "b",
            "A=1\nB=x y\nDB_PASS=hunter2\nE=\"$HOME/x\"\nGONE=1\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQ=\n",
        ),
        ("c", "A=2\nB=x y\nDB_PASS=other\nE=\"$HOME/x\"\nNEW=\"two\\nlines\"\nOPEN=\n"),
    ]);
    let adopted = fleet.adopt();
    insta::assert_snapshot!(format!("{}\n{:#?}", adopted.text, (&adopted.secrets, &adopted.notes)));
    fleet.load(&adopted.text);
}

#[test]
fn a_group_is_named_where_it_is_what_differs() {
    let fleet =
        fleet(&[("a", ALIKE), ("b", ALIKE), ("c", ALIKE), ("d", "A=2\nDB_PASS=x1\n"), ("e", "A=2\nDB_PASS=x1\n")])
            .group("all", &["a", "b", "c", "d", "e"])
            .group("queue", &["d", "e"]);
    let adopted = fleet.adopt();
    assert!(adopted.text.contains("[env.app.on.queue.keys]\nA = \"2\"\n"), "{}", adopted.text);
    assert!(!adopted.text.contains("on.d"), "{}", adopted.text);
    assert!(adopted.text.contains("FLEET_APP_DB_PASS_QUEUE"), "{}", adopted.text);
    fleet.load(&adopted.text);
}

#[test]
fn no_secret_is_written() {
    let secrets = ["hunter2", "tr0ub4dor", "s3cr3t", "9f86d081884c7d659a2feaa0c55ad015", "plainlooking"];
    let fleet = fleet(&[
        ("a", "DB_PASS=hunter2\nURL=postgres://u:s3cr3t@db/x\nX=9f86d081884c7d659a2feaa0c55ad015\nTOKEN=\n"),
        ("b", "DB_PASS=tr0ub4dor\nURL=postgres://u@db/x\nX=plainlooking\nTOKEN=tr0ub4dor\n"),
    ]);
    for adopted in
        [fleet.adopt(), fleet.declare(EnvFormat::Docker).unwrap(), fleet.declare(EnvFormat::Systemd).unwrap()]
    {
        for secret in secrets {
            assert!(!format!("{adopted:?}").contains(secret), "{secret}: {}", adopted.text);
        }
        fleet.load(&adopted.text);
    }
    // The search works: what is no secret is found.
    assert!(fleet.adopt().text.contains("TOKEN = \"\""));
}

#[test]
fn variables_are_never_shared_by_two_secrets() {
    let fleet = fleet(&[("a", "X_PASS=1a\nX-PASS=2b\nX.PASS=3c\n")]);
    let adopted = fleet.declare(EnvFormat::Docker).unwrap();
    let variables: BTreeSet<&str> = adopted.secrets.iter().map(|secret| secret.variable.as_str()).collect();
    assert_eq!(variables.len(), adopted.secrets.len());
    assert_eq!(variables.len(), 3, "{variables:?}");
}

#[test]
fn what_is_unknown_is_refused() {
    let mut fleet = fleet(&[("a", ALIKE), ("b", ALIKE), ("c", "A='unclosed\n")]);
    let path = RemotePath::new("/srv/app/.env");
    fleet.0.get_mut("a").unwrap().files.insert(path.clone(), Fact::Absent);
    fleet.0.get_mut("b").unwrap().files.insert(path, Fact::Unknown("no permission".to_owned()));
    let refused = fleet.declare(EnvFormat::Systemd).unwrap_err();
    assert_eq!(refused["a"], "the file is not there");
    assert_eq!(refused["b"], "no permission");
}

#[test]
fn what_hosts_do_not_agree_on_is_left_to_them() {
    let mut fleet = fleet(&[("a", ALIKE), ("b", ALIKE)]);
    let path = RemotePath::new("/srv/app/.env");
    for (host, owner, mode) in [("a", "app:app", "0666"), ("b", "root:root", "0666")] {
        let Some(Fact::Known(fact)) = fleet.0.get_mut(host).unwrap().files.get_mut(&path) else { panic!() };
        fact.owner = owner.to_owned();
        fact.mode = mode.to_owned();
    }
    let adopted = fleet.adopt();
    assert!(!adopted.text.contains("owner") && !adopted.text.contains("mode"), "{}", adopted.text);
    assert_eq!(adopted.notes.len(), 2, "{:?}", adopted.notes);
    fleet.load(&adopted.text);
}

#[test]
fn impossible_declarations() {
    let check = |name: &str, path: &str, units: &[&str]| {
        let units: Vec<String> = units.iter().map(|unit| (*unit).to_owned()).collect();
        let path = RemotePath::new(path);
        let groups = BTreeMap::new();
        Adoption { name, path: &path, format: EnvFormat::Dotenv, selector: "*", units: &units, groups: &groups }.check()
    };
    assert_eq!(check("app", "/srv/app/.env", &["a.service", "b-*.service"]), Ok(()));
    for (name, path, units) in [
        ("", "/a", &[][..]),
        ("a/b", "/a", &[]),
        ("-a", "/a", &[]),
        ("a", "a", &[]),
        ("a", "/", &[]),
        ("a", "/a/../b", &[]),
        ("a", "/a//b", &[]),
        ("a", "/a\nb", &[]),
        ("a", "/a", &["nginx"]),
    ] {
        assert!(check(name, path, units).is_err(), "{name:?} {path:?} {units:?}");
    }
}

mod properties {
    use proptest::prelude::*;

    use super::*;
    use crate::actions::env::Env;
    use crate::actions::env::edit::{Edit, NewValue, assemble};
    use crate::engine::action::{Action as _, World};
    use crate::engine::probe::Observation;
    use crate::secrets::{DigestKey, Secret, SecretRef};

    fn value() -> impl Strategy<Value = String> {
        prop_oneof![
            2 => Just(String::new()),
            2 => Just("true".to_owned()),
            2 => Just(" two words ".to_owned()),
            2 => Just("postgres://u:hunter2@db/x".to_owned()),
            1 => "[ -~]{0,12}",
            1 => "\\PC{0,8}",
        ]
    }

    fn file() -> impl Strategy<Value = BTreeMap<String, String>> {
        proptest::collection::btree_map("[AB]_(PASS|X)|3_X", value(), 0..6)
    }

    /// The file, for this reader, with what it can hold of it.
    fn written(keys: &BTreeMap<String, String>, format: Format) -> String {
        let mut text = Vec::new();
        for (key, value) in keys {
            let set = Edit::Set { key: key.clone(), value: NewValue::Plain(value.clone()) };
            if let Ok(pieces) = Document::parse(&text, format).edit(&[set]) {
                text = assemble(&text, &pieces, |_| None).unwrap();
            }
        }
        String::from_utf8(text).unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(96))]

        /// Whatever the hosts have: it loads, no secret is in it, and `check` finds no difference on any host.
        #[test]
        fn every_host_is_as_declared(files in proptest::collection::vec(file(), 1..5), format in 0..3_usize) {
            let (reader, format) = [
                (Format::Dotenv, EnvFormat::Dotenv),
                (Format::Systemd, EnvFormat::Systemd),
                (Format::Docker, EnvFormat::Docker),
            ][format];
            let texts: Vec<String> = files.iter().map(|keys| written(keys, reader)).collect();
            let names: Vec<String> = (0..texts.len()).map(|number| format!("h{number}")).collect();
            let named: Vec<(&str, &str)> = names.iter().zip(&texts).map(|(name, text)| (name.as_str(), text.as_str())).collect();
            let fleet = fleet(&named).group("first", &["h0"]);
            let adopted = fleet.declare(format).unwrap();
            prop_assert!(!adopted.text.contains("hunter2"), "{}", adopted.text);
            let inventory = fleet.load(&adopted.text);
            let action = Env::of(&inventory);
            let secrets = adopted
                .secrets
                .iter()
                .map(|secret| {
                    let host = secret.hosts.first().unwrap();
                    let number: usize = host.as_str()[1..].parse().unwrap();
                    let value = Secret::new(files[number][&secret.key].clone().into_bytes());
                    (SecretRef::Env(secret.variable.clone()), Ok(value))
                })
                .collect();
            prop_assert_eq!(action.secrets().len(), adopted.secrets.len());
            let observations =
                fleet.0.iter().map(|(host, facts)| (host.clone(), Observation::Facts(Box::new(facts.clone())))).collect();
            let key = DigestKey::from_bytes([7; 32]);
            let world = World { now: jiff::Timestamp::UNIX_EPOCH, selected: &BTreeSet::new(), outside: &BTreeMap::new(), public: &[], observations: &observations, secrets: &secrets, key: &key, redacted: false };
            let assessment = action.assess(&world);
            prop_assert_eq!(assessment.items.len(), files.len());
            for item in assessment.items.values().flatten() {
                prop_assert!(item.differences.is_empty() && item.error.is_none(), "{:?}\n{}", item, adopted.text);
            }
            prop_assert!(assessment.waves.is_empty());
        }
    }
}
