//! `[acme]` and `[dns]` as they stand in TOML.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::text::{Located, MailAddress, TimeSpan};
use crate::secrets::SecretRef;

/// An account at a certificate authority that speaks ACME.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct AcmeTable {
    /// "letsencrypt", "letsencrypt-staging", or the https URL of the CA's directory.
    pub(super) directory: Located<String>,
    /// Mail addresses that the CA may write to.
    #[serde(default)]
    pub(super) contact: Vec<Located<MailAddress>>,
    /// PEM certificates that the CA's own server is checked against instead of the system's, relative to the inventory
    /// directory: for a private CA.
    #[serde(default)]
    pub(super) ca_file: Option<Located<String>>,
    /// External account binding (RFC 8555, section 7.3.4), as some CAs demand it.
    #[serde(default)]
    pub(super) eab: Option<EabTable>,
    /// The CA's profile for certificates that name none, such as "shortlived".
    #[serde(default)]
    pub(super) profile: Option<Located<String>>,
}

/// External account binding: what the CA handed out.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct EabTable {
    /// The identifier of the key.
    pub(super) kid: Located<String>,
    /// The key, in base64url as the CA shows it.
    pub(super) key: Located<SecretValue>,
}

/// A secret: where it comes from, never what it is.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SecretValue {
    /// Where it comes from.
    pub(super) secret: SecretRef,
}

/// Who answers for some DNS zones, and how TXT values are put there and looked for. Which keys are needed depends on
/// the provider.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct DnsTable {
    /// How values are written.
    pub(super) provider: Located<DnsProviderName>,
    /// The zone that the provider may write; else found by looking for its SOA record.
    #[serde(default)]
    pub(super) zone: Option<Located<String>>,
    /// Addresses of the authoritative servers that must show a value; else all that the zone's NS records name.
    #[serde(default)]
    pub(super) servers: Option<Vec<Located<String>>>,
    /// Addresses of the resolvers that are asked; else those of /etc/resolv.conf.
    #[serde(default)]
    pub(super) resolvers: Option<Vec<Located<String>>>,
    /// The time to live of a challenge's record, in seconds; 60 by default.
    #[serde(default)]
    #[schemars(range(min = 1, max = 86400))]
    pub(super) ttl: Option<u32>,
    /// How long the servers may take to show a value, such as "3m" (the default).
    #[serde(default)]
    pub(super) propagation: Option<Located<TimeSpan>>,
    /// rfc2136: the primary server, an address or a name, with a port if it is not 53.
    #[serde(default)]
    pub(super) server: Option<Located<String>>,
    /// rfc2136: the key that updates are signed with (RFC 8945).
    #[serde(default)]
    pub(super) tsig: Option<Located<TsigTable>>,
    /// exec: the program and its first arguments; it is called with `present FQDN VALUE` and `cleanup FQDN VALUE`.
    #[serde(default)]
    pub(super) command: Option<Located<Vec<String>>>,
    /// acme-dns: where the service is.
    #[serde(default)]
    pub(super) url: Option<Located<String>>,
    /// acme-dns: the user.
    #[serde(default)]
    pub(super) username: Option<Located<String>>,
    /// acme-dns: the password.
    #[serde(default)]
    pub(super) password: Option<Located<SecretValue>>,
    /// acme-dns: the subdomain that the service gave out.
    #[serde(default)]
    pub(super) subdomain: Option<Located<String>>,
    /// acme-dns: the full name below which the service shows the values.
    #[serde(default)]
    pub(super) fulldomain: Option<Located<String>>,
    /// acme-dns: a file of accounts as acme-dns-client and others keep it (JSON, by domain), instead of one account.
    #[serde(default)]
    pub(super) accounts: Option<Located<String>>,
    /// cloudflare, digitalocean, hetzner, gandi, desec: the API token.
    #[serde(default)]
    pub(super) token: Option<Located<SecretValue>>,
    /// route53: the access key's identifier.
    #[serde(default)]
    pub(super) access_key_id: Option<Located<SecretValue>>,
    /// route53: the secret access key.
    #[serde(default)]
    pub(super) secret_access_key: Option<Located<SecretValue>>,
    /// route53: the session token of temporary credentials.
    #[serde(default)]
    pub(super) session_token: Option<Located<SecretValue>>,
    /// route53: the region; "us-east-1" by default.
    #[serde(default)]
    pub(super) region: Option<Located<String>>,
    /// ovh: the endpoint, such as "ovh-eu" (the default).
    #[serde(default)]
    pub(super) endpoint: Option<Located<String>>,
    /// ovh: the application's key.
    #[serde(default)]
    pub(super) application_key: Option<Located<SecretValue>>,
    /// ovh: the application's secret.
    #[serde(default)]
    pub(super) application_secret: Option<Located<SecretValue>>,
    /// ovh: the consumer's key.
    #[serde(default)]
    pub(super) consumer_key: Option<Located<SecretValue>>,
    /// google: the service account's JSON.
    #[serde(default)]
    pub(super) service_account: Option<Located<SecretValue>>,
    /// google: the project that holds the zone.
    #[serde(default)]
    pub(super) project: Option<Located<String>>,
}

/// How TXT values are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DnsProviderName {
    /// Dynamic updates (RFC 2136).
    Rfc2136,
    /// A program of your own.
    Exec,
    /// An acme-dns service.
    AcmeDns,
    /// Cloudflare.
    Cloudflare,
    /// `DigitalOcean`.
    Digitalocean,
    /// Hetzner.
    Hetzner,
    /// Amazon Route 53.
    Route53,
    /// Gandi.
    Gandi,
    /// OVH.
    Ovh,
    /// Google Cloud DNS.
    Google,
    /// deSEC.
    Desec,
}

/// A key for signed updates (RFC 8945).
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TsigTable {
    /// The key's name, as the server knows it.
    pub(super) name: Located<String>,
    /// The algorithm.
    #[serde(default)]
    pub(super) algorithm: TsigAlgorithm,
    /// The key in base64, as `tsig-keygen` prints it.
    pub(super) key: Located<SecretValue>,
}

/// The algorithm of a TSIG key (RFC 8945, section 6).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TsigAlgorithm {
    /// HMAC with SHA-256.
    #[default]
    HmacSha256,
    /// HMAC with SHA-384.
    HmacSha384,
    /// HMAC with SHA-512.
    HmacSha512,
}
