//! What must be good between the waves of a step, in the words of the engine.

use std::collections::BTreeSet;

use crate::engine::gate::{disk_below, unit_steady};
use crate::engine::outside::Handshake;
use crate::engine::transaction::{Check, Gate, HttpGate, Latency, PrometheusGate};
use crate::names::{HostName, RemotePath, UnitName};

/// What must be good, for whichever hosts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GateSpec {
    /// What is looked at.
    pub what: Looked,
    /// The hosts that are looked at; `None`: those of the wave.
    pub on: Option<BTreeSet<HostName>>,
    /// How often; `None`: until the time is up.
    pub tries: Option<u32>,
    /// How long it may take to become good.
    pub timeout_seconds: u32,
}

/// What is looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Looked {
    /// A URL, and whether each host is asked by its own address.
    Http(HttpGate, bool),
    /// A port of each host.
    Port(u16),
    /// What each host presents.
    Tls {
        /// What is asked.
        handshake: Handshake,
        /// For how many days it must be valid.
        days: u32,
        /// Who is trusted, PEM; `None`: whom this machine trusts.
        roots: Option<String>,
    },
    /// A piece of `sh` on each host.
    Command(String),
    /// A unit of each host, active for so many seconds.
    Unit(UnitName, u32),
    /// A query.
    Prometheus(PrometheusGate),
    /// A path of each host, filled below so many percent.
    Disk(RemotePath, u8),
}

impl GateSpec {
    /// What is to be looked at after a wave of these hosts.
    pub fn checks(&self, wave: &BTreeSet<HostName>) -> Vec<Check> {
        let hosts = self.on.as_ref().unwrap_or(wave);
        let each = |make: &dyn Fn(&HostName) -> Gate| hosts.iter().map(make).collect::<Vec<Gate>>();
        let gates = match &self.what {
            Looked::Http(http, true) => each(&|host| Gate::Http(HttpGate { host: Some(host.clone()), ..http.clone() })),
            Looked::Http(http, false) => vec![Gate::Http(http.clone())],
            Looked::Port(port) => each(&|host| Gate::Port { host: host.clone(), port: *port }),
            Looked::Tls { handshake, days, roots } => each(&|host| Gate::Tls {
                host: host.clone(),
                handshake: handshake.clone(),
                days: *days,
                roots: roots.clone(),
            }),
            Looked::Command(text) => each(&|host| Gate::Script {
                host: host.clone(),
                text: text.clone(),
                told: "the command succeeds".to_owned(),
            }),
            Looked::Unit(unit, seconds) => each(&|host| unit_steady(host.clone(), unit, *seconds)),
            Looked::Prometheus(prometheus) => vec![Gate::Prometheus(prometheus.clone())],
            Looked::Disk(path, share) => each(&|host| disk_below(host.clone(), path, *share)),
        };
        let check = |gate| Check { gate, timeout_seconds: self.timeout_seconds, tries: self.tries };
        gates.into_iter().map(check).collect()
    }

    /// In words.
    pub fn told(&self) -> String {
        let mut words = match &self.what {
            Looked::Http(http, each) => {
                let codes: Vec<String> = http.status.iter().map(u16::to_string).collect();
                let mut words = format!("http {}: {}", http.url, codes.join(" or "));
                if let Some(body) = &http.body {
                    words = format!("{words}, body /{body}/");
                }
                if http.requests > 1 {
                    words = format!("{words}, {} requests", http.requests);
                }
                if let Some(Latency { percentile, milliseconds }) = &http.latency {
                    words = format!("{words}, p{percentile} at most {milliseconds} ms");
                }
                if *each { format!("{words}, at each host") } else { words }
            }
            Looked::Port(port) => format!("tcp {port}"),
            Looked::Tls { handshake, days, .. } => {
                format!("tls {} for {}, {days} days valid", handshake.port, handshake.server_name)
            }
            Looked::Command(text) => format!("command {}", text.lines().next().unwrap_or_default()),
            Looked::Unit(unit, seconds) => format!("unit {unit} active for {seconds} s"),
            Looked::Prometheus(prometheus) => {
                let bound = |word: &str, bound: &Option<String>| {
                    bound.as_ref().map(|bound| format!(" {word} {bound}")).unwrap_or_default()
                };
                let (most, least) = (&prometheus.at_most, &prometheus.at_least);
                format!("prometheus `{}`{}{}", prometheus.query, bound("at most", most), bound("at least", least))
            }
            Looked::Disk(path, share) => format!("disk {path} below {share}%"),
        };
        if let Some(on) = &self.on {
            let on: Vec<&str> = on.iter().map(HostName::as_str).collect();
            words = format!("{words}, on {}", on.join(" "));
        }
        let tries = self.tries.map(|tries| format!(", {tries} tries")).unwrap_or_default();
        format!("{words} (within {} s{tries})", self.timeout_seconds)
    }
}
