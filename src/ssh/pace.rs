//! How many connections may be on their way into one sshd at a time, and when a dropped one is tried again.

use std::future::Future;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::sleep;

/// The entrance of one sshd or proxy: `MaxStartups` of sshd (10:30:100 by default) drops what comes beyond it.
#[derive(Debug)]
pub(crate) struct Pace {
    permits: Semaphore,
    width: AtomicUsize,
}

impl Pace {
    pub(crate) fn new(width: usize) -> Self {
        Self { permits: Semaphore::new(width), width: AtomicUsize::new(width) }
    }

    /// Does it until it is not dropped, at most so many times. Each drop makes the entrance narrower by one, down to one.
    pub(crate) async fn retry<T, F: Future<Output = T>>(
        &self,
        attempts: u32,
        start: impl Fn() -> F,
        dropped: impl Fn(&T) -> bool,
    ) -> T {
        let mut attempt = 1;
        loop {
            // It is never closed, so that this is always a permit.
            let permit = self.permits.acquire().await;
            let result = start().await;
            if !dropped(&result) || attempt >= attempts {
                return result;
            }
            let narrower = |width: usize| (width > 1).then(|| width - 1);
            if self.width.fetch_update(Ordering::Relaxed, Ordering::Relaxed, narrower).is_ok()
                && let Ok(permit) = permit
            {
                permit.forget();
            }
            sleep(backoff(attempt)).await;
            attempt += 1;
        }
    }
}

/// 0.15 s doubling up to 2 s, each between half and one and a half of that.
pub(crate) fn backoff(attempt: u32) -> Duration {
    let base =
        Duration::from_millis(150).saturating_mul(1 << attempt.saturating_sub(1).min(8)).min(Duration::from_secs(2));
    // Without randomness the jitter is the same for all: slower, not wrong.
    let random = getrandom::u32().unwrap_or(u32::MAX / 2);
    base.mul_f64(0.5 + f64::from(random) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backoff_grows_and_stays_bounded() {
        for attempt in 1..40 {
            assert!(backoff(attempt) <= Duration::from_secs(3) && backoff(attempt) >= Duration::from_millis(75));
        }
    }

    #[tokio::test]
    async fn each_drop_narrows_the_entrance_but_never_closes_it() {
        let pace = Pace::new(2);
        let tries = AtomicUsize::new(0);
        let start = || async { tries.fetch_add(1, Ordering::Relaxed) };
        assert_eq!(pace.retry(5, start, |tried| *tried < 3).await, 3);
        assert_eq!(pace.permits.available_permits(), 1);
        assert_eq!(pace.retry(2, start, |_| true).await, 5, "it gives up");
        assert_eq!(pace.permits.available_permits(), 1);
    }
}
