//! The seam to whatever proves that names are ours: DNS, or in tests something that answers by itself.

use super::error::AcmeError;
use crate::engine::transport::Boxed;

/// A value that stands in DNS, or is about to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Proof {
    /// The declared domain, without `*.`.
    pub domain: String,
    /// The value of the TXT record.
    pub value: String,
}

/// Answers DNS-01 challenges (RFC 8555, section 8.4).
pub trait Prover {
    /// Adds the value. Once this returned, however it ended, [`Prover::withdraw`] is called.
    fn present<'a>(&'a self, proof: &'a Proof) -> Boxed<'a, Result<(), AcmeError>>;

    /// Waits until a CA can see it; `tell` hears who is behind.
    fn wait<'a>(&'a self, proof: &'a Proof, tell: &'a dyn Fn(&str)) -> Boxed<'a, Result<(), AcmeError>>;

    /// Removes the value, and no other of that name; what was never there is no error.
    fn withdraw<'a>(&'a self, proof: &'a Proof) -> Boxed<'a, Result<(), AcmeError>>;
}
