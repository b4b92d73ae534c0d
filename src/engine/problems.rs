//! What no action plans, and a plan file that was edited by hand may hold. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::gate::Scripts;
use super::kept;
use super::plan::{Lock, Plan, Wave, is_below};
use super::settle::names_in;
use super::transaction::{
    Change, Command, Confirm, Content, Gate, HOST_KEYS, Idle, Part, Transaction, UnitOperation, Verify,
};
use crate::names::{HostName, RemotePath};

/// What no action plans, and a file edited by hand may hold: in words, for each host.
pub fn problems(plan: &Plan) -> Vec<String> {
    let listed: BTreeSet<&HostName> = plan.hosts.iter().map(|result| &result.host).collect();
    let unlisted = plan
        .transactions()
        .filter(|(host, _)| !listed.contains(host))
        .map(|(host, _)| format!("{host}: it changes, and is not among the hosts of the plan"));
    plan.transactions()
        .flat_map(|(host, it)| transaction_problems(it).into_iter().map(move |problem| format!("{host}: {problem}")))
        .chain(unlisted)
        .chain(contradictions(plan))
        .chain(plan.waves.iter().flat_map(wave_problems))
        .chain(lock_problems(&plan.locks))
        .collect()
}

/// Scripts that the plan's gates run and that this version does not have.
pub fn unknown_scripts(plan: &Plan, known: &Scripts) -> Vec<String> {
    let unknown = plan.gates().filter_map(|gate| match gate {
        Gate::Builtin { script, .. } if !known.contains_key(script.as_str()) => Some(script.clone()),
        _ => None,
    });
    unknown.map(|script| format!("there is no script {script:?} for a gate")).collect()
}

/// What is odd in the gate behind a wave. What it runs must be told by the wave's own summaries.
fn wave_problems(wave: &Wave) -> Vec<String> {
    let told = wave.transactions.values().flat_map(operations).collect();
    let mut problems = Vec::new();
    for check in &wave.gates {
        let confirm = Confirm { timeout_seconds: check.timeout_seconds, gates: vec![check.gate.clone()] };
        problems.extend(confirm_problems(&confirm, &told));
        if matches!(check.gate, Gate::Reachable | Gate::Tcp(_) | Gate::Handshake { .. }) {
            problems.push("it looks at a host, and names none".to_owned());
        }
    }
    problems.into_iter().map(|problem| format!("the gate after {:?}: {problem}", wave.name)).collect()
}

/// What is odd in the gates of a wave or a transaction, where these operations are told.
fn confirm_problems(confirm: &Confirm, operations: &BTreeSet<&str>) -> Vec<String> {
    let mut problems = Vec::new();
    if !(1..=LONGEST_LEASE).contains(&confirm.timeout_seconds) {
        problems.push(format!("a verdict within {} s is not within 1 to {LONGEST_LEASE}", confirm.timeout_seconds));
    }
    for gate in confirm.gates.iter().filter(|gate| gate.host().is_some()) {
        if !operations.contains(gate.told().as_str()) {
            problems.push(format!("`{}` is looked at, and no summary tells of it", gate.told()));
        }
    }
    problems
}

fn operations(transaction: &Transaction) -> impl Iterator<Item = &str> {
    transaction.summary.iter().flat_map(|summary| &summary.operations).map(String::as_str)
}

/// The longest name of a lock, in bytes: each may become four in a unit's name, of which systemd takes 255.
const LONGEST_LOCK: usize = 50;

fn lock_problems(locks: &[Lock]) -> Vec<String> {
    let mut known = BTreeSet::new();
    let mut problems = Vec::new();
    for Lock { host, name, .. } in locks {
        if name.is_empty() || name.len() > LONGEST_LOCK || name.contains(|c: char| c.is_control()) {
            problems.push(format!("{host}: {name:?} is no name of a lock"));
        }
        if !known.insert((host, name)) {
            problems.push(format!("{host}: {name} is locked twice"));
        }
    }
    problems
}

/// Values of one name that must satisfy different things: there is but one.
fn contradictions(plan: &Plan) -> Vec<String> {
    let mut known: BTreeMap<&str, &BTreeMap<String, String>> = BTreeMap::new();
    let mut problems = BTreeSet::new();
    for part in plan.transactions().flat_map(|(_, transaction)| transaction.contents()).flat_map(|it| &it.0) {
        if let Part::Deferred { name, constraints } = part
            && *known.entry(name.as_str()).or_insert(constraints) != constraints
        {
            problems.insert(format!("{name} must satisfy different things in different places"));
        }
    }
    problems.into_iter().collect()
}

fn transaction_problems(transaction: &Transaction) -> Vec<String> {
    let mut problems = Vec::new();
    let expected = transaction.expect.iter().flat_map(|expect| [&expect.path, &expect.resolved]);
    for path in
        expected.chain(transaction.changes.iter().map(Change::path)).filter(|path| !is_plain_path(path.as_str()))
    {
        problems.push(format!("{:?} is no plain absolute path", path.as_str()));
    }
    let mut changed = BTreeSet::new();
    for change in &transaction.changes {
        let path = change.path();
        if !changed.insert(path) {
            problems.push(format!("{path} changes twice"));
        }
        let expect = transaction.expect.iter().find(|expect| expect.resolved == *path);
        if !expect.is_some_and(|expect| is_told(transaction, &expect.path)) {
            problems.push(format!("{path} changes, and no summary tells of it"));
        }
        problems.extend(change_problem(change));
    }
    problems.extend(order_problems(&transaction.changes));
    let of_kept = |content: &Content| content.0.iter().any(|part| matches!(part, Part::Kept { .. }));
    let written =
        transaction.changes.iter().filter(|it| matches!(it, Change::Write { content, .. } if of_kept(content)));
    if transaction.contents().filter(|content| of_kept(content)).count() > written.count() {
        problems.push("what a run kept is put back, and used for nothing else".to_owned());
    }
    let verified = transaction.verify.iter().flat_map(Verify::units);
    for unit in transaction.units.iter().filter_map(UnitOperation::unit).chain(verified) {
        if !is_unit_name(unit.as_str()) {
            problems.push(format!("{:?} is no name of a unit", unit.as_str()));
        }
    }
    problems.extend(transaction.units.iter().filter_map(wait_problem));
    for expect in &transaction.running {
        if !is_unit_pattern(&expect.pattern) {
            problems.push(format!("{:?} is no pattern of units", expect.pattern));
        }
        let odd = expect.units.iter().filter(|unit| !is_unit_name(unit.as_str()));
        problems.extend(odd.map(|unit| format!("{:?} is no name of a unit", unit.as_str())));
    }
    let operations: BTreeSet<&str> = operations(transaction).collect();
    problems.extend(transaction.confirm.iter().flat_map(|confirm| confirm_problems(confirm, &operations)));
    let commands = transaction.validate.iter().chain(transaction.verify.iter().filter_map(Verify::command));
    let told = transaction.units.iter().map(UnitOperation::told).chain(commands.map(Command::told));
    let told = told.chain(transaction.changes.iter().filter_map(|change| hidden_removal(transaction, change)));
    for operation in told.filter(|operation| !operations.contains(operation.as_str())) {
        problems.push(format!("`{operation}` is done, and no summary tells of it"));
    }
    if transaction.lease_seconds == 0 || transaction.lease_seconds > LONGEST_LEASE {
        problems.push(format!("a lease of {} s is not from 1 to {LONGEST_LEASE}", transaction.lease_seconds));
    }
    let draining = drain_seconds(&transaction.units);
    if u64::from(transaction.lease_seconds) < draining {
        let lease = transaction.lease_seconds;
        problems.push(format!("a lease of {lease} s ends before its units are drained, which may take {draining} s"));
    }
    problems
}

/// How long draining may take: neighbours drain side by side.
pub fn drain_seconds(operations: &[UnitOperation]) -> u64 {
    let (mut whole, mut here) = (0, 0);
    for operation in operations {
        if let UnitOperation::Drain { seconds, .. } = operation {
            here = here.max(u64::from(*seconds));
        } else {
            whole += std::mem::take(&mut here);
        }
    }
    whole + here
}

/// What is odd in how a unit is asked to end its work.
fn wait_problem(operation: &UnitOperation) -> Option<String> {
    let is_signal = |signal: &str| {
        let allowed = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || b"+-".contains(&byte);
        signal.starts_with(|c: char| c.is_ascii_uppercase()) && signal.bytes().all(allowed)
    };
    match operation {
        UnitOperation::Quiet { unit, .. } | UnitOperation::Drain { unit, .. }
            if !unit.as_str().ends_with(".service") =>
        {
            Some(format!("{unit} is no service, and has no work to end"))
        }
        UnitOperation::Quiet { unit, signal: Some(signal) } if !is_signal(signal) => {
            Some(format!("{signal:?} is no name of a signal for {unit}"))
        }
        UnitOperation::Drain { unit, seconds, .. } if !(1..=LONGEST_LEASE).contains(seconds) => {
            Some(format!("{unit} is to drain for {seconds} s, which is not from 1 to {LONGEST_LEASE}"))
        }
        UnitOperation::Drain { unit, idle: Idle::Title(regex), .. }
            if regex.is_empty() || regex.contains(|c: char| c.is_control()) =>
        {
            Some(format!("{regex:?} is no regular expression for the title of {unit}"))
        }
        UnitOperation::Drain { unit, idle: Idle::Command(command), .. }
            if command.argv.is_empty() || command.timeout_seconds == 0 =>
        {
            Some(format!("nothing tells in a bounded time whether {unit} has work left"))
        }
        _ => None,
    }
}

/// Whether some item names the path, or a place above it that says something: of `/etc` nobody knows what is in it.
fn is_told(transaction: &Transaction, path: &RemotePath) -> bool {
    let below = |place: &str| place.matches('/').count() > 1 && is_below(path.as_str(), place);
    transaction.summary.iter().any(|summary| summary.place == path.as_str() || below(&summary.place))
}

/// What a summary must say in so many words: that a directory goes, or a file that is no item's own place.
fn hidden_removal(transaction: &Transaction, change: &Change) -> Option<String> {
    let at_its_place = |path: &RemotePath| {
        let expect = transaction.expect.iter().find(|expect| expect.resolved == *path);
        expect.is_some_and(|it| transaction.summary.iter().any(|summary| summary.place == it.path.as_str()))
    };
    match change {
        Change::Remove { path } if at_its_place(path) => None,
        _ => change.told(),
    }
}

/// A directory comes before what is put into it, and nothing is put into one that goes.
fn order_problems(changes: &[Change]) -> Vec<String> {
    let mut problems = Vec::new();
    for (number, change) in changes.iter().enumerate() {
        let directory = change.path();
        let below = |other: &&Change| is_below(other.path().as_str(), directory.as_str());
        let odd = match change {
            Change::Directory { .. } => changes[..number].iter().find(below),
            Change::RemoveDirectory { .. } => changes.iter().find(below),
            Change::Write { .. } | Change::Link { .. } | Change::Remove { .. } => None,
        };
        if let Some(odd) = odd {
            problems.push(format!("{} changes in {directory}, in an order that cannot be", odd.path()));
        }
    }
    problems
}

/// What is odd in the form of one change.
fn change_problem(change: &Change) -> Option<String> {
    let path = change.path();
    match change {
        Change::Write { content, digest, mode, owner, .. } => {
            if digest.is_none() && content.0.iter().any(|part| matches!(part, Part::Keep { .. })) {
                Some(format!("{path} keeps parts of itself, and nothing says what it will be"))
            } else if let Some(odd) = content.0.iter().find_map(host_key_problem) {
                Some(format!("{path} takes {odd}, which is no key that the host made"))
            } else if content.0.iter().any(|part| matches!(part, Part::Kept { .. }) && kept::file_of(part).is_none()) {
                Some(format!("{path} takes what no run can have kept"))
            } else if content.0.len() > 1 && content.0.iter().any(|part| matches!(part, Part::Kept { .. })) {
                Some(format!("{path} takes what a run kept, and more: it is put back whole or not at all"))
            } else {
                attribute_problem(path, mode.as_deref(), owner.as_deref())
            }
        }
        Change::Link { target, .. } => (target.is_empty() || target.contains(['\n', '\0']) || !is_template(target))
            .then(|| format!("the link {path} points to no plain place")),
        Change::Directory { mode, owner, .. } => attribute_problem(path, mode.as_deref(), owner.as_deref()),
        Change::Remove { .. } | Change::RemoveDirectory { .. } => None,
    }
}

/// The file of a part, if it is not one of [`HOST_KEYS`].
fn host_key_problem(part: &Part) -> Option<&RemotePath> {
    match part {
        Part::HostKey { path } if !is_below(path.as_str(), HOST_KEYS) || !is_plain_path(path.as_str()) => Some(path),
        _ => None,
    }
}

fn attribute_problem(path: &RemotePath, mode: Option<&str>, owner: Option<&str>) -> Option<String> {
    let octal = |mode: &str| mode.len() == 4 && mode.bytes().all(|byte| (b'0'..=b'7').contains(&byte));
    let word = |c: char| c.is_ascii_alphanumeric() || "_.-:$".contains(c);
    if mode.is_some_and(|mode| !octal(mode)) {
        Some(format!("the mode of {path} is no four octal digits"))
    } else if owner.is_some_and(|owner| !owner.chars().all(word) || owner.starts_with('-')) {
        Some(format!("the owner of {path} is no `user:group`"))
    } else {
        None
    }
}

/// A day, in seconds: who needs longer does not want a host locked meanwhile.
const LONGEST_LEASE: u32 = 86_400;

/// Absolute, without a step back, and on one line.
fn is_plain_path(path: &str) -> bool {
    let mut parts = path.split('/');
    path.len() > 1
        && parts.next() == Some("")
        && parts.all(|part| !matches!(part, "" | "." | ".."))
        && !path.contains(['\n', '\0'])
        && is_template(path)
}

/// Whether every `{{` in it begins the name of a deferred value, and every `}}` ends one.
fn is_template(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-@/".contains(&byte);
    let names: Vec<&str> = names_in(text).collect();
    let whole = names.iter().all(|name| !name.is_empty() && name.bytes().all(allowed));
    whole && text.matches("{{").count() == names.len() && text.matches("}}").count() == names.len()
}

/// As systemd.unit(5) allows: a name of these characters with a suffix.
fn is_unit_name(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || ":-_.\\@".contains(c);
    name.chars().all(allowed) && !name.starts_with(['-', '.']) && name.contains('.') && name.len() < 256
}

/// A name of units with wildcards of glob(7): those that systemctl and the shell's `case` read alike.
fn is_unit_pattern(pattern: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || ":-_.@*?[]".contains(c);
    pattern.chars().all(allowed) && !pattern.starts_with(['-', '.']) && !pattern.is_empty() && pattern.len() < 256
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::transaction::{Content, Expect, ExpectRunning, ItemSummary, PathState};
    use crate::names::UnitName;

    #[test]
    fn what_no_action_plans_is_named() {
        let path = RemotePath::new("/etc/app/env file");
        let unit = UnitOperation::Restart(UnitName::new("app@a\\x2d1.service"));
        let write = |path: &RemotePath, mode: &str| Change::Write {
            path: path.clone(),
            content: Content::default(),
            digest: None,
            mode: Some(mode.to_owned()),
            owner: Some("app:app".to_owned()),
        };
        let sound = Transaction {
            expect: vec![Expect { path: path.clone(), resolved: path.clone(), state: PathState::Absent }],
            changes: vec![write(&path, "0640")],
            units: vec![unit.clone(), UnitOperation::DaemonReload],
            lease_seconds: 60,
            summary: vec![ItemSummary {
                kind: "env".to_owned(),
                id: "app".to_owned(),
                place: path.to_string(),
                diff: Vec::new(),
                operations: vec![unit.told(), UnitOperation::DaemonReload.told()],
            }],
            ..Transaction::default()
        };
        assert_eq!(transaction_problems(&sound), Vec::<String>::new());
        let with = |change: Change| Transaction { changes: vec![change], ..sound.clone() };
        for path in ["etc/passwd", "", "/", "/etc/", "/etc/../passwd", "/etc/./a", "/etc/a\nb"] {
            let bad = transaction_problems(&with(Change::Remove { path: RemotePath::new(path) }));
            assert!(bad.iter().any(|problem| problem.contains("plain absolute path")), "{path:?}: {bad:?}");
        }
        for unit in ["--force", "a b.service", "nginx", ""] {
            let verify = vec![Verify::StartedAnew(UnitName::new(unit))];
            assert_eq!(transaction_problems(&Transaction { verify, ..sound.clone() }).len(), 1, "{unit:?}");
        }
        // What a person is not told of is not done.
        assert_eq!(transaction_problems(&Transaction { summary: Vec::new(), ..sound.clone() }).len(), 3);
        let hidden = Command { argv: vec!["rm".to_owned(), "-rf".to_owned(), "/srv".to_owned()], timeout_seconds: 1 };
        assert_eq!(transaction_problems(&Transaction { validate: vec![hidden], ..sound.clone() }).len(), 1);
        let other = RemotePath::new("/etc/passwd");
        assert_eq!(transaction_problems(&with(write(&other, "0640"))).len(), 1);
        assert_eq!(transaction_problems(&with(write(&path, "u+s"))).len(), 1);
        let twice = Transaction { changes: vec![write(&path, "0640"), write(&path, "0600")], ..sound.clone() };
        assert_eq!(transaction_problems(&twice).len(), 1);
        // Nor does a directory go, or a file that is no item's own, or anything below a place that says nothing.
        let below = RemotePath::new("/etc/app/versions/1");
        let placed = |place: &str, change: Change, operations: Vec<String>| {
            let summary = ItemSummary { place: place.to_owned(), operations, ..sound.summary[0].clone() };
            let expect = vec![Expect { path: below.clone(), resolved: below.clone(), state: PathState::Directory }];
            let whole = Transaction {
                expect,
                changes: vec![change],
                units: Vec::new(),
                summary: vec![summary],
                ..sound.clone()
            };
            transaction_problems(&whole)
        };
        for change in [Change::RemoveDirectory { path: below.clone() }, Change::Remove { path: below.clone() }] {
            assert_eq!(placed("/etc/app", change.clone(), Vec::new()).len(), 1);
            assert_eq!(placed("/etc/app", change.clone(), vec![change.told().unwrap()]), Vec::<String>::new());
            assert_eq!(placed("/etc", change.clone(), vec![change.told().unwrap()]).len(), 1);
            assert_eq!(placed("/etc/ap", change.clone(), vec![change.told().unwrap()]).len(), 1);
        }
        let removal = Change::RemoveDirectory { path: below.clone() };
        assert_eq!(placed(below.as_str(), removal.clone(), Vec::new()).len(), 1, "its own place is not enough");
        let inside = |name: &str| RemotePath::new(format!("{below}/{name}"));
        let directory = |path: &RemotePath| Change::Directory { path: path.clone(), mode: None, owner: None };
        for (first, second) in [
            (removal.clone(), write(&inside("a"), "0640")),
            (write(&inside("a"), "0640"), directory(&below)),
            (directory(&inside("a")), directory(&below)),
        ] {
            assert_eq!(order_problems(&[first.clone(), second.clone()]).len(), 1, "{first:?} {second:?}");
        }
        assert_eq!(order_problems(&[directory(&below), directory(&inside("a")), write(&inside("b"), "0640")]).len(), 0);
        for (path, good) in [
            ("/etc/{{cert/a@b/next/serial}}/x", true),
            ("/etc/{{cert/a", false),
            ("/etc/a}}", false),
            ("/etc/{{}}", false),
            ("/etc/{{a b}}", false),
        ] {
            assert_eq!(is_plain_path(path), good, "{path}");
        }
        for lease_seconds in [0, u32::MAX] {
            assert_eq!(transaction_problems(&Transaction { lease_seconds, ..sound.clone() }).len(), 1);
        }
    }

    fn units(units: Vec<UnitOperation>, lease_seconds: u32) -> Transaction {
        let summary = ItemSummary {
            kind: "queue".to_owned(),
            id: "workers".to_owned(),
            place: "worker@".to_owned(),
            diff: Vec::new(),
            operations: units.iter().map(UnitOperation::told).collect(),
        };
        Transaction { units, lease_seconds, summary: vec![summary], ..Transaction::default() }
    }

    fn drain(unit: &str, seconds: u32, idle: Idle) -> UnitOperation {
        UnitOperation::Drain { unit: UnitName::new(unit), idle, seconds }
    }

    #[test]
    fn how_a_unit_ends_its_work_is_told_in_full() {
        let quiet = |signal: Option<&str>| UnitOperation::Quiet {
            unit: UnitName::new("w@1.service"),
            signal: signal.map(str::to_owned),
        };
        let title = |regex: &str| Idle::Title(regex.to_owned());
        let command = |argv: &[&str], timeout_seconds| {
            Idle::Command(Command { argv: argv.iter().map(|&word| word.to_owned()).collect(), timeout_seconds })
        };
        let sound = [
            quiet(Some("TSTP")),
            quiet(Some("SIGRTMIN+3")),
            quiet(None),
            drain("w@1.service", 20, title("[0 of")),
            drain("w@1.service", 21, title("[0 of")),
            drain("w@1.service", 20, title("idle")),
            drain("w@1.service", 20, command(&["true"], 5)),
            drain("w@1.service", 20, command(&["true", "x"], 5)),
        ];
        let told: BTreeSet<String> = sound.iter().map(UnitOperation::told).collect();
        assert_eq!(told.len(), sound.len(), "{told:?}");
        assert_eq!(transaction_problems(&units(sound.to_vec(), 60)), Vec::<String>::new());
        for one in &sound {
            let whole = units(vec![one.clone()], 60);
            let hidden = Transaction { summary: units(vec![quiet(Some("USR1"))], 60).summary, ..whole };
            assert_eq!(transaction_problems(&hidden).len(), 1, "{one:?}");
        }
        for odd in [
            quiet(Some("")),
            quiet(Some("-9")),
            quiet(Some("9")),
            quiet(Some("tstp")),
            quiet(Some("TERM --all")),
            drain("w@1.service", 0, title("idle")),
            drain("w@1.service", 20, title("")),
            drain("w@1.service", 20, title("a\n")),
            drain("w@1.service", 20, command(&[], 5)),
            drain("w@1.service", 20, command(&["true"], 0)),
            drain("w.target", 20, title("idle")),
        ] {
            assert_eq!(transaction_problems(&units(vec![odd.clone()], 60)).len(), 1, "{odd:?}");
        }
    }

    #[test]
    fn a_lease_is_no_shorter_than_its_drains() {
        let idle = || Idle::Title("idle".to_owned());
        let (a, b) = (drain("a.service", 20, idle()), drain("b.service", 30, idle()));
        let stop = UnitOperation::Stop(UnitName::new("a.service"));
        assert_eq!(drain_seconds(&[a.clone(), b.clone()]), 30);
        assert_eq!(drain_seconds(&[a.clone(), stop.clone(), b.clone(), stop.clone()]), 50);
        assert_eq!(transaction_problems(&units(vec![a.clone(), b.clone()], 30)), Vec::<String>::new());
        assert_eq!(transaction_problems(&units(vec![a, stop, b], 49)).len(), 1);
    }

    #[test]
    fn a_pattern_of_units_is_one() {
        let expect = |pattern: &str, unit: &str| Transaction {
            running: vec![ExpectRunning { pattern: pattern.to_owned(), units: vec![UnitName::new(unit)] }],
            lease_seconds: 1,
            ..Transaction::default()
        };
        assert_eq!(transaction_problems(&expect("w@*.service", "w@1.service")), Vec::<String>::new());
        for (pattern, unit) in [
            ("", "w@1.service"),
            ("--all", "w@1.service"),
            ("w@* x", "w@1.service"),
            ("w@\\x2d*", "w@1.service"),
            ("w@*", "-a.service"),
        ] {
            assert_eq!(transaction_problems(&expect(pattern, unit)).len(), 1, "{pattern} {unit}");
        }
    }

    #[test]
    fn what_a_gate_runs_is_told() {
        let host = || HostName::new("franz");
        let script = |text: &str| Gate::Script { host: host(), text: text.to_owned(), told: "all is well".to_owned() };
        let gate = |gates: &[Gate], timeout_seconds| Confirm { timeout_seconds, gates: gates.to_vec() };
        let mut transaction = units(vec![UnitOperation::DaemonReload], 60);
        transaction.summary[0].operations.push(script("true").told());
        let wave = |confirm: Option<Confirm>| Wave {
            name: "new workers".to_owned(),
            transactions: BTreeMap::from([(HostName::new("freud"), transaction.clone())]),
            gates: confirm.map(Confirm::checks).unwrap_or_default(),
            ..Wave::default()
        };
        assert_eq!(wave_problems(&wave(None)), Vec::<String>::new());
        assert_eq!(wave_problems(&wave(Some(gate(&[script("true")], 9)))), Vec::<String>::new());
        for odd in [
            gate(&[script("rm -rf /srv")], 9),
            gate(
                &[Gate::Script { host: HostName::new("x"), text: "true".to_owned(), told: "all is well".to_owned() }],
                9,
            ),
            gate(&[script("true")], 0),
            gate(&[Gate::Tcp(80)], 9),
        ] {
            assert_eq!(wave_problems(&wave(Some(odd.clone()))).len(), 1, "{odd:?}");
        }
        for (text, problems) in [("true", 0), ("rm -rf /srv", 1)] {
            let confirm = Some(gate(&[script(text), Gate::Tcp(80)], 9));
            assert_eq!(transaction_problems(&Transaction { confirm, ..transaction.clone() }).len(), problems, "{text}");
        }
    }

    #[test]
    fn a_lock_has_a_name_and_is_held_once() {
        let lock = |host: &str, name: &str| Lock { host: HostName::new(host), name: name.to_owned(), turn: 0 };
        let sound = [lock("a", "db:primary"), lock("a", "db:other"), lock("b", "db:primary")];
        assert_eq!(lock_problems(&sound), Vec::<String>::new());
        for odd in [lock("a", "db:primary"), lock("a", ""), lock("a", "a\nb"), lock("a", &"x".repeat(51))] {
            assert_eq!(lock_problems(&[sound.as_slice(), std::slice::from_ref(&odd)].concat()).len(), 1, "{odd:?}");
        }
    }
}
