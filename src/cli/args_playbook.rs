//! The arguments of playbooks, and of whatever else is planned, applied or shown by its name.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::args_queue::Solving;

/// Values of a playbook's variables.
#[derive(Clone, Debug, Default, Args)]
pub struct SetArguments {
    /// The value of a variable that the playbook declares; may be repeated
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = assignment)]
    pub set: Vec<(String, String)>,
}

impl SetArguments {
    /// By name; of a name that was given twice, the last value counts.
    pub fn values(&self) -> BTreeMap<String, String> {
        self.set.iter().cloned().collect()
    }
}

fn assignment(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("not of the form NAME=VALUE")?;
    if name.is_empty() { Err("not of the form NAME=VALUE".to_owned()) } else { Ok((name.to_owned(), value.to_owned())) }
}

/// What `fleet plan` plans.
#[derive(Debug, Args)]
pub struct PlanArguments {
    /// The name of a playbook, or its file
    #[arg(value_name = "PLAYBOOK")]
    pub what: String,
    #[command(flatten)]
    pub set: SetArguments,
    /// Write the plan to a file, for review and `fleet apply`
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    #[command(flatten)]
    pub solving: Solving,
}

/// What `fleet apply` applies.
#[derive(Debug, Args)]
pub struct ApplyArguments {
    /// A plan file (.json), the name of a playbook, or its file (.toml)
    #[arg(value_name = "WHAT")]
    pub what: String,
    #[command(flatten)]
    pub set: SetArguments,
    #[command(flatten)]
    pub solving: Solving,
}

/// What `fleet show` shows.
#[derive(Debug, Args)]
pub struct ShowArguments {
    /// A plan file (.json), the name of a playbook, or its file (.toml)
    #[arg(value_name = "WHAT")]
    pub what: String,
    #[command(flatten)]
    pub set: SetArguments,
}

/// List and show playbooks; no host is contacted.
#[derive(Debug, Subcommand)]
pub enum PlaybookCommand {
    /// List the playbooks beside the inventory
    List,
    /// Show the steps of a playbook, their rollouts and gates, and its variables
    Show {
        /// Its name, or its file
        #[arg(value_name = "PLAYBOOK")]
        what: String,
        #[command(flatten)]
        set: SetArguments,
    },
}
