//! What people and scripts read: the only place that knows a terminal.
//!
//! A command makes one [`Ui`], fills a document from plain data, and hands it over: [`Ui::result`] shows it as text that fits
//! the terminal, as one JSON document, or as a JSON line. Each document names its schema (`fleet/check/v1`), which
//! [`schema::schema`] gives. Text of hosts goes through [`text`] before anybody sees it. [`exit`] has the exit codes.

mod apply;
mod approve;
mod canvas;
mod cert;
mod check;
mod course;
mod discover;
mod error;
mod exec;
pub mod exit;
mod findings;
mod fold;
mod gates;
mod health;
mod hosts;
mod hunk;
mod incident;
mod incident_todo;
mod log;
mod log_markdown;
mod log_show;
mod log_table;
mod log_verify;
mod markdown;
mod monitor;
pub mod notice;
mod people;
mod plan;
mod playbook;
mod postmortem;
mod postmortem_appendix;
mod postmortem_findings;
mod postmortem_markup;
mod postmortem_runs;
mod postmortem_standing;
mod postmortem_timeline;
mod progress;
mod queue;
mod queue_figures;
mod queue_findings;
mod queue_hosts;
mod queue_steps;
mod queue_work;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod samples_discover;
#[cfg(test)]
mod samples_hosts;
#[cfg(test)]
mod samples_log;
#[cfg(test)]
mod samples_queue;
#[cfg(test)]
mod samples_records;
pub mod schema;
mod summary;
#[cfg(test)]
mod tests;
pub mod text;
mod ui;

pub use apply::{ApplyReport, HadCertificate};
pub use approve::{ApproveReport, RefusedApproval, missing};
pub use canvas::Canvas;
pub use cert::{CertListReport, CertNoteReport, CertVersion, ListedCert};
pub use check::CheckReport;
pub use course::{Course, StoppedAt};
pub use discover::DiscoverReport;
pub use error::{ErrorReport, Problem};
pub use exec::{ExecReport, HostOutput};
pub use exit::ExitCode;
pub use health::{Disk, Finding, HealthReport, HostHealth, Privilege};
pub use hosts::{
    Connection, ConnectionState, ConnectionsReport, HostKey, HostLine, HostsReport, KeyState, LabHost, LabReport,
    LabState, TrustReport, TrustedHost,
};
pub use incident::{IncidentReport, IncidentsReport};
pub use log::{AskedHost, LogReport, LoggedEvent, LoggedHost, LoggedRun};
pub use log_show::RunReport;
pub use log_verify::VerifyReport;
pub use monitor::{Nagios, nagios, prometheus};
pub use notice::NotificationReport;
pub use plan::{PlanReport, PlannedHost, PlannedWave};
pub use playbook::{ListedPlaybook, PlaybookReport, PlaybooksReport};
pub use progress::Progress;
pub use ui::{ColorChoice, OutputFormat, Ui};

/// A document: for scripts as it serialises, for people as a text.
pub trait Report: serde::Serialize {
    /// The text for people, with a newline at its end.
    fn table(&self, canvas: &Canvas) -> String;
}
