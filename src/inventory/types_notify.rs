//! `[notify]` as it stands in TOML.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::text::Located;
use super::types_forms::Webhook;

/// Who is told of what happens: a command or a webhook.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct NotifyTable {
    /// A program and its arguments; it gets what happened as JSON on its standard input.
    pub(super) command: Option<Located<Vec<String>>>,
    /// A URL that the message is sent to with POST, or the secret that holds it.
    pub(super) webhook: Option<Located<Webhook>>,
    /// What the webhook understands; "generic", what happened as JSON, by default.
    pub(super) form: Option<Located<WebhookForm>>,
    /// Of what it is told; by default of all but changes that went well: `incident`, `failure`, `break_glass` and `certificate`.
    pub(super) on: Option<Located<Vec<Located<Occasion>>>>,
}

/// What a webhook understands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum WebhookForm {
    /// Slack, and what imitates it.
    Slack,
    /// Discord.
    Discord,
    /// ntfy: plain text.
    Ntfy,
    /// What happened, as JSON.
    #[default]
    Generic,
}

/// What somebody may be told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Occasion {
    /// An incident was opened or closed.
    Incident,
    /// A run changed hosts, and all went well.
    Change,
    /// A run did not come to a good end on every host.
    Failure,
    /// A run went without the approval that it needed.
    BreakGlass,
    /// A certificate is not as it should be: what `cert check --notify` tells.
    Certificate,
}

impl Occasion {
    /// What everybody is told of who says nothing else: what cannot wait. Changes that went well are too many.
    pub const DEFAULT: [Self; 4] = [Self::Incident, Self::Failure, Self::BreakGlass, Self::Certificate];

    /// The word for it in the inventory.
    pub fn word(self) -> &'static str {
        match self {
            Self::Incident => "incident",
            Self::Change => "change",
            Self::Failure => "failure",
            Self::BreakGlass => "break_glass",
            Self::Certificate => "certificate",
        }
    }
}
