//! Worker queues: processes of systemd templates balanced over hosts, under a budget of database connections. Pure.

pub mod adopt;
mod adopt_kinds;
mod adopt_places;
mod adopt_read;
pub mod balance;
mod lint_connections;
mod lint_places;
mod lint_settings;
mod lint_threads;
pub mod lints;
pub mod model;
pub mod probes;
pub mod read;
mod read_database;
mod read_options;
mod read_redis;
mod read_units;
mod read_workers;
pub mod seen;
