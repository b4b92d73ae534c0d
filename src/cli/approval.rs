//! What approval a plan needs before it is applied; `fleet approve`.

use std::collections::BTreeSet;
use std::path::Path;

use jiff::Timestamp;

use crate::approval::key::{self, Key};
use crate::approval::keygen::KeygenError;
use crate::approval::policy::{self, RuleStanding};
use crate::approval::shelf::{self, Kept};
use crate::approval::verify::{self, Checked, Refused};
use crate::approval::{Approval, sign};
use crate::engine::plan::Plan;
use crate::engine::status::Failure;
use crate::inventory::{ApprovalDeclaration, BreakGlass, Inventory, People};
use crate::journal::Journal;
use crate::names::HostName;
use crate::report::{ApproveReport, ExitCode, PlanReport, Problem, RefusedApproval, Ui, missing};

use super::app::{self, CliError};
use super::args::{ApproveArguments, Global};
use super::base::Base;
use super::{act, author, plan_file};

/// By whom a run was allowed to go on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Granted {
    /// Who approved the plan, as `allowed_signers` names them.
    pub(super) by: Vec<String>,
    /// Why the approval that was lacking was not waited for.
    pub(super) break_glass: Option<String>,
}

/// Whether the whole plan, as it was made, may be applied now: before anything changes, and before `--limit` takes hosts out
/// of it. `file`: where it was read from, beside which its approvals are; `None`: it was made just now.
pub(super) fn required(
    global: &Global,
    ui: &Ui,
    inventory: &Inventory,
    base: &Base,
    plan: &Plan,
    file: Option<&Path>,
    break_glass: Option<&str>,
) -> Result<Granted, CliError> {
    let needs = inventory.approval().is_some_and(|policy| !policy::touched(policy, plan).is_empty());
    if needs && file.is_some() {
        once(global, inventory, base, plan)?;
    }
    carried_on(global, ui, inventory, plan, file, break_glass)
}

/// As [`required`], for a run that carries on what it has begun: some hosts of the plan may have changed already.
pub(super) fn carried_on(
    global: &Global,
    ui: &Ui,
    inventory: &Inventory,
    plan: &Plan,
    file: Option<&Path>,
    break_glass: Option<&str>,
) -> Result<Granted, CliError> {
    let reason = break_glass.map(reason).transpose()?;
    let Some(policy) = inventory.approval().filter(|policy| !policy::touched(policy, plan).is_empty()) else {
        if reason.is_some() {
            ui.note("nothing of this needs approval, so no glass is broken");
        }
        return Ok(Granted::default());
    };
    let people = People::of(&policy.signers);
    let lack = match file {
        None => lack_of_a_file(global, policy, plan),
        Some(file) => match of_file(global, ui, policy, &people, plan, file)? {
            Ok(by) => {
                if reason.is_some() {
                    ui.note("the plan is approved, so no glass is broken");
                }
                return Ok(Granted { by, break_glass: None });
            }
            Err(lack) => lack,
        },
    };
    let Some(reason) = reason else { return Err(lack.into_error()) };
    broken(global, ui, policy, plan, &people, lack, reason)
}

/// Why a plan may not be applied: the whole, and each thing that is amiss.
struct Lack {
    failure: Failure,
    problems: Vec<Problem>,
}

impl Lack {
    fn of(failure: Failure) -> Self {
        Self { failure, problems: Vec::new() }
    }

    fn into_error(self) -> CliError {
        CliError::declined(self.failure).with(self.problems)
    }
}

fn lack_of_a_file(global: &Global, policy: &ApprovalDeclaration, plan: &Plan) -> Lack {
    let rules: Vec<&str> = policy::touched(policy, plan).iter().map(|rule| rule.name.as_str()).collect();
    let what = plan.playbook.as_ref().map_or_else(
        || plan.actions.first().map_or_else(String::new, |action| format!("{action} ")),
        |_| String::new(),
    );
    let named = plan.playbook.as_ref().map_or_else(String::new, |playbook| format!(" {}", playbook.name));
    let message = format!("this needs approval ({}), and only a plan in a file can be approved", in_rules(&rules));
    let hint = format!(
        "`{}`, then each `{}`, then `{}`",
        global.next(&format!("{what}plan{named} --out plan.json")),
        global.next("approve plan.json"),
        global.next("apply plan.json"),
    );
    Lack::of(Failure::new("not-approved", message, hint))
}

fn in_rules(rules: &[&str]) -> String {
    format!("{} {}", if rules.len() == 1 { "rule" } else { "rules" }, rules.join(", "))
}

/// Who has approved the plan, or what is amiss.
fn of_file(
    global: &Global,
    ui: &Ui,
    policy: &ApprovalDeclaration,
    people: &People,
    plan: &Plan,
    file: &Path,
) -> Result<Result<Vec<String>, Lack>, CliError> {
    let now = Timestamp::now();
    if let Err(failure) = policy::fresh(plan, policy.valid, now).and_then(|()| untouched(plan, file)) {
        return Ok(Err(Lack::of(failure)));
    }
    let Checked { given, refused } = looked_at(policy, plan, file, now)?;
    let standing = policy::standing(policy, people, plan, &given);
    if standing.iter().all(|rule| rule.missing == 0) {
        for one in &refused {
            ui.warn(&format!("an approval does not count: {}", words(one)));
        }
        return Ok(Ok(policy::approvers(people, &given).into_iter().collect()));
    }
    let missing: Vec<String> = standing
        .iter()
        .filter(|rule| rule.missing > 0)
        .map(|rule| format!("{} ({})", missing(rule), rule.rule))
        .collect();
    let message = format!("the plan is not approved; missing: {}", missing.join("; "));
    let hint = format!("who agrees with it: `{}`", global.next(&format!("approve {}", file.display())));
    let of_rules = standing.iter().flat_map(of_rule);
    let of_refused = refused.iter().map(|one| Problem {
        code: one.failure.code.clone(),
        message: words(one),
        file: None,
        line: None,
        column: None,
        hint: None,
    });
    let problems = of_rules.chain(of_refused).collect();
    Ok(Err(Lack { failure: Failure::new("not-approved", message, hint), problems }))
}

fn of_rule(rule: &RuleStanding) -> Vec<Problem> {
    let problem = |code: &str, message: String| Problem {
        code: code.to_owned(),
        message,
        file: None,
        line: None,
        column: None,
        hint: None,
    };
    let by = if rule.approved.is_empty() { String::new() } else { format!(": {}", rule.approved.join(", ")) };
    let has = format!("rule {} has {} of {} approvals{by}", rule.rule, rule.approved.len(), rule.needed);
    let counted = (rule.missing > 0).then(|| problem("approval-missing", has));
    let notes = rule.notes.iter().map(|note| problem("not-counted", format!("rule {}: {note}", rule.rule)));
    counted.into_iter().chain(notes).collect()
}

/// The approvals beside a plan.
fn looked_at(policy: &ApprovalDeclaration, plan: &Plan, file: &Path, now: Timestamp) -> Result<Checked, CliError> {
    let kept: Vec<Kept> =
        shelf::read(file).map_err(|error| CliError::of(ExitCode::Failure, &error, error.code(), ""))?;
    verify::all(policy, &plan.digest(), kept, now).map_err(|error| keygen_error(&error))
}

fn keygen_error(error: &KeygenError) -> CliError {
    CliError::of(ExitCode::Failure, error, error.code(), error.hint())
}

fn words(refused: &Refused) -> String {
    let who = refused.principal.as_ref().map_or_else(String::new, |principal| format!(" of {principal}"));
    format!("the approval{who} in {}: {}", refused.file.display(), refused.failure.message)
}

/// Whether the file holds the plan to the last byte as fleet wrote it. What is applied is the plan that was read, whatever
/// the file holds by now: approvals name its digest.
fn untouched(plan: &Plan, file: &Path) -> Result<(), Failure> {
    let hint = "make a new plan, and have it approved";
    let bytes = std::fs::read(file).map_err(|error| {
        let why = crate::text::system_words(&error);
        Failure::new("plan-changed", format!("cannot read {} again: {why}", file.display()), hint)
    })?;
    if policy::as_written(plan, &bytes) {
        return Ok(());
    }
    let message = format!("{} is not as fleet wrote it: something in it was changed since", file.display());
    Err(Failure::new("plan-changed", message, hint))
}

/// Refuses a plan that has changed a host before; only hosts that are to change now count.
fn once(global: &Global, inventory: &Inventory, base: &Base, plan: &Plan) -> Result<(), CliError> {
    let selected = app::select(global, inventory)?;
    let digest = plan.digest();
    let lines = Journal::of(&base.state).read().map_err(|error| act::journal_error(&error))?;
    let changing: BTreeSet<&HostName> =
        plan.transactions().map(|(host, _)| host).filter(|host| selected.contains(*host)).collect();
    let before = lines.iter().find(|line| {
        line.plan == digest
            && line.outcome.as_deref() == Some("applied")
            && line.host.as_ref().is_some_and(|host| changing.contains(host))
    });
    let Some(line) = before else { return Ok(()) };
    let host = line.host.as_ref().map_or("", HostName::as_str);
    let message = format!(
        "the plan has been applied already: by {}@{} in the run {}, which changed {host}",
        line.who.user, line.who.machine, line.run
    );
    let hint = format!("`{}` tells what it did; make a new plan", global.next(&format!("log --run {}", line.run)));
    Err(CliError::declined(Failure::new("already-applied", message, hint)))
}

fn reason(text: &str) -> Result<String, CliError> {
    let text = text.trim();
    if text.is_empty() || text.chars().any(char::is_control) {
        let hint = "say in a line why it can't wait: it stands in the journal for ever";
        return Err(CliError::usage(Failure::new("no-reason", "--break-glass needs a reason", hint)));
    }
    Ok(text.to_owned())
}

/// Goes on without approval, where the inventory allows it.
fn broken(
    global: &Global,
    ui: &Ui,
    policy: &ApprovalDeclaration,
    plan: &Plan,
    people: &People,
    lack: Lack,
    reason: String,
) -> Result<Granted, CliError> {
    let by = match &policy.break_glass {
        BreakGlass::Never => {
            let mut lack = lack;
            lack.failure.message += "; and the inventory lets nobody break the glass";
            return Err(lack.into_error());
        }
        BreakGlass::Anybody => Vec::new(),
        BreakGlass::These(who) => vec![proven(global, ui, policy, plan, people, who)?],
    };
    let who = author::author();
    let by_words = by.first().map_or_else(String::new, |principal| format!(", proven to be {principal}"));
    ui.warn(&format!("BREAKING THE GLASS: this goes on without approval, by {}@{}{by_words}", who.user, who.machine));
    ui.warn(&format!("the reason given: {reason}"));
    ui.warn(&format!("what is passed over: {}", lack.failure.message));
    for problem in &lack.problems {
        ui.warn(&problem.message);
    }
    ui.warn("this stands in the journal for ever, and all of [notify] are told");
    Ok(Granted { by, break_glass: Some(reason) })
}

/// Who breaks the glass, by a signature made now: a name alone could be anybody's.
fn proven(
    global: &Global,
    ui: &Ui,
    policy: &ApprovalDeclaration,
    plan: &Plan,
    people: &People,
    who: &BTreeSet<String>,
) -> Result<String, CliError> {
    let may = people.among(Some(who));
    let key = chosen(global, None, policy, people, &may)?;
    let principal = sign::principal(&key, people, policy, &may).to_owned();
    if !may.contains(people.person(&principal)) {
        let message = format!("{principal} may not break the glass; {} may", list(&may));
        return Err(CliError::declined(Failure::bare("not-approved", message)));
    }
    ui.note(&format!("signing as {principal} with {}", key.words()));
    signed(policy, &key, &principal, &plan.digest())?;
    Ok(principal)
}

fn list(names: &BTreeSet<String>) -> String {
    names.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}

fn chosen(
    global: &Global,
    asked: Option<&str>,
    policy: &ApprovalDeclaration,
    people: &People,
    may: &BTreeSet<String>,
) -> Result<Key, CliError> {
    key::choose(asked, policy, &global.inventory, people, may)
        .map_err(|error| CliError::of(ExitCode::Usage, &error, error.code(), error.hint()))
}

/// An approval that counts, and the fingerprint of its key.
fn signed(
    policy: &ApprovalDeclaration,
    key: &Key,
    principal: &str,
    digest: &str,
) -> Result<(Approval, String), CliError> {
    let (approval, seen) = sign::sign(policy, key, principal, digest, author::author(), Timestamp::now())
        .map_err(|error| keygen_error(&error))?;
    match seen {
        Ok(given) => Ok((approval, given.fingerprint)),
        Err(failure) => {
            let message = format!("the approval of {principal} would not count: {}", failure.message);
            Err(CliError::declined(Failure { message, ..failure }))
        }
    }
}

/// `fleet approve PLAN`
pub(super) fn approve(global: &Global, ui: &Ui, arguments: &ApproveArguments) -> Result<ExitCode, CliError> {
    let file = arguments.plan.as_path();
    let plan = plan_file::load(file)?;
    let inventory = app::load(global, ui)?;
    let Some(policy) = inventory.approval() else {
        let hint = "declare who approves what in [approval]: see `fleet schema inventory`";
        return Err(CliError::usage(Failure::new("no-approval", "the inventory has no [approval]", hint)));
    };
    let now = Timestamp::now();
    policy::fresh(&plan, policy.valid, now).and_then(|()| untouched(&plan, file)).map_err(CliError::declined)?;
    let base = Base::open(global)?;
    once(global, &inventory, &base, &plan)?;
    let people = People::of(&policy.signers);
    let digest = plan.digest();
    let touched = policy::touched(policy, &plan);
    if touched.is_empty() {
        let message = "nothing in this plan needs approval";
        let next = global.next(&format!("apply {}", file.display()));
        return Err(CliError::usage(Failure::new("no-approval", message, format!("`{next}`"))));
    }
    let may: BTreeSet<String> = touched.iter().flat_map(|rule| people.among(rule.by.as_ref())).collect();
    let key = chosen(global, arguments.key.as_deref(), policy, &people, &may)?;
    let principal = sign::principal(&key, &people, policy, &may).to_owned();
    let open = touched.iter().any(|rule| rule.by.is_none());
    if !open && !may.contains(people.person(&principal)) {
        let message = format!("{principal} is not among those who approve this: {}", list(&may));
        return Err(CliError::declined(Failure::bare("not-an-approver", message)));
    }
    ui.preview(&PlanReport::of(&plan, None));
    ui.note(&format!("the digest of the plan: {digest}"));
    ask(global, ui, &principal)?;
    ui.note(&format!("signing as {principal} with {}", key.words()));
    let (approval, fingerprint) = signed(policy, &key, &principal, &digest)?;
    let kept = shelf::keep(file, &approval, &fingerprint)
        .map_err(|error| CliError::of(ExitCode::Failure, &error, error.code(), ""))?;
    let Checked { given, refused } = looked_at(policy, &plan, file, Timestamp::now())?;
    let standing = policy::standing(policy, &people, &plan, &given);
    let refused = refused
        .iter()
        .map(|one| RefusedApproval {
            file: one.file.display().to_string(),
            code: one.failure.code.clone(),
            message: words(one),
        })
        .collect();
    let next = if standing.iter().all(|rule| rule.missing == 0) { "apply" } else { "approve" };
    let next = global.next(&format!("{next} {}", file.display()));
    let report =
        ApproveReport::new(digest, kept.display().to_string(), (principal, fingerprint), standing, refused, next);
    app::print(ui, &report)?;
    Ok(ExitCode::Success)
}

fn ask(global: &Global, ui: &Ui, principal: &str) -> Result<(), CliError> {
    if global.yes {
        return Ok(());
    }
    match ui.confirm(&format!("Approve this plan as {principal}?")) {
        Some(true) => Ok(()),
        Some(false) => Err(CliError::declined(Failure::bare("declined", "declined; nothing was signed"))),
        None => Err(CliError::declined(Failure::new(
            "not-approved",
            "there is no terminal to ask on; nothing was signed",
            "read the plan, then give --yes",
        ))),
    }
}
