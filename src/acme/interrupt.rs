//! Work that ends when the person asks to stop.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::error::AcmeError;

/// How often the flag is looked at.
const LOOK: Duration = Duration::from_millis(50);

/// The work, unless the person asks to stop before it is done. What is under way then is dropped.
pub(super) async fn unless<T>(
    interrupted: &AtomicBool,
    work: impl Future<Output = Result<T, AcmeError>>,
) -> Result<T, AcmeError> {
    let interrupt = async {
        while !interrupted.load(Ordering::Relaxed) {
            tokio::time::sleep(LOOK).await;
        }
    };
    tokio::select! {
        // After the interrupt nothing is begun.
        biased;
        () = interrupt => Err(AcmeError::Interrupted),
        end = work => end,
    }
}
