//! Certificates of the store, and what was done with them.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::Report;
use super::canvas::{BOLD, Canvas, Cell, DIM, PLAIN, Page, RED, YELLOW};
use super::fold::names;
use crate::names::HostName;
use crate::store::Revoked;
use crate::x509::{Fingerprint, KeyType, Serial};

/// What `fleet schema certs` describes.
pub(super) const SCHEMA: &str = "fleet/certs/v1";
/// What `fleet schema cert-note` describes.
pub(super) const NOTE: &str = "fleet/cert-note/v1";

/// The certificates that are declared or stored.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct CertListReport {
    schema: &'static str,
    /// By name.
    pub certs: Vec<ListedCert>,
    #[serde(skip)]
    whole: bool,
    #[serde(skip)]
    now: Timestamp,
}

/// One certificate; with keys of their own, that of one host.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ListedCert {
    /// Its name in the inventory.
    pub name: String,
    /// The host that made its key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<HostName>,
    /// Whether the inventory declares it.
    pub declared: bool,
    /// The names that are declared.
    pub domains: Vec<String>,
    /// The hosts that have it.
    pub hosts: Vec<HostName>,
    /// What the store has, newest first.
    pub versions: Vec<CertVersion>,
}

/// One issued certificate.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct CertVersion {
    /// Its serial number.
    pub serial: Serial,
    /// SHA-256 of the leaf.
    pub sha256: Fingerprint,
    /// The names that it is valid for.
    pub names: Vec<String>,
    /// The kind of its key.
    pub key_type: KeyType,
    /// Who signed it.
    pub issuer: String,
    /// Valid from.
    pub not_before: Timestamp,
    /// Valid until.
    pub not_after: Timestamp,
    /// When it was issued.
    pub issued: Timestamp,
    /// The CA's directory.
    pub directory: String,
    /// When it is to be renewed.
    pub due: Timestamp,
    /// Why then.
    pub due_why: String,
    /// When it was revoked, and why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revoked: Option<Revoked>,
    /// Whether its private key can be read here.
    pub key_at_hand: bool,
}

impl CertListReport {
    /// `whole`: all versions with all that is known of them.
    pub fn new(certs: Vec<ListedCert>, whole: bool, now: Timestamp) -> Self {
        Self { schema: SCHEMA, certs, whole, now }
    }
}

fn day(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d").to_string()
}

impl Report for CertListReport {
    fn table(&self, canvas: &Canvas) -> String {
        let mut page = Page::new(canvas);
        if self.certs.is_empty() {
            page.heading(PLAIN, "no certificate is declared or stored", "");
        }
        for cert in &self.certs {
            let host = cert.host.as_ref().map_or_else(String::new, |host| format!(" of {host}"));
            let style = if cert.declared { BOLD } else { DIM };
            let undeclared = if cert.declared { "" } else { " (no longer declared)" };
            page.heading(style, &format!("{}{host}{undeclared}  ", cert.name), &cert.domains.join(", "));
            if !cert.hosts.is_empty() {
                let hosts = names(&cert.hosts.iter().cloned().collect());
                page.paragraph(2, &Cell::new(DIM, "on "), &Cell::long(PLAIN, &hosts));
            }
            match cert.versions.as_slice() {
                [] => page.paragraph(2, &Cell::new(YELLOW, "nothing in the store"), &Cell::plain("")),
                versions if self.whole => versions.iter().for_each(|version| self.version(&mut page, version)),
                [newest, older @ ..] => {
                    self.line(&mut page, newest);
                    if !older.is_empty() {
                        let text = format!("and {} older in the store", older.len());
                        page.paragraph(2, &Cell::new(DIM, &text), &Cell::plain(""));
                    }
                }
            }
        }
        page.finish()
    }
}

impl CertListReport {
    /// In one line: until when, and when it is due.
    fn line(&self, page: &mut Page, version: &CertVersion) {
        let (style, words) = match &version.revoked {
            Some(revoked) => (RED, format!("revoked on {} ({})", day(revoked.time), revoked.reason)),
            None if version.not_after <= self.now => (RED, format!("expired on {}", day(version.not_after))),
            None if version.due <= self.now => {
                (YELLOW, format!("until {}, renewal is due since {}", day(version.not_after), day(version.due)))
            }
            None => (PLAIN, format!("until {}, renewal is due on {}", day(version.not_after), day(version.due))),
        };
        page.paragraph(2, &Cell::new(style, &format!("{words}  ")), &Cell::new(DIM, version.serial.as_str()));
    }

    fn version(&self, page: &mut Page, version: &CertVersion) {
        page.gap();
        self.line(page, version);
        let key = if version.key_at_hand { "" } else { ", not at hand here" };
        for (title, text) in [
            ("names    ", version.names.join(", ")),
            ("valid    ", format!("{} to {}", version.not_before, version.not_after)),
            ("due      ", format!("{}: {}", version.due, version.due_why)),
            ("key      ", format!("{}{key}", version.key_type)),
            ("issuer   ", version.issuer.clone()),
            ("from     ", version.directory.clone()),
            ("sha256   ", version.sha256.to_string()),
        ] {
            page.paragraph(4, &Cell::new(DIM, title), &Cell::long(PLAIN, &text));
        }
    }
}

/// What a command did, where that is said in few words.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct CertNoteReport {
    schema: &'static str,
    /// The command, such as `clean`.
    pub command: &'static str,
    /// What it did, a sentence each.
    pub done: Vec<String>,
    /// The command to type next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

impl CertNoteReport {
    /// What was done.
    pub fn new(command: &'static str, done: Vec<String>) -> Self {
        Self { schema: NOTE, command, done, next: None }
    }

    /// With the command to type next.
    #[must_use]
    pub fn next(mut self, command: impl Into<String>) -> Self {
        self.next = Some(command.into());
        self
    }
}

impl Report for CertNoteReport {
    fn table(&self, canvas: &Canvas) -> String {
        let mut page = Page::new(canvas);
        for line in &self.done {
            page.paragraph(0, &Cell::plain(""), &Cell::long(PLAIN, line));
        }
        if let Some(next) = &self.next {
            page.next(next);
        }
        page.finish()
    }
}
