//! The records that `workers.sh` prints. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv6Addr};

/// All records of a host.
#[derive(Debug, Default)]
pub(super) struct Records {
    /// What the host calls itself, its CPUs, and its memory in KiB.
    pub(super) host: Option<(String, u32, u64)>,
    pub(super) addresses: BTreeSet<IpAddr>,
    /// Seconds since the epoch, and hundredths of a second since the boot, at one moment.
    pub(super) clock: Option<(u64, u64)>,
    pub(super) templates: BTreeSet<String>,
    /// Units that a link in a directory such as `multi-user.target.wants` names.
    pub(super) enabled: BTreeSet<String>,
    /// By name.
    pub(super) units: BTreeMap<String, UnitRecord>,
    /// By number.
    pub(super) processes: BTreeMap<u32, ProcessRecord>,
    /// What env files set, by path: names and values, the later one wins.
    pub(super) files: BTreeMap<String, BTreeMap<String, String>>,
    /// Lines of files with options of Sidekiq, by path.
    pub(super) options: BTreeMap<String, Vec<String>>,
    /// When a file last changed, seconds since the epoch, by path.
    pub(super) changed: BTreeMap<String, u64>,
    /// When what was used was looked at: hundredths of a second since the boot.
    pub(super) samples: Vec<u64>,
    /// Microseconds of CPU by control group's file, one map a sample.
    pub(super) usages: Vec<BTreeMap<String, u64>>,
    /// Whether the answer came to its end.
    pub(super) whole: bool,
}

/// A unit.
#[derive(Debug, Default)]
pub(super) struct UnitRecord {
    /// Properties of systemctl(1), but for those below.
    properties: BTreeMap<String, String>,
    /// The wanted variables of `Environment=`.
    pub(super) environment: BTreeMap<String, String>,
    /// Paths of `EnvironmentFile=`, in order.
    pub(super) env_files: Vec<String>,
    /// The options on its command line.
    pub(super) words: Vec<String>,
    /// The file that Sidekiq reads options from.
    pub(super) config: Option<String>,
    /// Of its control group.
    pub(super) processes: BTreeSet<u32>,
}

impl UnitRecord {
    /// A property; empty where it is not there.
    pub(super) fn property(&self, name: &str) -> &str {
        self.properties.get(name).map(String::as_str).unwrap_or_default()
    }
}

/// A process of a unit.
#[derive(Debug, Default)]
pub(super) struct ProcessRecord {
    /// The wanted variables, and `INVOCATION_ID`.
    pub(super) environment: BTreeMap<String, String>,
    /// Options on its command line.
    pub(super) words: Vec<String>,
    pub(super) title: Option<Title>,
    /// KiB.
    pub(super) resident: Option<u64>,
    pub(super) parent: u32,
    /// Hundredths of a second since the boot.
    pub(super) started: Option<u64>,
    /// Hundredths of a second of CPU, by sample.
    pub(super) used: BTreeMap<usize, u64>,
}

/// What a Sidekiq process writes over its command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Title {
    pub(super) busy: u32,
    pub(super) concurrency: u32,
    /// It takes no new jobs.
    pub(super) quiet: bool,
}

impl Records {
    /// Reads what the script printed. Lines that are not understood are passed over: what lacks is not known.
    pub(super) fn read(text: &str) -> Self {
        let mut records = Self::default();
        let mut unit = UnitRecord::default();
        for line in text.lines() {
            if line == "end-of-unit" {
                let ended = std::mem::take(&mut unit);
                if !ended.property("Id").is_empty() {
                    records.units.insert(ended.property("Id").to_owned(), ended);
                }
            } else if line == "done" {
                records.whole = true;
            } else if let Some((kind, rest)) = line.split_once('\t') {
                let _not_understood = match kind {
                    "unit" | "env-file" | "config-of" | "process" => unit.record(kind, rest),
                    "environ" | "word" | "title" | "resident" => records.process(kind, rest),
                    _ => records.record(kind, rest),
                };
            }
        }
        records
    }

    fn record(&mut self, kind: &str, rest: &str) -> Option<()> {
        match kind {
            "host" => {
                let mut fields = rest.split('\t');
                let name = fields.next()?.to_owned();
                self.host = Some((name, fields.next()?.parse().ok()?, fields.next()?.parse().ok()?));
            }
            "address" => {
                self.addresses.insert(address(rest)?);
            }
            "clock" => {
                let (epoch, uptime) = rest.split_once('\t')?;
                self.clock = Some((epoch.parse().ok()?, hundredths(uptime)?));
            }
            "template" => {
                self.templates.insert(rest.to_owned());
            }
            "enabled" => {
                self.enabled.insert(rest.to_owned());
            }
            "set" => {
                let (path, assignment) = rest.split_once('\t')?;
                let (key, value) = assignment.split_once('=')?;
                let variables = self.files.entry(path.to_owned()).or_default();
                variables.insert(key.trim().to_owned(), unquote(value.trim()));
            }
            "option" => {
                let (path, line) = rest.split_once('\t')?;
                self.options.entry(path.to_owned()).or_default().push(line.to_owned());
            }
            "changed" => {
                let (seconds, path) = rest.split_once('\t')?;
                self.changed.insert(path.to_owned(), seconds.parse().ok()?);
            }
            "sample" => {
                self.samples.push(hundredths(rest)?);
                self.usages.push(BTreeMap::new());
            }
            "usage" => {
                let (path, used) = rest.rsplit_once(":usage_usec ")?;
                self.usages.last_mut()?.insert(path.to_owned(), used.parse().ok()?);
            }
            "stat" => self.stat(rest)?,
            _ => {}
        }
        Some(())
    }

    fn process(&mut self, kind: &str, rest: &str) -> Option<()> {
        let (pid, said) = rest.split_once('\t')?;
        let process = self.processes.entry(pid.parse().ok()?).or_default();
        match kind {
            "environ" => {
                let (key, value) = said.split_once('=')?;
                process.environment.insert(key.to_owned(), value.replace('\u{1}', "\n"));
            }
            "word" => process.words.push(said.to_owned()),
            "resident" => process.resident = Some(said.parse().ok()?),
            _ => {
                let mut fields = said.split('\t').skip(1);
                let (busy, concurrency) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
                let quiet = fields.next().is_some_and(|word| !word.is_empty());
                process.title = Some(Title { busy, concurrency, quiet });
            }
        }
        Some(())
    }

    /// A line of `proc_pid_stat(5)`: its fields 4, 14, 15 and 22. The name in brackets may hold anything.
    fn stat(&mut self, line: &str) -> Option<()> {
        let sample = self.samples.len().checked_sub(1)?;
        let pid = line.split(' ').next()?.parse().ok()?;
        let (_, fields) = line.rsplit_once(") ")?;
        let fields: Vec<&str> = fields.split(' ').collect();
        let field = |number: usize| fields.get(number - 3)?.parse::<u64>().ok();
        let process = self.processes.entry(pid).or_default();
        process.parent = u32::try_from(field(4)?).ok()?;
        process.started = field(22);
        process.used.insert(sample, field(14)? + field(15)?);
        Some(())
    }
}

impl UnitRecord {
    fn record(&mut self, kind: &str, rest: &str) -> Option<()> {
        match kind {
            "env-file" => self.env_files.push(rest.to_owned()),
            "config-of" => self.config = Some(rest.split_once('\t')?.1.to_owned()),
            "process" => {
                self.processes.insert(rest.split_once('\t')?.0.parse().ok()?);
            }
            _ => {
                if let Some(word) = rest.strip_prefix("word\t\t") {
                    self.words.push(word.to_owned());
                } else if let Some(assignment) = rest.strip_prefix("env\t") {
                    let assignment = unquote(assignment);
                    let (key, value) = assignment.split_once('=')?;
                    self.environment.insert(key.to_owned(), value.to_owned());
                } else {
                    let (property, value) = rest.split_once('=')?;
                    self.properties.insert(property.to_owned(), value.to_owned());
                }
            }
        }
        Some(())
    }
}

/// A word as systemctl(1) quotes it, or a value as systemd.exec(5) lets an env file quote it.
fn unquote(word: &str) -> String {
    let inner = |word: &str, quote: char| Some(word.strip_prefix(quote)?.strip_suffix(quote)?.to_owned());
    let word = word.strip_prefix('$').filter(|rest| rest.starts_with('\'')).unwrap_or(word);
    let Some(quoted) = inner(word, '"').or_else(|| inner(word, '\'')) else { return word.to_owned() };
    let mut text = String::with_capacity(quoted.len());
    let mut chars = quoted.chars();
    while let Some(c) = chars.next() {
        text.push(if c == '\\' { chars.next().unwrap_or(c) } else { c });
    }
    text
}

/// `12345.67` as 1234567.
fn hundredths(seconds: &str) -> Option<u64> {
    let (whole, part) = seconds.split_once('.').unwrap_or((seconds, "0"));
    let part: u64 = format!("{part:0<2}").get(..2)?.parse().ok()?;
    Some(whole.parse::<u64>().ok()? * 100 + part)
}

/// Dotted, or 32 hexadecimal digits; `None`: of no use to others, as it is the loopback's or a link's own.
fn address(text: &str) -> Option<IpAddr> {
    let address = match u128::from_str_radix(text, 16) {
        Ok(bits) if text.len() == 32 => IpAddr::V6(Ipv6Addr::from(bits)),
        _ => text.parse().ok()?,
    };
    let link = matches!(address, IpAddr::V6(address) if address.is_unicast_link_local());
    (!address.is_loopback() && !link).then_some(address)
}

/// Seconds of a time span as systemctl(1) shows it (systemd.time(7)), such as `1min 30s`; `None`: `infinity`, or none.
pub(super) fn time_span(text: &str) -> Option<u64> {
    let mut microseconds: u64 = 0;
    let mut any = false;
    for word in text.split_whitespace() {
        let digits = word.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(word.len());
        let (number, unit) = word.split_at(digits);
        let each: u64 = match unit {
            "us" => 1,
            "ms" => 1_000,
            "s" | "" => 1_000_000,
            "min" => 60_000_000,
            "h" => 3_600_000_000,
            "d" => 86_400_000_000,
            "w" => 604_800_000_000,
            "month" => 2_629_800_000_000,
            "y" => 31_557_600_000_000,
            _ => return None,
        };
        let (whole, part) = number.split_once('.').unwrap_or((number, ""));
        let mut span = whole.parse::<u64>().ok()?.checked_mul(each)?;
        let mut digit = each;
        for c in part.chars() {
            digit /= 10;
            span += u64::from(c.to_digit(10)?) * digit;
        }
        microseconds = microseconds.checked_add(span)?;
        any = true;
    }
    any.then_some(microseconds / 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_spans() {
        let spans = ["1min 30s", "25s", "1.500s", "500ms", "1h 2min", "infinity", "", "5 parsecs"];
        assert_eq!(spans.map(time_span), [Some(90), Some(25), Some(1), Some(0), Some(3720), None, None, None]);
    }

    #[test]
    fn words_lose_their_quotes() {
        let words = [r#""A=b c""#, "$'A=it\\'s'", "A=\"b\"", r#""A=\"b\"""#, "A=b", "\"", ""];
        let plain = ["A=b c", "A=it's", "A=\"b\"", "A=\"b\"", "A=b", "\"", ""];
        assert_eq!(words.map(unquote), plain);
    }

    #[test]
    fn addresses_that_others_see() {
        let texts =
            ["10.0.0.1", "127.0.0.1", "fe80000000000000000000000000abcd", "20010db8000000000000000000000001", "x"];
        let known: Vec<String> = texts.into_iter().filter_map(address).map(|address| address.to_string()).collect();
        assert_eq!(known, ["10.0.0.1", "2001:db8::1"]);
    }
}
