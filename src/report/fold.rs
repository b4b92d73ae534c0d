//! Many host names in few words.

use std::collections::BTreeSet;

use crate::inventory::fold;
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
            ("web01 web02", "web[01-02]"),
            ("1 2", "[1-2]"),
            ("x99999999999999999999999", "x99999999999999999999999"),
        ] {
            let set: BTreeSet<HostName> = hosts.split(' ').map(HostName::new).collect();
            assert_eq!(names(&set), folded);
        }
    }
}
