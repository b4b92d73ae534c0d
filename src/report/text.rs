//! Foreign text, such as what hosts print: made harmless for a terminal and bounded, and it says what was cut.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthChar as _;

/// The longest value shown in a table or a diff, in characters.
pub(super) const LONGEST_VALUE: usize = 400;

/// The longest line of a host's output that is shown, in characters.
const LONGEST_LINE: usize = 2_000;

/// Whether a terminal would act on it, or show it where it does not stand: controls (C0, DEL, C1), line separators, and
/// the marks that change the direction of writing (Unicode Standard Annex 9).
fn is_dangerous(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A value on one line, whole up to `longest` characters. What can't be seen is spelt out (`\n`, `\t`, `\u{1b}`), since in
/// a value it may be the very difference.
pub fn inline(value: &str, longest: usize) -> String {
    let mut text = String::with_capacity(value.len());
    for c in value.chars().take(longest) {
        if is_dangerous(c) {
            text.extend(c.escape_default());
        } else {
            text.push(c);
        }
    }
    let rest = value.chars().skip(longest).count();
    if rest > 0 {
        // Writing to a String cannot fail.
        let _ = write!(text, "… ({rest} more characters)");
    }
    text
}

/// A sentence: lines become one, escape codes and control characters go.
pub fn sentence(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(line).collect();
    lines.join(" ").trim().to_owned()
}

/// What a host printed, as lines without escape codes and control characters. Of more than `most` lines the first third and
/// the last are kept, and a line between says what was cut.
pub fn output(text: &str, most: usize) -> Vec<String> {
    let normal = text.replace("\r\n", "\n").replace('\r', "\n");
    let all: Vec<&str> = normal.trim_end_matches('\n').split('\n').collect();
    if normal.trim().is_empty() {
        return Vec::new();
    }
    if all.len() <= most {
        return all.into_iter().map(line).collect();
    }
    let head = most / 3;
    let tail = all.len() - (most - head);
    let bytes: usize = all[head..tail].iter().map(|line| line.len() + 1).sum();
    let mut lines: Vec<String> = all[..head].iter().map(|text| line(text)).collect();
    lines.push(format!("… {} lines ({}) cut here …", tail - head, bytes_in_words(bytes as u64)));
    lines.extend(all[tail..].iter().map(|text| line(text)));
    lines
}

/// One line: each is stripped alone, so that an escape code without an end swallows no more than its own line.
fn line(text: &str) -> String {
    let plain = strip_ansi_escapes::strip_str(text.replace('\t', "    "));
    let harmless: String = plain.chars().filter(|c| !is_dangerous(*c)).collect();
    inline(&harmless, LONGEST_LINE)
}

/// The columns that a text takes in a terminal.
pub(super) fn width(text: &str) -> usize {
    unicode_width::UnicodeWidthStr::width(text)
}

/// Breaks at spaces, and inside a word only where it is wider than a whole line; nothing is lost but the spaces at breaks.
pub(super) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(1);
    let mut lines: Vec<String> = Vec::new();
    let mut current = String::new();
    for word in text.split(' ') {
        let gap = usize::from(!current.is_empty());
        if width(&current) + gap + width(word) <= columns {
            if gap == 1 {
                current.push(' ');
            }
            current.push_str(word);
            continue;
        }
        if !current.is_empty() {
            lines.push(std::mem::take(&mut current));
        }
        for c in word.chars() {
            if width(&current) + c.width().unwrap_or(0) > columns && !current.is_empty() {
                lines.push(std::mem::take(&mut current));
            }
            current.push(c);
        }
    }
    lines.push(current);
    lines
}

/// A size in binary units (IEC 80000-13) with at most three digits.
pub(super) fn bytes_in_words(bytes: u64) -> String {
    let mut unit = "B";
    let mut scaled = bytes;
    let mut tenths = 0;
    for next in ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"] {
        if scaled < 1024 {
            break;
        }
        tenths = scaled % 1024 * 10 / 1024;
        scaled /= 1024;
        unit = next;
    }
    if unit == "B" || scaled >= 10 || tenths == 0 {
        format!("{scaled} {unit}")
    } else {
        format!("{scaled}.{tenths} {unit}")
    }
}

/// `1 host`, `2 hosts`.
pub(super) fn number_of(count: usize, noun: &str) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{ending}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_value_shows_what_cannot_be_seen() {
        assert_eq!(inline("true\r", 10), r"true\r");
        assert_eq!(inline("\u{1b}[31mred", 20), r"\u{1b}[31mred");
        assert_eq!(inline("a\u{202e}b", 10), r"a\u{202e}b");
        assert_eq!(inline("grün", 10), "grün");
        assert_eq!(inline("abcdef", 4), "abcd… (2 more characters)");
    }

    #[test]
    fn output_loses_its_escape_codes_and_nothing_else() {
        assert_eq!(output("\u{1b}[31mred\u{1b}[0m\n\tx\r\n10%\r20%\n\n", 9), ["red", "    x", "10%", "20%"]);
        assert_eq!(output("\u{1b}]0;no end\nnext", 9).last().map(String::as_str), Some("next"));
        assert_eq!(output("\n \n", 9), Vec::<String>::new());
        assert_eq!(output("a\n\n\nb", 9), ["a", "", "", "b"]);
    }

    #[test]
    fn long_output_says_what_was_cut() {
        let text = (1..=100).map(|n| format!("line {n}")).collect::<Vec<_>>().join("\n") + "\n";
        let lines = output(&text, 6);
        assert_eq!(
            lines,
            ["line 1", "line 2", "… 94 lines (745 B) cut here …", "line 97", "line 98", "line 99", "line 100"]
        );
    }

    #[test]
    fn sizes() {
        for (bytes, words) in
            [(0, "0 B"), (1023, "1023 B"), (1536, "1.5 KiB"), (2048, "2 KiB"), (16_624_189_440, "15 GiB")]
        {
            assert_eq!(bytes_in_words(bytes), words);
        }
    }

    proptest! {
        #[test]
        fn nothing_shown_can_command_a_terminal(text in any::<String>()) {
            prop_assert!(!inline(&text, 50).contains(is_dangerous));
            prop_assert!(!sentence(&text).contains(is_dangerous));
            prop_assert!(!output(&text, 5).iter().any(|line| line.contains(is_dangerous)));
        }

        #[test]
        fn wrapping_keeps_every_letter(text in "[a-zü ]{0,80}", columns in 1_usize..30) {
            let lines = wrap(&text, columns);
            prop_assert_eq!(lines.concat().replace(' ', ""), text.replace(' ', ""));
            prop_assert!(lines.iter().all(|line| width(line) <= columns));
        }
    }
}
