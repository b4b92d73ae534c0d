//! The nearest known name to an unknown one.

/// The candidate that `word` most likely stands for, if one is near enough: at most one edit in three letters.
pub(crate) fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = word.to_lowercase();
    let limit = (lower.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .filter(|candidate| candidate.len().abs_diff(lower.len()) <= limit)
        .map(|candidate| (strsim::osa_distance(&lower, &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, candidate)| candidate)
}

/// `text` for a message: on one line, without control characters, and not endless.
pub(crate) fn shown(text: &str) -> String {
    const MOST: usize = 60;
    let mut short: String = text.chars().take(MOST).flat_map(char::escape_debug).collect();
    short = short.replace("\\\"", "\"").replace("\\'", "'");
    if text.chars().count() > MOST {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_and_far() {
        let known = ["address", "cpus", "memory", "vars"];
        assert_eq!(nearest("adress", known), Some("address"));
        assert_eq!(nearest("Memory", known), Some("memory"));
        assert_eq!(nearest("cpu", known), Some("cpus"));
        assert_eq!(nearest("hostname", known), None);
        assert_eq!(nearest("fritz", ["franz", "freud"]), None);
        assert_eq!(nearest("ftirz", ["fritz", "freud"]), None);
        assert_eq!(nearest("frtiz", ["fritz", "freud"]), Some("fritz"));
    }

    #[test]
    fn shown_is_harmless() {
        assert_eq!(shown("a\u{1b}[31m\nb"), "a\\u{1b}[31m\\nb");
        assert_eq!(shown("say \"hi\""), "say \"hi\"");
        assert!(shown(&"x".repeat(1000)).chars().count() < 70);
    }
}
