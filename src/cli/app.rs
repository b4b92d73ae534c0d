//! What every command starts with: the inventory, the selected hosts, the way to them, and fleet's own state.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::engine::over_ssh::{self, OverSsh};
use crate::engine::status::{Failure, Status};
use crate::inventory::{Host, Inventory, InventoryErrors};
use crate::journal::StateDir;
use crate::lab::{Lab, LabAccess, LabError};
use crate::names::HostName;
use crate::report::{ColorChoice, ErrorReport, ExitCode, OutputFormat, Problem, Report, Ui};
use crate::ssh::{Ssh, SshError, SshErrorKind, SshSettings, Target, UserConfig};

use super::args::Global;

/// Why a command has no result, and the exit code that this means.
#[derive(Debug)]
pub(super) struct CliError {
    code: ExitCode,
    report: Box<ErrorReport>,
}

impl CliError {
    /// Bad usage: nothing was done.
    pub(super) fn usage(failure: Failure) -> Self {
        Self { code: ExitCode::Usage, report: Box::new(ErrorReport::new(failure)) }
    }

    /// It did not work.
    pub(super) fn failure(failure: Failure) -> Self {
        Self { code: ExitCode::Failure, report: Box::new(ErrorReport::new(failure)) }
    }

    /// Not approved, or declined.
    pub(super) fn declined(failure: Failure) -> Self {
        Self { code: ExitCode::Declined, report: Box::new(ErrorReport::new(failure)) }
    }

    /// It ended so.
    pub(super) fn ended(exit: ExitCode, failure: Failure) -> Self {
        Self { code: exit, report: Box::new(ErrorReport::new(failure)) }
    }

    /// An error of one of the rooms below, with its sources.
    pub(super) fn of(exit: ExitCode, error: &dyn std::error::Error, code: &str, hint: impl Into<String>) -> Self {
        let hint = Some(hint.into()).filter(|hint| !hint.is_empty());
        Self { code: exit, report: Box::new(ErrorReport::of(error, code, hint)) }
    }

    /// With each thing that is amiss.
    pub(super) fn with(mut self, problems: Vec<Problem>) -> Self {
        self.report.problems = problems;
        self
    }

    /// What went wrong, for whoever tells it elsewhere.
    pub(super) fn failure_of(&self) -> Failure {
        self.report.error.clone()
    }

    pub(super) fn tell(&self, ui: &Ui) -> ExitCode {
        ui.error(&self.report).map_or(ExitCode::Failure, |()| self.code)
    }
}

impl From<LabError> for CliError {
    fn from(error: LabError) -> Self {
        Self::of(ExitCode::Failure, &error, error.code(), error.hint())
    }
}

impl From<SshError> for CliError {
    fn from(error: SshError) -> Self {
        Self::failure(over_ssh::failure(&error))
    }
}

/// What clap has to say: help and version are results, everything else is bad usage.
pub(super) fn usage(error: &clap::Error, words: &[OsString]) -> ExitCode {
    // The stream may be closed: there is nobody left to tell.
    let _ = error.print();
    if !error.use_stderr() {
        return ExitCode::Success;
    }
    if let Some(format) = wants_json(words) {
        let text = error.render().to_string();
        let first = text.lines().next().unwrap_or_default();
        let message = match error.kind() {
            clap::error::ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => "a command is missing",
            _ => first.strip_prefix("error: ").unwrap_or(first),
        };
        let failure = Failure::new("usage", message, "`fleet --help` shows what can be typed");
        let ui = Ui::new(format, ColorChoice::Never, true);
        // As above.
        let _ = ui.result(&ErrorReport::new(failure));
    }
    ExitCode::Usage
}

/// Scripts get a document for every failure, also where the arguments can't be parsed.
fn wants_json(words: &[OsString]) -> Option<OutputFormat> {
    let words: Vec<&str> = words.iter().map_while(|word| word.to_str().or(Some(""))).collect();
    let words = words.split(|word| *word == "--").next().unwrap_or_default();
    let named = |value: &str| match value {
        "json" => Some(OutputFormat::Json),
        "jsonl" => Some(OutputFormat::Jsonl),
        _ => None,
    };
    words.iter().enumerate().find_map(|(at, word)| match *word {
        "--json" => Some(OutputFormat::Json),
        "-o" | "--output" => words.get(at + 1).and_then(|value| named(value)),
        word => word.strip_prefix("--output=").or_else(|| word.strip_prefix("-o")).and_then(named),
    })
}

/// The machine that fleet runs on does not let it begin.
pub(super) fn broken(ui: &Ui, error: &std::io::Error) -> ExitCode {
    CliError::failure(Failure::bare("no-runtime", format!("cannot start: {error}"))).tell(ui)
}

/// The inventory; all that is wrong in it is an error at once.
pub(super) fn load(global: &Global, ui: &Ui) -> Result<Inventory, CliError> {
    Inventory::load(&global.inventory).map_err(|errors| inventory_error(&errors, ui))
}

/// All that is wrong with what the user declared.
pub(super) fn inventory_error(errors: &InventoryErrors, ui: &Ui) -> CliError {
    let failure = Failure::new(errors.code(), errors.to_string(), errors.hint());
    let mut report = ErrorReport::new(failure);
    let canvas = ui.stderr();
    report.drawing = Some(errors.render(canvas.color, canvas.width));
    report.problems = errors
        .records()
        .into_iter()
        .map(|record| {
            let place = record.places.first();
            Problem {
                code: record.code.clone(),
                message: record.message.clone(),
                file: place.map(|place| place.file.clone()),
                line: place.map(|place| place.line),
                column: place.map(|place| place.column),
                hint: record.hint.clone(),
            }
        })
        .collect();
    CliError { code: ExitCode::Usage, report: Box::new(report) }
}

/// The hosts that `--limit` names; without it, all.
pub(super) fn select(global: &Global, inventory: &Inventory) -> Result<BTreeSet<HostName>, CliError> {
    match &global.limit {
        None => Ok(inventory.hosts().keys().cloned().collect()),
        Some(selector) => select_by(inventory, selector),
    }
}

/// The hosts of a selector.
pub(super) fn select_by(inventory: &Inventory, selector: &str) -> Result<BTreeSet<HostName>, CliError> {
    inventory.select(selector).map_err(|error| {
        CliError::of(ExitCode::Usage, &error, error.code(), error.hint().unwrap_or_default().to_owned())
    })
}

/// Fleet's own state, beside the inventory. A rehearsal has its own.
pub(super) fn state(global: &Global) -> Result<StateDir, CliError> {
    state_of(global, global.lab)
}

fn state_of(global: &Global, rehearsal: bool) -> Result<StateDir, CliError> {
    let state = StateDir::beside(&global.inventory);
    let state = if rehearsal { state.and_then(|state| state.of_rehearsal()) } else { state };
    state.map_err(|error| {
        CliError::of(ExitCode::Failure, &error, "state-directory", "it holds the digest key and the journal")
    })
}

/// The file of trusted host keys, kept with the inventory so that a team shares it.
pub(super) fn known_hosts(global: &Global) -> PathBuf {
    global.inventory.join("known_hosts")
}

/// The way to the hosts: as declared, or with `--lab` to the rehearsal hosts and nowhere else.
pub(super) fn ssh(global: &Global, ui: &Ui, inventory: &Inventory) -> Result<OverSsh, CliError> {
    let (settings, targets) = way(global, ui, inventory)?;
    let addresses = targets.iter().filter_map(|(name, it)| Some((name.clone(), it.address.clone()?))).collect();
    Ok(OverSsh { ssh: Ssh::new(settings, targets), addresses, confined: global.lab })
}

/// As [`ssh`], over the same connections, but as the log-in itself and never as root through `sudo`.
pub(super) fn ssh_without_sudo(global: &Global, ui: &Ui, inventory: &Inventory) -> Result<Ssh, CliError> {
    let (settings, mut targets) = way(global, ui, inventory)?;
    for target in targets.values_mut() {
        target.sudo = false;
    }
    Ok(Ssh::new(settings, targets))
}

/// How a host as a whole came to an end where the way to it failed. Another key than the recorded one is no absence.
pub(super) fn ended(error: &SshError) -> (Status, Failure) {
    let absent = error.is_unreachable() && error.kind != SshErrorKind::HostKeyChanged;
    (if absent { Status::Unreachable } else { Status::Failed }, over_ssh::failure(error))
}

/// Refuses the options of saved facts where a command asks the hosts themselves.
pub(super) fn without_facts(global: &Global, command: &str) -> Result<(), CliError> {
    if global.facts.is_none() && global.save_facts.is_none() {
        return Ok(());
    }
    let message = format!("`{command}` asks the hosts themselves, and knows no saved facts");
    Err(CliError::usage(Failure::new("no-facts-here", message, "leave out --facts and --save-facts")))
}

type Way = (SshSettings, BTreeMap<HostName, Target>);

fn way(global: &Global, ui: &Ui, inventory: &Inventory) -> Result<Way, CliError> {
    if global.lab { way_to_lab(global, ui, inventory) } else { Ok(declared_way(global, inventory)) }
}

fn declared_way(global: &Global, inventory: &Inventory) -> Way {
    let mut settings = SshSettings::new(known_hosts(global));
    settings.connect_timeout = global.connect_timeout;
    let targets = inventory.hosts().iter().map(|(name, host)| (name.clone(), target(host))).collect();
    (settings, targets)
}

fn target(host: &Host) -> Target {
    Target {
        address: host.address.clone(),
        port: host.ssh.port,
        user: host.ssh.user.clone(),
        sudo: host.ssh.sudo,
        persist: Some(host.ssh.persist),
        options: host.ssh.options.clone(),
        ..Target::new(host.name.clone())
    }
}

/// Said once, however many connections are made.
static TOLD: std::sync::Once = std::sync::Once::new();

fn way_to_lab(global: &Global, ui: &Ui, inventory: &Inventory) -> Result<Way, CliError> {
    let access = Lab::of_inventory(&global.inventory)?.access()?;
    TOLD.call_once(|| ui.note("rehearsal: the hosts of the lab, not the declared addresses"));
    let mut targets = BTreeMap::new();
    for (name, host) in inventory.hosts() {
        let Some(access) = access.get(name) else {
            let message = format!("{name} is not in the lab");
            return Err(CliError::usage(Failure::new("not-in-lab", message, "run `fleet lab up`")));
        };
        targets.insert(
            name.clone(),
            Target {
                address: Some(access.address.to_string()),
                port: Some(access.port),
                user: Some(access.user.clone()),
                identity: Some(access.identity_file.clone()),
                persist: Some(host.ssh.persist),
                options: host.ssh.options.clone(),
                ..Target::new(name.clone())
            },
        );
    }
    let mut settings = SshSettings::new(lab_known_hosts(global, &access)?);
    settings.connect_timeout = global.connect_timeout;
    settings.user_config = UserConfig::None;
    Ok((settings, targets))
}

/// The host keys of the lab are known from the machine itself: by name, in a file of fleet's own.
pub(super) fn lab_known_hosts(global: &Global, access: &BTreeMap<HostName, LabAccess>) -> Result<PathBuf, CliError> {
    let file = state_of(global, true)?.path().join("known_hosts");
    let mut lines = String::new();
    for (name, access) in access {
        for key in &access.host_keys {
            lines.extend([name.as_str(), " ", key, "\n"]);
        }
    }
    // Another fleet may be reading it.
    if std::fs::read_to_string(&file).ok().as_ref() != Some(&lines) {
        write_private(&file, &lines)?;
    }
    Ok(file)
}

/// Writes a file that nobody else can read, whole or not at all.
pub(super) fn write_private(file: &Path, text: &str) -> Result<(), CliError> {
    let directory = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // A file of this kind is made with mode 0600.
    let written = tempfile::NamedTempFile::new_in(directory).and_then(|mut staged| {
        staged.write_all(text.as_bytes())?;
        staged.as_file().sync_all()?;
        staged.persist(file).map_err(|error| error.error)
    });
    written.map(|_| ()).map_err(|error| {
        CliError::failure(Failure::bare("not-written", format!("cannot write {}: {error}", file.display())))
    })
}

/// As [`write_private`], for a file that everybody may read: another program, often of another user, takes it up.
pub(super) fn write_public(file: &Path, text: &str) -> Result<(), CliError> {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let written = tempfile::NamedTempFile::new_in(directory).and_then(|mut staged| {
        staged.write_all(text.as_bytes())?;
        staged.as_file().set_permissions(std::fs::Permissions::from_mode(0o644))?;
        staged.as_file().sync_all()?;
        staged.persist(file).map_err(|error| error.error)
    });
    written.map(|_| ()).map_err(|error| {
        CliError::failure(Failure::bare("not-written", format!("cannot write {}: {error}", file.display())))
    })
}

/// Prints a result whose form is not fleet's own.
pub(super) fn print_text(ui: &Ui, text: &str) -> Result<(), CliError> {
    ui.text(text)
        .map_err(|error| CliError::failure(Failure::bare("not-printed", format!("cannot print the result: {error}"))))
}

/// Prints a result. Where standard output takes no more, the command has failed, whatever it did.
pub(super) fn print(ui: &Ui, report: &impl Report) -> Result<(), CliError> {
    ui.result(report)
        .map_err(|error| CliError::failure(Failure::bare("not-printed", format!("cannot print the result: {error}"))))
}

/// A word that nobody can guess, for markers and ends of texts.
pub(super) fn random_word() -> String {
    let mut bytes = [0; 12];
    // Without the system's randomness nothing here is safe to run; `ssh` itself would not work either.
    #[expect(clippy::expect_used, reason = "getrandom(2) does not fail once the system has booted")]
    getrandom::fill(&mut bytes).expect("the system has randomness");
    format!("fleet-{}", crate::text::hex(&bytes))
}
