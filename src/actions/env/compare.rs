//! Declared against disk, key by key, and host against host where nothing is declared.

use std::collections::BTreeSet;

use super::Subject;
use super::edit::{Edit, NewValue};
use super::near_miss::NearMiss;
use super::near_name::near_name;
use super::near_value::{near_boolean, stray, swapped};
use super::seen::{Seen, shown_name};
use crate::engine::status::{Difference, Status, Warning};
use crate::inventory::{Declared, Extra, KeyRule};

/// What differs on disk, and the edits that would mend it.
#[derive(Default)]
pub(super) struct Compared {
    pub(super) differences: Vec<Difference>,
    pub(super) warnings: Vec<Warning>,
    pub(super) edits: Vec<Edit>,
}

/// What a key's value must be.
enum Meant {
    Plain(String),
    Secret(String),
    /// The secret is not at hand, for this reason.
    Unknown(String),
}

pub(super) fn compare(subject: &Subject<'_>, seen: &Seen<'_>) -> Compared {
    let mut compared = Compared::default();
    if seen.fact.is_none() && !subject.keys.is_empty() {
        compared.drift("file", Some("present"), Some("absent"), format!("{} is not there", subject.file.path));
    }
    let slips = slips(subject, seen);
    for (name, rule) in &subject.keys {
        compared.key(subject, seen, name, rule, &slips);
    }
    compared.undeclared(subject, seen, &slips);
    compared.ownership(subject, seen);
    compared.oddities(subject, seen);
    compared
}

/// Unknown keys that are a slip of the finger from a declared key that is missing, or from one that most hosts have.
fn slips(subject: &Subject<'_>, seen: &Seen<'_>) -> Vec<(String, String, NearMiss)> {
    let present = &seen.names;
    let common = subject.consensus.odd.iter().filter(|(_, odd)| odd.majority.is_some()).map(|(key, _)| key);
    let known: BTreeSet<String> = subject.keys.keys().chain(common).cloned().collect();
    present
        .iter()
        .filter_map(|observed| match near_name(observed, &known, present)? {
            NearMiss::Name { observed, meant, slip } => {
                let near = NearMiss::Name { observed: observed.clone(), meant: meant.clone(), slip };
                Some((observed, meant, near))
            }
            _ => None,
        })
        .collect()
}

impl Compared {
    fn drift(&mut self, subject: &str, declared: Option<&str>, on_disk: Option<&str>, message: String) {
        self.differences.push(Difference {
            subject: subject.to_owned(),
            status: Status::Drift,
            declared: declared.map(str::to_owned),
            on_disk: on_disk.map(str::to_owned),
            live: None,
            message,
        });
    }

    fn warn(&mut self, code: &str, subject: &str, message: String) {
        self.warnings.push(Warning { code: code.to_owned(), subject: subject.to_owned(), message });
    }

    fn near(&mut self, subject: &str, near: &NearMiss) {
        self.warn("near-miss", subject, near.describe());
    }

    /// One declared key.
    fn key(
        &mut self,
        subject: &Subject<'_>,
        seen: &Seen<'_>,
        name: &str,
        rule: &KeyRule,
        slips: &[(String, String, NearMiss)],
    ) {
        let shown = subject.shown();
        let found = seen.values.get(name);
        let on_disk = found.map(|value| shown.value(name, value));
        if rule.rule.forbidden {
            if found.is_some() {
                self.drift(name, None, on_disk.as_deref(), format!("{name} is forbidden ({})", rule.origin));
                self.edits.push(Edit::Remove { key: name.to_owned() });
            }
            return;
        }
        let Some(value) = &rule.value else {
            self.rule(subject, name, rule, found);
            return;
        };
        let (meant, edit) = match meant(subject, value) {
            Meant::Unknown(why) => {
                self.differences.push(Difference {
                    subject: name.to_owned(),
                    status: Status::Unknown,
                    declared: None,
                    on_disk,
                    live: None,
                    message: format!("what {name} must be is not known: {why}"),
                });
                return;
            }
            Meant::Plain(text) => (text.clone(), NewValue::Plain(text)),
            Meant::Secret(text) => (text, NewValue::Secret),
        };
        let uncertain = seen.uncertain.contains(name);
        if found.is_some_and(|found| shown.same(found, &meant) && !uncertain) {
            return;
        }
        let declared = shown.value(name, &meant);
        let slip = slips.iter().find(|(_, key, _)| key == name && found.is_none());
        let message = match (&on_disk, slip) {
            (None, Some((observed, ..))) => {
                self.edits.push(Edit::Remove { key: observed.clone() });
                format!("{name} is missing, and {observed} looks like a slip of it")
            }
            (None, None) => format!("{name} is missing"),
            (Some(_), _) if uncertain => format!("the reader of {name} would expand `$` in its value"),
            (Some(_), _) => format!("{name} is not as declared ({})", rule.origin),
        };
        if let Some(found) = found {
            for near in near_boolean(name, found, [meant.as_str()]).into_iter().chain(stray(name, found)) {
                self.near(name, &near);
            }
        }
        self.drift(name, Some(&declared), on_disk.as_deref(), message);
        self.edits.push(Edit::Set { key: name.to_owned(), value: edit });
    }

    /// A key with a rule and no value: what breaks it is drift that only a person can mend.
    fn rule(&mut self, subject: &Subject<'_>, name: &str, rule: &KeyRule, found: Option<&String>) {
        let shown = subject.shown();
        let Some(found) = found else {
            if rule.rule.required {
                self.drift(name, Some("required"), None, format!("{name} is required ({})", rule.origin));
            }
            return;
        };
        if let Err(violation) = rule.rule.check(found) {
            let on_disk = shown.value(name, found);
            self.drift(name, None, Some(&on_disk), format!("the value of {name} {violation} ({})", rule.origin));
            let usual = rule.rule.one_of.iter().map(String::as_str);
            let usual = usual.chain(if rule.rule.kind == Some(crate::inventory::ValueType::Bool) {
                ["true", "false"].as_slice().iter().copied()
            } else {
                [].iter().copied()
            });
            for near in near_boolean(name, found, usual).into_iter().chain(stray(name, found)) {
                self.near(name, &near);
            }
        }
    }

    /// Keys of the file that nobody declared.
    fn undeclared(&mut self, subject: &Subject<'_>, seen: &Seen<'_>, slips: &[(String, String, NearMiss)]) {
        let shown = subject.shown();
        for name in seen.names.iter().filter(|name| !subject.keys.contains_key(*name)) {
            let value = seen.values.get(name);
            let on_disk = value.map(|value| shown.value(name, value));
            let told = shown_name(name);
            match subject.file.extra {
                Extra::Keep => {}
                Extra::Report => self.drift(told, None, on_disk.as_deref(), format!("{told} is not declared")),
                Extra::Remove => {
                    self.drift(told, None, on_disk.as_deref(), format!("{told} is not declared, and is removed"));
                    self.edits.push(Edit::Remove { key: name.clone() });
                }
            }
            if let Some((.., near)) = slips.iter().find(|(observed, ..)| observed == name) {
                self.near(told, near);
            } else if let Some(near) = value.and_then(|value| stray(told, value)) {
                self.near(told, &near);
            }
        }
        for (name, odd) in &subject.consensus.odd {
            let Some(found) = odd.odd.get(subject.host) else { continue };
            if slips.iter().any(|(observed, meant, _)| observed == name && subject.keys.contains_key(meant)) {
                // Told with the declared key that it is a slip of.
                continue;
            }
            let found = found.as_ref().map(|value| shown.value(name, value));
            let others = odd.majority.as_ref().map(|value| shown.value(name, value));
            let have = match (&others, &found) {
                (None, _) => "the others do not have it".to_owned(),
                (Some(others), _) => format!("the others have {others}"),
            };
            self.drift(
                shown_name(name),
                None,
                found.as_deref(),
                format!("{}: {have}; nothing is declared, so only you can say who is right", odd.describe()),
            );
            if let (Some(found), Some(others)) = (&found, &others)
                && let Some(near) = near_boolean(name, found, [others.as_str()])
            {
                self.near(name, &near);
            }
        }
    }

    /// Owner and mode.
    fn ownership(&mut self, subject: &Subject<'_>, seen: &Seen<'_>) {
        let Some(fact) = seen.fact else { return };
        if let Some(mode) = declared_mode(subject)
            && mode != fact.mode
        {
            self.drift("mode", Some(&mode), Some(&fact.mode), "the mode is not as declared".to_owned());
        }
        if let Some(owner) = declared_owner(subject)
            && owner != fact.owner
        {
            self.drift("owner", Some(&owner), Some(&fact.owner), "the owner is not as declared".to_owned());
        }
    }

    /// What readers would stumble over, and values that changed places.
    fn oddities(&mut self, subject: &Subject<'_>, seen: &Seen<'_>) {
        if let Some(problem) = seen.document.refused() {
            self.drift("file", None, None, format!("its reader refuses the whole file: {}", problem.describe()));
        }
        for problem in seen.document.warnings() {
            self.warn("odd-line", problem.key.as_deref().unwrap_or("file"), problem.describe());
        }
        let declared = subject.keys.iter().filter_map(|(name, rule)| match &rule.value {
            Some(Declared::Text(text)) => Some((name.clone(), text.clone())),
            _ => None,
        });
        for near in swapped(&declared.collect(), &seen.values) {
            if let NearMiss::Swapped { first, .. } = &near {
                let first = first.clone();
                self.near(&first, &near);
            }
        }
    }
}

pub(super) fn declared_mode(subject: &Subject<'_>) -> Option<String> {
    subject.file.mode.map(|mode| format!("{mode:04o}"))
}

pub(super) fn declared_owner(subject: &Subject<'_>) -> Option<String> {
    subject.file.owner.as_ref().map(|(user, group)| format!("{user}:{group}"))
}

fn meant(subject: &Subject<'_>, declared: &Declared) -> Meant {
    match declared {
        Declared::Text(text) => Meant::Plain(text.clone()),
        Declared::Secret(reference) => match subject.world.secrets.get(reference) {
            None => Meant::Unknown(format!("{reference} was not looked up")),
            Some(Err(why)) => Meant::Unknown(why.clone()),
            Some(Ok(secret)) => match secret.expose_str() {
                Some(text) => Meant::Secret(text.to_owned()),
                None => Meant::Unknown(format!("{reference} is not UTF-8")),
            },
        },
    }
}
