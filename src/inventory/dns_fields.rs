//! The keys of a declared DNS service: each is taken by the provider that knows it.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

use url::Url;

use super::acme::secret;
use super::context::Context;
use super::dns::{AcmeDnsAccounts, DnsProvider, PROPAGATION, Server, Tsig, provider_word};
use super::domain;
use super::problem::Problem;
use super::suggest::shown;
use super::text::{GroupName, Located};
use super::types_acme::{DnsProviderName, DnsTable, SecretValue, TsigTable};
use crate::secrets::SecretRef;

/// The keys of one table; each is taken by the provider that knows it, and what is left over was meant for another.
pub(super) struct Fields<'c, 'i> {
    context: &'c mut Context<'i>,
    owner: String,
    kind: Located<DnsProviderName>,
    pub(super) zone: Option<Located<String>>,
    pub(super) servers: Option<Vec<Located<String>>>,
    pub(super) resolvers: Option<Vec<Located<String>>>,
    pub(super) ttl: Option<u32>,
    pub(super) propagation: Duration,
    texts: BTreeMap<&'static str, Located<String>>,
    secrets: BTreeMap<&'static str, Located<SecretValue>>,
    tsig: Option<Located<TsigTable>>,
    command: Option<Located<Vec<String>>>,
    missing: Vec<&'static str>,
}

impl<'c, 'i> Fields<'c, 'i> {
    pub(super) fn new(name: &GroupName, dns: DnsTable, context: &'c mut Context<'i>) -> Self {
        let texts = [
            ("server", dns.server),
            ("url", dns.url),
            ("username", dns.username),
            ("subdomain", dns.subdomain),
            ("fulldomain", dns.fulldomain),
            ("accounts", dns.accounts),
            ("region", dns.region),
            ("endpoint", dns.endpoint),
            ("project", dns.project),
        ];
        let secrets = [
            ("password", dns.password),
            ("token", dns.token),
            ("access-key-id", dns.access_key_id),
            ("secret-access-key", dns.secret_access_key),
            ("session-token", dns.session_token),
            ("application-key", dns.application_key),
            ("application-secret", dns.application_secret),
            ("consumer-key", dns.consumer_key),
            ("service-account", dns.service_account),
        ];
        Self {
            context,
            owner: format!("dns.{name}"),
            kind: dns.provider,
            zone: dns.zone,
            servers: dns.servers,
            resolvers: dns.resolvers,
            ttl: dns.ttl,
            propagation: dns.propagation.map_or(PROPAGATION, |limit| limit.value.0),
            texts: texts.into_iter().filter_map(|(key, value)| Some((key, value?))).collect(),
            secrets: secrets.into_iter().filter_map(|(key, value)| Some((key, value?))).collect(),
            tsig: dns.tsig,
            command: dns.command,
            missing: Vec::new(),
        }
    }

    fn bad(&mut self, span: Range<usize>, message: String, label: &str, help: &str) {
        self.context.problems.push(Problem::new("bad-value", message).label(span, label).help(help));
    }

    pub(super) fn name(&mut self, text: &Located<String>) -> Option<String> {
        match domain::dns_name(text) {
            Ok(name) => Some(name),
            Err(why) => {
                let message = format!("\"{}\" of {} is no zone: {why}", shown(text), self.owner);
                self.bad(text.span.clone(), message, "this name", "write a name such as \"example.org\"");
                None
            }
        }
    }

    pub(super) fn addresses(&mut self, texts: &[Located<String>], key: &str, rehearsal: bool) -> Vec<Server> {
        let mut servers = Vec::new();
        for text in texts {
            match Server::parse(text) {
                Some(server) if rehearsal || server.address().is_some() => servers.push(server),
                _ => {
                    let message = format!("`{key}` of {}: \"{}\" is no address", self.owner, shown(text));
                    let help = "write an IP address, with its port if that is not 53: \"192.0.2.53:5353\"";
                    self.bad(text.span.clone(), message, "not an address", help);
                }
            }
        }
        servers
    }

    fn text(&mut self, key: &'static str) -> Option<Located<String>> {
        let text = self.texts.remove(key)?;
        if text.trim().is_empty() {
            let message = format!("`{key}` of {} is empty", self.owner);
            self.bad(text.span.clone(), message, "empty", "write its value, or leave the key out");
        }
        Some(text)
    }

    fn needed(&mut self, key: &'static str) -> Option<Located<String>> {
        let text = self.text(key);
        if text.is_none() {
            self.missing.push(key);
        }
        text
    }

    fn secret(&mut self, key: &'static str) -> Option<SecretRef> {
        let value = self.secrets.remove(key)?;
        Some(secret(&value, &self.owner, self.context))
    }

    fn needed_secret(&mut self, key: &'static str) -> Option<SecretRef> {
        let secret = self.secret(key);
        if secret.is_none() {
            self.missing.push(key);
        }
        secret
    }

    pub(super) fn provider(&mut self) -> Option<DnsProvider> {
        use DnsProviderName as Name;
        match self.kind.value {
            Name::Rfc2136 => self.rfc2136(),
            Name::Exec => self.exec(),
            Name::AcmeDns => self.acme_dns(),
            Name::Cloudflare | Name::Digitalocean | Name::Hetzner | Name::Gandi | Name::Desec => {
                Some(self.service(&["token"], &[], &[], &[]))
            }
            Name::Route53 => {
                Some(self.service(&["access-key-id", "secret-access-key"], &["session-token"], &[], &["region"]))
            }
            Name::Ovh => {
                Some(self.service(&["application-key", "application-secret", "consumer-key"], &[], &[], &["endpoint"]))
            }
            Name::Google => Some(self.service(&["service-account"], &[], &["project"], &[])),
        }
    }

    fn rfc2136(&mut self) -> Option<DnsProvider> {
        let server = self.needed("server");
        let server = server.and_then(|text| {
            let server = Server::parse(&text);
            if server.is_none() && !text.trim().is_empty() {
                let message = format!("`server` of {}: \"{}\" is no server", self.owner, shown(&text));
                self.bad(
                    text.span,
                    message,
                    "here",
                    "write an address or a name, such as \"192.0.2.53\" or \"ns1.example.org:5353\"",
                );
            }
            server
        });
        if self.tsig.is_none() {
            self.missing.push("tsig");
        }
        let tsig = self.tsig.take().and_then(|table| {
            let table = table.value;
            let name = match domain::dns_name(&table.name) {
                Ok(name) => name,
                Err(why) => {
                    let message = format!("\"{}\" names no TSIG key: {why}", shown(&table.name));
                    self.bad(table.name.span, message, "this name", "write it as the server's configuration does");
                    return None;
                }
            };
            Some(Tsig { name, algorithm: table.algorithm, key: secret(&table.key, &self.owner, self.context) })
        });
        Some(DnsProvider::Rfc2136 { server: server?, tsig: tsig? })
    }

    fn exec(&mut self) -> Option<DnsProvider> {
        let Some(command) = self.command.take() else {
            self.missing.push("command");
            return None;
        };
        if command.first().is_none_or(String::is_empty) || command.iter().any(|word| word.contains('\0')) {
            let message = format!("`command` of {} names no program", self.owner);
            self.bad(command.span, message, "no program", "write [\"PROGRAM\", \"ARGUMENT\", …]");
            return None;
        }
        Some(DnsProvider::Exec { command: command.value })
    }

    fn acme_dns(&mut self) -> Option<DnsProvider> {
        let url = self.needed("url").and_then(|text| match Url::parse(&text) {
            Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Some(text.value),
            _ => {
                let message = format!("`url` of {}: \"{}\" is no URL", self.owner, shown(&text));
                self.bad(text.span, message, "here", "write such as \"https://auth.example.org\"");
                None
            }
        });
        let accounts = if let Some(file) = self.text("accounts") {
            Some(AcmeDnsAccounts::File(self.context.dir.join(&file.value)))
        } else {
            let fulldomain = self.text("fulldomain").and_then(|text| self.name(&text));
            let username = self.needed("username");
            let password = self.needed_secret("password");
            let subdomain = self.needed("subdomain");
            match (username, password, subdomain) {
                (Some(username), Some(password), Some(subdomain)) => Some(AcmeDnsAccounts::One {
                    username: username.value,
                    password,
                    subdomain: subdomain.value,
                    fulldomain,
                }),
                _ => None,
            }
        };
        Some(DnsProvider::AcmeDns { url: url?, accounts: accounts? })
    }

    fn service(
        &mut self,
        needed_secrets: &[&'static str],
        secrets: &[&'static str],
        needed: &[&'static str],
        optional: &[&'static str],
    ) -> DnsProvider {
        let mut all = BTreeMap::new();
        for key in needed_secrets {
            all.extend(self.needed_secret(key).map(|secret| (*key, secret)));
        }
        for key in secrets {
            all.extend(self.secret(key).map(|secret| (*key, secret)));
        }
        let mut settings = BTreeMap::new();
        for key in needed {
            settings.extend(self.needed(key).map(|text| (*key, text.value)));
        }
        for key in optional {
            settings.extend(self.text(key).map(|text| (*key, text.value)));
        }
        DnsProvider::Service { name: self.kind.value, secrets: all, settings }
    }

    /// Says what is missing, and what means nothing for this provider.
    pub(super) fn unused(self) {
        let kind = provider_word(self.kind.value);
        for key in &self.missing {
            self.context.problems.push(
                Problem::new("missing-key", format!("{} lacks the key `{key}`", self.owner))
                    .label(self.kind.span.clone(), format!("{kind} needs `{key}`")),
            );
        }
        let texts = self.texts.into_iter().map(|(key, value)| (key, value.span));
        let secrets = self.secrets.into_iter().map(|(key, value)| (key, value.span));
        let others = [("tsig", self.tsig.map(|tsig| tsig.span)), ("command", self.command.map(|command| command.span))];
        let others = others.into_iter().filter_map(|(key, span)| Some((key, span?)));
        for (key, span) in texts.chain(secrets).chain(others) {
            self.context.problems.push(
                Problem::new("unknown-key", format!("`{key}` of {} means nothing to {kind}", self.owner))
                    .label(span, "of another provider")
                    .label(self.kind.span.clone(), "the provider"),
            );
        }
    }
}
