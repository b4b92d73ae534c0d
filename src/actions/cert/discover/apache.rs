//! Apache: virtual hosts, their names and ports.

use std::collections::BTreeSet;

use super::uses::{Port, Service, Use, below, port_of, words};

/// Relative paths are below `ServerRoot`; this is Debian's.
const ROOT: &str = "/etc/apache2";

#[derive(Default)]
struct Site {
    names: BTreeSet<String>,
    ports: BTreeSet<Port>,
    certificates: Vec<String>,
    keys: Vec<String>,
}

impl Site {
    fn uses(self) -> impl Iterator<Item = Use> {
        let Self { names, ports, certificates, keys } = self;
        certificates.into_iter().enumerate().map(move |(number, certificate)| Use {
            service: Service::Apache,
            key: keys.get(number).filter(|key| **key != certificate).cloned(),
            certificate,
            names: names.clone(),
            ports: ports.clone(),
            file: None,
        })
    }
}

/// Reads the directives of the script's `apache` records.
pub(super) fn uses(lines: &[String]) -> Vec<Use> {
    let mut uses = Vec::new();
    let mut site = Site::default();
    for line in lines {
        let words = words(line.trim_end_matches('>'));
        let Some((directive, arguments)) = words.split_first() else { continue };
        match directive.to_ascii_lowercase().as_str() {
            "<virtualhost" => {
                uses.extend(std::mem::take(&mut site).uses());
                site.ports = arguments.iter().filter_map(|address| port_of(address)).map(Port::tls).collect();
            }
            "</virtualhost" => uses.extend(std::mem::take(&mut site).uses()),
            "servername" | "serveralias" => {
                // `https://example.org:443` is fine there.
                let bare = |name: &String| {
                    let name = name.rsplit("://").next().unwrap_or_default();
                    name.split(':').next().unwrap_or_default().to_ascii_lowercase()
                };
                site.names.extend(arguments.iter().map(bare));
            }
            "sslcertificatefile" => site.certificates.extend(arguments.first().map(|path| below(ROOT, path))),
            "sslcertificatekeyfile" => site.keys.extend(arguments.first().map(|path| below(ROOT, path))),
            _ => {}
        }
    }
    uses.extend(site.uses());
    uses
}
