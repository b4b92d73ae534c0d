//! Checks of certificates in the forms that monitors read: the node exporter's textfile, and the line of a Nagios plugin.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use jiff::Timestamp;

use super::exit::Plugin;
use super::{CheckReport, ExitCode};
use crate::actions::cert::{Sample, Urgency};
use crate::engine::status::{Item, Status};

/// One line and the exit code that says the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nagios {
    /// With a newline at its end.
    pub text: String,
    /// 0, 1, 2 or 3.
    pub code: ExitCode,
}

/// A metric: its name, what it is, and its values by labels.
struct Metric {
    name: &'static str,
    help: &'static str,
    values: BTreeMap<String, String>,
}

impl Metric {
    fn new(name: &'static str, help: &'static str) -> Self {
        Self { name, help, values: BTreeMap::new() }
    }

    /// The last value of the same labels counts: two of them are refused.
    fn set(&mut self, labels: &[(&str, &str)], value: i64) {
        let labels: Vec<String> = labels.iter().map(|(name, text)| format!("{name}=\"{}\"", escaped(text))).collect();
        let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
        self.values.insert(labels, value.to_string());
    }
}

/// In the text format of Prometheus, as the textfile collector of its node exporter reads it.
pub fn prometheus(report: &CheckReport, samples: &[Sample], now: Timestamp) -> String {
    let mut ends =
        Metric::new("fleet_cert_not_after_timestamp_seconds", "End of validity of the presented certificate.");
    let mut shakes = Metric::new("fleet_cert_handshake_success", "Whether the address presented a certificate.");
    let mut covers = Metric::new("fleet_cert_name_valid", "Whether the presented certificate is valid for the name.");
    for sample in samples {
        let host = sample.host.as_ref().map_or("", |host| host.as_str());
        let (port, address) = (sample.port.to_string(), sample.address.map_or_else(String::new, |it| it.to_string()));
        let labels: [(&str, &str); 5] =
            [("cert", &sample.cert), ("host", host), ("name", &sample.name), ("port", &port), ("address", &address)];
        shakes.set(&labels, i64::from(sample.leaf.is_some()));
        if let Some(leaf) = &sample.leaf {
            ends.set(&labels, leaf.not_after.as_second());
            covers.set(&labels, i64::from(leaf.covers));
        }
    }
    let mut good = Metric::new("fleet_cert_ok", "Whether the certificate is as declared on the host.");
    let mut differs = Metric::new("fleet_cert_difference", "Differences, by their kind.");
    let mut reached = Metric::new("fleet_cert_host_ok", "Whether the host could be looked at.");
    for host in &report.hosts {
        let name = host.host.as_str();
        reached.set(&[("host", name)], i64::from(!matches!(host.status, Status::Unreachable | Status::Failed)));
        for item in certificates(&host.items) {
            good.set(&[("cert", &item.id), ("host", name)], i64::from(item.status == Status::Ok));
            for difference in &item.differences {
                differs.set(&[("cert", &item.id), ("host", name), ("kind", &difference.subject)], 1);
            }
        }
    }
    for item in certificates(&report.public) {
        good.set(&[("cert", &item.id), ("host", "")], i64::from(item.status == Status::Ok));
    }
    let mut time = Metric::new("fleet_cert_check_timestamp_seconds", "When fleet last looked.");
    time.set(&[], now.as_second());
    let mut text = String::new();
    for metric in [ends, shakes, covers, good, differs, reached, time] {
        if metric.values.is_empty() {
            continue;
        }
        // Writing to a String can't fail.
        let _ = write!(text, "# HELP {0} {1}\n# TYPE {0} gauge\n", metric.name, metric.help);
        for (labels, value) in metric.values {
            let _ = writeln!(text, "{}{labels} {value}", metric.name);
        }
    }
    text
}

fn certificates(items: &[Item]) -> impl Iterator<Item = &Item> {
    items.iter().filter(|item| item.kind == "cert")
}

/// As the exposition format wants label values.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

/// As the guidelines for Nagios plugins want it. `silent`: somebody who should have been told was not.
pub fn nagios(report: &CheckReport, samples: &[Sample], silent: bool) -> Nagios {
    let mut told: BTreeMap<(Plugin, &str, &str), BTreeSet<&str>> = BTreeMap::new();
    for host in &report.hosts {
        let name = host.host.as_str();
        if let Some(error) = &host.error {
            told.entry((Plugin::Unknown, "", error.code.as_str())).or_default().insert(name);
        }
        for item in certificates(&host.items) {
            for (state, subject) in states(item) {
                told.entry((state, &item.id, subject)).or_default().insert(name);
            }
        }
    }
    for item in certificates(&report.public) {
        for (state, subject) in states(item) {
            told.entry((state, &item.id, subject)).or_default().insert("the world");
        }
    }
    let pressing = samples.iter().filter_map(|sample| sample.leaf.as_ref()).map(|leaf| leaf.urgency).max();
    let mut state = told.keys().map(|(state, ..)| *state).max().unwrap_or(Plugin::Ok);
    if pressing == Some(Urgency::Critical) {
        state = state.max(Plugin::Critical);
    }
    if silent {
        state = state.max(Plugin::Unknown);
    }
    let mut words: Vec<String> = told
        .iter()
        .rev()
        .map(|((_, id, subject), hosts)| {
            let hosts: Vec<&str> = hosts.iter().copied().collect();
            let lead = if id.is_empty() { String::new() } else { format!("{id} ") };
            format!("{lead}{subject} on {}", hosts.join(", "))
        })
        .collect();
    if silent {
        words.push("somebody could not be told".to_owned());
    }
    if words.is_empty() {
        let hosts = report.hosts.len();
        words.push(format!("all as declared on {hosts} {}", if hosts == 1 { "host" } else { "hosts" }));
    }
    Nagios::new(state, &words.join("; "), &figures(samples))
}

/// What differs in an item, and how bad that is.
fn states(item: &Item) -> Vec<(Plugin, &str)> {
    let mut states: Vec<(Plugin, &str)> = item
        .differences
        .iter()
        .map(|difference| {
            let state = match (difference.status, difference.subject.as_str()) {
                (Status::Unknown, _) => Plugin::Unknown,
                (_, "expiring") => Plugin::Warning,
                _ => Plugin::Critical,
            };
            (state, difference.subject.as_str())
        })
        .collect();
    if let (true, Some(error)) = (states.is_empty() && item.status != Status::Ok, &item.error) {
        states.push((if item.status == Status::Skipped { Plugin::Warning } else { Plugin::Unknown }, &error.code));
    }
    states
}

/// The earliest end of each certificate, in seconds since 1970.
fn figures(samples: &[Sample]) -> String {
    let mut ends: BTreeMap<&str, i64> = BTreeMap::new();
    for sample in samples {
        if let Some(leaf) = &sample.leaf {
            let end = leaf.not_after.as_second();
            ends.entry(&sample.cert).and_modify(|known| *known = end.min(*known)).or_insert(end);
        }
    }
    let ends: Vec<String> = ends.into_iter().map(|(cert, end)| format!("'{cert}_not_after'={end}s")).collect();
    ends.join(" ")
}

impl Nagios {
    fn new(state: Plugin, words: &str, figures: &str) -> Self {
        // The pipe begins the figures, and a line is all that there is.
        let words = words.replace('|', "/").replace(['\n', '\r'], " ");
        let figures = if figures.is_empty() { String::new() } else { format!(" | {figures}") };
        Self { text: format!("CERT {} - {words}{figures}\n", state.word()), code: ExitCode::Plugin(state) }
    }

    /// Nothing could be looked at.
    pub fn unknown(why: &str) -> Self {
        Self::new(Plugin::Unknown, why, "")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actions::cert::Presented;
    use crate::engine::status::{Difference, Failure, HostResult};
    use crate::names::HostName;

    fn sample(urgency: Urgency) -> Sample {
        Sample {
            cert: "media".to_owned(),
            host: Some(HostName::new("a\"b")),
            name: "media.example.org".to_owned(),
            port: 443,
            address: "2001:db8::1".parse().ok(),
            leaf: Some(Presented { not_after: Timestamp::from_second(1_800_000_000).unwrap(), covers: true, urgency }),
        }
    }

    fn report(subjects: &[(&str, Status)]) -> CheckReport {
        let differences: Vec<Difference> = subjects
            .iter()
            .map(|(subject, status)| Difference {
                subject: (*subject).to_owned(),
                status: *status,
                declared: None,
                on_disk: None,
                live: None,
                message: "x | y".to_owned(),
                repairable: true,
            })
            .collect();
        let item = Item {
            kind: "cert".to_owned(),
            id: "media".to_owned(),
            status: subjects.iter().map(|(_, status)| *status).max().unwrap_or(Status::Ok),
            differences,
            warnings: Vec::new(),
            error: None,
        };
        CheckReport::new(vec!["cert".to_owned()], vec![HostResult::of_items(HostName::new("fritz"), vec![item])], None)
    }

    #[test]
    fn figures_for_prometheus() {
        let text = prometheus(
            &report(&[("expired", Status::Drift)]),
            &[sample(Urgency::Critical), sample(Urgency::Critical)],
            Timestamp::from_second(1_790_000_000).unwrap(),
        );
        insta::assert_snapshot!(text, @r#"
        # HELP fleet_cert_not_after_timestamp_seconds End of validity of the presented certificate.
        # TYPE fleet_cert_not_after_timestamp_seconds gauge
        fleet_cert_not_after_timestamp_seconds{cert="media",host="a\"b",name="media.example.org",port="443",address="2001:db8::1"} 1800000000
        # HELP fleet_cert_handshake_success Whether the address presented a certificate.
        # TYPE fleet_cert_handshake_success gauge
        fleet_cert_handshake_success{cert="media",host="a\"b",name="media.example.org",port="443",address="2001:db8::1"} 1
        # HELP fleet_cert_name_valid Whether the presented certificate is valid for the name.
        # TYPE fleet_cert_name_valid gauge
        fleet_cert_name_valid{cert="media",host="a\"b",name="media.example.org",port="443",address="2001:db8::1"} 1
        # HELP fleet_cert_ok Whether the certificate is as declared on the host.
        # TYPE fleet_cert_ok gauge
        fleet_cert_ok{cert="media",host="fritz"} 0
        # HELP fleet_cert_difference Differences, by their kind.
        # TYPE fleet_cert_difference gauge
        fleet_cert_difference{cert="media",host="fritz",kind="expired"} 1
        # HELP fleet_cert_host_ok Whether the host could be looked at.
        # TYPE fleet_cert_host_ok gauge
        fleet_cert_host_ok{host="fritz"} 1
        # HELP fleet_cert_check_timestamp_seconds When fleet last looked.
        # TYPE fleet_cert_check_timestamp_seconds gauge
        fleet_cert_check_timestamp_seconds 1790000000
        "#);
    }

    #[test]
    fn lines_for_nagios() {
        let line = |subjects: &[(&str, Status)], urgency| {
            let nagios = nagios(&report(subjects), &[sample(urgency)], false);
            (nagios.code.number(), nagios.text)
        };
        let figures = "| 'media_not_after'=1800000000s\n";
        assert_eq!(line(&[], Urgency::Fine), (0, format!("CERT OK - all as declared on 1 host {figures}")));
        let warning = line(&[("expiring", Status::Drift)], Urgency::Warning);
        assert_eq!(warning, (1, format!("CERT WARNING - media expiring on fritz {figures}")));
        assert_eq!(line(&[("expiring", Status::Drift)], Urgency::Critical).0, 2);
        assert_eq!(line(&[("not-reloaded", Status::Stale)], Urgency::Fine).0, 2);
        assert_eq!(line(&[("not-serving", Status::Unknown)], Urgency::Fine).0, 3);
        let down = HostResult::ended(HostName::new("b"), Status::Unreachable, Failure::bare("unreachable", "no"));
        let nagios = nagios(&CheckReport::new(Vec::new(), vec![down], None), &[], false);
        assert_eq!((nagios.code.number(), nagios.text.as_str()), (3, "CERT UNKNOWN - unreachable on b\n"));
        assert_eq!(Nagios::unknown("a|b\nc").text, "CERT UNKNOWN - a/b c\n");
    }
}
