//! Names: outside of this room they are text, in lower case and without a dot at the end.

use hickory_proto::rr::Name;

use super::error::DnsError;

/// The name, absolute.
pub(super) fn parse(text: &str) -> Result<Name, DnsError> {
    let bad = |why: String| DnsError::Name { name: text.to_owned(), why };
    let mut name = Name::from_ascii(text).map_err(|error| bad(error.to_string()))?;
    if name.is_root() || text.is_empty() {
        return Err(bad("it is empty".to_owned()));
    }
    name.set_fqdn(true);
    Ok(name.to_lowercase())
}

/// As the rest of fleet writes it.
pub(super) fn text(name: &Name) -> String {
    if name.is_root() {
        return ".".to_owned();
    }
    let mut text = name.to_lowercase().to_ascii();
    if text.ends_with('.') {
        text.pop();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_one_form() {
        for given in ["_acme-challenge.Example.ORG", "_acme-challenge.example.org."] {
            assert_eq!(text(&parse(given).unwrap()), "_acme-challenge.example.org");
        }
        assert_eq!(parse("").unwrap_err().code(), "dns-name");
        assert_eq!(parse(".").unwrap_err().code(), "dns-name");
        assert!(parse(&format!("{}.org", "a".repeat(64))).is_err());
        assert!(parse("a..b").is_err());
    }
}
