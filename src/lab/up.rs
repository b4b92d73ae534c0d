//! Making a lab what its specification says.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::container::{Container, SystemState};
use super::error::LabError;
use super::event::{HostState, LabEvent, Reporter};
use super::image::Images;
use super::prepare::{self, hostname};
use super::reach::wait_reachable;
use super::state::{self, FORMAT, HostRecord, LabRecord, Lock, Paths};
use super::{HostSpec, each, machine, network};
use crate::names::HostName;

/// What a standing host has this long to answer, before it is taken for hung.
const HUNG_AFTER: Duration = Duration::from_secs(20);

/// One host of the lab that is to be.
struct Wanted<'a> {
    spec: &'a HostSpec,
    record: HostRecord,
    hosts_file: String,
}

/// The caller holds the lab's lock.
pub(super) async fn up(paths: &Paths, specs: &[HostSpec], reporter: &Reporter<'_>) -> Result<(), LabError> {
    check(specs)?;
    let layers = images(specs, reporter).await?;
    let mut digests = BTreeMap::new();
    for spec in specs {
        digests.insert(&spec.name, prepare::digest(spec, &layers[&spec.packages])?);
    }
    let mut to_boot = 0;
    for spec in specs {
        to_boot += usize::from(Container::new(paths, &spec.name)?.leader().is_none());
    }
    let lab = lab_record(paths, to_boot, reporter).await?;
    make_key(paths).await?;

    let gone = paths.host_names()?.into_iter().filter(|host| !digests.contains_key(host)).collect();
    remove_hosts(paths, gone, reporter).await?;

    let indices = indices(paths, specs)?;
    let table: Vec<_> =
        specs.iter().map(|spec| (names(&spec.name), network::address(lab.subnet, indices[&spec.name]))).collect();
    let mut wanted = BTreeMap::new();
    for spec in specs {
        let record = HostRecord {
            format: FORMAT,
            index: indices[&spec.name],
            digest: digests[&spec.name].clone(),
            layers: layers[&spec.packages].clone(),
        };
        let hosts_file = network::hosts_file(&hostname(&spec.name), &table);
        wanted.insert(spec.name.clone(), Wanted { spec, record, hosts_file });
    }

    network::ensure_switch(paths, lab.subnet).await?;
    let ports = network::ports(paths).await?;
    let hosts = wanted.keys().cloned().collect();
    each(hosts, |host| host_up(paths, lab.subnet, &wanted[&host], &ports, reporter)).await
}

/// Removes hosts, whatever there is of them.
pub(super) async fn remove_hosts(paths: &Paths, hosts: Vec<HostName>, reporter: &Reporter<'_>) -> Result<(), LabError> {
    each(hosts, |host| async move {
        Container::new(paths, &host)?.destroy().await?;
        reporter.emit(LabEvent::HostRemoved { host });
        Ok(())
    })
    .await
}

fn check(specs: &[HostSpec]) -> Result<(), LabError> {
    if specs.len() > network::MOST_HOSTS {
        return Err(LabError::TooManyHosts { wanted: specs.len(), most: network::MOST_HOSTS });
    }
    let (mut names, mut hostnames) = (BTreeSet::new(), BTreeSet::new());
    for spec in specs {
        prepare::check_name(&spec.name)?;
        let bad = |why: String| Err(LabError::BadSpec { host: spec.name.clone(), why });
        if !names.insert(&spec.name) {
            return bad("specified twice".into());
        }
        if !hostnames.insert(hostname(&spec.name)) {
            return bad(format!("another host becomes {} too", hostname(&spec.name)));
        }
        // Debian Policy 5.6.1; anything else would be an option or a path to apt.
        let ok = |name: &str| {
            name.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
                && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"+-.".contains(&b))
                && !name.ends_with(['+', '-'])
                || name == "g++"
        };
        if let Some(package) = spec.packages.iter().find(|package| !ok(package)) {
            return bad(format!("{package:?} is no Debian package name"));
        }
    }
    Ok(())
}

/// The image of each package set, built one after the other: apt and the disk are the bottleneck.
async fn images<'a>(
    specs: &'a [HostSpec],
    reporter: &Reporter<'_>,
) -> Result<BTreeMap<&'a BTreeSet<String>, Vec<PathBuf>>, LabError> {
    let images = Images::of_this_machine();
    let mut layers = BTreeMap::new();
    for spec in specs {
        if !layers.contains_key(&spec.packages) {
            layers.insert(&spec.packages, images.layers(&spec.packages, reporter).await?);
        }
    }
    Ok(layers)
}

/// The lab's record, made if there is none, and the limits that its hosts need. One lab at a time, since they share both.
async fn lab_record(paths: &Paths, to_boot: usize, reporter: &Reporter<'_>) -> Result<LabRecord, LabError> {
    let _machine =
        Lock::take(&state::machine_lock(), false, |holder| reporter.emit(LabEvent::Waiting { holder })).await?;
    state::make_dir(&paths.hosts())?;
    let known = match state::read_json::<LabRecord>(&paths.record()) {
        // A damaged record: hosts keep their numbers, and get new addresses with the new subnet.
        Err(LabError::State { .. }) => None,
        other => other?.filter(|record| record.format == FORMAT),
    };
    // After a reboot another network may have taken the subnet: it is ours only while our link stands.
    let record = match known {
        Some(record) if network::interface_exists(paths) || network::is_free(paths, record.subnet).await? => record,
        _ => LabRecord { format: FORMAT, subnet: network::free_subnet(paths).await? },
    };
    state::write_json(&paths.record(), &record)?;
    reporter.emit(LabEvent::Network {
        subnet: IpAddr::V4(record.subnet),
        prefix: network::PREFIX,
        interface: network::interface(paths),
    });
    if let Some((from, to)) = machine::make_room(to_boot)? {
        reporter.emit(LabEvent::InotifyLimit { from, to });
    }
    Ok(record)
}

/// The lab's SSH key: both halves or none.
async fn make_key(paths: &Paths) -> Result<(), LabError> {
    let (key, public) = (paths.key(), paths.key().with_extension("pub"));
    if key.is_file() && public.is_file() {
        return Ok(());
    }
    state::remove_file(&key)?;
    state::remove_file(&public)?;
    // Hosts that trust a lost key can't be reached.
    for host in paths.host_names()? {
        state::remove_file(&paths.host(&host).record())?;
    }
    let temporary = paths.dir.join("new-key");
    state::remove_file(&temporary)?;
    state::remove_file(&temporary.with_extension("pub"))?;
    prepare::make_key(&temporary, &format!("fleet lab {}", paths.id)).await?;
    let (from, to) = (temporary.with_extension("pub"), &public);
    std::fs::rename(&from, to).map_err(LabError::io("rename to", to))?;
    std::fs::rename(&temporary, &key).map_err(LabError::io("rename to", &key))
}

/// Hosts that stand keep their number; new ones get the lowest that are free, in the order of the specification.
fn indices(paths: &Paths, specs: &[HostSpec]) -> Result<BTreeMap<HostName, u32>, LabError> {
    let mut indices = BTreeMap::new();
    let mut used = BTreeSet::new();
    for spec in specs {
        let record = state::read_json::<HostRecord>(&paths.host(&spec.name).record()).ok().flatten();
        if let Some(record) = record.filter(|record| used.insert(record.index)) {
            indices.insert(spec.name.clone(), record.index);
        }
    }
    let most = u32::try_from(network::MOST_HOSTS).unwrap_or(u32::MAX);
    let mut free = (0..most).filter(|index| !used.contains(index));
    for spec in specs {
        if !indices.contains_key(&spec.name) {
            let Some(index) = free.next() else {
                return Err(LabError::TooManyHosts { wanted: specs.len(), most: network::MOST_HOSTS });
            };
            indices.insert(spec.name.clone(), index);
        }
    }
    Ok(indices)
}

/// The names that stand for a host in the host table.
fn names(host: &HostName) -> String {
    let name = hostname(host);
    if name == host.as_str() { name } else { format!("{name} {host}") }
}

async fn host_up(
    paths: &Paths,
    subnet: Ipv4Addr,
    wanted: &Wanted<'_>,
    ports: &[String],
    reporter: &Reporter<'_>,
) -> Result<(), LabError> {
    let start = Instant::now();
    let host = wanted.spec.name.clone();
    let container = Container::new(paths, &host)?;
    let repairing = |why: &str| reporter.emit(LabEvent::HostRepairing { host: host.clone(), why: why.to_owned() });
    create(paths, &container, wanted, reporter).await?;

    let mut running = container.leader().is_some();
    let mounted = state::is_mounted(&container.paths.root())?;
    let connected = state::is_mounted(&container.paths.netns())?;
    if running && !(mounted && connected) {
        repairing(if mounted { "its network namespace is gone" } else { "its root is not mounted" });
        running = false;
    } else if running {
        match container.system_state(false, HUNG_AFTER).await? {
            SystemState::Other(word) => {
                repairing(&if word.is_empty() { "it hangs".into() } else { format!("its systemd says {word}") });
                running = false;
            }
            SystemState::Running | SystemState::Degraded(_) | SystemState::Booting => {}
        }
    }
    if !running {
        // Also what a killed `up` left between two steps.
        container.kill().await?;
        container.sweep()?;
        container.mount(&wanted.record.layers).await?;
    }
    if !connected {
        network::make_namespace(&container.paths.netns()).await?;
    }
    if !connected || !network::has_port(ports, wanted.record.index) {
        if running {
            repairing("its link is down");
        }
        network::plug(paths, &container.paths, subnet, wanted.record.index).await?;
    }
    prepare::write_hosts_file(&container, &wanted.hosts_file)?;
    if !running {
        reporter.emit(LabEvent::HostBooting { host: host.clone() });
        container.start(&hostname(&host)).await?;
    }
    let failed_units = match container.wait_booted().await? {
        SystemState::Degraded(units) => units,
        _ => Vec::new(),
    };
    let address = network::address(subnet, wanted.record.index);
    wait_reachable(&host, address).await?;
    reporter.emit(LabEvent::HostUp { host, address: IpAddr::V4(address), failed_units, elapsed: start.elapsed() });
    Ok(())
}

/// Makes the host's root unless it stands as specified.
async fn create(
    paths: &Paths,
    container: &Container,
    wanted: &Wanted<'_>,
    reporter: &Reporter<'_>,
) -> Result<(), LabError> {
    let host = || container.host.clone();
    let exists = container.paths.dir.exists();
    // A record that can't be read makes the host anew, as one that differs does.
    let record = state::read_json::<HostRecord>(&container.paths.record()).ok().flatten();
    match record {
        Some(record) if record.digest == wanted.record.digest && record.index == wanted.record.index => {
            return Ok(());
        }
        Some(_) => {
            let why = "it is specified otherwise now: it is made anew".into();
            reporter.emit(LabEvent::HostRepairing { host: host(), why });
        }
        None if exists => {
            let why = "it is half made: it is made anew".into();
            reporter.emit(LabEvent::HostRepairing { host: host(), why });
        }
        None => reporter.emit(LabEvent::HostCreating { host: host() }),
    }
    container.destroy().await?;
    container.mount(&wanted.record.layers).await?;
    prepare::prepare(paths, container, wanted.spec).await?;
    state::write_json(&container.paths.record(), &wanted.record)
}

/// A finished boot as the caller sees it.
pub(super) fn host_state(state: SystemState) -> HostState {
    match state {
        SystemState::Running => HostState::Running,
        SystemState::Degraded(failed_units) => HostState::Degraded { failed_units },
        SystemState::Booting => HostState::Booting,
        SystemState::Other(word) => HostState::Broken { why: format!("its systemd says {word}") },
    }
}
