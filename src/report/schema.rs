//! JSON Schemas (draft 2020-12) of everything that fleet prints or writes for scripts.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde_json::Value;

use super::{
    ApplyReport, ApproveReport, CertListReport, CertNoteReport, CheckReport, ConnectionsReport, DiscoverReport,
    ErrorReport, ExecReport, HealthReport, HostsReport, IncidentReport, IncidentsReport, LabReport, LogReport,
    NotificationReport, PlanReport, PlaybookReport, PlaybooksReport, TrustReport, apply, approve, cert, check,
    discover, error, exec, health, hosts, incident, log, notice, plan, playbook, progress,
};
use crate::engine;
use crate::journal;

type Entry = (&'static str, &'static str, fn() -> Schema);

const ALL: [Entry; 24] = [
    ("apply", apply::SCHEMA, of::<ApplyReport>),
    ("approval", crate::approval::SCHEMA, of::<crate::approval::Approval>),
    ("approve", approve::SCHEMA, of::<ApproveReport>),
    ("cert-note", cert::NOTE, of::<CertNoteReport>),
    ("certs", cert::SCHEMA, of::<CertListReport>),
    ("check", check::SCHEMA, of::<CheckReport>),
    ("connections", hosts::CONNECTIONS, of::<ConnectionsReport>),
    ("discover", discover::SCHEMA, of::<DiscoverReport>),
    ("error", error::SCHEMA, of::<ErrorReport>),
    ("event", progress::SCHEMA, of::<progress::Event>),
    ("exec", exec::SCHEMA, of::<ExecReport>),
    ("health", health::SCHEMA, of::<HealthReport>),
    ("hosts", hosts::HOSTS, of::<HostsReport>),
    ("incident", incident::SCHEMA, of::<IncidentReport>),
    ("incidents", incident::LIST, of::<IncidentsReport>),
    ("journal", journal::SCHEMA, of::<journal::Line>),
    ("lab", hosts::LAB, of::<LabReport>),
    ("log", log::SCHEMA, of::<LogReport>),
    ("notification", notice::SCHEMA, of::<NotificationReport>),
    ("plan", engine::plan::SCHEMA, of::<engine::plan::Plan>),
    ("plan-report", plan::SCHEMA, of::<PlanReport>),
    ("playbook-report", playbook::SCHEMA, of::<PlaybookReport>),
    ("playbooks", playbook::LIST, of::<PlaybooksReport>),
    ("trust", hosts::TRUST, of::<TrustReport>),
];

fn of<T: JsonSchema>() -> Schema {
    SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<T>()
}

/// What [`schema`] knows, by name.
pub fn names() -> impl Iterator<Item = &'static str> {
    ALL.iter().map(|(name, ..)| *name)
}

/// The schema of `fleet/<what>/v1`; none for a name that is not among [`names`].
pub fn schema(what: &str) -> Option<Value> {
    let (_, id, make) = ALL.iter().find(|(name, ..)| *name == what)?;
    let mut schema = make().to_value();
    if let Some(field) = schema.pointer_mut("/properties/schema").and_then(Value::as_object_mut) {
        field.insert("const".to_owned(), Value::from(*id));
    }
    Some(schema)
}
