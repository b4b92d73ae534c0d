//! `cert`: certificates, as declared, on disk, and as they are served.
//!
//! - [`discover`]: what nobody declared, found in the configuration of services and in certbot's directories.

pub mod discover;
