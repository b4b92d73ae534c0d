//! Near misses: a name one slip of the finger from a known one, `FALSE` where `false` is meant, stray spaces or quotes, two
//! values that changed places. Found by [`super::near_name`] and [`super::near_value`].

/// A difference that is probably a slip. It holds no value but words for true and false.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NearMiss {
    /// An unknown name that is one edit from a known one.
    Name {
        /// The name in the file.
        observed: String,
        /// The known name.
        meant: String,
        /// The edit.
        slip: Slip,
    },
    /// Another word for true or false than the one in use.
    Boolean {
        /// The name.
        key: String,
        /// The word in the file.
        observed: String,
        /// The word that is meant.
        meant: String,
    },
    /// White space or quotes at an end of the value.
    Stray {
        /// The name.
        key: String,
        /// What stands there.
        what: Stray,
    },
    /// Each has the value that is declared for the other.
    Swapped {
        /// A name.
        first: String,
        /// The other one.
        second: String,
    },
}

/// How a name differs from the known one; the best explanation comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Slip {
    /// Upper and lower case.
    Case,
    /// Two neighbours changed places.
    Transposed,
    /// A character is missing.
    Missing,
    /// A character is too many.
    Extra,
    /// One character is another.
    Replaced,
}

/// What stands at an end of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stray {
    /// White space.
    Space,
    /// Quotes.
    Quote,
}

impl NearMiss {
    /// A sentence for people, without any value of the file but words for true and false.
    pub fn describe(&self) -> String {
        match self {
            Self::Name { observed, meant, slip } => {
                let slip = match slip {
                    Slip::Case => "upper and lower case differ",
                    Slip::Transposed => "two characters changed places",
                    Slip::Missing => "a character is missing",
                    Slip::Extra => "a character is too many",
                    Slip::Replaced => "a character differs",
                };
                format!("{} is unknown; is {} meant? ({slip})", observed.escape_debug(), meant.escape_debug())
            }
            Self::Boolean { key, observed, meant } => {
                format!("{} is spelled `{observed}`, not `{meant}`", key.escape_debug())
            }
            Self::Stray { key, what } => {
                let what = match what {
                    Stray::Space => "white space",
                    Stray::Quote => "a quote",
                };
                format!("{} has {what} at an end of its value", key.escape_debug())
            }
            Self::Swapped { first, second } => {
                format!("{} and {} have each other's value", first.escape_debug(), second.escape_debug())
            }
        }
    }
}
