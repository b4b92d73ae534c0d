//! Handshakes that look and do not judge: what a server presents, whoever signed it.

mod error;
mod looker;
mod starttls;
mod trust;

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use futures_util::future::join_all;
use rustls::pki_types::ServerName;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::time::timeout;

pub use error::HandshakeError;
pub use trust::{Trust, Untrusted};

use looker::Looker;

/// What is spoken before TLS begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum StartTls {
    /// RFC 3207.
    Smtp,
    /// RFC 9051, section 6.2.1.
    Imap,
    /// RFC 2595.
    Pop3,
}

/// The certificates that a server presents for a name, leaf first, as DER. The server has proved that it has the
/// leaf's key; nothing else of the chain is judged. `server_name` is a host name, which is sent (SNI), or an address,
/// for which nothing is sent (RFC 6066, section 3). All of it takes at most `limit`.
///
/// # Errors
/// In words, as in "refused the connection", when there was no handshake in time: the text of a [`HandshakeError`].
pub async fn presented(
    address: SocketAddr,
    server_name: &str,
    starttls: Option<StartTls>,
    limit: Duration,
) -> Result<Vec<Vec<u8>>, String> {
    look(address, server_name, starttls, limit).await.map_err(|error| error.to_string())
}

/// As [`presented`], for several addresses side by side; the answers are in the order of the addresses.
pub async fn presented_by(
    addresses: &[SocketAddr],
    server_name: &str,
    starttls: Option<StartTls>,
    limit: Duration,
) -> Vec<(SocketAddr, Result<Vec<Vec<u8>>, String>)> {
    let looks = addresses
        .iter()
        .map(|address| async move { (*address, presented(*address, server_name, starttls, limit).await) });
    join_all(looks).await
}

/// As [`presented`], with an error that can be told from others.
pub async fn look(
    address: SocketAddr,
    server_name: &str,
    starttls: Option<StartTls>,
    limit: Duration,
) -> Result<Vec<Vec<u8>>, HandshakeError> {
    let name = parse_name(server_name)?;
    match timeout(limit, connect_and_look(address, name, starttls)).await {
        Ok(chain) => chain,
        Err(_) => Err(HandshakeError::Timeout { seconds: limit.as_secs_f64() }),
    }
}

fn parse_name(server_name: &str) -> Result<ServerName<'static>, HandshakeError> {
    let bare = server_name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(server_name);
    if let Ok(address) = bare.parse::<IpAddr>() {
        return Ok(ServerName::IpAddress(address.into()));
    }
    let name = server_name.strip_suffix('.').unwrap_or(server_name);
    ServerName::try_from(name.to_owned()).map_err(|_| HandshakeError::BadName { name: server_name.to_owned() })
}

async fn connect_and_look(
    address: SocketAddr,
    name: ServerName<'static>,
    starttls: Option<StartTls>,
) -> Result<Vec<Vec<u8>>, HandshakeError> {
    let stream = TcpStream::connect(address).await.map_err(|error| HandshakeError::connect(&error))?;
    let stream = match starttls {
        Some(protocol) => starttls::begin(stream, protocol).await?,
        None => stream,
    };
    let looker = Looker::new();
    let result = looker.connector()?.connect(name, stream).await;
    match (result, looker.proven()) {
        (Ok(mut stream), Some(chain)) => {
            // A polite end; that the server does not wait for it changes nothing of what it has shown.
            let _gone_already = stream.shutdown().await;
            Ok(chain)
        }
        // It wants a certificate of ours, and ends the handshake without one; by then it has shown and proved its own.
        (Err(_), Some(chain)) if looker.was_asked() => Ok(chain),
        (Err(error), _) => Err(HandshakeError::handshake(&error)),
        (Ok(_), None) => Err(HandshakeError::Unproven),
    }
}

#[cfg(test)]
mod tests;
