//! ACME (RFC 8555): accounts, orders, renewal information (RFC 9773), revocation.
//!
//! Whoever declares an `[acme.NAME]` table agrees to the terms of service of that CA.

mod account;
mod backoff;
mod checks;
mod error;
mod files;
mod jws;
mod open_order;
mod order;
mod problem;
mod prove;
mod session;
mod wire;

pub use account::ExternalAccount;
pub use error::AcmeError;
pub use order::{Issued, KeyFor, Order};
pub use problem::{NameRefusal, Refusal};
pub use prove::{Proof, Prover};
pub use session::Ca;
