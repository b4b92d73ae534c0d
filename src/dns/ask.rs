//! One question to one server: UDP with tries, TCP where the answer was cut or UDP did not get through.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use hickory_proto::op::{Edns, Message, MessageType, Query};
use hickory_proto::rr::{Name, RecordType};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::{Instant, timeout, timeout_at};

use super::answer::{self, Answer, Trouble};

/// How long each try over UDP waits: two, and then TCP, because some networks drop UDP alone.
const UDP: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(2)];
/// How long a connection and its answer may take.
const TCP: Duration = Duration::from_secs(4);
/// The largest UDP answer that fits through every network (DNS flag day 2020), in bytes.
const PAYLOAD: u16 = 1232;

/// Who is asked, and so what the question says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// A resolver, which looks for the answer itself.
    Resolver,
    /// A server, for what it serves itself.
    Authority,
}

/// A question with a random id.
pub(super) fn question(name: &Name, kind: RecordType, asked: Asked) -> Message {
    let mut message = Message::query();
    message.metadata.recursion_desired = asked == Asked::Resolver;
    message.add_query(Query::query(name.clone(), kind));
    let mut edns = Edns::new();
    edns.set_max_payload(PAYLOAD).set_version(0);
    message.set_edns(edns);
    message
}

/// Asks a server.
pub(super) async fn ask(server: SocketAddr, name: &Name, kind: RecordType, asked: Asked) -> Result<Answer, Trouble> {
    let message = question(name, kind, asked);
    let bytes = message.to_vec().map_err(|error| Trouble::Malformed(error.to_string()))?;
    let answer = match over_udp(server, &message, &bytes).await {
        Ok(answer) if !answer.metadata.truncation => answer,
        // Nothing listens on UDP, or it is filtered: a server has to answer over TCP too (RFC 7766).
        Ok(_) | Err(Trouble::Timeout | Trouble::Unreachable(_)) => over_tcp(server, &message, &bytes).await?,
        Err(trouble) => return Err(trouble),
    };
    answer::read(&answer, name, kind, asked == Asked::Authority)
}

async fn over_udp(server: SocketAddr, message: &Message, bytes: &[u8]) -> Result<Message, Trouble> {
    let any: IpAddr = if server.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let io = |error: io::Error| Trouble::of(&error);
    let mut buffer = vec![0; usize::from(u16::MAX)];
    for limit in UDP {
        // A socket for each try: its random port is a second thing to guess beside the id.
        let socket = UdpSocket::bind((any, 0)).await.map_err(io)?;
        socket.connect(server).await.map_err(io)?;
        socket.send(bytes).await.map_err(io)?;
        let end = Instant::now() + limit;
        while let Ok(received) = timeout_at(end, socket.recv(&mut buffer)).await {
            let length = received.map_err(io)?;
            // What does not fit the question may be forged: the answer may still come.
            if let Ok(answer) = Message::from_vec(&buffer[..length])
                && fits(&answer, message)
            {
                return Ok(answer);
            }
        }
    }
    Err(Trouble::Timeout)
}

async fn over_tcp(server: SocketAddr, message: &Message, bytes: &[u8]) -> Result<Message, Trouble> {
    let exchange = async {
        let mut stream = TcpStream::connect(server).await.map_err(|error| Trouble::of(&error))?;
        exchange(&mut stream, bytes).await.map_err(|error| Trouble::of(&error))
    };
    let bytes = timeout(TCP, exchange).await.map_err(|_| Trouble::Timeout)??;
    let answer = Message::from_vec(&bytes).map_err(|error| Trouble::Malformed(error.to_string()))?;
    if !fits(&answer, message) {
        return Err(Trouble::Malformed("another question's answer".to_owned()));
    }
    Ok(answer)
}

/// One message out and one in, each with its length before it (RFC 1035, section 4.2.2).
pub(super) async fn exchange(stream: &mut TcpStream, bytes: &[u8]) -> io::Result<Vec<u8>> {
    let length = u16::try_from(bytes.len()).map_err(|_| io::Error::other("a message of more than 64 KiB"))?;
    // In one write: some servers stumble over a length that comes alone.
    stream.write_all(&[&length.to_be_bytes(), bytes].concat()).await?;
    let mut answer = vec![0; usize::from(stream.read_u16().await?)];
    stream.read_exact(&mut answer).await?;
    Ok(answer)
}

/// Whether this is an answer to that.
pub(super) fn fits(answer: &Message, question: &Message) -> bool {
    answer.metadata.message_type == MessageType::Response
        && answer.metadata.id == question.metadata.id
        && answer.metadata.op_code == question.metadata.op_code
        // Some servers leave the question out of a refusal.
        && (answer.queries.is_empty() && answer.answers.is_empty() || answer.queries == question.queries)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_fits_its_question_alone() {
        let name = super::super::name::parse("a.example.org").unwrap();
        let asked = question(&name, RecordType::TXT, Asked::Authority);
        assert!(!asked.metadata.recursion_desired);
        assert!(question(&name, RecordType::TXT, Asked::Resolver).metadata.recursion_desired);
        let mut answer = asked.clone();
        assert!(!fits(&answer, &asked), "a question is no answer");
        answer.metadata.message_type = MessageType::Response;
        assert!(fits(&answer, &asked));
        answer.metadata.id = asked.metadata.id.wrapping_add(1);
        assert!(!fits(&answer, &asked));
        answer.metadata.id = asked.metadata.id;
        answer.queries[0].query_type = RecordType::A;
        assert!(!fits(&answer, &asked));
    }
}
