//! The arguments of `fleet cert`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Keep certificates as declared: issued, distributed, and served.
#[derive(Debug, Subcommand)]
pub enum CertCommand {
    /// Compare the store, the hosts' files and what they present, read-only
    Check(CertCheckArguments),
    /// Show what would change, and which certificates are due
    Plan {
        /// Write the plan to a file, for review and `fleet apply`
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// Order this certificate whatever its age; may be repeated
        #[arg(long, value_name = "NAME")]
        renew: Vec<String>,
    },
    /// Order what is due, distribute it, and verify what every host presents
    Apply {
        /// Order this certificate whatever its age; may be repeated
        #[arg(long, value_name = "NAME")]
        renew: Vec<String>,
        /// Order from the staging environment of the CA, which nobody trusts
        #[arg(long)]
        staging: bool,
        /// Ask a CA again that is to be left alone after failures
        #[arg(long)]
        retry_now: bool,
    },
    /// Find the certificates that services present and that certbot keeps, declared or not; read-only
    Discover,
    /// Declare certificates that are in use: inventory/certs-NAME.toml for each
    Adopt {
        /// What `discover` calls them; without it, all that a service presents and nobody declared
        #[arg(value_name = "NAME")]
        names: Vec<String>,
    },
    /// List the certificates that are declared or stored
    List,
    /// Show all versions of a certificate in the store
    Show {
        /// Its name in the inventory
        name: String,
    },
    /// Write the newest certificate and its key to a directory
    Export {
        /// Its name in the inventory
        name: String,
        /// Where to; made if it is not there
        #[arg(value_name = "DIR")]
        directory: PathBuf,
        /// Replace files that are there
        #[arg(long)]
        replace: bool,
    },
    /// Remove the DNS values that cut runs have left behind
    Clean,
    /// Revoke a certificate at its CA
    Revoke {
        /// Its name in the inventory
        name: String,
        /// Which version; without it, the newest
        serial: Option<String>,
        /// Why: unspecified, keyCompromise, superseded or cessationOfOperation
        #[arg(long, value_name = "REASON")]
        reason: String,
    },
    /// Work on the accounts at CAs
    #[command(subcommand)]
    Account(AccountCommand),
}

/// What a check of certificates looks at and tells.
#[derive(Debug, Args)]
pub struct CertCheckArguments {
    /// Look at what services present alone, without SSH
    #[arg(long)]
    pub serving_only: bool,
    /// Tell those that [notify] declares, if something is not as it should be
    #[arg(long)]
    pub notify: bool,
    /// With --output prometheus: write to this file instead, whole or not at all
    #[arg(long, value_name = "FILE")]
    pub textfile: Option<PathBuf>,
}

/// Work on the accounts at CAs.
#[derive(Debug, Subcommand)]
pub enum AccountCommand {
    /// Give an account a new key
    Rollover {
        /// The name of its [acme] table
        #[arg(default_value = "default")]
        name: String,
    },
}
