//! Worker queues: processes of systemd templates balanced over hosts, under a budget of database connections. Pure.

pub mod balance;
mod budgets;
mod known;
pub mod limits;
pub mod model;
mod question;
pub mod seen;
mod shape;

pub use known::{Last, LastSeen, LastWorkers};
