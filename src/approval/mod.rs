//! Approval by several people: who approves signs the digest of a plan with an SSH key of theirs.
//!
//! What is signed is a [`Statement`]; with its signature it is an [`Approval`], a file of its own beside the plan. Which
//! plans need which approvals is decided by [`policy`], which is pure; who has signed is found out by [`verify`], which
//! asks `ssh-keygen`, so that agents, hardware keys, certificates and all options of `allowed_signers` mean here what they
//! mean there.

pub mod key;
pub mod keygen;
pub mod policy;
pub mod shelf;
pub mod sign;
pub mod verify;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::engine::plan::Author;

/// The format that this version writes and reads.
pub const SCHEMA: &str = "fleet/approval/v1";

/// The namespace of signatures (ssh-keygen(1), `-n`): a signature for something else is none here.
pub const NAMESPACE: &str = "fleet-approval@fleet";

/// What somebody who approves a plan signs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// [`SCHEMA`].
    pub schema: String,
    /// SHA-256 of the plan, in hexadecimal.
    pub plan: String,
    /// When, by the clock of who approved.
    pub time: Timestamp,
    /// Who, as `allowed_signers` names them.
    pub principal: String,
    /// On which machine and as which user.
    pub who: Author,
}

impl Statement {
    /// The bytes that are signed: JSON without blanks, its fields in this order.
    pub fn bytes(&self) -> Vec<u8> {
        // Strings and a time always serialise; and nobody's signature would be good for no bytes at all.
        serde_json::to_vec(self).unwrap_or_default()
    }
}

/// A statement with its signature, as it stands in its file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    /// [`SCHEMA`].
    pub schema: String,
    /// SHA-256 of the plan, in hexadecimal.
    pub plan: String,
    /// When, by the clock of who approved.
    pub time: Timestamp,
    /// Who, as `allowed_signers` names them.
    pub principal: String,
    /// On which machine and as which user.
    pub who: Author,
    /// What `ssh-keygen -Y sign` made of all above, written as JSON without blanks.
    pub signature: String,
}

impl Approval {
    /// A statement and its signature.
    pub fn new(statement: Statement, signature: String) -> Self {
        let Statement { schema, plan, time, principal, who } = statement;
        Self { schema, plan, time, principal, who, signature }
    }

    /// What was signed.
    pub fn statement(&self) -> Statement {
        Statement {
            schema: self.schema.clone(),
            plan: self.plan.clone(),
            time: self.time,
            principal: self.principal.clone(),
            who: self.who.clone(),
        }
    }
}
