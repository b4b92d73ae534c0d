//! The arguments of `fleet queue`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};

use super::args::seconds;

/// Keep worker queues balanced over the hosts, within the connections that databases have.
#[derive(Debug, Subcommand)]
pub enum QueueCommand {
    /// Compare the workers that are declared, enabled and running; show budgets and queues, read-only
    Check {
        /// What to plan with.
        #[command(flatten)]
        what_if: WhatIfArguments,
        /// How long to plan.
        #[command(flatten)]
        solving: Solving,
    },
    /// Show which workers would start and stop where, in which order, and why
    Plan {
        /// Write the plan to a file, for review and `fleet apply`
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// What to plan with.
        #[command(flatten)]
        what_if: WhatIfArguments,
        /// How long to plan.
        #[command(flatten)]
        solving: Solving,
    },
    /// Start and drain workers step by step, never over a budget, and verify each step
    Apply {
        /// Told why it is refused here.
        #[arg(long, value_name = "LIST", allow_hyphen_values = true, hide = true)]
        what_if: Option<String>,
        /// How long to plan.
        #[command(flatten)]
        solving: Solving,
    },
    /// Declare what the hosts run today: inventory/queues.toml, or queues-adopted.toml where that is taken
    Adopt(QueueAdoptArguments),
}

/// What may be supposed.
#[derive(Clone, Debug, Default, Args)]
pub struct WhatIfArguments {
    /// Suppose other numbers than those declared or seen, such as `max_connections=300,+host=esme:8`; nothing is changed
    #[arg(long, value_name = "LIST", allow_hyphen_values = true)]
    pub what_if: Option<String>,
}

/// How long the search for the best balance may take.
#[derive(Clone, Debug, Args)]
pub struct Solving {
    /// Seconds to look for the best balance of workers; what is not proven by then is told
    #[arg(long, value_name = "SECONDS", default_value = "5", value_parser = seconds)]
    pub solve_time: Duration,
}

/// What to adopt.
#[derive(Debug, Args)]
pub struct QueueAdoptArguments {
    /// Where to write it, if not to the inventory; - prints it
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}
