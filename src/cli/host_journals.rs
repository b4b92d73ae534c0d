//! What the hosts themselves keep of the changes that anybody made to them: one exec a host.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::host_journal::{HostJournal, journal_probe};
use crate::engine::probe::Observation;
use crate::engine::status::Failure;
use crate::inventory::Inventory;
use crate::names::HostName;
use crate::report::Ui;

use super::app::{self, CliError};
use super::args::Global;
use super::base::Base;
use super::observe::{self, Sought};

/// The journals of the selected hosts; of each that has none to tell, why.
pub(super) async fn read_host_journals(
    global: &Global,
    ui: &Ui,
    inventory: &Inventory,
    base: &Base,
) -> Result<BTreeMap<HostName, Result<HostJournal, Failure>>, CliError> {
    let hosts: BTreeSet<HostName> = app::select(global, inventory)?;
    let sought =
        Sought { probes: &|_| vec![journal_probe()], hosts: &hosts, handshakes: BTreeMap::new(), public: Vec::new() };
    let sight = observe::look(global, ui, inventory, base, &sought).await?;
    let read = |observation: Observation| match observation {
        Observation::Facts(facts) => HostJournal::of(&facts)
            .map_err(|why| Failure::bare("journal-unreadable", format!("its journal cannot be read: {why}"))),
        Observation::Unreachable(failure) | Observation::Failed(failure) => Err(failure),
    };
    Ok(sight.observations.into_iter().map(|(host, observation)| (host, read(observation))).collect())
}
