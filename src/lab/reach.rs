//! The way from this machine to a host's sshd, of which a finished boot says nothing.

use std::io::{Error, ErrorKind};
use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;

use super::error::LabError;
use crate::names::HostName;

/// Where the sshd of a lab host listens.
pub(super) const PORT: u16 = 22;

const LIMIT: Duration = Duration::from_secs(60);
/// What was sent before the link was ready is lost: a new try comes through sooner than the kernel's own.
const TRY_LIMIT: Duration = Duration::from_secs(2);
/// How a server begins (RFC 4253, section 4.2).
const GREETING: [u8; 4] = *b"SSH-";

/// Waits until the host's sshd greets whoever connects. A host that refuses is reached as well: it has no sshd, by its
/// specification.
pub(super) async fn wait_reachable(host: &HostName, address: Ipv4Addr) -> Result<(), LabError> {
    wait_greeted(address, PORT, LIMIT).await.map_err(|why| LabError::NotReachable { host: host.clone(), address, why })
}

async fn wait_greeted(address: Ipv4Addr, port: u16, limit: Duration) -> Result<(), String> {
    let start = Instant::now();
    loop {
        let error = match tokio::time::timeout(TRY_LIMIT, greeting(address, port)).await {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(error)) if error.kind() == ErrorKind::ConnectionRefused => return Ok(()),
            Ok(Err(error)) => error.to_string(),
            Err(_) => "no answer".to_owned(),
        };
        if start.elapsed() > limit {
            return Err(format!("{error}, for {} s", limit.as_secs()));
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn greeting(address: Ipv4Addr, port: u16) -> Result<(), Error> {
    let mut stream = TcpStream::connect((address, port)).await?;
    let mut begin = GREETING.map(|_| 0);
    stream.read_exact(&mut begin).await?;
    if begin == GREETING { Ok(()) } else { Err(Error::new(ErrorKind::InvalidData, "what answers there is no sshd")) }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt as _;
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn waits_for_the_greeting_and_not_for_the_port() {
        let here = Ipv4Addr::LOCALHOST;
        let listener = TcpListener::bind((here, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        // It listens, and nobody answers.
        let why = wait_greeted(here, port, Duration::ZERO).await.unwrap_err();
        assert_eq!(why, "no answer, for 0 s");
        let server = async {
            // The first is still in the queue; the second is turned away, and the third is greeted.
            drop(listener.accept().await.unwrap());
            drop(listener.accept().await.unwrap());
            let (mut stream, _) = listener.accept().await.unwrap();
            stream.write_all(b"SSH-2.0-x\r\n").await.unwrap();
            listener
        };
        let (listener, greeted) = tokio::join!(server, wait_greeted(here, port, LIMIT));
        assert_eq!(greeted, Ok(()));
        drop(listener);
        assert_eq!(wait_greeted(here, port, Duration::ZERO).await, Ok(()));
    }
}
