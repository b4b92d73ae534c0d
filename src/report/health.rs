//! Whether hosts can be reached and worked on: the result of `hosts check`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::canvas::{Canvas, Cell, DIM, PLAIN, Page, RED, Row, YELLOW};
use super::fold::names;
use super::text::{self, bytes_in_words};
use super::{Report, people};
use crate::engine::status::{Failure, Status};
use crate::names::{HostName, UnitName};

/// What `fleet schema health` describes.
pub(super) const SCHEMA: &str = "fleet/health/v1";

/// From this much of a disk in use on, in percent, it is marked.
const FULL: u8 = 90;

/// From this many seconds of clock skew on it is marked.
const SKEWED: f64 = 2.0;

/// How every selected host is.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct HealthReport {
    schema: &'static str,
    /// Every selected host, by name.
    pub hosts: Vec<HostHealth>,
    /// How many hosts have each status.
    pub counts: BTreeMap<Status, usize>,
}

/// How one host is. What could not be found out is left out.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct HostHealth {
    /// Its name in the inventory.
    pub host: HostName,
    /// `ok`, `failed` when fleet can't work there, or `unreachable`.
    pub status: Status,
    /// What went wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Failure>,
    /// The time to run nothing on an open connection, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latency_ms: Option<u64>,
    /// The log-in shell of the user that fleet logs in as, such as `/bin/bash`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shell: Option<String>,
    /// `PRETTY_NAME` of os-release(5).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub os: Option<String>,
    /// The version of systemd, such as `252`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub systemd: Option<String>,
    /// CPUs that are online.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpus: Option<u32>,
    /// Memory in all, in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory_bytes: Option<u64>,
    /// Its fullest disk.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disk: Option<Disk>,
    /// Its clock minus ours, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clock_skew_seconds: Option<f64>,
    /// How fleet becomes root there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub privilege: Option<Privilege>,
    /// Units that systemd shows as failed.
    pub failed_units: Vec<UnitName>,
    /// What would make fleet slow or fail there.
    pub findings: Vec<Finding>,
}

/// A mounted file system.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Disk {
    /// Where it is mounted.
    pub mount: String,
    /// How much of it is in use, in percent.
    pub used_percent: u8,
}

/// How fleet becomes root.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Privilege {
    /// It logs in as root.
    Root,
    /// With `sudo -n`.
    Sudo,
    /// It can't.
    None,
}

/// Something about a host that would make fleet slow or fail there.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Finding {
    /// A stable word in kebab-case, such as `noisy-shell`.
    pub code: String,
    /// What is so.
    pub message: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl HealthReport {
    /// Of the selected hosts.
    pub fn new(mut hosts: Vec<HostHealth>) -> Self {
        hosts.sort_by(|a, b| a.host.cmp(&b.host));
        Self { schema: SCHEMA, counts: people::count(hosts.iter().map(|host| host.status)), hosts }
    }
}

impl HostHealth {
    /// A host of which nothing is known but this.
    pub fn new(host: HostName, status: Status, error: Option<Failure>) -> Self {
        Self {
            host,
            status,
            error,
            latency_ms: None,
            shell: None,
            os: None,
            systemd: None,
            cpus: None,
            memory_bytes: None,
            disk: None,
            clock_skew_seconds: None,
            privilege: None,
            failed_units: Vec::new(),
            findings: Vec::new(),
        }
    }

    fn row(&self) -> Row {
        let or_dash = |text: Option<String>| Cell::value(text.as_deref());
        let status = match self.latency_ms {
            Some(latency) if self.status == Status::Ok => Cell::plain(&format!("{latency} ms")),
            _ if self.status == Status::Unreachable => Cell::new(RED, "none"),
            _ => Cell::status(self.status),
        };
        let disk = self.disk.as_ref().map_or(Cell::value(None), |disk| {
            let style = if disk.used_percent >= FULL { RED } else { PLAIN };
            Cell::new(style, &format!("{}% {}", disk.used_percent, disk.mount))
        });
        let clock = self.clock_skew_seconds.map_or(Cell::value(None), |seconds| {
            let style = if seconds.abs() >= SKEWED { RED } else { PLAIN };
            Cell::new(style, &format!("{seconds:+.1} s"))
        });
        let privilege = self.privilege.map_or(Cell::value(None), |privilege| match privilege {
            Privilege::Root => Cell::plain("yes"),
            Privilege::Sudo => Cell::plain("sudo"),
            Privilege::None => Cell::new(RED, "no"),
        });
        Row::new(vec![
            Cell::plain(self.host.as_str()),
            status,
            or_dash(self.os.as_deref().map(short_os)),
            or_dash(self.shell.clone()),
            or_dash(self.systemd.clone()),
            or_dash(self.cpus.map(|cpus| cpus.to_string())),
            or_dash(self.memory_bytes.map(bytes_in_words)),
            disk,
            clock,
            privilege,
        ])
    }
}

/// `Debian 12` of `Debian GNU/Linux 12 (bookworm)`.
fn short_os(pretty: &str) -> String {
    let name = pretty.split(" (").next().unwrap_or(pretty);
    name.replace(" GNU/Linux", "")
}

impl Report for HealthReport {
    fn table(&self, canvas: &Canvas) -> String {
        let mut page = Page::new(canvas);
        let mut rows: Vec<Row> = self.hosts.iter().map(HostHealth::row).collect();
        let mut header = vec!["HOST", "ANSWER", "OS", "SHELL", "SYSTEMD", "CPUS", "MEMORY", "DISK", "CLOCK", "ROOT"];
        if !page.fits_table(0, &header, &rows) {
            // The least of these; where it matters, there is a finding.
            const SHELL: usize = 3;
            header.remove(SHELL);
            for row in &mut rows {
                row.cells.remove(SHELL);
            }
        }
        page.table(0, &header, 1, &rows);

        let failed = self.hosts.iter().filter(|host| !host.failed_units.is_empty());
        for (units, sharing) in people::folded(failed.map(|host| (&host.failed_units, host.host.clone()))) {
            page.heading(YELLOW, "failed units: ", &names(&sharing));
            let units: Vec<String> = units.iter().map(ToString::to_string).collect();
            page.paragraph(2, &Cell::plain(""), &Cell::long(PLAIN, &units.join(", ")));
        }
        let findings = self.hosts.iter().flat_map(|host| {
            host.findings.iter().map(|finding| ((&finding.code, &finding.message, &finding.hint), host.host.clone()))
        });
        for ((code, message, hint), sharing) in people::folded(findings) {
            page.heading(YELLOW, &format!("{}: ", text::sentence(code)), &names(&sharing));
            page.paragraph(2, &Cell::new(DIM, ""), &Cell::long(PLAIN, message));
            if let Some(hint) = hint {
                page.hint(2, hint);
            }
        }
        people::failures(&mut page, self.hosts.iter().map(|host| (&host.host, host.status, host.error.as_ref())));
        people::summary(&mut page, &self.counts, 0, Status::word);
        page.finish()
    }
}
