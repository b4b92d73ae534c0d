//! What the hosts say of their units: the records that `units.sh` prints. Pure.

use std::collections::BTreeMap;

use base64::Engine as _;

use crate::engine::fact::Fact;
use crate::engine::probe::{HostFacts, Probe};
use crate::names::{RemotePath, UnitName};
use crate::text::shell_quote;

const SCRIPT: &str = include_str!("scripts/units.sh");

/// The name of the facts about units.
pub(super) const FACTS: &str = "unit";

/// Asks for units, in this order; `root` stands before the paths of files, and is empty but in tests.
pub fn probe(root: &str, units: &[UnitName]) -> Probe {
    let words: Vec<String> = std::iter::once(root).chain(units.iter().map(UnitName::as_str)).map(shell_quote).collect();
    Probe::Script { name: FACTS.to_owned(), text: format!("{SCRIPT}\nfleet_units {}", words.join(" ")) }
}

/// All units of one host that were asked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Seen {
    /// By the name that was asked for.
    pub units: BTreeMap<UnitName, UnitSeen>,
    /// When the files of units last changed, seconds since the epoch, by path.
    pub changed: BTreeMap<String, f64>,
    /// Drop-ins of fleet's, by the form of their names.
    pub drop_ins: BTreeMap<RemotePath, DropIn>,
}

/// One unit, as systemd shows it (systemctl(1), `show`).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct UnitSeen {
    properties: BTreeMap<String, String>,
    /// Seconds since the epoch at which the host had started: what systemd's monotonic times count from.
    booted: f64,
}

impl UnitSeen {
    /// A property; empty where the unit has none of that name.
    pub fn get(&self, name: &str) -> &str {
        self.properties.get(name).map(String::as_str).unwrap_or_default()
    }

    /// A moment, in seconds since the epoch; `None`: it has not been.
    pub fn moment(&self, name: &str) -> Option<f64> {
        let microseconds: f64 = self.get(&format!("{name}TimestampMonotonic")).parse().ok()?;
        (microseconds > 0.0).then(|| self.booted + microseconds / 1e6)
    }

    /// The paths of its unit file and of its drop-ins.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        let drop_ins = self.get("DropInPaths").split(' ');
        std::iter::once(self.get("FragmentPath")).chain(drop_ins).filter(|path| !path.is_empty())
    }
}

/// A drop-in as it stands on the host.
#[derive(Clone, Debug, PartialEq)]
pub struct DropIn {
    /// With all links in its path resolved.
    pub resolved: RemotePath,
    /// Permission bits, octal, four digits.
    pub mode: String,
    /// `user:group`, by name where the host knows one, else by number.
    pub owner: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// What a host answered, to the units that were asked for; else why it is not known.
pub fn of(facts: &HostFacts, units: &[UnitName]) -> Result<Seen, String> {
    match facts.scripts.get(FACTS) {
        Some(Fact::Known(text)) => {
            parse(text, units).ok_or_else(|| "the host's answer about units makes no sense".into())
        }
        Some(Fact::Unknown(why)) => Err(why.clone()),
        Some(Fact::Absent) | None => Err("it was not asked for".to_owned()),
    }
}

/// `None`: it is not whole, or not about these units.
fn parse(text: &str, units: &[UnitName]) -> Option<Seen> {
    let mut seen = Seen::default();
    let mut booted = None;
    let mut shown: Vec<BTreeMap<String, String>> = Vec::new();
    let mut whole = false;
    for line in text.lines() {
        let words: Vec<&str> = line.split('\t').collect();
        match words.as_slice() {
            ["clock", clock, uptime] => booted = Some(clock.parse::<f64>().ok()? - uptime.parse::<f64>().ok()?),
            ["unit"] => shown.push(BTreeMap::new()),
            ["is", ..] => {
                let (name, value) = line.split_once('\t')?.1.split_once('=')?;
                shown.last_mut()?.insert(name.to_owned(), value.to_owned());
            }
            ["file", changed, path] => drop(seen.changed.insert((*path).to_owned(), changed.parse().ok()?)),
            ["drop-in", path, resolved, mode, names, numbers, bytes] => {
                let owner = if names.contains("UNKNOWN") { numbers } else { names };
                let drop_in = DropIn {
                    resolved: RemotePath::new(*resolved),
                    mode: format!("{mode:0>4}"),
                    owner: (*owner).to_owned(),
                    bytes: base64::prelude::BASE64_STANDARD.decode(bytes).ok()?,
                };
                seen.drop_ins.insert(RemotePath::new(*path), drop_in);
            }
            ["done"] => whole = true,
            _ => return None,
        }
    }
    let booted = booted.filter(|_| whole && shown.len() == units.len())?;
    seen.units =
        units.iter().cloned().zip(shown.into_iter().map(|properties| UnitSeen { properties, booted })).collect();
    Some(seen)
}

/// Takes values that may be secrets out of drop-ins, which somebody may have edited.
pub(super) fn redact(facts: &mut HostFacts) {
    let Some(Fact::Known(answer)) = facts.scripts.get_mut(FACTS) else { return };
    let lines = answer.lines().map(|line| match line.rsplit_once('\t') {
        Some((head, bytes)) if line.starts_with("drop-in\t") => {
            let bytes = base64::prelude::BASE64_STANDARD.decode(bytes).unwrap_or_default();
            let text = super::text::without_secrets(&String::from_utf8_lossy(&bytes));
            format!("{head}\t{}", base64::prelude::BASE64_STANDARD.encode(text))
        }
        _ => line.to_owned(),
    });
    *answer = lines.collect::<Vec<_>>().join("\n") + "\n";
}
