//! `fleet hosts`: who there is, how they are, whose keys are trusted, which connections stay open.

mod answer;
mod check;
mod findings;
mod trust;

use futures_util::future::join_all;

use crate::engine::status::Status;
use crate::report::{Connection, ConnectionState, ConnectionsReport, ExitCode, HostLine, HostsReport, Ui, exit};

use super::app::{self, CliError};
use super::args::{Global, HostsCommand};

/// `fleet hosts …`
pub(super) async fn run(global: &Global, ui: &Ui, command: &HostsCommand) -> Result<ExitCode, CliError> {
    match command {
        HostsCommand::List => list(global, ui),
        HostsCommand::Check => check::check(global, ui).await,
        HostsCommand::Trust { hosts, replace } => trust::trust(global, ui, hosts.as_deref(), *replace).await,
        HostsCommand::Disconnect => disconnect(global, ui).await,
    }
}

/// Contacts nobody.
fn list(global: &Global, ui: &Ui) -> Result<ExitCode, CliError> {
    let inventory = app::load(global, ui)?;
    let selected = app::select(global, &inventory)?;
    let hosts = inventory.hosts().values().filter(|host| selected.contains(&host.name));
    let lines = hosts.map(|host| HostLine {
        host: host.name.clone(),
        address: host.address.clone(),
        groups: inventory
            .groups()
            .iter()
            .filter(|(_, members)| members.contains(&host.name))
            .map(|(group, _)| group.as_str().to_owned())
            .collect(),
        user: host.ssh.user.clone(),
        sudo: host.ssh.sudo,
    });
    app::print(ui, &HostsReport::new(lines.collect()))?;
    Ok(ExitCode::Success)
}

/// Those of the selected hosts alone: other inventories share the directory of open connections.
async fn disconnect(global: &Global, ui: &Ui) -> Result<ExitCode, CliError> {
    let inventory = app::load(global, ui)?;
    let selected = app::select(global, &inventory)?;
    let ssh = app::ssh(global, ui, &inventory)?.ssh;
    let closed = selected.into_iter().map(|host| {
        let ssh = &ssh;
        async move {
            let (state, error) = match ssh.disconnect(&host).await {
                Ok(true) => (ConnectionState::Closed, None),
                Ok(false) => (ConnectionState::None, None),
                // It may still be open; nothing better is known.
                Err(error) => (ConnectionState::Open, Some(app::ended(&error).1)),
            };
            Connection { host, state, error }
        }
    });
    let hosts = join_all(closed).await;
    let code = exit::of_statuses(hosts.iter().map(|host| match &host.error {
        None => (Status::Ok, None),
        Some(error) => (Status::Failed, Some(error.code.as_str())),
    }));
    app::print(ui, &ConnectionsReport::new(hosts))?;
    Ok(code)
}
