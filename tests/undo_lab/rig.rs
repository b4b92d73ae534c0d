//! The hosts, how they stand, and transactions that do everything that one can do.

use std::collections::BTreeMap;

use fleet::engine::host_journal::HostJournal;
use fleet::engine::plan::{Author, InventoryStamp, Plan, SCHEMA, Wave};
use fleet::engine::status::{HostResult, Item, Status};
use fleet::engine::transaction::{
    Change, Content, DiffLine, Expect, ItemSummary, Part, PathState, Transaction, UnitOperation, content_digest,
};
use fleet::names::{HostName, RemotePath, UnitName};
use fleet::secrets::DigestKey;
use jiff::Timestamp;
use serde_json::Value;

use crate::common::{Rehearsal, Run};

pub(crate) const BOTH: [&str; 2] = ["one", "two"];

/// The value of the secret, and that of before.
const SECRETS: [&str; 2] = ["new-t0ken-8812", "old-t0ken-4711"];

pub(crate) struct Rig {
    rehearsal: Rehearsal,
}

pub(crate) fn run_of(report: &Value) -> String {
    report["run"].as_str().unwrap_or_else(|| panic!("no run: {report:#}")).to_owned()
}

pub(crate) fn host(report: &Value, name: &str) -> Value {
    let hosts = report["hosts"].as_array().unwrap();
    hosts.iter().find(|host| host["host"] == name).unwrap_or_else(|| panic!("{name} is missing: {report:#}")).clone()
}

fn path(path: &str) -> RemotePath {
    RemotePath::new(path)
}

fn unit(name: &str) -> UnitName {
    UnitName::new(name)
}

impl Rig {
    pub(crate) fn boot() -> Self {
        let files = [
            ("hosts.toml", include_str!("lab/hosts.toml")),
            ("env.toml", include_str!("lab/env.toml")),
            ("setup", include_str!("lab/setup")),
            ("secret", SECRETS[0]),
        ];
        let rehearsal = Rehearsal::boot(&files);
        let only_ours = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        std::fs::set_permissions(rehearsal.inventory().join("secret"), only_ours).unwrap();
        Self { rehearsal }
    }

    pub(crate) fn fleet(&self, arguments: &[&str]) -> Run {
        self.rehearsal.fleet(arguments)
    }

    #[track_caller]
    pub(crate) fn inside(&self, host: &str, script: &str) -> String {
        self.rehearsal.inside(host, script)
    }

    pub(crate) fn journal(&self, host: &str) -> HostJournal {
        let text = self.inside(host, "cat /var/lib/fleet/journal");
        let last = self.inside(host, "cat /var/lib/fleet/journal.last");
        HostJournal::read(text.as_bytes(), Some(&last))
    }

    /// All that the transactions change, with everything that there is to say of it.
    #[track_caller]
    pub(crate) fn state(&self, host: &str) -> String {
        self.inside(
            host,
            "cd /etc/app; find . | sort | while read -r path; do stat -c '%N %F %a %U:%G' \"$path\"; [ ! -f \"$path\" ] || cat \"$path\"; done
             find /etc /var/lib/fleet -name '.fleet-*' -o -name active -o -name executor
             for unit in app stopped started made; do
                 echo \"$unit $(systemctl is-active $unit) $(systemctl is-enabled $unit 2>/dev/null)\"
             done; ls /etc/systemd/system",
        )
    }

    #[track_caller]
    pub(crate) fn states(&self) -> [String; 2] {
        BOTH.map(|host| self.state(host))
    }

    /// Of the controller, only the inventory stays.
    pub(crate) fn other_laptop(&self) {
        let state = self.rehearsal.state();
        std::fs::remove_dir_all(state.join("journal")).unwrap();
        std::fs::remove_file(state.join("digest.key")).unwrap();
    }

    /// Neither in what was printed, nor in what is kept here, nor anywhere on the hosts that others can read.
    pub(crate) fn secrets_are_nowhere(&self, reports: &[&Value]) {
        let has = |text: &str| SECRETS.iter().any(|secret| text.contains(&secret[4..]));
        assert!(has(&self.state("one")), "the search works");
        for report in reports {
            assert!(!has(&report.to_string()), "{report:#}");
        }
        let mut places = vec![self.rehearsal.directory().to_owned()];
        while let Some(place) = places.pop() {
            if place.is_dir() && !place.is_symlink() && place.file_name().is_none_or(|name| name != "lab") {
                places.extend(std::fs::read_dir(&place).unwrap().map(|entry| entry.unwrap().path()));
            } else if place.is_file() && place.file_name().is_none_or(|name| name != "secret" && name != "setup") {
                let text = String::from_utf8_lossy(&std::fs::read(&place).unwrap()).into_owned();
                assert!(!has(&text), "{}", place.display());
            }
        }
        for host in BOTH {
            let found = self.inside(
                host,
                "journalctl --sync; { journalctl -o cat; find /var/lib/fleet -type f ! -name '*.before' -exec cat {} +; \
                 find / -xdev -type f -perm -o=r ! -path '/proc/*' ! -path '/sys/*' -newer /etc/hostname -exec cat {} +; } \
                 2>/dev/null | grep -a -c t0ken || :",
            );
            assert_eq!(found.trim(), "0", "{host}");
            let open = self
                .inside(host, "find /var/lib/fleet ! -user root -o -perm /077 ! -type l; stat -c %a /var/lib/fleet");
            assert_eq!(open.trim(), "700", "{host}");
            assert!(self.inside(host, "cat /var/lib/fleet/runs/*/*.before").contains("old-t0ken"), "it is kept there");
        }
    }

    fn salt(&self, host: &str) -> String {
        DigestKey::load_or_create(&self.rehearsal.state()).unwrap().host_salt(&HostName::new(host))
    }

    fn file(&self, host: &str, text: &str, mode: &str, owner: &str) -> PathState {
        let digest = content_digest(&self.salt(host), text.as_bytes());
        PathState::File { digest, mode: mode.to_owned(), owner: owner.to_owned() }
    }

    fn write(&self, host: &str, at: &str, text: &str, mode: Option<&str>, owner: Option<&str>) -> Change {
        Change::Write {
            path: path(at),
            content: Content(vec![Part::Text(text.to_owned())]),
            digest: Some(content_digest(&self.salt(host), text.as_bytes())),
            mode: mode.map(str::to_owned),
            owner: owner.map(str::to_owned),
        }
    }

    /// On both hosts, in two waves: every kind of change, where there was something and where there was not.
    pub(crate) fn everything(&self) -> Plan {
        let on = |make: &dyn Fn(&str) -> Transaction| BOTH.map(|host| (HostName::new(host), make(host)));
        self.plan(vec![BTreeMap::from(on(&|host| self.files(host))), BTreeMap::from(on(&|host| self.more(host)))])
    }

    fn files(&self, host: &str) -> Transaction {
        let expect = |at: &str, state: PathState| Expect { path: path(at), resolved: path(at), state };
        let link = |target: &str| PathState::Link { target: target.to_owned() };
        let unit_file = "[Service]\nExecStart=/bin/sleep infinity\n[Install]\nWantedBy=multi-user.target\n";
        let made = "/etc/systemd/system/made.service";
        Transaction {
            expect: vec![
                expect("/etc/app/written", self.file(host, "one\n", "0604", "app:app")),
                expect("/etc/app/removed", self.file(host, "gone\n", "0644", "root:root")),
                expect("/etc/app/link", link("written")),
                expect("/etc/app/unlinked", link("nowhere")),
                expect("/etc/app/created", PathState::Absent),
                expect("/etc/app/made", PathState::Absent),
                expect("/etc/app/made/inside", PathState::Absent),
                expect("/etc/app/made/below", PathState::Absent),
                expect("/etc/app/made/below/a link", PathState::Absent),
                expect("/etc/app/old", PathState::Directory),
                expect(made, PathState::Absent),
            ],
            changes: vec![
                self.write(host, "/etc/app/written", "two\n", Some("0644"), Some("root:app")),
                Change::Remove { path: path("/etc/app/removed") },
                Change::Link { path: path("/etc/app/link"), target: "made/inside".to_owned() },
                Change::Remove { path: path("/etc/app/unlinked") },
                Change::Link { path: path("/etc/app/created"), target: "made".to_owned() },
                Change::Directory { path: path("/etc/app/made"), mode: Some("0755".to_owned()), owner: None },
                self.write(host, "/etc/app/made/inside", "inside\n", None, None),
                Change::Directory { path: path("/etc/app/made/below"), mode: None, owner: None },
                Change::Link { path: path("/etc/app/made/below/a link"), target: "..".to_owned() },
                Change::RemoveDirectory { path: path("/etc/app/old") },
                self.write(host, made, unit_file, Some("0644"), None),
            ],
            units: vec![
                UnitOperation::DaemonReload,
                UnitOperation::Enable(unit("made.service")),
                UnitOperation::Start(unit("made.service")),
                UnitOperation::Stop(unit("stopped.service")),
                UnitOperation::Disable(unit("stopped.service")),
                UnitOperation::Restart(unit("app.service")),
            ],
            ..Transaction::default()
        }
    }

    /// What rests on the first.
    fn more(&self, host: &str) -> Transaction {
        let expect = |at: &str, state: PathState| Expect { path: path(at), resolved: path(at), state };
        Transaction {
            expect: vec![
                expect("/etc/app/made/inside", self.file(host, "inside\n", "0600", "root:root")),
                expect("/etc/app/made/later", PathState::Absent),
            ],
            changes: vec![
                self.write(host, "/etc/app/made/inside", "changed twice\n", None, None),
                self.write(host, "/etc/app/made/later", "later\n", None, None),
            ],
            units: vec![UnitOperation::Start(unit("started.service")), UnitOperation::Enable(unit("started.service"))],
            ..Transaction::default()
        }
    }

    /// What stands there now, and a line more.
    pub(crate) fn written_again(&self, host: &str) -> Plan {
        let text = self.inside(host, "cat /etc/app/written");
        let stat = self.inside(host, "stat -c '%04a %U:%G' /etc/app/written");
        let (mode, owner) = stat.trim().split_once(' ').unwrap();
        let at = path("/etc/app/written");
        let transaction = Transaction {
            expect: vec![Expect { path: at.clone(), resolved: at, state: self.file(host, &text, mode, owner) }],
            changes: vec![self.write(host, "/etc/app/written", &(text + "more\n"), None, None)],
            ..Transaction::default()
        };
        self.plan(vec![BTreeMap::from([(HostName::new(host), transaction)])])
    }

    fn plan(&self, waves: Vec<BTreeMap<HostName, Transaction>>) -> Plan {
        let item = Item {
            kind: "set".to_owned(),
            id: "app".to_owned(),
            status: Status::Planned,
            differences: Vec::new(),
            warnings: Vec::new(),
            error: None,
        };
        let wave = |transactions: BTreeMap<HostName, Transaction>| {
            Wave::of("all hosts", transactions.into_iter().map(|(host, it)| (host, told(it))).collect())
        };
        let hosts: std::collections::BTreeSet<HostName> = waves.iter().flat_map(BTreeMap::keys).cloned().collect();
        Plan {
            schema: SCHEMA.to_owned(),
            created: Timestamp::now(),
            author: Author { user: "tester".to_owned(), machine: "here".to_owned() },
            inventory: InventoryStamp::default(),
            digest_key: DigestKey::load_or_create(&self.rehearsal.state()).unwrap().id().to_owned(),
            actions: vec!["set".to_owned()],
            playbook: None,
            undoes: None,
            locks: Vec::new(),
            waves: waves.into_iter().map(wave).collect(),
            hosts: hosts.into_iter().map(|host| HostResult::of_items(host, vec![item.clone()])).collect(),
        }
    }

    #[track_caller]
    pub(crate) fn apply(&self, plan: &Plan) -> Value {
        let file = self.rehearsal.directory().join("plan.json");
        std::fs::write(&file, serde_json::to_string(plan).unwrap()).unwrap();
        self.fleet(&["apply", "plan.json", "--yes", "--json"]).expect_code(0).json()
    }
}

/// The transaction with a summary that tells of all that it does.
fn told(mut transaction: Transaction) -> Transaction {
    transaction.lease_seconds = 60;
    let removals = transaction.changes.iter().filter_map(Change::told);
    let operations = transaction.units.iter().map(UnitOperation::told).chain(removals).collect();
    let item = |place: &str, diff: Vec<DiffLine>, operations: Vec<String>| ItemSummary {
        kind: "set".to_owned(),
        id: "app".to_owned(),
        place: place.to_owned(),
        diff,
        operations,
    };
    let diff =
        DiffLine { subject: "written".to_owned(), before: Some("one".to_owned()), after: Some("two".to_owned()) };
    transaction.summary = vec![item("/etc/app", vec![diff], operations)];
    let elsewhere = transaction.expect.iter().filter(|expect| !expect.path.as_str().starts_with("/etc/app/"));
    let elsewhere: Vec<ItemSummary> = elsewhere.map(|it| item(it.path.as_str(), Vec::new(), Vec::new())).collect();
    transaction.summary.extend(elsewhere);
    transaction
}
