//! Reaching a host: connections that stay open, one script in, its output out as it comes.
//!
//! - [`Ssh`] holds the connections of an inventory. Each is an `ssh` master of our own in the control directory
//!   ([`default_control_dir`]); it outlives the process by [`SshSettings::persist`] and is found again by the next one.
//! - [`Ssh::run`] runs one [`Script`]; [`adhoc`] makes one of a user's command.
//! - [`host_keys`] shows, compares and records host keys. They are checked always, against one file.
//! - [`SshError`] says what went wrong, where, and what to do next.

mod adhoc;
mod classify;
mod control_dir;
mod error;
pub mod host_keys;
mod jump;
mod master;
mod pace;
mod pool;
mod run;
mod scan;
mod script;
mod target;
mod user_config;

pub use adhoc::{AdhocOutput, Ended, adhoc};
pub use control_dir::default_control_dir;
pub use error::{SshError, SshErrorKind};
pub use pool::{Connected, OpenConnection, Ssh};
pub use run::{Chunk, ECHOED, Exit, Sink, token};
pub use script::Script;
pub use target::{SshSettings, Target, UserConfig};
