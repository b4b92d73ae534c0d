//! What can go wrong with DNS, in words, with a stable code and what to do next. No variant holds a secret.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

use super::zone::Server;

/// Why something of DNS could not be done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DnsError {
    /// Not a name that DNS can hold.
    #[error("{name:?} is no DNS name: {why}")]
    Name {
        /// As it was given.
        name: String,
        /// What is wrong with it.
        why: String,
    },
    /// The system declares no resolver.
    #[error("{} names no resolver", path.display())]
    NoResolver {
        /// The file.
        path: PathBuf,
    },
    /// The system's resolvers can't be read.
    #[error("can't read the system's resolvers from {}: {why}", path.display())]
    ResolvConf {
        /// The file.
        path: PathBuf,
        /// What the system says.
        why: String,
    },
    /// No resolver gave an answer.
    #[error("no resolver answers for {name}: {}", said(servers))]
    Unanswered {
        /// What was looked up.
        name: String,
        /// Each resolver, and what it said.
        servers: Vec<(SocketAddr, String)>,
    },
    /// None of a zone's servers gave an answer of its own.
    #[error("no server of the zone {zone} answers for {name}: {}", listed(servers))]
    ZoneSilent {
        /// The zone.
        zone: String,
        /// What was asked for.
        name: String,
        /// Each server, and what it said.
        servers: Vec<ServerState>,
    },
    /// The zones on the way to a name answer, but too slowly or not all of them.
    #[error("where {name} leads was not to be found out in {seconds} s")]
    TooSlow {
        /// The name.
        name: String,
        /// The limit.
        seconds: u64,
    },
    /// A host name without an address.
    #[error("{name} has no address")]
    NoAddress {
        /// The name.
        name: String,
    },
    /// No zone holds a name.
    #[error("no zone holds {name}")]
    NoZone {
        /// The name.
        name: String,
    },
    /// A zone whose servers are not to be found.
    #[error("the zone {zone} has no name server with an address{}", unresolved(names))]
    NoServers {
        /// The zone.
        zone: String,
        /// The name servers that it has.
        names: Vec<String>,
    },
    /// CNAMEs that lead back to one of them.
    #[error("the CNAMEs of {} lead in a circle: {}", chain.first().map_or("", String::as_str), chain.join(" → "))]
    Loop {
        /// From the first name to the one that comes again.
        chain: Vec<String>,
    },
    /// More CNAMEs than anybody follows.
    #[error("more than {} CNAMEs one after another: {} → …", super::MOST_HOPS, chain.join(" → "))]
    TooLong {
        /// The names as far as they were followed.
        chain: Vec<String>,
    },
    /// A challenge that is not delegated as the inventory declares.
    #[error("{} is declared to be delegated to {declared}, and {}", chain.first().map_or("", String::as_str), leads(chain))]
    NotDelegated {
        /// Where it is declared to lead.
        declared: String,
        /// Where it leads.
        chain: Vec<String>,
    },
    /// The servers of a zone don't all have a value in time.
    #[error("{fqdn} has not reached every server of {zone} after {seconds} s: {}", listed(servers))]
    NotPropagated {
        /// The name of the TXT record.
        fqdn: String,
        /// Its zone.
        zone: String,
        /// How long it was waited for.
        seconds: u64,
        /// Each server, and what it said at last.
        servers: Vec<ServerState>,
    },
    /// The primary can't be spoken with.
    #[error("can't reach the DNS server {server}: {why}")]
    Unreachable {
        /// The server.
        server: String,
        /// Why.
        why: String,
    },
    /// A TSIG algorithm that fleet doesn't use.
    #[error("the TSIG algorithm {algorithm} {why}")]
    TsigAlgorithm {
        /// As declared.
        algorithm: String,
        /// Why not.
        why: &'static str,
    },
    /// A TSIG key that can't be one.
    #[error("the TSIG key {name} {why}")]
    TsigKey {
        /// Its name.
        name: String,
        /// What is wrong, never the key.
        why: &'static str,
    },
    /// The server refuses the signature.
    #[error("{server} does not accept the TSIG key {key}: {why}")]
    TsigRefused {
        /// The server.
        server: String,
        /// The key's name.
        key: String,
        /// Why: BADKEY or BADSIG, in words.
        why: &'static str,
    },
    /// Its clock and ours differ.
    #[error("{server} refuses a signature from another time: {skew} (BADTIME)")]
    ClockSkew {
        /// The server.
        server: String,
        /// How much, in words.
        skew: String,
    },
    /// An answer that anybody could have sent.
    #[error("the answer of {server} is not to be trusted: {why}")]
    Forged {
        /// The server.
        server: String,
        /// What is wrong with its signature.
        why: String,
    },
    /// The server will not do it.
    #[error("{server} refused to {what}: {why}")]
    Update {
        /// The server.
        server: String,
        /// What was to be done.
        what: String,
        /// Its response code.
        rcode: String,
        /// The code in words.
        why: &'static str,
    },
    /// The server said that it was done, and it is not.
    #[error("{server} said that it did {what}, but does not show it")]
    NotReadBack {
        /// The server or service.
        server: String,
        /// What was to be done.
        what: String,
    },
    /// The program could not be started.
    #[error("can't run {program}: {why}")]
    ExecStart {
        /// The program.
        program: String,
        /// What the system says.
        why: String,
    },
    /// The program failed.
    #[error("{program} {verb} ended with {status}{}", printed(output))]
    ExecFailed {
        /// The program.
        program: String,
        /// `present` or `cleanup`.
        verb: &'static str,
        /// Exit status or signal.
        status: String,
        /// What it printed last, without secrets.
        output: String,
    },
    /// The program took too long, and was killed.
    #[error("{program} {verb} took longer than {seconds} s, and was killed{}", printed(output))]
    ExecTimeout {
        /// The program.
        program: String,
        /// `present` or `cleanup`.
        verb: &'static str,
        /// The limit.
        seconds: u64,
        /// What it printed last, without secrets.
        output: String,
    },
    /// A provider's API did not do it.
    #[error("{service} would not {what}: {why}")]
    Service {
        /// The provider.
        service: String,
        /// What was to be done.
        what: String,
        /// What it said, without secrets.
        why: String,
    },
    /// No account for this name.
    #[error("no acme-dns account is declared for {fqdn}")]
    NoAccount {
        /// The name of the TXT record.
        fqdn: String,
    },
    /// Settings that can't work.
    #[error("the DNS provider {name} {why}")]
    Settings {
        /// Its name in the inventory.
        name: String,
        /// What is wrong.
        why: String,
    },
    /// A provider that this fleet was built without.
    #[error("the DNS provider {provider} is not part of this build of fleet")]
    NotBuilt {
        /// The provider.
        provider: &'static str,
    },
    /// The challenge journal can't be kept.
    #[error("can't {what} {}: {why}", path.display())]
    Journal {
        /// What was to be done.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system says.
        why: String,
    },
}

/// A server, and what it said when it was last asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerState {
    /// Which.
    pub server: Server,
    /// In words, such as "has no such value".
    pub said: String,
}

impl fmt::Display for ServerState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.server, self.said)
    }
}

impl DnsError {
    /// A stable word for scripts.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Name { .. } => "dns-name",
            Self::NoResolver { .. } | Self::ResolvConf { .. } => "dns-no-resolver",
            Self::Unanswered { .. } | Self::ZoneSilent { .. } | Self::TooSlow { .. } => "dns-no-answer",
            Self::NoAddress { .. } => "dns-no-address",
            Self::NoZone { .. } => "dns-no-zone",
            Self::NoServers { .. } => "dns-no-servers",
            Self::Loop { .. } => "dns-cname-loop",
            Self::TooLong { .. } => "dns-cname-chain",
            Self::NotDelegated { .. } => "dns-not-delegated",
            Self::NotPropagated { .. } => "dns-not-propagated",
            Self::Unreachable { .. } => "dns-unreachable",
            Self::TsigAlgorithm { .. } => "tsig-algorithm",
            Self::TsigKey { .. } => "tsig-key",
            Self::TsigRefused { .. } => "tsig-refused",
            Self::ClockSkew { .. } => "tsig-clock-skew",
            Self::Forged { .. } => "tsig-answer",
            Self::Update { .. } => "dns-update-refused",
            Self::NotReadBack { .. } => "dns-not-read-back",
            Self::ExecStart { .. } | Self::ExecFailed { .. } => "dns-exec",
            Self::ExecTimeout { .. } => "dns-exec-timeout",
            Self::Service { .. } => "dns-service",
            Self::NoAccount { .. } => "dns-no-account",
            Self::Settings { .. } => "dns-settings",
            Self::NotBuilt { .. } => "dns-not-built",
            Self::Journal { .. } => "challenge-journal",
        }
    }

    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NoResolver { .. } | Self::ResolvConf { .. } | Self::Unanswered { .. } => {
                "declare resolvers that answer from here: `resolvers = [\"192.0.2.53\"]` in the table [dns.NAME]".to_owned()
            }
            Self::ZoneSilent { .. } | Self::TooSlow { .. } => {
                "fleet must reach the zone's own servers on port 53, UDP and TCP; if others serve it for the CA, declare them: `servers = […]` in [dns.NAME]"
                    .to_owned()
            }
            Self::NoZone { .. } | Self::NoServers { .. } => {
                "declare where it is: `zone` and `servers` in the table [dns.NAME]".to_owned()
            }
            Self::Loop { .. } | Self::TooLong { .. } => "let one CNAME lead to a name in a zone that fleet can write".to_owned(),
            Self::NotDelegated { declared, chain } => {
                format!("add this record: {}. CNAME {declared}.", chain.first().map_or("", String::as_str))
            }
            Self::NotPropagated { .. } => {
                "look at the servers that are behind (notify, transfers), or give them longer: `propagation = \"10m\"` in [dns.NAME]".to_owned()
            }
            Self::Unreachable { .. } => "check `server` in [dns.NAME], and that TCP port 53 is open from here".to_owned(),
            Self::TsigAlgorithm { .. } => "make a new key: `tsig-keygen -a hmac-sha256 NAME`".to_owned(),
            Self::TsigKey { .. } => "the key is what `tsig-keygen` prints behind `secret`, without the quotes".to_owned(),
            Self::TsigRefused { .. } => {
                "name, algorithm and secret of the key must be the same in the server's configuration and in [dns.NAME]".to_owned()
            }
            Self::ClockSkew { .. } => "set both clocks: `timedatectl` here and there".to_owned(),
            Self::Update { rcode, .. } => return update_hint(rcode),
            Self::NotReadBack { .. } => "look into the server's log; it may be that another view or zone was changed".to_owned(),
            Self::ExecTimeout { .. } => "the program must end by itself; see what it waits for".to_owned(),
            Self::NotBuilt { .. } => "build it in: `cargo build --release --features dns-update`".to_owned(),
            Self::NoAccount { .. } => {
                "the challenge must lead, by CNAME, to the `fulldomain` of an acme-dns account in [dns.NAME]".to_owned()
            }
            _ => return None,
        })
    }
}

fn update_hint(rcode: &str) -> Option<String> {
    Some(
        match rcode {
            "REFUSED" => {
                "let the key write there: `update-policy { grant KEY wildcard *.ZONE. TXT; };` in BIND's zone; and is it the primary?"
            }
            "NOTAUTH" | "NOTZONE" => "check `server` and `zone` in [dns.NAME]: the update must go to the primary of the zone",
            "SERVFAIL" => "the server's log says more; often it can't write the zone's journal file",
            _ => return None,
        }
        .to_owned(),
    )
}

fn said(servers: &[(SocketAddr, String)]) -> String {
    let each: Vec<String> = servers.iter().map(|(server, said)| format!("{} {said}", shown(*server))).collect();
    each.join(", ")
}

fn listed(servers: &[ServerState]) -> String {
    servers.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn unresolved(names: &[String]) -> String {
    if names.is_empty() { String::new() } else { format!(": {}", names.join(", ")) }
}

fn leads(chain: &[String]) -> String {
    match chain {
        [] | [_] => "has no CNAME".to_owned(),
        chain => format!("leads elsewhere: {}", chain.join(" → ")),
    }
}

fn printed(output: &str) -> String {
    if output.is_empty() { String::new() } else { format!(": {output}") }
}

/// An address, with its port only where it is not the usual one.
pub(super) fn shown(address: SocketAddr) -> String {
    if address.port() == 53 { address.ip().to_string() } else { address.to_string() }
}
