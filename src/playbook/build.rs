//! From the tables of a playbook to its steps: names, items, hosts and rollouts, held against the inventory.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::Path;

use globset::{Glob, GlobMatcher};
use serde::Deserialize as _;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::rollout::{Rollout, Size};
use super::types::{ActionName, RolloutTable, SizeText, StepTable, StepsDocument};
use super::variables::{self, Variable};
use super::{OWN_TABLES, Playbook, Step, build_gates, schema};
use crate::inventory::{
    Companion, Inventory, Located, Origin, Problem, Selector, Shape, Sources, nearest, read_selector_file, shown,
};
use crate::names::HostName;

/// What is known of a playbook before it is read.
pub(super) struct Reading<'a> {
    pub(super) name: String,
    pub(super) digest: String,
    pub(super) set: &'a BTreeMap<String, String>,
    /// Whether values may be missing.
    pub(super) outline: bool,
}

/// What stands in its file.
pub(super) struct Own {
    variables: Vec<Variable>,
    document: StepsDocument,
    /// What it declares for its runs alone, by action and name.
    declared: BTreeMap<(String, String), Range<usize>>,
}

impl Companion for Reading<'_> {
    type Own = Own;
    type Whole = Playbook;

    fn take<'s>(
        &'s self,
        mut tables: DeTable<'s>,
        sources: &Sources,
        problems: &mut Vec<Problem>,
    ) -> (Option<Own>, DeTable<'s>) {
        let (variables, values) = variables::take(&mut tables, self.set, self.outline, problems);
        variables::fill(&mut tables, &values, sources, problems);
        let mut inventory = DeTable::new();
        for name in OWN_TABLES {
            inventory.extend(tables.remove_entry(name));
        }
        leave_hosts_to_steps(&mut inventory, &tables);
        let declared = names_in(&inventory);
        if !tables.contains_key("steps") {
            let message = format!("`{}` is no playbook: it has no steps", self.name);
            let help = "add one: [[steps]] with an action, such as action = \"env\"";
            problems.push(Problem::new("no-steps", message).help(help));
            return (None, inventory);
        }
        let mut shape = Shape::new(schema::steps());
        shape.document(&mut tables);
        let sound = shape.problems.is_empty();
        problems.append(&mut shape.problems);
        match StepsDocument::deserialize(toml::de::Deserializer::from(Spanned::new(0..0, tables))) {
            Ok(document) => (Some(Own { variables, document, declared }), inventory),
            Err(error) => {
                // What was taken out for another reason is no news.
                if sound {
                    let problem = Problem::new("bad-value", error.message().to_owned());
                    problems.push(match error.span() {
                        Some(span) => problem.label(span, "here"),
                        None => problem,
                    });
                }
                (None, inventory)
            }
        }
    }

    fn build(
        &self,
        own: Own,
        inventory: &Inventory,
        sources: &Sources,
        problems: &mut Vec<Problem>,
    ) -> Option<Playbook> {
        let Own { variables, document, declared } = own;
        let mut building = Building { inventory, sources, problems };
        let names = building.names(&document.steps);
        let mut used: BTreeSet<(String, String)> = BTreeSet::new();
        let mut steps = Vec::new();
        for (table, name) in document.steps.iter().zip(names) {
            let step = building.step(table, name);
            used.extend(step.items.iter().map(|item| (step.action.word().to_owned(), item.clone())));
            steps.push(step);
        }
        for ((action, name), span) in declared.iter().filter(|(key, _)| !used.contains(*key)) {
            building.problems.push(
                Problem::new("not-used", format!("no step uses {action}.{name}"))
                    .label(span.clone(), "declared here, for this playbook alone")
                    .help(format!("add a step with action = \"{action}\", or leave it out")),
            );
        }
        building.one_queue(&document.steps);
        Some(Playbook {
            name: self.name.clone(),
            description: document.description.map(|text| text.value),
            digest: self.digest.clone(),
            variables,
            steps,
        })
    }
}

/// The names in the tables of an inventory, with their places.
fn names_in(tables: &DeTable<'_>) -> BTreeMap<(String, String), Range<usize>> {
    let mut names = BTreeMap::new();
    for (action, table) in tables {
        let DeValue::Table(table) = table.get_ref() else { continue };
        for name in table.keys() {
            names.insert((action.get_ref().to_string(), name.get_ref().to_string()), name.span());
        }
    }
    names
}

/// Where a declaration of the playbook names no hosts, they are those of the steps that use it.
fn leave_hosts_to_steps<'s>(inventory: &mut DeTable<'s>, playbook: &DeTable<'s>) {
    let Some(DeValue::Array(steps)) = playbook.get("steps").map(Spanned::get_ref) else { return };
    for (action, table) in inventory.iter_mut() {
        let action = action.get_ref().to_string();
        let DeValue::Table(table) = table.get_mut() else { continue };
        for (name, declaration) in table.iter_mut() {
            let name = name.get_ref().to_string();
            let DeValue::Table(declaration) = declaration.get_mut() else { continue };
            if declaration.contains_key("hosts") {
                continue;
            }
            let mut selectors: Vec<(String, Range<usize>)> = Vec::new();
            for step in steps {
                let DeValue::Table(step) = step.get_ref() else { continue };
                let text = |key: &str| step.get(key).and_then(|value| value.get_ref().as_str());
                if text("action") == Some(action.as_str())
                    && uses(step, &name)
                    && let (Some(selector), Some(place)) = (text("hosts"), step.get("hosts"))
                {
                    selectors.push((selector.to_owned(), place.span()));
                }
            }
            let Some((_, span)) = selectors.first() else { continue };
            let span = span.clone();
            let whole = match selectors.as_slice() {
                [(only, _)] => only.clone(),
                several => several.iter().map(|(one, _)| format!("({one})")).collect::<Vec<_>>().join(", "),
            };
            let value = Spanned::new(span.clone(), DeValue::String(whole.into()));
            declaration.insert(Spanned::new(span, "hosts".into()), value);
        }
    }
}

/// Whether the items of a step name it.
fn uses(step: &DeTable<'_>, name: &str) -> bool {
    match step.get("items").map(Spanned::get_ref) {
        None => true,
        Some(DeValue::Array(items)) => items.iter().any(|item| {
            item.get_ref().as_str().is_some_and(|item| item == name || glob(item).is_some_and(|it| it.is_match(name)))
        }),
        Some(_) => false,
    }
}

fn glob(text: &str) -> Option<GlobMatcher> {
    text.contains(['*', '?', '[']).then(|| Glob::new(text).ok()).flatten().map(|glob| glob.compile_matcher())
}

/// What the checks share.
pub(super) struct Building<'a> {
    pub(super) inventory: &'a Inventory,
    pub(super) sources: &'a Sources,
    pub(super) problems: &'a mut Vec<Problem>,
}

impl Building<'_> {
    fn origin(&self, span: &Range<usize>) -> Origin {
        // Every span comes from one of the sources.
        self.sources.origin(span.start).unwrap_or(Origin { file: String::new(), line: 0, column: 0 })
    }

    /// The name of each step: its own, or its action's.
    fn names(&mut self, steps: &[Located<StepTable>]) -> Vec<String> {
        let mut first: BTreeMap<String, Range<usize>> = BTreeMap::new();
        let mut names = Vec::new();
        for step in steps {
            let (name, span) = match &step.name {
                Some(name) => (name.as_str().to_owned(), name.span.clone()),
                None => (step.action.word().to_owned(), step.action.span.clone()),
            };
            if let Some(before) = first.get(&name) {
                let problem = Problem::new("duplicate", format!("two steps are called `{name}`"))
                    .label(before.clone(), "here")
                    .label(span, "and here");
                let unnamed = step.name.is_none();
                let help = if unnamed {
                    "a step without a name is called as its action: give it a `name`"
                } else {
                    "rename one of the two"
                };
                self.problems.push(problem.help(help));
            } else {
                first.insert(name.clone(), span);
            }
            names.push(name);
        }
        names
    }

    fn step(&mut self, table: &Located<StepTable>, name: String) -> Step {
        let action = table.action.value;
        let items = self.items(table);
        let selected = table.hosts.as_ref().map(|hosts| (hosts, self.select(hosts)));
        let hosts = self.hosts(action, &items, selected);
        let rollout = table.rollout.as_ref().and_then(|rollout| {
            if action == ActionName::Queue {
                self.problems.push(
                    Problem::new("orders-itself", "a step with the action `queue` has no rollout")
                        .label(rollout.span.clone(), "not here")
                        .help("its waves keep every budget and floor at every instant: leave the rollout out; gates are fine"),
                );
                return None;
            }
            Some(self.rollout(rollout, &hosts))
        });
        let gates = table.gates.iter().filter_map(|gate| build_gates::gate(self, gate)).collect();
        Step {
            name,
            action,
            items,
            hosts,
            selector: table.hosts.as_ref().map(|hosts| hosts.value.clone()),
            rollout,
            gates,
            origin: self.origin(&table.span),
        }
    }

    /// The items that a step names; without names, all of its action.
    fn items(&mut self, table: &Located<StepTable>) -> BTreeSet<String> {
        let action = table.action.value;
        let known: BTreeSet<String> = self.inventory.items(action.word()).into_keys().map(str::to_owned).collect();
        let Some(items) = &table.items else {
            if known.is_empty() && !self.has_queues(action) {
                self.problems.push(
                    Problem::new("nothing-declared", format!("nothing is declared for the action `{}`", action.word()))
                        .label(table.action.span.clone(), "nothing to do")
                        .help("declare it in the inventory, or leave the step out"),
                );
            }
            return known;
        };
        if action == ActionName::Queue {
            self.problems.push(
                Problem::new("no-items", "a step with the action `queue` names no items")
                    .label(items.span.clone(), "not here")
                    .help("queues share hosts and connections, so they are balanced together: leave `items` out"),
            );
            return known;
        }
        let mut found = BTreeSet::new();
        for item in &items.value {
            if known.contains(&item.value) {
                found.insert(item.value.clone());
                continue;
            }
            let matcher = glob(item);
            let matching: Vec<String> = known
                .iter()
                .filter(|name| matcher.as_ref().is_some_and(|matcher| matcher.is_match(name.as_str())))
                .cloned()
                .collect();
            if matching.is_empty() {
                self.unknown_item(item, action, &known);
            }
            found.extend(matching);
        }
        found
    }

    fn has_queues(&self, action: ActionName) -> bool {
        action == ActionName::Queue && !self.inventory.queues().workers.is_empty()
    }

    fn unknown_item(&mut self, item: &Located<String>, action: ActionName, known: &BTreeSet<String>) {
        let message = format!("nothing of the action `{}` is called `{}`", action.word(), shown(item));
        let near = nearest(item, known.iter().map(String::as_str));
        let label = near.map_or_else(|| "unknown".to_owned(), |near| format!("did you mean `{near}`?"));
        let all: Vec<&str> = known.iter().map(String::as_str).collect();
        let help = if all.is_empty() {
            "nothing is declared for it".to_owned()
        } else {
            format!("declared: {}", all.join(", "))
        };
        self.problems.push(Problem::new("unknown-item", message).label(item.span.clone(), label).help(help));
    }

    /// The hosts of a selector; none, and a problem, when it is wrong.
    pub(super) fn select(&mut self, selector: &Located<String>) -> Option<BTreeSet<HostName>> {
        let dir = self.inventory.dir();
        let parsed = Selector::parse(selector, &|path| read_selector_file(&dir.join(Path::new(path))));
        match parsed.and_then(|parsed| parsed.evaluate(self.inventory)) {
            Ok(hosts) => Some(hosts),
            Err(error) => {
                let span = self.sources.within(&selector.span, selector, error.range());
                let problem = Problem::new(error.code(), error.message()).label(span, "here");
                self.problems.push(match error.hint() {
                    Some(hint) => problem.help(hint),
                    None => problem,
                });
                None
            }
        }
    }

    /// The hosts of a step: those of its items, and of those the ones that it selects.
    fn hosts(
        &mut self,
        action: ActionName,
        items: &BTreeSet<String>,
        selected: Option<(&Located<String>, Option<BTreeSet<HostName>>)>,
    ) -> BTreeSet<HostName> {
        let of_items: BTreeSet<HostName> = if action == ActionName::Queue {
            self.inventory.hosts().keys().cloned().collect()
        } else {
            let declared = self.inventory.items(action.word());
            items
                .iter()
                .filter_map(|item| declared.get(item.as_str()))
                .flat_map(|hosts| hosts.iter().cloned())
                .collect()
        };
        let Some((selector, selected)) = selected else { return of_items };
        // Where it is wrong that is told, and its hosts would be nonsense.
        let Some(selected) = selected else { return of_items };
        let hosts: BTreeSet<HostName> = selected.intersection(&of_items).cloned().collect();
        if hosts.is_empty() && !of_items.is_empty() {
            let names: Vec<&str> = items.iter().map(String::as_str).collect();
            let message = format!("none of these hosts has {} {}", action.word(), names.join(", "));
            self.problems.push(
                Problem::new("no-hosts", message)
                    .label(selector.span.clone(), "selects none of its hosts")
                    .help("select hosts that it is declared for"),
            );
        }
        hosts
    }

    fn rollout(&mut self, table: &RolloutTable, hosts: &BTreeSet<HostName>) -> Rollout {
        for variable in table.at_most.keys() {
            let has = |host: &&HostName| {
                self.inventory.hosts().get(*host).is_some_and(|host| host.vars.contains_key(&variable.value))
            };
            if !hosts.is_empty() && !hosts.iter().any(|host| has(&host)) {
                let vars: BTreeSet<&str> = hosts
                    .iter()
                    .filter_map(|host| self.inventory.hosts().get(host))
                    .flat_map(|host| host.vars.keys().map(String::as_str))
                    .collect();
                let near = nearest(variable, vars.iter().copied());
                let label = near.map_or_else(|| "unknown".to_owned(), |near| format!("did you mean `{near}`?"));
                let message = format!("no host of the step has the variable `{}`", shown(variable));
                self.problems.push(
                    Problem::new("unknown-variable", message)
                        .label(variable.span.clone(), label)
                        .help("declare it with the hosts: vars = { region = \"eu\" }"),
                );
            }
        }
        let order = table.order.as_ref().map(|order| self.order(order)).unwrap_or_default();
        let size = |text: &Located<SizeText>| match &text.value {
            SizeText::Hosts(hosts) => Size::Hosts(*hosts),
            // Its form is that of a percentage.
            SizeText::Share(share) => Size::Percent(share.as_str().trim_end_matches('%').parse().unwrap_or(100)),
        };
        Rollout {
            canary: table.canary.as_ref().map(size),
            batch: table.batch.as_ref().map(size),
            pause_seconds: table.pause.as_ref().map_or(0, |pause| seconds(pause.value.0)),
            max_failures: table.max_failures.as_ref().map_or(0, |most| most.value),
            at_most: table.at_most.iter().map(|(name, most)| (name.value.clone(), most.value.0)).collect(),
            order,
            on_failure: table.on_failure.as_ref().map(|it| it.value).unwrap_or_default(),
        }
    }

    /// Each part of a list is a selector of its own.
    fn order(&mut self, order: &Located<String>) -> Vec<(String, BTreeSet<HostName>)> {
        let mut parts = Vec::new();
        for at in at_commas(order) {
            let text = &order.value[at.clone()];
            let label = text.trim();
            let from = at.start + (text.len() - text.trim_start().len());
            let span = self.sources.within(&order.span, order, from..from + label.len());
            if label.is_empty() {
                self.problems.push(
                    Problem::new("selector-syntax", "a name is missing in the order")
                        .label(order.span.clone(), "here")
                        .help("name groups or hosts, such as \"cdn, web\""),
                );
                continue;
            }
            // Its place is that of the part, whatever the string looks like in the file.
            if let Some(hosts) = self.select(&Located { value: label.to_owned(), span }) {
                parts.push((label.to_owned(), hosts));
            }
        }
        parts
    }

    /// What one such step leaves nobody can foresee well enough for a second.
    fn one_queue(&mut self, steps: &[Located<StepTable>]) {
        let mut queues = steps.iter().filter(|step| step.action.value == ActionName::Queue);
        if let (Some(first), Some(second)) = (queues.next(), queues.next()) {
            self.problems.push(
                Problem::new("queue-twice", "two steps balance the queues")
                    .label(first.action.span.clone(), "here")
                    .label(second.action.span.clone(), "and here")
                    .help("one balances all of them: leave one out"),
            );
        }
    }
}

/// The parts of a list of selectors: commas in brackets and parentheses part nothing.
fn at_commas(text: &str) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let (mut depth, mut from) = (0_u32, 0);
    for (at, c) in text.char_indices() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                parts.push(from..at);
                from = at + 1;
            }
            _ => {}
        }
    }
    parts.push(from..text.len());
    parts
}

/// Whole seconds.
pub(super) fn seconds(time: std::time::Duration) -> u32 {
    u32::try_from(time.as_secs()).unwrap_or(u32::MAX)
}
