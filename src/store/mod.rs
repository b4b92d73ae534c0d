//! The certificates that were issued: `.fleet/certs/NAME/SERIAL/`, with their history.

mod due;

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use due::{Due, due};

use crate::names::HostName;
use crate::x509::{Chain, Fingerprint, Serial};

/// One issued certificate. Its private key stays in the store.
#[derive(Clone, Debug)]
pub struct Stored {
    /// Its serial number, which names its directory.
    pub serial: Serial,
    /// The leaf and what leads to the root.
    pub chain: Chain,
    /// What is known of it beside what it says itself.
    pub meta: Meta,
    /// SHA-256 over the key file's bytes salted for a host is made by the planner from this; `None`: the key is not at hand
    /// here (it never left its host, or is encrypted to others).
    pub key: Option<crate::secrets::Secret>,
}

/// `meta.json` of one issued certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Meta {
    /// The directory URL of the CA.
    pub directory: String,
    /// When it was issued.
    pub issued: Timestamp,
    /// The host that made its key, with `key = "per-host"`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<HostName>,
    /// The window in which the CA wants it renewed (RFC 9773), and the moment in it that was chosen once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renewal: Option<Renewal>,
    /// When it was revoked, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked: Option<Revoked>,
}

/// When a certificate is to be renewed, as its CA wants it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Renewal {
    /// From.
    pub start: Timestamp,
    /// To.
    pub end: Timestamp,
    /// The moment in the window, chosen at random once.
    pub chosen: Timestamp,
    /// The CA is not asked again before.
    pub ask_again: Timestamp,
    /// Where the CA explains itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub explanation: Option<String>,
}

/// That a certificate was revoked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Revoked {
    /// When.
    pub time: Timestamp,
    /// The reason of RFC 5280, section 5.3.1, such as `keyCompromise`.
    pub reason: String,
}

/// All versions of each declared certificate, newest first; with per-host keys, by host.
#[derive(Clone, Debug, Default)]
pub struct Certificates(pub BTreeMap<(String, Option<HostName>), Vec<Stored>>);

/// That a private key belongs to a certificate: both have this public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The public key of both.
    pub key: Fingerprint,
}
