//! nginx: servers, their names and ports, and the certificates that they present.

use std::collections::{BTreeMap, BTreeSet};

use globset::GlobBuilder;

use super::uses::{Port, Service, Use, below, port_of, words};

/// Directives that are read, those of a file again for each place that includes it: includes of includes could be without end.
const MOST: usize = 500_000;

/// The directives of one configuration as the script gives them: files by path, in the order in which nginx read them.
struct Configuration<'a> {
    prefix: String,
    files: BTreeMap<&'a str, Vec<&'a str>>,
}

/// What is set in a block: it is inherited by those inside, where they set none of their own.
#[derive(Clone, Default)]
struct Settings {
    /// Certificates in the order in which they stand, each with its file of configuration.
    certificates: Vec<(String, String)>,
    keys: Vec<String>,
}

/// One `server` block under construction.
#[derive(Default)]
struct Server {
    depth: usize,
    names: BTreeSet<String>,
    ports: BTreeSet<Port>,
    own: Settings,
}

/// Reads the directives of the script's `nginx` records.
pub(super) fn uses(lines: &[String]) -> Vec<Use> {
    let mut files: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut first = None;
    let mut current = "";
    for line in lines {
        if let Some(path) = line.strip_prefix("file ") {
            current = path;
            first.get_or_insert(path);
            files.entry(path).or_default();
        } else if let Some(lines) = files.get_mut(current) {
            lines.push(line.as_str());
        }
    }
    let Some(first) = first else { return Vec::new() };
    let prefix = first.rsplit_once('/').map_or("", |(directory, _)| directory).to_owned();
    let configuration = Configuration { prefix, files };
    let mut walk = Walk {
        configuration: &configuration,
        depth: 0,
        open: Vec::new(),
        left: MOST,
        server: None,
        outside: Settings::default(),
        servers: Vec::new(),
    };
    walk.file(first);
    walk.close();
    walk.uses()
}

struct Walk<'a> {
    configuration: &'a Configuration<'a>,
    depth: usize,
    /// The files that are being read, each included by the one before.
    open: Vec<String>,
    /// How many directives may still be read.
    left: usize,
    server: Option<Server>,
    /// What `http` sets.
    outside: Settings,
    servers: Vec<Server>,
}

impl Walk<'_> {
    fn file(&mut self, path: &str) {
        let Some(lines) = self.configuration.files.get(path) else { return };
        if self.open.iter().any(|open| open == path) {
            return;
        }
        self.open.push(path.to_owned());
        for line in lines {
            if self.left == 0 {
                break;
            }
            self.left -= 1;
            self.line(line, path);
        }
        self.open.pop();
    }

    fn line(&mut self, line: &str, file: &str) {
        match line {
            "server {" => {
                // A block that was not closed, as a quoted text over several lines may look, ends here.
                self.close();
                self.depth += 1;
                self.server = Some(Server { depth: self.depth, ..Server::default() });
                return;
            }
            "{" => {
                self.depth += 1;
                return;
            }
            "}" => {
                if self.server.as_ref().is_some_and(|server| server.depth == self.depth) {
                    self.close();
                }
                self.depth = self.depth.saturating_sub(1);
                return;
            }
            _ => {}
        }
        let words = words(line.trim_end_matches(';'));
        let Some((directive, arguments)) = words.split_first() else { return };
        match directive.as_str() {
            "include" => {
                for path in arguments.first().map(|path| self.included(path)).unwrap_or_default() {
                    self.file(&path);
                }
            }
            "ssl_certificate" => {
                if let Some(path) = arguments.first() {
                    let path = absolute(&self.configuration.prefix, path);
                    self.settings().certificates.push((path, file.to_owned()));
                }
            }
            "ssl_certificate_key" => {
                if let Some(path) = arguments.first() {
                    let path = absolute(&self.configuration.prefix, path);
                    self.settings().keys.push(path);
                }
            }
            "listen" => {
                if let Some(server) = &mut self.server
                    && let Some((address, options)) = arguments.split_first()
                    && options.iter().any(|option| option == "ssl" || option == "quic")
                {
                    server.ports.extend(port_of(address).map(Port::tls));
                }
            }
            "server_name" => {
                if let Some(server) = &mut self.server {
                    server.names.extend(arguments.iter().map(|name| name.to_ascii_lowercase()).flat_map(both));
                }
            }
            _ => {}
        }
    }

    fn settings(&mut self) -> &mut Settings {
        match &mut self.server {
            Some(server) => &mut server.own,
            None => &mut self.outside,
        }
    }

    fn close(&mut self) {
        self.servers.extend(self.server.take());
    }

    /// The files that an include names: itself, or what a glob(7) matches of those that nginx read.
    fn included(&self, path: &str) -> Vec<String> {
        let path = below(&self.configuration.prefix, path);
        if self.configuration.files.contains_key(path.as_str()) {
            return vec![path];
        }
        let Ok(glob) = GlobBuilder::new(&path).literal_separator(true).build() else { return Vec::new() };
        let matcher = glob.compile_matcher();
        self.configuration.files.keys().filter(|file| matcher.is_match(file)).map(|file| (*file).to_owned()).collect()
    }

    fn uses(self) -> Vec<Use> {
        let mut uses = Vec::new();
        for server in &self.servers {
            let settings = if server.own.certificates.is_empty() {
                // What stands outside counts only where the server speaks TLS at all.
                if server.ports.is_empty() {
                    continue;
                }
                &self.outside
            } else {
                &server.own
            };
            let keys = if settings.keys.is_empty() { &self.outside.keys } else { &settings.keys };
            for (number, (certificate, file)) in settings.certificates.iter().enumerate() {
                uses.push(Use {
                    service: Service::Nginx,
                    certificate: certificate.clone(),
                    key: keys.get(number).filter(|key| *key != certificate).cloned(),
                    names: server.names.clone(),
                    ports: server.ports.clone(),
                    file: Some(file.clone()),
                });
            }
        }
        uses
    }
}

/// A certificate's path; `data:`, `engine:` and `store:` are no paths.
fn absolute(prefix: &str, path: &str) -> String {
    let scheme = path.split_once(':').is_some_and(|(scheme, _)| scheme.bytes().all(|byte| byte.is_ascii_lowercase()));
    if scheme || path.starts_with('$') { path.to_owned() } else { below(prefix, path) }
}

/// `.example.org` is `example.org` and `*.example.org`.
fn both(name: String) -> Vec<String> {
    match name.strip_prefix('.') {
        Some(bare) => vec![bare.to_owned(), format!("*{name}")],
        None => vec![name],
    }
}
