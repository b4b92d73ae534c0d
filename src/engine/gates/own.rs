//! What fleet itself can look at on a host: scripts of the engine's own.

use super::super::gate::Scripts;
use super::super::transaction::Gate;
use crate::names::{HostName, RemotePath, UnitName};

const UNIT_STEADY: &str = "unit-steady";
const DISK_BELOW: &str = "disk-below";

/// The longest time for which a unit is watched, in seconds.
const LONGEST: u32 = 3600;

/// The scripts, by name.
pub fn scripts() -> Scripts {
    Scripts::from([(UNIT_STEADY, include_str!("unit-steady.sh")), (DISK_BELOW, include_str!("disk-below.sh"))])
}

/// A unit of the host is active, and stays so for so many seconds without being started anew.
pub fn unit_steady(host: HostName, unit: &UnitName, seconds: u32) -> Gate {
    Gate::Builtin {
        host,
        script: UNIT_STEADY.to_owned(),
        arguments: vec![unit.to_string(), seconds.to_string()],
        told: format!("see that {unit} is active for {seconds} s without a restart"),
    }
}

/// Of the host's file system that holds the path, and of its inodes, less than so many percent are used.
pub fn disk_below(host: HostName, path: &RemotePath, percent: u8) -> Gate {
    Gate::Builtin {
        host,
        script: DISK_BELOW.to_owned(),
        arguments: vec![path.to_string(), percent.to_string()],
        told: format!("see that less than {percent} % of {path} are used"),
    }
}

/// What is odd in the arguments of one of these scripts, which has so many seconds.
pub(in crate::engine) fn problem(script: &str, arguments: &[String], timeout_seconds: u32) -> Option<String> {
    let number = |text: &String| text.parse::<u32>().ok();
    match (script, arguments) {
        (UNIT_STEADY, [unit, seconds]) => match number(seconds) {
            Some(seconds) if (1..=LONGEST).contains(&seconds) && seconds < timeout_seconds => {
                (!unit.contains('.')).then(|| format!("{unit:?} is no name of a unit"))
            }
            _ => Some(format!(
                "{unit} is watched for {seconds} s, which is not from 1 to {LONGEST} and less than the {timeout_seconds} s that it may take"
            )),
        },
        (DISK_BELOW, [path, percent]) => match number(percent) {
            Some(1..=100) if path.starts_with('/') => None,
            _ => Some(format!("{percent} % of {path} is no share of a file system")),
        },
        (UNIT_STEADY | DISK_BELOW, _) => Some(format!("{script} takes two arguments")),
        _ => None,
    }
}
