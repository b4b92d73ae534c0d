//! What `database.sql` answers. Pure.

use serde::Deserialize;

use super::first_line;
use crate::actions::queue::seen::{ConnectedClients, DatabaseSeen};

#[derive(Deserialize)]
struct Answer {
    version: u32,
    max_connections: u32,
    superuser_reserved: u32,
    reserved: u32,
    clients: Vec<Client>,
}

#[derive(Deserialize)]
struct Client {
    application: String,
    address: Option<String>,
    user: String,
    count: u32,
    active: u32,
}

/// Reads what `psql` printed.
///
/// # Errors
/// What it said instead.
pub(super) fn read(text: &str) -> Result<DatabaseSeen, String> {
    // One line, since it is jsonb; what a log-in's own configuration makes psql print may stand before it.
    let answer = text.lines().rev().find_map(|line| serde_json::from_str::<Answer>(line.trim()).ok());
    let answer = answer.ok_or_else(|| format!("psql said: {}", first_line(text)))?;
    let clients = answer.clients.into_iter().map(|client| ConnectedClients {
        application: client.application,
        address: client.address,
        user: client.user,
        count: client.count,
        active: client.active,
    });
    Ok(DatabaseSeen {
        version: answer.version,
        max_connections: answer.max_connections,
        superuser_reserved: answer.superuser_reserved,
        reserved: answer.reserved,
        clients: clients.collect(),
    })
}
