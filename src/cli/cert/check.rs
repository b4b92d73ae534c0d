//! `fleet cert check`, for people, scripts and monitors.

use std::path::Path;

use crate::actions::cert::{Cert, Sample};
use crate::actions::queue::Queue;
use crate::engine::action::World;
use crate::engine::status::Failure;
use crate::report::{CheckReport, ExitCode, Nagios, Ui, nagios, prometheus};

use super::super::act;
use super::super::app::{self, CliError};
use super::super::args::{CertCheckArguments, Global, Output};
use super::super::base::Base;
use super::super::notify;
use super::means::Means;

/// `fleet cert check`
pub(super) async fn check(global: &Global, ui: &Ui, arguments: &CertCheckArguments) -> Result<ExitCode, CliError> {
    if arguments.textfile.is_some() && global.output != Output::Prometheus {
        let message = "--textfile is for the output prometheus";
        return Err(CliError::usage(Failure::new("usage", message, "add --output prometheus")));
    }
    let looked = look(global, ui, arguments).await;
    if global.output == Output::Nagios {
        return Ok(for_nagios(ui, looked));
    }
    let (code, report, samples, told) = looked?;
    let printed = match global.output {
        Output::Prometheus => figures(ui, arguments.textfile.as_deref(), &report, &samples),
        _ => app::print(ui, &report),
    };
    printed?;
    Ok(ExitCode::of_several([code, told]))
}

type Looked = (ExitCode, CheckReport, Vec<Sample>, ExitCode);

async fn look(global: &Global, ui: &Ui, arguments: &CertCheckArguments) -> Result<Looked, CliError> {
    let inventory = app::load(global, ui)?;
    let base = Base::open(global)?;
    let means = Means::new(global, &inventory, &base, false)?;
    let mut known = means.known(ui)?;
    known.serving_only = arguments.serving_only;
    let others = act::Known::default();
    let queue = Queue::of(&inventory, &others.queue.planning);
    let actions = act::actions_of(&inventory, &known, &queue, Some("cert"));
    let cert = Cert::of(&inventory, &known);
    let mut samples = Vec::new();
    let mut sample = |world: &World<'_>| samples = cert.samples(world);
    let seen = act::look_with(global, ui, &inventory, &base, &actions, arguments.serving_only, &mut sample).await?;
    let (code, report) = act::judged(global, seen);
    // What was not looked at on the hosts must not count as gone there.
    if !arguments.serving_only {
        super::super::incident::note_check(global, ui, &base, &report);
    }
    let told = if arguments.notify { notify::of_check(ui, &inventory, &report, code).await } else { ExitCode::Success };
    Ok((code, report, samples, told))
}

fn figures(ui: &Ui, file: Option<&Path>, report: &CheckReport, samples: &[Sample]) -> Result<(), CliError> {
    let text = prometheus(report, samples, jiff::Timestamp::now());
    match file {
        Some(file) => app::write_public(file, &text),
        None => app::print_text(ui, &text),
    }
}

/// Monitors of this kind know four exit codes of their own, also where nothing could be looked at.
fn for_nagios(ui: &Ui, looked: Result<Looked, CliError>) -> ExitCode {
    let line = match looked {
        Ok((_, report, samples, told)) => nagios(&report, &samples, told != ExitCode::Success),
        Err(error) => Nagios::unknown(&error.failure_of().message),
    };
    match app::print_text(ui, &line.text) {
        Ok(()) => line.code,
        Err(_) => Nagios::unknown("").code,
    }
}
