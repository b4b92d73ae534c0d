//! The units that read a file, as their own settings show it.

use std::collections::BTreeSet;

use globset::GlobBuilder;

use crate::engine::fact::Fact;
use crate::engine::probe::{HostFacts, Probe};
use crate::inventory::EnvFormat;
use crate::names::RemotePath;

const PROBE: &str = "units-that-read-env-files";

/// The suffixes of units that the inventory takes.
const KINDS: [&str; 6] = [".service", ".scope", ".socket", ".timer", ".path", ".target"];

/// Asks for the settings of all loaded services, see systemctl(1).
pub(super) fn probe() -> Probe {
    Probe::Script {
        name: PROBE.to_owned(),
        text: "systemctl show '*.service' -p Id -p EnvironmentFiles -p WorkingDirectory --no-pager".to_owned(),
    }
}

/// The units of all hosts that read the file, instances of a template as one glob; and why some could not be asked for.
///
/// Read by systemd it stands in `EnvironmentFile=`; an application that reads `.env` by itself works in its directory.
pub(super) fn found<'a>(
    path: &RemotePath,
    format: EnvFormat,
    hosts: impl Iterator<Item = &'a HostFacts>,
) -> (Vec<String>, Option<String>) {
    let directory = path.as_str().rsplit_once('/').map_or("", |(directory, _)| directory);
    let mut units = BTreeSet::new();
    let mut unknown = None;
    for facts in hosts {
        match facts.scripts.get(PROBE) {
            Some(Fact::Known(text)) => {
                for block in text.split("\n\n") {
                    let values = |name: &str| {
                        let lead = format!("{name}=");
                        block.lines().filter_map(move |line| line.strip_prefix(lead.as_str()).map(str::to_owned))
                    };
                    let reads = values("EnvironmentFiles").any(|file| names(&file, path.as_str()));
                    let lives = format == EnvFormat::Dotenv
                        && !directory.is_empty()
                        && values("WorkingDirectory").any(|it| it.trim_start_matches(['!', '-']) == directory);
                    if reads || lives {
                        units.extend(values("Id").map(|id| glob_of(&id)).filter(|unit| is_pattern(unit)));
                    }
                }
            }
            Some(Fact::Unknown(why)) => unknown = Some(why.clone()),
            Some(Fact::Absent) | None => unknown = Some("the host did not say".to_owned()),
        }
    }
    (units.into_iter().collect(), unknown)
}

/// Whether a value such as `/etc/default/app (ignore_errors=yes)`, which may be a glob, names the path.
fn names(value: &str, path: &str) -> bool {
    let file = value.rsplit_once(" (ignore_errors=").map_or(value, |(file, _)| file);
    file == path
        || GlobBuilder::new(file).literal_separator(true).build().is_ok_and(|it| it.compile_matcher().is_match(path))
}

/// `app@1.service` is `app@*.service`; an escape such as `\x2d` would be one to globs too.
fn glob_of(unit: &str) -> String {
    let glob = match (unit.split_once('@'), unit.rsplit_once('.')) {
        (Some((template, _)), Some((_, kind))) => format!("{template}@*.{kind}"),
        _ => unit.to_owned(),
    };
    glob.replace('\\', "?")
}

/// Whether the inventory takes it in `units`.
pub(super) fn is_pattern(unit: &str) -> bool {
    let usual = |byte: u8| byte.is_ascii_alphanumeric() || b"_*?[]!@:.\\-".contains(&byte);
    unit.bytes().all(usual)
        && !unit.starts_with(['-', '!', ']'])
        && KINDS.iter().any(|kind| unit.len() > kind.len() && unit.ends_with(kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(text: &str) -> HostFacts {
        let mut facts = HostFacts::default();
        facts.scripts.insert(PROBE.to_owned(), Fact::Known(text.to_owned()));
        facts
    }

    #[test]
    fn by_environment_file_and_by_directory() {
        let hosts = [
            host(
                "EnvironmentFiles=/etc/default/app (ignore_errors=no)\nId=app@1.service\nWorkingDirectory=/\n\nId=x.service\n",
            ),
            host(
                "Id=web\\x2d1.service\nEnvironmentFiles=/etc/other (ignore_errors=no)\nEnvironmentFiles=/etc/default/* (ignore_errors=yes)\n",
            ),
            host("Id=live.service\nWorkingDirectory=!/etc/default\n"),
        ];
        let path = RemotePath::new("/etc/default/app");
        let (systemd, unknown) = found(&path, EnvFormat::Systemd, hosts.iter());
        assert_eq!(systemd, ["app@*.service", "web?x2d1.service"]);
        assert_eq!(unknown, None);
        let (dotenv, _) = found(&path, EnvFormat::Dotenv, hosts.iter());
        assert_eq!(dotenv, ["app@*.service", "live.service", "web?x2d1.service"]);
        assert_eq!(found(&path, EnvFormat::Dotenv, [HostFacts::default()].iter()).1.unwrap(), "the host did not say");
    }

    #[test]
    fn patterns() {
        for good in ["nginx.service", "a-*.service", "a@b.timer", "*.service"] {
            assert!(is_pattern(good), "{good}");
        }
        for bad in ["nginx", ".service", "-x.service", "a b.service", "a;b.service", ""] {
            assert!(!is_pattern(bad), "{bad}");
        }
    }
}
