//! postfix and dovecot.

use std::collections::{BTreeMap, BTreeSet};

use super::answer::Answer;
use super::uses::{Port, Service, Use, unquoted, words};
use crate::tls::StartTls;

/// What postfix presents as a server: of main.cf, and where a service of master.cf has its own.
pub(super) fn postfix(answer: &Answer) -> Vec<Use> {
    let mut ports = BTreeSet::new();
    // By scope: empty for main.cf, else such as `submission/inet`.
    let mut scopes: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    for line in &answer.postfix {
        if let Some(service) = line.strip_prefix("listens ") {
            ports.extend(smtp_port(service));
        } else if let Some((name, value)) = line.split_once(" = ") {
            let (scope, name) = name.rsplit_once('/').unwrap_or(("", name));
            scopes.entry(scope.to_owned()).or_default().insert(name.to_owned(), value.trim().to_owned());
        }
    }
    let mut uses = Vec::new();
    for (scope, parameters) in &scopes {
        let service = scope.split('/').next().unwrap_or_default();
        let ports = if scope.is_empty() { ports.clone() } else { smtp_port(service).into_iter().collect() };
        let value = |name: &str| parameters.get(name).filter(|value| !value.is_empty() && *value != "none");
        let mut add = |certificate: &str, key: Option<&str>| {
            uses.push(Use {
                service: Service::Postfix,
                certificate: certificate.to_owned(),
                key: key.filter(|key| *key != certificate).map(str::to_owned),
                names: BTreeSet::new(),
                ports: ports.clone(),
                file: None,
            });
        };
        // Where it is set, the others are not used: postconf(5).
        if let Some(files) = value("smtpd_tls_chain_files") {
            let files: Vec<&str> = files.split([',', ' ']).filter(|file| !file.is_empty()).collect();
            let has_key = |file: &&str| answer.paths.get(*file).is_some_and(|real| answer.keys.contains_key(real));
            let has_chain =
                |file: &&str| answer.paths.get(*file).is_none_or(|real| answer.certificates.contains_key(real));
            // A key stands before its chain, in the same file or in one before.
            let mut key = None;
            for file in files {
                if has_key(&file) {
                    key = Some(file);
                }
                if has_chain(&file) {
                    add(file, key.take());
                }
            }
            continue;
        }
        for kind in ["", "ec"] {
            if let Some(certificate) = value(&format!("smtpd_tls_{kind}cert_file")) {
                add(certificate, value(&format!("smtpd_tls_{kind}key_file")).map(String::as_str));
            }
        }
    }
    uses
}

/// Whether postfix has certificates for names of their own in a table, which is not read.
pub(super) fn has_name_table(answer: &Answer) -> bool {
    answer
        .postfix
        .iter()
        .any(|line| line.strip_prefix("tls_server_sni_maps = ").is_some_and(|it| !it.trim().is_empty()))
}

/// A service of master.cf, by name or number, alone or behind an address.
fn smtp_port(service: &str) -> Option<Port> {
    let starttls = Some(StartTls::Smtp);
    match service.rsplit(':').next()? {
        "smtp" | "25" => Some(Port { port: 25, starttls }),
        "submission" | "587" => Some(Port { port: 587, starttls }),
        "submissions" | "smtps" | "465" => Some(Port::tls(465)),
        _ => None,
    }
}

/// What dovecot presents; names are those of its `local_name` blocks.
pub(super) fn dovecot(answer: &Answer) -> Vec<Use> {
    let all = [
        Port { port: 143, starttls: Some(StartTls::Imap) },
        Port { port: 110, starttls: Some(StartTls::Pop3) },
        Port::tls(993),
        Port::tls(995),
    ];
    let ports: BTreeSet<Port> = all.into_iter().filter(|port| answer.listening.contains(&port.port)).collect();
    // The settings of each block that is open, with the names that it is for.
    let mut open = vec![(BTreeSet::new(), None, None)];
    let mut uses = Vec::new();
    let mut close = |(names, certificate, key): (BTreeSet<String>, Option<String>, Option<String>)| {
        uses.extend(certificate.map(|certificate| Use {
            service: Service::Dovecot,
            key: key.filter(|key| *key != certificate),
            certificate,
            names,
            ports: ports.clone(),
            file: None,
        }));
    };
    for line in &answer.dovecot {
        if let Some(head) = line.strip_suffix('{') {
            let mut words = words(head).into_iter();
            let is_named = words.next().is_some_and(|word| word == "local_name");
            let names = words.filter(|_| is_named).map(|name| name.to_ascii_lowercase()).collect();
            open.push((names, None, None));
        } else if line == "}" {
            if open.len() > 1 {
                open.pop().into_iter().for_each(&mut close);
            }
        } else if let Some((name, value)) = line.split_once('=')
            && let Some((_, certificate, key)) = open.last_mut()
        {
            let path = Some(unquoted(value.trim().trim_start_matches('<').trim()));
            match name.trim() {
                "ssl_cert" | "ssl_server_cert_file" => *certificate = path,
                "ssl_key" | "ssl_server_key_file" => *key = path,
                _ => {}
            }
        }
    }
    open.into_iter().for_each(close);
    uses
}
