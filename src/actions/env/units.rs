//! The units that read a file: which of a host's units are meant, and what their state lets fleet do.

use super::Subject;
use crate::engine::probe::UnitFact;
use crate::engine::unit_pattern::is_meant;
use crate::names::UnitName;

/// How a unit stands, for what fleet may do with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// It runs, has run and counts as active, or is about to be started again: a restart is what it would get by itself.
    Runs,
    /// Its start is not over: a service that is coming up, or a oneshot at work, which a restart would cut.
    Starting,
    /// It has failed.
    Failed,
    /// It does not run, or is being stopped.
    Down,
}

pub(super) fn standing(unit: &UnitFact) -> Standing {
    match (unit.active_state.as_str(), unit.sub_state.as_str()) {
        ("active" | "reloading", _) => Standing::Runs,
        ("activating", state) if state.starts_with("auto-restart") => Standing::Runs,
        ("activating", _) => Standing::Starting,
        ("failed", _) => Standing::Failed,
        _ => Standing::Down,
    }
}

/// The declared units that the host has.
pub(super) fn of<'a>(subject: &Subject<'a>) -> impl Iterator<Item = (&'a UnitName, &'a UnitFact)> {
    let patterns = &subject.file.units;
    let meant = move |unit: &UnitName| patterns.iter().any(|pattern| is_meant(pattern, unit.as_str()));
    let facts: &'a crate::engine::probe::HostFacts = subject.facts;
    facts.units.iter().filter(move |(unit, fact)| fact.load_state != "not-found" && meant(unit))
}

/// Those that may be restarted or reloaded.
pub(super) fn running<'a>(subject: &Subject<'a>) -> impl Iterator<Item = (&'a UnitName, &'a UnitFact)> {
    of(subject).filter(|(_, fact)| standing(fact) == Standing::Runs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        for (pattern, unit, meant) in [
            ("web.service", "web.service", true),
            ("web.service", "web2.service", false),
            ("web-*.service", "web-a.service", true),
            ("web-?.service", "web-ab.service", false),
            ("web-[ab].service", "web-b.service", true),
            ("job@.service", "job@1.service", true),
            ("job@.service", "job.service", false),
            ("job@*.service", "job@push.service", true),
            ("job@1.service", "job@2.service", false),
            (r"srv-a\x2db.service", r"srv-a\x2db.service", true),
            (r"srv-a\x2d*.service", r"srv-a\x2db.service", true),
            ("web[.service", "web[.service", true),
        ] {
            assert_eq!(is_meant(pattern, unit), meant, "{pattern} {unit}");
        }
    }

    #[test]
    fn what_may_be_restarted() {
        for (active, sub, expected) in [
            ("active", "running", Standing::Runs),
            ("active", "exited", Standing::Runs),
            ("reloading", "reload", Standing::Runs),
            ("activating", "auto-restart", Standing::Runs),
            ("activating", "start", Standing::Starting),
            ("deactivating", "stop-sigterm", Standing::Down),
            ("inactive", "dead", Standing::Down),
            ("failed", "failed", Standing::Failed),
        ] {
            let unit = UnitFact { active_state: active.to_owned(), sub_state: sub.to_owned(), ..UnitFact::default() };
            assert_eq!(standing(&unit), expected, "{active} {sub}");
        }
    }
}
