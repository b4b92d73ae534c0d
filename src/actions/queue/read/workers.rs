//! From the records of `workers.sh` to instances. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::options::Options;
use super::units::{ProcessRecord, Records, UnitRecord, time_span};
use crate::actions::queue::seen::{Beaten, HostSeen, Instance, Settings};
use crate::inventory::{Queues, WorkerDeclaration, WorkerProgram};
use crate::names::UnitName;

/// Variables that set the size of the pool of connections; the first that is there counts (Mastodon's and Rails' `database.yml`).
const POOL: [&str; 2] = ["DB_POOL", "RAILS_MAX_THREADS"];

/// Of Sidekiq's threads, where neither `-c` nor its file tells.
const THREADS: &str = "RAILS_MAX_THREADS";

/// Reads what a host printed.
///
/// # Errors
/// In words, where it did not come to its end.
pub(in crate::actions::queue) fn read(queues: &Queues, text: &str) -> Result<HostSeen, String> {
    let records = Records::read(text);
    let Some((hostname, cpus, memory)) = records.host.clone().filter(|_| records.whole) else {
        return Err("its answer ended too early".to_owned());
    };
    let mut instances = Vec::new();
    for (name, unit) in &records.units {
        let Some(kind) = kind_of(queues, name) else { continue };
        let instance = Look { records: &records, unit, kind }.instance(name);
        if instance.runs() || instance.active_state == "failed" || instance.enabled {
            instances.push(instance);
        }
    }
    Ok(HostSeen {
        hostname,
        addresses: records.addresses,
        cpus,
        memory: mebibytes(memory),
        instances,
        templates: records.templates,
    })
}

/// A kind that is to stay is named before a retired one with the same template.
fn kind_of<'q>(queues: &'q Queues, unit: &str) -> Option<&'q WorkerDeclaration> {
    let kinds = || queues.workers.values().filter(|kind| kind.unit.instance_of(unit).is_some());
    kinds().find(|kind| !kind.retired).or_else(|| kinds().next())
}

/// A look at one unit.
struct Look<'a> {
    records: &'a Records,
    unit: &'a UnitRecord,
    kind: &'a WorkerDeclaration,
}

impl Look<'_> {
    fn instance(&self, name: &str) -> Instance {
        let property = |name: &str| self.unit.property(name);
        let masked = property("LoadState") == "masked";
        let linked = self.records.enabled.contains(name);
        let (environment, beaten) = self.environment_on_disk();
        let on_disk = self.settings_on_disk(&environment);
        let mut instance = Instance {
            unit: UnitName::new(name),
            kind: self.kind.name.clone(),
            active_state: property("ActiveState").to_owned(),
            enabled: !masked && (linked || matches!(property("UnitFileState"), "enabled" | "enabled-runtime")),
            pid: 0,
            settings: Settings::default(),
            on_disk,
            stop_timeout: time_span(property("TimeoutStopUSec")),
            drop_ins: property("DropInPaths").split_whitespace().map(str::to_owned).collect(),
            beaten,
            needs_reload: property("NeedDaemonReload") == "yes",
            started_since: None,
            quiet: false,
            busy: None,
            cpu: None,
            memory: None,
        };
        if let Some((pid, process)) = self.worker() {
            instance.pid = pid;
            instance.started_since = self.started_since(process, instance.needs_reload);
            instance.busy = process.title.map(|title| title.busy);
            instance.quiet = process.title.is_some_and(|title| title.quiet);
            instance.settings = self.live(process, &instance);
            instance.cpu = self.cpu();
            instance.memory = self.memory();
        }
        instance
    }

    /// The main process, or the child of a wrapper such as `sh -c`: a Sidekiq process is known by its title, before that by
    /// its options.
    fn worker(&self) -> Option<(u32, &ProcessRecord)> {
        let main: u32 = self.unit.property("MainPID").parse().ok()?;
        let known =
            |pid: u32| Some((pid, self.records.processes.get(&pid)?)).filter(|(_, process)| process.started.is_some());
        if main == 0 {
            return None;
        }
        let all = || self.unit.processes.iter().filter_map(|pid| known(*pid));
        let titled = || all().find(|(_, process)| process.title.is_some());
        let told: BTreeMap<u32, &ProcessRecord> = all().filter(|(_, process)| !process.words.is_empty()).collect();
        // Of a wrapper and its child that both have the options, the child.
        let child = || {
            told.iter().find(|(pid, _)| !told.values().any(|other| other.parent == **pid)).map(|(pid, p)| (*pid, *p))
        };
        let sidekiq = matches!(self.kind.program, WorkerProgram::Sidekiq { .. });
        let main_titled = known(main).filter(|(_, process)| process.title.is_some() || !sidekiq);
        main_titled.or_else(titled).or_else(child).or_else(|| known(main))
    }

    fn environment_on_disk(&self) -> (BTreeMap<String, String>, Vec<Beaten>) {
        let mut environment = self.unit.environment.clone();
        let mut sources: BTreeMap<&str, &str> = BTreeMap::new();
        for path in &self.unit.env_files {
            for (key, value) in self.records.files.get(path).into_iter().flatten() {
                environment.insert(key.clone(), value.clone());
                sources.insert(key, path);
            }
        }
        let beaten = self.unit.environment.iter().filter_map(|(variable, unit)| {
            let path = (*sources.get(variable.as_str())?).to_owned();
            let file = environment.get(variable)?.clone();
            (file != *unit).then(|| Beaten { variable: variable.clone(), unit: unit.clone(), file, path })
        });
        let beaten = beaten.collect();
        (environment, beaten)
    }

    fn settings_on_disk(&self, environment: &BTreeMap<String, String>) -> Settings {
        let options = Options::of_words(&self.unit.words, environment).or(self.file_options());
        self.settings(environment, options)
    }

    fn file_options(&self) -> Options {
        let lines = self.unit.config.as_ref().and_then(|path| self.records.options.get(path));
        lines.map(|lines| Options::of_file(lines)).unwrap_or_default()
    }

    fn settings(&self, environment: &BTreeMap<String, String>, options: Options) -> Settings {
        let number = |key: &str| environment.get(key)?.trim().parse::<u32>().ok();
        let sidekiq = matches!(self.kind.program, WorkerProgram::Sidekiq { .. });
        let options = if sidekiq { options } else { Options::default() };
        let declared = environment.iter().filter(|(key, _)| self.kind.environment.contains_key(*key));
        Settings {
            pool: POOL.into_iter().find_map(number),
            concurrency: options.concurrency.or_else(|| number(THREADS).filter(|_| sidekiq)),
            queues: options.queues,
            shutdown: options.shutdown,
            environment: declared.map(|(key, value)| (key.clone(), value.clone())).collect(),
        }
    }

    /// What a process runs with. What its title hides is as the disk says, where that has not changed since the process started.
    fn live(&self, process: &ProcessRecord, instance: &Instance) -> Settings {
        let unchanged = instance.started_since == Some(true);
        // systemd sets it for every process of a service: without it, the title is written over the environment too.
        let whole = process.environment.contains_key("INVOCATION_ID");
        let mut settings = if process.title.is_none() {
            let options = Options::of_words(&process.words, &process.environment);
            let options = if unchanged { options.or(self.file_options()) } else { options };
            self.settings(&process.environment, options)
        } else {
            self.settings(&process.environment, Options::default())
        };
        if let Some(title) = process.title {
            settings.concurrency = Some(title.concurrency);
            if unchanged {
                settings.queues = instance.on_disk.queues.clone();
                settings.shutdown = instance.on_disk.shutdown;
                if !whole {
                    settings.pool = instance.on_disk.pool;
                    settings.environment = instance.on_disk.environment.clone();
                }
            }
        }
        settings
    }

    /// Whether a process started after all files of its settings last changed.
    fn started_since(&self, process: &ProcessRecord, needs_reload: bool) -> Option<bool> {
        if needs_reload {
            return Some(false);
        }
        let (epoch, uptime) = self.records.clock?;
        let boot = (epoch * 100).checked_sub(uptime)?;
        let started = boot + process.started?;
        let drop_ins = self.unit.property("DropInPaths").split_whitespace();
        let paths: BTreeSet<&str> = drop_ins
            .chain([self.unit.property("FragmentPath")])
            .chain(self.unit.env_files.iter().map(String::as_str))
            .chain(self.unit.config.as_deref())
            .collect();
        let changed = paths.into_iter().filter_map(|path| self.records.changed.get(path)).max();
        // The clock was looked at to the second.
        changed.map(|changed| started >= (changed + 2) * 100)
    }

    /// Of its control group, else of its processes.
    fn cpu(&self) -> Option<u32> {
        let [first, second] = self.records.samples[..] else { return None };
        let time = second.checked_sub(first).filter(|time| *time > 0)?;
        let group = self.unit.property("ControlGroup");
        let of_group = |sample: &BTreeMap<String, u64>| {
            let mut known = sample.iter().filter(|_| !group.is_empty());
            known.find_map(|(path, used)| path.strip_suffix("/cpu.stat")?.ends_with(group).then_some(*used))
        };
        let usages: Vec<Option<u64>> = self.records.usages.iter().map(of_group).collect();
        let microseconds = if let [Some(before), Some(after)] = usages[..] {
            after.saturating_sub(before)
        } else {
            let processes = self.unit.processes.iter().filter_map(|pid| self.records.processes.get(pid));
            let used =
                processes.filter_map(|process| Some(process.used.get(&1)?.saturating_sub(*process.used.get(&0)?)));
            used.sum::<u64>() * 10_000
        };
        // Microseconds in hundredths of a second, as thousandths.
        u32::try_from(microseconds / (time * 10)).ok()
    }

    fn memory(&self) -> Option<u32> {
        let current: Option<u64> = self.unit.property("MemoryCurrent").parse().ok();
        if let Some(bytes) = current.filter(|bytes| *bytes != u64::MAX && *bytes > 0) {
            return Some(mebibytes(bytes / 1024));
        }
        let processes = self.unit.processes.iter().filter_map(|pid| self.records.processes.get(pid));
        let resident: Vec<u64> = processes.filter_map(|process| process.resident).collect();
        (!resident.is_empty()).then(|| mebibytes(resident.iter().sum()))
    }
}

/// From KiB, rounded up.
fn mebibytes(kibibytes: u64) -> u32 {
    u32::try_from(kibibytes.div_ceil(1024)).unwrap_or(u32::MAX)
}
