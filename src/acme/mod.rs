//! ACME (RFC 8555): accounts, orders, renewal information (RFC 9773), revocation.
//!
//! Whoever declares an `[acme.NAME]` table agrees to the terms of service of that CA.

mod account;
mod backoff;
mod error;
mod files;
mod jws;
mod problem;
mod wire;

pub use error::AcmeError;
pub use problem::{NameRefusal, Refusal};
