//! Certificates that nobody declared: the result of `cert discover`.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use super::canvas::{BOLD, CYAN, Canvas, Cell, DIM, GREEN, PLAIN, Page, RED, Row, YELLOW};
use super::fold::names;
use super::text::number_of;
use super::{Report, people};
use crate::actions::cert::discover::{Finding, FoundCertificate, FoundKey, Level, Validity};
use crate::engine::status::{HostResult, Status, counts};
use crate::names::HostName;

/// What `fleet schema discover` describes.
pub(super) const SCHEMA: &str = "fleet/discover/v1";

/// How many names of a certificate are shown.
const NAMES: usize = 6;

/// All certificates that services present or certbot keeps.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct DiscoverReport {
    schema: &'static str,
    /// Every selected host, by name.
    pub hosts: Vec<HostResult>,
    /// How many hosts have each status.
    pub counts: BTreeMap<Status, usize>,
    /// By name, then by the time when they end.
    pub certificates: Vec<FoundCertificate>,
    /// The private keys, those in most places first.
    pub keys: Vec<FoundKey>,
    /// What is odd, the worst first.
    pub findings: Vec<Finding>,
    /// How many certificates a service presents and nobody declared.
    pub undeclared: usize,
    /// The command to type next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

impl DiscoverReport {
    /// Of the selected hosts.
    pub fn new(
        mut hosts: Vec<HostResult>,
        certificates: Vec<FoundCertificate>,
        keys: Vec<FoundKey>,
        findings: Vec<Finding>,
        undeclared: usize,
        next: Option<String>,
    ) -> Self {
        hosts.sort_by(|a, b| a.host.cmp(&b.host));
        Self { schema: SCHEMA, counts: counts(&hosts), hosts, certificates, keys, findings, undeclared, next }
    }

    fn table_of_certificates(&self, page: &mut Page) {
        let rows: Vec<Row> = self.certificates.iter().map(row).collect();
        if rows.is_empty() {
            page.line("no service names a certificate, and certbot keeps none");
        } else {
            page.table(0, &["NAME", "STATE", "UNTIL", "HOSTS", "USED BY", "DECLARED"], 1, &rows);
        }
    }

    /// Those that lie in more than one place.
    fn table_of_keys(&self, page: &mut Page) {
        let shared = |key: &&FoundKey| key.places.len() > 1 || key.certificates.len() > 1;
        let rows: Vec<Row> = self.keys.iter().filter(shared).map(key_row).collect();
        if rows.is_empty() {
            return;
        }
        page.heading(PLAIN, "private keys in more than one place", "");
        page.table(2, &["KEY", "OF", "HOSTS", "FILES", "LINEAGES", "EXPIRED"], 1, &rows);
    }

    fn show_findings(&self, page: &mut Page) {
        for finding in &self.findings {
            let (style, word) = match finding.level {
                Level::Critical => (RED, "critical"),
                Level::Warning => (YELLOW, "warning"),
                Level::Note => (CYAN, "note"),
            };
            page.gap();
            let head = format!("{} on {}", finding.subject, people::names_of(&finding.hosts, self.hosts.len()));
            page.paragraph(0, &Cell::new(style.bold(), &format!("{word}: ")), &Cell::long(BOLD, &head));
            page.paragraph(2, &Cell::plain(""), &Cell::long(PLAIN, &finding.message));
            if let Some(hint) = &finding.hint {
                page.hint(2, hint);
            }
        }
    }

    fn summary(&self, page: &mut Page) {
        page.gap();
        let hosts = self.hosts.iter().filter(|host| host.error.is_none()).count();
        let expired = self.certificates.iter().filter(|it| it.validity == Validity::Expired).count();
        let keys = number_of(self.keys.len(), "private key");
        let mut pieces = vec![
            (Cell::plain(&number_of(self.certificates.len(), "certificate")), ""),
            (Cell::plain(&keys), " and "),
            (Cell::plain(&number_of(hosts, "host")), " on "),
        ];
        if expired > 0 {
            pieces.push((Cell::new(RED, &format!("{expired} expired")), "; "));
        }
        if self.undeclared > 0 {
            pieces.push((Cell::new(YELLOW, &format!("{} in use and declared nowhere", self.undeclared)), "; "));
        }
        page.flow(&pieces);
    }
}

fn row(certificate: &FoundCertificate) -> Row {
    let used = certificate.places.iter().filter(|place| !place.used_by.is_empty());
    let mut hosts: BTreeSet<HostName> = used.map(|place| place.host.clone()).collect();
    let services: BTreeSet<&str> =
        certificate.places.iter().flat_map(|place| &place.used_by).map(|it| it.service.word()).collect();
    let services: Vec<&str> = services.into_iter().collect();
    let used_by = if services.is_empty() {
        hosts = certificate.places.iter().map(|place| place.host.clone()).collect();
        Cell::new(DIM, "nobody")
    } else {
        Cell::plain(&services.join(", "))
    };
    let style = match certificate.validity {
        Validity::Valid => GREEN,
        Validity::Expiring => YELLOW,
        Validity::Critical | Validity::NotYetValid | Validity::Expired => RED,
    };
    let declared: Vec<&str> = certificate.declared.iter().map(String::as_str).collect();
    let declared = if declared.is_empty() { Cell::new(DIM, "no") } else { Cell::plain(&declared.join(", ")) };
    let mut row = Row::new(vec![
        Cell::plain(&certificate.name),
        Cell::new(style, certificate.validity.word()),
        Cell::plain(&certificate.not_after.strftime("%Y-%m-%d").to_string()),
        Cell::plain(&names(&hosts)),
        used_by,
        declared,
    ]);
    row.notes.push(Cell::long(DIM, &described(certificate)));
    row
}

/// `a.example.org, b.example.org and 4 more; ecdsa-p256, signed by CN=E5`
fn described(certificate: &FoundCertificate) -> String {
    let names = &certificate.names;
    let shown = if names.is_empty() {
        "no names".to_owned()
    } else if names.len() <= NAMES + 1 {
        names.join(", ")
    } else {
        format!("{} and {} more", names[..NAMES].join(", "), names.len() - NAMES)
    };
    format!("{shown}; {}, signed by {}", certificate.key_type.as_str(), certificate.issuer)
}

fn key_row(key: &FoundKey) -> Row {
    let hosts: BTreeSet<HostName> = key.places.iter().map(|place| place.host.clone()).collect();
    let of: Vec<&str> = key.names.iter().map(String::as_str).collect();
    let expired = match (key.expired, key.certificates.len()) {
        (0, _) => Cell::value(None),
        (expired, all) => Cell::new(RED, &format!("{expired} of {all}")),
    };
    Row::new(vec![
        Cell::plain(&key.key.as_str().chars().take(12).collect::<String>()),
        Cell::plain(&of.join(", ")),
        Cell::plain(&names(&hosts)),
        Cell::plain(&key.places.len().to_string()),
        Cell::plain(&key.lineages.len().to_string()),
        expired,
    ])
}

impl Report for DiscoverReport {
    fn table(&self, canvas: &Canvas) -> String {
        let mut page = Page::new(canvas);
        self.table_of_certificates(&mut page);
        self.table_of_keys(&mut page);
        self.show_findings(&mut page);
        people::problems(&mut page, &self.hosts);
        self.summary(&mut page);
        if let Some(next) = &self.next {
            page.next(next);
        }
        page.finish()
    }
}
