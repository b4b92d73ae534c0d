//! Where certificates are kept on this side, and who is told of what happens.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use url::Url;

use super::context::Context;
use super::problem::Problem;
use super::source::Origin;
use super::suggest::shown;
use super::text::{GroupName, Located};
use super::types_cert::StoreTable;
use super::types_forms::Webhook;
use super::types_notify::{NotifyTable, Occasion, WebhookForm};
use crate::secrets::SecretRef;

/// Where certificates are kept on this side.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoreDeclaration {
    /// The directory; none: `certs` in the state directory.
    pub path: Option<PathBuf>,
    /// Public keys to which private keys are encrypted: age or ssh.
    pub recipients: Vec<String>,
    /// Files with the identities that decrypt them; empty: those that age secrets use.
    pub identities: Vec<PathBuf>,
}

/// Someone who is told of what happens.
#[derive(Clone, Debug)]
pub struct NotifyDeclaration {
    /// The name in the inventory.
    pub name: String,
    /// How.
    pub target: NotifyTarget,
    /// Of what; never empty.
    pub on: BTreeSet<Occasion>,
    /// Where it is declared.
    pub origin: Origin,
}

/// How someone is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotifyTarget {
    /// A program and its arguments; never empty.
    Command(Vec<String>),
    /// A URL.
    Webhook {
        /// Where it is.
        url: WebhookUrl,
        /// What it understands.
        form: WebhookForm,
    },
}

/// The URL of a webhook; whoever has it may post there, so that it often is a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WebhookUrl {
    /// As it stands in the inventory.
    Plain(String),
    /// From elsewhere.
    Secret(SecretRef),
}

/// Resolves `[store]`.
pub(super) fn store(table: StoreTable, context: &mut Context<'_>) -> StoreDeclaration {
    for recipient in &table.recipients {
        if !["age1", "ssh-ed25519 ", "ssh-rsa "].iter().any(|start| recipient.trim_start().starts_with(start)) {
            let private = recipient.to_ascii_uppercase().contains("SECRET") || recipient.contains("PRIVATE");
            let message = if private {
                "a recipient of `store` is a private key".to_owned()
            } else {
                format!("\"{}\" is no recipient of `store`", shown(recipient))
            };
            context.problems.push(
                Problem::new("bad-value", message)
                    .label(recipient.span.clone(), "not a public key")
                    .help("write a public key of age (age1…) or ssh (ssh-ed25519 …)"),
            );
        }
    }
    let path = |text: &Located<String>, context: &mut Context<'_>| {
        if text.trim().is_empty() {
            context
                .problems
                .push(Problem::new("bad-value", "a path of `store` is empty").label(text.span.clone(), "empty"));
        }
        context.dir.join(&text.value)
    };
    StoreDeclaration {
        path: table.path.as_ref().map(|text| path(text, context)),
        identities: table.identities.iter().map(|text| path(text, context)).collect(),
        recipients: table.recipients.into_iter().map(|recipient| recipient.value.trim().to_owned()).collect(),
    }
}

/// Resolves `[notify]`.
pub(super) fn build(
    table: BTreeMap<Located<GroupName>, NotifyTable>,
    context: &mut Context<'_>,
) -> BTreeMap<String, NotifyDeclaration> {
    let mut declarations = BTreeMap::new();
    for (name, notify) in table {
        let origin = context.origin(&name.span);
        let on = occasions(&name, &notify, context);
        if let Some(target) = target(&name, notify, context) {
            let name = name.value.to_string();
            declarations.insert(name.clone(), NotifyDeclaration { name, target, on, origin });
        }
    }
    declarations
}

fn occasions(name: &Located<GroupName>, notify: &NotifyTable, context: &mut Context<'_>) -> BTreeSet<Occasion> {
    let Some(on) = &notify.on else { return Occasion::DEFAULT.into() };
    if on.is_empty() {
        context.problems.push(
            Problem::new("bad-value", format!("notify.{} is told of nothing", name.value))
                .label(on.span.clone(), "empty")
                .help("name what it is told of, or leave `on` out"),
        );
    }
    on.iter().map(|occasion| occasion.value).collect()
}

fn target(name: &Located<GroupName>, notify: NotifyTable, context: &mut Context<'_>) -> Option<NotifyTarget> {
    let owner = format!("notify.{}", name.value);
    if let (Some(form), None) = (&notify.form, &notify.webhook) {
        context.problems.push(
            Problem::new("unknown-key", format!("`form` of {owner} means nothing without a webhook"))
                .label(form.span.clone(), "here"),
        );
    }
    match (notify.command, notify.webhook) {
        (Some(command), None) => {
            if command.first().is_none_or(String::is_empty) || command.iter().any(|word| word.contains('\0')) {
                context.problems.push(
                    Problem::new("bad-value", format!("`command` of {owner} names no program"))
                        .label(command.span, "no program"),
                );
                return None;
            }
            Some(NotifyTarget::Command(command.value))
        }
        (None, Some(webhook)) => {
            let url = match webhook.value {
                Webhook::Url(text) => match Url::parse(&text) {
                    Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => WebhookUrl::Plain(text),
                    // It is not shown: a mistyped one is a secret all the same.
                    _ => {
                        context.problems.push(
                            Problem::new("bad-value", format!("`webhook` of {owner} is no URL"))
                                .label(webhook.span, "here")
                                .help("write an https URL, or { secret = … }"),
                        );
                        return None;
                    }
                },
                Webhook::Secret(secret) => {
                    if let Err(reason) = secret.check() {
                        context.problems.push(
                            Problem::new("bad-secret", format!("the webhook of {owner} {reason}"))
                                .label(webhook.span, "this reference"),
                        );
                    }
                    WebhookUrl::Secret(secret)
                }
            };
            Some(NotifyTarget::Webhook { url, form: notify.form.map(|form| form.value).unwrap_or_default() })
        }
        (command, _) => {
            let label = if command.is_some() { "has both" } else { "has neither" };
            context.problems.push(
                Problem::new("one-of", format!("{owner} needs exactly one of command, webhook"))
                    .label(name.span.clone(), label),
            );
            None
        }
    }
}
