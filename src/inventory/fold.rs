//! Many host names in few words: `cdn-[1-4],web2`.

use std::collections::{BTreeMap, BTreeSet};

use crate::names::HostName;

/// Numbers with the same text around them: of no fixed width (0), or padded with zeros to one.
type Series = BTreeMap<usize, BTreeSet<u64>>;

/// Folds names that differ in their last number into ranges. The result is a selector for exactly these hosts.
pub fn fold(hosts: &BTreeSet<HostName>) -> String {
    let mut plain: Vec<&str> = Vec::new();
    let mut around: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for host in hosts {
        match split(host.as_str()) {
            Some((prefix, digits, suffix)) => {
                around.entry((prefix, suffix)).or_default().push(digits);
            }
            None => plain.push(host.as_str()),
        }
    }
    let mut folded: Vec<String> = plain.into_iter().map(str::to_owned).collect();
    for ((prefix, suffix), numbers) in around {
        if let [only] = numbers.as_slice() {
            folded.push(format!("{prefix}{only}{suffix}"));
            continue;
        }
        let ranges: Vec<String> =
            series(&numbers).into_iter().flat_map(|(width, numbers)| ranges(width, &numbers)).collect();
        folded.push(format!("{prefix}[{}]{suffix}", ranges.join(",")));
    }
    folded.sort();
    folded.join(",")
}

/// Around the last number; none when there is no number, or one that is too long to count with.
fn split(name: &str) -> Option<(&str, &str, &str)> {
    let end = name.rfind(|c: char| c.is_ascii_digit())? + 1;
    let start = name[..end].rfind(|c: char| !c.is_ascii_digit()).map_or(0, |at| at + 1);
    (end - start <= 18).then(|| (&name[..start], &name[start..end], &name[end..]))
}

fn series(numbers: &[&str]) -> Series {
    let padded: BTreeSet<usize> = numbers
        .iter()
        .filter(|digits| digits.len() > 1 && digits.starts_with('0'))
        .map(|digits| digits.len())
        .collect();
    let mut series = Series::new();
    for digits in numbers {
        let width = if padded.contains(&digits.len()) { digits.len() } else { 0 };
        // At most 18 digits always fit.
        if let Ok(number) = digits.parse() {
            series.entry(width).or_default().insert(number);
        }
    }
    series
}

fn ranges(width: usize, numbers: &BTreeSet<u64>) -> Vec<String> {
    let mut runs: Vec<(u64, u64)> = Vec::new();
    for number in numbers {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == *number => *last = *number,
            _ => runs.push((*number, *number)),
        }
    }
    runs.into_iter()
        .map(
            |(first, last)| {
                if first == last { format!("{first:0width$}") } else { format!("{first:0width$}-{last:0width$}") }
            },
        )
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::inventory::selector::{Selector, Universe};

    fn folded(names: &[&str]) -> String {
        fold(&names.iter().map(|name| HostName::new(*name)).collect())
    }

    #[test]
    fn known_answers() {
        assert_eq!(folded(&[]), "");
        assert_eq!(folded(&["sally"]), "sally");
        assert_eq!(folded(&["cdn-1", "cdn-2", "cdn-3", "cdn-4", "web2"]), "cdn-[1-4],web2");
        assert_eq!(folded(&["w1", "w3", "w4", "w10", "w11"]), "w[1,3-4,10-11]");
        assert_eq!(folded(&["w09", "w10", "w11"]), "w[09-11]");
        assert_eq!(folded(&["w1", "w01", "w02"]), "w[1,01-02]");
        assert_eq!(folded(&["a1.example.org", "a2.example.org"]), "a[1-2].example.org");
        assert_eq!(folded(&["esme", "cdn-fremont-1", "cdn-frankfurt-1"]), "cdn-frankfurt-1,cdn-fremont-1,esme");
        assert_eq!(
            folded(&["x1234567890123456789012", "x1234567890123456789013"]),
            "x1234567890123456789012,x1234567890123456789013"
        );
    }

    struct Only(BTreeSet<HostName>);

    impl Universe for Only {
        fn hosts(&self) -> &BTreeSet<HostName> {
            &self.0
        }

        fn group(&self, _: &str) -> Option<&BTreeSet<HostName>> {
            None
        }

        fn group_names(&self) -> Vec<&str> {
            Vec::new()
        }
    }

    proptest! {
        #[test]
        fn a_fold_selects_what_was_folded(names in prop::collection::btree_set("[ab]-?[0-2]{0,3}(-x)?[0-1]{0,2}", 1..30)) {
            let hosts: BTreeSet<HostName> = names.iter().filter(|name| !name.is_empty()).map(HostName::new).collect();
            prop_assume!(!hosts.is_empty());
            let selector = Selector::parse(&fold(&hosts), &|_| Err(String::new())).unwrap();
            prop_assert_eq!(selector.evaluate(&Only(hosts.clone())).unwrap(), hosts);
        }
    }
}
