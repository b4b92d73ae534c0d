use std::fs;
use std::time::Instant;

use super::*;

fn write(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(dir.path().join(name), text).unwrap();
    }
    dir
}

fn load(files: &[(&str, &str)]) -> Inventory {
    let dir = write(files);
    Inventory::load(dir.path()).unwrap_or_else(|errors| panic!("{}", errors.render(false, 100)))
}

fn errors(dir: &Path) -> InventoryErrors {
    Inventory::load(dir).expect_err("the inventory is wrong")
}

fn codes(files: &[(&str, &str)]) -> Vec<String> {
    errors(write(files).path()).records().into_iter().map(|record| record.code).collect()
}

fn host(name: &str) -> HostName {
    HostName::new(name)
}

fn value<'a>(keys: &'a BTreeMap<String, KeyRule>, key: &str) -> Option<&'a str> {
    match keys.get(key)?.value.as_ref()? {
        Declared::Text(text) => Some(text),
        Declared::Secret(_) => Some("(secret)"),
    }
}

/// Each directory of tests/data/inventory/bad is an inventory, and its snapshot what people see.
#[test]
fn bad_inventories() {
    let mut names: Vec<_> =
        fs::read_dir("tests/data/inventory/bad").unwrap().map(|entry| entry.unwrap().path()).collect();
    names.sort();
    assert!(names.len() >= 15);
    insta::with_settings!({ snapshot_path => "../../tests/data/inventory/snapshots", prepend_module_to_snapshot => false }, {
        for dir in names {
            let errors = errors(&dir);
            let text = errors.render(false, 80);
            for line in text.lines() {
                assert!(unicode_width::UnicodeWidthStr::width(line) <= 110, "too wide: {line}");
                assert!(!line.contains('\u{1b}'), "an escape code");
            }
            insta::assert_snapshot!(dir.file_name().unwrap().to_str().unwrap(), text);
        }
    });
}

#[test]
fn color_only_when_asked() {
    let errors = errors(Path::new("tests/data/inventory/bad/no-hosts"));
    assert!(errors.render(true, 80).contains("\u{1b}["));
    assert!(!errors.render(false, 80).contains("\u{1b}["));
}

#[test]
fn records_point_at_places() {
    let errors = errors(Path::new("tests/data/inventory/bad/duplicates"));
    let records = errors.records();
    let record = records.iter().find(|record| record.message.contains("hosts.fritz")).unwrap();
    assert_eq!(record.code, "duplicate");
    assert_eq!(record.file.as_deref(), Some("tests/data/inventory/bad/duplicates/a.toml"));
    assert_eq!((record.line, record.column), (Some(5), Some(8)));
    let places: Vec<(&str, usize, usize)> =
        record.places.iter().map(|place| (place.file.rsplit('/').next().unwrap(), place.line, place.column)).collect();
    assert_eq!(places, [("a.toml", 5, 8), ("b.toml", 9, 8)]);
}

#[test]
fn directories() {
    let empty = tempfile::tempdir().unwrap();
    let missing = empty.path().join("missing");
    assert_eq!(errors(empty.path()).records()[0].code, "inventory-empty");
    let records = errors(&missing).records();
    assert_eq!(records[0].code, "inventory-missing");
    assert!(records[0].hint.as_ref().unwrap().contains("fleet init"));
    let file = empty.path().join("file");
    fs::write(&file, "").unwrap();
    assert_eq!(errors(&file).records()[0].code, "inventory-not-a-directory");
    fs::create_dir(empty.path().join("x.toml")).unwrap();
    assert_eq!(errors(empty.path()).records()[0].code, "file-not-regular");
}

#[test]
fn only_toml_files_of_the_directory_itself() {
    let dir = write(&[("hosts.toml", "[hosts.a]"), (".hosts.toml.swp", "x"), (".x.toml", "x"), ("README.md", "x")]);
    fs::create_dir(dir.path().join("sub")).unwrap();
    fs::write(dir.path().join("sub/hosts.toml"), "nonsense").unwrap();
    assert_eq!(Inventory::load(dir.path()).unwrap().hosts().len(), 1);
}

#[test]
fn not_utf8() {
    let dir = write(&[("a.toml", "[hosts.a]\n")]);
    fs::write(dir.path().join("b.toml"), b"[hosts.b]\n# caf\xe9\n").unwrap();
    let records = errors(dir.path()).records();
    assert_eq!(records.len(), 1);
    assert_eq!((records[0].code.as_str(), records[0].line, records[0].column), ("file-not-utf8", Some(2), Some(6)));
}

#[test]
fn a_huge_file_is_refused_unread() {
    let dir = write(&[("hosts.toml", "[hosts.a]")]);
    fs::File::create(dir.path().join("huge.toml")).unwrap().set_len(100 << 20).unwrap();
    let started = Instant::now();
    let records = errors(dir.path()).records();
    assert_eq!(records.len(), 1);
    assert_eq!(records[0].code, "file-too-large");
    assert!(records[0].message.contains("100 MiB"));
    assert!(started.elapsed().as_millis() < 200);
}

#[test]
fn hostile_documents_end() {
    let deep = format!("x = {}", "[".repeat(100_000));
    assert!(!codes(&[("a.toml", &deep)]).is_empty());
    let long = format!("[hosts.a]\n# {}\nadress = \"{}\"", "x".repeat(10_000), "y".repeat(10_000));
    let dir = write(&[("a.toml", &long)]);
    let text = errors(dir.path()).render(false, 80);
    assert!(text.len() < 2000, "{text}");
    assert!(text.contains("a.toml:3:1"), "{text}");
    let lines: Vec<String> = (0..5000).map(|i| format!("g{i} = \"g{}\"", (i + 1) % 5000)).collect();
    let cycle = lines.join("\n");
    assert_eq!(codes(&[("a.toml", &format!("[hosts.a]\n[groups]\n{cycle}"))]), ["group-cycle"]);
}

#[test]
fn ssh_settings_are_merged() {
    let inventory = load(&[
        (
            "hosts.toml",
            "[hosts.fritz]\naddress = \"192.0.2.10\"\ncpus = 4\nmemory = \"2GiB\"\nvars = { region = \"eu\", n = 1 }\n[hosts.franz]\n[hosts.sally]",
        ),
        ("groups.toml", "[groups]\nweb = \"fritz, franz\"\nall = \"*\"\norder = [\"all\", \"web\"]"),
        (
            "ssh.toml",
            "[ssh]\nuser = \"root\"\noptions = { KexAlgorithms = \"a\", Compression = \"yes\" }\n[ssh.on.all]\nport = 22\n[ssh.on.web]\nuser = \"deploy\"\nsudo = true\nport = 2222\noptions = { kexalgorithms = \"b\" }\n[ssh.on.fritz]\nport = 2200\npersist = \"0s\"",
        ),
    ]);
    let fritz = &inventory.hosts()["fritz"];
    assert_eq!(fritz.address.as_deref(), Some("192.0.2.10"));
    assert_eq!((fritz.cpus, fritz.memory), (Some(4), Some(2 << 30)));
    assert_eq!(fritz.vars["region"], VarValue::Text("eu".into()));
    assert_eq!(fritz.ssh.user.as_deref(), Some("deploy"));
    assert_eq!((fritz.ssh.port, fritz.ssh.sudo), (Some(2200), true));
    assert!(fritz.ssh.persist.is_zero());
    let options: Vec<(&str, &str)> = fritz.ssh.options.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    assert_eq!(options, [("Compression", "yes"), ("kexalgorithms", "b")]);
    let franz = &inventory.hosts()["franz"];
    assert_eq!((franz.ssh.port, franz.ssh.persist.as_secs()), (Some(2222), 600));
    let sally = &inventory.hosts()["sally"];
    assert_eq!((sally.ssh.user.as_deref(), sally.ssh.port, sally.ssh.sudo), (Some("root"), Some(22), false));
    assert_eq!((sally.origin.line, sally.origin.column), (7, 8));
}

#[test]
fn keys_are_merged_part_by_part() {
    let inventory = load(&[(
        "all.toml",
        r#"
[hosts.fritz]
[hosts.franz]
[hosts.freud]
[groups]
web = "fritz, franz"
canary = "franz"
order = ["web", "canary"]
[env.app]
path = "/srv/app/.env"
hosts = "web, freud"
owner = "app:staff"
mode = "0640"
units = ["app-*.service"]
[env.app.keys]
POOL = { type = "int", min = 1 }
NAME = "base"
KEY = { secret = { env = "KEY" } }
GONE = { value = "x", required = true }
[env.app.on.web.keys]
POOL = "5"
NAME = "web"
KEY = "plain"
[env.app.on.canary.keys]
POOL = { value = "10", max = 10 }
GONE = { forbidden = true }
[env.app.on.franz.keys]
NAME = "franz"
"#,
    )]);
    let app = &inventory.env_files()["app"];
    assert_eq!(app.mode, Some(0o640));
    assert_eq!(app.owner, Some(("app".into(), "staff".into())));
    assert_eq!((app.format, app.restart, app.extra), (EnvFormat::Dotenv, Restart::Restart, Extra::Keep));
    let keys = |name| app.keys_for(&host(name));
    let (fritz, franz, freud) = (keys("fritz"), keys("franz"), keys("freud"));
    assert_eq!(value(&fritz, "POOL"), Some("5"));
    assert_eq!((fritz["POOL"].rule.min, fritz["POOL"].rule.max), (Some(1), None));
    assert_eq!(value(&franz, "POOL"), Some("10"));
    assert_eq!((franz["POOL"].rule.min, franz["POOL"].rule.max), (Some(1), Some(10)));
    assert_eq!(value(&freud, "POOL"), None);
    assert_eq!(freud["POOL"].rule.kind, Some(ValueType::Int));
    assert_eq!(
        [value(&fritz, "NAME"), value(&franz, "NAME"), value(&freud, "NAME")],
        [Some("web"), Some("franz"), Some("base")]
    );
    assert_eq!([value(&fritz, "KEY"), value(&freud, "KEY")], [Some("plain"), Some("(secret)")]);
    assert_eq!([fritz["KEY"].rule.sensitive, freud["KEY"].rule.sensitive], [false, true]);
    assert_eq!((value(&franz, "GONE"), franz["GONE"].rule.forbidden, franz["GONE"].rule.required), (None, true, false));
    assert_eq!((value(&fritz, "GONE"), fritz["GONE"].rule.required), (Some("x"), true));
    assert!(fritz["NAME"].origin.to_string().ends_with("all.toml:22:8"), "{}", fritz["NAME"].origin);
    assert!(franz["NAME"].origin.to_string().ends_with("all.toml:28:8"), "{}", franz["NAME"].origin);
    assert!(app.keys_for(&host("nobody")).is_empty());
}

#[test]
fn ranks_settle_conflicts() {
    let text = |order: &str| {
        format!(
            "[hosts.a]\n[groups]\nx = \"a\"\ny = \"a\"\n{order}\n[env.e]\npath = \"/e\"\nhosts = \"a\"\n[env.e.on.x.keys]\nK = \"x\"\n[env.e.on.y.keys]\nK = \"y\""
        )
    };
    let won = |order: &str| {
        let inventory = load(&[("a.toml", &text(order))]);
        let keys = inventory.env_files()["e"].keys_for(&host("a"));
        value(&keys, "K").unwrap().to_owned()
    };
    assert_eq!(won("order = [\"x\", \"y\"]"), "y");
    assert_eq!(won("order = [\"y\", \"x\"]"), "x");
    assert_eq!(codes(&[("a.toml", &text(""))]), ["override-conflict"]);
    assert_eq!(codes(&[("a.toml", &text("order = [\"x\"]"))]), ["override-conflict"]);
}

#[test]
fn lab_needs_add_up() {
    let dir = write(&[(
        "a.toml",
        "[hosts.a]\n[hosts.b]\n[groups]\nweb = \"a\"\nall = \"*\"\norder = [\"all\", \"web\"]\n[lab.on.a]\nsetup = \"a.sh\"\n[lab.on.web]\npackages = [\"nginx\", \"curl\"]\ntree = \"web\"\n[lab.on.all]\npackages = [\"curl\"]\ntree = \"all\"",
    )]);
    for tree in ["web", "all"] {
        fs::create_dir(dir.path().join(tree)).unwrap();
    }
    fs::write(dir.path().join("a.sh"), "").unwrap();
    let inventory = Inventory::load(dir.path()).unwrap();
    let a = inventory.lab_for(&host("a"));
    assert_eq!(a.packages, ["curl", "nginx"]);
    assert_eq!(a.trees, [dir.path().join("all"), dir.path().join("web")]);
    assert_eq!(a.setups, [dir.path().join("a.sh")]);
    assert_eq!(inventory.lab_for(&host("b")).packages, ["curl"]);
    assert_eq!(inventory.lab_for(&host("c")), LabNeeds::default());
}

#[test]
fn hosts_of_the_rehearsal_alone_are_booted_and_not_managed() {
    let inventory = load(&[
        ("a.toml", "[hosts.a]\n[hosts.b]\n[groups]\nall = \"*\"\n[lab.hosts.ns1]\npackages = [\"bind9\", \"bind9\"]\n"),
        ("b.toml", "[lab.hosts.ca]\n[lab.on.a]\npackages = [\"curl\"]\n"),
    ]);
    assert_eq!(inventory.lab_hosts()["ns1"].packages, ["bind9"]);
    assert_eq!(inventory.groups()["all"], [host("a"), host("b")].into());
    assert_eq!(inventory.select("ns1").unwrap_err().code(), "unknown-name");
    let booted: Vec<HostName> = inventory.rehearsal([host("a")]).into_iter().map(|spec| spec.name).collect();
    assert_eq!(booted, [host("a"), host("ca"), host("ns1")]);
}

#[test]
fn a_host_of_the_rehearsal_alone_has_a_name_of_its_own() {
    let dir = write(&[("a.toml", "[hosts.a]\n"), ("b.toml", "\n[lab.hosts.a]\n")]);
    let records = errors(dir.path()).records();
    assert_eq!(records.len(), 1);
    assert_eq!(records[0].code, "name-twice");
    let places: Vec<(&str, usize)> =
        records[0].places.iter().map(|place| (place.file.rsplit('/').next().unwrap(), place.line)).collect();
    assert_eq!(places, [("a.toml", 1), ("b.toml", 2)]);
    assert_eq!(codes(&[("a.toml", "[hosts.a]\n[lab.on.ca]\n[lab.hosts.ca]\n")]), ["unknown-name"]);
}

#[test]
fn selects_hosts() {
    let inventory =
        load(&[("a.toml", "[hosts.a1]\n[hosts.a2]\n[hosts.b]\n[groups]\nas = \"a[1-2]\"\nnested = \"as!a1\"")]);
    let names = |selector: &str| inventory.select(selector).map(|hosts| fold(&hosts)).map_err(|error| error.code());
    assert_eq!(names("nested,b"), Ok("a2,b".into()));
    assert_eq!(names("*!as"), Ok("b".into()));
    assert_eq!(names("as&b"), Err("empty-selection"));
    assert_eq!(names("c"), Err("unknown-name"));
    assert_eq!(inventory.select("ass").unwrap_err().hint(), Some("did you mean `as`?"));
}

#[test]
fn selector_files_beside_the_inventory() {
    let dir = write(&[
        ("a.toml", "[hosts.a]\n[hosts.b]\n[hosts.c]\n[groups]\nlisted = \"@list.txt\""),
        ("list.txt", "# comment\na\nc\n"),
    ]);
    let inventory = Inventory::load(dir.path()).unwrap();
    assert_eq!(fold(&inventory.groups()["listed"]), "a,c");
    let selector = format!("@{}", dir.path().join("list.txt").display());
    assert_eq!(fold(&inventory.select(&selector).unwrap()), "a,c");
}

#[test]
fn the_starter_loads() {
    let inventory = load(starter());
    assert_eq!(inventory.hosts().len(), 2);
    // With every example taken in.
    let whole: Vec<(&str, String)> = starter()
        .iter()
        .map(|(name, text)| {
            let lines = text.lines().map(|line| match line.strip_prefix('#') {
                Some(rest) if !rest.starts_with(' ') => rest,
                _ => line,
            });
            (*name, lines.collect::<Vec<_>>().join("\n"))
        })
        .collect();
    let whole: Vec<(&str, &str)> = whole.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let inventory = load(&whole);
    assert_eq!(value(&inventory.env_files()["app"].keys_for(&host("web1")), "DB_POOL"), Some("5"));
    assert_eq!(inventory.hosts()["web2"].ssh.user.as_deref(), Some("deploy"));
    assert!(starter().iter().all(|(_, text)| text.lines().all(|line| line.len() <= 80)));
}

#[test]
fn the_schema_is_sound() {
    let schema = schema();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let json = |text: &str| serde_json::to_value(toml::from_str::<toml::Table>(text).unwrap()).unwrap();
    for (_, text) in starter() {
        assert_eq!(validator.validate(&json(text)).map_err(|error| error.to_string()), Ok(()));
    }
    // What the schema refuses, loading refuses, and the other way round as far as shape goes.
    for (text, good) in [
        ("[hosts.a]\naddress = \"192.0.2.1\"", true),
        ("[hosts.a]\nadress = \"192.0.2.1\"", false),
        ("[hosts.a]\ncpus = 0", false),
        ("[hosts.-a]", false),
        ("[hosts.a]\n[groups]\nx = 1", false),
        ("[hosts.a]\n[groups]\nx = \"a\"\norder = [\"x\"]", true),
        (
            "[hosts.a]\n[env.e]\npath = \"/e\"\nhosts = \"a\"\nkeys = { A = \"1\", B = { type = \"int\" }, C = { secret = { age = \"x\" } } }",
            true,
        ),
        ("[hosts.a]\n[env.e]\npath = \"/e\"\nhosts = \"a\"\nkeys = { A = 1 }", false),
        (
            "[hosts.a]\n[env.e]\npath = \"/e\"\nhosts = \"a\"\nkeys = { A = { secret = { age = \"x\", env = \"y\" } } }",
            false,
        ),
        ("[hosts.a]\n[env.e]\npath = \"/e\"\nhosts = \"a\"\nkeys = { A = { secret = { command = [] } } }", false),
        ("[hosts.a]\n[env.e]\npath = \"/e\"", false),
        ("[hosts.a]\n[ssh]\npersist = \"1h\"\noptions = { A = \"b\" }", true),
    ] {
        assert_eq!(validator.is_valid(&json(text)), good, "{text}");
        let dir = write(&[("a.toml", text)]);
        assert_eq!(Inventory::load(dir.path()).is_ok(), good, "{text}");
    }
    assert!(!schema.to_string().contains("null"));
    patterns(&schema, &mut |pattern| {
        regex::Regex::new(pattern).unwrap();
        assert!(text::expects(pattern).is_some(), "no words for {pattern}");
    });
}

fn patterns(schema: &serde_json::Value, check: &mut dyn FnMut(&str)) {
    match schema {
        serde_json::Value::Object(object) => {
            for (key, value) in object {
                match (key.as_str(), value) {
                    ("pattern", serde_json::Value::String(pattern)) => check(pattern),
                    ("patternProperties", serde_json::Value::Object(inner)) => {
                        inner.keys().for_each(|pattern| check(pattern));
                    }
                    _ => {}
                }
                patterns(value, check);
            }
        }
        serde_json::Value::Array(values) => values.iter().for_each(|value| patterns(value, check)),
        _ => {}
    }
}

/// Under half a second is meant for a release build; this bound only catches what is quadratic.
#[test]
fn ten_thousand_hosts() {
    use std::fmt::Write as _;
    let mut hosts = String::from("[ssh]\nuser = \"root\"\n");
    for index in 0..10_000 {
        write!(
            hosts,
            "[hosts.web{index}]\naddress = \"10.0.{}.{}\"\nvars = {{ region = \"eu\" }}\n",
            index / 256,
            index % 256
        )
        .unwrap();
    }
    let mut groups = String::from("[groups]\nall = \"*\"\neven = \"web*[0,2,4,6,8]\"\nrest = \"all!even\"\n");
    for index in 0..100 {
        writeln!(groups, "g{index} = \"web[{}-{}]\"", index * 100, index * 100 + 99).unwrap();
    }
    let mut env = String::from("[env.app]\npath = \"/srv/.env\"\nhosts = \"*\"\n[env.app.keys]\n");
    for index in 0..120 {
        writeln!(env, "KEY_{index} = \"value\"").unwrap();
    }
    for index in 0..100 {
        writeln!(env, "[env.app.on.g{index}.keys]\nKEY_1 = \"{index}\"").unwrap();
    }
    let dir = write(&[("hosts.toml", &hosts), ("groups.toml", &groups), ("env.toml", &env)]);
    let started = Instant::now();
    let inventory = Inventory::load(dir.path()).unwrap();
    let took = started.elapsed();
    assert_eq!(inventory.hosts().len(), 10_000);
    assert_eq!(inventory.groups()["even"].len(), 5000);
    assert_eq!(value(&inventory.env_files()["app"].keys_for(&host("web250")), "KEY_1"), Some("2"));
    assert!(took.as_secs() < 10, "{took:?}");
}

#[test]
fn a_name_with_dots_needs_quotes() {
    let dir = write(&[("a.toml", "[hosts.web1.example.org]\naddress = \"192.0.2.1\"")]);
    let records = errors(dir.path()).records();
    let hint = records[0].hint.as_deref().unwrap();
    assert!(hint.contains("[hosts.\"web1.example.org\"]"), "{hint}");
}

#[test]
fn no_byte_of_a_file_controls_the_terminal() {
    let text = "[hosts.a]\nadress = \"x\u{9b}2J\u{202e}y\" # \r\n";
    let drawn = errors(write(&[("a.toml", text)]).path()).render(false, 80);
    assert!(drawn.contains("did you mean `address`?"));
    assert!(!drawn.contains(['\u{9b}', '\u{202e}', '\r']), "{drawn:?}");
}

#[test]
fn a_dangling_link() {
    let dir = write(&[("a.toml", "[hosts.a]")]);
    std::os::unix::fs::symlink("nowhere", dir.path().join("b.toml")).unwrap();
    let records = errors(dir.path()).records();
    assert_eq!(records[0].code, "file-unreadable");
    assert!(records[0].file.as_deref().unwrap().ends_with("b.toml"));
}

const WHOLE: &str = r#"[ssh]
user = "root"
options = { KexAlgorithms = "x" }
[hosts.fritz]
address = "192.0.2.10"
vars = { region = "eu" }
[hosts.franz]
[groups]
web = "fritz, fr*"
queue = "web!fritz"
order = ["web", "queue"]
[env.app]
path = "/srv/.env"
hosts = "web"
[env.app.keys]
A = "ä"
B = { type = "int", min = 1, max = 9, value = "5" }
C = { secret = { command = ["pass", "x"] } }
[env.app.on.queue.keys]
B = "7"
"#;

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 400, ..Default::default() })]
    /// Whatever is done to a good inventory, loading ends, and what it says can be drawn.
    #[test]
    fn broken_anyhow(
        edits in proptest::collection::vec((0..400_usize, 0..12_usize, "[a-zä=\"'\\[\\]{}#,.0-9 \n\u{1b}\u{7f}🦀]{0,4}"), 1..4),
        split in 0..400_usize,
        width in 20..200_usize,
    ) {
        let mut text: Vec<char> = WHOLE.chars().collect();
        for (at, cut, put) in edits {
            let at = at.min(text.len());
            let end = (at + cut).min(text.len());
            text.splice(at..end, put.chars());
        }
        let split = split.min(text.len());
        let first: String = text[..split].iter().collect();
        let second: String = text[split..].iter().collect();
        let dir = write(&[("a.toml", &first), ("b.toml", &second)]);
        if let Err(errors) = Inventory::load(dir.path()) {
            let drawn = errors.render(false, width);
            proptest::prop_assert!(!drawn.contains("Failed to read"), "{drawn}");
            proptest::prop_assert!(!drawn.contains('\u{1b}'), "{drawn}");
            proptest::prop_assert!(!errors.problems().is_empty());
            proptest::prop_assert_eq!(errors.records().len(), errors.problems().len());
        }
    }
}

const CERTS: &str = r#"
[hosts.a]
[hosts.b]
[hosts.c]
[groups]
cdn = "a, b"
web = "b, c"
[acme.default]
directory = "letsencrypt"
contact = ["ops@example.org"]
[acme.own]
directory = "https://ca.example.org/dir"
ca-file = "ca.pem"
eab = { kid = "k", key = { secret = { env = "EAB" } } }
[dns.main]
provider = "rfc2136"
server = "192.0.2.53"
tsig = { name = "Fleet.", key = { secret = { env = "FLEET_TSIG" } } }
resolvers = ["192.0.2.54:5353", "2001:db8::53"]
[dns.other]
provider = "acme-dns"
url = "https://auth.example.org"
accounts = "acme-dns.json"
propagation = "10m"
[certs.media]
domains = ["Media.Example.org", "*.media.example.org", "münchen.example"]
dns = { "media.example.org" = "main", "münchen.example" = "other" }
delegate = { "media.example.org" = "ABC.acme.example.net." }
hosts = "cdn, web"
directory = "/etc/ssl/fleet/media"
validate = ["nginx", "-t"]
reload = ["nginx.service"]
canary = "b"
[certs.media.on.c]
serve = [{ port = 25, name = "x.media.example.org", starttls = "smtp" }]
validate = [["postfix", "check"], ["doveconf"]]
[certs.watched]
domains = ["old.example.org"]
hosts = "a"
directory = "/etc/ssl/fleet/old"
owner = "root:ssl-cert"
mode = "640"
key = "per-host"
keep = 5
[store]
recipients = ["age1xyz"]
[notify.team]
webhook = { secret = { env = "HOOK" } }
form = "slack"
"#;

#[test]
fn certificates() {
    let inventory = load(&[("all.toml", CERTS)]);
    let media = &inventory.certs()["media"];
    assert_eq!(media.domains, ["media.example.org", "*.media.example.org", "xn--mnchen-3ya.example"]);
    assert_eq!(media.identifiers().len(), 2);
    assert_eq!(
        (media.dns["media.example.org"].as_str(), media.dns["xn--mnchen-3ya.example"].as_str()),
        ("main", "other")
    );
    assert_eq!(media.delegate["media.example.org"], "abc.acme.example.net");
    assert_eq!((media.mode, media.keep, media.layout, media.acme.as_str()), (0o600, 3, Layout::Pair, "default"));
    assert_eq!(media.canary, BTreeSet::from([host("b")]));
    let a = media.on(&host("a")).unwrap();
    assert_eq!(a.validate, [["nginx", "-t"]]);
    let served: Vec<(&str, u16)> = a.serve.iter().map(|serve| (serve.name.as_str(), serve.port)).collect();
    assert_eq!(served, [("media.example.org", 443), ("xn--mnchen-3ya.example", 443)]);
    let c = media.on(&host("c")).unwrap();
    assert_eq!((c.validate.len(), c.reload.len(), c.serve.len()), (2, 1, 1));
    assert_eq!(c.serve.first().unwrap().starttls, Some(crate::tls::StartTls::Smtp));
    assert_eq!(media.on(&host("nobody")), None);
    let watched = &inventory.certs()["watched"];
    assert!(watched.per_host && !watched.is_issued() && media.is_issued());
    assert_eq!((watched.mode, watched.keep), (0o640, 5));
    assert_eq!(watched.owner, ("root".to_owned(), "ssl-cert".to_owned()));
    assert_eq!(watched.canary, BTreeSet::from([host("a")]));
    let default = &inventory.acme()["default"];
    assert!(default.directory.starts_with("https://acme-v02") && default.staging().unwrap().contains("staging"));
    let own = &inventory.acme()["own"];
    assert_eq!((own.staging(), &own.ca_file), (None, &Some(CaFile::Local(inventory.dir().join("ca.pem")))));
    let main = &inventory.dns()["main"];
    assert_eq!((main.ttl, main.propagation.as_secs()), (0, 180));
    let resolvers: Vec<String> = main.resolvers.iter().map(|server| server.address().unwrap().to_string()).collect();
    assert_eq!(resolvers, ["192.0.2.54:5353", "[2001:db8::53]:53"]);
    let DnsProvider::Rfc2136 { server, tsig } = &main.provider else { panic!("{:?}", main.provider) };
    assert_eq!((server.host.as_str(), server.port), ("192.0.2.53", 53));
    assert_eq!((tsig.name.as_str(), tsig.algorithm), ("fleet", TsigAlgorithm::HmacSha256));
    assert_eq!(inventory.store().recipients, ["age1xyz"]);
    assert!(matches!(&inventory.notify()["team"].target, NotifyTarget::Webhook { form: WebhookForm::Slack, .. }));
}

#[test]
fn who_is_told_of_what() {
    let notify = |on: &str| format!("[hosts.a]\n[notify.x]\ncommand = [\"mail\"]\n{on}");
    let told = |on: &str| load(&[("a.toml", &notify(on))]).notify()["x"].on.clone();
    assert_eq!(told(""), BTreeSet::from(Occasion::DEFAULT));
    let all = [Occasion::Incident, Occasion::Change, Occasion::Failure, Occasion::BreakGlass, Occasion::Certificate];
    let words: Vec<String> = all.iter().map(|occasion| format!("{:?}", occasion.word())).collect();
    assert_eq!(told(&format!("on = [{}]", words.join(", "))), BTreeSet::from(all));
    assert_eq!(codes(&[("a.toml", &notify("on = []"))]), ["bad-value"]);
    assert_eq!(codes(&[("a.toml", &notify("on = [\"changes\"]"))]), ["bad-choice"]);
}

#[test]
fn a_secret_is_never_shown_where_a_url_is_wrong() {
    let dir = write(&[("a.toml", "[hosts.a]\n[notify.x]\nwebhook = \"hooks.example.org/T0/secret\"")]);
    let records = errors(dir.path()).records();
    assert!(records.iter().all(|record| !record.message.contains("secret")), "{records:?}");
}

/// An account and a DNS service, and these lines of a rehearsal.
fn rehearsal(lines: &str) -> String {
    let tsig = "tsig = { name = \"fleet.\", key = { secret = { env = \"T\" } } }";
    format!(
        "[hosts.a]\n[acme.default]\ndirectory = \"letsencrypt\"\n[dns.main]\nprovider = \"rfc2136\"\nserver = \"192.0.2.53\"\n{tsig}\n\
         [lab.hosts.ns1]\n[lab.hosts.ca]\n{lines}"
    )
}

#[test]
fn a_rehearsal_has_its_own_accounts() {
    let text = rehearsal(
        "[lab.acme.default]\ndirectory = \"https://ca:14000/dir\"\nca-file = \"ca:/etc/pebble/ca.pem\"\n\
         [lab.dns.main]\nprovider = \"rfc2136\"\ntsig = { name = \"f\", key = { secret = { env = \"K\" } } }\nserver = \"ns1\"\nresolvers = [\"ns1\", \"127.0.0.1:5353\"]\n",
    );
    let inventory = load(&[("a.toml", &text)]);
    let acme = inventory.lab_acme("default").unwrap();
    assert_eq!(acme.directory, "https://ca:14000/dir");
    let on_host = CaFile::OnHost { host: "ca".to_owned(), path: "/etc/pebble/ca.pem".to_owned() };
    assert_eq!(acme.ca_file.as_ref(), Some(&on_host));
    assert_eq!(inventory.acme()["default"].directory, "https://acme-v02.api.letsencrypt.org/directory");
    let dns = inventory.lab_dns("main").unwrap();
    assert_eq!(dns.resolvers[0].host, "ns1");
    assert!(inventory.lab_acme("other").is_none() && inventory.lab_dns("other").is_none());
}

#[test]
fn a_rehearsal_names_nothing_outside_of_it() {
    let acme = |url: &str| format!("[lab.acme.default]\ndirectory = \"{url}\"\n");
    let dns = |lines: &str| {
        format!(
            "[lab.dns.main]\nprovider = \"rfc2136\"\ntsig = {{ name = \"f\", key = {{ secret = {{ env = \"K\" }} }} }}\n{lines}\n"
        )
    };
    let inside = "server = \"ns1\"\nresolvers = [\"ns1\"]";
    for (lines, code) in [
        (acme("letsencrypt-staging"), "bad-value"),
        (acme("https://192.0.2.1/dir"), "bad-value"),
        (acme("https://ca:14000/dir") + "ca-file = \"cb:/ca.pem\"\n", "bad-value"),
        (acme("https://ca:14000/dir").replace("default", "defualt"), "unknown-name"),
        (dns("server = \"ns1\""), "bad-value"),
        (dns("server = \"192.0.2.53\"\nresolvers = [\"ns1\"]"), "bad-value"),
        (dns("server = \"ns1\"\nresolvers = [\"ns2\"]"), "bad-value"),
        (dns(inside).replace("main", "mian"), "unknown-name"),
        (
            "[lab.dns.main]\nprovider = \"hetzner\"\ntoken = { secret = { env = \"T\" } }\nresolvers = [\"ns1\"]\n".to_owned(),
            "bad-value",
        ),
        (
            "[lab.dns.main]\nprovider = \"acme-dns\"\nurl = \"https://auth.example.org\"\naccounts = \"a.json\"\nresolvers = [\"ns1\"]\n".to_owned(),
            "bad-value",
        ),
    ] {
        assert_eq!(codes(&[("a.toml", &rehearsal(&lines))]), [code], "{lines}");
    }
    load(&[("a.toml", &rehearsal(&(acme("https://localhost:14000/dir") + &dns(inside))))]);
}
