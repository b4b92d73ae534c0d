//! Why a secret is not to be had. No variant holds a value, or what a program printed.

use std::path::PathBuf;

/// Why a secret is not to be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// The environment variable is not set.
    #[error("the environment variable {name} is not set")]
    EnvMissing {
        /// The variable.
        name: String,
    },
    /// The reference itself makes no sense.
    #[error("the secret {reason}")]
    BadReference {
        /// Why, as in "names no file".
        reason: &'static str,
    },
    /// The value is empty, which is nearly always a mistake.
    #[error("the secret from {from} is empty")]
    Empty {
        /// Where it comes from.
        from: String,
    },
    /// A file can't be read.
    #[error("can't read the secret file {}: {reason}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// Group or others can read a file that must be private.
    #[error("the secret file {} can be read by others (mode {mode:04o})", path.display())]
    ReadableByOthers {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Larger than any secret.
    #[error("the secret from {from} is larger than {limit} bytes")]
    TooLarge {
        /// Where it comes from.
        from: String,
        /// The most bytes.
        limit: u64,
    },
    /// A program could not be started.
    #[error("can't run {program} for a secret: {reason}")]
    CommandStart {
        /// The program.
        program: String,
        /// What the system says.
        reason: String,
    },
    /// A program failed.
    #[error("{program}, run for a secret, ended with {status}")]
    CommandFailed {
        /// The program.
        program: String,
        /// Exit status or signal.
        status: String,
    },
    /// A program took too long.
    #[error("{program}, run for a secret, took longer than {seconds} s")]
    CommandTimeout {
        /// The program.
        program: String,
        /// The limit.
        seconds: u64,
    },
    /// There is no identity to decrypt with.
    #[error("no age identity to decrypt {} with", path.display())]
    NoIdentity {
        /// The encrypted file.
        path: PathBuf,
    },
    /// An identity file is not usable.
    #[error("the age identity {} can't be used: {reason}", path.display())]
    BadIdentity {
        /// The identity file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// None of the identities fits.
    #[error("can't decrypt {}: none of your identities is among its recipients", path.display())]
    NotForUs {
        /// The encrypted file.
        path: PathBuf,
    },
    /// What should be a public key is none.
    #[error("can't encrypt to {recipient}: {reason}")]
    BadRecipient {
        /// The public key, or what stands for it.
        recipient: String,
        /// Why.
        reason: &'static str,
    },
    /// The file is damaged, or none at all.
    #[error("can't decrypt {}: {reason}", path.display())]
    Decrypt {
        /// The encrypted file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}

impl SecretError {
    /// A stable name.
    pub fn code(&self) -> &'static str {
        match self {
            Self::EnvMissing { .. } => "secret-env-missing",
            Self::BadReference { .. } => "secret-bad-reference",
            Self::Empty { .. } => "secret-empty",
            Self::Unreadable { .. } => "secret-file-unreadable",
            Self::ReadableByOthers { .. } => "secret-file-readable-by-others",
            Self::TooLarge { .. } => "secret-too-large",
            Self::CommandStart { .. } => "secret-command-not-started",
            Self::CommandFailed { .. } => "secret-command-failed",
            Self::CommandTimeout { .. } => "secret-command-timeout",
            Self::NoIdentity { .. } => "secret-no-identity",
            Self::BadIdentity { .. } => "secret-bad-identity",
            Self::NotForUs { .. } | Self::Decrypt { .. } => "secret-not-decrypted",
            Self::BadRecipient { .. } => "secret-bad-recipient",
        }
    }

    /// What to do next.
    pub fn hint(&self) -> String {
        match self {
            Self::EnvMissing { name } => format!("export {name} before running fleet"),
            Self::BadReference { .. } => {
                "write { env = \"NAME\" }, { file = \"PATH\" }, { command = [\"PROGRAM\", …] } or { age = \"PATH\" }"
                    .into()
            }
            Self::Empty { .. } => "give it a value; an empty one belongs into the inventory as \"\"".into(),
            Self::Unreadable { .. } => "paths of secrets are relative to the inventory directory".into(),
            Self::ReadableByOthers { path, .. } => format!("run `chmod 600 {}`", path.display()),
            Self::TooLarge { .. } => "check that the reference names the right source".into(),
            Self::CommandStart { program, .. } => format!("install {program}, or write its full path"),
            Self::CommandFailed { program, .. } => {
                format!("run {program} by hand to see what it says: its output is not shown here")
            }
            Self::CommandTimeout { .. } => {
                "run the command by hand; it gets no terminal input, and may be waiting for some".into()
            }
            Self::NoIdentity { .. } => {
                "set FLEET_AGE_IDENTITY to an identity file, or create ~/.config/fleet/age.txt with `age-keygen`".into()
            }
            Self::BadIdentity { .. } => {
                "use an identity file of `age-keygen` or an SSH key without a passphrase, private to you".into()
            }
            Self::BadRecipient { .. } => "write the public key that `age-keygen -y` or `ssh-keygen -y` shows".into(),
            Self::NotForUs { .. } | Self::Decrypt { .. } => {
                "encrypt the file again to your own recipient, or set FLEET_AGE_IDENTITY to the identity that fits"
                    .into()
            }
        }
    }
}
