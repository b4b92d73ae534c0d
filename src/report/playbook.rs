//! Playbooks and their steps: the results of `playbook list` and `playbook show`.

use schemars::JsonSchema;
use serde::Serialize;

use super::canvas::{BOLD, Canvas, Cell, DIM, PLAIN, Page, RED, Row};
use super::text::number_of;
use super::{Report, text};
use crate::engine::plan::OnFailure;
use crate::names::HostName;
use crate::playbook::rollout::Size;
use crate::playbook::{Playbook, Rollout, Step, Variable, VariableType};

/// What `fleet schema playbooks` describes.
pub(super) const LIST: &str = "fleet/playbooks/v1";

/// What `fleet schema playbook-report` describes.
pub(super) const SCHEMA: &str = "fleet/playbook-report/v1";

/// All playbooks beside an inventory.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct PlaybooksReport {
    schema: &'static str,
    /// Where they are.
    pub directory: String,
    /// By name.
    pub playbooks: Vec<ListedPlaybook>,
    /// The command to type next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// One playbook of a list.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ListedPlaybook {
    /// Its name.
    pub name: String,
    /// Its file.
    pub file: String,
    /// What it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What may be given with `--set`.
    pub variables: Vec<ShownVariable>,
    /// The names of its steps, in order.
    pub steps: Vec<String>,
    /// Why it cannot be used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// A variable, as it is declared.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ShownVariable {
    /// Its name.
    pub name: String,
    /// What it holds.
    #[serde(rename = "type")]
    pub kind: VariableType,
    /// What it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What a choice may be.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<String>,
    /// Its value where none is given; without it, one must be given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    /// Its value here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

impl From<&Variable> for ShownVariable {
    fn from(variable: &Variable) -> Self {
        Self {
            name: variable.name.clone(),
            kind: variable.kind,
            description: variable.description.clone(),
            choices: variable.choices.clone(),
            default: variable.default.clone(),
            value: variable.has_value().then(|| variable.value.clone()),
        }
    }
}

/// A playbook and its steps.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct PlaybookReport {
    schema: &'static str,
    /// Its name.
    pub name: String,
    /// Its file.
    pub file: String,
    /// SHA-256 of its file, in hexadecimal.
    pub digest: String,
    /// What it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What may be given with `--set`.
    pub variables: Vec<ShownVariable>,
    /// In order.
    pub steps: Vec<ShownStep>,
    /// The command to type next.
    pub next: String,
}

/// A step.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ShownStep {
    /// Its name.
    pub name: String,
    /// What it does.
    pub action: String,
    /// The items; of `queue` none, since it is about all of them.
    pub items: Vec<String>,
    /// The selector that names its hosts, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selector: Option<String>,
    /// The hosts that it may change.
    pub hosts: Vec<HostName>,
    /// How it goes from host to host; without it, as the action has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rollout: Option<ShownRollout>,
    /// What must be good after each wave, in words.
    pub gates: Vec<String>,
}

/// A rollout.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ShownRollout {
    /// How many hosts go first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub canary: Option<Size>,
    /// How many go at a time after that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batch: Option<Size>,
    /// Seconds between two waves.
    pub pause_seconds: u32,
    /// How many hosts may fail.
    pub max_failures: u32,
    /// At most so many at a time with the same value of a host variable.
    pub at_most: std::collections::BTreeMap<String, u32>,
    /// What is done in which order.
    pub order: Vec<String>,
    /// What becomes of what the run has changed where it stops.
    pub on_failure: OnFailure,
}

impl From<&Rollout> for ShownRollout {
    fn from(rollout: &Rollout) -> Self {
        Self {
            canary: rollout.canary,
            batch: rollout.batch,
            pause_seconds: rollout.pause_seconds,
            max_failures: rollout.max_failures,
            at_most: rollout.at_most.clone(),
            order: rollout.order.iter().map(|(label, _)| label.clone()).collect(),
            on_failure: rollout.on_failure,
        }
    }
}

impl ShownRollout {
    fn words(&self) -> String {
        let mut words = Vec::new();
        words.extend(self.canary.map(|size| format!("canary {size}")));
        words.extend(self.batch.map(|size| format!("batches of {size}")));
        if !self.order.is_empty() {
            words.push(format!("in order: {}", self.order.join(", then ")));
        }
        words.extend(self.at_most.iter().map(|(name, most)| format!("at most {most} at a time of each {name}")));
        if self.pause_seconds > 0 {
            words.push(format!("pause {} s", self.pause_seconds));
        }
        if self.max_failures > 0 {
            words.push(format!("up to {} may fail", self.max_failures));
        }
        if self.on_failure == OnFailure::Undo {
            words.push("on failure: undo".to_owned());
        }
        if words.is_empty() { "all at once".to_owned() } else { words.join("; ") }
    }
}

impl From<&Step> for ShownStep {
    fn from(step: &Step) -> Self {
        Self {
            name: step.name.clone(),
            action: step.action.word().to_owned(),
            items: if step.action.word() == "queue" { Vec::new() } else { step.items.iter().cloned().collect() },
            selector: step.selector.clone(),
            hosts: step.hosts.iter().cloned().collect(),
            rollout: step.rollout.as_ref().map(ShownRollout::from),
            gates: step.gates.iter().map(crate::playbook::GateSpec::told).collect(),
        }
    }
}

impl PlaybooksReport {
    /// In the order of their names.
    pub fn new(directory: String, playbooks: Vec<ListedPlaybook>, next: Option<String>) -> Self {
        Self { schema: LIST, directory, playbooks, next }
    }
}

impl PlaybookReport {
    /// As it is read from that file.
    pub fn of(playbook: &Playbook, file: String, next: String) -> Self {
        Self {
            schema: SCHEMA,
            name: playbook.name.clone(),
            file,
            digest: playbook.digest.clone(),
            description: playbook.description.clone(),
            variables: playbook.variables.iter().map(ShownVariable::from).collect(),
            steps: playbook.steps.iter().map(ShownStep::from).collect(),
            next,
        }
    }
}

impl ListedPlaybook {
    /// As it is read from that file.
    pub fn of(playbook: &Playbook, file: String) -> Self {
        Self {
            name: playbook.name.clone(),
            file,
            description: playbook.description.clone(),
            variables: playbook.variables.iter().map(ShownVariable::from).collect(),
            steps: playbook.steps.iter().map(|step| step.name.clone()).collect(),
            error: None,
        }
    }
}

/// A variable in a few words, such as `release = stable`.
fn variable_words(variable: &ShownVariable) -> String {
    match (&variable.value, &variable.default) {
        (Some(value), _) => format!("{} = {value}", variable.name),
        (None, Some(default)) => format!("{} = {default}", variable.name),
        (None, None) => format!("{} (must be given)", variable.name),
    }
}

impl Report for PlaybooksReport {
    fn table(&self, canvas: &Canvas) -> String {
        let mut page = Page::new(canvas);
        if self.playbooks.is_empty() {
            page.line(&format!("no playbooks in {}", text::sentence(&self.directory)));
        }
        for playbook in &self.playbooks {
            page.gap();
            page.heading(BOLD, "", &playbook.name);
            if let Some(description) = &playbook.description {
                page.paragraph(2, &Cell::plain(""), &Cell::long(PLAIN, description));
            }
            if let Some(error) = &playbook.error {
                page.paragraph(2, &Cell::new(RED, "cannot be used: "), &Cell::long(PLAIN, error));
            }
            if !playbook.steps.is_empty() {
                page.paragraph(2, &Cell::new(DIM, "steps: "), &Cell::long(PLAIN, &playbook.steps.join(", ")));
            }
            if !playbook.variables.is_empty() {
                let words: Vec<String> = playbook.variables.iter().map(variable_words).collect();
                page.paragraph(2, &Cell::new(DIM, "variables: "), &Cell::long(PLAIN, &words.join(", ")));
            }
        }
        if let Some(next) = &self.next {
            page.next(next);
        }
        page.finish()
    }
}

impl Report for PlaybookReport {
    fn table(&self, canvas: &Canvas) -> String {
        let mut page = Page::new(canvas);
        page.heading(BOLD, "", &self.name);
        if let Some(description) = &self.description {
            page.paragraph(2, &Cell::plain(""), &Cell::long(PLAIN, description));
        }
        if !self.variables.is_empty() {
            page.gap();
            let rows: Vec<Row> = self
                .variables
                .iter()
                .map(|variable| {
                    let kind = match variable.kind {
                        VariableType::Choice => variable.choices.join(" or "),
                        kind => kind.word().to_owned(),
                    };
                    let value = variable.value.as_deref().unwrap_or("must be given");
                    let description = variable.description.as_deref().unwrap_or_default();
                    Row::new(vec![
                        Cell::plain(&variable.name),
                        Cell::plain(value),
                        Cell::long(DIM, &kind),
                        Cell::long(PLAIN, description),
                    ])
                })
                .collect();
            page.table(0, &["variable", "value", "type", "what for"], 1, &rows);
        }
        page.gap();
        let rows: Vec<Row> = self
            .steps
            .iter()
            .enumerate()
            .map(|(number, step)| {
                let items = if step.items.is_empty() { "all".to_owned() } else { step.items.join(", ") };
                let hosts = number_of(step.hosts.len(), "host");
                let hosts = match &step.selector {
                    Some(selector) => format!("{selector} ({hosts})"),
                    None => hosts,
                };
                let cells = [(number + 1).to_string(), step.name.clone(), step.action.clone()];
                let mut cells: Vec<Cell> = cells.iter().map(|text| Cell::plain(text)).collect();
                cells.push(Cell::long(PLAIN, &items));
                cells.push(Cell::long(PLAIN, &hosts));
                Row::new(cells)
            })
            .collect();
        page.table(0, &["#", "step", "action", "items", "hosts"], 2, &rows);
        for step in self.steps.iter().filter(|step| step.rollout.is_some() || !step.gates.is_empty()) {
            page.gap();
            page.heading(BOLD, "", &step.name);
            if let Some(rollout) = &step.rollout {
                page.paragraph(2, &Cell::new(DIM, "rollout: "), &Cell::long(PLAIN, &rollout.words()));
            }
            for gate in &step.gates {
                page.paragraph(2, &Cell::new(DIM, "gate: "), &Cell::long(PLAIN, gate));
            }
        }
        page.next(&self.next);
        page.finish()
    }
}
