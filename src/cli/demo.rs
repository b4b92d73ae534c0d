//! `fleet lab demo`: breaks a rehearsal fleet as a person once did, and lets it be found and repaired.

use std::path::Path;
use std::time::Duration;

use crate::engine::status::Failure;
use crate::inventory::Inventory;
use crate::lab::Lab;
use crate::names::HostName;
use crate::report::{ExitCode, OutputFormat, Ui};

use super::act;
use super::app::CliError;
use super::args::{CertCheckArguments, CertCommand, Global, QueueCommand, Solving, WhatIfArguments};
use super::cert;
use super::queue;
use super::rehearsal;

/// What happened on two hosts of a real fleet; it took two days until somebody found it.
const BROKEN_BY_HAND: &str =
    "sed -i -e 's/^S3_ENABLED=.*/S3_ENABLED=FALSE/' -e 's/^S3_BUCKET=/3_BUCKET=/' /home/mastodon/live/.env.production";
/// And a file that was changed back without telling the process that runs with the old value.
const NEVER_RESTARTED: &str = "sed -i 's/^WORKERS=.*/WORKERS=8/' /etc/default/mastodon-media && \
     systemctl restart mastodon-media.service && \
     sed -i 's/^WORKERS=.*/WORKERS=4/' /etc/default/mastodon-media";

/// As on the command line.
const SOLVE_TIME: Duration = Duration::from_secs(5);

const MISHAPS: [(&str, &str, &str); 3] = [
    ("cdn-fremont-1", BROKEN_BY_HAND, "S3_ENABLED=FALSE and 3_BUCKET=… in .env.production"),
    ("franz", BROKEN_BY_HAND, "the same"),
    ("esme", NEVER_RESTARTED, "a worker that was never told of its new configuration"),
];

/// Boots the example fleet, breaks it, checks, repairs, checks again, and removes it unless it is to be kept.
pub(super) async fn run(
    global: &Global,
    ui: &Ui,
    inventory: &Inventory,
    lab: &Lab,
    keep: bool,
) -> Result<ExitCode, CliError> {
    if let Some((host, ..)) = MISHAPS.iter().find(|(host, ..)| !inventory.hosts().contains_key(*host)) {
        let message = format!("{} has no host {host}: the demo is about the example fleet", global.inventory.display());
        return Err(CliError::usage(Failure::new(
            "not-the-example",
            message,
            "run it with `-i` of the example inventory",
        )));
    }
    if ui.format() != OutputFormat::Table {
        let message = "the demo is for people: it has several results, and a script gets one";
        return Err(CliError::usage(Failure::new("only-for-people", message, "leave out --json and --output")));
    }
    let global = Global { lab: true, yes: true, limit: None, ..global.clone() };
    rehearsal::up(&global, ui, inventory, lab).await?;
    ui.note("1. Somebody works on three hosts by hand, late at night:");
    for (host, script, told) in MISHAPS {
        ui.note(&format!("   {host}: {told}"));
        let output = lab.run_inside(&HostName::new(host), &["/bin/sh", "-c", script]).await?;
        if !output.status.success() {
            let message = format!("{host}: {}", String::from_utf8_lossy(&output.stderr).trim());
            return Err(CliError::failure(Failure::bare("demo", message)));
        }
    }
    ui.note("2. fleet env check");
    expect(act::check(&global, ui, Some("env"), &queue::Asked::default()).await?, ExitCode::Difference, "the check")?;
    ui.note("3. fleet env apply");
    expect(act::apply(&global, ui, "env").await?, ExitCode::Success, "the repair")?;
    ui.note("4. fleet env check, once more");
    expect(
        act::check(&global, ui, Some("env"), &queue::Asked::default()).await?,
        ExitCode::Success,
        "the second check",
    )?;
    certificates(&global, ui).await?;
    queues(&global, ui).await?;
    let of = if global.inventory == Path::new("inventory") {
        String::new()
    } else {
        format!(" -i {}", global.inventory.display())
    };
    if keep {
        ui.note(&format!("The rehearsal fleet stays: break it yourself with `fleet lab ssh franz{of}`"));
    } else {
        rehearsal::down(&global, ui, inventory, lab).await?;
        ui.note(&format!("The rehearsal fleet is gone; `fleet lab up{of}` boots it again"));
    }
    Ok(ExitCode::Success)
}

/// The edges have served a certificate that is no longer valid since they booted; HTTP-01 cannot renew it.
async fn certificates(global: &Global, ui: &Ui) -> Result<(), CliError> {
    let arguments = CertCheckArguments { serving_only: false, notify: false, textfile: None };
    let check = CertCommand::Check(arguments);
    let apply = CertCommand::Apply { renew: Vec::new(), staging: false, retry_now: false };
    ui.note("5. The certificate of media.example.org expired, and nobody was told: fleet cert check");
    expect(cert::run(global, ui, &check).await?, ExitCode::Difference, "the check of certificates")?;
    ui.note("6. fleet cert apply: a CA of the rehearsal asks for a value in its DNS; one host is the first to get the new certificate");
    expect(cert::run(global, ui, &apply).await?, ExitCode::Success, "the renewal")?;
    ui.note("7. fleet cert check, once more");
    expect(cert::run(global, ui, &check).await?, ExitCode::Success, "the second check of certificates")
}

/// The workers of what other servers send have 20 threads each and drown; every connection of the database is taken.
async fn queues(global: &Global, ui: &Ui) -> Result<(), CliError> {
    let solving = || Solving { solve_time: SOLVE_TIME };
    let plan = QueueCommand::Plan { out: None, what_if: WhatIfArguments::default(), solving: solving() };
    let apply = QueueCommand::Apply { what_if: None, solving: solving() };
    ui.note("8. The ingress queue drowns, and there is no connection left for another worker: fleet queue apply");
    expect(queue::run(global, ui, &apply).await?, ExitCode::Success, "the change of workers")?;
    ui.note("9. fleet queue plan, once more");
    expect(queue::run(global, ui, &plan).await?, ExitCode::Success, "the second plan of workers")
}

fn expect(found: ExitCode, wanted: ExitCode, what: &str) -> Result<(), CliError> {
    if found == wanted {
        return Ok(());
    }
    let message = format!("{what} ended with the exit code {}, not {}", found.number(), wanted.number());
    Err(CliError::failure(Failure::new("demo", message, "look at the rehearsal hosts with `fleet lab status`")))
}
