//! The command line: arguments in, report out. One file a command; the contract stands in `ARCHITECTURE.md`.

mod act;
mod adopt;
mod app;
mod args;
mod args_cert;
mod args_log;
mod args_queue;
mod args_undo;
mod author;
mod base;
mod cert;
mod demo;
mod exec;
mod facts_file;
mod generate;
mod host_journals;
mod hosts;
mod init;
mod lab;
mod log;
mod log_hosts;
mod observe;
mod plan_file;
mod provided;
mod queue;
mod rehearsal;
mod rollout;
mod ssh_includes;
mod undo;
mod written;

use std::ffi::OsString;

use clap::Parser as _;

pub use args::{Arguments, Command};

use crate::report::{ExitCode, Ui};

/// Parses the arguments, runs the one command that they name, and says how it ended.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let words: Vec<OsString> = arguments.into_iter().collect();
    without_core_dumps();
    let arguments = match Arguments::try_parse_from(&words) {
        Ok(arguments) => arguments,
        Err(error) => return app::usage(&error, &words),
    };
    let ui = Ui::new(arguments.global.format(), arguments.global.color.into(), arguments.global.no_progress);
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return app::broken(&ui, &error),
    };
    let code = runtime.block_on(dispatch(&arguments, &ui));
    // What still reads from a host that nobody waits for ends with the process.
    runtime.shutdown_background();
    code
}

/// Keys and tokens are in our memory: a crash must not write it to a file.
fn without_core_dumps() {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Core);
    // To lower it is always allowed (setrlimit(2)).
    let _ = rustix::process::setrlimit(
        rustix::process::Resource::Core,
        rustix::process::Rlimit { current: Some(0), maximum: limit.maximum },
    );
}

async fn dispatch(arguments: &Arguments, ui: &Ui) -> ExitCode {
    let global = &arguments.global;
    if !matches!(arguments.command, Command::Cert(args::CertCommand::Check(_)))
        && let Err(error) = cert::without_monitor_forms(global)
    {
        return error.tell(ui);
    }
    let result = match &arguments.command {
        Command::Env(args::EnvCommand::Check) => act::check(global, ui, Some("env"), &queue::Asked::default()).await,
        Command::Env(args::EnvCommand::Plan { out }) => act::plan(global, ui, "env", out.as_deref()).await,
        Command::Env(args::EnvCommand::Apply) => act::apply(global, ui, "env").await,
        Command::Cert(command) => cert::run(global, ui, command).await,
        Command::Queue(command) => queue::run(global, ui, command).await,
        Command::Check(solving) => act::check(global, ui, None, &queue::Asked::of(solving, None)).await,
        Command::Apply { plan } => plan_file::apply(global, ui, plan).await,
        Command::Show { plan } => match log::named(plan) {
            Some(run) => log::show(global, ui, run, None).await,
            None => plan_file::show(global, ui, plan),
        },
        Command::Hosts(command) => hosts::run(global, ui, command).await,
        Command::Exec { command } => exec::run(global, ui, command).await,
        Command::Env(args::EnvCommand::Adopt(arguments)) => adopt::adopt(global, ui, arguments).await,
        Command::Init { from_ssh_config } => init::init(global, ui, from_ssh_config.as_deref()),
        Command::Completions { shell } => generate::completions(ui, *shell),
        Command::Man { directory } => generate::man(ui, directory.as_deref()),
        Command::Schema { what } => generate::schema(global, ui, what.as_deref()),
        Command::Log(arguments) => log::run(global, ui, arguments).await,
        Command::Undo(arguments) => undo::run(global, ui, arguments).await,
        Command::Lab(command) => lab::run(global, ui, command).await,
    };
    result.unwrap_or_else(|error| error.tell(ui))
}
