//! Values that are probably a slip: another word for true or false, stray white space or quotes, two that changed places.

use std::collections::{BTreeMap, BTreeSet};

use super::near_miss::{NearMiss, Stray};

/// Words for true and false that belong together.
const BOOLEANS: &[(&str, &str)] =
    &[("true", "false"), ("yes", "no"), ("on", "off"), ("1", "0"), ("t", "f"), ("y", "n")];

/// Whether a value is another word for true or false than those in use: `usual` are the values declared, allowed, or found on
/// other hosts.
pub fn near_boolean<'a>(key: &str, value: &str, usual: impl IntoIterator<Item = &'a str>) -> Option<NearMiss> {
    let usual: BTreeSet<&str> = usual.into_iter().collect();
    if usual.contains(value) {
        return None;
    }
    let (truth, _) = truth(value)?;
    // The pair that is in use, as it is written there: `True` and `False` where others have `True`.
    let (yes, no) = BOOLEANS.iter().find(|(yes, no)| usual.contains(yes) || usual.contains(no))?;
    let meant = if truth { *yes } else { *no };
    let near = NearMiss::Boolean { key: key.to_owned(), observed: value.trim().to_owned(), meant: meant.to_owned() };
    (meant != value).then_some(near)
}

/// What a word means, whatever its case and the white space around it.
fn truth(value: &str) -> Option<(bool, &'static str)> {
    let value = value.trim();
    BOOLEANS.iter().find_map(|(yes, no)| {
        if value.eq_ignore_ascii_case(yes) {
            Some((true, *yes))
        } else if value.eq_ignore_ascii_case(no) {
            Some((false, *no))
        } else {
            None
        }
    })
}

/// White space or quotes at an end of a value, after its reader has removed what it removes.
pub fn stray(key: &str, value: &str) -> Option<NearMiss> {
    let quote =
        |character: char| matches!(character, '"' | '\'' | '`' | '\u{201c}' | '\u{201d}' | '\u{2018}' | '\u{2019}');
    let space = |character: char| character.is_whitespace() || matches!(character, '\u{200b}' | '\u{feff}');
    let what = if value.starts_with(space) || value.ends_with(space) {
        Stray::Space
    } else if value.starts_with(quote) || value.ends_with(quote) {
        Stray::Quote
    } else {
        return None;
    };
    Some(NearMiss::Stray { key: key.to_owned(), what })
}

/// Pairs of keys that have each other's declared value. Words for true and false and empty values are no evidence.
pub fn swapped(declared: &BTreeMap<String, String>, observed: &BTreeMap<String, String>) -> Vec<NearMiss> {
    let mut wrong: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for (key, meant) in declared {
        if let Some(found) = observed.get(key)
            && found != meant
            && [found, meant].iter().all(|value| !value.is_empty() && truth(value).is_none())
        {
            wrong.entry((meant, found)).or_default().push(key);
        }
    }
    let mut pairs = Vec::new();
    for ((meant, found), keys) in &wrong {
        if meant < found
            && let (&[first], Some(&[second])) = (keys.as_slice(), wrong.get(&(*found, *meant)).map(Vec::as_slice))
        {
            let (first, second) = (first.min(second), first.max(second));
            pairs.push(NearMiss::Swapped { first: first.to_owned(), second: second.to_owned() });
        }
    }
    pairs.sort();
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn booleans() {
        let meant = |value: &str, usual: &[&str]| match near_boolean("K", value, usual.iter().copied()) {
            Some(NearMiss::Boolean { meant, .. }) => Some(meant),
            _ => None,
        };
        assert_eq!(meant("FALSE", &["true"]).as_deref(), Some("false"));
        assert_eq!(meant("True", &["true", "false"]).as_deref(), Some("true"));
        assert_eq!(meant("yes", &["true"]).as_deref(), Some("true"));
        assert_eq!(meant("0", &["false"]).as_deref(), Some("false"));
        assert_eq!(meant("true", &["1", "0"]).as_deref(), Some("1"));
        for (value, usual) in [
            ("false", &["true"][..]),
            ("true", &["true"]),
            ("maybe", &["true"]),
            ("FALSE", &["plain"]),
            ("FALSE", &["FALSE", "true"]),
        ] {
            assert_eq!(meant(value, usual), None, "{value}");
        }
    }

    #[test]
    fn strays() {
        for (value, what) in [
            (" x", Stray::Space),
            ("x\t", Stray::Space),
            ("x\u{a0}", Stray::Space),
            ("\"x\"", Stray::Quote),
            ("x'", Stray::Quote),
        ] {
            assert_eq!(stray("K", value), Some(NearMiss::Stray { key: "K".to_owned(), what }), "{value}");
        }
        for value in ["", "x", "it's", "a \"b\" c"] {
            assert_eq!(stray("K", value), None, "{value}");
        }
    }

    #[test]
    fn swaps() {
        let map = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect::<BTreeMap<_, _>>()
        };
        let declared = map(&[("A", "one"), ("B", "two"), ("C", "true"), ("D", "false"), ("E", "5")]);
        let observed = map(&[("A", "two"), ("B", "one"), ("C", "false"), ("D", "true"), ("E", "5")]);
        let pair = NearMiss::Swapped { first: "A".to_owned(), second: "B".to_owned() };
        assert_eq!(swapped(&declared, &observed), [pair]);
        assert_eq!(swapped(&declared, &declared), []);
        assert_eq!(swapped(&declared, &map(&[("A", "two"), ("B", "two")])), []);
    }

    #[test]
    fn sentences_show_no_secrets() {
        let declared =
            BTreeMap::from([("PASSWORD".to_owned(), "hunter2".to_owned()), ("TOKEN".to_owned(), "abc".to_owned())]);
        let observed =
            BTreeMap::from([("PASSWORD".to_owned(), "abc".to_owned()), ("TOKEN".to_owned(), "hunter2".to_owned())]);
        let found: Vec<NearMiss> =
            swapped(&declared, &observed).into_iter().chain(stray("PASSWORD", " hunter2")).collect();
        assert_eq!(found.len(), 2);
        for near in found {
            assert!(!near.describe().contains("hunter2") && !format!("{near:?}").contains("hunter2"));
        }
    }
}
