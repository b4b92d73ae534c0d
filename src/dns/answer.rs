//! What a server's answer means: found, not there, elsewhere, or a reason why it is none.

use std::io;

use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::{Name, RData, Record, RecordType};

/// What a server knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Records of that name and type; where CNAMEs were followed, these come first.
    Records(Vec<Record>),
    /// The name is there, a record of that type is not (NODATA, RFC 2308).
    NoData {
        /// The zone that says so.
        zone: Option<Name>,
    },
    /// There is no such name (NXDOMAIN).
    NoName {
        /// The zone that says so.
        zone: Option<Name>,
    },
    /// Another zone's servers know it.
    Referral {
        /// That zone.
        zone: Name,
        /// Its name servers.
        servers: Vec<Name>,
        /// Their addresses, as far as they came with it.
        glue: Vec<Record>,
    },
}

impl Answer {
    /// Where a CNAME of the name itself leads.
    pub(super) fn alias(&self, of: &Name) -> Option<Name> {
        let Self::Records(records) = self else { return None };
        records.iter().find_map(|record| match &record.data {
            RData::CNAME(target) if record.name == *of => Some(target.0.to_lowercase()),
            _ => None,
        })
    }
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// Nothing came in time, over UDP and TCP.
    #[error("does not answer")]
    Timeout,
    /// There is no way there from here: no route, or no address of that family.
    #[error("can't be reached from here: {0}")]
    NoRoute(String),
    /// It is there, and will not speak.
    #[error("can't be reached: {0}")]
    Unreachable(String),
    /// SERVFAIL.
    #[error("failed to look it up (SERVFAIL)")]
    ServerFailure,
    /// REFUSED.
    #[error("refuses to answer (REFUSED)")]
    Refused,
    /// Any other response code.
    #[error("answers with {0}")]
    Code(String),
    /// It answers, but not out of a zone of its own.
    #[error("does not serve the zone (lame)")]
    Lame,
    /// Not DNS, or not an answer to what was asked.
    #[error("answers with something else: {0}")]
    Malformed(String),
}

impl Trouble {
    /// From what the system says of a socket.
    pub(super) fn of(error: &io::Error) -> Self {
        let words = crate::text::system_words(error);
        match error.kind() {
            io::ErrorKind::NetworkUnreachable | io::ErrorKind::AddrNotAvailable => Self::NoRoute(words),
            io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => Self::Timeout,
            _ => Self::Unreachable(words),
        }
    }
}

/// The response code as DNS people write it.
pub(super) fn code_word(code: ResponseCode) -> String {
    match code {
        ResponseCode::NoError => "NOERROR".to_owned(),
        ResponseCode::Unknown(number) => format!("RCODE {number}"),
        code => format!("{code:?}").to_uppercase(),
    }
}

/// Reads an answer. With `own`, it must come from a zone that the server itself serves, or refer to one below.
pub(super) fn read(message: &Message, name: &Name, kind: RecordType, own: bool) -> Result<Answer, Trouble> {
    match message.metadata.response_code {
        ResponseCode::NoError | ResponseCode::NXDomain => {}
        ResponseCode::ServFail => return Err(Trouble::ServerFailure),
        ResponseCode::Refused => return Err(Trouble::Refused),
        other => return Err(Trouble::Code(code_word(other))),
    }
    let zone =
        message.authorities.iter().find(|record| record.record_type() == RecordType::SOA).map(|it| it.name.clone());
    if own && !message.metadata.authoritative {
        return referral(message, name).ok_or(Trouble::Lame);
    }
    let records: Vec<Record> = message
        .answers
        .iter()
        .filter(|record| record.record_type() == kind || record.record_type() == RecordType::CNAME)
        .cloned()
        .collect();
    if records.iter().any(|record| record.record_type() == kind) || (own && !records.is_empty()) {
        return Ok(Answer::Records(records));
    }
    if message.metadata.response_code == ResponseCode::NXDomain {
        return Ok(Answer::NoName { zone });
    }
    Ok(Answer::NoData { zone })
}

/// The servers of a zone further down, on the way to the name.
fn referral(message: &Message, name: &Name) -> Option<Answer> {
    let delegations = || {
        message.authorities.iter().filter_map(|record| match &record.data {
            RData::NS(ns) if record.name.zone_of(name) && !record.name.is_root() => Some((&record.name, &ns.0)),
            _ => None,
        })
    };
    let zone = delegations().next()?.0.clone();
    let servers = delegations().filter(|(owner, _)| **owner == zone).map(|(_, server)| server.clone()).collect();
    Some(Answer::Referral { zone, servers, glue: message.additionals.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use hickory_proto::op::{MessageType, OpCode};
    use hickory_proto::rr::rdata::{CNAME, NS, SOA, TXT};

    fn name(text: &str) -> Name {
        super::super::name::parse(text).unwrap()
    }

    fn message(code: ResponseCode, authoritative: bool) -> Message {
        let mut message = Message::new(1, MessageType::Response, OpCode::Query);
        message.metadata.response_code = code;
        message.metadata.authoritative = authoritative;
        message
    }

    fn soa(zone: &str) -> Record {
        Record::from_rdata(name(zone), 60, RData::SOA(SOA::new(name("ns.x"), name("hm.x"), 1, 1, 1, 1, 1)))
    }

    fn read_txt(message: &Message, own: bool) -> Result<Answer, Trouble> {
        read(message, &name("a.example.org"), RecordType::TXT, own)
    }

    #[test]
    fn each_no_has_its_own_meaning() {
        let mut no = message(ResponseCode::NXDomain, true);
        no.add_authority(soa("example.org"));
        assert_eq!(read_txt(&no, true), Ok(Answer::NoName { zone: Some(name("example.org")) }));
        no.metadata.response_code = ResponseCode::NoError;
        assert_eq!(read_txt(&no, true), Ok(Answer::NoData { zone: Some(name("example.org")) }));
        assert_eq!(read_txt(&message(ResponseCode::ServFail, false), true), Err(Trouble::ServerFailure));
        assert_eq!(read_txt(&message(ResponseCode::Refused, false), true), Err(Trouble::Refused));
        assert_eq!(
            read_txt(&message(ResponseCode::NotAuth, false), false).unwrap_err().to_string(),
            "answers with NOTAUTH"
        );
    }

    #[test]
    fn a_server_without_the_zone_is_lame_or_refers() {
        let mut other = message(ResponseCode::NoError, false);
        assert_eq!(read_txt(&other, true), Err(Trouble::Lame));
        other.add_authority(Record::from_rdata(name("unrelated.net"), 60, RData::NS(NS(name("ns.unrelated.net")))));
        assert_eq!(read_txt(&other, true), Err(Trouble::Lame));
        other.add_authority(Record::from_rdata(name("example.org"), 60, RData::NS(NS(name("ns.example.org")))));
        let Ok(Answer::Referral { zone, servers, .. }) = read_txt(&other, true) else { panic!("no referral") };
        assert_eq!((zone, servers), (name("example.org"), vec![name("ns.example.org")]));
    }

    #[test]
    fn a_cname_without_its_target_is_an_answer_of_the_zone_alone() {
        let mut alias = message(ResponseCode::NoError, true);
        alias.add_answer(Record::from_rdata(name("a.example.org"), 60, RData::CNAME(CNAME(name("b.example.net")))));
        assert!(matches!(read_txt(&alias, true), Ok(Answer::Records(records)) if records.len() == 1));
        assert_eq!(read_txt(&alias, false), Ok(Answer::NoData { zone: None }));
        alias.add_answer(Record::from_rdata(name("b.example.net"), 60, RData::TXT(TXT::new(vec!["x".into()]))));
        assert!(matches!(read_txt(&alias, false), Ok(Answer::Records(records)) if records.len() == 2));
    }
}
