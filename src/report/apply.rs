//! What was changed: the result of `apply`.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use super::canvas::{Canvas, Cell, GREEN, PLAIN, Page};
use super::course::{self, Course};
use super::fold::names;
use super::{Report, findings, people, queue};
use crate::actions::queue::balance::Balance;
use crate::engine::plan::Plan;
use crate::engine::status::{HostResult, Item, Status, counts};
use crate::engine::transaction::Gate;
use crate::names::{HostName, RunId};

/// What `fleet schema apply` describes.
pub(super) const SCHEMA: &str = "fleet/apply/v1";

/// What became of every selected host.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ApplyReport {
    schema: &'static str,
    /// The run, as the journal names it; none where nothing had to be changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<RunId>,
    /// The actions.
    pub actions: Vec<String>,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// Every selected host, by name.
    pub hosts: Vec<HostResult>,
    /// How many hosts have each status.
    pub counts: BTreeMap<Status, usize>,
    /// How many warnings there are on all hosts.
    pub warnings: usize,
    /// The certificates that hosts have since.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub certificates: Vec<HadCertificate>,
    /// Worker queues, as the plan that was carried out had them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub balance: Option<Balance>,
    /// How far it came; of a run that changed hosts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub course: Option<Course>,
    /// The command to type next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// A certificate that hosts have since the run.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct HadCertificate {
    /// Its name in the inventory.
    pub cert: String,
    /// Its serial number, and until when it is valid.
    pub version: String,
    /// What was seen to present it on new connections to every address of each host, such as `port 443 (www.example.org)`.
    pub served: Vec<String>,
    /// The hosts, by name.
    pub hosts: Vec<HostName>,
}

impl ApplyReport {
    /// Of a run that has ended.
    pub fn new(run: Option<RunId>, actions: Vec<String>, duration_ms: u64, mut hosts: Vec<HostResult>) -> Self {
        hosts.sort_by(|a, b| a.host.cmp(&b.host));
        Self {
            schema: SCHEMA,
            run,
            actions,
            duration_ms,
            counts: counts(&hosts),
            warnings: people::count_warnings(&hosts),
            hosts,
            certificates: Vec::new(),
            balance: None,
            course: None,
            next: None,
        }
    }

    /// With the certificates that the plan, which was carried out, put on hosts that changed.
    #[must_use]
    pub fn of_plan(mut self, plan: &Plan) -> Self {
        let mut had: BTreeMap<(String, String, Vec<String>), BTreeSet<HostName>> = BTreeMap::new();
        for (host, transaction) in plan.transactions() {
            let Some(result) = self.hosts.iter().find(|result| result.host == *host) else { continue };
            let changed = |id: &str| {
                let is = |item: &&Item| item.kind == "cert" && item.id == id;
                result.items.iter().find(is).is_some_and(|item| item.status == Status::Changed)
            };
            let gates = || transaction.confirm.iter().flat_map(|confirm| &confirm.gates);
            for item in transaction.summary.iter().filter(|item| item.kind == "cert" && changed(&item.id)) {
                let Some(version) = item.diff.iter().find(|line| line.subject == "certificate") else { continue };
                let own = |gate: &&Gate| item.operations.contains(&gate.told());
                let served = gates().filter(own).filter_map(|gate| match gate {
                    Gate::Handshake { handshake, .. } => Some(handshake.to_string()),
                    _ => None,
                });
                let key = (item.id.clone(), version.after.clone().unwrap_or_default(), served.collect());
                had.entry(key).or_default().insert(host.clone());
            }
        }
        for (cert, hosts) in had.iter().map(|((cert, ..), hosts)| (cert, hosts)) {
            for result in self.hosts.iter_mut().filter(|result| hosts.contains(&result.host)) {
                for item in result.items.iter_mut().filter(|item| item.kind == "cert" && item.id == *cert) {
                    // What was due has come.
                    item.warnings.retain(|warning| warning.code != "due");
                }
            }
        }
        self.warnings = people::count_warnings(&self.hosts);
        let had = had.into_iter().map(|((cert, version, served), hosts)| HadCertificate {
            cert,
            version,
            served,
            hosts: hosts.into_iter().collect(),
        });
        self.certificates = had.collect();
        self
    }

    /// With what the plan made of worker queues.
    #[must_use]
    pub fn with_balance(self, balance: Option<Balance>) -> Self {
        Self { balance, ..self }
    }

    /// With how far it came.
    #[must_use]
    pub fn with_course(self, course: Course) -> Self {
        Self { course: Some(course), ..self }
    }

    /// With the command to type next.
    #[must_use]
    pub fn next(mut self, command: impl Into<String>) -> Self {
        self.next = Some(command.into());
        self
    }
}

impl Report for ApplyReport {
    fn table(&self, canvas: &Canvas) -> String {
        let mut page = Page::new(canvas);
        let changed = self.hosts.iter().filter(|host| host.status == Status::Changed).map(|host| {
            let items = host.items.iter().filter(|item| item.status == Status::Changed);
            let items: Vec<(&str, &str)> = items.map(|item| (item.kind.as_str(), item.id.as_str())).collect();
            (items, host.host.clone())
        });
        for (items, sharing) in people::folded(changed) {
            page.heading(GREEN, "changed and verified: ", &names(&sharing));
            page.paragraph(2, &Cell::plain(""), &Cell::long(PLAIN, &people::list_of(&items)));
        }
        for had in &self.certificates {
            let hosts: BTreeSet<HostName> = had.hosts.iter().cloned().collect();
            page.heading(GREEN, &format!("cert {}: ", had.cert), &had.version);
            let seen = if had.served.is_empty() {
                ("on ", names(&hosts))
            } else {
                ("served ", format!("on {}: {}, seen from here", names(&hosts), had.served.join(", ")))
            };
            page.paragraph(2, &Cell::plain(seen.0), &Cell::long(PLAIN, &seen.1));
        }
        if let Some(balance) = &self.balance {
            let whole = self.hosts.iter().all(|host| matches!(host.status, Status::Ok | Status::Changed));
            queue::done(&mut page, balance, whole);
        }
        if let Some(course) = &self.course {
            let hosts = self.hosts.iter().map(|host| host.host.clone()).collect();
            course::show_gates(&mut page, &course.gates, &hosts);
        }
        findings::show(&mut page, &self.hosts, |_, _| true);
        people::quiet(&mut page, &self.hosts, Some(Status::Changed));
        people::warnings(&mut page, &self.hosts);
        people::problems(&mut page, &self.hosts);
        if let Some(course) = &self.course {
            course::show(&mut page, course);
        }
        people::summary(&mut page, &self.counts, self.warnings, people::in_words);
        let took = format!("{}.{} s", self.duration_ms / 1000, self.duration_ms % 1000 / 100);
        match &self.run {
            Some(run) => page.line(&format!("run {run}, {took}")),
            None => page.line(&took),
        }
        if let Some(next) = &self.next {
            page.next(next);
        }
        page.finish()
    }
}
