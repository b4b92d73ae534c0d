//! What planning and applying rest on beside the inventory: fleet's own state, the digest key, the secrets.

use crate::journal::StateDir;
use crate::report::ExitCode;
use crate::secrets::{DigestKey, Resolver};

use super::app::{self, CliError};
use super::args::Global;

/// Opened once a run.
pub(super) struct Base {
    pub(super) state: StateDir,
    pub(super) key: DigestKey,
    pub(super) resolver: Resolver,
}

impl Base {
    pub(super) fn open(global: &Global) -> Result<Self, CliError> {
        let state = app::state(global)?;
        let key = DigestKey::load_or_create(state.path())
            .map_err(|error| CliError::of(ExitCode::Failure, &error, error.code(), error.hint()))?;
        Ok(Self { state, key, resolver: Resolver::new(&global.inventory) })
    }
}
