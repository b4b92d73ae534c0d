//! What is seen from here rather than on a host: which certificates its services present.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use futures_util::StreamExt as _;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::fact::Fact;
use super::probe::Bytes;
use super::transport::Transport;
use crate::dns::Resolver;
use crate::names::HostName;
use crate::tls::StartTls;

/// One question to a service: who are you, by that name?
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Handshake {
    /// TCP.
    pub port: u16,
    /// The name that is asked for, as the server is told it (RFC 6066, section 3).
    pub server_name: String,
    /// What is spoken before TLS begins; `None`: nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starttls: Option<StartTls>,
}

impl fmt::Display for Handshake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "port {} ({})", self.port, self.server_name)
    }
}

/// A question to whatever address the world's DNS gives for the name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PublicHandshake {
    /// The question; its name is also what is looked up.
    pub handshake: Handshake,
    /// DNS servers to ask; none: the system's.
    pub resolvers: Vec<SocketAddr>,
}

/// What one address answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HandshakeFact {
    /// What was asked.
    pub question: Handshake,
    /// Who was asked; `None`: the name leads to no address, and the chain says why it is unknown.
    pub address: Option<IpAddr>,
    /// The certificates that it presented, DER, leaf first. Never absent: where there was no handshake, why not.
    pub chain: Fact<Vec<Bytes>>,
}

/// How to look from here.
pub struct OutsideLook<'a> {
    /// Knows where the hosts' own services are.
    pub transport: &'a dyn Transport,
    /// Hosts at a time, as for the look over SSH beside which this goes on.
    pub parallel: usize,
    /// For one handshake.
    pub limit: Duration,
    /// The only addresses that may be asked for what belongs to no host, DNS servers too; `None`: all.
    pub within: Option<&'a dyn Fn(IpAddr) -> bool>,
}

/// Handshakes with one host at a time: it has its clients to serve.
const AT_A_HOST: usize = 4;

impl OutsideLook<'_> {
    /// Asks each host's own addresses.
    pub async fn hosts(
        &self,
        questions: &BTreeMap<HostName, BTreeSet<Handshake>>,
    ) -> BTreeMap<HostName, Vec<HandshakeFact>> {
        let asked = questions.iter().filter(|(_, questions)| !questions.is_empty());
        futures_util::stream::iter(asked)
            .map(|(host, questions)| async move {
                let addresses = addresses_of(&self.transport.address(host), self.limit).await;
                (host.clone(), self.ask_all(questions, &addresses).await)
            })
            .buffer_unordered(self.parallel.max(1))
            .collect()
            .await
    }

    /// Asks the addresses to which the world's DNS leads.
    pub async fn public(&self, questions: &[PublicHandshake]) -> Vec<HandshakeFact> {
        let answers: Vec<Vec<HandshakeFact>> = futures_util::stream::iter(questions)
            .map(|question| async move {
                let addresses = self.public_addresses(question).await;
                self.ask_all(&BTreeSet::from([question.handshake.clone()]), &addresses).await
            })
            .buffered(self.parallel.max(1))
            .collect()
            .await;
        answers.into_iter().flatten().collect()
    }

    async fn public_addresses(&self, question: &PublicHandshake) -> Result<Vec<IpAddr>, String> {
        let name = &question.handshake.server_name;
        let may_ask = |address: IpAddr| address.is_loopback() || self.within.is_none_or(|within| within(address));
        let resolver = match question.resolvers.as_slice() {
            [] if self.within.is_some() => {
                return Err(format!("the lab names no DNS server to look {name} up at"));
            }
            [] => Resolver::system().map_err(|error| error.to_string())?,
            servers => {
                if let Some(foreign) = servers.iter().find(|server| !may_ask(server.ip())) {
                    return Err(format!("the DNS server {foreign} is not in the lab, and is not asked"));
                }
                Resolver::at(servers.to_vec())
            }
        };
        let found = resolver.addresses(name).await.map_err(|error| error.to_string())?;
        match found.iter().find(|address| !may_ask(**address)) {
            Some(foreign) => Err(format!("{name} leads to {foreign}, which is not in the lab, and is not asked")),
            None => Ok(found),
        }
    }

    async fn ask_all(
        &self,
        questions: &BTreeSet<Handshake>,
        addresses: &Result<Vec<IpAddr>, String>,
    ) -> Vec<HandshakeFact> {
        let nowhere = |question: &Handshake, why: &str| HandshakeFact {
            question: question.clone(),
            address: None,
            chain: Fact::Unknown(why.to_owned()),
        };
        let addresses = match addresses {
            Ok(addresses) => addresses,
            Err(why) => return questions.iter().map(|question| nowhere(question, why)).collect(),
        };
        let each = questions.iter().flat_map(|question| addresses.iter().map(move |address| (question, *address)));
        futures_util::stream::iter(each)
            .map(|(question, address)| async move {
                let chain = match presented(question, address, self.limit).await {
                    Ok(chain) => Fact::Known(chain.into_iter().map(Bytes).collect()),
                    Err(why) => Fact::Unknown(why),
                };
                HandshakeFact { question: question.clone(), address: Some(address), chain }
            })
            .buffered(AT_A_HOST)
            .collect()
            .await
    }
}

/// What one address presents, on a new connection.
///
/// # Errors
/// In words, when there was no handshake in time.
pub(super) async fn presented(question: &Handshake, address: IpAddr, limit: Duration) -> Result<Vec<Vec<u8>>, String> {
    let socket = SocketAddr::new(address, question.port);
    crate::tls::presented(socket, &question.server_name, question.starttls, limit).await
}

/// Every address of a host, v4 before v6: as this machine looks it up, for SSH too.
///
/// # Errors
/// In words, when there is none.
pub(super) async fn addresses_of(host: &str, limit: Duration) -> Result<Vec<IpAddr>, String> {
    let found = match tokio::time::timeout(limit, tokio::net::lookup_host((host, 0))).await {
        Err(_) => return Err(format!("the look-up of {host} took longer than {} s", limit.as_secs())),
        Ok(Err(error)) => return Err(format!("cannot look {host} up: {}", crate::text::system_words(&error))),
        Ok(Ok(found)) => found.map(|socket| socket.ip()).collect::<BTreeSet<_>>(),
    };
    if found.is_empty() { Err(format!("{host} has no address")) } else { Ok(found.into_iter().collect()) }
}
