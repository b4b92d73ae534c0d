//! Look-ups through recursive resolvers.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;

use hickory_proto::rr::{Name, RData, RecordType};

use super::answer::{Answer, Trouble};
use super::ask::{Asked, ask};
use super::error::DnsError;
use super::{name, resolv_conf};

/// Recursive resolvers, asked in their order until one answers.
#[derive(Clone, Debug)]
pub struct Resolver {
    servers: Vec<SocketAddr>,
}

impl Resolver {
    /// Those of `/etc/resolv.conf`.
    pub fn system() -> Result<Self, DnsError> {
        Self::from_file(Path::new("/etc/resolv.conf"))
    }

    /// These.
    pub fn at(servers: Vec<SocketAddr>) -> Self {
        Self { servers }
    }

    fn from_file(path: &Path) -> Result<Self, DnsError> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| DnsError::ResolvConf { path: path.to_owned(), why: crate::text::system_words(&error) })?;
        let servers = resolv_conf::name_servers(&text);
        if servers.is_empty() {
            return Err(DnsError::NoResolver { path: path.to_owned() });
        }
        Ok(Self { servers })
    }

    /// Looks a name up. Never call it for a challenge: see the module's documentation.
    pub async fn lookup(&self, of: &str, kind: RecordType) -> Result<Answer, DnsError> {
        self.find(&name::parse(of)?, kind).await
    }

    /// The addresses of a host, v4 first; an address stands for itself.
    pub async fn addresses(&self, host: &str) -> Result<Vec<IpAddr>, DnsError> {
        if let Ok(address) = host.parse::<IpAddr>() {
            return Ok(vec![address]);
        }
        let name = name::parse(host)?;
        if name.is_localhost() {
            return Ok(vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()]);
        }
        let (v4, v6) = futures_util::join!(self.find(&name, RecordType::A), self.find(&name, RecordType::AAAA));
        let mut found = Vec::new();
        // Some servers fail on AAAA alone: one good answer is enough.
        let error = match (&v4, &v6) {
            (Err(error), Err(_)) => Some(error.clone()),
            _ => None,
        };
        for answer in [v4, v6].into_iter().flatten() {
            found.extend(addresses_in(&answer));
        }
        match error {
            Some(error) => Err(error),
            None if found.is_empty() => Err(DnsError::NoAddress { name: host.to_owned() }),
            None => Ok(found),
        }
    }

    pub(super) async fn find(&self, of: &Name, kind: RecordType) -> Result<Answer, DnsError> {
        let mut servers = Vec::new();
        for server in &self.servers {
            match ask(*server, of, kind, Asked::Resolver).await {
                Ok(answer) => return Ok(answer),
                Err(trouble) => servers.push((*server, Trouble::to_string(&trouble))),
            }
        }
        Err(DnsError::Unanswered { name: name::text(of), servers })
    }
}

/// The addresses among the records.
pub(super) fn addresses_in(answer: &Answer) -> Vec<IpAddr> {
    let Answer::Records(records) = answer else { return Vec::new() };
    records
        .iter()
        .filter_map(|record| match record.data {
            RData::A(address) => Some(IpAddr::V4(address.0)),
            RData::AAAA(address) => Some(IpAddr::V6(address.0)),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_systems_resolvers_are_read_or_it_is_told_why_not() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("resolv.conf");
        assert_eq!(Resolver::from_file(&path).unwrap_err().code(), "dns-no-resolver");
        std::fs::write(&path, "search x\n").unwrap();
        let error = Resolver::from_file(&path).unwrap_err();
        assert!(error.to_string().ends_with("names no resolver") && error.hint().unwrap().contains("resolvers ="));
        std::fs::write(&path, "nameserver 127.0.0.53\n").unwrap();
        assert_eq!(Resolver::from_file(&path).unwrap().servers, ["127.0.0.53:53".parse().unwrap()]);
    }

    #[tokio::test]
    async fn an_address_needs_no_resolver() {
        let none = Resolver::at(Vec::new());
        assert_eq!(none.addresses("192.0.2.1").await.unwrap(), ["192.0.2.1".parse::<IpAddr>().unwrap()]);
        assert_eq!(none.addresses("localhost").await.unwrap().len(), 2);
        assert_eq!(none.addresses("ns.example.org").await.unwrap_err().code(), "dns-no-answer");
    }
}
