//! `env`: environment files, read as their reader reads them, and edited without touching any other byte.
//!
//! - [`document`]: a file as entries with byte spans; [`dotenv`], [`systemd`], [`docker`]: one reader each.
//! - [`problem`]: what is odd about a file, by line and key, never by value.
//! - [`encoding`]: how a value is written so that the reader gives it back.
//! - [`edit`]: a changed file as parts: what is kept, and what is new.
//! - [`near_miss`] (found by [`near_name`] and [`near_value`]), [`consensus`], [`rules`], [`secrecy`]: what is wrong with a key or value, and who is the odd one out.

pub mod consensus;
pub mod docker;
pub mod document;
pub mod dotenv;
mod dotenv_expand;
pub mod edit;
pub mod encoding;
mod lines;
pub mod near_miss;
pub mod near_name;
pub mod near_value;
pub mod problem;
pub mod rules;
pub mod secrecy;
pub mod systemd;
