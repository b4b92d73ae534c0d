//! ACME (RFC 8555): accounts, orders, renewal information (RFC 9773), revocation.
//!
//! Whoever declares an `[acme.NAME]` table agrees to the terms of service of that CA.

mod account;
mod ari;
mod backoff;
mod checks;
mod dns01;
mod error;
mod files;
pub mod host_key;
mod interrupt;
mod issuer;
mod jws;
mod open_order;
mod order;
mod order_key;
mod problem;
mod prove;
mod renewals;
mod revoke;
mod session;
mod shelf;
mod together;
mod values;
mod wire;

pub use account::ExternalAccount;
pub use ari::RenewalInfo;
pub use backoff::left_alone;
pub use dns01::Dns01;
pub use error::AcmeError;
pub use issuer::{Declared, Issuer};
pub use problem::{NameRefusal, Refusal};
pub use prove::{Proof, Prover};
pub use renewals::{Renewals, renewals};
pub use revoke::{By, Reason, revoke, roll_over};
pub use session::Ca;
pub use shelf::{NoRequests, Requests, Shelf};
