//! The commented inventory that `fleet init` writes.

const HOSTS: &str = include_str!("starter/hosts.toml");
const ENV: &str = include_str!("starter/env.toml");
const QUEUES: &str = include_str!("starter/queues.toml");

/// The files of a new inventory: name and text. They load as they stand.
pub fn starter() -> &'static [(&'static str, &'static str)] {
    &[("hosts.toml", HOSTS), ("env.toml", ENV), ("queues.toml", QUEUES)]
}
