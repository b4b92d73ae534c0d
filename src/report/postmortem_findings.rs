//! What checks found, in few sentences: the same on several hosts, of several units, or in several numbers is told once.

use std::collections::{BTreeMap, BTreeSet};

use super::fold::names;
use super::incident_todo;
use super::postmortem_markup::{code_of, plain};
use crate::actions::queue;
use crate::journal::incident::Finding;
use crate::names::HostName;

/// How many names, or ranges of names, a sentence lists.
const MOST_NAMES: usize = 6;
/// The longest value, in characters.
const SHORT: usize = 60;

/// What stands in a sentence for the unit that it tells of.
const UNIT: char = '\u{0}';

/// Findings in a line of Markdown each, as `env mastodon on franz: S3_ENABLED is not as declared (declared true, on disk FALSE)`.
pub(super) fn told(findings: &[Finding]) -> Vec<String> {
    told_of(findings, true)
}

/// The same without the truths, where they have been told before.
pub(super) fn in_short(findings: &[Finding]) -> Vec<String> {
    told_of(findings, false)
}

/// The same as text that is no Markdown.
pub(super) fn as_text(findings: &[Finding]) -> Vec<String> {
    groups(findings).iter().map(|group| sentence(group)).collect()
}

fn told_of(findings: &[Finding], with_truths: bool) -> Vec<String> {
    let line = |group: &Vec<&Finding>| {
        let truths = if with_truths && !is_of_numbers(group) { truths(group) } else { String::new() };
        format!("{}{truths}", plain(&sentence(group)))
    };
    groups(findings).iter().map(line).collect()
}

/// Those that one sentence tells, in the order in which they first came up.
fn groups(findings: &[Finding]) -> Vec<Vec<&Finding>> {
    let mut groups: Vec<Vec<&Finding>> = Vec::new();
    for finding in findings {
        match groups.iter_mut().find(|group| is_alike(group[0], finding)) {
            Some(group) => group.push(finding),
            None => groups.push(vec![finding]),
        }
    }
    groups
}

fn is_alike(one: &Finding, other: &Finding) -> bool {
    let item = |finding: &Finding| (finding.kind.clone(), finding.id.clone(), finding.hosts.is_empty(), finding.status);
    if item(one) != item(other) {
        return false;
    }
    match (numbers(one), numbers(other)) {
        (Some((wanted, _)), Some((others, _))) => (wanted == 0) == (others == 0),
        _ => match (template(one), template(other)) {
            (Some(sentence), Some(others)) => sentence == others,
            _ => (&one.subject, &one.message) == (&other.subject, &other.message),
        },
    }
}

/// The sentence about a unit, with a mark where the unit stands.
fn template(finding: &Finding) -> Option<String> {
    let is_unit = finding.subject.ends_with(".service") && finding.message.contains(&finding.subject);
    is_unit.then(|| finding.message.replace(&finding.subject, &UNIT.to_string()))
}

/// How many processes are wanted, and how many run.
fn numbers(finding: &Finding) -> Option<(u64, u64)> {
    if finding.kind != queue::KIND || finding.subject != "processes" || finding.hosts.is_empty() {
        return None;
    }
    let number = |value: &Option<String>| value.as_ref()?.parse().ok();
    Some((number(&finding.declared)?, number(&finding.live)?))
}

fn is_of_numbers(group: &[&Finding]) -> bool {
    group.len() > 1 && group.iter().all(|finding| numbers(finding).is_some())
}

fn sentence(group: &[&Finding]) -> String {
    let hosts: BTreeSet<HostName> = group.iter().flat_map(|finding| finding.hosts.iter().cloned()).collect();
    let subjects: BTreeSet<&str> = group.iter().map(|finding| finding.subject.as_str()).collect();
    let mut whole = Finding { hosts, ..group[0].clone() };
    if is_of_numbers(group) {
        whole.message = of_numbers(group);
    } else if let (true, Some(template)) = (subjects.len() > 1, template(group[0])) {
        let count: usize = group.iter().map(|finding| finding.hosts.len().max(1)).sum();
        let units = listed(&subjects.iter().map(|unit| HostName::new(*unit)).collect());
        let many = template.replacen(&format!("{UNIT} has "), &format!("{UNIT} have "), 1);
        let many = many.replacen(&format!("{UNIT} is "), &format!("{UNIT} are "), 1).replace(" and has ", " and have ");
        // The first mention names them all.
        whole.message = many.replacen(UNIT, &format!("{count} units ({units})"), 1).replace(UNIT, "them");
        whole.subject.clear();
    }
    incident_todo::finding(&whole)
}

/// `0 of 32 processes run (franz 0 of 12, freud 0 of 15, nietzsche 0 of 5)`.
fn of_numbers(group: &[&Finding]) -> String {
    let mut places: BTreeMap<&HostName, (u64, u64)> = BTreeMap::new();
    for finding in group {
        if let Some(numbers) = numbers(finding) {
            places.extend(finding.hosts.iter().map(|host| (host, numbers)));
        }
    }
    let (wanted, live) = places.values().fold((0, 0), |all, one| (all.0 + one.0, all.1 + one.1));
    let each = |of: &dyn Fn(&HostName, u64, u64) -> String| {
        let told: Vec<String> = places.iter().map(|(host, (wanted, live))| of(host, *wanted, *live)).collect();
        shortened(&told)
    };
    if wanted == 0 {
        format!("{live} processes run, none wanted ({})", each(&|host, _, live| format!("{live} on {host}")))
    } else {
        let told = each(&|host, wanted, live| format!("{live} of {wanted} on {host}"));
        format!("{live} of {wanted} processes wanted run ({told})")
    }
}

/// What all of them share of what is declared, on disk and live.
fn truths(group: &[&Finding]) -> String {
    let shared = |name: &str, of: &dyn Fn(&Finding) -> Option<String>| {
        let value = of(group[0])?;
        let all = group.iter().all(|finding| of(finding).as_ref() == Some(&value));
        all.then(|| format!("{name} {}", code_of(&value, SHORT)))
    };
    let truths: Vec<String> = [
        shared("declared", &|finding| finding.declared.clone()),
        shared("on disk", &|finding| finding.on_disk.clone()),
        shared("live", &|finding| finding.live.clone()),
    ]
    .into_iter()
    .flatten()
    .collect();
    if truths.len() > 1 { format!(" ({})", truths.join(", ")) } else { String::new() }
}

/// Names in ranges, the first of them.
fn listed(all: &BTreeSet<HostName>) -> String {
    // Ranges hold no comma with a blank behind it.
    let ranges: Vec<String> = names(all).split(", ").map(str::to_owned).collect();
    shortened(&ranges)
}

fn shortened(all: &[String]) -> String {
    match all.len().checked_sub(MOST_NAMES) {
        None | Some(0) => all.join(", "),
        Some(more) => format!("{} and {more} more", all[..MOST_NAMES].join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::status::Status;

    fn finding(kind: &str, subject: &str, message: &str, hosts: &[&str], truths: [Option<&str>; 3]) -> Finding {
        let [declared, on_disk, live] = truths.map(|truth| truth.map(str::to_owned));
        Finding {
            status: Some(Status::Stale),
            kind: kind.to_owned(),
            id: "app".to_owned(),
            subject: subject.to_owned(),
            declared,
            on_disk,
            live,
            message: message.to_owned(),
            hosts: hosts.iter().map(|host| HostName::new(*host)).collect(),
        }
    }

    #[test]
    fn units_of_one_fate_are_one_sentence() {
        let stale = |unit: &str, host: &str, since: &str| {
            let message = format!("{unit} has run since before the file last changed, and has not read it again");
            finding("env", unit, &message, &[host], [None, Some("changed 8:12"), Some(since)])
        };
        let all = [
            stale("w@1.service", "franz", "since 8:01"),
            stale("w@2.service", "franz", "since 8:02"),
            finding("env", "A", "A is not as declared", &["franz"], [Some("1"), Some("2"), None]),
            stale("w@3.service", "franz", "since 8:03"),
            stale("web.service", "fritz", "since 8:03"),
            finding("env", "A", "A is not as declared", &["fritz"], [Some("1"), Some("3"), None]),
        ];
        let expected = [
            "env app on franz, fritz: 4 units (w@[1-3].service, web.service) have run since before the file last changed, and have not read it again",
            "env app on franz, fritz: A is not as declared",
        ];
        assert_eq!(told(&all), expected);
        assert_eq!(
            told(&all[..1]),
            [
                "env app on franz: w@1.service has run since before the file last changed, and has not read it again (on disk `changed 8:12`, live `since 8:01`)"
            ]
        );
    }

    #[test]
    fn processes_are_counted_over_hosts_and_what_ends_is_told_apart() {
        let processes = |host: &str, wanted: &str, live: &str| {
            finding(
                "queue",
                "processes",
                &format!("{live} run, {wanted} wanted"),
                &[host],
                [Some(wanted), Some(live), Some(live)],
            )
        };
        let all =
            [processes("a", "12", "0"), processes("b", "15", "3"), processes("c", "0", "4"), processes("d", "0", "1")];
        let expected = [
            "queue app on a, b: 3 of 27 processes wanted run (0 of 12 on a, 3 of 15 on b)",
            "queue app on c, d: 5 processes run, none wanted (4 on c, 1 on d)",
        ];
        assert_eq!(told(&all), expected);
        assert_eq!(
            told(&all[..1]),
            ["queue app on a: processes: 0 run, 12 wanted (declared `12`, on disk `0`, live `0`)"]
        );
    }
}
