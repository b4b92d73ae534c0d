//! Which of the approvals beside a plan are good.

use std::io::Write as _;
use std::path::PathBuf;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use jiff::Timestamp;

use super::keygen::{self, KeygenError};
use super::policy::{self, Given};
use super::shelf::Kept;
use super::{Approval, NAMESPACE};
use crate::engine::status::Failure;
use crate::inventory::{self, ApprovalDeclaration};

/// An approval that does not count, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Its file.
    pub file: PathBuf,
    /// Who gave it, by its own word.
    pub principal: Option<String>,
    /// Why.
    pub failure: Failure,
}

/// All approvals of a plan, each looked at.
#[derive(Clone, Debug, Default)]
pub struct Checked {
    /// Good signatures of people who may sign.
    pub given: Vec<Given>,
    /// The others.
    pub refused: Vec<Refused>,
}

/// Looks at all approvals that are kept for a plan of this digest.
pub fn all(
    policy: &ApprovalDeclaration,
    digest: &str,
    kept: Vec<Kept>,
    now: Timestamp,
) -> Result<Checked, KeygenError> {
    let mut checked = Checked::default();
    for Kept { file, approval } in kept {
        let principal = approval.as_ref().ok().map(|approval| approval.principal.clone());
        let seen = match approval {
            Ok(approval) => one(policy, digest, &approval, now)?,
            Err(why) => Err(Failure::bare("no-approval", why)),
        };
        match seen {
            Ok(given) => checked.given.push(given),
            Err(failure) => checked.refused.push(Refused { file, principal, failure }),
        }
    }
    Ok(checked)
}

/// Looks at one.
pub fn one(
    policy: &ApprovalDeclaration,
    digest: &str,
    approval: &Approval,
    now: Timestamp,
) -> Result<Result<Given, Failure>, KeygenError> {
    let statement = approval.statement();
    if let Err(failure) = policy::holds(&statement, digest, policy.valid, now) {
        return Ok(Err(failure));
    }
    let Some(key) = key_of(&approval.signature) else {
        return Ok(Err(Failure::bare("bad-signature", "what stands there as its signature is none of ssh-keygen's")));
    };
    let mut file = tempfile::NamedTempFile::new().map_err(KeygenError::Files)?;
    file.write_all(approval.signature.as_bytes()).map_err(KeygenError::Files)?;
    let (signature, allowed) = (file.path(), policy.allowed_signers.as_path());
    match keygen::principals(signature, allowed)? {
        Err(said) => {
            let listed = policy.signers.iter().any(|signer| signer.fingerprint == key);
            return Ok(Err(if listed {
                Failure::bare("key-not-allowed", format!("its key, {key}, does not count now: {said}"))
            } else {
                Failure::bare("unknown-key", format!("its key, {key}, is not in `allowed_signers` ({said})"))
            }));
        }
        Ok(found) if !found.contains(&approval.principal) => {
            let message = format!("it was signed with the key of {}, and not with one of theirs", found.join(", "));
            return Ok(Err(Failure::bare("wrong-principal", message)));
        }
        Ok(_) => {}
    }
    let bytes = statement.bytes();
    let verify = |revoked| keygen::verify(signature, &approval.principal, allowed, revoked, &bytes);
    Ok(match verify(policy.revoked.as_deref())? {
        Ok(fingerprint) => Ok(Given {
            principal: approval.principal.clone(),
            fingerprint,
            time: approval.time,
            who: approval.who.clone(),
        }),
        Err(said) => Err(match &policy.revoked {
            Some(revoked) if verify(None)?.is_ok() => {
                Failure::bare("revoked-key", format!("its key, {key}, is revoked by {}", revoked.display()))
            }
            _ if said.contains("namespace") => Failure::bare(
                "bad-signature",
                format!("its key may not sign for {NAMESPACE}, or signed for something else: {said}"),
            ),
            _ => Failure::bare("bad-signature", format!("it was changed after it was signed: {said}")),
        }),
    })
}

/// The fingerprint of the key in an armoured signature (PROTOCOL.sshsig of OpenSSH): a magic number, a version, and the
/// public key.
fn key_of(signature: &str) -> Option<String> {
    let lines = signature.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("-----"));
    let blob = BASE64_STANDARD.decode(lines.collect::<String>()).ok()?;
    let rest = blob.strip_prefix(b"SSHSIG")?.get(4..)?;
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let key = rest.get(..usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
    Some(inventory::fingerprint(key))
}
