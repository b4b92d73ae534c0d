//! What no playbook and no action asks of a gate, and a plan file that was edited by hand may hold. Pure.

use super::super::outside::Handshake;
use super::super::transaction::{Gate, HttpGate, Latency, PrometheusGate};
use super::own;
use crate::tls::Trust;

/// More requests than this are no look any more, but a load.
const MOST_REQUESTS: u32 = 1000;

/// The longest text of a script, a query or a regular expression, in bytes.
const LONGEST_TEXT: usize = 16 * 1024;

/// What is odd in a gate that has so many seconds.
pub(in crate::engine) fn problems(gate: &Gate, timeout_seconds: u32) -> Vec<String> {
    match gate {
        Gate::Reachable => Vec::new(),
        Gate::Tcp(port) | Gate::Port { port, .. } => port_problem(*port).into_iter().collect(),
        Gate::Handshake { handshake, .. } => handshake_problems(handshake),
        Gate::Tls { handshake, roots, .. } => {
            let roots = roots_problem(roots.as_deref());
            handshake_problems(handshake).into_iter().chain(roots).collect()
        }
        Gate::Http(http) => http_problems(http),
        Gate::Prometheus(prometheus) => prometheus_problems(prometheus),
        Gate::Script { text, told, .. } => {
            let odd = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
            let text = (text.contains(odd) || text.len() > LONGEST_TEXT || text.trim().is_empty())
                .then(|| "its script is empty, too long, or holds characters that can't be shown".to_owned());
            text.into_iter().chain(words_problem(told)).collect()
        }
        Gate::Builtin { script, arguments, told, .. } => {
            let shown = arguments.iter().filter_map(|argument| words_problem(argument));
            shown.chain(words_problem(told)).chain(own::problem(script, arguments, timeout_seconds)).collect()
        }
    }
}

/// What a person reads stands on one line.
fn words_problem(words: &str) -> Option<String> {
    words.contains(|c: char| c.is_control()).then(|| format!("{words:?} can't be shown as it is"))
}

fn port_problem(port: u16) -> Option<String> {
    (port == 0).then(|| "no port is 0".to_owned())
}

fn handshake_problems(handshake: &Handshake) -> Vec<String> {
    let name = words_problem(&handshake.server_name);
    let name = name.or_else(|| handshake.server_name.is_empty().then(|| "it asks for no name".to_owned()));
    port_problem(handshake.port).into_iter().chain(name).collect()
}

fn roots_problem(roots: Option<&str>) -> Option<String> {
    roots.and_then(|pem| Trust::new(Some(pem)).err())
}

/// A URL that can be asked for, and that holds no password: everybody reads a plan.
fn url_problem(text: &str) -> Result<url::Url, String> {
    let url = url::Url::parse(text).map_err(|error| format!("{text:?} is no URL: {error}"))?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none_or(str::is_empty) {
        return Err(format!("{text:?} is neither http://… nor https://…"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("its URL holds a name or a password, which everybody who reads the plan would see".to_owned());
    }
    match words_problem(text) {
        Some(odd) => Err(odd),
        None => Ok(url),
    }
}

fn http_problems(gate: &HttpGate) -> Vec<String> {
    let mut problems = Vec::new();
    match url_problem(&gate.url) {
        Err(problem) => problems.push(problem),
        Ok(url) => {
            if let Some(host) = gate.host.as_ref().filter(|_| url.domain().is_none()) {
                problems.push(format!("{} names an address, and is to be asked at {host}", gate.url));
            }
        }
    }
    if gate.status.is_empty() || gate.status.iter().any(|status| !(100..=599).contains(status)) {
        problems.push(format!("{:?} are no status codes of HTTP", gate.status));
    }
    if let Some(body) = &gate.body {
        problems.extend(words_problem(body));
        if body.len() > LONGEST_TEXT || regex::bytes::Regex::new(body).is_err() {
            problems.push(format!("`{body}` is no regular expression"));
        }
    }
    if !(1..=MOST_REQUESTS).contains(&gate.requests) {
        problems.push(format!("{} requests are not from 1 to {MOST_REQUESTS}", gate.requests));
    }
    if let Some(Latency { percentile, milliseconds }) = &gate.latency
        && (!(1..=100).contains(percentile) || *milliseconds == 0)
    {
        problems.push(format!("{percentile} % within {milliseconds} ms can't be"));
    }
    problems.extend(roots_problem(gate.roots.as_deref()));
    problems
}

fn prometheus_problems(gate: &PrometheusGate) -> Vec<String> {
    let mut problems: Vec<String> = url_problem(&gate.url).err().into_iter().collect();
    if gate.query.trim().is_empty() || gate.query.len() > LONGEST_TEXT {
        problems.push("its query is empty, or too long".to_owned());
    }
    problems.extend(words_problem(&gate.query));
    let bounds: Vec<&String> = gate.at_least.iter().chain(&gate.at_most).collect();
    for odd in bounds.iter().filter(|text| !is_decimal(text)) {
        problems.push(format!("{odd:?} is no decimal number"));
    }
    if bounds.is_empty() {
        problems.push("it asks for no bound: any sample would be good".to_owned());
    }
    let number = |text: &Option<String>| text.as_ref().and_then(|text| text.parse::<f64>().ok());
    if let (Some(least), Some(most)) = (number(&gate.at_least), number(&gate.at_most))
        && least > most
    {
        problems.push(format!("nothing is at least {least} and at most {most}"));
    }
    problems.extend(roots_problem(gate.roots.as_deref()));
    problems
}

/// Such as `-1.5` or `2e-3`: neither `inf` nor `nan`.
fn is_decimal(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte))
        && text.parse::<f64>().is_ok_and(f64::is_finite)
}
