//! `[file]` as it stands in TOML.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::text::{AbsolutePath, GroupName, Located, ModeText, Owner, RelativePath, TemplateName, UnitPattern};
use super::types::VarValue;
use super::types_acme::SecretValue;
use super::types_forms::Commands;

/// A file, link or directory on some hosts, or that nothing is there. What it is, one of these keys says: `content`,
/// `source`, `template`, `template_text`, `link`, `directory` or `absent`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FileTable {
    /// The absolute path on each host.
    pub(super) path: Located<AbsolutePath>,
    /// The hosts that have it: a selector.
    pub(super) hosts: Located<String>,
    /// A file with this text.
    #[serde(default)]
    pub(super) content: Option<Located<String>>,
    /// A file with the text of this one, relative to the inventory directory.
    #[serde(default)]
    pub(super) source: Option<Located<RelativePath>>,
    /// A file with what this template (Jinja, as minijinja reads it) makes for each host, relative to the inventory
    /// directory. It knows `host`, `address`, `groups`, `vars`, `cpus` and `memory` of the host, `hosts` (all of them),
    /// `group("cdn")` and `select("cdn, !sally")` (lists of hosts with the same names in them), and its own `vars` and
    /// `secrets`. What is undefined is an error.
    #[serde(default)]
    pub(super) template: Option<Located<RelativePath>>,
    /// As `template`, with the template itself.
    #[serde(default)]
    pub(super) template_text: Option<Located<String>>,
    /// A symbolic link that leads there.
    #[serde(default)]
    pub(super) link: Option<Located<String>>,
    /// A directory, whatever is in it.
    #[serde(default)]
    pub(super) directory: Option<Located<bool>>,
    /// Nothing.
    #[serde(default)]
    pub(super) absent: Option<Located<bool>>,
    /// Of what is to be absent: a directory goes as well, with all that is in it.
    #[serde(default)]
    pub(super) recursive: Option<Located<bool>>,
    /// Owner and group, such as "root:root"; else left as they are, and root's for what is new.
    #[serde(default)]
    pub(super) owner: Option<Located<Owner>>,
    /// Permission bits in octal, such as "0644"; else left as they are, and for what is new "0644", "0755" for a directory
    /// and "0600" for a file with secrets.
    #[serde(default)]
    pub(super) mode: Option<Located<ModeText>>,
    /// A command, or several, that must succeed once the files are in place and before any unit takes them up, such as
    /// `["nginx", "-t"]`.
    #[serde(default)]
    pub(super) validate: Option<Located<Commands>>,
    /// The units that take a change up by a reload, if they run: names or globs.
    #[serde(default)]
    pub(super) reload: Option<Located<Vec<UnitPattern>>>,
    /// The units that take a change up by a restart, if they run: names or globs.
    #[serde(default)]
    pub(super) restart: Option<Located<Vec<UnitPattern>>>,
    /// Values for the template, by their names there.
    #[serde(default)]
    pub(super) vars: BTreeMap<Located<TemplateName>, Located<VarValue>>,
    /// Secrets for the template, by their names there: they go into the file as they are, and are never shown.
    #[serde(default)]
    pub(super) secrets: BTreeMap<Located<TemplateName>, Located<SecretValue>>,
    /// What differs for a group or a host.
    #[serde(default)]
    pub(super) on: BTreeMap<Located<GroupName>, FileOn>,
}

/// What differs in a file for one group or host.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct FileOn {
    /// Instead of the file's.
    pub(super) owner: Option<Located<Owner>>,
    /// Instead of the file's.
    pub(super) mode: Option<Located<ModeText>>,
    /// Instead of the file's.
    pub(super) validate: Option<Located<Commands>>,
    /// Instead of the file's.
    pub(super) reload: Option<Located<Vec<UnitPattern>>>,
    /// Instead of the file's.
    pub(super) restart: Option<Located<Vec<UnitPattern>>>,
    /// Values that differ, each by itself.
    pub(super) vars: BTreeMap<Located<TemplateName>, Located<VarValue>>,
    /// Secrets that differ, each by itself.
    pub(super) secrets: BTreeMap<Located<TemplateName>, Located<SecretValue>>,
}
