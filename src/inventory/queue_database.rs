//! Databases and Redis servers: where they are asked, and what of them is spoken for.

use std::collections::{BTreeMap, BTreeSet};

use globset::Glob;

use super::context::Context;
use super::problem::Problem;
use super::queue::{ClientDeclaration, DatabaseDeclaration, HostSecret, PgBouncerDeclaration, RedisDeclaration};
use super::queue_build::host;
use super::suggest::shown;
use super::text::{GroupName, Located};
use super::types_queue::{ClientTable, DatabaseTable, RedisTable};
use crate::names::RemotePath;

/// As whom `psql` runs.
const RUN_AS: &str = "postgres";
/// The port of Redis.
const PORT: u16 = 6379;

/// Resolves `[database]`.
pub(super) fn databases(
    tables: &BTreeMap<Located<GroupName>, DatabaseTable>,
    context: &mut Context<'_>,
) -> BTreeMap<String, DatabaseDeclaration> {
    let build = |(name, table): (&Located<GroupName>, &DatabaseTable)| {
        let database = database(name, table, context);
        (database.name.clone(), database)
    };
    tables.iter().map(build).collect()
}

fn database(name: &Located<GroupName>, table: &DatabaseTable, context: &mut Context<'_>) -> DatabaseDeclaration {
    let owner = format!("database.{}", name.value);
    if table.host.is_none() {
        if table.max_connections.is_none() {
            context.problems.push(
                Problem::new("missing-key", format!("nobody says how many connections {owner} takes"))
                    .label(name.span.clone(), "has neither `host` nor `max_connections`")
                    .help("name the `host` that it runs on, which is then asked; or declare `max_connections`"),
            );
        }
        let spans =
            [("run_as", table.run_as.as_ref().map(|it| &it.span)), ("port", table.port.as_ref().map(|it| &it.span))];
        for (key, span) in spans.into_iter().filter_map(|(key, span)| Some((key, span?))) {
            context.problems.push(
                Problem::new("unknown-key", format!("`{key}` of {owner} means nothing without a host"))
                    .label(span.clone(), "here"),
            );
        }
    }
    let pgbouncer = table.pgbouncer.as_ref().map(|table| {
        if table.reserve >= table.max_client_conn {
            context.problems.push(
                Problem::new("bad-value", format!("the PgBouncer of {owner} leaves no connection to anybody")).label(
                    table.span.clone(),
                    format!("{} of {} are in reserve", table.reserve, table.max_client_conn),
                ),
            );
        }
        PgBouncerDeclaration {
            max_client_conn: table.max_client_conn,
            server_connections: table.server_connections,
            reserve: table.reserve,
        }
    });
    let clients = table
        .clients
        .iter()
        .map(|(client, table)| {
            let owner = format!("{owner}.clients.{}", client.value);
            (client.value.to_string(), self::client(&owner, table, pgbouncer.is_some(), context))
        })
        .collect();
    DatabaseDeclaration {
        name: name.value.to_string(),
        host: table.host.as_ref().and_then(|name| host(name, context)),
        run_as: table.run_as.as_ref().map_or_else(|| RUN_AS.to_owned(), |user| user.value.to_string()),
        port: table.port.as_ref().map(|port| port.value),
        max_connections: table.max_connections.as_ref().map(|most| most.value),
        reserve: table.reserve,
        clients,
        pgbouncer,
        origin: context.origin(&name.span),
    }
}

fn client(owner: &str, table: &ClientTable, bouncer: bool, context: &mut Context<'_>) -> ClientDeclaration {
    if let Some(application) = &table.application
        && (application.trim().is_empty()
            || application.chars().any(char::is_control)
            || Glob::new(&application.value).is_err())
    {
        let message = format!("`application` of {owner} is no name and no glob: \"{}\"", shown(&application.value));
        context.problems.push(
            Problem::new("bad-value", message)
                .label(application.span.clone(), "this value")
                .help("write what `pg_stat_activity.application_name` shows, such as \"puma*\""),
        );
    }
    let pooled = table.pooled.as_ref().is_some_and(|flag| flag.value);
    if let (true, false, Some(flag)) = (pooled, bouncer, &table.pooled) {
        context.problems.push(not_pooled(owner, flag));
    }
    ClientDeclaration {
        hosts: table.hosts.as_ref().map_or_else(BTreeSet::new, |hosts| context.select(hosts).unwrap_or_default()),
        connections: table.connections.value,
        application: table.application.as_ref().map(|name| name.value.clone()),
        pooled,
    }
}

/// Whoever is pooled needs a pool.
pub(super) fn not_pooled(owner: &str, flag: &Located<bool>) -> Problem {
    Problem::new("bad-value", format!("{owner} is pooled, and its database has no PgBouncer"))
        .label(flag.span.clone(), "here")
        .help("declare it: [database.NAME.pgbouncer] with `max_client_conn` and `server_connections`")
}

/// Resolves `[redis]`.
pub(super) fn redis(
    tables: &BTreeMap<Located<GroupName>, RedisTable>,
    context: &mut Context<'_>,
) -> BTreeMap<String, RedisDeclaration> {
    let mut declarations = BTreeMap::new();
    for (name, table) in tables {
        if let Some(namespace) = &table.namespace
            && (namespace.is_empty()
                || namespace.ends_with(':')
                || namespace.chars().any(|c| c.is_control() || c.is_whitespace()))
        {
            let message = format!("`namespace` of redis.{} can't be \"{}\"", name.value, shown(namespace));
            context.problems.push(
                Problem::new("bad-value", message)
                    .label(namespace.span.clone(), "this value")
                    .help("write what stands before the colon of every key, without the colon"),
            );
        }
        let Some(host) = host(&table.host, context) else { continue };
        let password = table.password.as_ref().map(|secret| HostSecret {
            path: RemotePath::new(secret.file.as_str()),
            key: secret.key.as_ref().map(ToString::to_string),
        });
        let declaration = RedisDeclaration {
            name: name.value.to_string(),
            host,
            port: table.port.unwrap_or(PORT),
            database: table.database,
            namespace: table.namespace.as_ref().map(|namespace| namespace.value.clone()),
            password,
            origin: context.origin(&name.span),
        };
        declarations.insert(declaration.name.clone(), declaration);
    }
    declarations
}
