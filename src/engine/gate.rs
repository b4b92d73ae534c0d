//! What the controller sees from outside.

use std::cell::Cell;
use std::net::IpAddr;
use std::ops::ControlFlow;
use std::time::Duration;

use tokio::time::Instant;

use super::gates;
use super::outside::{self, Handshake};
use super::transaction::{Check, Gate};
use super::transport::{Script, Transport};
use crate::names::HostName;
use crate::text::shell_quote;
use crate::x509::{Certificate, Fingerprint};

const GATE: &str = include_str!("gate.sh");

/// Scripts of fleet's own for hosts, by name: POSIX `sh`, read-only, the body of a function that gets the arguments.
pub type Scripts = std::collections::BTreeMap<&'static str, &'static str>;

pub use gates::{disk_below, scripts as own_scripts, unit_steady};

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
pub(super) const PAUSE: Duration = Duration::from_millis(200);

/// The same, where a host or a service has to work for it.
pub(super) const SCRIPT_PAUSE: Duration = Duration::from_secs(1);

/// The same for Prometheus, which has nothing new before it scrapes again.
pub(super) const PROMETHEUS_PAUSE: Duration = Duration::from_secs(5);

/// More than the script lets through, in bytes.
const MOST_SAID: usize = 64 * 1024;

/// For one new connection: a host that does not answer must leave time for another try.
pub(super) const ONE_TRY: Duration = Duration::from_secs(5);

/// How long a host may take to serve again what it served before: its services are up by the time it says so.
pub(super) const SERVED_AGAIN: Duration = Duration::from_secs(10);

/// How long and how often a gate is looked at.
pub(super) struct Limits<'a> {
    /// Until when.
    pub(super) deadline: Instant,
    /// So many times at most; `None`: any number.
    pub(super) tries: Option<u32>,
    /// Whether what this one says makes no difference any more.
    pub(super) enough: Option<&'a Cell<bool>>,
}

impl<'a> Limits<'a> {
    /// Those of a gate behind a wave; `another_failed`: another gate there is not good.
    pub(super) fn of(check: &Check, another_failed: &'a Cell<bool>) -> Self {
        let deadline = Instant::now() + Duration::from_secs(check.timeout_seconds.into());
        Self { deadline, tries: check.tries, enough: Some(another_failed) }
    }

    fn until(deadline: Instant) -> Self {
        Self { deadline, tries: None, enough: None }
    }

    /// What is left of the time, or this if it is shorter.
    pub(super) fn left(&self, most: Duration) -> Duration {
        self.deadline.saturating_duration_since(Instant::now()).min(most)
    }

    fn are_reached(&self, tries: u32, pause: Duration) -> bool {
        self.tries.is_some_and(|most| tries >= most)
            || self.enough.is_some_and(Cell::get)
            || Instant::now() + pause >= self.deadline
    }
}

/// What one look at a gate saw, in words with figures: good, or not.
pub(super) type Saw = Result<String, String>;

/// What the last look saw.
pub(super) struct Looked {
    pub(super) saw: Saw,
    pub(super) tries: u32,
}

/// Looks until all gates are good or the time is up; then says in words what was seen last.
///
/// # Errors
/// In words, when one is not good in time.
pub(super) async fn look_at_all(view: &View<'_>, gates: &[ReadyGate<'_>], limit: Duration) -> Result<(), String> {
    let limits = Limits::until(Instant::now() + limit);
    let looks = gates.iter().map(|gate| async {
        let looked = look(view, gate, &limits).await;
        looked.saw.map_err(|why| named(gate.gate, &why))
    });
    futures_util::future::try_join_all(looks).await.map(|_| ())
}

/// What was seen, with what was looked at where that does not say it.
pub(super) fn named(gate: &Gate, saw: &str) -> String {
    match gate {
        Gate::Reachable | Gate::Tcp(_) | Gate::Handshake { .. } | Gate::Port { .. } | Gate::Tls { .. } => {
            saw.to_owned()
        }
        Gate::Http(http) => format!("{}: {saw}", http.url),
        Gate::Prometheus(prometheus) => format!("`{}`: {saw}", prometheus.query),
        Gate::Script { host, told, .. } | Gate::Builtin { host, told, .. } => format!("{told} (on {host}): {saw}"),
    }
}

/// Looks until it is good, or the limits are reached.
pub(super) async fn look(view: &View<'_>, gate: &ReadyGate<'_>, limits: &Limits<'_>) -> Looked {
    let host = view.address;
    match (gate.gate, &gate.leaf) {
        // Whoever can give the verdict has reached the host.
        (Gate::Reachable, _) => Looked { saw: Ok("it takes a command".to_owned()), tries: 1 },
        (Gate::Tcp(port), _) => until_good(PAUSE, limits, async || connects(host, *port, limits).await).await,
        (Gate::Handshake { handshake, .. }, Some(leaf)) => {
            until_good(PAUSE, limits, async || {
                shows(host, handshake, leaf, limits).await?;
                // Once more: where several processes or machines answer in turn, one that has it does not speak for the others.
                shows(host, handshake, leaf, limits).await
            })
            .await
        }
        (Gate::Handshake { handshake, .. }, None) => {
            Looked { saw: Err(format!("nothing says what {handshake} is to present")), tries: 0 }
        }
        (Gate::Port { host, port }, _) => {
            let address = view.transport.address(host);
            until_good(PAUSE, limits, async || connects(&address, *port, limits).await).await
        }
        (Gate::Http(http), _) => gates::look_at_http(view, http, limits).await,
        (Gate::Prometheus(prometheus), _) => gates::look_at_prometheus(view, prometheus, limits).await,
        (Gate::Tls { host, handshake, days, roots }, _) => {
            gates::look_at_tls(view, host, handshake, *days, roots.as_deref(), limits).await
        }
        (Gate::Script { host, text, .. }, _) => {
            until_good(SCRIPT_PAUSE, limits, async || succeeds(view, host, text, limits).await).await
        }
        (Gate::Builtin { host, script, arguments, .. }, _) => {
            let Some(text) = view.scripts.get(script.as_str()) else {
                return Looked { saw: Err(format!("this version of fleet has no script {script:?}")), tries: 0 };
            };
            let arguments: Vec<String> = arguments.iter().map(|word| shell_quote(word)).collect();
            let text = format!("builtin_gate() {{\n{text}\n}}\nbuiltin_gate {}", arguments.join(" "));
            until_good(SCRIPT_PAUSE, limits, async || succeeds(view, host, &text, limits).await).await
        }
    }
}

/// Tries until it is good, and then or at the limits says what the last try said.
pub(super) async fn until_good(pause: Duration, limits: &Limits<'_>, attempt: impl AsyncFn() -> Saw) -> Looked {
    let mut tries = 0;
    loop {
        let saw = attempt().await;
        tries += 1;
        if saw.is_ok() || limits.are_reached(tries, pause) {
            return Looked { saw, tries };
        }
        tokio::time::sleep(pause).await;
    }
}

/// Runs a gate's text on its host once.
async fn succeeds(view: &View<'_>, host: &HostName, text: &str, limits: &Limits<'_>) -> Saw {
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
    let ran = view.transport.run(host, &script, limits.left(Duration::MAX), &mut sink).await;
    match (said(&marker, &output), ran) {
        (Some((0, words)), _) if words.is_empty() => Ok("yes".to_owned()),
        (Some((0, words)), _) => Ok(words),
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

async fn connects(host: &str, port: u16, limits: &Limits<'_>) -> Saw {
    let seen = match tokio::time::timeout_at(limits.deadline, tokio::net::TcpStream::connect((host, port))).await {
        Ok(Ok(_)) => return Ok(format!("TCP port {port} of {host} answers")),
        Ok(Err(error)) => error.to_string(),
        Err(_) => "it does not answer".to_owned(),
    };
    Err(format!("TCP port {port} of {host}: {seen}"))
}

/// Whether every address of the host presents this leaf on a new connection.
async fn shows(host: &str, handshake: &Handshake, leaf: &Fingerprint, limits: &Limits<'_>) -> Saw {
    let limit = limits.left(ONE_TRY);
    let addresses = outside::addresses_of(host, limit).await?;
    let looks = addresses.iter().map(|address| shown_at(*address, handshake, leaf, limit));
    let others: Vec<String> = futures_util::future::join_all(looks).await.into_iter().flatten().collect();
    if !others.is_empty() {
        return Err(others.join("; "));
    }
    let addresses: Vec<String> = addresses.iter().map(ToString::to_string).collect();
    Ok(format!("{} port {}: it presents {}", addresses.join(", "), handshake.port, short(leaf)))
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
    let limits = Limits::until(Instant::now() + limit);
    let looks = before
        .iter()
        .map(|(handshake, leaf)| until_good(PAUSE, &limits, async || shows(host, handshake, leaf, &limits).await));
    let looked = futures_util::future::join_all(looks).await;
    let others: Vec<String> = looked.into_iter().filter_map(|looked| looked.saw.err()).collect();
    Some(if others.is_empty() {
        "it serves the old certificate again, as seen from here".to_owned()
    } else {
        format!("it does not serve the old certificate again: {}", others.join("; "))
    })
}

#[cfg(test)]
#[path = "gate_tests.rs"]
mod tests;
