//! The names of a declared certificate, who proves each, and where its challenge is delegated to.

use std::collections::{BTreeMap, BTreeSet};

use super::cert::{Known, identifier};
use super::context::Context;
use super::domain;
use super::problem::Problem;
use super::suggest::{nearest, shown};
use super::text::Located;
use super::types_forms::DnsChoice;

/// No CA signs more names in one certificate.
const MOST: usize = 100;

/// The names in their declared order.
pub(super) fn domains(
    texts: &Located<Vec<Located<String>>>,
    owner: &str,
    context: &mut Context<'_>,
) -> Vec<Located<String>> {
    let mut domains: Vec<Located<String>> = Vec::new();
    if texts.len() > MOST {
        context.problems.push(
            Problem::new("bad-value", format!("{owner} has {} names; no CA signs more than {MOST}", texts.len()))
                .label(texts.span.clone(), "too many")
                .help("make several certificates of it"),
        );
    }
    for text in &texts.value {
        match domain::domain(text) {
            Ok(name) => match domains.iter().find(|before| before.value == name) {
                Some(before) => context.problems.push(
                    Problem::new("duplicate", format!("{owner} has the name {name} twice"))
                        .label(before.span.clone(), "here")
                        .label(text.span.clone(), "and here"),
                ),
                None => domains.push(Located { value: name, span: text.span.clone() }),
            },
            Err(why) => context.problems.push(
                Problem::new("bad-domain", format!("\"{}\" can't be in a certificate: {why}", shown(text)))
                    .label(text.span.clone(), "this name")
                    .help("write a domain such as \"media.example.org\", or a wildcard such as \"*.example.org\""),
            ),
        }
    }
    domains
}

/// The `[dns]` table of each name.
pub(super) fn dns_of(
    choice: Option<&Located<DnsChoice>>,
    domains: &[Located<String>],
    owner: &str,
    known: &Known<'_>,
    context: &mut Context<'_>,
) -> BTreeMap<String, String> {
    let Some(choice) = choice else { return BTreeMap::new() };
    match &choice.value {
        DnsChoice::All(name) => {
            let name = Located { value: name.clone(), span: choice.span.clone() };
            check_dns(&name, known, context);
            domains.iter().map(|domain| (identifier(domain).to_owned(), name.value.clone())).collect()
        }
        DnsChoice::Each(table) => {
            let mut each = BTreeMap::new();
            for (text, name) in table {
                check_dns(name, known, context);
                if let Some(domain) = declared(text, domains, "`dns`", owner, context) {
                    each.insert(domain, name.value.clone());
                }
            }
            let mut told = BTreeSet::new();
            for domain in domains {
                let name = identifier(domain);
                if !each.contains_key(name) && told.insert(name) {
                    context.problems.push(
                        Problem::new("missing-key", format!("`dns` of {owner} says nothing of {name}"))
                            .label(choice.span.clone(), "here")
                            .label(domain.span.clone(), "this name"),
                    );
                }
            }
            each
        }
    }
}

fn check_dns(name: &Located<String>, known: &Known<'_>, context: &mut Context<'_>) {
    if known.dns.contains_key(&name.value) || known.lost.dns {
        return;
    }
    let help = nearest(name, known.dns.keys().map(String::as_str)).map_or_else(
        || format!("declare it: [dns.{}] with its `provider`", shown(name)),
        |near| format!("did you mean `{near}`?"),
    );
    context.problems.push(
        Problem::new("unknown-name", format!("no `dns` table is called `{}`", shown(name)))
            .label(name.span.clone(), "unknown")
            .help(help),
    );
}

/// Where the challenge of each name leads.
pub(super) fn delegations(
    table: &BTreeMap<Located<String>, Located<String>>,
    domains: &[Located<String>],
    owner: &str,
    context: &mut Context<'_>,
) -> BTreeMap<String, String> {
    let mut delegations = BTreeMap::new();
    for (text, target) in table {
        let name = declared(text, domains, "`delegate`", owner, context);
        match domain::dns_name(target) {
            Ok(found) if name.as_deref().is_some_and(|name| found == format!("_acme-challenge.{name}")) => {
                context.problems.push(
                    Problem::new("bad-value", format!("`delegate` of {owner} leads back to where it starts"))
                        .label(target.span.clone(), "the challenge's own name"),
                );
            }
            Ok(found) => delegations.extend(name.map(|name| (name, found))),
            Err(why) => context.problems.push(
                Problem::new("bad-domain", format!("\"{}\" is no target of a CNAME: {why}", shown(target)))
                    .label(target.span.clone(), "this name")
                    .help("write the full name that the CNAME of _acme-challenge names"),
            ),
        }
    }
    delegations
}

/// The identifier of a key in a table by domain, which must be one of the certificate's.
fn declared(
    text: &Located<String>,
    domains: &[Located<String>],
    table: &str,
    owner: &str,
    context: &mut Context<'_>,
) -> Option<String> {
    let name = domain::domain(text).ok().map(|name| identifier(&name).to_owned());
    let known: BTreeSet<&str> = domains.iter().map(|domain| identifier(domain)).collect();
    if let Some(name) = name.as_deref().filter(|name| known.contains(name)) {
        return Some(name.to_owned());
    }
    let label = nearest(text, known.iter().copied())
        .map_or_else(|| "not in `domains`".to_owned(), |near| format!("did you mean \"{near}\"?"));
    context.problems.push(
        Problem::new(
            "unknown-domain",
            format!("{table} of {owner} names \"{}\", which is none of its domains", shown(text)),
        )
        .label(text.span.clone(), label),
    );
    None
}
