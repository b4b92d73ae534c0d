//! `fleet playbook list` and `show`: what stands in the files; no host is contacted.

use std::collections::BTreeMap;

use crate::playbook::{Playbook, catalog};
use crate::report::{ExitCode, ListedPlaybook, PlaybookReport, PlaybooksReport, Ui};

use super::super::app::{self, CliError};
use super::super::args::Global;
use super::{load, no_playbook};

/// `fleet playbook list`
pub(super) fn list(global: &Global, ui: &Ui) -> Result<ExitCode, CliError> {
    // What is wrong with the inventory is wrong with each of them, and told once.
    app::load(global, ui)?;
    let files = catalog::files(&global.inventory).map_err(no_playbook)?;
    let mut listed = Vec::new();
    let mut broken = false;
    for file in files {
        let shown = file.display().to_string();
        let error = match catalog::read(&file) {
            Ok(text) => match Playbook::outline(&global.inventory, &file, text, &BTreeMap::new()) {
                Ok(playbook) => {
                    listed.push(ListedPlaybook::of(&playbook, shown));
                    continue;
                }
                Err(errors) => {
                    let first = errors.records().into_iter().next().map(|record| record.message).unwrap_or_default();
                    format!("{errors}: {first}")
                }
            },
            Err(error) => error.to_string(),
        };
        broken = true;
        let name = catalog::name(&file);
        let (description, variables, steps) = (None, Vec::new(), Vec::new());
        listed.push(ListedPlaybook { name, file: shown, description, variables, steps, error: Some(error) });
    }
    let next = listed.first().map(|playbook| global.next(&format!("playbook show {}", playbook.name)));
    let directory = catalog::directory(&global.inventory).display().to_string();
    app::print(ui, &PlaybooksReport::new(directory, listed, next))?;
    Ok(if broken { ExitCode::Usage } else { ExitCode::Success })
}

/// `fleet playbook show`, and `fleet show` of a playbook
pub(in crate::cli) fn show(
    global: &Global,
    ui: &Ui,
    what: &str,
    set: &BTreeMap<String, String>,
) -> Result<ExitCode, CliError> {
    let file = catalog::find(&global.inventory, what).map_err(no_playbook)?;
    let text = catalog::read(&file).map_err(no_playbook)?;
    let playbook = match Playbook::outline(&global.inventory, &file, text, set) {
        Ok(playbook) => playbook,
        // What it cannot be shown without is missing as well: all of that is told at once.
        Err(_) => load(global, ui, what, set)?.playbook,
    };
    let given: Vec<(String, String)> = set.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    let next = global.next(&super::apply_words(what, &given).replacen("apply", "plan", 1));
    app::print(ui, &PlaybookReport::of(&playbook, file.display().to_string(), next))?;
    Ok(ExitCode::Success)
}
