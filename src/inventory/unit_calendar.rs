//! A light look at `OnCalendar=`: what is surely wrong is told before a host is contacted. What is left the host's own
//! `systemd-analyze calendar` refuses.

/// Shorthands of systemd.time(7).
const WORDS: &[&str] =
    &["minutely", "hourly", "daily", "monthly", "weekly", "yearly", "annually", "quarterly", "semiannually"];

const EXAMPLES: &str =
    "write it as systemd.time(7) has it, such as \"*-*-* 03:00:00 UTC\", \"Mon *-*-* 04:30\" or \"daily\"";

/// Else what is wrong, and what to write.
pub(super) fn check(calendar: &str) -> Result<(), (String, String)> {
    let wrong = |message: &str| Err((message.to_owned(), EXAMPLES.to_owned()));
    let allowed = |c: char| c.is_ascii_alphanumeric() || " *:-.,/~_+@".contains(c);
    let text = calendar.trim();
    if text.is_empty() {
        return wrong("it is empty");
    }
    if let Some(odd) = calendar.chars().find(|c| !allowed(*c)) {
        return wrong(&format!("{odd:?} stands in no calendar of systemd"));
    }
    let words: Vec<&str> = text.split(' ').filter(|word| !word.is_empty()).collect();
    let is_field = |word: &&str| word.bytes().all(|byte| byte.is_ascii_digit() || b"*/,-".contains(&byte));
    if words.len() >= 5 && words.iter().take(5).all(is_field) {
        return Err(("this is the form of cron".to_owned(), EXAMPLES.to_owned()));
    }
    // Weekdays, a date, a time and a time zone, each at most once.
    if words.len() > 4 {
        return wrong("it has more than weekdays, a date, a time and a time zone");
    }
    let is_shorthand = WORDS.contains(&text.split(' ').next().unwrap_or_default().to_ascii_lowercase().as_str());
    let starts_day = |word: &&str| {
        let lower = word.to_ascii_lowercase();
        ["mon", "tue", "wed", "thu", "fri", "sat", "sun"].iter().any(|day| lower.starts_with(day))
    };
    let is_time = |word: &&str| word.contains(':') && !word.contains(|c: char| c.is_ascii_alphabetic());
    let is_date = |word: &&str| {
        word.contains(['-', '~']) && !word.contains(|c: char| c.is_ascii_alphabetic()) && !word.contains(':')
    };
    if let Some(time) = words.iter().find(|word| is_time(word)) {
        time_of_day(time).map_err(|message| (message, EXAMPLES.to_owned()))?;
    }
    let told = |word: &&str| starts_day(word) || is_time(word) || is_date(word) || word.starts_with('@');
    if !is_shorthand && !words.iter().any(told) {
        return wrong("it tells neither a day nor a time");
    }
    Ok(())
}

/// Hours, minutes and seconds, each a list of numbers and ranges with a step.
fn time_of_day(word: &str) -> Result<(), String> {
    let parts: Vec<&str> = word.split(':').collect();
    if parts.len() > 3 {
        return Err(format!("\"{word}\" is no time of a day"));
    }
    for (part, most, name) in
        parts.iter().zip([(23, "hour"), (59, "minute"), (59, "second")]).map(|(part, (most, name))| (part, most, name))
    {
        for number in part.split([',', '/']).flat_map(|range| range.split("..")) {
            let whole = number.split('.').next().unwrap_or_default();
            if number == "*" {
                continue;
            }
            match whole.parse::<u32>() {
                Ok(number) if number <= most => {}
                Ok(number) => return Err(format!("{number} is no {name}: they end at {most}")),
                Err(_) => return Err(format!("\"{word}\" is no time of a day")),
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_good_and_what_is_surely_wrong() {
        for good in [
            "daily",
            "Weekly",
            "daily UTC",
            "*-*-* 03:00:00 UTC",
            "Mon..Fri *-*-* 04:30",
            "Sat,Sun 12:05",
            "*-*-1..7 18:00:00",
            "Mon *-05~07/1",
            "03:00 Europe/Berlin",
            "*:0/15",
            "*:*:30.5",
            "2026-12-24",
            "@1395716396",
            "Sun",
        ] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for (bad, why) in [
            ("", "empty"),
            ("0 3 * * *", "cron"),
            ("*/5 * * * * /usr/bin/x", "cron"),
            ("25:00", "no hour"),
            ("03:60", "no minute"),
            ("03:00:61", "no second"),
            ("3 o'clock", "stands in no calendar"),
            ("every day", "neither a day nor a time"),
            ("a\nb", "stands in no calendar"),
            ("1:2:3:4", "no time of a day"),
        ] {
            let (message, _) = check(bad).unwrap_err();
            assert!(message.contains(why), "{bad}: {message}");
        }
    }
}
