//! Waiting until every server of a zone has a value. No resolver is asked: what it remembers of a "no" would fail the challenge.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use hickory_proto::rr::{Name, RData, RecordType};
use tokio::time::{Instant, sleep, timeout_at};

use super::answer::{Answer, Trouble};
use super::ask::{Asked, ask};
use super::error::{DnsError, ServerState};
use super::name;
use super::zone::{Server, Zone};

/// Between the first two looks; it grows from look to look.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// Between two looks at most.
const LONGEST_PAUSE: Duration = Duration::from_secs(4);
/// How often a person who waits hears of it when nothing changes.
const TELL_AGAIN: Duration = Duration::from_secs(15);

/// How a zone's servers are waited for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Propagation {
    /// How long.
    pub limit: Duration,
    /// The declared servers; empty: the zone's own.
    pub servers: Vec<SocketAddr>,
}

impl Default for Propagation {
    fn default() -> Self {
        Self { limit: Duration::from_secs(180), servers: Vec::new() }
    }
}

/// What a server showed when it was asked for a value.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Look {
    /// The value is there.
    Has,
    /// There are so many other values.
    Lacks(usize),
    /// No answer.
    Trouble(Trouble),
}

impl Look {
    fn words(&self) -> String {
        match self {
            Self::Has => "has it".to_owned(),
            Self::Lacks(0) => "has no value yet".to_owned(),
            Self::Lacks(1) => "has only one other value".to_owned(),
            Self::Lacks(others) => format!("has only {others} other values"),
            Self::Trouble(trouble) => trouble.to_string(),
        }
    }
}

/// The TXT values that a server itself has for a name.
pub async fn txt_values(server: SocketAddr, fqdn: &str) -> Result<Vec<String>, Trouble> {
    let name = name::parse(fqdn).map_err(|error| Trouble::Malformed(error.to_string()))?;
    values(server, &name).await
}

async fn values(server: SocketAddr, name: &Name) -> Result<Vec<String>, Trouble> {
    match ask(server, name, RecordType::TXT, Asked::Authority).await? {
        Answer::Records(records) => Ok(texts(&records)),
        Answer::NoData { .. } | Answer::NoName { .. } => Ok(Vec::new()),
        // The zone is further down, and this server has no part in it.
        Answer::Referral { .. } => Err(Trouble::Lame),
    }
}

/// The values of the TXT records, their strings put together (RFC 8555, section 8.4, has one string).
pub(super) fn texts(records: &[hickory_proto::rr::Record]) -> Vec<String> {
    let text = |record: &hickory_proto::rr::Record| match &record.data {
        RData::TXT(txt) => Some(String::from_utf8_lossy(&txt.txt_data.concat()).into_owned()),
        _ => None,
    };
    records.iter().filter_map(text).collect()
}

/// Waits until every server has the value. `tell` hears who is behind: at first, whenever that changes, and now and then.
///
/// A server that can't be reached for want of a route (IPv6 where there is none) is told and then left out, unless there is no other.
pub async fn wait_for_txt(
    zone: &Zone,
    fqdn: &str,
    value: &str,
    settings: &Propagation,
    tell: impl Fn(&str),
) -> Result<(), DnsError> {
    let of = name::parse(fqdn)?;
    let started = Instant::now();
    let end = started + settings.limit;
    for server in &zone.unresolved {
        tell(&format!("{server}, a name server of {}, has no address: nobody can ask it", zone.name));
    }
    let mut pending: BTreeMap<Server, Look> = if settings.servers.is_empty() {
        zone.servers.iter().cloned().map(|server| (server, Look::Trouble(Trouble::Timeout))).collect()
    } else {
        let declared = settings.servers.iter().copied().map(Server::declared);
        declared.map(|server| (server, Look::Trouble(Trouble::Timeout))).collect()
    };
    let all = pending.len();
    let mut pause = FIRST_PAUSE;
    let mut told: Option<(String, Instant)> = None;
    loop {
        let looks = pending.keys().map(async |server| (look(server, &of, value, end).await, server.clone()));
        for (look, server) in futures_util::future::join_all(looks).await {
            pending.insert(server, look);
        }
        pending.retain(|_, look| *look != Look::Has);
        leave_out_unroutable(&mut pending, all, &tell);
        if pending.is_empty() {
            return Ok(());
        }
        let behind = states(&pending);
        if Instant::now() + pause >= end {
            let seconds = started.elapsed().as_secs();
            return Err(DnsError::NotPropagated {
                fqdn: name::text(&of),
                zone: zone.name.clone(),
                seconds,
                servers: behind,
            });
        }
        let words = behind.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        if told.as_ref().is_none_or(|(last, when)| *last != words || when.elapsed() >= TELL_AGAIN) {
            tell(&format!(
                "{} is not everywhere yet ({} of {all} servers are behind): {words}",
                name::text(&of),
                behind.len()
            ));
            told = Some((words, Instant::now()));
        }
        sleep(pause).await;
        pause = (pause * 3 / 2).min(LONGEST_PAUSE);
    }
}

async fn look(server: &Server, of: &Name, value: &str, end: Instant) -> Look {
    match timeout_at(end, values(server.address, of)).await {
        Ok(Ok(values)) if values.iter().any(|found| found == value) => Look::Has,
        Ok(Ok(values)) => Look::Lacks(values.len()),
        Ok(Err(trouble)) => Look::Trouble(trouble),
        Err(_) => Look::Trouble(Trouble::Timeout),
    }
}

/// Leaves out what no packet from here can reach, as long as another server vouches for the zone.
fn leave_out_unroutable(pending: &mut BTreeMap<Server, Look>, all: usize, tell: &impl Fn(&str)) {
    let unroutable = |look: &Look| matches!(look, Look::Trouble(Trouble::NoRoute(_)));
    if pending.values().filter(|look| unroutable(look)).count() == all {
        return;
    }
    pending.retain(|server, look| {
        if unroutable(look) {
            tell(&format!("{server} {}, and is left out", look.words()));
        }
        !unroutable(look)
    });
}

fn states(pending: &BTreeMap<Server, Look>) -> Vec<ServerState> {
    pending.iter().map(|(server, look)| ServerState { server: server.clone(), said: look.words() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;

    fn server(last: u8) -> Server {
        Server { name: format!("ns{last}.example.org"), address: ([192, 0, 2, last], 53).into() }
    }

    #[test]
    fn a_family_without_a_route_is_left_out_only_beside_another() {
        let no_route = Look::Trouble(Trouble::NoRoute("network is unreachable".to_owned()));
        let told = RefCell::new(Vec::new());
        let tell = |text: &str| told.borrow_mut().push(text.to_owned());
        let mut pending = BTreeMap::from([(server(1), Look::Lacks(1)), (server(2), no_route.clone())]);
        leave_out_unroutable(&mut pending, 2, &tell);
        assert_eq!(pending.keys().cloned().collect::<Vec<_>>(), [server(1)]);
        assert_eq!(
            *told.borrow(),
            ["ns2.example.org (192.0.2.2) can't be reached from here: network is unreachable, and is left out"]
        );
        let mut alone = BTreeMap::from([(server(2), no_route)]);
        leave_out_unroutable(&mut alone, 1, &tell);
        assert_eq!(alone.len(), 1);
    }

    #[test]
    fn strings_of_one_record_are_one_value() {
        let name = name::parse("a.example.org").unwrap();
        let txt = hickory_proto::rr::rdata::TXT::new(vec!["ab".into(), "cd".into()]);
        let record = hickory_proto::rr::Record::from_rdata(name, 1, RData::TXT(txt));
        assert_eq!(texts(&[record]), ["abcd"]);
    }
}
