//! Orders of one run that share a challenge's name let the CA look only once the values of all of them are there.
//!
//! A CA's resolver may keep a name's values for as long as they allow. If one order let it look early, it would miss what another one
//! adds a moment later, and refuse that one, though every server shows it. Other runs can't be waited for: against them only a small
//! `ttl` helps.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::watch;

/// No longer than this: more orders may share a name than are under way at once.
const LONGEST: Duration = Duration::from_secs(30);

/// An order's part in it; dropped, the order is not waited for any more.
pub(super) struct Ticket {
    arrived: AtomicBool,
    /// How many orders have yet to arrive at each shared name.
    gates: Vec<watch::Sender<usize>>,
}

/// Tickets for orders, each given by its domains.
pub(super) fn tickets(orders: &[&[String]]) -> Vec<Ticket> {
    let names = |order: &[String]| -> BTreeSet<String> {
        order.iter().map(|domain| domain.strip_prefix("*.").unwrap_or(domain).to_owned()).collect()
    };
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for name in orders.iter().flat_map(|order| names(order)) {
        *counts.entry(name).or_default() += 1;
    }
    let shared = counts.into_iter().filter(|(_, count)| *count > 1);
    let gates: BTreeMap<String, watch::Sender<usize>> =
        shared.map(|(name, count)| (name, watch::Sender::new(count))).collect();
    let ticket = |order: &&[String]| Ticket {
        arrived: AtomicBool::new(false),
        gates: names(order).iter().filter_map(|name| gates.get(name).cloned()).collect(),
    };
    orders.iter().map(ticket).collect()
}

impl Ticket {
    /// The values of this order are there.
    pub(super) fn arrive(&self) {
        if !self.arrived.swap(true, Ordering::Relaxed) {
            for gate in &self.gates {
                gate.send_modify(|missing| *missing = missing.saturating_sub(1));
            }
        }
    }

    /// Waits for those of the others.
    pub(super) async fn all_arrived(&self) {
        let all = async {
            for gate in &self.gates {
                // It can't be closed while we hold it.
                let _ = gate.subscribe().wait_for(|missing| *missing == 0).await;
            }
        };
        // Late is better than never.
        let _ = tokio::time::timeout(LONGEST, all).await;
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.arrive();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_those_that_share_a_name_wait_and_nobody_waits_for_one_that_has_ended() {
        let [apex, wild, other] =
            [vec!["a.example".to_owned()], vec!["*.a.example".to_owned()], vec!["b.example".to_owned()]];
        let mut tickets = tickets(&[&apex, &wild, &other]);
        let other = tickets.pop().unwrap();
        let wild = tickets.pop().unwrap();
        let apex = tickets.pop().unwrap();
        let soon = Duration::from_secs(10);
        tokio::time::timeout(soon, other.all_arrived()).await.unwrap();
        apex.arrive();
        apex.arrive();
        tokio::time::timeout(Duration::from_millis(20), apex.all_arrived()).await.unwrap_err();
        drop(wild);
        tokio::time::timeout(soon, apex.all_arrived()).await.unwrap();
    }
}
