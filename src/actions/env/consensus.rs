//! The odd host out: without any declared value, what most of the hosts that share a file agree on, and who does not.

use std::collections::{BTreeMap, BTreeSet};

use crate::names::HostName;

/// A key on which a strict majority agrees, and some hosts do not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Odd<V> {
    /// What more than half of the hosts have; `None`: they do not have the key.
    pub majority: Option<V>,
    /// How many hosts have it.
    pub agree: usize,
    /// The others, with what they have.
    pub odd: BTreeMap<HostName, Option<V>>,
}

impl<V> Odd<V> {
    /// How many hosts were compared.
    pub fn hosts(&self) -> usize {
        self.agree + self.odd.len()
    }

    /// Such as `2 of 8 differ`.
    pub fn describe(&self) -> String {
        let verb = if self.odd.len() == 1 { "differs" } else { "differ" };
        format!("{} of {} {verb}", self.odd.len(), self.hosts())
    }
}

/// What hosts that share a file agree on. Keys on which all agree stand in neither map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consensus<V> {
    /// Keys with a majority and odd hosts: drift.
    pub odd: BTreeMap<String, Odd<V>>,
    /// Keys without a majority (a tie, or two hosts that differ), with the hosts of each value: not drift.
    pub split: BTreeMap<String, BTreeMap<Option<V>, BTreeSet<HostName>>>,
}

/// Compares hosts key by key; a missing key is a value of its own. A majority is more than half of at least three hosts.
/// Give only hosts whose file is known (an absent file is not an empty one).
pub fn odd_ones<V: Ord + Clone>(hosts: &BTreeMap<HostName, BTreeMap<String, V>>) -> Consensus<V> {
    let keys: BTreeSet<&String> = hosts.values().flat_map(BTreeMap::keys).collect();
    let mut consensus = Consensus { odd: BTreeMap::new(), split: BTreeMap::new() };
    for key in keys {
        let mut groups: BTreeMap<Option<&V>, BTreeSet<&HostName>> = BTreeMap::new();
        for (host, values) in hosts {
            groups.entry(values.get(key)).or_default().insert(host);
        }
        if groups.len() < 2 {
            continue;
        }
        let majority = groups.iter().find(|(_, members)| members.len() * 2 > hosts.len() && hosts.len() >= 3);
        if let Some((majority, members)) = majority {
            let others = groups.iter().filter(|(value, _)| *value != majority);
            let odd = others
                .flat_map(|(value, members)| members.iter().map(|host| ((*host).clone(), value.cloned())))
                .collect();
            consensus.odd.insert(key.clone(), Odd { majority: majority.cloned(), agree: members.len(), odd });
        } else {
            let owned = |(value, members): (Option<&V>, BTreeSet<&HostName>)| {
                (value.cloned(), members.into_iter().cloned().collect())
            };
            consensus.split.insert(key.clone(), groups.into_iter().map(owned).collect());
        }
    }
    consensus
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts(values: &[&[(&str, &str)]]) -> BTreeMap<HostName, BTreeMap<String, String>> {
        let own = |pairs: &&[(&str, &str)]| {
            pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
        };
        values.iter().enumerate().map(|(index, pairs)| (HostName::new(format!("h{index}")), own(pairs))).collect()
    }

    #[test]
    fn the_odd_one_is_named() {
        let found =
            odd_ones(&hosts(&[&[("A", "1"), ("B", "x")], &[("A", "1"), ("B", "x")], &[("A", "2"), ("B", "x")]]));
        assert!(found.split.is_empty());
        assert_eq!(found.odd.len(), 1);
        let odd = &found.odd["A"];
        assert_eq!(odd.majority.as_deref(), Some("1"));
        assert_eq!(odd.odd, BTreeMap::from([(HostName::new("h2"), Some("2".to_owned()))]));
        assert_eq!(odd.describe(), "1 of 3 differs");
    }

    #[test]
    fn absence_is_a_value() {
        let found = odd_ones(&hosts(&[&[("A", "1")], &[("A", "1")], &[("3_A", "1")], &[("A", "1")]]));
        assert_eq!(found.odd["A"].odd, BTreeMap::from([(HostName::new("h2"), None)]));
        assert_eq!(found.odd["3_A"].majority, None);
        assert_eq!(found.odd["3_A"].odd[&HostName::new("h2")], Some("1".to_owned()));
    }

    #[test]
    fn without_a_majority_it_is_a_split() {
        let two = odd_ones(&hosts(&[&[("A", "1")], &[("A", "2")]]));
        assert!(two.odd.is_empty());
        assert_eq!(two.split["A"].len(), 2);
        let tie = odd_ones(&hosts(&[&[("A", "1")], &[("A", "1")], &[("A", "2")], &[("A", "2")]]));
        assert!(tie.odd.is_empty() && tie.split.contains_key("A"));
        let scattered = odd_ones(&hosts(&[&[("A", "1")], &[("A", "2")], &[("A", "3")]]));
        assert!(scattered.odd.is_empty() && scattered.split["A"].len() == 3);
    }

    #[test]
    fn agreement_is_silent() {
        for same in [
            odd_ones(&hosts(&[&[("A", "1")], &[("A", "1")]])),
            odd_ones(&hosts(&[&[("A", "1")]])),
            odd_ones(&hosts(&[])),
        ] {
            assert!(same.odd.is_empty() && same.split.is_empty());
        }
    }
}
