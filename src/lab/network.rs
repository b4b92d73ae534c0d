//! The lab's network: a switch (a bridge in a network namespace of its own, so that no firewall, forwarding or bridge filter of
//! this machine has a say between hosts), one link from this machine to it, and one namespace and link for each host.

use std::fmt::Write as _;
use std::net::Ipv4Addr;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::command::{run, run_with_input, tool};
use super::error::LabError;
use super::state::{self, HostPaths, LabRecord, Paths, is_mounted};

/// Bits of a lab's subnet: room for 1,000 hosts.
pub(super) const PREFIX: u8 = 22;
/// Addresses before the first host's: the network's own, this machine's, and some for what a rehearsal adds.
const FIRST_HOST: u32 = 10;
/// The most hosts that fit.
pub(super) const MOST_HOSTS: usize = 1000;
const BRIDGE: &str = "switch";
const UPLINK: &str = "uplink";

/// Where labs may live: private space (RFC 1918), the ends that others use least, and at last the range for tests (RFC 2544).
const CANDIDATES: &[(Ipv4Addr, u8)] = &[
    (Ipv4Addr::new(10, 224, 0, 0), 11),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
];

/// A host's address in a lab.
pub(super) fn address(subnet: Ipv4Addr, index: u32) -> Ipv4Addr {
    Ipv4Addr::from(u32::from(subnet) + FIRST_HOST + index)
}

pub(super) fn is_in(subnet: Ipv4Addr, address: Ipv4Addr) -> bool {
    overlap((subnet, PREFIX), (address, 32))
}

fn machine_address(subnet: Ipv4Addr) -> Ipv4Addr {
    Ipv4Addr::from(u32::from(subnet) + 1)
}

/// This machine's end of the link to the switch (at most 15 bytes).
pub(super) fn interface(paths: &Paths) -> String {
    format!("fleet-{}", paths.tag())
}

/// Fixed, so that a link made anew keeps its hardware address, which its neighbours have cached. Locally administered; `None` is
/// this machine's.
fn mac(paths: &Paths, index: Option<u32>) -> String {
    let tag = paths.tag();
    let [.., high, low] = index.unwrap_or(u32::MAX).to_be_bytes();
    format!("02:{}:{}:{}:{high:02x}:{low:02x}", &tag[..2], &tag[2..4], &tag[4..6])
}

fn port(index: u32) -> String {
    format!("h{index}")
}

/// A subnet that overlaps with none of the given (address, prefix length); where the search starts depends on the lab's id, so that
/// a lab tends to keep its addresses.
fn choose(id: &str, taken: &[(Ipv4Addr, u8)]) -> Option<Ipv4Addr> {
    let digest = Sha256::digest(id.as_bytes());
    let seed = u32::from_be_bytes([0, digest[0], digest[1], digest[2]]);
    CANDIDATES.iter().find_map(|&(range, bits)| {
        let blocks = 1u32 << (PREFIX - bits);
        (0..blocks)
            .map(|step| u32::from(range) + (((seed + step) % blocks) << (32 - PREFIX)))
            .map(Ipv4Addr::from)
            .find(|&block| !taken.iter().any(|&route| overlap((block, PREFIX), route)))
    })
}

fn overlap(a: (Ipv4Addr, u8), b: (Ipv4Addr, u8)) -> bool {
    let bits = u32::from(a.1.min(b.1));
    let mask = u32::MAX.checked_shl(32 - bits).unwrap_or(0);
    u32::from(a.0) & mask == u32::from(b.0) & mask
}

/// Destinations in `ip -json route show table all`, without default routes and the halves and quarters that VPNs use as such.
fn routes(json: &str) -> Result<Vec<(Ipv4Addr, u8)>, serde_json::Error> {
    #[derive(Deserialize)]
    struct Route {
        dst: String,
    }
    let routes: Vec<Route> = serde_json::from_str(if json.trim().is_empty() { "[]" } else { json })?;
    let parse = |route: Route| {
        let (address, bits) = route.dst.split_once('/').unwrap_or((&route.dst, "32"));
        Some((address.parse().ok()?, bits.parse().ok()?))
    };
    Ok(routes.into_iter().filter_map(parse).filter(|&(_, bits)| bits >= 8).collect())
}

/// Chooses a subnet; the caller holds the machine-wide lock until it is recorded.
pub(super) async fn free_subnet(paths: &Paths) -> Result<Ipv4Addr, LabError> {
    choose(&paths.id, &taken(paths).await?).ok_or(LabError::NoSubnet)
}

/// Whether a subnet overlaps with nothing on this machine.
pub(super) async fn is_free(paths: &Paths, subnet: Ipv4Addr) -> Result<bool, LabError> {
    Ok(!taken(paths).await?.iter().any(|&route| overlap((subnet, PREFIX), route)))
}

/// This machine's routes, and the subnets of all other labs.
async fn taken(paths: &Paths) -> Result<Vec<(Ipv4Addr, u8)>, LabError> {
    let json = run("read the routes", tool("ip").args(["-4", "-json", "route", "show", "table", "all"])).await?;
    let mut taken =
        routes(&json).map_err(|error| LabError::Command { what: "read the routes".into(), why: error.to_string() })?;
    let labs = state::labs_dir();
    for lab in std::fs::read_dir(&labs).map_err(LabError::io("list", &labs))? {
        let other = Paths::new(&lab.map_err(LabError::io("list", &labs))?.file_name().to_string_lossy());
        if other.id == paths.id {
            continue;
        }
        // Another lab's broken record is that lab's problem; its routes were seen above.
        if let Ok(Some(record)) = state::read_json::<LabRecord>(&other.record()) {
            taken.push((record.subnet, PREFIX));
        }
    }
    Ok(taken)
}

/// Makes the switch and the link to it unless they stand; `true` if made anew, when hosts' links are gone.
pub(super) async fn ensure_switch(paths: &Paths, subnet: Ipv4Addr) -> Result<bool, LabError> {
    if switch_stands(paths, subnet).await? {
        return Ok(false);
    }
    remove_switch(paths).await?;
    let (interface, switch) = (interface(paths), paths.switch());
    make_namespace(&switch).await?;
    let switch_path = switch.display();
    let (address, mac) = (format!("{}/{PREFIX}", machine_address(subnet)), mac(paths, None));
    batch(
        "make the lab's switch",
        nsenter(&switch),
        &format!("link set lo up\nlink add {BRIDGE} type bridge\nlink set {BRIDGE} up\n"),
    )
    .await?;
    batch("link this machine to the lab's switch", tool("ip"), &format!(
        "link add {interface} address {mac} type veth peer name {UPLINK} netns {switch_path}\naddr add {address} dev {interface}\nlink set {interface} up\n"
    ))
    .await?;
    // Last: `switch_stands` takes an uplink with a master for a finished switch.
    batch(
        "finish the lab's switch",
        nsenter(&switch),
        &format!("link set {UPLINK} up\nlink set {UPLINK} master {BRIDGE}\n"),
    )
    .await?;
    Ok(true)
}

async fn switch_stands(paths: &Paths, subnet: Ipv4Addr) -> Result<bool, LabError> {
    if !is_mounted(&paths.switch())? || !interface_exists(paths) {
        return Ok(false);
    }
    let shown =
        run("look at the lab's link", tool("ip").args(["-4", "-o", "addr", "show", "up", "dev", &interface(paths)]))
            .await?;
    let has_address = shown.contains(&format!(" {}/{PREFIX} ", machine_address(subnet)));
    Ok(has_address && ports(paths).await?.iter().any(|port| port == UPLINK))
}

/// Whether this machine's end of the link exists.
pub(super) fn interface_exists(paths: &Paths) -> bool {
    Path::new("/sys/class/net").join(interface(paths)).exists()
}

/// The switch's ports whose link works, both ends up.
pub(super) async fn ports(paths: &Paths) -> Result<Vec<String>, LabError> {
    let what = "list the switch's ports";
    let json = run(what, nsenter(&paths.switch()).args(["ip", "-json", "link", "show"])).await?;
    let bad = |why: String| LabError::Command { what: what.into(), why };
    let links: Vec<Value> = serde_json::from_str(&json).map_err(|error| bad(error.to_string()))?;
    let works = |link: &&Value| {
        let flag = |name: &str| link["flags"].as_array().is_some_and(|flags| flags.iter().any(|flag| flag == name));
        link["master"] == BRIDGE && flag("UP") && flag("LOWER_UP")
    };
    Ok(links.iter().filter(works).filter_map(|link| link["ifname"].as_str().map(ToOwned::to_owned)).collect())
}

/// Whether a host's port is among the working ones.
pub(super) fn has_port(ports: &[String], index: u32) -> bool {
    ports.iter().any(|name| *name == port(index))
}

/// Makes the host's network namespace, empty.
pub(super) async fn make_namespace(file: &Path) -> Result<(), LabError> {
    if is_mounted(file)? {
        run("remove a network namespace", tool("umount").arg(file)).await?;
    }
    state::write_private(file, b"")?;
    let mut command = tool("unshare");
    command.arg(format!("--net={}", file.display())).arg("true");
    run("make a network namespace", &mut command).await.map(drop)
}

/// Plugs a host's namespace into the switch, anew.
pub(super) async fn plug(paths: &Paths, host: &HostPaths, subnet: Ipv4Addr, index: u32) -> Result<(), LabError> {
    let (port, namespace) = (port(index), host.netns());
    unplug(paths, index).await?;
    let (namespace_path, mac) = (namespace.display(), mac(paths, Some(index)));
    batch("plug a host into the switch", nsenter(&paths.switch()), &format!(
        "link add {port} type veth peer name eth0 address {mac} netns {namespace_path}\nlink set {port} master {BRIDGE}\nlink set {port} up\n"
    ))
    .await?;
    let address = format!("{}/{PREFIX}", address(subnet, index));
    batch(
        "give a host its address",
        nsenter(&namespace),
        &format!("link set lo up\naddr add {address} dev eth0\nlink set eth0 up\n"),
    )
    .await
}

async fn unplug(paths: &Paths, index: u32) -> Result<(), LabError> {
    // One command, no race: whether there was such a port does not matter.
    let script = format!("if ip link show {0} >/dev/null 2>&1; then ip link del {0}; fi", port(index));
    let mut command = nsenter(&paths.switch());
    run("unplug a host from the switch", command.args(["sh", "-c", &script])).await.map(drop)
}

/// Takes a host's port up or down, as a pulled cable would.
pub(super) async fn set_port(paths: &Paths, index: u32, up: bool) -> Result<(), LabError> {
    let state = if up { "up" } else { "down" };
    let mut command = nsenter(&paths.switch());
    command.args(["ip", "link", "set", &port(index), state]);
    run("set a host's link", &mut command).await.map(drop)
}

/// Removes the link, and the switch with all its ports.
pub(super) async fn remove_switch(paths: &Paths) -> Result<(), LabError> {
    if interface_exists(paths) {
        run("remove the lab's link", tool("ip").args(["link", "del", &interface(paths)])).await?;
    }
    if is_mounted(&paths.switch())? {
        run("remove the lab's switch", tool("umount").arg(paths.switch())).await?;
    }
    state::remove_file(&paths.switch())
}

fn nsenter(namespace: &Path) -> tokio::process::Command {
    let mut command = tool("nsenter");
    command.arg(format!("--net={}", namespace.display()));
    command
}

/// Several `ip` commands in one process; `prefix` is `ip` itself or `nsenter`.
async fn batch(what: &str, mut prefix: tokio::process::Command, commands: &str) -> Result<(), LabError> {
    if prefix.as_std().get_program() != "ip" {
        prefix.arg("ip");
    }
    run_with_input(what, prefix.args(["-batch", "-"]), commands.as_bytes()).await.map(drop)
}

/// The host table that every host of a lab gets: its own names first, then all others'.
pub(super) fn hosts_file(own: &str, table: &[(String, Ipv4Addr)]) -> String {
    let mut text = String::from("127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n");
    let (own, others): (Vec<_>, Vec<_>) = table.iter().partition(|(names, _)| names.split(' ').next() == Some(own));
    for (names, address) in own.into_iter().chain(others) {
        // Writing to a String can't fail.
        let _ = writeln!(text, "{address} {names}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subnet_never_overlaps_with_a_route() {
        let free = choose("lab", &[]).unwrap();
        assert!(overlap((free, PREFIX), (Ipv4Addr::new(10, 224, 0, 0), 11)));
        assert_eq!(choose("lab", &[]), Some(free));
        let next = choose("lab", &[(free, 24)]).unwrap();
        assert!(!overlap((next, PREFIX), (free, PREFIX)));
        let elsewhere = choose("lab", &[(Ipv4Addr::new(10, 0, 0, 0), 8)]).unwrap();
        assert!(overlap((elsewhere, PREFIX), (Ipv4Addr::new(172, 16, 0, 0), 12)));
        assert_eq!(choose("lab", CANDIDATES), None);
    }

    #[test]
    fn default_routes_do_not_count() {
        let json = r#"[{"dst":"default","gateway":"192.0.2.1"},{"dst":"0.0.0.0/1"},{"dst":"10.8.0.0/24"},{"dst":"192.0.2.2","type":"local"}]"#;
        let expected = [(Ipv4Addr::new(10, 8, 0, 0), 24), (Ipv4Addr::new(192, 0, 2, 2), 32)];
        assert_eq!(routes(json).unwrap(), expected);
        assert_eq!(routes("").unwrap(), []);
    }

    #[test]
    fn interface_names_fit() {
        assert!(interface(&Paths::new(&"x".repeat(60))).len() <= 15);
        assert!(port(u32::try_from(MOST_HOSTS).unwrap()).len() <= 15);
    }

    #[test]
    fn a_host_finds_itself_first() {
        let table = [("a".to_owned(), Ipv4Addr::new(10, 0, 0, 1)), ("b b_x".to_owned(), Ipv4Addr::new(10, 0, 0, 2))];
        let text = hosts_file("b", &table);
        assert_eq!(text.lines().skip(2).collect::<Vec<_>>(), ["10.0.0.2 b b_x", "10.0.0.1 a"]);
    }
}
