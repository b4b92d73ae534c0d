//! The little DER (X.690) that the parser does not give: a value's own bytes, and a wrapper around a key.

/// A SEQUENCE.
pub(super) const SEQUENCE: u8 = 0x30;
/// An INTEGER.
pub(super) const INTEGER: u8 = 0x02;
/// A BIT STRING.
pub(super) const BIT_STRING: u8 = 0x03;
/// An OCTET STRING.
pub(super) const OCTET_STRING: u8 = 0x04;

/// The contents of the value at the start of `bytes`, if it has this tag, and what follows it.
pub(super) fn take(tag: u8, bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (first, rest) = bytes.split_first()?;
    let (&length, rest) = rest.split_first()?;
    let (length, rest) = match length {
        0..=0x7f => (usize::from(length), rest),
        // More than four bytes of length is more than any of our inputs.
        0x81..=0x84 => {
            let (digits, rest) = rest.split_at_checked(usize::from(length & 0x7f))?;
            (digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit)), rest)
        }
        _ => return None,
    };
    (*first == tag).then(|| rest.split_at_checked(length))?
}

/// The bytes of a BIT STRING that has whole bytes.
pub(super) fn take_bits(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (contents, rest) = take(BIT_STRING, bytes)?;
    match contents.split_first()? {
        (0, bits) => Some((bits, rest)),
        _ => None,
    }
}

/// What stands before contents of this length.
pub(super) fn header(tag: u8, length: usize) -> Vec<u8> {
    if let Ok(short @ 0..=0x7f) = u8::try_from(length) {
        return vec![tag, short];
    }
    let digits = length.to_be_bytes();
    let digits = &digits[digits.iter().take_while(|digit| **digit == 0).count()..];
    // At most eight digits.
    let mut bytes = vec![tag, 0x80 | u8::try_from(digits.len()).unwrap_or_default()];
    bytes.extend_from_slice(digits);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths() {
        for length in [0_usize, 1, 127, 128, 255, 256, 65_535, 65_536] {
            let mut bytes = header(SEQUENCE, length);
            bytes.extend(vec![7; length]);
            bytes.push(9);
            let (contents, rest) = take(SEQUENCE, &bytes).expect("a sequence");
            assert_eq!((contents.len(), rest), (length, [9].as_slice()));
            assert_eq!(take(INTEGER, &bytes), None);
            assert_eq!(take(SEQUENCE, &bytes[..bytes.len() - 2]).is_some(), length == 0 && bytes.len() < 2);
        }
    }

    #[test]
    fn what_is_cut_or_endless() {
        for bytes in
            [&[][..], &[0x30], &[0x30, 0x80], &[0x30, 0x82, 1], &[0x30, 0x84, 255, 255, 255, 255], &[0x30, 0x85]]
        {
            assert_eq!(take(SEQUENCE, bytes), None);
        }
        assert_eq!(take_bits(&[3, 2, 1, 0]), None, "a part of a byte");
        assert_eq!(take_bits(&[3, 2, 0, 5, 6]), Some((&[5][..], &[6][..])));
    }
}
