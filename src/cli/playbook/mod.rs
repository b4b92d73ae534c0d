//! `fleet plan`, `apply` and `show` of a playbook, and `fleet playbook …`.

mod again;
mod look;
mod show;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::engine::deferred::{NoProvider, Provider};
use crate::engine::status::Failure;
use crate::inventory::Inventory;
use crate::playbook::catalog::{self, NoPlaybook};
use crate::playbook::{ActionName, Playbook};
use crate::report::{ExitCode, PlanReport, Ui, exit};

use super::app::{self, CliError};
use super::args::{ApplyArguments, Global, PlanArguments, PlaybookCommand, Solving};
use super::base::Base;
use super::{act, cert};

pub(super) use again::{Again, of_stamp};
pub(super) use show::show;

/// What a word on the command line names: of `plan`, `apply` and `show`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Named {
    /// A plan file.
    PlanFile(PathBuf),
    /// A playbook, by name or file.
    Playbook(String),
    /// A run, as `fleet log` names it.
    Run(String),
}

impl Named {
    /// By the form of the word alone.
    pub(super) fn of(word: &str) -> Self {
        let extension = Path::new(word).extension().and_then(|extension| extension.to_str());
        if extension == Some("json") || (extension != Some("toml") && word.contains('/')) {
            return Self::PlanFile(PathBuf::from(word));
        }
        if is_run(word) { Self::Run(word.to_owned()) } else { Self::Playbook(word.to_owned()) }
    }
}

/// Whether it has the form of a run's name, such as `20261121T202449Z-3f9a`, or of the beginning of one from its hour on.
fn is_run(word: &str) -> bool {
    let Some((date, rest)) = word.split_at_checked(8) else { return false };
    let of_name = |byte: u8| byte.is_ascii_hexdigit() || b"Z-.".contains(&byte);
    let time = rest.strip_prefix('T').filter(|time| time.bytes().all(of_name));
    date.bytes().all(|byte| byte.is_ascii_digit())
        && time.is_some_and(|time| time.bytes().take(2).filter(u8::is_ascii_digit).count() == 2)
}

/// `fleet playbook …`
pub(super) fn run(global: &Global, ui: &Ui, command: &PlaybookCommand) -> Result<ExitCode, CliError> {
    match command {
        PlaybookCommand::List => show::list(global, ui),
        PlaybookCommand::Show { what, set } => show(global, ui, what, &set.values()),
    }
}

/// A playbook with the inventory that it was read with.
pub(super) struct Loaded {
    pub(super) inventory: Inventory,
    pub(super) playbook: Playbook,
}

/// Reads a playbook by name or file; all that is wrong in it and in the inventory is an error at once.
pub(super) fn load(global: &Global, ui: &Ui, what: &str, set: &BTreeMap<String, String>) -> Result<Loaded, CliError> {
    let file = catalog::find(&global.inventory, what).map_err(no_playbook)?;
    let text = catalog::read(&file).map_err(no_playbook)?;
    let (inventory, playbook) =
        Playbook::load(&global.inventory, &file, text, set).map_err(|errors| app::inventory_error(&errors, ui))?;
    Ok(Loaded { inventory, playbook })
}

fn no_playbook(error: NoPlaybook) -> CliError {
    CliError::usage(Failure::new("no-playbook", error.message, error.hint))
}

/// `fleet plan PLAYBOOK`
pub(super) async fn plan(global: &Global, ui: &Ui, arguments: &PlanArguments) -> Result<ExitCode, CliError> {
    let out = arguments.out.as_deref();
    if global.facts.is_some() && out.is_some() {
        return Err(CliError::usage(Failure::new(
            "facts-are-not-applied",
            "a plan from saved facts cannot be applied, so it is not written",
            "leave out --facts, or --out",
        )));
    }
    let set = arguments.set.values();
    let loaded = load(global, ui, &arguments.what, &set)?;
    let base = Base::open(global)?;
    let mut known = act::Known::default();
    if has(&loaded, ActionName::Cert) {
        let means = cert::Means::new(global, &loaded.inventory, &base, false)?;
        known.cert = cert::known_to_plan(global, ui, &means).await?;
    }
    let mut seen = look::look(global, ui, &loaded, &base, known, &arguments.solving).await?;
    let balance = seen.balance.take();
    let mut plan = act::make_plan(global, &base, seen);
    plan.playbook = Some(loaded.playbook.stamp());
    let code = exit::of_check(&plan.hosts, global.strict);
    if let Some(file) = out {
        app::write_private(file, &crate::text::json(&plan))?;
    }
    let next = match out {
        Some(file) => global.next(&format!("apply {}", file.display())),
        None => global.next(&apply_words(&arguments.what, &arguments.set.set)),
    };
    app::print(ui, &PlanReport::of(&plan, Some(next)).with_balance(balance, Vec::new()))?;
    Ok(code)
}

/// The words that apply it.
fn apply_words(what: &str, set: &[(String, String)]) -> String {
    let set = set.iter().flat_map(|(name, value)| ["--set".to_owned(), format!("{name}={value}")]);
    shell_words::join(["apply".to_owned(), what.to_owned()].into_iter().chain(set))
}

fn has(loaded: &Loaded, action: ActionName) -> bool {
    loaded.playbook.steps.iter().any(|step| step.action == action)
}

/// `fleet apply PLAYBOOK`
pub(super) async fn apply(global: &Global, ui: &Ui, arguments: &ApplyArguments) -> Result<ExitCode, CliError> {
    act::without_saved_facts(global)?;
    let set = arguments.set.values();
    let loaded = load(global, ui, &arguments.what, &set)?;
    let base = Base::open(global)?;
    let nothing: &dyn Provider = &NoProvider;
    if !has(&loaded, ActionName::Cert) {
        return apply_with(global, ui, &loaded, &base, arguments, None, nothing).await;
    }
    let means = cert::Means::new(global, &loaded.inventory, &base, false)?;
    let issuing = cert::Issuing::new(global, ui, &means, false);
    apply_with(global, ui, &loaded, &base, arguments, Some(&means), &issuing).await
}

async fn apply_with(
    global: &Global,
    ui: &Ui,
    loaded: &Loaded,
    base: &Base,
    arguments: &ApplyArguments,
    means: Option<&cert::Means<'_>>,
    provider: &dyn Provider,
) -> Result<ExitCode, CliError> {
    let known = async || {
        let cert = match means {
            Some(means) => cert::known_to_apply(global, ui, means).await?,
            None => crate::actions::cert::Known::default(),
        };
        Ok::<_, CliError>(act::Known { cert, ..act::Known::default() })
    };
    let mut seen = look::look(global, ui, loaded, base, known().await?, &arguments.solving).await?;
    if act::end_cut_runs(global, ui, &loaded.inventory, &seen).await? {
        seen = look::look(global, ui, loaded, base, known().await?, &arguments.solving).await?;
    }
    let balance = seen.balance.take();
    let mut plan = act::make_plan(global, base, seen);
    plan.playbook = Some(loaded.playbook.stamp());
    let again = Again::new(global, ui, loaded, base, &arguments.solving);
    act::carry(global, ui, &loaded.inventory, base, &plan, balance, provider, Some(&again)).await
}

/// The time for the search where nobody was asked for one.
pub(super) fn default_solving() -> Solving {
    Solving { solve_time: std::time::Duration::from_secs(5) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_name_what_they_look_like() {
        assert_eq!(Named::of("plan.json"), Named::PlanFile(PathBuf::from("plan.json")));
        assert_eq!(Named::of("dir/plan"), Named::PlanFile(PathBuf::from("dir/plan")));
        assert_eq!(Named::of("x/y.toml"), Named::Playbook("x/y.toml".to_owned()));
        assert_eq!(Named::of("rotate-secret"), Named::Playbook("rotate-secret".to_owned()));
        assert_eq!(Named::of("20261121T202449Z-3f9a"), Named::Run("20261121T202449Z-3f9a".to_owned()));
        assert_eq!(Named::of("20261121T20"), Named::Run("20261121T20".to_owned()));
        assert_eq!(Named::of("20261121T202449Z-3f9a.2"), Named::Run("20261121T202449Z-3f9a.2".to_owned()));
        assert_eq!(Named::of("20261121-week"), Named::Playbook("20261121-week".to_owned()));
    }
}
