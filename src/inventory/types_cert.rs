//! `[certs]` and `[store]` as they stand in TOML.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::text::{AbsolutePath, GroupName, Located, ModeText, Owner, UnitText};
use super::types_forms::{Commands, DnsChoice};
use crate::tls::StartTls;

/// One certificate: its names, who signs it, and the hosts that serve it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct CertTable {
    /// The names that it is for, the first one first: DNS names, or wildcards such as "*.example.org".
    #[schemars(length(min = 1))]
    pub(super) domains: Located<Vec<Located<String>>>,
    /// The `[acme]` table whose CA signs it; "default" by default.
    #[serde(default)]
    pub(super) acme: Option<Located<GroupName>>,
    /// The `[dns]` table that proves the names, or one for each domain. Without it the certificate is watched and
    /// distributed, and never ordered.
    #[serde(default)]
    pub(super) dns: Option<Located<DnsChoice>>,
    /// Where the CNAME of `_acme-challenge` leads, by domain: it is checked before a value is written there.
    #[serde(default)]
    pub(super) delegate: BTreeMap<Located<String>, Located<String>>,
    /// The hosts that have it: a selector.
    pub(super) hosts: Located<String>,
    /// Where it is on each host: `versions/SERIAL/` below it, and the link `current`.
    pub(super) directory: Located<AbsolutePath>,
    /// Which files a version has.
    #[serde(default)]
    pub(super) layout: Layout,
    /// A directory as certbot's `live/NAME`: its four names are kept as links into `current`.
    #[serde(default)]
    pub(super) live: Option<Located<AbsolutePath>>,
    /// Owner and group of its files; "root:root" by default.
    #[serde(default)]
    pub(super) owner: Option<Located<Owner>>,
    /// Permission bits of the private key in octal; "0600" by default.
    #[serde(default)]
    pub(super) mode: Option<Located<ModeText>>,
    /// The kind of its key, or "per-host" for an ECDSA P-256 key of its own on each host.
    #[serde(default)]
    pub(super) key: Option<Located<KeyChoice>>,
    /// Whether each host makes its own key, which never leaves it, and gets its own certificate.
    #[serde(default)]
    pub(super) per_host: Option<Located<bool>>,
    /// Whether renewals keep the key.
    #[serde(default)]
    pub(super) pin_key: bool,
    /// The CA's profile.
    #[serde(default)]
    pub(super) profile: Option<Located<String>>,
    /// A command, or several, that must succeed before anything is reloaded, such as `["nginx", "-t"]`.
    #[serde(default)]
    pub(super) validate: Option<Located<Commands>>,
    /// The units that are reloaded, if they run.
    #[serde(default)]
    pub(super) reload: Option<Located<Vec<UnitText>>>,
    /// Where hosts serve it; else port 443 with each of its domains that is no wildcard.
    #[serde(default)]
    pub(super) serve: Option<Located<Vec<Located<ServeTable>>>>,
    /// The hosts that get a new one first: a selector; else the first of its hosts by name.
    #[serde(default)]
    pub(super) canary: Option<Located<String>>,
    /// How many versions stay on a host; 3 by default.
    #[serde(default)]
    #[schemars(range(min = 1, max = 100))]
    pub(super) keep: Option<Located<u32>>,
    /// What differs for a group or a host.
    #[serde(default)]
    pub(super) on: BTreeMap<Located<GroupName>, CertOn>,
}

/// What differs for one group or host.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct CertOn {
    /// Instead of the certificate's.
    pub(super) validate: Option<Located<Commands>>,
    /// Instead of the certificate's.
    pub(super) reload: Option<Located<Vec<UnitText>>>,
    /// Instead of the certificate's.
    pub(super) serve: Option<Located<Vec<Located<ServeTable>>>>,
}

/// Which files a version of a certificate has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Layout {
    /// `fullchain.pem` and `privkey.pem`: for nginx, postfix, dovecot and most others.
    #[default]
    Pair,
    /// `combined.pem`, chain and key in one: for haproxy.
    Combined,
}

/// The kind of a certificate's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum KeyChoice {
    /// ECDSA on NIST P-256.
    EcdsaP256,
    /// ECDSA on NIST P-384.
    EcdsaP384,
    /// RSA of 2048 bits.
    #[serde(rename = "rsa-2048")]
    Rsa2048,
    /// RSA of 4096 bits.
    #[serde(rename = "rsa-4096")]
    Rsa4096,
    /// ECDSA on NIST P-256, made by each host for itself.
    PerHost,
}

/// Where a host serves a certificate.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ServeTable {
    /// The TCP port; 443 by default.
    #[serde(default)]
    #[schemars(range(min = 1))]
    pub(super) port: Option<u16>,
    /// The server name that is asked for; else each domain that is no wildcard.
    #[serde(default)]
    pub(super) name: Option<Located<String>>,
    /// What is spoken before TLS begins.
    #[serde(default)]
    pub(super) starttls: Option<StartTls>,
}

/// Where certificates are kept on this side.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct StoreTable {
    /// A directory, relative to the inventory's; `.fleet/certs` beside the inventory by default.
    pub(super) path: Option<Located<String>>,
    /// Public keys of age or ssh to which private keys are encrypted; without any they are plain files that only
    /// their owner can read.
    pub(super) recipients: Vec<Located<String>>,
    /// Files with the identities that decrypt them, relative to the inventory directory; else those that age secrets use.
    pub(super) identities: Vec<Located<String>>,
}
