//! `fleet cert adopt`: certificates that are in use become declarations.

use std::path::PathBuf;

use crate::actions::cert::discover::adopt::{Adopted, Adoption};
use crate::engine::status::{Failure, HostResult};
use crate::report::{ExitCode, Ui, exit};

use super::super::app::{self, CliError};
use super::super::args::Global;
use super::super::written::{self, WrittenReport};
use super::discover::{self, Found};

/// `fleet cert adopt [NAME…]`
pub(super) async fn adopt(global: &Global, ui: &Ui, wanted: &[String]) -> Result<ExitCode, CliError> {
    app::without_facts(global, "cert adopt")?;
    let inventory = app::load(global, ui)?;
    let Found { discovery, hosts } = discover::look(global, ui, &inventory).await?;
    refuse_silent(&hosts)?;
    let Adoption { adopted, skipped } = discovery.adopt(wanted, &inventory);
    let refused: Vec<String> =
        wanted.iter().filter_map(|name| Some(format!("{name}: {}", skipped.get(name)?))).collect();
    if !refused.is_empty() {
        let message = format!("nothing was adopted: {}", refused.join("; "));
        let hint = format!("{} shows what there is", global.next("cert discover"));
        return Err(CliError::usage(Failure::new("not-adoptable", message, hint)));
    }
    let skipped = skipped.iter().map(|(name, why)| format!("{name} is left out: {why}"));
    if adopted.is_empty() {
        let all: Vec<String> = skipped.collect();
        let message = if all.is_empty() {
            "nothing to adopt: no service of these hosts names a certificate".to_owned()
        } else {
            format!("nothing to adopt: {}", all.join("; "))
        };
        return Err(CliError::failure(Failure::bare("nothing-to-adopt", message)));
    }
    let files: Vec<(PathBuf, &str)> =
        adopted.iter().map(|it| (global.inventory.join(format!("certs-{}.toml", it.name)), it.text.as_str())).collect();
    written::declarations(global, ui, &files)?;
    let names: Vec<String> = files.iter().map(|(file, _)| file.display().to_string()).collect();
    let mut report = WrittenReport::new(names, global.next("cert check"));
    report.notes = adopted.iter().flat_map(|Adopted { notes, .. }| notes.iter().cloned()).chain(skipped).collect();
    let code = exit::of_check(&hosts, false);
    report.hosts = hosts;
    app::print(ui, &report)?;
    Ok(code)
}

/// A host that did not answer could present any certificate: what would be written could lack it.
fn refuse_silent(hosts: &[HostResult]) -> Result<(), CliError> {
    let silent: Vec<String> =
        hosts.iter().filter_map(|host| Some(format!("{}: {}", host.host, host.error.as_ref()?.message))).collect();
    if silent.is_empty() {
        return Ok(());
    }
    let message = format!("nothing was adopted: {}", silent.join("; "));
    let hint = "every host must answer: try again, or leave these out with --limit '!HOST'";
    Err(CliError::ended(exit::of_check(hosts, false), Failure::new("no-answer", message, hint)))
}
