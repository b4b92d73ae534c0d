//! What certificates are called: short, the same at every look, one name for all that are valid for the same names.

use std::collections::{BTreeMap, BTreeSet};

use crate::x509::Certificate;

/// The names that a certificate is valid for, as what tells it from others.
pub(super) fn identity(certificate: &Certificate) -> BTreeSet<String> {
    if certificate.names.is_empty() {
        // Made by hand, long ago; no client of today takes it.
        return BTreeSet::from([format!("{} {}", certificate.subject, certificate.fingerprint)]);
    }
    certificate.names.iter().cloned().collect()
}

/// A name for each identity: the first label of its shortest domain, or all of that domain where others have that label too.
pub(super) fn names(identities: &BTreeSet<BTreeSet<String>>) -> BTreeMap<BTreeSet<String>, String> {
    let mut by_label: BTreeMap<String, Vec<&BTreeSet<String>>> = BTreeMap::new();
    for identity in identities {
        by_label.entry(clean(label(&domain(identity)))).or_default().push(identity);
    }
    let mut taken: BTreeSet<String> =
        by_label.iter().filter(|(_, sharing)| sharing.len() == 1).map(|(label, _)| label.clone()).collect();
    let mut names = BTreeMap::new();
    for (label, sharing) in by_label {
        if let [only] = sharing.as_slice() {
            names.insert((*only).clone(), label);
            continue;
        }
        for identity in sharing {
            let whole = clean(&domain(identity));
            let numbered = (2_u32..).map(|number| format!("{whole}-{number}"));
            let name =
                std::iter::once(whole.clone()).chain(numbered).find(|name| !taken.contains(name)).unwrap_or(whole);
            taken.insert(name.clone());
            names.insert(identity.clone(), name);
        }
    }
    names
}

/// The shortest, without `*.` and `www.`; of these the first.
fn domain(identity: &BTreeSet<String>) -> String {
    let bare = |name: &String| {
        let name = name.strip_prefix("*.").unwrap_or(name);
        name.strip_prefix("www.").filter(|rest| rest.contains('.')).unwrap_or(name).to_owned()
    };
    identity.iter().map(bare).min_by_key(|name| (name.len(), name.clone())).unwrap_or_default()
}

/// Of an address, all of it.
fn label(domain: &str) -> &str {
    let first = domain.split('.').next().unwrap_or_default();
    if first.bytes().all(|byte| byte.is_ascii_digit()) { domain } else { first }
}

/// As the inventory takes a name: letters, digits and `-`, a letter or digit first, not too long.
fn clean(text: &str) -> String {
    let dashed: String =
        text.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
    let mut name = String::new();
    for part in dashed.split('-').filter(|part| !part.is_empty()) {
        if name.len() + part.len() > 60 {
            break;
        }
        if !name.is_empty() {
            name.push('-');
        }
        name.push_str(part);
    }
    if name.is_empty() { "certificate".to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(lists: &[&[&str]]) -> Vec<String> {
        let sets: Vec<BTreeSet<String>> =
            lists.iter().map(|list| list.iter().map(|name| (*name).to_owned()).collect()).collect();
        let names = names(&sets.iter().cloned().collect());
        sets.iter().map(|set| names[set].clone()).collect()
    }

    #[test]
    fn short_where_that_is_enough() {
        assert_eq!(named(&[&["media.example.org", "*.media.example.org"]]), ["media"]);
        assert_eq!(named(&[&["www.example.org", "example.org"], &["mail.example.org"]]), ["example", "mail"]);
        assert_eq!(
            named(&[&["www.a.example"], &["a.example"], &["a.example", "b.example"], &["192.0.2.1"]]),
            ["a-example-3", "a-example", "a-example-2", "192-0-2-1"]
        );
        assert_eq!(named(&[&["CN=, ü"], &["*.xn--grn-hoa.example"]]), ["cn", "xn-grn-hoa"]);
        assert_eq!(named(&[&["--"]]), ["certificate"]);
    }
}
