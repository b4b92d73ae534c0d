//! Many host names in few words.

use std::collections::{BTreeMap, BTreeSet};

use crate::names::HostName;

/// Names for people: `cdn-[1-4], franz`.
pub(super) fn names(hosts: &BTreeSet<HostName>) -> String {
    let mut depth = 0_usize;
    fold(hosts).chars().fold(String::new(), |mut text, c| {
        text.push(c);
        match c {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => text.push(' '),
            _ => {}
        }
        text
    })
}

/// To be replaced by `crate::inventory::fold` once that room is there: names that differ in their last number become ranges.
fn fold(hosts: &BTreeSet<HostName>) -> String {
    let mut series: BTreeMap<(String, String), Vec<(u64, &HostName)>> = BTreeMap::new();
    let mut words: BTreeSet<String> = BTreeSet::new();
    for host in hosts {
        let name = host.as_str();
        let end = name
            .rfind(|c: char| c.is_ascii_digit())
            .map_or(0, |at| at + 1);
        let start = name[..end]
            .rfind(|c: char| !c.is_ascii_digit())
            .map_or(0, |at| at + 1);
        let digits = &name[start..end];
        match digits.parse() {
            // With leading zeros a range would not say how many.
            Ok(number) if !digits.starts_with('0') || digits == "0" => {
                series
                    .entry((name[..start].to_owned(), name[end..].to_owned()))
                    .or_default()
                    .push((number, host));
            }
            _ => {
                words.insert(name.to_owned());
            }
        }
    }
    for ((before, after), mut numbers) in series {
        numbers.sort_unstable_by_key(|(number, _)| *number);
        if let [(_, only)] = numbers.as_slice() {
            words.insert(only.to_string());
            continue;
        }
        let mut runs: Vec<(u64, u64)> = Vec::new();
        for (number, _) in numbers {
            match runs.last_mut() {
                Some((_, last)) if *last + 1 == number => *last = number,
                _ => runs.push((number, number)),
            }
        }
        let runs: Vec<String> = runs
            .into_iter()
            .map(|(first, last)| {
                if first == last {
                    first.to_string()
                } else {
                    format!("{first}-{last}")
                }
            })
            .collect();
        words.insert(format!("{before}[{}]{after}", runs.join(",")));
    }
    words.into_iter().collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_folded_and_names_kept() {
        for (hosts, folded) in [
            ("franz", "franz"),
            ("franz fritz", "franz, fritz"),
            ("cdn-fremont-1 franz", "cdn-fremont-1, franz"),
            ("cdn-1 cdn-2 cdn-3 cdn-7 cdn-10 web", "cdn-[1-3,7,10], web"),
            ("web1.example web2.example", "web[1-2].example"),
            ("web01 web02", "web01, web02"),
            ("1 2", "[1-2]"),
            ("x99999999999999999999999", "x99999999999999999999999"),
        ] {
            let set: BTreeSet<HostName> = hosts.split(' ').map(HostName::new).collect();
            assert_eq!(names(&set), folded);
        }
    }
}
