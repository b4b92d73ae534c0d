//! Unknown names that are one slip of the finger from a known one.

use std::collections::BTreeSet;

use super::near_miss::{NearMiss, Slip};

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
}
