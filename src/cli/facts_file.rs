//! Observed facts in a file: to plan again without SSH, and to show others what was seen.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::engine::action::Action;
use crate::engine::outside::HandshakeFact;
use crate::engine::probe::Observations;
use crate::engine::status::Failure;
use crate::names::HostName;
use crate::secrets::{DigestKey, Secret, SecretRef};

use super::app::{self, CliError};
use super::observe::Sight;

/// The format that this version writes and reads.
pub(crate) const SCHEMA: &str = "fleet/facts/v1";

/// What the hosts answered, secrets as keyed digests.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FactsFile {
    /// `fleet/facts/v1`.
    schema: String,
    /// When the hosts were looked at.
    observed: Timestamp,
    /// The name of the key in its digests.
    digest_key: String,
    /// By host.
    hosts: Observations,
    /// What the hosts' services presented, by host.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    outside: BTreeMap<HostName, Vec<HandshakeFact>>,
    /// What the addresses presented that the world's DNS leads to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    public: Vec<HandshakeFact>,
}

/// Writes what was observed, readable by its owner alone.
pub(super) fn save(
    file: &Path,
    sight: &Sight,
    actions: &[Box<dyn Action + '_>],
    secrets: &BTreeMap<SecretRef, Result<Secret, String>>,
    key: &DigestKey,
) -> Result<(), CliError> {
    let mut hosts = sight.observations.clone();
    for action in actions {
        action.redact(&mut hosts, secrets, key);
    }
    let facts = FactsFile {
        schema: SCHEMA.to_owned(),
        observed: sight.observed,
        digest_key: key.id().to_owned(),
        hosts,
        outside: sight.outside.clone(),
        public: sight.public.clone(),
    };
    app::write_private(file, &crate::text::json(&facts))
}

/// Reads what was saved.
pub(super) fn load(file: &Path, key: &DigestKey) -> Result<Sight, CliError> {
    let fail = |message: String, hint: &str| CliError::usage(Failure::new("bad-facts-file", message, hint));
    let name = file.display();
    let text = std::fs::read_to_string(file).map_err(|error| fail(format!("cannot read {name}: {error}"), ""))?;
    let facts: FactsFile = serde_json::from_str(&text).map_err(|error| {
        fail(format!("{name} is no facts file: {error}"), "write one with `fleet check --save-facts FILE`")
    })?;
    if facts.schema != SCHEMA {
        return Err(fail(format!("{name} has the format {}, not {SCHEMA}", facts.schema), "save the facts again"));
    }
    if facts.digest_key != key.id() {
        let message = format!("{name} was made with the digest key {}, and this is {}", facts.digest_key, key.id());
        return Err(fail(message, "copy .fleet/digest.key from where it was made"));
    }
    Ok(Sight { observations: facts.hosts, outside: facts.outside, public: facts.public, observed: facts.observed })
}
