//! Hosts as such: who there is, whose keys are trusted, which connections are open, which rehearsal hosts run.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::canvas::{Canvas, Cell, DIM, GREEN, PLAIN, Page, RED, Row, YELLOW};
use super::text::number_of;
use super::{Report, people};
use crate::engine::status::{Failure, Status};
use crate::names::HostName;

/// What `fleet schema hosts` describes.
pub(super) const HOSTS: &str = "fleet/hosts/v1";
/// What `fleet schema trust` describes.
pub(super) const TRUST: &str = "fleet/trust/v1";
/// What `fleet schema connections` describes.
pub(super) const CONNECTIONS: &str = "fleet/connections/v1";
/// What `fleet schema lab` describes.
pub(super) const LAB: &str = "fleet/lab/v1";

/// The hosts that the inventory declares: the result of `hosts list`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct HostsReport {
    schema: &'static str,
    /// Every selected host, by name.
    pub hosts: Vec<HostLine>,
}

/// One declared host.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct HostLine {
    /// Its name.
    pub host: HostName,
    /// Where it is reached; none: `ssh` resolves the name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// The groups that it is in, by name.
    pub groups: Vec<String>,
    /// As whom fleet logs in; none: as `ssh` is configured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Whether it becomes root with `sudo`.
    pub sudo: bool,
}

impl HostsReport {
    /// Of the selected hosts.
    pub fn new(mut hosts: Vec<HostLine>) -> Self {
        hosts.sort_by(|a, b| a.host.cmp(&b.host));
        Self { schema: HOSTS, hosts }
    }
}

impl Report for HostsReport {
    fn table(&self, canvas: &Canvas) -> String {
        let mut page = Page::new(canvas);
        let rows: Vec<Row> = self
            .hosts
            .iter()
            .map(|host| {
                let login = match (&host.user, host.sudo) {
                    (Some(user), true) => Cell::plain(&format!("{user}, sudo")),
                    (Some(user), false) => Cell::plain(user),
                    (None, true) => Cell::plain("sudo"),
                    (None, false) => Cell::value(None),
                };
                let groups = host.groups.join(", ");
                Row::new(vec![
                    Cell::plain(host.host.as_str()),
                    Cell::value(host.address.as_deref()),
                    login,
                    Cell::value(Some(groups.as_str()).filter(|groups| !groups.is_empty())),
                ])
            })
            .collect();
        page.table(0, &["HOST", "ADDRESS", "LOGIN", "GROUPS"], 1, &rows);
        page.gap();
        page.line(&number_of(self.hosts.len(), "host"));
        page.finish()
    }
}

/// Host keys as the hosts offer them, and whether they are known: the result of `hosts trust`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct TrustReport {
    schema: &'static str,
    /// Whether the new keys were recorded.
    pub recorded: bool,
    /// Every selected host, by name.
    pub hosts: Vec<TrustedHost>,
    /// How many hosts have each status.
    pub counts: BTreeMap<Status, usize>,
}

/// The keys of one host.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct TrustedHost {
    /// Its name in the inventory.
    pub host: HostName,
    /// `ok`: all keys known; `planned`: new ones; `changed`: new ones recorded; `failed`: another key than the known one.
    pub status: Status,
    /// What it offers.
    pub keys: Vec<HostKey>,
    /// What went wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Failure>,
}

/// One key of a host.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct HostKey {
    /// Such as `ssh-ed25519`.
    pub algorithm: String,
    /// Such as `SHA256:…`, as `ssh-keygen -l` prints it.
    pub fingerprint: String,
    /// Whether it is known.
    pub state: KeyState,
}

/// How an offered key compares to the recorded one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum KeyState {
    /// Not seen before.
    New,
    /// As recorded.
    Same,
    /// Another one is recorded.
    Changed,
}

impl TrustReport {
    /// Of the selected hosts.
    pub fn new(recorded: bool, mut hosts: Vec<TrustedHost>) -> Self {
        hosts.sort_by(|a, b| a.host.cmp(&b.host));
        Self { schema: TRUST, recorded, counts: people::count(hosts.iter().map(|host| host.status)), hosts }
    }
}

impl Report for TrustReport {
    fn table(&self, canvas: &Canvas) -> String {
        let mut page = Page::new(canvas);
        let mut rows = Vec::new();
        for host in &self.hosts {
            if host.keys.is_empty() {
                let [state, algorithm, fingerprint] = [(); 3].map(|()| Cell::value(None));
                rows.push(Row::new(vec![Cell::plain(host.host.as_str()), state, algorithm, fingerprint]));
            }
            for key in &host.keys {
                let state = match key.state {
                    KeyState::New => Cell::new(YELLOW, "new"),
                    KeyState::Same => Cell::new(GREEN, "same"),
                    KeyState::Changed => Cell::new(RED, "CHANGED"),
                };
                rows.push(Row::new(vec![
                    Cell::plain(host.host.as_str()),
                    state,
                    Cell::plain(&key.algorithm),
                    Cell::plain(&key.fingerprint),
                ]));
            }
        }
        let mut header = vec!["HOST", "KEY", "TYPE", "FINGERPRINT"];
        if !page.fits_table(0, &header, &rows) {
            // A fingerprint is compared by eye: it is never broken where it could stand below.
            header.pop();
            for row in &mut rows {
                row.notes.extend(row.cells.pop());
            }
        }
        page.table(0, &header, 1, &rows);
        people::failures(&mut page, self.hosts.iter().map(|host| (&host.host, host.status, host.error.as_ref())));
        page.gap();
        let new = self.hosts.iter().flat_map(|host| &host.keys).filter(|key| key.state == KeyState::New).count();
        let new = match (new, self.recorded) {
            (0, _) => "no new keys".to_owned(),
            (new, true) => format!("{} recorded", number_of(new, "new key")),
            (new, false) => format!("{}, not recorded", number_of(new, "new key")),
        };
        page.line(&format!("{}: {new}", number_of(self.hosts.len(), "host")));
        page.finish()
    }
}

/// Connections that are kept open between runs: the result of `hosts disconnect`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ConnectionsReport {
    schema: &'static str,
    /// Every selected host, by name.
    pub hosts: Vec<Connection>,
}

/// The connection to one host.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Connection {
    /// Its name in the inventory.
    pub host: HostName,
    /// How it stands now.
    pub state: ConnectionState,
    /// What went wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Failure>,
}

/// How a connection stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ConnectionState {
    /// Open, for the next run to use.
    Open,
    /// Closed by this run.
    Closed,
    /// There was none.
    None,
}

impl ConnectionsReport {
    /// Of the selected hosts.
    pub fn new(mut hosts: Vec<Connection>) -> Self {
        hosts.sort_by(|a, b| a.host.cmp(&b.host));
        Self { schema: CONNECTIONS, hosts }
    }
}

impl Report for ConnectionsReport {
    fn table(&self, canvas: &Canvas) -> String {
        let mut page = Page::new(canvas);
        let rows: Vec<Row> = self
            .hosts
            .iter()
            .map(|host| {
                let state = match host.state {
                    ConnectionState::Open => Cell::new(GREEN, "open"),
                    ConnectionState::Closed => Cell::plain("closed"),
                    ConnectionState::None => Cell::new(DIM, "none"),
                };
                Row::new(vec![Cell::plain(host.host.as_str()), state])
            })
            .collect();
        page.table(0, &["HOST", "CONNECTION"], 1, &rows);
        people::failures(&mut page, self.hosts.iter().map(|host| (&host.host, Status::Failed, host.error.as_ref())));
        page.finish()
    }
}

/// The rehearsal hosts on this machine: the result of `lab status`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct LabReport {
    schema: &'static str,
    /// Every selected host, by name.
    pub hosts: Vec<LabHost>,
}

/// One rehearsal host.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct LabHost {
    /// Its name in the inventory.
    pub host: HostName,
    /// How it stands.
    pub state: LabState,
    /// Its address on this machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// What is wrong with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Failure>,
}

/// How a rehearsal host stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LabState {
    /// Booted, and answers.
    Running,
    /// On its way up.
    Starting,
    /// There, but not running.
    Stopped,
    /// Half there: `fleet lab up` repairs it.
    Broken,
    /// Not there.
    Absent,
}

impl LabReport {
    /// Of the selected hosts.
    pub fn new(mut hosts: Vec<LabHost>) -> Self {
        hosts.sort_by(|a, b| a.host.cmp(&b.host));
        Self { schema: LAB, hosts }
    }
}

impl Report for LabReport {
    fn table(&self, canvas: &Canvas) -> String {
        let mut page = Page::new(canvas);
        let rows: Vec<Row> = self
            .hosts
            .iter()
            .map(|host| {
                let (style, state) = match host.state {
                    LabState::Running => (GREEN, "running"),
                    LabState::Starting => (YELLOW, "starting"),
                    LabState::Stopped => (PLAIN, "stopped"),
                    LabState::Broken => (RED, "broken"),
                    LabState::Absent => (DIM, "absent"),
                };
                Row::new(vec![
                    Cell::plain(host.host.as_str()),
                    Cell::new(style, state),
                    Cell::value(host.address.as_deref()),
                ])
            })
            .collect();
        page.table(0, &["HOST", "STATE", "ADDRESS"], 1, &rows);
        people::failures(&mut page, self.hosts.iter().map(|host| (&host.host, Status::Failed, host.error.as_ref())));
        page.gap();
        let running = self.hosts.iter().filter(|host| host.state == LabState::Running).count();
        page.line(&format!("{running} of {} running", number_of(self.hosts.len(), "host")));
        page.finish()
    }
}
