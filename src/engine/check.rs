//! What is looked at from outside: as the verdict on a transaction, and between waves.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::gates;
use super::outside::Handshake;
use super::transaction::Content;
use crate::names::HostName;
use crate::x509::Fingerprint;

/// A verdict from outside that the executor waits for; without one in time it rolls back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Confirm {
    /// How long.
    pub timeout_seconds: u32,
    /// What the controller looks at: all of it must be good.
    pub gates: Vec<Gate>,
}

/// What must be good between two waves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// What is looked at.
    pub gate: Gate,
    /// How long it may take to become good.
    pub timeout_seconds: u32,
    /// How often it is looked at; `None`: until the time is up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tries: Option<u32>,
}

/// What an answer over HTTP must be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HttpGate {
    /// What is asked for.
    pub url: String,
    /// The host whose own addresses are asked, whatever DNS says of the URL's name; `None`: as DNS leads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<HostName>,
    /// The status codes that are good, such as 200.
    pub status: Vec<u16>,
    /// A regular expression that the body matches somewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// How many requests are made, one after another, each on a new connection; each must be good.
    pub requests: u32,
    /// How long they may take, from the connection to the end of the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency: Option<Latency>,
    /// Certificates of the authorities to trust, PEM; `None`: those of the platform.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roots: Option<String>,
}

/// How long so many percent of requests may take.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Latency {
    /// Such as 95.
    pub percentile: u8,
    /// At most so many milliseconds.
    pub milliseconds: u32,
}

/// What a query of Prometheus must say, see <https://prometheus.io/docs/prometheus/latest/querying/api/>.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PrometheusGate {
    /// The server, such as `http://prometheus:9090`.
    pub url: String,
    /// In `PromQL`; every sample of its answer must be good, and there must be one.
    pub query: String,
    /// At most so much, as a decimal number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<String>,
    /// At least so much, as a decimal number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<String>,
    /// Certificates of the authorities to trust, PEM; `None`: those of the platform.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roots: Option<String>,
}

impl Confirm {
    /// The same as what must be good between two waves.
    pub fn checks(self) -> Vec<Check> {
        let timeout_seconds = self.timeout_seconds;
        self.gates.into_iter().map(|gate| Check { gate, timeout_seconds, tries: None }).collect()
    }
}

/// Something that the controller looks at from outside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Gate {
    /// The host still takes a command over SSH.
    Reachable,
    /// The host's own address takes a TCP connection on this port.
    Tcp(u16),
    /// Every address of the host presents this certificate on a new connection.
    Handshake {
        /// What is asked.
        handshake: Handshake,
        /// SHA-256 of the leaf's DER, 64 hexadecimal digits.
        leaf: Content,
        /// What it presented when the plan was made; after a rollback it must again.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before: Option<Fingerprint>,
    },
    /// A URL answers as expected.
    Http(HttpGate),
    /// A query of Prometheus says what it should.
    Prometheus(PrometheusGate),
    /// The own address of a host takes a TCP connection.
    Port {
        /// The host.
        host: HostName,
        /// Its port.
        port: u16,
    },
    /// Every address of a host presents a certificate that the world trusts for the name asked for, and for some days yet.
    Tls {
        /// The host.
        host: HostName,
        /// What is asked.
        handshake: Handshake,
        /// How many days it must be valid at least.
        days: u32,
        /// Certificates of the authorities to trust, PEM; `None`: those of the platform.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        roots: Option<String>,
    },
    /// A small piece of `sh` succeeds on a host, be it another one; what it prints on its standard output says why not.
    Script {
        /// The host that runs it.
        host: HostName,
        /// POSIX `sh`, read-only, no secrets.
        text: String,
        /// What it looks for, in words.
        told: String,
    },
    /// A script of fleet's own succeeds on a host, be it another one: of what it runs a plan holds the name and the arguments
    /// alone.
    Builtin {
        /// The host that runs it.
        host: HostName,
        /// Which of them.
        script: String,
        /// For it; no secrets.
        arguments: Vec<String>,
        /// What it looks for, in words.
        told: String,
    },
}

impl Gate {
    /// The host that it looks at, where it names one.
    pub fn looks_at(&self) -> Option<&HostName> {
        match self {
            Self::Script { host, .. }
            | Self::Builtin { host, .. }
            | Self::Port { host, .. }
            | Self::Tls { host, .. } => Some(host),
            Self::Http(http) => http.host.as_ref(),
            Self::Reachable | Self::Tcp(_) | Self::Handshake { .. } | Self::Prometheus(_) => None,
        }
    }

    /// The host that it runs something on, where it names one.
    pub fn host(&self) -> Option<&HostName> {
        match self {
            Self::Script { host, .. } | Self::Builtin { host, .. } => Some(host),
            Self::Reachable
            | Self::Tcp(_)
            | Self::Handshake { .. }
            | Self::Http(_)
            | Self::Prometheus(_)
            | Self::Port { .. }
            | Self::Tls { .. } => None,
        }
    }

    /// As a summary tells it.
    pub fn told(&self) -> String {
        match self {
            Self::Reachable => "see from here that it takes a command".to_owned(),
            Self::Tcp(port) => format!("see from here that port {port} answers"),
            Self::Handshake { handshake, .. } => format!("see from here what {handshake} presents"),
            Self::Http(http) => gates::http_told(http),
            Self::Prometheus(prometheus) => gates::prometheus_told(prometheus),
            Self::Port { host, port } => format!("see from here that port {port} of {host} answers"),
            Self::Tls { host, handshake, days, roots } => {
                let Handshake { port, server_name, starttls } = handshake;
                let spoken =
                    starttls.map(|it| format!(" over {}", format!("{it:?}").to_uppercase())).unwrap_or_default();
                format!(
                    "see from here that every address of {host} presents a certificate on port {port}{spoken} that is trusted for {server_name}, and for {days} days more{}",
                    gates::roots_told(roots.as_ref())
                )
            }
            // With all that it runs: words alone could say anything.
            Self::Script { host, text, told } => format!("{told} (on {host}: {})", text.trim()),
            Self::Builtin { host, script, arguments, told } => {
                format!("{told} (on {host}: {script} {})", shell_words::join(arguments))
            }
        }
    }
}
