//! Playbooks: named, ordered steps, each an action with a selector, a rollout and gates, compiled to one plan.
//!
//! - `types`, `schema`: what stands in TOML; `variables`: what `--set` gives, and where it stands.
//! - `build`, `build_gates`: the meaning, now that the inventory is known; everything that is wrong comes back at once, with its place.
//! - [`rollout`]: from hosts to waves. [`gates`]: what must be good between them.
//! - [`compile`]: steps to one list of waves; `predict`: the hosts as earlier steps leave them.
//! - [`catalog`]: the playbooks that stand beside an inventory.
//!
//! A playbook may hold tables of the inventory as well, such as `[file.NAME]`: they are declared for its runs alone.

mod build;
mod build_gates;
pub mod catalog;
pub mod compile;
pub mod gates;
mod predict;
pub mod rollout;
mod schema;
mod types;
mod variables;

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest as _, Sha256};

use crate::engine::plan::PlaybookStamp;
use crate::inventory::{Inventory, InventoryErrors, Origin};
use crate::names::HostName;

pub use compile::{Compiled, StepAction, compile};
pub use gates::GateSpec;
pub use rollout::Rollout;
pub use schema::schema;
pub use types::{ActionName, VariableType};
pub use variables::Variable;

/// The tables of an inventory that a playbook may hold, by the words of their actions.
const OWN_TABLES: [&str; 3] = ["file", "unit", "run"];

/// A whole and consistent playbook.
#[derive(Clone, Debug)]
pub struct Playbook {
    /// Its name: that of its file without `.toml`.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// SHA-256 of its file, in hexadecimal.
    pub digest: String,
    /// What may be given, with its values here.
    pub variables: Vec<Variable>,
    /// What is done, in order.
    pub steps: Vec<Step>,
}

/// One step.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its name, which no other step has.
    pub name: String,
    /// What it does.
    pub action: ActionName,
    /// The items, by name; of `queue` none, since it is about all of them.
    pub items: BTreeSet<String>,
    /// The hosts that it may change.
    pub hosts: BTreeSet<HostName>,
    /// The selector that names them, where there is one.
    pub selector: Option<String>,
    /// How it goes from host to host; `None`: as the action has it.
    pub rollout: Option<Rollout>,
    /// What must be good after each wave.
    pub gates: Vec<GateSpec>,
    /// Where it is declared.
    pub origin: Origin,
}

impl Step {
    /// The inventory with the items of this step alone.
    pub fn view(&self, inventory: &Inventory) -> Inventory {
        inventory.with_items(self.action.word(), &self.items)
    }

    /// Whether its action knows in which order hosts change, and nobody else does.
    pub(crate) fn orders_itself(&self) -> bool {
        self.action == ActionName::Queue
    }

    /// Whether it does what nobody can predict: then the hosts are looked at again before later steps.
    pub(crate) fn runs_commands(&self) -> bool {
        self.action == ActionName::Run
    }
}

impl Playbook {
    /// Reads a playbook together with the inventory, which then holds what the playbook declares as well. `file` is its path
    /// as it is shown, `text` what stands in it, and `set` the values that are given for its variables.
    ///
    /// # Errors
    /// Everything that is wrong in either, each with its place.
    pub fn load(
        inventory: &std::path::Path,
        file: &std::path::Path,
        text: String,
        set: &BTreeMap<String, String>,
    ) -> Result<(Inventory, Self), InventoryErrors> {
        Self::read(inventory, file, text, set, false)
    }

    /// As [`Self::load`], to be shown alone: variables may lack a value, and something of their type stands for it.
    ///
    /// # Errors
    /// Everything that is wrong in either, each with its place.
    pub fn outline(
        inventory: &std::path::Path,
        file: &std::path::Path,
        text: String,
        set: &BTreeMap<String, String>,
    ) -> Result<Self, InventoryErrors> {
        Self::read(inventory, file, text, set, true).map(|(_, playbook)| playbook)
    }

    fn read(
        inventory: &std::path::Path,
        file: &std::path::Path,
        text: String,
        set: &BTreeMap<String, String>,
        outline: bool,
    ) -> Result<(Inventory, Self), InventoryErrors> {
        let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let digest = crate::text::hex(&Sha256::digest(text.as_bytes()));
        let what = format!("the playbook `{name}`");
        let reading = build::Reading { name, digest, set, outline };
        Inventory::load_with(inventory, &what, file.display().to_string(), text, &reading)
    }

    /// What a plan says of where it comes from.
    pub fn stamp(&self) -> PlaybookStamp {
        let given = self.variables.iter().filter(|variable| variable.given);
        PlaybookStamp {
            name: self.name.clone(),
            digest: self.digest.clone(),
            set: given.map(|variable| (variable.name.clone(), variable.value.clone())).collect(),
        }
    }
}
