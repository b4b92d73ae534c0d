//! Near misses: a name one slip of the finger from a known one, `FALSE` where `false` is meant, stray spaces or quotes, two
//! values that changed places.

use std::collections::{BTreeMap, BTreeSet};

/// A difference that is probably a slip. It holds no value but words for true and false.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NearMiss {
    /// An unknown name that is one edit from a known one.
    Name {
        /// The name in the file.
        observed: String,
        /// The known name.
        meant: String,
        /// The edit.
        slip: Slip,
    },
    /// Another word for true or false than the one in use.
    Boolean {
        /// The name.
        key: String,
        /// The word in the file.
        observed: String,
        /// The word that is meant.
        meant: String,
    },
    /// White space or quotes at an end of the value.
    Stray {
        /// The name.
        key: String,
        /// What stands there.
        what: Stray,
    },
    /// Each has the value that is declared for the other.
    Swapped {
        /// A name.
        first: String,
        /// The other one.
        second: String,
    },
}

/// How a name differs from the known one; the best explanation comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Slip {
    /// Upper and lower case.
    Case,
    /// Two neighbours changed places.
    Transposed,
    /// A character is missing.
    Missing,
    /// A character is too many.
    Extra,
    /// One character is another.
    Replaced,
}

/// What stands at an end of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stray {
    /// White space.
    Space,
    /// Quotes.
    Quote,
}

impl NearMiss {
    /// A sentence for people, without any value of the file but words for true and false.
    pub fn describe(&self) -> String {
        match self {
            Self::Name { observed, meant, slip } => {
                let slip = match slip {
                    Slip::Case => "upper and lower case differ",
                    Slip::Transposed => "two characters changed places",
                    Slip::Missing => "a character is missing",
                    Slip::Extra => "a character is too many",
                    Slip::Replaced => "a character differs",
                };
                format!("{} is unknown; is {} meant? ({slip})", observed.escape_debug(), meant.escape_debug())
            }
            Self::Boolean { key, observed, meant } => {
                format!("{} is `{observed}` where `{meant}` is meant", key.escape_debug())
            }
            Self::Stray { key, what } => {
                let what = match what {
                    Stray::Space => "white space",
                    Stray::Quote => "a quote",
                };
                format!("{} has {what} at an end of its value", key.escape_debug())
            }
            Self::Swapped { first, second } => {
                format!("{} and {} have each other's value", first.escape_debug(), second.escape_debug())
            }
        }
    }
}

/// The known name that an unknown one is a slip of, if any. `known` are the names declared or common among hosts, `present`
/// those of the same file. Where the file has the known name too, only what can hardly be a name of its own counts.
pub fn near_name(observed: &str, known: &BTreeSet<String>, present: &BTreeSet<String>) -> Option<NearMiss> {
    if known.contains(observed) {
        return None;
    }
    let candidates = known.iter().filter_map(|name| slip(observed, name).map(|slip| (slip, name)));
    let likely = candidates.filter(|(slip, name)| {
        let unlike_a_name = observed.starts_with(|first: char| first.is_ascii_digit())
            && !name.starts_with(|first: char| first.is_ascii_digit());
        !present.contains(*name) || matches!(slip, Slip::Case | Slip::Transposed) || unlike_a_name
    });
    let (slip, name) = likely.min()?;
    Some(NearMiss::Name { observed: observed.to_owned(), meant: name.clone(), slip })
}

/// The one edit (Damerau) from `name` to `observed`. Short names are too close to each other to count, and so are names that
/// differ in a digit (`WORKER_1`, `WORKER_2`).
fn slip(observed: &str, name: &str) -> Option<Slip> {
    if observed.eq_ignore_ascii_case(name) {
        return (observed != name).then_some(Slip::Case);
    }
    let (seen, known): (Vec<char>, Vec<char>) = (observed.chars().collect(), name.chars().collect());
    let shortest = seen.len().min(known.len());
    if shortest < 4 || seen.len().abs_diff(known.len()) > 1 {
        return None;
    }
    let front = seen.iter().zip(&known).take_while(|(a, b)| a == b).count();
    let back = seen.iter().rev().zip(known.iter().rev()).take_while(|(a, b)| a == b).count().min(shortest - front);
    let (seen_middle, known_middle) = (&seen[front..seen.len() - back], &known[front..known.len() - back]);
    match (seen_middle, known_middle) {
        ([], [_]) => Some(Slip::Missing),
        ([_], []) => Some(Slip::Extra),
        ([a], [b]) if shortest >= 5 && !(a.is_ascii_digit() && b.is_ascii_digit()) => Some(Slip::Replaced),
        ([a, b], [c, d]) if a == d && b == c => Some(Slip::Transposed),
        _ => None,
    }
}

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

    fn set(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn meant(observed: &str, known: &[&str], present: &[&str]) -> Option<(String, Slip)> {
        match near_name(observed, &set(known), &set(present))? {
            NearMiss::Name { meant, slip, .. } => Some((meant, slip)),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn names() {
        for (observed, known, slip) in [
            ("3_BUCKET", "S3_BUCKET", Slip::Missing),
            ("SS3_BUCKET", "S3_BUCKET", Slip::Extra),
            ("S3_BUCKTE", "S3_BUCKET", Slip::Transposed),
            ("S3_BICKET", "S3_BUCKET", Slip::Replaced),
            ("S3-BUCKET", "S3_BUCKET", Slip::Replaced),
            ("S3_BUCKET_", "S3_BUCKET", Slip::Extra),
            ("s3_bucket", "S3_BUCKET", Slip::Case),
            ("tz", "TZ", Slip::Case),
            ("DB_POST", "DB_HOST", Slip::Replaced),
            ("AAB_X", "AB_X", Slip::Extra),
        ] {
            assert_eq!(meant(observed, &[known], &[observed]), Some((known.to_owned(), slip)), "{observed}");
        }
    }

    #[test]
    fn names_of_their_own() {
        for (observed, known) in [
            ("S3_BUCKET", "S3_BUCKET"),
            ("TS", "TZ"),
            ("MODE", "NODE"),
            ("WORKER_2", "WORKER_1"),
            ("DB_PORT", "DB_HOST"),
            ("S3_BUCKET_EU", "S3_BUCKET"),
            ("", "A"),
        ] {
            assert_eq!(meant(observed, &[known], &[observed]), None, "{observed}");
        }
    }

    #[test]
    fn both_present() {
        for observed in ["DB_HOSTS", "DB2_HOST", "DB_POST"] {
            assert_eq!(meant(observed, &["DB_HOST"], &["DB_HOST", observed]), None, "{observed}");
        }
        for (observed, known) in [("3_BUCKET", "S3_BUCKET"), ("S3_BUCKTE", "S3_BUCKET"), ("s3_bucket", "S3_BUCKET")] {
            assert!(meant(observed, &[known], &[known, observed]).is_some(), "{observed}");
        }
    }

    #[test]
    fn the_best_explanation_wins() {
        assert_eq!(
            meant("DB_HSOT", &["DB_HOST", "DB_HSOTS"], &["DB_HSOT"]),
            Some(("DB_HOST".to_owned(), Slip::Transposed))
        );
    }

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
