//! What can be typed: the contract of the command line, as types.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::names::RunId;
use crate::report::{ColorChoice, OutputFormat};

pub(super) use super::args_action::ActionCommand;
pub(super) use super::args_cert::{AccountCommand, CertCheckArguments, CertCommand};
pub(super) use super::args_incident::{IncidentCommand, IncidentReportArguments};
pub(super) use super::args_log::{LogArguments, LogCommand, Shown};
pub(super) use super::args_playbook::{ApplyArguments, PlanArguments, PlaybookCommand, ShowArguments};
pub(super) use super::args_queue::{QueueAdoptArguments, QueueCommand, Solving, WhatIfArguments};
pub(super) use super::args_undo::UndoArguments;

/// Keep a fleet of Linux servers in the state that you declared
#[derive(Debug, Parser)]
#[command(name = "fleet", version, propagate_version = true, max_term_width = 100, disable_help_subcommand = true)]
#[command(after_help = EXIT_CODES)]
pub struct Arguments {
    /// Options of every command.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const EXIT_CODES: &str = "\
Exit codes:
  0    as declared, or changed and verified
  1    something failed or is unknown
  2    bad usage, inventory or plan file: no host was contacted
  3    check or plan found a difference
  4    some hosts unreachable, the rest fine
  5    locked by another run
  6    not approved, or declined at the prompt
  130  interrupted";

/// Options of every command.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Options of every command")]
#[expect(clippy::struct_excessive_bools, reason = "switches of a command line")]
pub struct Global {
    /// Directory of the inventory
    #[arg(
        short,
        long,
        global = true,
        value_name = "DIR",
        env = "FLEET_INVENTORY",
        hide_env_values = true,
        default_value = "inventory"
    )]
    pub inventory: PathBuf,
    /// Only these hosts: names, groups, globs (cdn-*), ranges (web[1-12]), @FILE; `,` adds, `&` keeps what both have, `!` takes away
    #[arg(short, long, global = true, value_name = "SELECTOR")]
    pub limit: Option<String>,
    /// Print the result as table, json (one document) or jsonl (an event a line, as it happens); `cert check` also as prometheus or nagios
    #[arg(
        short,
        long,
        global = true,
        value_enum,
        value_name = "FORM",
        default_value = "table",
        hide_possible_values = true
    )]
    pub output: Output,
    /// The same as --output json
    #[arg(long, global = true, conflicts_with = "output")]
    pub json: bool,
    /// Change without asking
    #[arg(long, global = true)]
    pub yes: bool,
    /// Ask before each wave of a run but the first
    #[arg(long, global = true)]
    pub step: bool,
    /// Apply without the approval that the inventory asks for, where it allows that: everybody is told, and why
    #[arg(long, global = true, value_name = "REASON")]
    pub break_glass: Option<String>,
    /// Let warnings count as differences
    #[arg(long, global = true)]
    pub strict: bool,
    /// How many hosts at a time
    #[arg(long, global = true, value_name = "N", default_value = "64", value_parser = clap::value_parser!(u16).range(1..))]
    pub parallel: u16,
    /// Seconds to wait for a connection
    #[arg(long, global = true, value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    pub connect_timeout: Duration,
    /// Seconds for each host and phase; a change that has begun is never cut
    #[arg(long, global = true, value_name = "SECONDS", default_value = "120", value_parser = seconds)]
    pub timeout: Duration,
    /// Seconds to wait for a host that another run holds
    #[arg(long, global = true, value_name = "SECONDS", default_value = "0", value_parser = seconds)]
    pub lock_timeout: Duration,
    /// Check and plan from saved facts; no host is contacted
    #[arg(long, global = true, value_name = "FILE")]
    pub facts: Option<PathBuf>,
    /// Save what the hosts answer, with keyed digests for secrets
    #[arg(long, global = true, value_name = "FILE", conflicts_with = "facts")]
    pub save_facts: Option<PathBuf>,
    /// Use the rehearsal hosts of `fleet lab` instead of the declared addresses
    #[arg(long, global = true)]
    pub lab: bool,
    /// Say what happens on each host; twice: every step
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// Use colour: auto (on a terminal, unless `NO_COLOR` is set), always or never
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value = "auto", hide_possible_values = true)]
    pub color: Color,
    /// Show no progress
    #[arg(long, global = true)]
    pub no_progress: bool,
    /// The run that this one carries on.
    #[arg(skip)]
    pub continues: Option<RunId>,
}

impl Global {
    /// The command to type next, for the same inventory, hosts and lab.
    pub fn next(&self, words: &str) -> String {
        let mut command = format!("fleet {words}");
        if self.lab {
            command.push_str(" --lab");
        }
        if self.inventory != std::path::Path::new("inventory") {
            command = format!("{command} -i {}", shell_words::quote(&self.inventory.to_string_lossy()));
        }
        match &self.limit {
            Some(limit) => format!("{command} -l {}", shell_words::quote(limit)),
            None => command,
        }
    }

    /// The same for all hosts.
    #[must_use]
    pub fn without_limit(&self) -> Self {
        Self { limit: None, ..self.clone() }
    }

    /// The form of results that was asked for.
    pub fn format(&self) -> OutputFormat {
        match self.output {
            _ if self.json => OutputFormat::Json,
            Output::Table | Output::Prometheus | Output::Nagios => OutputFormat::Table,
            Output::Json => OutputFormat::Json,
            Output::Jsonl => OutputFormat::Jsonl,
        }
    }
}

/// A time that anybody may want to wait; the clock cannot count further than some centuries.
const LONGEST: f64 = 365.0 * 86_400.0;

pub(super) fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number of seconds".to_owned())?;
    if (0.0..=LONGEST).contains(&seconds) {
        Ok(Duration::from_secs_f64(seconds))
    } else {
        Err("not a number of seconds from 0 to a year".to_owned())
    }
}

/// How results are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// For people
    Table,
    /// One JSON document
    Json,
    /// One JSON event a line, as it happens
    Jsonl,
    /// Figures for the node exporter's textfile collector; of `cert check` alone
    Prometheus,
    /// One line for Nagios and its like, with their exit codes; of `cert check` alone
    Nagios,
}

/// When to use colour.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl From<Color> for ColorChoice {
    fn from(color: Color) -> Self {
        match color {
            Color::Auto => Self::Auto,
            Color::Always => Self::Always,
            Color::Never => Self::Never,
        }
    }
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Keep environment files as declared
    #[command(subcommand)]
    Env(EnvCommand),
    /// Keep certificates as declared: issued, distributed, and served
    #[command(subcommand)]
    Cert(CertCommand),
    /// Keep worker queues balanced over the hosts, within the connections that databases have
    #[command(subcommand)]
    Queue(QueueCommand),
    /// Keep files, links and directories as declared, from templates where they differ by host
    #[command(subcommand)]
    File(ActionCommand),
    /// Keep units of systemd as declared: state, drop-ins and timers
    #[command(subcommand)]
    Unit(ActionCommand),
    /// Run declared commands where they have something to do
    #[command(subcommand)]
    Run(ActionCommand),
    /// Check everything that is declared, read-only
    Check(Solving),
    /// Show what a playbook would change
    Plan(PlanArguments),
    /// Carry out a playbook, or a plan file
    Apply(ApplyArguments),
    /// List and show playbooks; no host is contacted
    #[command(subcommand)]
    Playbook(PlaybookCommand),
    /// Carry on a run that was cut or stopped: the same plan, for all that is not done
    Resume {
        /// As `fleet log` names it
        run: String,
    },
    /// Run again for the hosts on which a run failed, with a new plan
    Rerun {
        /// The run whose failed hosts these are, as `fleet log` names it
        #[arg(long, value_name = "RUN")]
        failed: String,
    },
    /// Approve a plan file: sign it with your SSH key
    Approve(ApproveArguments),
    /// Show a plan file, a playbook or a run; no host is contacted
    Show(ShowArguments),
    /// Put back what a run changed, from what the hosts kept of it
    Undo(UndoArguments),
    /// Tell who changed what, when, from what to what
    Log(LogArguments),
    /// Keep the record of an incident, and draft its postmortem
    #[command(subcommand)]
    Incident(IncidentCommand),
    /// List, check and trust hosts
    #[command(subcommand)]
    Hosts(HostsCommand),
    /// Run a command on hosts; identical outputs are shown once
    Exec {
        /// The command and its arguments
        #[arg(value_name = "CMD", required = true, last = true)]
        command: Vec<String>,
    },
    /// Rehearse on real systemd hosts on this machine
    #[command(subcommand)]
    Lab(LabCommand),
    /// Write a commented starter inventory; nothing is overwritten
    Init {
        /// Take the hosts of an SSH configuration [default FILE: ~/.ssh/config]
        #[arg(long, value_name = "FILE", num_args = 0..=1, default_missing_value = "~/.ssh/config")]
        from_ssh_config: Option<PathBuf>,
    },
    /// Print the completions of a shell
    Completions {
        /// bash, zsh or fish
        #[arg(hide_possible_values = true)]
        shell: Shell,
    },
    /// Print the manual page, or write one for each command
    Man {
        /// Where to write one page for each command; without it, the page of fleet itself is printed
        #[arg(value_name = "DIR")]
        directory: Option<PathBuf>,
    },
    /// Print the JSON Schema of the inventory, of a file or of a result
    Schema {
        /// Such as inventory or check; without it, all names are listed
        what: Option<String>,
    },
}

/// Which plan to approve, and with which key.
#[derive(Debug, Args)]
pub struct ApproveArguments {
    /// Written by `plan --out`
    #[arg(value_name = "PLAN.json")]
    pub plan: PathBuf,
    /// The key that signs: a file with its private or public half, or the fingerprint of one in the agent [default: git's
    /// user.signingkey, else the one of the agent or of ~/.ssh that is in `allowed_signers`]
    #[arg(long, value_name = "KEY")]
    pub key: Option<String>,
}

/// Shells with completions.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Shell {
    /// bash
    Bash,
    /// zsh
    Zsh,
    /// fish
    Fish,
}

/// Keep environment files as declared.
#[derive(Debug, Subcommand)]
pub enum EnvCommand {
    /// Compare what is declared, on disk and live, read-only
    Check,
    /// Show what would change
    Plan {
        /// Write the plan to a file, for review and `fleet apply`
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Change what differs, and verify it
    Apply,
    /// Declare a file from what the hosts have today: inventory/env-NAME.toml
    Adopt(AdoptArguments),
}

/// What to adopt.
#[derive(Debug, Args)]
pub struct AdoptArguments {
    /// The name that the file gets in the inventory
    pub name: String,
    /// Where the file is on the hosts, an absolute path
    #[arg(long)]
    pub path: String,
    /// The hosts that have it: a selector
    #[arg(long, value_name = "SELECTOR")]
    pub hosts: String,
    /// Who reads it: dotenv (the application by itself), systemd or docker
    #[arg(long, value_enum, default_value = "dotenv", hide_possible_values = true)]
    pub format: AdoptFormat,
    /// A unit that reads it, or a glob; may be repeated. Without it, units are found by their settings
    #[arg(long = "unit", value_name = "UNIT")]
    pub units: Vec<String>,
}

/// Who reads an env file.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum AdoptFormat {
    /// The application, with a dotenv library
    Dotenv,
    /// systemd
    Systemd,
    /// Docker
    Docker,
}

/// List, check and trust hosts.
#[derive(Debug, Subcommand)]
pub enum HostsCommand {
    /// List the hosts of the inventory
    List,
    /// Look whether hosts are reachable, and what would make fleet slow or fail there
    Check,
    /// Show host keys, and record them once you say yes
    Trust {
        /// A selector; without it, all hosts
        hosts: Option<String>,
        /// Replace recorded keys that have changed
        #[arg(long)]
        replace: bool,
    },
    /// Close open connections
    Disconnect,
}

/// Rehearse on real systemd hosts on this machine.
#[derive(Debug, Subcommand)]
pub enum LabCommand {
    /// Boot a container for each host of the inventory, or repair what is there
    Up,
    /// Remove the rehearsal hosts and all that came with them
    Down,
    /// Show the rehearsal hosts
    Status,
    /// Log in to a rehearsal host as root
    Ssh {
        /// Its name in the inventory
        host: String,
        /// A command instead of a shell
        #[arg(value_name = "CMD", last = true)]
        command: Vec<String>,
    },
    /// Break a rehearsal fleet, and watch it being found and repaired
    Demo {
        /// Leave the rehearsal hosts running
        #[arg(long)]
        keep: bool,
    },
}
