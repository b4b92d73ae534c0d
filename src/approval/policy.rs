//! Which rules a plan touches, whose approval counts for each, and who is missing. Pure: times are arguments.
//!
//! The author of a plan is who it says, `user` on `machine`: its own word. That keeps honest people apart; who plans under
//! another's name shows that name to all who read the plan. A rule whose author does not count must therefore know which
//! person that is: by `users`, by a principal of that name, or by an approval that came from the same user of the same
//! machine. Where that names nobody, or several, one more approval is needed: of so many different people all but one are
//! certainly not the author.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::Statement;
use crate::engine::plan::{Author, Plan};
use crate::engine::status::Failure;
use crate::inventory::{ActionName, ApprovalDeclaration, ApprovalRule, People};
use crate::text::hex;

/// Clocks of two machines may differ by so much.
const SKEW: Duration = Duration::from_secs(5 * 60);

/// An approval whose signature is good, and which holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// Who, as the statement says and the key proves.
    pub principal: String,
    /// The key, as `ssh-keygen -l` shows it.
    pub fingerprint: String,
    /// When.
    pub time: Timestamp,
    /// From where.
    pub who: Author,
}

/// How a plan stands with one rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RuleStanding {
    /// The rule's name in the inventory.
    pub rule: String,
    /// How many people must approve.
    pub needed: u32,
    /// Who has, and counts.
    pub approved: Vec<String>,
    /// How many are missing.
    pub missing: u32,
    /// Who may still approve, and would count.
    pub may: Vec<String>,
    /// What was not counted, and what makes `needed` another number than the inventory's.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// The rules that a plan needs the approval of: those that protect what it changes.
pub fn touched<'r>(policy: &'r ApprovalDeclaration, plan: &Plan) -> Vec<&'r ApprovalRule> {
    policy.rules.iter().filter(|rule| touches(rule, plan)).collect()
}

fn touches(rule: &ApprovalRule, plan: &Plan) -> bool {
    let mut changed = plan.transactions().filter(|(host, _)| rule.hosts.contains(*host)).map(|(_, it)| it);
    let Some(actions) = &rule.actions else { return changed.next().is_some() };
    let undone = plan.undoes.is_some() && actions.contains(&ActionName::Undo);
    changed.any(|transaction| {
        // What says of no kind that it is one of ours could be any of them, and so could a run that is taken back.
        undone
            || transaction.summary.is_empty()
            || transaction.summary.iter().any(|item| {
                let known = ActionName::ALL.into_iter().find(|action| action.word() == item.kind);
                known.is_none_or(|action| action == ActionName::Undo || actions.contains(&action))
            })
    })
}

/// How a plan stands with every rule that it touches.
pub fn standing(policy: &ApprovalDeclaration, people: &People, plan: &Plan, given: &[Given]) -> Vec<RuleStanding> {
    touched(policy, plan).into_iter().map(|rule| of_rule(policy, people, plan, given, rule)).collect()
}

/// Everybody who has approved, each once, as the first of their names.
pub fn approvers(people: &People, given: &[Given]) -> BTreeSet<String> {
    given.iter().map(|one| people.person(&one.principal).to_owned()).collect()
}

fn of_rule(
    policy: &ApprovalDeclaration,
    people: &People,
    plan: &Plan,
    given: &[Given],
    rule: &ApprovalRule,
) -> RuleStanding {
    let authority = policy.signers.iter().any(|signer| signer.cert_authority);
    let mut may = people.among(rule.by.as_ref());
    let mut notes = Vec::new();
    let mut needed = rule.needed;
    let mut author = None;
    if !rule.author_counts {
        author = self::author(policy, people, plan, given);
        if let Some(person) = &author {
            may.remove(person);
        } else {
            needed = needed.saturating_add(1);
            notes.push(format!(
                "nobody can tell which of them the author, {}@{}, is, and the author does not count: so one more is \
                 needed; `users` in [approval] tells it",
                plan.author.user, plan.author.machine
            ));
        }
    }
    let mut keys: BTreeMap<&str, Vec<&Given>> = BTreeMap::new();
    for one in given {
        keys.entry(people.person(&one.principal)).or_default().push(one);
    }
    let mut approved = BTreeSet::new();
    for (person, signed) in keys {
        let listed = rule.by.is_none() || may.contains(person);
        if author.as_deref() == Some(person) {
            notes.push(format!("{person} wrote the plan, and the author does not count"));
            continue;
        }
        if !listed {
            notes.push(format!("{person} has approved, and is not among those who may"));
            continue;
        }
        let keys: BTreeMap<&str, &str> =
            signed.iter().map(|one| (one.fingerprint.as_str(), one.principal.as_str())).collect();
        if keys.len() > 1 {
            let keys: Vec<String> = keys.iter().map(|(key, principal)| format!("{key} ({principal})")).collect();
            notes.push(format!(
                "{person} has approved with {} keys, {}, and counts once",
                keys.len(),
                keys.join(" and ")
            ));
        }
        approved.insert(person.to_owned());
    }
    let missing = needed.saturating_sub(u32::try_from(approved.len()).unwrap_or(u32::MAX));
    may.retain(|person| !approved.contains(person));
    if missing == 0 {
        may.clear();
    } else if authority && rule.by.is_none() {
        notes.push("whoever has a certificate of a CA in `allowed_signers` may approve as well".to_owned());
    }
    RuleStanding {
        rule: rule.name.clone(),
        needed,
        approved: approved.into_iter().collect(),
        missing,
        may: may.into_iter().collect(),
        notes,
    }
}

/// The person who wrote the plan; `None`: nobody can tell.
pub fn author(policy: &ApprovalDeclaration, people: &People, plan: &Plan, given: &[Given]) -> Option<String> {
    let user = &plan.author.user;
    if let Some(principal) = policy.users.get(user) {
        return Some(people.person(principal).to_owned());
    }
    let mut meant = people.meant_by(user);
    let same = given.iter().filter(|one| one.who == plan.author);
    meant.extend(same.map(|one| people.person(&one.principal).to_owned()));
    let mut meant = meant.into_iter();
    meant.next().filter(|_| meant.next().is_none())
}

/// Whether a statement approves this plan now; else why not.
pub fn holds(statement: &Statement, digest: &str, valid: Duration, now: Timestamp) -> Result<(), Failure> {
    if statement.plan != digest {
        let message = format!(
            "it approves another plan ({}…): the plan was changed since, or made anew",
            statement.plan.chars().take(12).collect::<String>()
        );
        return Err(Failure::bare("other-plan", message));
    }
    if is_ahead(statement.time, now) {
        let message = format!("it says that it was given at {}, which is yet to come", in_utc(statement.time));
        return Err(Failure::bare("from-the-future", message));
    }
    if is_over(statement.time, valid, now) {
        let message = format!("it was given at {}, and held for {}", in_utc(statement.time), in_words(valid));
        return Err(Failure::bare("approval-expired", message));
    }
    Ok(())
}

/// Whether a plan may still be approved and applied; else why not.
pub fn fresh(plan: &Plan, valid: Duration, now: Timestamp) -> Result<(), Failure> {
    let hint = "make a new plan, and have it approved";
    if is_ahead(plan.created, now) {
        let message = format!("the plan says that it was made at {}, which is yet to come", in_utc(plan.created));
        return Err(Failure::new("from-the-future", message, hint));
    }
    if is_over(plan.created, valid, now) {
        let message = format!(
            "the plan has expired: it was made at {}, and a plan may be {} old (`valid` in [approval])",
            in_utc(plan.created),
            in_words(valid)
        );
        return Err(Failure::new("plan-expired", message, hint));
    }
    Ok(())
}

/// Whether these are the bytes that fleet writes for the plan: approved is what stands in the file, to the last byte.
pub fn as_written(plan: &Plan, bytes: &[u8]) -> bool {
    use sha2::{Digest as _, Sha256};
    hex(&Sha256::digest(bytes)) == plan.digest()
}

fn is_ahead(time: Timestamp, now: Timestamp) -> bool {
    time.duration_since(now) > jiff::SignedDuration::try_from(SKEW).unwrap_or_default()
}

fn is_over(time: Timestamp, valid: Duration, now: Timestamp) -> bool {
    now.duration_since(time) > jiff::SignedDuration::try_from(valid).unwrap_or(jiff::SignedDuration::MAX)
}

fn in_utc(time: Timestamp) -> String {
    time.strftime("%F %T UTC").to_string()
}

/// As it is written in the inventory.
pub fn in_words(time: Duration) -> String {
    let seconds = time.as_secs();
    match () {
        () if seconds.is_multiple_of(86_400) => format!("{} d", seconds / 86_400),
        () if seconds.is_multiple_of(3600) => format!("{} h", seconds / 3600),
        () if seconds.is_multiple_of(60) => format!("{} min", seconds / 60),
        () => format!("{seconds} s"),
    }
}

#[cfg(test)]
#[path = "policy_tests.rs"]
mod tests;
