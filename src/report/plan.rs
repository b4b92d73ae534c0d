//! What would change, as a diff: the result of `plan`.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use super::canvas::{BOLD, CYAN, Canvas, Cell, GREEN, PLAIN, Page};
use super::fold::names;
use super::summary::{is_on_host, show_items, show_orders};
use super::text::{self, number_of};
use super::{Report, findings, gates, people, queue};
use crate::actions::queue::balance::Balance;
use crate::engine::plan::{OnFailure, Plan};
use crate::engine::status::{HostResult, Status, counts};
use crate::engine::transaction::{Check, ItemSummary};
use crate::names::HostName;

/// What `fleet schema plan-report` describes.
pub(super) const SCHEMA: &str = "fleet/plan-report/v1";

/// What a plan would change, without what is needed to apply it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct PlanReport {
    schema: &'static str,
    /// SHA-256 of the plan, in hexadecimal.
    pub plan: String,
    /// The actions that planned.
    pub actions: Vec<String>,
    /// What changes, in order.
    pub waves: Vec<PlannedWave>,
    /// Worker queues: how they stand, what becomes of them, and why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub balance: Option<Balance>,
    /// What the balance supposes beside what is declared and seen.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub what_if: Vec<String>,
    /// Every selected host, by name: how it stood when the plan was made.
    pub hosts: Vec<HostResult>,
    /// How many hosts have each status.
    pub counts: BTreeMap<Status, usize>,
    /// How many warnings there are on all hosts.
    pub warnings: usize,
    /// The command that applies it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Hosts that change side by side.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct PlannedWave {
    /// Such as `all hosts` or `canary`.
    pub name: String,
    /// The step of the playbook that it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// Whether hosts are looked at again before it, because commands were run; then no more is done than stands here.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub look_again: bool,
    /// By name.
    pub hosts: Vec<PlannedHost>,
    /// How many of the step's hosts may fail before the run stops.
    pub max_failures: u32,
    /// What becomes of what was changed where the run stops here.
    pub on_failure: OnFailure,
    /// What must be good after it, before the next wave begins.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub gates: Vec<PlannedGate>,
    /// Seconds to wait after it.
    pub pause_seconds: u32,
}

/// What must be good between two waves.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct PlannedGate {
    /// In words.
    pub gate: String,
    /// How long it may take to become good.
    pub timeout_seconds: u32,
    /// How often it is looked at; none: until the time is up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tries: Option<u32>,
}

/// What changes on one host.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct PlannedHost {
    /// Its name in the inventory.
    pub host: HostName,
    /// What changes, in order.
    pub items: Vec<ItemSummary>,
}

impl PlanReport {
    /// `next` is kept only where there is something to apply.
    pub fn of(plan: &Plan, next: Option<String>) -> Self {
        let gate = |check: &Check| PlannedGate {
            gate: check.gate.told(),
            timeout_seconds: check.timeout_seconds,
            tries: check.tries,
        };
        let wave = |wave: &crate::engine::plan::Wave| PlannedWave {
            name: wave.name.clone(),
            step: wave.step.clone(),
            look_again: wave.look_again,
            max_failures: wave.max_failures,
            on_failure: wave.on_failure,
            gates: wave.gates.iter().map(gate).collect(),
            pause_seconds: wave.pause_seconds,
            hosts: wave
                .transactions
                .iter()
                .map(|(host, transaction)| PlannedHost { host: host.clone(), items: transaction.summary.clone() })
                .collect(),
        };
        let mut hosts = plan.hosts.clone();
        told_by_orders(plan, &mut hosts);
        hosts.sort_by(|a, b| a.host.cmp(&b.host));
        Self {
            schema: SCHEMA,
            plan: plan.digest(),
            actions: plan.actions.clone(),
            waves: plan.waves.iter().map(wave).collect(),
            balance: None,
            what_if: Vec::new(),
            counts: counts(&hosts),
            warnings: people::count_warnings(&hosts),
            hosts,
            next: next.filter(|_| !plan.is_empty()),
        }
    }

    /// With what becomes of worker queues; `what_if`: what is supposed for it.
    #[must_use]
    pub fn with_balance(self, balance: Option<Balance>, what_if: Vec<String>) -> Self {
        Self { balance, what_if, ..self }
    }

    /// Whether the diff of a host already shows the item. Where no file changes, what differs says why something is done.
    fn shows(&self) -> impl Fn(&HostName, &str, &str) -> bool {
        let shown: BTreeSet<(HostName, String, String)> = self
            .waves
            .iter()
            .flat_map(|wave| &wave.hosts)
            .flat_map(|host| {
                host.items
                    .iter()
                    .filter(|item| !item.diff.is_empty())
                    .map(|item| (host.host.clone(), item.kind.clone(), item.id.clone()))
            })
            .collect();
        move |host, kind, id| shown.contains(&(host.clone(), kind.to_owned(), id.to_owned()))
    }
}

/// Why something is due is said where it is ordered, and is no warning then.
fn told_by_orders(plan: &Plan, hosts: &mut [HostResult]) {
    for (host, transaction) in plan.transactions() {
        let Some(result) = hosts.iter_mut().find(|result| result.host == *host) else { continue };
        for order in transaction.summary.iter().filter(|item| !is_on_host(item)) {
            for item in result.items.iter_mut().filter(|item| item.kind == order.kind && item.id == order.id) {
                item.warnings.retain(|warning| warning.code != "due");
            }
        }
    }
}

impl Report for PlanReport {
    fn table(&self, canvas: &Canvas) -> String {
        let mut page = Page::new(canvas);
        queue::suppositions(&mut page, &self.what_if);
        if let Some(balance) = &self.balance {
            queue::planned(&mut page, balance);
        }
        show_orders(&mut page, &self.waves);
        let waves: Vec<&PlannedWave> = self.waves.iter().filter(|wave| !wave.hosts.is_empty()).collect();
        for (number, wave) in waves.iter().enumerate() {
            if waves.len() > 1 {
                page.gap();
                let hosts = number_of(wave.hosts.len(), "host");
                let place = format!("{} of {}", number + 1, waves.len());
                let title = format!("wave {place}: {} ({hosts})", text::sentence(&wave.name));
                page.paragraph(0, &Cell::plain(""), &Cell::long(CYAN.bold(), &title));
            }
            show_wave(&mut page, wave);
            show_rules(&mut page, wave, number + 1 == waves.len());
        }
        let shows = self.shows();
        findings::show(&mut page, &self.hosts, |host, item| !shows(host, &item.kind, &item.id));
        people::quiet(&mut page, &self.hosts, None);
        people::warnings(&mut page, &self.hosts);
        people::problems(&mut page, &self.hosts);
        if waves.is_empty() && self.balance.as_ref().is_none_or(queue::is_content) {
            page.heading(GREEN, "nothing to change", "");
        }
        people::summary(&mut page, &self.counts, self.warnings, people::in_words);
        if let Some(next) = &self.next {
            page.next(next);
        }
        page.finish()
    }
}

/// What happens around a wave: how far failures go, what must be good after it, how long is waited.
fn show_rules(page: &mut Page, wave: &PlannedWave, last: bool) {
    let mut rules = Vec::new();
    if wave.look_again {
        rules.push("look at its hosts again before it, and do no more than this".to_owned());
    }
    if wave.max_failures > 0 {
        rules.push(format!("go on while no more than {} failed", number_of(wave.max_failures as usize, "host")));
    }
    if wave.on_failure == OnFailure::Undo {
        rules.push("undo what the run has changed, if it stops here".to_owned());
    }
    // What an action looks at stands among what is done for its items.
    let told =
        |gate: &String| wave.hosts.iter().flat_map(|host| &host.items).any(|item| item.operations.contains(gate));
    let hosts: BTreeSet<HostName> = wave.hosts.iter().map(|host| host.host.clone()).collect();
    let limits: Vec<String> = wave
        .gates
        .iter()
        .filter(|it| !told(&it.gate))
        .map(|PlannedGate { gate, timeout_seconds, tries }| {
            let tries = tries.map_or_else(String::new, |tries| format!(", {tries} tries at most"));
            format!("gate: {gate}, within {timeout_seconds} s{tries}")
        })
        .collect();
    let folded = gates::folded(limits.iter().map(|text| (text.as_str(), ())), &hosts);
    rules.extend(folded.into_iter().map(|(text, _)| text));
    if wave.pause_seconds > 0 && !last {
        rules.push(format!("wait for {} s", wave.pause_seconds));
    }
    for (number, rule) in rules.iter().enumerate() {
        let lead = if number == 0 { "and  " } else { "     " };
        page.paragraph(2, &Cell::new(CYAN, lead), &Cell::long(PLAIN, &text::sentence(rule)));
    }
}

fn show_wave(page: &mut Page, wave: &PlannedWave) {
    let by_name: BTreeMap<&HostName, &PlannedHost> = wave.hosts.iter().map(|host| (&host.host, host)).collect();
    let by_diff = wave.hosts.iter().map(|host| (crate::text::json(&host.items), host.host.clone()));
    for (_, sharing) in people::folded(by_diff) {
        let Some(host) = sharing.first().and_then(|host| by_name.get(host)) else {
            continue;
        };
        let mut title = names(&sharing);
        if sharing.len() > 1 {
            title = format!("{title} ({})", number_of(sharing.len(), "host"));
        }
        page.heading(BOLD, "", &title);
        let items: Vec<ItemSummary> = host.items.iter().filter(|item| is_on_host(item)).cloned().collect();
        show_items(page, 2, &items);
    }
}
