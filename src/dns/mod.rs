//! DNS: what authoritative servers say; adding and removing the TXT values of challenges; waiting until all servers have them.
//!
//! Two rules hold throughout. A recursive resolver is never asked for the name of a challenge: the CA may share it, and a "no" that it remembers would
//! fail the challenge later. And a solver adds or removes *one value*: an apex and its wildcard, two orders, two operators share a name.
//!
//! - [`Resolver`]: look-ups through resolvers that were declared, or the system's; zones, their servers, delegated challenges.
//! - [`Solver`], made by [`solver_for`]: adds and removes values; by RFC 2136, a program, acme-dns, or a provider's HTTP API.
//! - [`wait_for_txt`]: until every address of every authoritative server has a value.
//! - [`Journal`], [`Challenge`]: what was added is removed again, whatever happens.

mod acme_dns;
mod answer;
mod ask;
mod challenge;
#[cfg(feature = "dns-update")]
mod cloud;
mod delegation;
mod error;
mod exec;
mod journal;
mod name;
mod propagation;
mod resolv_conf;
mod resolver;
mod rfc2136;
mod solver;
mod tsig;
mod zone;

pub use acme_dns::{AcmeDns, AcmeDnsAccount, accounts};
pub use answer::{Answer, Trouble};
pub use challenge::{Challenge, Cleaned, clean};
#[cfg(feature = "dns-update")]
pub use cloud::Cloud;
pub use delegation::{Delegation, MOST_HOPS};
pub use error::{DnsError, ServerState};
pub use exec::Exec;
pub use journal::{Entry, Journal, SCHEMA};
pub use propagation::{Propagation, txt_values, wait_for_txt};
pub use resolver::Resolver;
pub use rfc2136::Rfc2136;
pub use solver::{Boxed, CloudAccount, Provider, Settings, Solver, solver_for};
pub use tsig::{Tsig, TsigAlgorithm};
pub use zone::{Server, Zone};
