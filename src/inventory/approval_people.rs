//! Which names and keys belong to one person: two keys of a principal do, and so do two principals of a key.

use std::collections::{BTreeMap, BTreeSet};

use super::approval_signers::Signer;

/// The people of an `allowed_signers`; each is called by the name of hers that stands first in it.
#[derive(Clone, Debug, Default)]
pub struct People {
    called: BTreeMap<String, String>,
}

impl People {
    /// The people who have these keys. A CA is no person: whoever it speaks for is one, by that name.
    pub fn of(signers: &[Signer]) -> Self {
        // Sets of names that share a key, merged until none overlap.
        let mut by_key: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for signer in signers.iter().filter(|signer| !signer.cert_authority) {
            by_key.entry(&signer.fingerprint).or_default().extend(signer.principals.iter().map(String::as_str));
        }
        let mut people: Vec<BTreeSet<&str>> = Vec::new();
        for names in by_key.into_values() {
            let mut whole: BTreeSet<&str> = names.into_iter().collect();
            people.retain(|other| {
                let apart = other.is_disjoint(&whole);
                if !apart {
                    whole.extend(other);
                }
                apart
            });
            people.push(whole);
        }
        let order: Vec<&str> = signers.iter().flat_map(|signer| &signer.principals).map(String::as_str).collect();
        let mut called = BTreeMap::new();
        for names in people {
            let Some(first) = order.iter().find(|name| names.contains(**name)) else { continue };
            called.extend(names.iter().map(|name| ((*name).to_owned(), (*first).to_owned())));
        }
        Self { called }
    }

    /// What the person who goes by this name is called.
    pub fn person<'a>(&'a self, principal: &'a str) -> &'a str {
        self.called.get(principal).map_or(principal, String::as_str)
    }

    /// Everybody who has a key, or those of them who go by these names.
    pub fn among(&self, names: Option<&BTreeSet<String>>) -> BTreeSet<String> {
        match names {
            None => self.called.values().cloned().collect(),
            Some(names) => names.iter().map(|name| self.person(name).to_owned()).collect(),
        }
    }

    /// Everybody whom a name means: a principal, or what stands before its `@`.
    pub fn meant_by(&self, user: &str) -> BTreeSet<String> {
        let local = |name: &str| name.split_once('@').is_some_and(|(local, _)| local == user);
        self.called.iter().filter(|(name, _)| *name == user || local(name)).map(|(_, person)| person.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signer(principals: &str, key: &str) -> Signer {
        Signer {
            line: 1,
            principals: principals.split(',').map(str::to_owned).collect(),
            cert_authority: false,
            fingerprint: key.to_owned(),
        }
    }

    #[test]
    fn keys_and_names_of_one_person() {
        let people = People::of(&[
            signer("bob@example.org", "1"),
            signer("alice@example.org", "2"),
            signer("alice@example.org,al", "3"),
            signer("alice@home.example", "3"),
            signer("carol@example.org", "4"),
        ]);
        for name in ["alice@example.org", "al", "alice@home.example"] {
            assert_eq!(people.person(name), "alice@example.org");
        }
        assert_eq!(people.among(None).len(), 3);
        let two = BTreeSet::from(["al".to_owned(), "alice@home.example".to_owned()]);
        assert_eq!(people.among(Some(&two)), BTreeSet::from(["alice@example.org".to_owned()]));
        assert_eq!(people.meant_by("alice"), BTreeSet::from(["alice@example.org".to_owned()]));
        assert_eq!(people.meant_by("al"), BTreeSet::from(["alice@example.org".to_owned()]));
        assert_eq!(people.meant_by("root"), BTreeSet::new());
    }
}
