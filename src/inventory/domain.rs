//! Domain names, as certificates and zones have them: ASCII, lower case, without a dot at the end.

/// A name that a certificate can have, internationalised labels as A-labels (RFC 5890); else why it is none. A wildcard
/// is `*.` and a name.
pub(super) fn domain(text: &str) -> Result<String, &'static str> {
    let (wildcard, rest) = match text.strip_prefix("*.") {
        Some(rest) => ("*.", rest),
        None => ("", text),
    };
    if rest.contains('*') {
        return Err("a wildcard stands for the whole first label, and for one alone");
    }
    if text.parse::<std::net::IpAddr>().is_ok() {
        return Err("an address can't be proven by DNS");
    }
    let name = idna::domain_to_ascii_strict(rest.strip_suffix('.').unwrap_or(rest))
        .map_err(|_| "it is not a domain name (RFC 1123, RFC 5891)")?;
    if name.rsplit('.').next().is_some_and(|label| label.bytes().all(|byte| byte.is_ascii_digit())) {
        return Err("its last label can't be a number");
    }
    Ok(format!("{wildcard}{name}"))
}

/// A name in DNS that serves no certificate, such as a zone or the target of a CNAME: labels may have underscores.
pub(super) fn dns_name(text: &str) -> Result<String, &'static str> {
    let name = text.strip_suffix('.').unwrap_or(text);
    let ascii = idna::domain_to_ascii(name).map_err(|_| "it is not a name in DNS")?;
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    if ascii.len() > 253 || !ascii.split('.').all(label) {
        return Err("it is not a name in DNS (RFC 1035)");
    }
    Ok(ascii.to_ascii_lowercase())
}

/// Whether a declared domain, perhaps a wildcard, is valid for a server name (RFC 6125, section 6.4.3).
pub(super) fn covers(domain: &str, name: &str) -> bool {
    match domain.strip_prefix("*.") {
        Some(parent) => name.split_once('.').is_some_and(|(first, rest)| !first.is_empty() && rest == parent),
        None => domain == name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        assert_eq!(domain("Media.Example.ORG.").as_deref(), Ok("media.example.org"));
        assert_eq!(domain("*.münchen.example").as_deref(), Ok("*.xn--mnchen-3ya.example"));
        assert_eq!(domain("intern").as_deref(), Ok("intern"));
        for bad in
            ["", "*", "*.", "a.*.b", "*.*.b", "a b", "a..b", "_a.b", "-a.b", "192.0.2.1", "::1", "a.1", "https://a.b"]
        {
            assert!(domain(bad).is_err(), "{bad}");
        }
        assert!(domain(&format!("{}.example", "a".repeat(64))).is_err());
    }

    #[test]
    fn names_in_dns() {
        assert_eq!(dns_name("_acme-challenge.Example.org.").as_deref(), Ok("_acme-challenge.example.org"));
        for bad in ["", ".", "a..b", "a b", "a/b", "*.b"] {
            assert!(dns_name(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn wildcards_cover_one_label() {
        assert!(covers("*.example.org", "a.example.org"));
        assert!(!covers("*.example.org", "example.org"));
        assert!(!covers("*.example.org", "a.b.example.org"));
        assert!(covers("example.org", "example.org"));
    }
}
