//! What services present, as figures for monitors.

use std::net::IpAddr;

use jiff::Timestamp;

use super::judge_live::presented;
use super::validity::{self, Age};
use crate::engine::outside::HandshakeFact;
use crate::inventory::{CertDeclaration, Serve};
use crate::names::HostName;

/// One address of one host, asked for one name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// The certificate's name in the inventory.
    pub cert: String,
    /// The host; none: as the world's DNS leads.
    pub host: Option<HostName>,
    /// The server name that was asked for.
    pub name: String,
    /// The TCP port.
    pub port: u16,
    /// The address, where the name leads to one.
    pub address: Option<IpAddr>,
    /// What it presented; none: there was no handshake.
    pub leaf: Option<Presented>,
}

/// What was presented.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Presented {
    /// The end of its validity.
    pub not_after: Timestamp,
    /// Whether it is valid for the name.
    pub covers: bool,
    /// How pressing its renewal is.
    pub urgency: Urgency,
}

/// How pressing something is, from least to most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Urgency {
    /// Nothing to do.
    Fine,
    /// At most a third of the lifetime is left.
    Warning,
    /// At most a sixth is left, or nothing.
    Critical,
}

/// The figures of one answer.
pub(super) fn sample(
    cert: &CertDeclaration,
    host: Option<&HostName>,
    serve: &Serve,
    fact: &HandshakeFact,
    now: Timestamp,
) -> Sample {
    let leaf = presented(fact).ok().map(|chain| {
        let leaf = chain.leaf();
        Presented {
            not_after: leaf.not_after,
            covers: leaf.covers(&serve.name),
            urgency: match validity::age(leaf, now) {
                Age::Fresh => Urgency::Fine,
                Age::Old => Urgency::Warning,
                Age::Critical | Age::Expired => Urgency::Critical,
            },
        }
    });
    Sample {
        cert: cert.name.clone(),
        host: host.cloned(),
        name: serve.name.clone(),
        port: serve.port,
        address: fact.address,
        leaf,
    }
}
