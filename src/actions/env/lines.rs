//! Bytes as normalised text whose places can be mapped back to the bytes.

use std::ops::Range;

/// The file's text with `\r\n` and `\r` as `\n` (as both dotenvs do first), without byte order mark, and with each run of
/// bytes that is not UTF-8 replaced.
pub(super) struct Text {
    pub(super) text: String,
    /// Place in the file for each byte of `text`, and one more for the end; empty if both are the same.
    offsets: Vec<usize>,
}

impl Text {
    pub(super) fn new(bytes: &[u8]) -> Self {
        let body = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        if body.len() == bytes.len()
            && !bytes.contains(&b'\r')
            && let Ok(text) = std::str::from_utf8(bytes)
        {
            return Self { text: text.to_owned(), offsets: Vec::new() };
        }
        let mut place = bytes.len() - body.len();
        let mut normal =
            Self { text: String::with_capacity(bytes.len()), offsets: Vec::with_capacity(bytes.len() + 1) };
        for chunk in body.utf8_chunks() {
            let mut after_return = false;
            for character in chunk.valid().chars() {
                match character {
                    '\n' if after_return => {}
                    '\r' => normal.push('\n', place, 1),
                    _ => normal.push(character, place, 1),
                }
                after_return = character == '\r';
                place += character.len_utf8();
            }
            if !chunk.invalid().is_empty() {
                normal.push(char::REPLACEMENT_CHARACTER, place, 0);
                place += chunk.invalid().len();
            }
        }
        normal.offsets.push(place);
        normal
    }

    fn push(&mut self, character: char, place: usize, step: usize) {
        self.text.push(character);
        self.offsets.extend((0..character.len_utf8()).map(|byte| place + byte * step));
    }

    /// The place in the file of a place in the text.
    pub(super) fn place(&self, at: usize) -> usize {
        self.offsets.get(at).copied().unwrap_or(at)
    }

    /// The span in the file of a span in the text.
    pub(super) fn span(&self, range: &Range<usize>) -> Range<usize> {
        self.place(range.start)..self.place(range.end)
    }

    /// The end of the line that holds `at`, its line end included.
    pub(super) fn line_end(&self, at: usize) -> usize {
        self.text[at..].find('\n').map_or(self.text.len(), |end| at + end + 1)
    }

    /// The start of the line that holds `at`.
    pub(super) fn line_start(&self, at: usize) -> usize {
        self.text[..at].rfind('\n').map_or(0, |end| end + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::Text;

    #[test]
    fn places_map_back() {
        let bytes = b"\xEF\xBB\xBFa\r\nb\rc\n\xFFd\xC3\xA9";
        let text = Text::new(bytes);
        assert_eq!(text.text, "a\nb\nc\n\u{FFFD}d\u{e9}");
        let place = |needle| text.place(text.text.find(needle).unwrap());
        assert_eq!(place('a'), 3);
        assert_eq!(place('b'), 6);
        assert_eq!(place('c'), 8);
        assert_eq!(place('\u{FFFD}'), 10);
        assert_eq!(place('d'), 11);
        assert_eq!(place('\u{e9}'), 12);
        assert_eq!(text.place(text.text.len()), bytes.len());
        assert_eq!(text.place(text.line_end(0)), 6);
    }
}
