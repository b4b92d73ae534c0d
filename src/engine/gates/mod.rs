//! What gates look at, one file a kind; `gate` says how often and how long.

mod http;
mod own;
mod prometheus;
mod roots;
mod sound;
mod tls;

pub(super) use http::{look as look_at_http, told as http_told};
pub use own::{disk_below, scripts, unit_steady};
pub(super) use prometheus::{look as look_at_prometheus, told as prometheus_told};
pub(super) use roots::told as roots_told;
pub(super) use sound::problems;
pub(super) use tls::look as look_at_tls;

use std::net::IpAddr;
use std::time::Duration;

use super::outside;
use super::transport::Transport;

/// The addresses that a URL's name is asked at where no host is named: `None`: as DNS, or a proxy, leads.
///
/// # Errors
/// In words, when it leads out of a rehearsal.
async fn confined(transport: &dyn Transport, name: &str, limit: Duration) -> Result<Option<Vec<IpAddr>>, String> {
    let Some(only) = transport.only() else { return Ok(None) };
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    let addresses = outside::addresses_of(bare, limit).await?;
    match addresses.iter().find(|address| !address.is_loopback() && !only.contains(address)) {
        Some(foreign) => Err(format!("{name} leads to {foreign}, which is not in the lab, and is not asked")),
        None => Ok(Some(addresses)),
    }
}

#[cfg(test)]
mod tests;
