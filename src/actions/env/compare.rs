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
    if seen.fact.is_none() {
        compared.absent(subject);
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

    /// The file is not there.
    fn absent(&mut self, subject: &Subject<'_>) {
        let path = &subject.file.path;
        let wanted = subject.keys.values().any(|rule| rule.value.is_some() || rule.rule.required);
        let hosts = subject.present + subject.absent;
        if wanted {
            self.drift("file", Some("present"), Some("absent"), format!("{path} is not there"));
        } else if hosts >= 3 && subject.present * 2 > hosts {
            let message = format!("{path} is not there; {} of {hosts} hosts have it", subject.present);
            self.drift("file", None, Some("absent"), message);
        } else {
            self.warn("file-absent", "file", format!("{path} is not there, and no declared key needs it"));
        }
    }

    /// One change to the file; the same one twice is one.
    fn edit(&mut self, edit: Edit) {
        if !self.edits.contains(&edit) {
            self.edits.push(edit);
        }
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
                self.drift(name, None, on_disk.as_deref(), format!("{name} must not be there ({})", rule.origin));
                self.edit(Edit::Remove { key: name.to_owned() });
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
                    message: format!("what {name} must be is not known, so it is left alone: {why}"),
                });
                return;
            }
            Meant::Plain(text) => (text.clone(), NewValue::Plain(text)),
            Meant::Secret(text) => (text, NewValue::Secret),
        };
        let uncertain = seen.uncertain.contains(name) && !found.is_some_and(|found| shown.is_digest(found));
        if found.is_some_and(|found| shown.same(found, &meant) && !uncertain) {
            return;
        }
        let declared = shown.value(name, &meant);
        let slip = slips.iter().find(|(_, key, _)| key == name && found.is_none());
        let message = match (&on_disk, slip) {
            (None, Some((observed, ..))) if renames(subject, seen, observed, &meant) => {
                self.edit(Edit::Remove { key: observed.clone() });
                let observed = shown_name(observed);
                format!("{name} is missing; {observed} holds its value, and becomes {name} ({})", rule.origin)
            }
            (None, Some((observed, ..))) => {
                let observed = shown_name(observed);
                format!(
                    "{name} is missing; {observed} looks like it, but holds another value, and stays ({})",
                    rule.origin
                )
            }
            (None, None) => format!("{name} is missing ({})", rule.origin),
            (Some(_), _) if uncertain => {
                format!("the application would replace `$…` in {name} when it reads it ({})", rule.origin)
            }
            (Some(_), _) => format!("{name} is not as declared ({})", rule.origin),
        };
        if let Some(found) = found {
            for near in near_boolean(name, found, [meant.as_str()]).into_iter().chain(stray(name, found)) {
                self.near(name, &near);
            }
        }
        self.drift(name, Some(&declared), on_disk.as_deref(), message);
        self.edit(Edit::Set { key: name.to_owned(), value: edit });
    }

    /// A key with a rule and no value: what breaks it is drift that only a person can mend.
    fn rule(&mut self, subject: &Subject<'_>, name: &str, rule: &KeyRule, found: Option<&String>) {
        let shown = subject.shown();
        let Some(found) = found else {
            if rule.rule.required {
                let message =
                    format!("{name} is missing; it is required, and only you know its value ({})", rule.origin);
                self.drift(name, Some("required"), None, message);
            }
            return;
        };
        if shown.is_digest(found) {
            self.warn("not-checked", name, format!("saved facts hide the value of {name}: its rule is not checked"));
            return;
        }
        if let Err(violation) = rule.rule.check(found) {
            let on_disk = shown.value(name, found);
            let message = format!("the value of {name} {violation}; only you know the right one ({})", rule.origin);
            self.drift(name, None, Some(&on_disk), message);
            let usual = rule.rule.one_of.iter().map(String::as_str);
            let usual = usual.chain(if rule.rule.kind == Some(crate::inventory::ValueType::Bool) {
                ["true", "false"].as_slice().iter().copied()
            } else {
                [].iter().copied()
            });
            for near in near_boolean(name, found, usual).into_iter().chain(stray(name, found)) {
                self.near(name, &near);
            }
        } else if rule.rule.one_of.is_empty()
            && rule.rule.regex.is_none()
            && let Some(near) = stray(name, found)
        {
            self.near(name, &near);
        }
    }

    /// Keys of the file that nobody declared.
    fn undeclared(&mut self, subject: &Subject<'_>, seen: &Seen<'_>, slips: &[(String, String, NearMiss)]) {
        let shown = subject.shown();
        for name in seen.names.iter().filter(|name| !subject.keys.contains_key(*name)) {
            let value = seen.values.get(name);
            let on_disk = seen.written(name).map(|value| shown.value(name, value));
            let told = shown_name(name);
            match subject.file.extra {
                Extra::Keep => {}
                Extra::Report => self.drift(told, None, on_disk.as_deref(), format!("{told} is not declared")),
                Extra::Remove => {
                    self.drift(told, None, on_disk.as_deref(), format!("{told} is not declared, and goes"));
                    self.edit(Edit::Remove { key: name.clone() });
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
            if self.edits.iter().any(|edit| matches!(edit, Edit::Remove { key } if key == name)) {
                // It is about to go.
                continue;
            }
            let found = found.as_ref().map(|value| shown.value(name, value));
            let others = odd.majority.as_ref().map(|value| shown.value(name, value));
            let here = match (&others, &found) {
                (None, _) => "this host has it, and most do not".to_owned(),
                (Some(others), None) => format!("this host lacks it, and most have {others}"),
                (Some(others), Some(found)) => format!("this host has {found}, and most have {others}"),
            };
            let message = format!("{}: {here}; nothing is declared, so only you know who is right", odd.describe());
            self.drift(shown_name(name), None, found.as_deref(), message);
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
        let Some(owner) = declared_owner(subject) else { return };
        if by_number(&owner, &fact.owner) {
            self.differences.push(Difference {
                subject: "owner".to_owned(),
                status: Status::Unknown,
                declared: Some(owner),
                on_disk: Some(fact.owner.clone()),
                live: None,
                message: "the owner is declared by number, and this host has a name for it: declare the name"
                    .to_owned(),
            });
        } else if owner != fact.owner {
            self.drift("owner", Some(&owner), Some(&fact.owner), "the owner is not as declared".to_owned());
        }
    }

    /// What readers would stumble over, and values that changed places.
    fn oddities(&mut self, subject: &Subject<'_>, seen: &Seen<'_>) {
        if let Some(problem) = seen.document.refused() {
            self.drift("file", None, None, format!("the file as a whole is not read: {}", problem.describe()));
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

/// The declared value of a key as anybody may see it, where it has one and it is known.
pub(super) fn declared_value(subject: &Subject<'_>, name: &str) -> Option<String> {
    match meant(subject, subject.keys.get(name)?.value.as_ref()?) {
        Meant::Plain(text) | Meant::Secret(text) => Some(subject.shown().value(name, &text)),
        Meant::Unknown(_) => None,
    }
}

pub(super) fn declared_mode(subject: &Subject<'_>) -> Option<String> {
    subject.file.mode.map(|mode| format!("{mode:04o}"))
}

pub(super) fn declared_owner(subject: &Subject<'_>) -> Option<String> {
    subject.file.owner.as_ref().map(|(user, group)| format!("{user}:{group}"))
}

/// Whether an owner is declared by a number where the host tells a name: the two cannot be compared.
pub(super) fn by_number(declared: &str, seen: &str) -> bool {
    let number = |word: &str| word.bytes().all(|byte| byte.is_ascii_digit());
    declared.split(':').zip(seen.split(':')).any(|(declared, seen)| number(declared) && !number(seen))
}

/// Whether a slip is no more than another name for the same value, so that nothing is lost when it goes.
fn renames(subject: &Subject<'_>, seen: &Seen<'_>, observed: &str, meant: &str) -> bool {
    seen.written(observed).is_some_and(|written| subject.shown().same(written, meant))
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
