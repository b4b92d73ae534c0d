//! What does not exist yet when a plan is made, and who provides it when the plan is carried out.

use std::collections::BTreeMap;

use super::status::Failure;
use super::transport::Boxed;

/// A value that a plan needs and does not hold.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wanted {
    /// Its name, such as `cert/media/next/fullchain`.
    pub name: String,
    /// What it must satisfy.
    pub constraints: BTreeMap<String, String>,
}

/// A value that is at hand now.
#[derive(Clone)]
pub struct Provided {
    /// Its bytes.
    pub bytes: crate::secrets::Secret,
    /// Whether it must never be shown.
    pub secret: bool,
}

/// Provides nothing: for runs whose actions defer nothing.
pub struct NoProvider;

impl Provider for NoProvider {
    fn provide<'a>(
        &'a self,
        wanted: &'a [Wanted],
        _: &'a dyn Fn(&str),
    ) -> Boxed<'a, BTreeMap<String, Result<Provided, Failure>>> {
        let none = |wanted: &Wanted| {
            let message = format!("nothing here provides {}", wanted.name);
            (wanted.name.clone(), Err(Failure::bare("not-provided", message)))
        };
        Box::pin(std::future::ready(wanted.iter().map(none).collect()))
    }
}

/// Provides deferred values: a certificate authority, for one.
pub trait Provider {
    /// What became of each value that was wanted. `tell` hears what a person who waits wants to know.
    fn provide<'a>(
        &'a self,
        wanted: &'a [Wanted],
        tell: &'a dyn Fn(&str),
    ) -> Boxed<'a, BTreeMap<String, Result<Provided, Failure>>>;
}
