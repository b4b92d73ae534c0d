//! What the user declared: loaded from a directory of TOML files, checked as a whole, merged, and asked for hosts.
//!
//! All `*.toml` files of the directory (not of those below it) are one document. Loading goes in steps, and each
//! reports all that it finds: read and parse (`source`); merge, where a host, a group or a setting in two files is an
//! error; hold against the schema made from the types (`shape`, `types`); then the meaning: names, cycles,
//! selections, rules and overrides.
//!
//! Overrides: the base, then the groups of a host, then the host itself. Where two groups override the same thing
//! differently, `order` in `[groups]` must rank both, from the weakest to the strongest.

mod acme;
mod approval;
mod approval_people;
mod approval_signers;
mod cert;
mod cert_hosts;
mod cert_names;
mod companion;
mod context;
mod dns;
mod dns_fields;
mod domain;
mod env;
mod env_keys;
mod file;
mod file_places;
mod file_read;
mod file_template;
mod file_values;
mod fold;
mod host;
mod items;
mod lab;
mod lab_replace;
mod merge;
mod notify;
mod overrides;
mod problem;
mod queue;
mod queue_build;
mod queue_check;
mod queue_database;
mod queue_demand;
mod queue_placement;
mod queue_secrecy;
mod queue_settings;
mod queue_unit_file;
mod queue_worker;
mod read;
mod rule;
mod run;
mod schema;
mod selector;
mod selector_parser;
mod shape;
mod shape_words;
mod source;
mod ssh_config;
mod starter;
mod suggest;
mod text;
mod types;
mod types_acme;
mod types_approval;
mod types_cert;
mod types_file;
mod types_forms;
mod types_notify;
mod types_queue;
mod types_queue_forms;
mod types_unit;
mod unit;
mod unit_calendar;
mod unit_drop_in;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Deserialize as _;
use toml::Spanned;
use toml::de::DeTable;

pub use acme::{AcmeDeclaration, CaFile, Eab};
pub use approval::{ApprovalDeclaration, ApprovalRule, BreakGlass};
pub use approval_people::People;
pub use approval_signers::{Signer, fingerprint, public_key};
pub use cert::CertDeclaration;
pub use cert_hosts::{OnHost, Serve};
pub(crate) use companion::Companion;
pub(crate) use context::read_selector_file;
pub use dns::{AcmeDnsAccounts, DnsDeclaration, DnsProvider, Server, Tsig};
pub use env::EnvDeclaration;
pub use env_keys::{Declared, KeyRule};
pub use file::{FileDeclaration, FileOnHost, FilePart, FileState};
pub use fold::fold;
pub use host::{Host, SshSettings};
pub use lab::LabNeeds;
pub use notify::{NotifyDeclaration, NotifyTarget, StoreDeclaration, WebhookUrl};
pub use problem::{InventoryErrors, Place, Problem, ProblemRecord};
pub use queue::{
    ClientDeclaration, DatabaseDeclaration, HostSecret, PgBouncerDeclaration, Placement, QueueDeclaration, Queues,
    Quieting, RedisDeclaration, UnitTemplate, WorkerDeclaration, WorkerProgram,
};
pub use rule::{Pattern, Rule, RuleViolation, ValueType};
pub use run::{Guard, Invocation, RunDeclaration};
pub use schema::schema;
pub(crate) use schema::without_null;
pub use selector::{Selector, SelectorError, Universe};
pub(crate) use shape::Shape;
pub use source::Origin;
pub(crate) use source::Sources;
pub use ssh_config::from_ssh_config;
pub use starter::starter;
pub(crate) use suggest::{nearest, shown};
pub use text::GroupName;
pub(crate) use text::{AbsolutePath, Located, Percent, ShortTime, TimeSpan, UnitText, VariableName, parse_bytes};
pub use types::{EnvFormat, Extra, Restart, VarValue};
pub use types_acme::{DnsProviderName, TsigAlgorithm};
pub use types_approval::ActionName;
pub use types_cert::Layout;
pub use types_notify::{Occasion, WebhookForm};
pub use types_unit::UnitState;
pub use unit::{TimerDeclaration, UnitDeclaration};

use crate::lab::HostSpec;
use crate::names::HostName;
use context::Context;

/// A whole and consistent inventory.
#[derive(Clone, Debug)]
pub struct Inventory {
    dir: PathBuf,
    hosts: BTreeMap<HostName, Host>,
    names: BTreeSet<HostName>,
    groups: BTreeMap<GroupName, BTreeSet<HostName>>,
    env: BTreeMap<String, EnvDeclaration>,
    acme: BTreeMap<String, AcmeDeclaration>,
    dns: BTreeMap<String, DnsDeclaration>,
    certs: BTreeMap<String, CertDeclaration>,
    store: StoreDeclaration,
    notify: BTreeMap<String, NotifyDeclaration>,
    queues: Queues,
    files: BTreeMap<String, FileDeclaration>,
    units: BTreeMap<String, UnitDeclaration>,
    runs: BTreeMap<String, RunDeclaration>,
    approval: Option<ApprovalDeclaration>,
    lab: lab::Rehearsal,
}

impl Inventory {
    /// Loads and checks the inventory in `dir`; everything that is wrong comes back at once.
    pub fn load(dir: &Path) -> Result<Self, InventoryErrors> {
        let mut problems = Vec::new();
        let mut sources = read::read(dir, &mut problems);
        let mut beside = Vec::new();
        match Self::check(dir, &sources, None, &mut problems, &mut beside) {
            Some(inventory) if problems.is_empty() => Ok(inventory),
            _ => {
                for (name, text) in beside {
                    sources.add(name, text);
                }
                Err(InventoryErrors::new(dir, sources, problems))
            }
        }
    }

    /// `companion`: the tables of the last source, which is no file of the inventory. `beside`: further sources that problems
    /// point into, in order.
    fn check(
        dir: &Path,
        sources: &Sources,
        companion: Option<DeTable<'_>>,
        problems: &mut Vec<Problem>,
        beside: &mut Vec<(String, String)>,
    ) -> Option<Self> {
        let mut document = merged(sources, companion, problems);
        let incomplete = !problems.is_empty();
        let mut shape = shape::Shape::new(schema::shared());
        shape.document(&mut document);
        let names_lost = incomplete || shape.names_lost;
        problems.append(&mut shape.problems);
        let table = Spanned::new(0..0, document);
        let document = match types::Document::deserialize(toml::de::Deserializer::from(table)) {
            Ok(document) => document,
            Err(error) => {
                // Only what the schema can't say ends here.
                let problem = Problem::new("bad-value", error.message().to_owned());
                problems.push(match error.span() {
                    Some(span) => problem.label(span, "here"),
                    None => problem,
                });
                return None;
            }
        };
        let spans = context::host_spans(document.hosts.keys());
        let places = file_places::Places::of(&document);
        let mut context = Context::of(dir, sources, names_lost, &spans, std::mem::take(problems));
        if spans.is_empty() && !names_lost {
            context.names_lost = true;
            context.doubtful = true;
            context.problems.push(
                Problem::new("no-hosts", "the inventory declares no host")
                    .help("add a table such as [hosts.web1]; its address is optional"),
            );
        }
        context.resolve_groups(&spans, &document.groups);
        let hosts = host::build(document.hosts, &document.ssh, &mut context);
        let declared_dns = document.dns.len();
        let env = env::build(document.env, &mut context);
        let acme = acme::build(document.acme, false, &mut context);
        let dns = dns::build(document.dns, false, &mut context);
        let lost = cert::Lost {
            acme: incomplete || shape.touched("acme"),
            dns: incomplete || shape.touched("dns") || dns.len() < declared_dns,
        };
        let known = cert::Known { acme: &acme, dns: &dns, lost };
        let certs = cert::build(document.certs, &known, &mut context);
        let store = notify::store(document.store, &mut context);
        let notify = notify::build(document.notify, &mut context);
        let queues = queue_build::build(
            &queue_build::Tables {
                database: document.database,
                redis: document.redis,
                workers: document.workers,
                queues: document.queues,
                placement: document.placement,
            },
            queue_build::Lost {
                database: incomplete || shape.touched("database"),
                redis: incomplete || shape.touched("redis"),
                workers: incomplete || shape.touched("workers"),
                queues: incomplete || shape.touched("queues"),
            },
            &hosts,
            &mut context,
        );
        let units = unit::build(document.unit, incomplete || shape.touched("unit"), &queues, &mut context);
        let runs = run::build(document.run, &mut context);
        let approval = document.approval.map(|table| approval::build(table, &mut context));
        let lab = lab::build(document.lab, &spans, &known, &mut context);
        let others = file_places::Others { env: &env, certs: &certs, queues: &queues };
        let files = file::build(
            document.file,
            &hosts,
            incomplete || shape.touched("file"),
            places.taken(&others),
            &mut context,
        );
        (*problems, *beside) = (context.problems, context.beside.files);
        Some(Self {
            dir: dir.to_owned(),
            hosts,
            names: context.hosts,
            groups: context.groups,
            env,
            acme,
            dns,
            certs,
            store,
            notify,
            queues,
            files,
            units,
            runs,
            approval,
            lab,
        })
    }

    /// All hosts.
    pub fn hosts(&self) -> &BTreeMap<HostName, Host> {
        &self.hosts
    }

    /// All groups with their hosts; none is empty.
    pub fn groups(&self) -> &BTreeMap<GroupName, BTreeSet<HostName>> {
        &self.groups
    }

    /// The hosts of a selector, as in `-l`; files named with `@` are relative to the working directory. An empty
    /// selection is an error. The syntax: see [`Selector`].
    pub fn select(&self, selector: &str) -> Result<BTreeSet<HostName>, SelectorError> {
        Selector::parse(selector, &|path| context::read_selector_file(Path::new(path)))?.evaluate(self)
    }

    /// All declared env files, by name.
    pub fn env_files(&self) -> &BTreeMap<String, EnvDeclaration> {
        &self.env
    }

    /// All declared accounts at certificate authorities, by name.
    pub fn acme(&self) -> &BTreeMap<String, AcmeDeclaration> {
        &self.acme
    }

    /// All declared DNS services, by name.
    pub fn dns(&self) -> &BTreeMap<String, DnsDeclaration> {
        &self.dns
    }

    /// All declared certificates, by name.
    pub fn certs(&self) -> &BTreeMap<String, CertDeclaration> {
        &self.certs
    }

    /// Where certificates are kept on this side.
    pub fn store(&self) -> &StoreDeclaration {
        &self.store
    }

    /// All who are told when a certificate is not as it should be, by name.
    pub fn notify(&self) -> &BTreeMap<String, NotifyDeclaration> {
        &self.notify
    }

    /// Databases, workers and queues.
    pub fn queues(&self) -> &Queues {
        &self.queues
    }

    /// All declared files, links and directories, by name.
    pub fn files(&self) -> &BTreeMap<String, FileDeclaration> {
        &self.files
    }

    /// All declared units of systemd, by name.
    pub fn units(&self) -> &BTreeMap<String, UnitDeclaration> {
        &self.units
    }

    /// All declared commands, by name.
    pub fn runs(&self) -> &BTreeMap<String, RunDeclaration> {
        &self.runs
    }

    /// Which plans need the approval of several people; `None`: none does.
    pub fn approval(&self) -> Option<&ApprovalDeclaration> {
        self.approval.as_ref()
    }

    /// What the rehearsal copy of a host needs: from its groups, from the weakest to the strongest, then its own.
    pub fn lab_for(&self, host: &HostName) -> LabNeeds {
        self.lab.of(host)
    }

    /// The hosts that exist in the rehearsal alone, with what they need: neither selected nor managed.
    pub fn lab_hosts(&self) -> &BTreeMap<HostName, LabNeeds> {
        &self.lab.hosts
    }

    /// What stands for the account of that name in a rehearsal, if anything is declared to: it may name rehearsal hosts.
    pub fn lab_acme(&self, name: &str) -> Option<&AcmeDeclaration> {
        self.lab.acme.get(name)
    }

    /// What stands for the DNS service of that name in a rehearsal, if anything is declared to: it may name rehearsal hosts.
    pub fn lab_dns(&self, name: &str) -> Option<&DnsDeclaration> {
        self.lab.dns.get(name)
    }

    /// What `fleet lab up` boots: the copies of these hosts, and all hosts of the rehearsal alone, which each of them may need.
    pub fn rehearsal(&self, hosts: impl IntoIterator<Item = HostName>) -> Vec<HostSpec> {
        let copies = hosts.into_iter().map(|host| self.lab_for(&host).spec(host));
        let alone = self.lab.hosts.iter().map(|(host, needs)| needs.clone().spec(host.clone()));
        copies.chain(alone).collect()
    }

    /// The directory that it was loaded from.
    pub fn dir(&self) -> &Path {
        &self.dir
    }
}

/// All sources as one document.
fn merged<'a>(sources: &'a Sources, companion: Option<DeTable<'a>>, problems: &mut Vec<Problem>) -> DeTable<'a> {
    let mut document = DeTable::new();
    let own = sources.files.len() - usize::from(companion.is_some());
    for index in 0..own {
        if let Some(table) = sources.parse(index, problems) {
            merge::merge(&mut document, table, problems);
        }
    }
    if let Some(companion) = companion {
        merge::merge(&mut document, companion, problems);
    }
    document
}

impl Universe for Inventory {
    fn hosts(&self) -> &BTreeSet<HostName> {
        &self.names
    }

    fn group(&self, name: &str) -> Option<&BTreeSet<HostName>> {
        self.groups.get(name)
    }

    fn group_names(&self) -> Vec<&str> {
        self.groups.keys().map(GroupName::as_str).collect()
    }
}

#[cfg(test)]
mod queue_tests;
#[cfg(test)]
mod tests;
