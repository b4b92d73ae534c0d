//! `fleet cert discover`: the certificates that services present and that certbot keeps, declared or not.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::actions::cert::discover::{self, Discovery, Level};
use crate::engine::probe::{HostFacts, Observation, Observations};
use crate::engine::status::{Failure, HostResult, Status};
use crate::inventory::Inventory;
use crate::names::HostName;
use crate::report::{DiscoverReport, ExitCode, Ui, exit};

use super::super::app::{self, CliError};
use super::super::args::Global;
use super::super::base::Base;
use super::super::facts_file;
use super::super::observe::{self, Sought};

/// What a look at the selected hosts came to.
pub(super) struct Found {
    pub(super) discovery: Discovery,
    /// Every selected host, by name.
    pub(super) hosts: Vec<HostResult>,
}

/// `fleet cert discover`
pub(super) async fn discover(global: &Global, ui: &Ui) -> Result<ExitCode, CliError> {
    let inventory = app::load(global, ui)?;
    let Found { discovery, hosts } = look(global, ui, &inventory).await?;
    let odd = discovery.findings.iter().any(|finding| finding.level != Level::Note);
    let code = exit::of_check(&hosts, false);
    let code = ExitCode::of_several([code].into_iter().chain((global.strict && odd).then_some(ExitCode::Difference)));
    let undeclared = discovery.undeclared();
    let next = (undeclared > 0).then(|| global.next("cert adopt"));
    let Discovery { certificates, keys, findings, .. } = discovery;
    app::print(ui, &DiscoverReport::new(hosts, certificates, keys, findings, undeclared, next))?;
    Ok(code)
}

/// Asks the selected hosts, or saved facts of them.
pub(super) async fn look(global: &Global, ui: &Ui, inventory: &Inventory) -> Result<Found, CliError> {
    let selected = app::select(global, inventory)?;
    let base = Base::open(global)?;
    let sight = if let Some(file) = &global.facts {
        facts_file::load(file, &base.key)?
    } else {
        let probes = |_: &HostName| vec![discover::probe()];
        let sought = Sought { probes: &probes, hosts: &selected, handshakes: BTreeMap::new(), public: Vec::new() };
        observe::look(global, ui, inventory, &base, &sought).await?
    };
    if let Some(file) = &global.save_facts {
        // No secret is among them, see `discover.sh`.
        facts_file::save(file, &sight, &[], &BTreeMap::new(), &base.key)?;
    }
    Ok(judge(&selected, &sight.observations, inventory, sight.observed))
}

fn judge(
    selected: &BTreeSet<HostName>,
    observations: &Observations,
    inventory: &Inventory,
    observed: Timestamp,
) -> Found {
    let facts: BTreeMap<HostName, &HostFacts> = selected
        .iter()
        .filter_map(|host| match observations.get(host) {
            Some(Observation::Facts(facts)) => Some((host.clone(), facts.as_ref())),
            _ => None,
        })
        .collect();
    let (discovery, unknown) = Discovery::of(&facts, inventory.certs(), observed);
    let hosts = selected
        .iter()
        .map(|host| match observations.get(host) {
            Some(Observation::Unreachable(failure)) => {
                HostResult::ended(host.clone(), Status::Unreachable, failure.clone())
            }
            Some(Observation::Failed(failure)) => HostResult::ended(host.clone(), Status::Failed, failure.clone()),
            Some(Observation::Facts(_)) => match unknown.get(host) {
                Some(why) => {
                    let message = format!("its certificates could not be asked for: {why}");
                    HostResult::ended(host.clone(), Status::Unknown, Failure::bare("not-observed", message))
                }
                None => HostResult::of_items(host.clone(), Vec::new()),
            },
            None => {
                let failure = Failure::bare("not-observed", "the facts file has nothing of it");
                HostResult::ended(host.clone(), Status::Failed, failure)
            }
        })
        .collect();
    Found { discovery, hosts }
}
