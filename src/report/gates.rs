//! Gates that differ by their host alone, told as one.

use std::collections::{BTreeMap, BTreeSet};

use super::fold::names;
use crate::names::HostName;

/// What stands for the host in a text that several hosts share.
const HOST: char = '\u{0}';

/// Texts about gates, each once, with the hosts that differ in it and what came with it; in the order in which they came.
pub(super) fn folded<'a, T>(
    gates: impl IntoIterator<Item = (&'a str, T)>,
    hosts: &BTreeSet<HostName>,
) -> Vec<(String, Vec<T>)> {
    let mut groups: BTreeMap<String, (usize, BTreeSet<HostName>, Vec<T>)> = BTreeMap::new();
    for (number, (text, with)) in gates.into_iter().enumerate() {
        let host = host_in(text, hosts);
        let key = host.map_or_else(|| text.to_owned(), |host| replaced(text, host.as_str()));
        let group = groups.entry(key).or_insert_with(|| (number, BTreeSet::new(), Vec::new()));
        group.1.extend(host.cloned());
        group.2.push(with);
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by_key(|(_, (number, ..))| *number);
    groups.into_iter().map(|(key, (_, hosts, with))| (key.replace(HOST, &names(&hosts)), with)).collect()
}

/// A gate as it is told once it was good: without what ran for it on its host.
pub(super) fn in_short(text: &str) -> &str {
    text.rsplit_once(" (on ").filter(|_| text.ends_with(')')).map_or(text, |(what, _)| what)
}

/// The only host that a text names.
fn host_in<'h>(text: &str, hosts: &'h BTreeSet<HostName>) -> Option<&'h HostName> {
    let mut named = hosts.iter().filter(|host| places(text, host.as_str()).next().is_some());
    let host = named.next()?;
    named.next().is_none().then_some(host)
}

/// Where a name stands as a word of its own.
fn places<'a>(text: &'a str, name: &'a str) -> impl Iterator<Item = usize> + 'a {
    let of_name = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '/');
    text.match_indices(name)
        .map(|(at, _)| at)
        .filter(move |at| !text[..*at].ends_with(of_name) && !text[at + name.len()..].starts_with(of_name))
}

fn replaced(text: &str, name: &str) -> String {
    let mut whole = String::new();
    let mut from = 0;
    for at in places(text, name) {
        whole.push_str(&text[from..at]);
        whole.push(HOST);
        from = at + name.len();
    }
    whole + &text[from..]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts(names: &[&str]) -> BTreeSet<HostName> {
        names.iter().map(|name| HostName::new(*name)).collect()
    }

    #[test]
    fn gates_that_differ_by_their_host_are_one() {
        let gates = [
            ("port 443 of edge1 answers", 1),
            ("port 443 of edge2 answers", 2),
            ("nginx is steady (on edge1: unit-steady nginx 3)", 3),
            ("https://edge1/health answers", 4),
            ("nginx is steady (on edge2: unit-steady nginx 3)", 5),
        ];
        let folded = folded(gates, &hosts(&["edge1", "edge2", "edge"]));
        let told: Vec<(&str, &[i32])> = folded.iter().map(|(text, with)| (text.as_str(), with.as_slice())).collect();
        assert_eq!(
            told,
            [
                ("port 443 of edge[1-2] answers", &[1, 2][..]),
                ("nginx is steady (on edge[1-2]: unit-steady nginx 3)", &[3, 5]),
                ("https://edge1/health answers", &[4]),
            ]
        );
    }

    #[test]
    fn what_ran_is_left_out_once_it_was_good() {
        assert_eq!(in_short("nginx is steady (on edge1: unit-steady nginx 3)"), "nginx is steady");
        assert_eq!(in_short("port 443 (media.example.org) answers"), "port 443 (media.example.org) answers");
    }
}
