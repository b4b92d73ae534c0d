//! What is seen from here rather than on a host: which certificates its services present.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::fact::Fact;
use super::probe::Bytes;
use crate::tls::StartTls;

/// One question to a service: who are you, by that name?
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Handshake {
    /// TCP.
    pub port: u16,
    /// The name that is asked for, as the server is told it (RFC 6066, section 3).
    pub server_name: String,
    /// What is spoken before TLS begins; `None`: nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starttls: Option<StartTls>,
}

impl fmt::Display for Handshake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "port {} ({})", self.port, self.server_name)
    }
}

/// A question to whatever address the world's DNS gives for the name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PublicHandshake {
    /// The question; its name is also what is looked up.
    pub handshake: Handshake,
    /// DNS servers to ask; none: the system's.
    pub resolvers: Vec<SocketAddr>,
}

/// What one address answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HandshakeFact {
    /// What was asked.
    pub question: Handshake,
    /// Who was asked; `None`: the name leads to no address, and the chain says why it is unknown.
    pub address: Option<IpAddr>,
    /// The certificates that it presented, DER, leaf first. Never absent: where there was no handshake, why not.
    pub chain: Fact<Vec<Bytes>>,
}
