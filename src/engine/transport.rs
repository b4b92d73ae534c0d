//! The seam between the engine and whatever carries a script to a host.

use std::collections::BTreeSet;
use std::future::Future;
use std::net::IpAddr;
use std::ops::ControlFlow;
use std::pin::Pin;
use std::time::Duration;

use super::status::Failure;
use crate::names::HostName;

/// A script as it goes to a host's `sh`: it does nothing unless it arrives whole.
#[derive(Clone, Debug)]
pub struct Script {
    /// Function definitions and assignments; they run nothing.
    pub functions: String,
    /// The one call, on one line; its last word is `end`.
    pub call: String,
}

/// Why a script did not run to its end.
#[derive(Clone, Debug)]
pub enum Interruption {
    /// It never began: the host did not answer.
    Unreachable(Failure),
    /// It never began: the host answered, and would not run it.
    Unable(Failure),
    /// It began, and then the connection was lost or the time ran out.
    Lost(Failure),
}

impl Interruption {
    /// What went wrong.
    pub fn failure(&self) -> &Failure {
        match self {
            Self::Unreachable(failure) | Self::Unable(failure) | Self::Lost(failure) => failure,
        }
    }
}

/// A future that a trait object can return.
pub type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// Takes what a script prints as it comes; on `Break` the script's input is closed, by which it knows to end.
pub type Sink<'a> = dyn FnMut(&[u8]) -> ControlFlow<()> + Send + 'a;

/// Carries scripts to hosts: SSH, or in tests of size something that answers by itself.
pub trait Transport {
    /// Runs a script on a host as root and hands over what it prints, until it ends.
    fn run<'a>(
        &'a self,
        host: &'a HostName,
        script: &'a Script,
        limit: Duration,
        sink: &'a mut Sink<'_>,
    ) -> Boxed<'a, Result<(), Interruption>>;

    /// Where the host's own services are reached from here.
    fn address(&self, host: &HostName) -> String;

    /// The only addresses that may be asked anything, beside this machine's own, as in a rehearsal; `None`: all.
    fn only(&self) -> Option<BTreeSet<IpAddr>> {
        None
    }
}
