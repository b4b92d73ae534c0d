//! Observed facts in a file: to plan again without SSH, and to show others what was seen.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::engine::action::Action;
use crate::engine::probe::{Observation, Observations};
use crate::engine::status::Failure;
use crate::secrets::DigestKey;

use super::app::CliError;

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
}

/// Writes what was observed, readable by its owner alone.
pub(super) fn save(
    file: &Path,
    observations: &Observations,
    actions: &[Box<dyn Action + '_>],
    key: &DigestKey,
    observed: Timestamp,
) -> Result<(), CliError> {
    let mut hosts = observations.clone();
    for (host, observation) in &mut hosts {
        if let Observation::Facts(facts) = observation {
            for action in actions {
                action.redact(host, facts, key);
            }
        }
    }
    let facts = FactsFile { schema: SCHEMA.to_owned(), observed, digest_key: key.id().to_owned(), hosts };
    write_private(file, &crate::text::json(&facts))
}

/// Reads what was saved.
pub(super) fn load(file: &Path, key: &DigestKey) -> Result<Observations, CliError> {
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
    Ok(facts.hosts)
}

/// Writes a file that nobody else can read, whole or not at all.
pub(super) fn write_private(file: &Path, text: &str) -> Result<(), CliError> {
    let staged = file.with_extension(format!("{}.new", std::process::id()));
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&staged)
        .and_then(|mut staged| staged.write_all(text.as_bytes()).and_then(|()| staged.sync_all()))
        .and_then(|()| std::fs::rename(&staged, file));
    written.map_err(|error| {
        // What was staged is of no use; that it may not be there is the error itself.
        let _ = std::fs::remove_file(&staged);
        CliError::failure(Failure::bare("not-written", format!("cannot write {}: {error}", file.display())))
    })
}
