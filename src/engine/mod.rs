//! The engine: probe → plan → transaction → wave → gate → outcome. It knows hosts and transactions, and no action by name.

pub mod action;
mod answer;
pub mod check;
pub mod commit;
pub mod compile;
pub mod deferred;
mod ending;
pub mod fact;
pub mod gate;
mod gates;
pub mod host_journal;
pub mod kept;
pub mod kept_answer;
mod lock;
pub mod log;
pub mod narrow;
pub mod observe;
pub mod outside;
pub mod over_ssh;
pub mod plan;
pub mod probe;
mod problems;
pub mod run;
pub mod settle;
pub mod status;
pub mod transaction;
pub mod transport;
pub mod unit_pattern;
mod wave;

/// The unit that a transaction runs as on its host: its fixed name is the lock.
pub const TRANSACTION_UNIT: &str = "fleet-transaction.service";
