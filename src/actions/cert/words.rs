//! Times, shares and certificates in words.

use jiff::{SignedDuration, Timestamp};

use crate::x509::Certificate;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// A moment as people read it: UTC, to the minute.
pub(super) fn moment(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%MZ").to_string()
}

/// A length of time in its largest unit, rounded down: `3 days`.
pub(super) fn span(length: SignedDuration) -> String {
    let seconds = length.as_secs().abs();
    let (count, unit) = match seconds {
        0..MINUTE => (seconds, "second"),
        MINUTE..HOUR => (seconds / MINUTE, "minute"),
        HOUR..172_800 => (seconds / HOUR, "hour"),
        _ => (seconds / DAY, "day"),
    };
    if count == 1 { format!("1 {unit}") } else { format!("{count} {unit}s") }
}

/// How far a moment is from now: `in 3 days`, `3 days ago`.
pub(super) fn distance(time: Timestamp, now: Timestamp) -> String {
    let length = time.duration_since(now);
    if length.is_negative() { format!("{} ago", span(length)) } else { format!("in {}", span(length)) }
}

/// A certificate as a cell of a table: enough of its serial number to tell it from others, and its end.
pub(super) fn brief(certificate: &Certificate) -> String {
    until(short(certificate.serial.as_str()).as_str(), &day(certificate.not_after))
}

/// As [`brief`], with the whole serial number.
pub(super) fn whole(certificate: &Certificate) -> String {
    until(certificate.serial.as_str(), &day(certificate.not_after))
}

/// A serial number and an end.
pub(super) fn until(serial: &str, end: &str) -> String {
    format!("{serial}, until {end}")
}

fn day(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d").to_string()
}

/// The last digits of a serial number: the first ones are often the same for all of a CA.
pub(super) fn short(serial: &str) -> String {
    let digits = serial.len();
    if digits <= 10 { serial.to_owned() } else { format!("…{}", &serial[digits - 8..]) }
}

/// Some names, and how many more: `a, b and 3 more`.
pub(super) fn some<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    const SHOWN: usize = 4;
    let names: Vec<&str> = names.into_iter().collect();
    match names.as_slice() {
        [] => "nothing".to_owned(),
        [only] => (*only).to_owned(),
        few if few.len() <= SHOWN => format!("{} and {}", few[..few.len() - 1].join(", "), few[few.len() - 1]),
        many => format!("{} and {} more", many[..SHOWN - 1].join(", "), many.len() - SHOWN + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans() {
        let words = |seconds| span(SignedDuration::from_secs(seconds));
        assert_eq!(words(1), "1 second");
        assert_eq!(words(3 * DAY), "3 days");
        assert_eq!(words(-30 * HOUR), "30 hours");
        assert_eq!(words(90), "1 minute");
        let now = Timestamp::from_second(1_000_000).unwrap();
        assert_eq!(distance(Timestamp::from_second(1_000_000 - 3 * DAY).unwrap(), now), "3 days ago");
        assert_eq!(distance(Timestamp::from_second(1_000_000 + HOUR).unwrap(), now), "in 1 hour");
    }

    #[test]
    fn lists() {
        assert_eq!(some([]), "nothing");
        assert_eq!(some(["a", "b"]), "a and b");
        assert_eq!(some(["a", "b", "c", "d", "e"]), "a, b, c and 2 more");
    }
}
