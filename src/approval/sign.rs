//! Signing a statement, and looking at the signature as whoever applies the plan will.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::key::{Key, KeyPlace};
use super::keygen::{self, KeygenError};
use super::policy::Given;
use super::{Approval, SCHEMA, Statement, verify};
use crate::engine::plan::Author;
use crate::engine::status::Failure;
use crate::inventory::{ApprovalDeclaration, People};

/// As whom the key speaks: where it has several names, by one that would count.
pub fn principal<'k>(key: &'k Key, people: &People, policy: &ApprovalDeclaration, may: &BTreeSet<String>) -> &'k str {
    let named = |name: &&String| policy.rules.iter().flat_map(|rule| rule.by.iter().flatten()).any(|by| by == *name);
    let counts = |name: &&String| may.contains(people.person(name));
    let all = || key.principals.iter();
    all().find(named).or_else(|| all().find(counts)).or_else(|| all().next()).map_or("", String::as_str)
}

/// The approval of the plan of this digest, and what it is worth: else why it would not count.
pub fn sign(
    policy: &ApprovalDeclaration,
    key: &Key,
    principal: &str,
    digest: &str,
    who: Author,
    now: Timestamp,
) -> Result<(Approval, Result<Given, Failure>), KeygenError> {
    let statement = Statement {
        schema: SCHEMA.to_owned(),
        plan: digest.to_owned(),
        time: now,
        principal: principal.to_owned(),
        who,
    };
    let bytes = statement.bytes();
    let signature = match &key.place {
        KeyPlace::File(path) => keygen::sign(path, &bytes)?,
        KeyPlace::Agent(line) => {
            let place = tempfile::tempdir().map_err(KeygenError::Files)?;
            let public = place.path().join("key.pub");
            std::fs::write(&public, format!("{line}\n")).map_err(KeygenError::Files)?;
            keygen::sign(&public, &bytes)?
        }
    };
    let approval = Approval::new(statement, signature);
    let seen = verify::one(policy, digest, &approval, now)?;
    Ok((approval, seen))
}
