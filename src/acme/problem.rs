//! What a CA refuses, in words: problem documents (RFC 8555, section 6.7) with their parts for single names.

use std::fmt;

use instant_acme::{Identifier, Problem};

/// The prefix of the types that RFC 8555 defines.
const NAMESPACE: &str = "urn:ietf:params:acme:error:";
/// The most characters of a CA's own words that are shown.
const LONGEST: usize = 400;

/// What a CA refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The type without its namespace, such as `rateLimited`; empty: it gives none.
    pub kind: String,
    /// The CA's words.
    pub detail: String,
    /// What it says of single names.
    pub names: Vec<NameRefusal>,
}

/// What a CA refuses of one name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameRefusal {
    /// The name, if it says which.
    pub name: Option<String>,
    /// The type without its namespace.
    pub kind: String,
    /// The CA's words.
    pub detail: String,
}

impl Refusal {
    /// From a problem document.
    pub fn of(problem: &Problem) -> Self {
        let names = problem.subproblems.iter().map(|part| NameRefusal {
            name: part.identifier.as_ref().map(name_of),
            kind: kind_of(part.r#type.as_deref()),
            detail: words(part.detail.as_deref()),
        });
        Self {
            kind: kind_of(problem.r#type.as_deref()),
            detail: words(problem.detail.as_deref()),
            names: names.collect(),
        }
    }

    /// Of one name alone.
    pub fn of_name(name: &str, problem: &Problem) -> Self {
        let whole = Self::of(problem);
        let own = NameRefusal { name: Some(name.to_owned()), kind: whole.kind.clone(), detail: whole.detail };
        Self { kind: whole.kind, detail: String::new(), names: vec![own] }
    }

    /// Several as one: what they say of names, one after another.
    pub fn merged(refusals: Vec<Self>) -> Option<Self> {
        let mut refusals = refusals.into_iter();
        let mut first = refusals.next()?;
        first.names.extend(refusals.flat_map(|refusal| refusal.names));
        Some(first)
    }

    /// From a body; `None`: it is no problem document.
    pub fn parse(body: &[u8]) -> Option<Self> {
        let problem: Problem = serde_json::from_slice(body).ok()?;
        (problem.r#type.is_some() || problem.detail.is_some()).then(|| Self::of(&problem))
    }

    /// Whether it has this type, or a part of it.
    pub fn is(&self, kind: &str) -> bool {
        self.kind == kind || self.names.iter().any(|part| part.kind == kind)
    }

    /// What to do, from what is known of the types.
    pub fn hint(&self) -> String {
        let part = self.names.iter().find(|part| known(&part.kind)).or(self.names.first());
        let name = part.and_then(|part| part.name.as_deref()).unwrap_or("the domain");
        let bare = name.strip_prefix("*.").unwrap_or(name);
        let kind = part.filter(|part| known(&part.kind)).map_or(self.kind.as_str(), |part| part.kind.as_str());
        let detail = part.map_or(self.detail.as_str(), |part| part.detail.as_str()).to_lowercase();
        match kind {
            "caa" => format!(
                "a CAA record of {bare} or of a domain above it forbids this CA: look with `dig CAA {bare}`, and add the CA's name to it"
            ),
            "dns" | "unauthorized" if detail.contains("nxdomain") || detail.contains("no txt record") => format!(
                "the CA's resolver does not see the record: run `dig +trace TXT _acme-challenge.{bare}` from outside; if inner and outer DNS differ, declare `servers` and `resolvers` of its DNS table"
            ),
            "dns" => format!(
                "the CA can't look up _acme-challenge.{bare}: check its delegation, and DNSSEC, with `dig +trace TXT _acme-challenge.{bare}`"
            ),
            "unauthorized" | "incorrectResponse" => format!(
                "the CA saw another value: look with `dig TXT _acme-challenge.{bare}` at each of its name servers for one that lags, or another client that sets this record"
            ),
            "rateLimited" => {
                "the CA limits how often this may be asked: wait; `directory = \"letsencrypt-staging\"` is for trials"
                    .to_owned()
            }
            "rejectedIdentifier" => {
                format!("this CA does not issue for {name}: take it out of `domains`, or use another CA")
            }
            "externalAccountRequired" => {
                "declare `eab = { kid = …, key = { secret = … } }` as the CA gave them to you".to_owned()
            }
            "userActionRequired" => {
                "the CA wants its new terms to be agreed to: read what it says, then run it again".to_owned()
            }
            "accountDoesNotExist" => "the CA does not know the account any more; the next run makes it anew".to_owned(),
            "invalidContact" | "unsupportedContact" => "change `contact` of the acme table".to_owned(),
            "badCSR" | "badPublicKey" => "the CA does not take this kind of key: change `key`".to_owned(),
            "alreadyRevoked" => "nothing is left to do".to_owned(),
            "serverInternal" => "the CA is in trouble: look at its status page, and run it again later".to_owned(),
            _ => "do what the CA says, then run it again".to_owned(),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        if !self.detail.is_empty() || self.names.is_empty() {
            match (self.detail.as_str(), self.kind.as_str()) {
                ("", "") => f.write_str("it does not say why")?,
                ("", kind) => f.write_str(kind)?,
                (detail, "") => f.write_str(detail)?,
                (detail, kind) => write!(f, "{detail} ({kind})")?,
            }
            separator = "; ";
        }
        for part in &self.names {
            let name = part.name.as_deref().unwrap_or("one of the names");
            write!(f, "{separator}{name}: {} ({})", part.detail, part.kind)?;
            separator = "; ";
        }
        Ok(())
    }
}

/// Whether there is more to say of a type than the CA's words.
fn known(kind: &str) -> bool {
    matches!(
        kind,
        "caa" | "dns" | "unauthorized" | "incorrectResponse" | "rateLimited" | "rejectedIdentifier" | "badPublicKey"
    )
}

fn kind_of(kind: Option<&str>) -> String {
    let kind = kind.unwrap_or_default();
    words(Some(kind.strip_prefix(NAMESPACE).unwrap_or(kind)))
}

fn name_of(identifier: &Identifier) -> String {
    identifier.authorized(false).to_string()
}

/// A CA's words on one line, without control characters, and not without end.
fn words(text: Option<&str>) -> String {
    let clean = text.unwrap_or_default().replace(|c: char| c.is_control(), " ");
    let mut short: String = clean.chars().take(LONGEST).collect();
    if short.len() < clean.len() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_is_told_and_the_hint_names_the_record() {
        let body = br#"{"type":"urn:ietf:params:acme:error:compound","detail":"errors","status":403,"subproblems":[
            {"type":"urn:ietf:params:acme:error:caa","detail":"CAA record for example.org prevents issuance",
             "identifier":{"type":"dns","value":"example.org"}},
            {"type":"urn:ietf:params:acme:error:dns","detail":"NXDOMAIN looking up TXT",
             "identifier":{"type":"dns","value":"example.net"}}]}"#;
        let refusal = Refusal::parse(body).unwrap();
        assert_eq!(
            refusal.to_string(),
            "errors (compound); example.org: CAA record for example.org prevents issuance (caa); example.net: NXDOMAIN looking up TXT (dns)"
        );
        assert!(refusal.hint().contains("dig CAA example.org"), "{}", refusal.hint());
        assert!(refusal.is("dns") && !refusal.is("rateLimited"));
    }

    #[test]
    fn a_record_that_the_ca_does_not_see_is_explained_by_split_horizon() {
        let problem = Problem {
            r#type: Some("urn:ietf:params:acme:error:dns".into()),
            detail: Some("DNS problem: NXDOMAIN looking up TXT for _acme-challenge.example.org".into()),
            status: Some(400),
            subproblems: Vec::new(),
        };
        let refusal = Refusal::of_name("*.example.org", &problem);
        assert!(refusal.hint().contains("TXT _acme-challenge.example.org") && refusal.hint().contains("resolvers"));
        assert!(refusal.to_string().starts_with("*.example.org: DNS problem"));
    }

    #[test]
    fn what_is_no_problem_document_is_none() {
        for body in [&b"<html>"[..], b"{}", b"[]", b"", b"{\"type\": 3}"] {
            assert_eq!(Refusal::parse(body), None);
        }
    }

    #[test]
    fn a_cas_words_can_neither_drive_a_terminal_nor_fill_it() {
        let long = "x".repeat(10_000);
        let body = serde_json::json!({ "type": "a\u{1b}[2J", "detail": format!("\u{7}{long}") }).to_string();
        let text = Refusal::parse(body.as_bytes()).unwrap().to_string();
        assert!(!text.contains(char::is_control) && text.chars().count() < 500, "{text}");
    }
}
