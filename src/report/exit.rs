//! Exit codes: a contract, since scripts and monitors act on them.

use crate::engine::status::{HostResult, Item, Status};

/// How a command ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ExitCode {
    /// As declared, or changed and verified.
    Success,
    /// Something failed or could not be found out.
    Failure,
    /// Bad usage, inventory or plan file: no host was contacted.
    Usage,
    /// A difference was found, or is left.
    Difference,
    /// Some hosts did not answer; the rest is fine.
    Unreachable,
    /// Another run holds a host.
    Locked,
    /// Not approved, or declined at the prompt.
    Declined,
    /// Interrupted by the user.
    Interrupted,
    /// As Nagios and its like want it of plugins: the one exception, of `cert check --output nagios` alone.
    Plugin(Plugin),
}

/// The exit codes of plugins for Nagios and its like, from best to worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Plugin {
    /// All is well.
    Ok,
    /// Something needs to be done before long.
    Warning,
    /// Not known.
    Unknown,
    /// Something needs to be done now.
    Critical,
}

impl Plugin {
    /// The word that monitors show.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Warning => "WARNING",
            Self::Critical => "CRITICAL",
            Self::Unknown => "UNKNOWN",
        }
    }
}

impl ExitCode {
    /// All of the contract; of several that apply, the first here wins.
    pub const BY_WEIGHT: [Self; 8] = [
        Self::Interrupted,
        Self::Usage,
        Self::Declined,
        Self::Failure,
        Self::Locked,
        Self::Difference,
        Self::Unreachable,
        Self::Success,
    ];

    /// What the shell sees.
    pub const fn number(self) -> u8 {
        match self {
            Self::Success | Self::Plugin(Plugin::Ok) => 0,
            Self::Failure | Self::Plugin(Plugin::Warning) => 1,
            Self::Usage | Self::Plugin(Plugin::Critical) => 2,
            Self::Difference | Self::Plugin(Plugin::Unknown) => 3,
            Self::Unreachable => 4,
            Self::Locked => 5,
            Self::Declined => 6,
            Self::Interrupted => 130,
        }
    }

    /// In words, for help, man pages and docs.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Success => "as declared, or changed and verified",
            Self::Failure => "something failed or is unknown",
            Self::Usage => "bad usage, inventory or plan file: no host was contacted",
            Self::Difference => "a difference was found, or is left",
            Self::Unreachable => "some hosts unreachable, the rest fine",
            Self::Locked => "a host is locked by another run",
            Self::Declined => "not approved, or declined at the prompt",
            Self::Interrupted => "interrupted",
            Self::Plugin(state) => state.word(),
        }
    }

    /// The one that counts; [`Self::Success`] of none.
    pub fn of_several(codes: impl IntoIterator<Item = Self>) -> Self {
        let weight = |code: Self| Self::BY_WEIGHT.iter().position(|other| *other == code);
        codes.into_iter().min_by_key(|code| weight(*code)).unwrap_or(Self::Success)
    }
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(code.number())
    }
}

/// For `check` and `plan`. With `strict`, a warning counts as a difference.
pub fn of_check(hosts: &[HostResult], strict: bool) -> ExitCode {
    let warned = strict && hosts.iter().flat_map(|host| &host.items).any(|item| !item.warnings.is_empty());
    let warned = warned.then_some(ExitCode::Difference);
    ExitCode::of_several(hosts.iter().map(of_host).chain(warned))
}

/// For what belongs to no host.
pub fn of_items(items: &[Item], strict: bool) -> ExitCode {
    let warned = strict && items.iter().any(|item| !item.warnings.is_empty());
    ExitCode::of_several(items.iter().map(of_item).chain(warned.then_some(ExitCode::Difference)))
}

/// For `apply`. A difference that was left on purpose (such as a unit that is not to be restarted) still counts.
pub fn of_apply(hosts: &[HostResult]) -> ExitCode {
    ExitCode::of_several(hosts.iter().map(of_host))
}

/// For results that have no items: each host's status, and the code of its error.
pub fn of_statuses<'a>(hosts: impl IntoIterator<Item = (Status, Option<&'a str>)>) -> ExitCode {
    ExitCode::of_several(hosts.into_iter().map(|(status, code)| of_status(status, code)))
}

fn of_host(host: &HostResult) -> ExitCode {
    let code = host.error.as_ref().map(|error| error.code.as_str());
    // Of a host that can't be reached, what is unknown is no second failure; what was seen from outside counts.
    let silent = |item: &&Item| host.status == Status::Unreachable && item.status == Status::Unknown;
    let items = host.items.iter().filter(|item| !silent(item)).map(of_item);
    ExitCode::of_several(items.chain([of_status(host.status, code)]))
}

fn of_item(item: &Item) -> ExitCode {
    of_status(item.status, item.error.as_ref().map(|error| error.code.as_str()))
}

fn of_status(status: Status, code: Option<&str>) -> ExitCode {
    match status {
        Status::Ok | Status::Changed => ExitCode::Success,
        Status::Skipped => match code {
            Some("locked") => ExitCode::Locked,
            Some("interrupted") => ExitCode::Interrupted,
            Some("not-started" | "gate-failed" | "lock-lost") => ExitCode::Failure,
            Some(_) | None => ExitCode::Success,
        },
        Status::Planned | Status::Stale | Status::Drift => ExitCode::Difference,
        Status::Unknown | Status::RolledBack | Status::Failed => ExitCode::Failure,
        Status::Unreachable => ExitCode::Unreachable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::status::{Failure, Item, Warning};
    use crate::names::HostName;

    /// Every status with the error code that matters, and what the contract says of it alone.
    const TABLE: [(Status, Option<&str>, u8); 14] = [
        (Status::Ok, None, 0),
        (Status::Changed, None, 0),
        (Status::Skipped, None, 0),
        (Status::Skipped, Some("not-selected"), 0),
        (Status::Skipped, Some("locked"), 5),
        (Status::Skipped, Some("interrupted"), 130),
        (Status::Skipped, Some("not-started"), 1),
        (Status::Planned, None, 3),
        (Status::Stale, None, 3),
        (Status::Drift, None, 3),
        (Status::Unknown, None, 1),
        (Status::RolledBack, Some("validate-failed"), 1),
        (Status::Failed, Some("host-changed"), 1),
        (Status::Unreachable, Some("timed-out"), 4),
    ];

    fn host(status: Status, code: Option<&str>) -> HostResult {
        HostResult {
            host: HostName::new("fritz"),
            status,
            items: Vec::new(),
            error: code.map(|code| Failure::bare(code, "…")),
        }
    }

    #[test]
    fn each_status_alone() {
        for (status, code, number) in TABLE {
            let hosts = [host(status, code)];
            assert_eq!(of_check(&hosts, false).number(), number, "{status:?} {code:?}");
            assert_eq!(of_apply(&hosts).number(), number, "{status:?} {code:?}");
            assert_eq!(of_statuses([(status, code)]).number(), number, "{status:?} {code:?}");
        }
        assert_eq!(of_check(&[], true).number(), 0);
    }

    #[test]
    fn every_set_of_statuses_follows_the_order() {
        for set in 0_u32..1 << TABLE.len() {
            let chosen: Vec<_> = (0..TABLE.len()).filter(|bit| set & (1 << bit) != 0).map(|at| TABLE[at]).collect();
            let hosts: Vec<HostResult> = chosen.iter().map(|(status, code, _)| host(*status, *code)).collect();
            let expected =
                [130, 2, 6, 1, 5, 3, 4, 0].into_iter().find(|number| chosen.iter().any(|(.., one)| one == number));
            assert_eq!(of_apply(&hosts).number(), expected.unwrap_or(0), "{chosen:?}");
        }
    }

    #[test]
    fn every_set_of_codes_follows_the_order() {
        for set in 0_u32..1 << ExitCode::BY_WEIGHT.len() {
            let chosen: Vec<ExitCode> = ExitCode::BY_WEIGHT
                .into_iter()
                .enumerate()
                .filter(|(bit, _)| set & (1 << bit) != 0)
                .map(|(_, code)| code)
                .rev()
                .collect();
            let expected = [130, 2, 6, 1, 5, 3, 4, 0]
                .into_iter()
                .find(|number| chosen.iter().any(|code| code.number() == *number));
            assert_eq!(ExitCode::of_several(chosen).number(), expected.unwrap_or(0));
        }
    }

    #[test]
    fn an_item_counts_under_a_host_of_another_status() {
        let item = |status, code: Option<&str>| Item {
            kind: "env".to_owned(),
            id: "mastodon".to_owned(),
            status,
            differences: Vec::new(),
            warnings: Vec::new(),
            error: code.map(|code| Failure::bare(code, "…")),
        };
        let failed =
            HostResult::of_items(HostName::new("a"), vec![item(Status::Failed, None), item(Status::Unreachable, None)]);
        assert_eq!(of_check(&[failed], false), ExitCode::Failure);
        let locked = HostResult::of_items(
            HostName::new("a"),
            vec![item(Status::Skipped, Some("locked")), item(Status::Drift, None)],
        );
        assert_eq!(of_apply(&[locked]), ExitCode::Locked);
        let away = |seen| HostResult {
            items: vec![item(seen, None)],
            ..HostResult::ended(HostName::new("a"), Status::Unreachable, Failure::bare("timed-out", "…"))
        };
        assert_eq!(of_apply(&[away(Status::Unknown)]), ExitCode::Unreachable);
        assert_eq!(of_apply(&[away(Status::Stale)]), ExitCode::Difference);
    }

    #[test]
    fn a_warning_counts_only_when_strict() {
        let warning =
            Warning { code: "near-miss".to_owned(), subject: "3_BUCKET".to_owned(), message: "…".to_owned() };
        let item = Item {
            kind: "env".to_owned(),
            id: "mastodon".to_owned(),
            status: Status::Ok,
            differences: Vec::new(),
            warnings: vec![warning],
            error: None,
        };
        let hosts = [HostResult::of_items(HostName::new("fritz"), vec![item])];
        assert_eq!(of_check(&hosts, false), ExitCode::Success);
        assert_eq!(of_check(&hosts, true), ExitCode::Difference);
        let failed = [hosts[0].clone(), host(Status::Failed, None)];
        assert_eq!(of_check(&failed, true), ExitCode::Failure);
    }
}
