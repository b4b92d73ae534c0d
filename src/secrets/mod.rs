//! placeholder until the secrets room lands
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
/// Where from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SecretRef {
    /// env
    Env(String),
}
impl std::fmt::Display for SecretRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self:?}")
    }
}
/// k1:…
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct KeyedDigest(String);
impl std::fmt::Display for KeyedDigest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}
/// secret
#[derive(Clone)]
pub struct Secret(Vec<u8>);
impl Secret {
    /// expose
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}
/// key
pub struct DigestKey;
impl DigestKey {
    /// digest
    pub fn digest(&self, _context: &str, v: &[u8]) -> KeyedDigest {
        KeyedDigest(crate::text::hex(v))
    }
    /// salt
    pub fn host_salt(&self, host: &crate::names::HostName) -> String {
        host.to_string()
    }
}
