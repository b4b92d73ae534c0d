//! Newtypes for what must not be mixed up.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

macro_rules! string_newtype {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Wraps a string that the caller has already validated.
            pub fn new(value: impl Into<String>) -> Self {
                Self(value.into())
            }

            /// The plain string.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
    };
}

string_newtype! {
    /// The name of a host as the inventory declares it.
    HostName
}
string_newtype! {
    /// An absolute path on a managed host.
    RemotePath
}
string_newtype! {
    /// The full name of a systemd unit on a managed host, such as `nginx.service`.
    UnitName
}
string_newtype! {
    /// One run of fleet, such as `20261121T202449Z-3f9a`: it sorts by time.
    RunId
}

impl RunId {
    /// The run as a whole: on their hosts and in journals, the transactions of its later waves are called `RUN.2` and so on.
    #[must_use]
    pub fn whole(&self) -> Self {
        Self(self.whole_str().to_owned())
    }

    /// The name of the run as a whole.
    pub fn whole_str(&self) -> &str {
        self.0.split('.').next().unwrap_or_default()
    }

    /// The run's name in its wave, counted from 0: on a host each transaction has a run's name of its own, with its own
    /// record and its own way back.
    #[must_use]
    pub fn of_wave(&self, wave: usize) -> Self {
        let whole = self.whole_str();
        if wave == 0 { Self(whole.to_owned()) } else { Self(format!("{whole}.{}", wave + 1)) }
    }

    /// The wave of it that this names, counted from 0.
    pub fn wave(&self) -> usize {
        let number = self.0.split_once('.').and_then(|(_, number)| number.parse::<usize>().ok());
        number.map_or(0, |number| number.saturating_sub(1))
    }
}
