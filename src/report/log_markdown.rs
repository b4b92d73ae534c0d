//! The journal as Markdown.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::fold::names;
use super::log::{AskedHost, LogReport, LoggedHost, LoggedRun, NO_ENDING};
use super::log_show::{RunReport, span};
use super::log_table::{clock, happening, items, told};
use super::markdown::{block, code, diff, head, plain, row};
use super::people;
use super::summary::is_on_host;
use crate::engine::run::GateSeen;
use crate::engine::transaction::ItemSummary;
use crate::names::HostName;

impl LogReport {
    /// As Markdown: a table of runs.
    pub fn markdown(&self) -> String {
        let mut text = head(&["When (UTC)", "Who", "What", "Hosts", "Run"]);
        for run in &self.runs {
            let what = what(run);
            let hosts: Vec<String> = endings(run).into_iter().map(|(word, hosts)| format!("{word}: {hosts}")).collect();
            text += &row(&[
                run.time.strftime("%F %T").to_string(),
                plain(&format!("{}@{}", run.who.user, run.who.machine)),
                plain(&what),
                plain(&hosts.join("; ")),
                code(run.run.as_str()),
            ]);
        }
        if self.older > 0 {
            let _ = write!(text, "\n{} older runs are not shown.\n", self.older);
        }
        for note in self.unread() {
            let _ = write!(text, "\nNot told: {}.\n", plain(&note));
        }
        text + &asked(&self.hosts)
    }
}

impl RunReport {
    /// As Markdown: what stands in the table, with diffs as blocks.
    pub fn markdown(&self) -> String {
        let run = &self.run;
        let mut text = format!("## Run {}\n\n", code(run.run.as_str()));
        // Writing to a String cannot fail.
        for (name, fact) in run.facts() {
            let _ = writeln!(text, "- **{name}**: {}", plain(&fact));
        }
        for event in &run.events {
            let time = event.time.strftime("%F %T UTC");
            let _ = writeln!(text, "- {time}, {}: {}", happening(event.event), plain(&event.text));
        }
        for turn in run.hosts.iter().filter(|turn| turn.host.is_none()) {
            let _ = write!(text, "\n- **{}**: {}\n", word(turn), plain(&list(&turn.changes)));
            for told in turn.changes.iter().flat_map(|item| &item.operations).chain(&turn.reason) {
                let _ = writeln!(text, "  - {}", plain(told));
            }
        }
        let mut shown: Vec<&GateSeen> = Vec::new();
        for (title, name, turns) in run.waves() {
            let _ = write!(text, "\n### {}\n", plain(&title));
            let alike = turns.iter().filter_map(|turn| {
                Some(((word(turn), turn.reason.as_deref(), crate::text::json(&turn.changes)), turn.host.clone()?))
            });
            for ((word, reason, _), sharing) in people::folded(alike) {
                let of = |turn: &&&LoggedHost| turn.host.as_ref().is_some_and(|host| sharing.contains(host));
                let _ = write!(text, "\n**{word}**: {}\n", plain(&told(&sharing)));
                if let Some(reason) = reason {
                    let _ = write!(text, "\n{}\n", plain(reason));
                }
                let items = turns.iter().find(of).map(|turn| turn.changes.iter().filter(|item| is_on_host(item)));
                let items: Vec<ItemSummary> = items.into_iter().flatten().cloned().collect();
                if !items.is_empty() {
                    let _ = write!(text, "\n{}", block("diff", &diff(&items)));
                }
            }
            let behind: Vec<&GateSeen> = run.gates.iter().filter(|seen| Some(seen.wave.as_str()) == name).collect();
            text += &gates(&behind);
            shown.extend(behind);
        }
        let rest: Vec<&GateSeen> = run.gates.iter().filter(|seen| !shown.contains(seen)).collect();
        text += &gates(&rest);
        text + &asked(&self.hosts)
    }
}

fn gates(gates: &[&GateSeen]) -> String {
    if gates.is_empty() {
        return String::new();
    }
    let mut text = "\n".to_owned() + &head(&["Gate", "After", "Good", "Saw", "Looks", "Took"]);
    for seen in gates {
        text += &row(&[
            plain(&seen.gate),
            plain(&seen.wave),
            if seen.good { "yes" } else { "**no**" }.to_owned(),
            plain(&seen.saw),
            seen.tries.to_string(),
            span(seen.duration_ms),
        ]);
    }
    text
}

fn asked(hosts: &[AskedHost]) -> String {
    let mut text = String::new();
    let mut said = |host: &HostName, what: &str| {
        let _ = writeln!(text, "- {}: {}", plain(host.as_str()), plain(what));
    };
    for host in hosts {
        if let Some(error) = &host.error {
            said(&host.host, &format!("{}: {}", host.status.word(), error.message));
        }
        clock(host).iter().chain(&host.problems).for_each(|what| said(&host.host, what));
    }
    if text.is_empty() { text } else { format!("\n{text}") }
}

fn what(run: &LoggedRun) -> String {
    if !run.events.is_empty() {
        let events = run.events.iter().map(|event| format!("{}: {}", happening(event.event), event.text));
        return format!("incident {}", events.collect::<Vec<_>>().join("; "));
    }
    let items = items(run);
    let what = if items.is_empty() { run.actions.join(" and ") } else { items.join(", ") };
    match &run.playbook {
        Some(playbook) => format!("playbook {playbook}: {what}"),
        None => what,
    }
}

fn word(turn: &LoggedHost) -> &str {
    turn.outcome.as_deref().unwrap_or(NO_ENDING)
}

fn list(changes: &[ItemSummary]) -> String {
    let items: Vec<(&str, &str)> = changes.iter().map(|item| (item.kind.as_str(), item.id.as_str())).collect();
    people::list_of(&items)
}

fn endings(run: &LoggedRun) -> Vec<(&str, String)> {
    let turns = run.hosts.iter().filter_map(|turn| Some((word(turn), turn.host.clone()?)));
    let told = |(word, hosts): (_, BTreeSet<HostName>)| (word, names(&hosts));
    people::folded(turns).into_iter().map(told).collect()
}
