//! `fleet cert clean`, `revoke` and `account rollover`.

use std::sync::Arc;

use crate::acme::{self, By, Reason};
use crate::dns::{self, Cleaned, DnsError, Solver};
use crate::engine::status::Failure;
use crate::names::HostName;
use crate::report::{CertNoteReport, ExitCode, Ui};
use crate::store::Stored;
use crate::x509::Serial;

use super::super::app::{self, CliError};
use super::super::args::Global;
use super::super::base::Base;
use super::means::{Means, acme_error, dns_error, request_log, store_error, tell_requests};

/// `fleet cert clean`
pub(super) async fn clean(global: &Global, ui: &Ui) -> Result<ExitCode, CliError> {
    let inventory = app::load(global, ui)?;
    let base = Base::open(global)?;
    let means = Means::new(global, &inventory, &base, false)?;
    let cleaned = cleaned(&means).await.map_err(|error| dns_error(&error))?;
    let mut code = ExitCode::Success;
    let mut lines = Vec::new();
    for one in &cleaned {
        lines.push(told(one));
        if one.result.is_err() {
            code = ExitCode::Failure;
        }
    }
    if lines.is_empty() {
        lines.push("nothing was left behind in DNS".to_owned());
    }
    app::print(ui, &CertNoteReport::new("clean", lines))?;
    Ok(code)
}

/// Before anything is ordered: what dead runs left in DNS goes. What can't be removed stays written down.
pub(super) async fn clean_up(means: &Means<'_>, ui: &Ui) {
    match cleaned(means).await {
        Err(error) => ui.warn(&format!("what cut runs left in DNS is not known: {error}")),
        Ok(all) => {
            for one in &all {
                if one.result.is_ok() { ui.note(&told(one)) } else { ui.warn(&told(one)) }
            }
        }
    }
}

async fn cleaned(means: &Means<'_>) -> Result<Vec<Cleaned>, DnsError> {
    let solver = |name: &str| -> Result<Arc<dyn Solver>, DnsError> {
        let settings = means.settings(name).map_err(|error| {
            let failure = error.failure_of();
            DnsError::Settings { name: name.to_owned(), why: format!("can't be used: {}", failure.message) }
        })?;
        dns::solver_for(&settings).map(Arc::from)
    };
    dns::clean(&dns::Journal::of(means.base.state.path()), solver).await
}

fn told(one: &Cleaned) -> String {
    let entry = &one.entry;
    match &one.result {
        Ok(()) => format!("{}: a value that a cut run left behind is removed", entry.fqdn),
        Err(error) => format!("{}: a value that a cut run left behind is still there: {error}", entry.fqdn),
    }
}

/// `fleet cert revoke`
pub(super) async fn revoke(
    global: &Global,
    ui: &Ui,
    name: &str,
    serial: Option<&str>,
    reason: &str,
) -> Result<ExitCode, CliError> {
    let reason = Reason::parse(reason).ok_or_else(|| {
        let words: Vec<&str> = Reason::ALL.iter().map(|reason| reason.as_str()).collect();
        let message = format!("\"{reason}\" is no reason");
        CliError::usage(Failure::new("bad-reason", message, format!("write one of {}", words.join(", "))))
    })?;
    let inventory = app::load(global, ui)?;
    let base = Base::open(global)?;
    let means = Means::new(global, &inventory, &base, false)?;
    let Some(cert) = inventory.certs().get(name) else { return Err(super::keep::unknown(name)) };
    let found = means.stored(ui)?;
    let wanted = match serial {
        Some(text) => Some(Serial::parse(text).ok_or_else(|| {
            CliError::usage(Failure::bare("bad-serial", format!("\"{text}\" is no serial number in hexadecimal")))
        })?),
        None => None,
    };
    // Where no version is named, it is the newest that the declared CA issued.
    let directory = means.acme(&cert.acme)?.directory;
    let is_meant = |one: &&Stored| match &wanted {
        Some(serial) => one.serial == *serial,
        None => one.meta.directory == directory && one.meta.revoked.is_none(),
    };
    let found_one = |((of, host), versions): (&(String, Option<HostName>), &'_ Vec<Stored>)| {
        let one = versions.iter().find(is_meant).filter(|_| of == name)?;
        Some((host.clone(), one.clone()))
    };
    let all: Vec<(Option<HostName>, Stored)> = found.versions.iter().filter_map(found_one).collect();
    if all.len() > 1 {
        let message = format!("certs.{name} is another one on each host");
        let hint = format!("name its serial number as well; `fleet cert show {name}` has all of them");
        return Err(CliError::usage(Failure::new("several-versions", message, hint)));
    }
    let stored = all.into_iter().next();
    let Some((host, stored)) = stored else {
        let message = format!("the store has no such version of {name}");
        let hint = format!("`fleet cert show {name}` has all of them");
        return Err(CliError::usage(Failure::new("unknown-version", message, hint)));
    };
    confirm(global, ui, &format!("Revoke {} of {name}? It can't be taken back.", stored.serial))?;
    let ca = means.ca(&cert.acme, true)?;
    if ca.directory != stored.meta.directory {
        let message = format!(
            "{} was issued by {}, and acme.{} is {}",
            stored.serial, stored.meta.directory, cert.acme, ca.directory
        );
        return Err(CliError::failure(Failure::new("other-ca", message, "let `acme` name the table of that CA")));
    }
    let (log, lines) = request_log(global);
    let by = stored.key.as_ref().map_or(By::Account, By::Key);
    let revoked = acme::revoke(&means.acme_state(), &ca, stored.chain.leaf(), reason, by, log).await;
    tell_requests(ui, &lines);
    let revoked = revoked.map_err(|error| acme_error(&error))?;
    let kept =
        means.store.update_meta(name, host.as_ref(), &stored.serial, |meta| meta.revoked = Some(revoked.clone()));
    kept.map_err(|error| store_error(&error))?;
    let line = format!("{} of {name} is revoked ({})", stored.serial, revoked.reason);
    app::print(ui, &CertNoteReport::new("revoke", vec![line]).next(global.next("cert apply")))?;
    Ok(ExitCode::Success)
}

/// `fleet cert account rollover`
pub(super) async fn roll_over(global: &Global, ui: &Ui, name: &str) -> Result<ExitCode, CliError> {
    let inventory = app::load(global, ui)?;
    let base = Base::open(global)?;
    let means = Means::new(global, &inventory, &base, false)?;
    let ca = means.ca(name, true)?;
    confirm(global, ui, &format!("Give the account acme.{name} at {} a new key?", ca.directory))?;
    let (log, lines) = request_log(global);
    let done = acme::roll_over(&means.acme_state(), &ca, log).await;
    tell_requests(ui, &lines);
    done.map_err(|error| acme_error(&error))?;
    app::print(ui, &CertNoteReport::new("rollover", vec![format!("the account acme.{name} has a new key")]))?;
    Ok(ExitCode::Success)
}

fn confirm(global: &Global, ui: &Ui, question: &str) -> Result<(), CliError> {
    if global.yes {
        return Ok(());
    }
    match ui.confirm(question) {
        Some(true) => Ok(()),
        Some(false) => Err(CliError::declined(Failure::bare("declined", "declined; nothing was changed"))),
        None => Err(CliError::declined(Failure::new(
            "not-approved",
            "there is no terminal to ask on; nothing was changed",
            "give --yes",
        ))),
    }
}
