//! What became of every host: as it stood before, with what the run made of it.

use std::collections::BTreeSet;

use crate::engine::plan::Plan;
use crate::engine::settle::Dropped;
use crate::engine::status::{HostResult, Status};
use crate::engine::transaction::Part;
use crate::names::HostName;

/// The host as it stood, with what the run made of what it changed.
pub(super) fn merge(plan: &Plan, before: &HostResult, after: Option<HostResult>) -> HostResult {
    let Some(after) = after else { return before.clone() };
    let mended: BTreeSet<&str> = plan
        .transactions()
        .filter(|(host, _)| **host == before.host)
        .flat_map(|(_, transaction)| transaction.summary.iter().flat_map(|summary| &summary.diff))
        .map(|line| line.subject.as_str())
        .collect();
    let mut items = before.items.clone();
    for item in &mut items {
        let changed = after.items.iter().find(|changed| changed.kind == item.kind && changed.id == item.id);
        if let Some(changed) = changed {
            item.status = changed.status;
            // Where the host did not come to its end, some of it may be left.
            if changed.status == Status::Changed && after.error.is_none() {
                item.differences.retain(|difference| !difference.repairable);
                item.status = item.left().max(Status::Changed);
                let renewed = renewed(plan, &before.host, &item.id);
                item.warnings.retain(|warning| match warning.code.as_str() {
                    "near-miss" => !mended.contains(warning.subject.as_str()),
                    "due" => !renewed,
                    _ => true,
                });
            }
        }
    }
    if after.items.is_empty() {
        // The run did not come to it: what was planned has not happened, for the host's own reason.
        for item in items.iter_mut().filter(|item| item.status == Status::Planned) {
            item.status = after.status;
        }
    }
    let status = items.iter().map(|item| item.status).chain([after.status]).max().unwrap_or(after.status);
    let status = if after.items.is_empty() { after.status } else { status };
    HostResult { host: before.host.clone(), status, items, error: after.error.or_else(|| before.error.clone()) }
}

/// Whether the plan gave the host a new certificate of this name: then none is due any more.
fn renewed(plan: &Plan, host: &HostName, certificate: &str) -> bool {
    let mine = plan.transactions().filter(|(of, _)| *of == host);
    mine.flat_map(|(_, transaction)| transaction.contents()).flat_map(|content| &content.0).any(|part| {
        let Part::Deferred { name, .. } = part else { return false };
        let mut words = name.split('/').skip(1);
        let owner = words.next().and_then(|owner| owner.split('@').next());
        owner == Some(certificate) && words.next() == Some("next")
    })
}

/// Items for which there was no value have failed, each for its own reason.
pub(super) fn tell_dropped(hosts: &mut [HostResult], dropped: Vec<Dropped>) {
    for Dropped { host, kind, id, failure } in dropped {
        let Some(result) = hosts.iter_mut().find(|result| result.host == host) else { continue };
        result.status = result.status.max(Status::Failed);
        if let Some(item) = result.items.iter_mut().find(|item| item.kind == kind && item.id == id) {
            item.status = Status::Failed;
            item.error = Some(failure);
        } else if result.error.is_none() {
            result.error = Some(failure);
        }
    }
}
