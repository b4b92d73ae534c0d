//! What the controller sees from outside.

use std::net::IpAddr;
use std::ops::ControlFlow;
use std::time::Duration;

use tokio::time::Instant;

use super::outside::{self, Handshake};
use super::transaction::Gate;
use super::transport::{Script, Transport};
use crate::names::HostName;
use crate::text::shell_quote;
use crate::x509::{Certificate, Fingerprint};

const GATE: &str = include_str!("gate.sh");

/// Scripts of fleet's own for hosts, by name: POSIX `sh`, read-only, the body of a function that gets the arguments.
pub type Scripts = std::collections::BTreeMap<&'static str, &'static str>;

/// From where gates are looked at.
pub(super) struct View<'a> {
    pub(super) transport: &'a dyn Transport,
    /// Makes words that nobody can guess.
    pub(super) random: &'a (dyn Fn() -> String + Sync),
    pub(super) scripts: &'a Scripts,
    /// The address of the host whose own services are looked at.
    pub(super) address: &'a str,
}

/// A gate with its values at hand.
pub(super) struct ReadyGate<'a> {
    pub(super) gate: &'a Gate,
    /// Of a handshake, the leaf that must be seen.
    pub(super) leaf: Option<Fingerprint>,
}

/// Between two tries.
const PAUSE: Duration = Duration::from_millis(200);

/// The same, where a host has to work for it.
const SCRIPT_PAUSE: Duration = Duration::from_secs(1);

/// More than the script lets through, in bytes.
const MOST_SAID: usize = 64 * 1024;

/// For one new connection: a host that does not answer must leave time for another try.
const ONE_TRY: Duration = Duration::from_secs(5);

/// How long a host may take to serve again what it served before: its services are up by the time it says so.
pub(super) const SERVED_AGAIN: Duration = Duration::from_secs(10);

/// Looks until all gates are good or the time is up; then says in words what was seen last.
///
/// # Errors
/// In words, when one is not good in time.
pub(super) async fn look_at_all(view: &View<'_>, gates: &[ReadyGate<'_>], limit: Duration) -> Result<(), String> {
    let deadline = Instant::now() + limit;
    let looks = gates.iter().map(|gate| look(view, gate, deadline));
    futures_util::future::try_join_all(looks).await.map(|_| ())
}

async fn look(view: &View<'_>, gate: &ReadyGate<'_>, deadline: Instant) -> Result<(), String> {
    let host = view.address;
    match (gate.gate, &gate.leaf) {
        // Whoever can give the verdict has reached the host.
        (Gate::Reachable, _) => Ok(()),
        (Gate::Tcp(port), _) => until_good(PAUSE, deadline, async || connects(host, *port, deadline).await).await,
        (Gate::Handshake { handshake, .. }, Some(leaf)) => {
            until_good(PAUSE, deadline, async || {
                shows(host, handshake, leaf, deadline).await?;
                // Once more: where several processes or machines answer in turn, one that has it does not speak for the others.
                shows(host, handshake, leaf, deadline).await
            })
            .await
        }
        (Gate::Script { host, text, told }, _) => on_host(view, host, text, told, deadline).await,
        (Gate::Builtin { host, script, arguments, told }, _) => {
            let Some(text) = view.scripts.get(script.as_str()) else {
                return Err(format!("this version of fleet has no script {script:?}"));
            };
            let arguments: Vec<String> = arguments.iter().map(|word| shell_quote(word)).collect();
            let text = format!("builtin_gate() {{\n{text}\n}}\nbuiltin_gate {}", arguments.join(" "));
            on_host(view, host, &text, told, deadline).await
        }
        (Gate::Http(_) | Gate::Prometheus(_) | Gate::Port { .. } | Gate::Tls { .. }, _) => {
            Err("it is not looked at yet".to_owned())
        }
        (Gate::Handshake { handshake, .. }, None) => Err(format!("nothing says what {handshake} is to present")),
    }
}

/// Tries until it is good, and then or at the deadline says what the last try said.
async fn until_good(
    pause: Duration,
    deadline: Instant,
    attempt: impl AsyncFn() -> Result<(), String>,
) -> Result<(), String> {
    loop {
        let seen = attempt().await;
        if seen.is_ok() || Instant::now() + pause >= deadline {
            return seen;
        }
        tokio::time::sleep(pause).await;
    }
}

async fn on_host(view: &View<'_>, host: &HostName, text: &str, told: &str, deadline: Instant) -> Result<(), String> {
    let seen = until_good(SCRIPT_PAUSE, deadline, async || succeeds(view, host, text, deadline).await).await;
    seen.map_err(|why| format!("{told} (on {host}): {why}"))
}

/// Runs a gate's text on its host once.
async fn succeeds(view: &View<'_>, host: &HostName, text: &str, deadline: Instant) -> Result<(), String> {
    let marker = (view.random)();
    let script = Script {
        functions: format!("{GATE}\nmarker={}\ngate() {{\n{text}\n}}\n", shell_quote(&marker)),
        call: "fleet_gate end".to_owned(),
    };
    let mut output = Vec::new();
    let mut sink = |bytes: &[u8]| {
        output.extend_from_slice(bytes);
        if output.len() > MOST_SAID { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let limit = deadline.saturating_duration_since(Instant::now());
    let ran = view.transport.run(host, &script, limit, &mut sink).await;
    match (said(&marker, &output), ran) {
        (Some((0, _)), _) => Ok(()),
        (Some((code, words)), _) if words.is_empty() => Err(format!("no (exit code {code})")),
        (Some((_, words)), _) => Err(words),
        (None, Err(interruption)) => Err(interruption.failure().message.clone()),
        (None, Ok(())) => Err("the host's answer ended too early".to_owned()),
    }
}

/// The exit code of a gate's text and what it printed; `None` where the answer has no end.
fn said(marker: &str, output: &[u8]) -> Option<(u8, String)> {
    let text = String::from_utf8_lossy(output);
    let mut words = Vec::new();
    for line in text.lines().filter_map(|line| line.strip_prefix(marker)?.strip_prefix(' ')) {
        if let Some(code) = line.strip_prefix("ended ") {
            return Some((code.parse().ok()?, words.join("; ")));
        }
        let shown = line.strip_prefix("said ").unwrap_or_default().trim();
        if !shown.is_empty() {
            words.push(shown.to_owned());
        }
    }
    None
}

async fn connects(host: &str, port: u16, deadline: Instant) -> Result<(), String> {
    let seen = match tokio::time::timeout_at(deadline, tokio::net::TcpStream::connect((host, port))).await {
        Ok(Ok(_)) => return Ok(()),
        Ok(Err(error)) => error.to_string(),
        Err(_) => "it does not answer".to_owned(),
    };
    Err(format!("TCP port {port} of {host}: {seen}"))
}

/// Whether every address of the host presents this leaf on a new connection.
async fn shows(host: &str, handshake: &Handshake, leaf: &Fingerprint, deadline: Instant) -> Result<(), String> {
    let limit = deadline.saturating_duration_since(Instant::now()).min(ONE_TRY);
    let addresses = outside::addresses_of(host, limit).await?;
    let looks = addresses.iter().map(|address| shown_at(*address, handshake, leaf, limit));
    let others: Vec<String> = futures_util::future::join_all(looks).await.into_iter().flatten().collect();
    if others.is_empty() { Ok(()) } else { Err(others.join("; ")) }
}

/// What an address presents in place of the leaf; `None`: nothing else.
async fn shown_at(address: IpAddr, handshake: &Handshake, leaf: &Fingerprint, limit: Duration) -> Option<String> {
    let Handshake { port, server_name, .. } = handshake;
    let shown = match outside::presented(handshake, address, limit).await {
        Err(why) => why,
        Ok(chain) => match chain.first() {
            None => "it presents nothing".to_owned(),
            Some(der) if Fingerprint::of(der) == *leaf => return None,
            Some(der) => format!("it presents {}, not {}", in_words(der), short(leaf)),
        },
    };
    Some(format!("{address} port {port} ({server_name}): {shown}"))
}

fn in_words(der: &[u8]) -> String {
    let fingerprint = Fingerprint::of(der);
    match Certificate::from_der(der) {
        Ok(certificate) => format!("{} (until {})", short(&fingerprint), certificate.not_after.strftime("%F %TZ")),
        Err(_) => format!("{} (which cannot be read)", short(&fingerprint)),
    }
}

/// Enough of a fingerprint to tell two of them apart.
fn short(fingerprint: &Fingerprint) -> &str {
    let text = fingerprint.as_str();
    text.get(..16).unwrap_or(text)
}

/// After a rollback: whether the host serves what it served before, in words; `None` where no gate asks.
pub(super) async fn served_again(host: &str, gates: &[Gate], limit: Duration) -> Option<String> {
    let before: Vec<(&Handshake, &Fingerprint)> = gates
        .iter()
        .filter_map(|gate| match gate {
            Gate::Handshake { handshake, before: Some(before), .. } => Some((handshake, before)),
            _ => None,
        })
        .collect();
    if before.is_empty() {
        return None;
    }
    let deadline = Instant::now() + limit;
    let looks = before
        .iter()
        .map(|(handshake, leaf)| until_good(PAUSE, deadline, async || shows(host, handshake, leaf, deadline).await));
    let others: Vec<String> = futures_util::future::join_all(looks).await.into_iter().filter_map(Result::err).collect();
    Some(if others.is_empty() {
        "it serves the old certificate again, as seen from here".to_owned()
    } else {
        format!("it does not serve the old certificate again: {}", others.join("; "))
    })
}

#[cfg(test)]
#[path = "gate_tests.rs"]
mod tests;
