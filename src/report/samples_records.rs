//! Documents of approvals, incidents, notifications and playbooks.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::playbook::ListedPlaybook;
use super::{
    ApproveReport, IncidentReport, IncidentsReport, NotificationReport, PlaybookReport, PlaybooksReport, samples,
    samples_log,
};
use crate::approval::policy::RuleStanding;
use crate::approval::{Approval, Statement};
use crate::journal::incident;
use crate::playbook::Playbook;

/// One of each, by the name of its schema.
pub(super) fn all() -> Vec<(&'static str, Value)> {
    let (who, plan) = (samples::plan().author, samples::plan().digest());
    let principal = "alice@example.org".to_owned();
    let schema = crate::approval::SCHEMA.to_owned();
    let statement =
        Statement { schema, plan: plan.clone(), time: Timestamp::UNIX_EPOCH, principal: principal.clone(), who };
    let incidents = incident::all(&samples_log::lines());
    let first = incidents.first().cloned().unwrap();
    let notification = NotificationReport::new("change", "env changed", "alice changed env", value(&samples::apply()));
    let playbook = playbook();
    let file = "playbooks/hachyderm-week.toml".to_owned();
    let listed = vec![ListedPlaybook::of(&playbook, file.clone())];
    vec![
        ("approval", value(&Approval::new(statement, "-----BEGIN SSH SIGNATURE-----".to_owned()))),
        ("approve", value(&approve(plan, principal))),
        ("incident", value(&IncidentReport::draft(first, Timestamp::UNIX_EPOCH))),
        ("incidents", value(&IncidentsReport::new(incidents, false, None))),
        ("notification", value(&notification)),
        ("playbook-report", value(&PlaybookReport::of(&playbook, file, "fleet plan hachyderm-week".to_owned()))),
        ("playbooks", value(&PlaybooksReport::new("playbooks".to_owned(), listed, None))),
    ]
}

fn approve(plan: String, principal: String) -> ApproveReport {
    let rule = RuleStanding {
        rule: "edges".to_owned(),
        needed: 2,
        approved: vec![principal.clone()],
        missing: 1,
        may: vec!["bob@example.org".to_owned()],
        notes: Vec::new(),
    };
    let signed = (principal, "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU".to_owned());
    let file = "plan.json.approvals/alice@example.org-47DEQpj8.json".to_owned();
    ApproveReport::new(plan, file, signed, vec![rule], Vec::new(), "fleet apply plan.json".to_owned())
}

/// The one that is shipped, with the example fleet.
fn playbook() -> Playbook {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let file = root.join("playbooks/hachyderm-week.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    let loaded = Playbook::load(&root.join("inventory"), &file, text, &BTreeMap::new());
    loaded.unwrap_or_else(|errors| panic!("{}", errors.render(false, 100))).1
}

fn value(document: &impl Serialize) -> Value {
    serde_json::to_value(document).unwrap()
}
