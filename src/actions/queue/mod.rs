//! Worker queues: processes of systemd templates balanced over hosts, under a budget of database connections. Pure.

pub mod balance;
pub mod explain;
pub mod limits;
pub mod model;
pub mod relax;
pub mod seen;
pub mod solve;
pub mod steps;
pub mod what_if;
