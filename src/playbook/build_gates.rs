//! From the table of a gate to what is looked at: exactly one thing, with what belongs to it.

use std::ops::Range;

use regex::Regex;
use url::Url;

use super::build::{Building, seconds};
use super::gates::{GateSpec, Looked};
use super::types::{At, CommandText, GateTable};
use crate::engine::outside::Handshake;
use crate::engine::transaction::{HttpGate, Latency, PrometheusGate};
use crate::inventory::{Located, Problem, ShortTime, nearest, read_selector_file};
use crate::names::{RemotePath, UnitName};

/// How long a gate may take to become good.
const TIMEOUT: u32 = 30;

/// How long a unit must be active.
const STEADY: u32 = 5;

/// The longest that a unit is watched.
const LONGEST_STEADY: u32 = 3600;

/// What may be looked at, with what belongs to it beside `tries` and `timeout`.
const KINDS: [(&str, &[&str]); 7] = [
    ("http", &["at", "status", "body", "requests", "p50", "p90", "p95", "p99", "on", "ca_file"]),
    ("tcp", &["on"]),
    ("tls", &["on", "name", "days", "ca_file"]),
    ("command", &["on"]),
    ("unit", &["on", "steady"]),
    ("prometheus", &["query", "at_most", "at_least", "ca_file"]),
    ("disk", &["on", "below"]),
];

/// What a gate looks at; none, and a problem, where it is wrong.
pub(super) fn gate(building: &mut Building<'_>, table: &Located<GateTable>) -> Option<GateSpec> {
    let given = given(table);
    let kinds: Vec<&(&str, Range<usize>)> =
        given.iter().filter(|(key, _)| KINDS.iter().any(|(kind, _)| kind == key)).collect();
    let all = || KINDS.map(|(kind, _)| kind).join(", ");
    let [(kind, _)] = kinds.as_slice() else {
        let message = format!("a gate looks at exactly one of {}", all());
        let mut problem = Problem::new("one-of", message);
        problem = match kinds.as_slice() {
            [] => problem.label(table.span.clone(), "looks at nothing"),
            several => several.iter().fold(problem, |problem, (_, span)| problem.label(span.clone(), "here")),
        };
        building.problems.push(problem.help("write one gate for each"));
        return None;
    };
    let own = KINDS.iter().find(|(name, _)| name == kind).map_or(&[][..], |(_, own)| own);
    for (key, span) in &given {
        let belongs = key == kind || own.contains(key) || matches!(*key, "tries" | "timeout");
        if !belongs {
            let near = nearest(key, own.iter().copied());
            let label = near.map_or_else(|| "not here".to_owned(), |near| format!("did you mean `{near}`?"));
            let known: Vec<&str> = own.iter().copied().chain(["tries", "timeout"]).collect();
            building.problems.push(
                Problem::new("unknown-key", format!("a gate that looks at `{kind}` has no key `{key}`"))
                    .label(span.clone(), label)
                    .help(format!("known here: {}", known.join(", "))),
            );
        }
    }
    // A unit is watched for a time of its own.
    let steady = table.unit.as_ref().map_or(0, |_| table.steady.as_ref().map_or(STEADY, |it| seconds(it.value.0)));
    let timeout_seconds =
        table.timeout.as_ref().map_or(TIMEOUT.saturating_add(steady), |timeout| seconds(timeout.value.0));
    if let Some(steady) = table.steady.as_ref().filter(|_| !(1..=LONGEST_STEADY).contains(&steady)) {
        building.problems.push(
            Problem::new("out-of-range", "the time for which a unit is watched is out of range")
                .label(steady.span.clone(), "must be from 1 s to an hour"),
        );
    }
    if let Some(timeout) = table.timeout.as_ref().filter(|_| timeout_seconds <= steady) {
        building.problems.push(
            Problem::new("out-of-range", format!("a unit can't be watched for {steady} s within {timeout_seconds} s"))
                .label(timeout.span.clone(), "must be longer than `steady`"),
        );
    }
    if let Some(timeout) = table.timeout.as_ref().filter(|_| !(1..=86_400).contains(&timeout_seconds)) {
        building.problems.push(
            Problem::new("out-of-range", "the time of a gate is out of range")
                .label(timeout.span.clone(), "must be from 1 s to a day"),
        );
    }
    let on = match &table.on {
        Some(on) => Some(building.select(on)?),
        None => None,
    };
    let what = looked(building, table)?;
    Some(GateSpec { what, on, tries: table.tries.as_ref().map(|tries| tries.value.0), timeout_seconds })
}

/// The keys that are there, with their places.
fn given(table: &GateTable) -> Vec<(&'static str, Range<usize>)> {
    macro_rules! keys {
        ($($key:ident),*) => {
            [$((stringify!($key), table.$key.as_ref().map(|it| it.span.clone()))),*]
        };
    }
    let keys = keys!(
        http, tcp, tls, command, unit, prometheus, disk, on, at, status, body, requests, p50, p90, p95, p99, name,
        days, steady, query, at_most, at_least, below, ca_file, tries, timeout
    );
    keys.into_iter().filter_map(|(key, span)| Some((key, span?))).collect()
}

fn looked(building: &mut Building<'_>, table: &GateTable) -> Option<Looked> {
    if let Some(url) = &table.http {
        return http(building, table, url);
    }
    if let Some(port) = &table.tcp {
        return Some(Looked::Port(port.value));
    }
    if let Some(port) = &table.tls {
        let name = needed(building, "tls", "name", table.name.as_ref(), &port.span)?;
        let handshake = Handshake { port: port.value, server_name: name.value.clone(), starttls: None };
        let days = table.days.as_ref().map_or(1, |days| days.value);
        return Some(Looked::Tls { handshake, days, roots: roots(building, table)? });
    }
    if let Some(command) = &table.command {
        let text = match &command.value {
            CommandText::Line(line) => line.clone(),
            CommandText::Words(words) => shell_words::join(words),
        };
        if text.trim().is_empty() || text.contains('\0') {
            building
                .problems
                .push(Problem::new("empty", "the command of a gate is empty").label(command.span.clone(), "here"));
            return None;
        }
        return Some(Looked::Command(text));
    }
    if let Some(unit) = &table.unit {
        let steady = table.steady.as_ref().map_or(STEADY, |steady| seconds(steady.value.0));
        return Some(Looked::Unit(UnitName::new(unit.as_str()), steady));
    }
    if let Some(server) = &table.prometheus {
        return prometheus(building, table, server);
    }
    let disk = table.disk.as_ref()?;
    let below = needed(building, "disk", "below", table.below.as_ref(), &disk.span)?;
    let share = below.as_str().trim_end_matches('%').parse().unwrap_or(100);
    Some(Looked::Disk(RemotePath::new(disk.value.0.clone()), share))
}

fn needed<'t, T>(
    building: &mut Building<'_>,
    kind: &str,
    key: &str,
    value: Option<&'t Located<T>>,
    span: &Range<usize>,
) -> Option<&'t Located<T>> {
    if value.is_none() {
        building.problems.push(
            Problem::new("missing-key", format!("a gate that looks at `{kind}` lacks the key `{key}`"))
                .label(span.clone(), format!("`{key}` is missing")),
        );
    }
    value
}

/// A URL of HTTP without a password, which would stand in the plan.
fn url(building: &mut Building<'_>, url: &Located<String>) -> Option<String> {
    let good = Url::parse(url).ok().filter(|it| matches!(it.scheme(), "http" | "https") && it.has_host());
    let Some(good) = good else {
        building.problems.push(
            Problem::new("bad-value", "this is no URL that can be asked")
                .label(url.span.clone(), "here")
                .help("write such as \"https://media.example.org/health\""),
        );
        return None;
    };
    if good.password().is_some() {
        building.problems.push(
            Problem::new("secret-in-url", "a password must not stand in a URL")
                .label(url.span.clone(), "hidden")
                .hide(url.span.clone())
                .help("plans and journals show it: use a URL that needs none"),
        );
        return None;
    }
    Some(url.value.clone())
}

fn http(building: &mut Building<'_>, table: &GateTable, place: &Located<String>) -> Option<Looked> {
    let address = url(building, place)?;
    if let Some(body) = &table.body
        && let Err(error) = Regex::new(body)
    {
        let why = error.to_string();
        building.problems.push(
            Problem::new("bad-regex", "`body` is no regular expression")
                .label(body.span.clone(), why.lines().last().unwrap_or_default().trim()),
        );
        return None;
    }
    let limits = [(50, &table.p50), (90, &table.p90), (95, &table.p95), (99, &table.p99)];
    let mut limits: Vec<(u8, &Located<ShortTime>)> =
        limits.into_iter().filter_map(|(percentile, limit)| Some((percentile, limit.as_ref()?))).collect();
    if let [(_, first), (_, second), ..] = limits.as_slice() {
        building.problems.push(
            Problem::new("one-of", "a gate has one limit of latency")
                .label(first.span.clone(), "here")
                .label(second.span.clone(), "and here")
                .help("write one gate for each"),
        );
        return None;
    }
    let latency = limits.pop().map(|(percentile, limit)| Latency { percentile, milliseconds: milliseconds(limit) });
    let http = HttpGate {
        url: address,
        host: None,
        status: table.status.as_ref().map_or_else(|| vec![200], |status| status.value.0.clone()),
        body: table.body.as_ref().map(|body| body.value.clone()),
        requests: table.requests.as_ref().map_or(1, |requests| requests.value.0),
        latency,
        roots: roots(building, table)?,
    };
    // Hosts that are named are asked themselves.
    let each = table.at.as_ref().map_or(table.on.is_some(), |at| at.value == At::Hosts);
    Some(Looked::Http(http, each))
}

/// Its form is that of a short time.
fn milliseconds(time: &ShortTime) -> u32 {
    let text = time.as_str();
    match text.strip_suffix("ms") {
        Some(number) => number.parse().unwrap_or(u32::MAX),
        None => text.trim_end_matches('s').parse::<u32>().map_or(u32::MAX, |seconds| seconds.saturating_mul(1000)),
    }
}

fn prometheus(building: &mut Building<'_>, table: &GateTable, server: &Located<String>) -> Option<Looked> {
    let address = url(building, server)?;
    let query = needed(building, "prometheus", "query", table.query.as_ref(), &server.span)?;
    if table.at_most.is_none() && table.at_least.is_none() {
        building.problems.push(
            Problem::new("missing-key", "a gate that looks at `prometheus` says nothing of what is good")
                .label(server.span.clone(), "`at_most` or `at_least` is missing"),
        );
        return None;
    }
    let number = |number: &Option<Located<super::types::Number>>| number.as_ref().map(|it| it.value.0.to_string());
    Some(Looked::Prometheus(PrometheusGate {
        url: address,
        query: query.value.clone(),
        at_most: number(&table.at_most),
        at_least: number(&table.at_least),
        roots: roots(building, table)?,
    }))
}

/// The authorities that are trusted; `Some(None)`: this machine's.
#[expect(clippy::option_option, reason = "the outer one says that a problem was told")]
fn roots(building: &mut Building<'_>, table: &GateTable) -> Option<Option<String>> {
    let Some(file) = &table.ca_file else { return Some(None) };
    let path = building.inventory.dir().join(&file.value);
    let problem = match read_selector_file(&path) {
        Ok(text) if text.contains("-----BEGIN CERTIFICATE-----") => return Some(Some(text)),
        Ok(_) => "it holds no certificate (PEM)".to_owned(),
        Err(why) => why,
    };
    building.problems.push(
        Problem::new("ca-file", format!("cannot take authorities from {}: {problem}", path.display()))
            .label(file.span.clone(), "this file"),
    );
    None
}
