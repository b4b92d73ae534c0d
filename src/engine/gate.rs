//! What the controller sees from outside.

use std::time::Duration;

use super::transaction::Gate;

/// Looks until it is good or the time is up, and then says in words what was seen last.
///
/// # Errors
/// In words, when it is not good in time.
pub async fn look(address: &str, gate: &Gate, limit: Duration) -> Result<(), String> {
    match gate {
        // Whoever can give the verdict has reached the host.
        Gate::Reachable => Ok(()),
        Gate::Tcp(port) => {
            let deadline = tokio::time::Instant::now() + limit / 2;
            loop {
                let connect = tokio::net::TcpStream::connect((address, *port));
                let seen = match tokio::time::timeout_at(deadline, connect).await {
                    Ok(Ok(_)) => return Ok(()),
                    Ok(Err(error)) => error.to_string(),
                    Err(_) => "it does not answer".to_owned(),
                };
                if tokio::time::Instant::now() + Duration::from_millis(200) >= deadline {
                    return Err(format!("TCP port {port} of {address}: {seen}"));
                }
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        }
        Gate::Handshake { handshake, .. } => Err(format!("this fleet cannot see what {handshake} presents")),
    }
}
