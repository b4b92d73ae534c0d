//! Dynamic updates (RFC 2136): one value added to, or removed from, the primary itself, and read back from it.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hickory_proto::op::{Message, OpCode, Query, ResponseCode};
use hickory_proto::rr::rdata::TXT;
use hickory_proto::rr::{DNSClass, Name, RData, Record, RecordType};
use tokio::time::sleep;

use super::answer::{self, Answer, Trouble, code_word};
use super::ask::{Asked, question};
use super::error::DnsError;
use super::name;
use super::propagation::texts;
use super::resolver::Resolver;
use super::solver::{Boxed, Solver};
use super::tsig::{Signed, Tsig};

/// Where a server listens unless its port is declared.
const PORT: u16 = 53;
/// How often a value is looked for after its update: a server that forwards updates to its primary shows it late.
const READ_BACK: [Duration; 6] = [
    Duration::ZERO,
    Duration::from_millis(50),
    Duration::from_millis(250),
    Duration::from_millis(700),
    Duration::from_secs(2),
    Duration::from_secs(4),
];

type Clock = Box<dyn Fn() -> u64 + Send + Sync>;

/// A primary that takes signed updates.
pub struct Rfc2136 {
    label: String,
    server: String,
    tsig: Tsig,
    zone: Option<String>,
    ttl: u32,
    resolver: Resolver,
    clock: Clock,
}

/// Whether a value is to be there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Change {
    Add,
    Remove,
}

impl Change {
    fn words(self, value: &str, fqdn: &str) -> String {
        match self {
            Self::Add => format!("add the TXT value {value} to {fqdn}"),
            Self::Remove => format!("remove the TXT value {value} from {fqdn}"),
        }
    }
}

impl Rfc2136 {
    /// `server` is an address or a host name, with or without a port; a `zone` that is not declared is what the server says it is.
    pub fn new(label: &str, server: &str, tsig: Tsig, zone: Option<String>, ttl: u32, resolver: Resolver) -> Self {
        let clock = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        Self { label: label.to_owned(), server: server.to_owned(), tsig, zone, ttl, resolver, clock: Box::new(clock) }
    }

    /// Signs with another clock, in seconds since 1970.
    #[must_use]
    pub fn with_clock(mut self, clock: impl Fn() -> u64 + Send + Sync + 'static) -> Self {
        self.clock = Box::new(clock);
        self
    }

    async fn connect(&self) -> Result<Signed<'_>, DnsError> {
        let (host, port) = host_and_port(&self.server);
        let addresses = self.resolver.addresses(host).await?;
        let addresses: Vec<SocketAddr> = addresses.into_iter().map(|address| (address, port).into()).collect();
        Signed::connect(&self.server, &addresses, &self.tsig).await
    }

    async fn change(&self, change: Change, fqdn: &str, value: &str) -> Result<(), DnsError> {
        let what = change.words(value, fqdn);
        let of = name::parse(fqdn)?;
        let mut primary = self.connect().await?;
        let zone = match &self.zone {
            Some(zone) => name::parse(zone)?,
            None => self.zone_at(&mut primary, &of).await?,
        };
        if !zone.zone_of(&of) {
            return Err(self.refused(&what, ResponseCode::NotZone));
        }
        let answer = primary.exchange(update(&zone, &of, value, self.ttl, change), (self.clock)()).await?;
        if answer.metadata.response_code != ResponseCode::NoError {
            return Err(self.refused(&what, answer.metadata.response_code));
        }
        for pause in READ_BACK {
            sleep(pause).await;
            if self.values(&mut primary, &of).await?.iter().any(|found| found == value) == (change == Change::Add) {
                return Ok(());
            }
        }
        Err(DnsError::NotReadBack { server: self.server.clone(), what })
    }

    /// The zone that the server itself has for a name. Signed, because keys select views.
    async fn zone_at(&self, primary: &mut Signed<'_>, of: &Name) -> Result<Name, DnsError> {
        let message = primary.exchange(question(of, RecordType::CNAME, Asked::Authority), (self.clock)()).await?;
        let none = |why: &Trouble| DnsError::Update {
            server: self.server.clone(),
            what: format!("say which zone holds {}", name::text(of)),
            rcode: why.to_string(),
            why: "it serves no zone for that name",
        };
        match answer::read(&message, of, RecordType::CNAME, true).map_err(|trouble| none(&trouble))? {
            Answer::Records(_) => Err(self.is_an_alias(of)),
            Answer::NoData { zone } | Answer::NoName { zone } => zone.ok_or_else(|| none(&Trouble::Lame)),
            Answer::Referral { .. } => Err(none(&Trouble::Lame)),
        }
    }

    async fn values(&self, primary: &mut Signed<'_>, of: &Name) -> Result<Vec<String>, DnsError> {
        let message = primary.exchange(question(of, RecordType::TXT, Asked::Authority), (self.clock)()).await?;
        match answer::read(&message, of, RecordType::TXT, true) {
            Ok(answer) if answer.alias(of).is_some() => Err(self.is_an_alias(of)),
            Ok(Answer::Records(records)) => Ok(texts(&records)),
            Ok(_) => Ok(Vec::new()),
            Err(trouble) => Err(DnsError::Unreachable { server: self.server.clone(), why: trouble.to_string() }),
        }
    }

    /// BIND says that it added a value beside a CNAME, and did not (RFC 2136, section 3.4.2.2).
    fn is_an_alias(&self, of: &Name) -> DnsError {
        DnsError::Update {
            server: self.server.clone(),
            what: format!("change the TXT values of {}", name::text(of)),
            rcode: "CNAME".to_owned(),
            why: "there is a CNAME, beside which nothing can be; the value belongs where it leads",
        }
    }

    fn refused(&self, what: &str, code: ResponseCode) -> DnsError {
        DnsError::Update {
            server: self.server.clone(),
            what: what.to_owned(),
            rcode: code_word(code),
            why: code_words(code),
        }
    }
}

impl Solver for Rfc2136 {
    fn name(&self) -> &str {
        &self.label
    }

    fn present<'a>(&'a self, fqdn: &'a str, value: &'a str) -> Boxed<'a, Result<(), DnsError>> {
        Box::pin(self.change(Change::Add, fqdn, value))
    }

    fn cleanup<'a>(&'a self, fqdn: &'a str, value: &'a str) -> Boxed<'a, Result<(), DnsError>> {
        Box::pin(self.change(Change::Remove, fqdn, value))
    }
}

/// The message of RFC 2136, section 2.5.1 (add to a set) or 2.5.4 (remove one record of it).
fn update(zone: &Name, of: &Name, value: &str, ttl: u32, change: Change) -> Message {
    let mut message = Message::query();
    message.metadata.op_code = OpCode::Update;
    message.metadata.recursion_desired = false;
    message.add_query(Query::query(zone.clone(), RecordType::SOA));
    let mut record = Record::from_rdata(of.clone(), ttl, RData::TXT(TXT::new(vec![value.to_owned()])));
    if change == Change::Remove {
        record.ttl = 0;
        record.dns_class = DNSClass::NONE;
    }
    message.add_authority(record);
    message
}

fn code_words(code: ResponseCode) -> &'static str {
    match code {
        ResponseCode::Refused => "the key may not write there, or the server takes no updates (REFUSED)",
        ResponseCode::NotAuth => "it is not the primary of the zone (NOTAUTH)",
        ResponseCode::NotZone => "the name is not in that zone (NOTZONE)",
        ResponseCode::ServFail => "it failed (SERVFAIL)",
        ResponseCode::NotImp => "it knows no updates (NOTIMP)",
        ResponseCode::FormErr => "it does not understand the update (FORMERR)",
        _ => "the server answers with an error",
    }
}

/// `192.0.2.53`, `192.0.2.53:5353`, `2001:db8::53`, `[2001:db8::53]:53`, `ns.example.org:53`, each with or without a port.
fn host_and_port(text: &str) -> (&str, u16) {
    if text.parse::<IpAddr>().is_ok() {
        return (text, PORT);
    }
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) => match port.parse() {
            Ok(port) => (host, port),
            Err(_) => (text, PORT),
        },
        None => (text, PORT),
    };
    (host.trim_start_matches('[').trim_end_matches(']'), port)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_named_in_many_ways() {
        for (text, host, port) in [
            ("192.0.2.53", "192.0.2.53", 53),
            ("192.0.2.53:5353", "192.0.2.53", 5353),
            ("2001:db8::53", "2001:db8::53", 53),
            ("[2001:db8::53]", "2001:db8::53", 53),
            ("[2001:db8::53]:5353", "2001:db8::53", 5353),
            ("ns.example.org", "ns.example.org", 53),
            ("ns.example.org:5353", "ns.example.org", 5353),
        ] {
            assert_eq!(host_and_port(text), (host, port), "{text}");
        }
    }

    #[test]
    fn an_update_names_one_value_and_nothing_else() {
        let (zone, of) = (name::parse("example.org").unwrap(), name::parse("_acme-challenge.example.org").unwrap());
        let add = update(&zone, &of, "v", 60, Change::Add);
        assert_eq!((add.metadata.op_code, add.queries[0].query_type()), (OpCode::Update, RecordType::SOA));
        assert_eq!((add.answers.len(), add.authorities.len()), (0, 1), "no condition, one change");
        assert_eq!((add.authorities[0].dns_class, add.authorities[0].ttl), (DNSClass::IN, 60));
        let remove = update(&zone, &of, "v", 60, Change::Remove);
        // ANY would remove every value of the name.
        assert_eq!((remove.authorities[0].dns_class, remove.authorities[0].ttl), (DNSClass::NONE, 0));
        assert_eq!(remove.authorities[0].data, add.authorities[0].data);
    }
}
