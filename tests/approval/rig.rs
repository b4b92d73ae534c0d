//! A directory with an inventory, people with keys of their own, and plans: fleet, `ssh-keygen` and `ssh-agent` as they are.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use base64::Engine as _;
use fleet::actions::env::Env;
use fleet::approval::key::{Key, KeyPlace};
use fleet::approval::{shelf, sign};
use fleet::engine::action::{Action as _, World};
use fleet::engine::plan::{Author, InventoryStamp, Plan, SCHEMA};
use fleet::engine::probe::Observations;
use fleet::engine::status::HostResult;
use fleet::inventory::{Inventory, People};
use fleet::journal::StateDir;
use fleet::secrets::DigestKey;
use jiff::{Timestamp, ToSpan as _};
use serde_json::{Value, json};

pub(crate) const ALICE: &str = "alice@example.org";
pub(crate) const BOB: &str = "bob@example.org";
pub(crate) const CAROL: &str = "carol@example.org";

/// Nobody answers on port 1: whatever is let through ends with exit code 4, and nothing is changed.
const HOSTS: &str = "[ssh]\nport = 1\n[hosts.fritz]\naddress = \"127.0.0.1\"\n[hosts.franz]\naddress = \"127.0.0.1\"\n\
                     [groups]\nweb = \"fritz\"\n[env.app]\npath = \"/srv/app/.env\"\nhosts = \"fritz, franz\"\n\
                     [env.app.keys]\nA = \"1\"\n";

pub(crate) struct Place(tempfile::TempDir);

pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Place {
    /// With alice, bob and carol, who have a key each; `approval` is what stands in `[approval]` beside `allowed_signers`.
    pub(crate) fn new(approval: &str) -> Self {
        let place = Self(tempfile::Builder::new().prefix("fleet-approval-").tempdir().unwrap());
        place.write("inventory/hosts.toml", HOSTS);
        place.approval(approval);
        for person in [ALICE, BOB, CAROL] {
            place.key(person, "");
        }
        place.signers(&[(ALICE, ALICE), (BOB, BOB), (CAROL, CAROL)]);
        place
    }

    /// Two people of all, for everything.
    pub(crate) fn of_two() -> Self {
        Self::new("[approval.rules.all]\nneeded = 2\n")
    }

    pub(crate) fn approval(&self, text: &str) {
        self.write("inventory/approval.toml", &format!("[approval]\nallowed_signers = \"allowed_signers\"\n{text}"));
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    /// Makes a key `keys/NAME`.
    pub(crate) fn key(&self, name: &str, passphrase: &str) -> PathBuf {
        std::fs::create_dir_all(self.path("keys")).unwrap();
        let path = self.path(&format!("keys/{name}"));
        self.keygen(&["-q", "-t", "ed25519", "-N", passphrase, "-C", name, "-f", path.to_str().unwrap()]);
        path
    }

    pub(crate) fn public(&self, name: &str) -> String {
        self.read(&format!("keys/{name}.pub")).trim().to_owned()
    }

    /// `allowed_signers`: principals and the names of their keys.
    pub(crate) fn signers(&self, lines: &[(&str, &str)]) {
        let lines = lines.iter().map(|(principals, key)| format!("{principals} {}\n", self.public(key)));
        self.write("inventory/allowed_signers", &lines.collect::<Vec<_>>().concat());
    }

    #[track_caller]
    pub(crate) fn keygen(&self, arguments: &[&str]) {
        let output = self.plain("ssh-keygen").args(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// A program in an environment that holds nothing of whoever runs the tests.
    pub(crate) fn plain(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin")
            .env("HOME", self.path("home"))
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("USER", "tester")
            .env("COLUMNS", "100")
            .current_dir(self.0.path())
            .stdin(Stdio::null());
        command
    }

    pub(crate) fn fleet(&self, arguments: &[&str]) -> Run {
        self.fleet_with(arguments, &[])
    }

    pub(crate) fn fleet_with(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Run {
        // In a session of its own: no terminal of whoever runs the tests can be asked.
        let mut command = self.plain("setsid");
        command.arg("--wait").arg(env!("CARGO_BIN_EXE_fleet")).args(arguments).envs(environment.iter().copied());
        let output = command.output().unwrap();
        let run = Run {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        };
        assert!(!run.stderr.contains("panicked"), "{arguments:?}: {}", run.stderr);
        run
    }

    /// Approves `plan.json` with the key of that name.
    #[track_caller]
    pub(crate) fn approve(&self, key: &str) -> Value {
        let run = self.fleet(&["approve", "plan.json", "--yes", "--json", "--key", &format!("keys/{key}")]);
        assert_eq!(run.code, Some(0), "{}{}", run.stdout, run.stderr);
        run.document("approve")
    }

    pub(crate) fn inventory(&self) -> Inventory {
        Inventory::load(&self.path("inventory")).unwrap()
    }

    /// An approval as it was given at another time, or elsewhere.
    pub(crate) fn approve_at(&self, name: &str, time: Timestamp, digest: &str, who: Author) {
        let inventory = self.inventory();
        let policy = inventory.approval().unwrap();
        let key = Key {
            place: KeyPlace::File(self.path(&format!("keys/{name}"))),
            fingerprint: String::new(),
            principals: vec![name.to_owned()],
        };
        let principal = sign::principal(&key, &People::of(&policy.signers), policy, &BTreeSet::new()).to_owned();
        let (approval, _) = sign::sign(policy, &key, &principal, digest, who, time).unwrap();
        shelf::keep(&self.path("plan.json"), &approval, name).unwrap();
    }

    /// Applies `plan.json`, which must be refused with this code.
    #[track_caller]
    pub(crate) fn refused(&self, code: &str) -> Refusal {
        let run = self.fleet(&["apply", "plan.json", "--yes", "--json"]);
        assert_eq!(run.code, Some(6), "{}{}", run.stdout, run.stderr);
        let document = run.document("error");
        assert_eq!(document["error"]["code"], code, "{document}");
        Refusal { document, said: run.stderr.split_whitespace().collect::<Vec<_>>().join(" ") }
    }

    /// Applies `plan.json`, which is let through to hosts that don't answer.
    #[track_caller]
    pub(crate) fn goes_through(&self, arguments: &[&str]) -> Run {
        let run = self.fleet(&[&["apply", "plan.json", "--yes"], arguments].concat());
        assert_eq!(run.code, Some(4), "{}{}", run.stdout, run.stderr);
        run
    }

    /// Writes `plan.json`: who made it, so long ago.
    pub(crate) fn plan_by(&self, user: &str, hours_ago: i64) -> Plan {
        let plan = Plan {
            author: Author { user: user.to_owned(), machine: "laptop".to_owned() },
            created: Timestamp::now() - hours_ago.hours(),
            ..self.draft()
        };
        self.write("plan.json", &fleet::text::json(&plan));
        plan
    }

    pub(crate) fn plan(&self) -> Plan {
        self.plan_by("tester", 0)
    }

    fn draft(&self) -> Plan {
        let inventory = self.inventory();
        let state = StateDir::beside(&self.path("inventory")).unwrap();
        let key = DigestKey::load_or_create(state.path()).unwrap();
        let bytes = base64::prelude::BASE64_STANDARD.encode("A=2\n");
        let host = json!({ "facts": {
            "clock": 1_700_000_000.5,
            "files": { "/srv/app/.env": { "known": {
                "resolved": "/srv/app/.env", "kind": { "file": bytes }, "mode": "0640", "owner": "app:app",
                "modified": 1_600_000_000.25, "touched": 1_600_000_000.25,
            } } },
            "units": {}, "processes": [], "scripts": {}, "fleet": { "outcomes": {} },
        } });
        let observations: Observations = serde_json::from_value(json!({ "fritz": host, "franz": host })).unwrap();
        let world = World {
            selected: &observations.keys().cloned().collect(),
            now: Timestamp::now(),
            outside: &BTreeMap::new(),
            public: &[],
            observations: &observations,
            secrets: &BTreeMap::new(),
            key: &key,
            redacted: false,
        };
        let assessment = Env::of(&inventory).assess(&world);
        assert!(!assessment.waves.is_empty());
        Plan {
            playbook: None,
            undoes: None,
            locks: Vec::new(),
            schema: SCHEMA.to_owned(),
            created: Timestamp::now(),
            author: Author { user: "tester".to_owned(), machine: "laptop".to_owned() },
            inventory: InventoryStamp::default(),
            digest_key: key.id().to_owned(),
            actions: vec!["env".to_owned()],
            hosts: assessment.items.into_iter().map(|(host, items)| HostResult::of_items(host, items)).collect(),
            waves: assessment.waves,
        }
    }
}

/// A refusal with all that it says.
pub(crate) struct Refusal {
    pub(crate) document: Value,
    pub(crate) said: String,
}

impl Refusal {
    /// Whether one of the things that are amiss has this code and these words, and people are told them too.
    #[track_caller]
    pub(crate) fn because(&self, code: &str, words: &str) -> &Self {
        let problems = self.document["problems"].as_array().unwrap();
        let fits = |problem: &&Value| problem["code"] == code && problem["message"].as_str().unwrap().contains(words);
        assert!(problems.iter().any(|problem| fits(&problem)), "{code}, {words}: {}", self.document);
        assert!(self.said.contains(words), "{words}: {}", self.said);
        self
    }

    pub(crate) fn message(&self) -> &str {
        self.document["error"]["message"].as_str().unwrap()
    }
}

impl Run {
    /// The one document on stdout, held against its schema.
    #[track_caller]
    pub(crate) fn document(&self, schema: &str) -> Value {
        let document: Value = serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("not one document ({error}): {}{}", self.stdout, self.stderr));
        let output = Command::new(env!("CARGO_BIN_EXE_fleet")).env_clear().args(["schema", schema]).output().unwrap();
        let schema: Value = serde_json::from_slice(&output.stdout).unwrap();
        if let Err(error) = jsonschema::validate(&schema, &document) {
            panic!("{error}\n{document}");
        }
        document
    }
}

/// A real agent, which ends with its value.
pub(crate) struct Agent {
    child: std::process::Child,
    pub(crate) socket: String,
}

impl Agent {
    pub(crate) fn start(place: &Place) -> Self {
        let socket = place.path("agent");
        let mut command = place.plain("ssh-agent");
        let child = command.args(["-D", "-a"]).arg(&socket).stdout(Stdio::null()).spawn().unwrap();
        let agent = Self { child, socket: socket.to_str().unwrap().to_owned() };
        while !Path::new(&agent.socket).exists() {
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        agent
    }

    pub(crate) fn add(&self, place: &Place, key: &str) {
        let mut command = place.plain("ssh-add");
        let output =
            command.env("SSH_AUTH_SOCK", &self.socket).arg(place.path(&format!("keys/{key}"))).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
