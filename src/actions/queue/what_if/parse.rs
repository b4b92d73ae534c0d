//! Words to what is assumed.

use super::{KindField, Names, QueueField, WhatIf, WhatIfError};
use crate::inventory::{nearest, parse_bytes};
use crate::names::HostName;

const FORMS: &str = "max_connections=300, reserve=20, +host=NAME:CPUS[:MEMORY], -host=NAME, demand.QUEUE=40, floor.QUEUE=8, \
weight.QUEUE=2, max.QUEUE=50, min_hosts.QUEUE=2, max_per_host.QUEUE=20, connections.KIND=10, cpu.KIND=0.5, memory.KIND=450MiB";
const WORDS: [&str; 13] = [
    "max_connections",
    "reserve",
    "+host",
    "-host",
    "demand",
    "floor",
    "weight",
    "max",
    "min_hosts",
    "max_per_host",
    "connections",
    "cpu",
    "memory",
];
/// More of anything is a slip of the finger, and sums of it would leave the range of the reckoning.
const MOST: u32 = 1_000_000;

/// The whole list; nothing where it is empty.
pub fn parse(text: &str, names: &Names) -> Result<Vec<WhatIf>, WhatIfError> {
    if text.trim().is_empty() {
        return Ok(Vec::new());
    }
    text.split(',').map(|word| one(word.trim(), names)).collect()
}

fn one(word: &str, names: &Names) -> Result<WhatIf, WhatIfError> {
    let Some((what, value)) = word.split_once('=').map(|(what, value)| (what.trim(), value.trim())) else {
        let hint = match nearest(word, WORDS) {
            Some(near) => format!("it needs a value: `{near}=…`"),
            None => format!("one of: {FORMS}"),
        };
        return Err(WhatIfError { message: format!("`{word}` assumes nothing"), hint });
    };
    match what {
        "+host" => return add_host(word, value),
        "-host" => {
            let name = known(word, "host", value, &names.hosts)?;
            return Ok(WhatIf::DrainHost { name: HostName::new(name) });
        }
        "max_connections" | "reserve" => return Ok(of_database(what, None, number(word, value)?)),
        _ => {}
    }
    let Some((first, second)) = what.split_once('.') else {
        return Err(unknown(word, what));
    };
    if matches!(second, "max_connections" | "reserve") {
        let database = known(word, "database", first, &names.databases)?;
        return Ok(of_database(second, Some(database), number(word, value)?));
    }
    if let Some(field) = queue_field(first) {
        let queue = known(word, "queue", second, &names.queues)?;
        return Ok(WhatIf::Queue { field, queue, value: number(word, value)? });
    }
    let field = match first {
        "connections" => KindField::Connections,
        "cpu" => KindField::Cpu,
        "memory" => KindField::Memory,
        // `primary.max_conections`: what stands before the dot is right, so what follows is the slip.
        _ if names.databases.contains(&first) => return Err(unknown(word, second)),
        _ => return Err(unknown(word, first)),
    };
    let kind = known(word, "kind of workers", second, &names.kinds)?;
    let value = match field {
        KindField::Connections => number(word, value)?,
        KindField::Cpu => cores(word, value)?,
        KindField::Memory => mebibytes(word, value)?,
    };
    Ok(WhatIf::Kind { field, kind, value })
}

fn of_database(what: &str, database: Option<String>, value: u32) -> WhatIf {
    if what == "reserve" { WhatIf::Reserve { database, value } } else { WhatIf::MaxConnections { database, value } }
}

fn queue_field(word: &str) -> Option<QueueField> {
    Some(match word {
        "demand" => QueueField::Demand,
        "floor" => QueueField::Floor,
        "weight" => QueueField::Weight,
        "max" => QueueField::Max,
        "min_hosts" => QueueField::MinHosts,
        "max_per_host" => QueueField::MaxPerHost,
        _ => return None,
    })
}

fn add_host(word: &str, value: &str) -> Result<WhatIf, WhatIfError> {
    let mut parts = value.split(':').map(str::trim);
    let name = parts.next().unwrap_or_default();
    let good = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
    let (Some(cpus), memory, None, true) = (parts.next(), parts.next(), parts.next(), good) else {
        return Err(WhatIfError {
            message: format!("`{word}` is not a host"),
            hint: "write `+host=NAME:CPUS` or `+host=NAME:CPUS:MEMORY`, such as `+host=esme:8:16GiB`".to_owned(),
        });
    };
    let memory = memory.map(|memory| mebibytes(word, memory)).transpose()?;
    Ok(WhatIf::AddHost { name: HostName::new(name), cpu: cores(word, cpus)?, memory })
}

fn known(word: &str, what: &str, name: &str, names: &[&str]) -> Result<String, WhatIfError> {
    if names.contains(&name) {
        return Ok(name.to_owned());
    }
    let hint = match nearest(name, names.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if names.is_empty() => format!("the inventory declares no {what}"),
        None => format!("the inventory has: {}", names.join(", ")),
    };
    Err(WhatIfError { message: format!("no {what} is called `{name}` (in `{word}`)"), hint })
}

fn unknown(word: &str, what: &str) -> WhatIfError {
    let near = nearest(what, WORDS);
    let hint = match near {
        // A right word without the name that it needs.
        Some(near) if near == what => format!("say of which: `{near}.NAME=…`"),
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("one of: {FORMS}"),
    };
    WhatIfError { message: format!("`{what}` can't be assumed (in `{word}`)"), hint }
}

fn number(word: &str, value: &str) -> Result<u32, WhatIfError> {
    let read = value.bytes().all(|byte| byte.is_ascii_digit()).then(|| value.parse().ok()).flatten();
    read.filter(|number| *number <= MOST).ok_or_else(|| WhatIfError {
        message: format!("`{value}` is not a number (in `{word}`)"),
        hint: format!("write a whole number from 0 to {MOST}"),
    })
}

/// Thousandths of a core, of text such as `8` or `0.5`.
fn cores(word: &str, value: &str) -> Result<u32, WhatIfError> {
    let bad = || WhatIfError {
        message: format!("`{value}` is not a number of cores (in `{word}`)"),
        hint: "write a number up to 4096, such as `8` or `0.5`".to_owned(),
    };
    let (whole, fraction) = value.split_once('.').unwrap_or((value, "0"));
    let digits = |text: &str| !text.is_empty() && text.len() <= 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(fraction) || fraction.len() > 3 {
        return Err(bad());
    }
    let whole: u32 = whole.parse().map_err(|_| bad())?;
    let fraction: u32 = format!("{fraction:0<3}").parse().map_err(|_| bad())?;
    let cores = whole * 1000 + fraction;
    if cores > 4_096_000 { Err(bad()) } else { Ok(cores) }
}

fn mebibytes(word: &str, value: &str) -> Result<u32, WhatIfError> {
    let read = parse_bytes(value).and_then(|bytes| u32::try_from(bytes >> 20).ok());
    read.filter(|read| *read <= 1 << 28).ok_or_else(|| WhatIfError {
        message: format!("`{value}` is not a size (in `{word}`)"),
        hint: "write a size in bytes, such as `450MiB` or `16GiB`".to_owned(),
    })
}
