//! haproxy: `bind … crt`, `crt-list`, directories, `crt-store`.

use std::collections::BTreeSet;

use super::answer::Answer;
use super::uses::{Port, Service, Use, below, port_of, words};

/// Reads the words of the script's `haproxy` records.
pub(super) fn uses(answer: &Answer) -> Vec<Use> {
    let base = |keyword: &str| {
        let lines = answer.haproxy.iter().rev().map(|line| words(line));
        let mut found = lines.filter(|words| words.first().is_some_and(|word| word == keyword));
        found.next().and_then(|words| words.get(1).cloned()).unwrap_or_default()
    };
    let (certificates, keys) = (base("crt-base"), base("key-base"));
    let mut uses = Vec::new();
    let mut ports = BTreeSet::new();
    for line in &answer.haproxy {
        let words = words(line);
        let (Some(keyword), Some(value)) = (words.first(), words.get(1)) else { continue };
        match keyword.as_str() {
            "frontend" | "listen" => ports.clear(),
            // Several addresses of one line are parted by commas.
            "bind" => ports = value.split(',').filter_map(port_of).map(Port::tls).collect(),
            "crt" => expand(answer, &at(&certificates, value), BTreeSet::new(), &ports, &mut uses),
            "crt-list" => {
                for line in answer.haproxy_lists.get(value).into_iter().flatten() {
                    let mut names = self::words(line).into_iter();
                    let Some(path) = names.next() else { continue };
                    // `!name` keeps a name away from a wildcard.
                    let names = names.filter(|name| !name.starts_with('!')).map(|name| name.to_ascii_lowercase());
                    expand(answer, &at(&certificates, &path), names.collect(), &ports, &mut uses);
                }
                if !answer.haproxy_lists.contains_key(value) {
                    uses.push(used(value.clone(), BTreeSet::new(), &ports));
                }
            }
            // Of `load` in a crt-store: the key of the certificate before it.
            "key" => {
                if let Some(last) = uses.last_mut() {
                    last.key = Some(at(if keys.is_empty() { &certificates } else { &keys }, value));
                }
            }
            _ => {}
        }
    }
    uses
}

/// Relative to `crt-base`; `@store/name` stands for what a crt-store loads, which is told of there.
fn at(base: &str, path: &str) -> String {
    if base.is_empty() { path.to_owned() } else { below(base, path) }
}

/// A file, or each file of a directory.
fn expand(answer: &Answer, path: &str, names: BTreeSet<String>, ports: &BTreeSet<Port>, uses: &mut Vec<Use>) {
    if path.starts_with('@') || path.contains("/@") {
        return;
    }
    match answer.entries.get(path) {
        Some(files) => {
            // `x.pem.key` is the key of `x.pem`, and no certificate.
            let is_key = |file: &str| file.strip_suffix(".key").is_some_and(|of| files.iter().any(|it| it == of));
            for file in files.iter().filter(|file| !is_key(file)) {
                uses.push(with_key(answer, used(file.clone(), names.clone(), ports)));
            }
        }
        None => uses.push(with_key(answer, used(path.to_owned(), names, ports))),
    }
}

fn with_key(answer: &Answer, mut used: Use) -> Use {
    let beside = format!("{}.key", used.certificate);
    used.key = answer.paths.contains_key(&beside).then_some(beside);
    used
}

fn used(certificate: String, names: BTreeSet<String>, ports: &BTreeSet<Port>) -> Use {
    Use { service: Service::Haproxy, certificate, key: None, names, ports: ports.clone(), file: None }
}
