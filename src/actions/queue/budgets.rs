//! The budgets of a database's connections: what its server takes, less what is not for workers.

use super::model;
use super::seen::{DatabaseSeen, Seen};
use super::what_if::{self, WhatIf};
use crate::inventory::{DatabaseDeclaration, Queues};

/// `superuser_reserved_connections` where the server was not asked: its default (PostgreSQL, "Connection Settings").
const SUPERUSER_RESERVED: u32 = 3;

/// A budget, and how it comes about.
#[derive(Clone, Debug)]
pub(super) struct BudgetOf<'a> {
    pub(super) model: model::Budget,
    pub(super) database: &'a DatabaseDeclaration,
    /// Of the connections to `PgBouncer`, not of those to the server.
    pub(super) pooled: bool,
    /// In words, term by term.
    pub(super) derivation: String,
    /// Why it is not known.
    pub(super) unknown: Option<String>,
}

/// All budgets, in the order of their databases; of one with `PgBouncer` the server's, then the pooler's.
///
/// `others`: connections that may be of any of them, as what has them is declared no more.
pub(super) fn derive<'a>(
    queues: &'a Queues,
    seen: &Seen,
    others: &[(String, u32)],
    assumed: &[WhatIf],
) -> Vec<BudgetOf<'a>> {
    let mut budgets = Vec::new();
    for database in queues.databases.values() {
        let answer = seen.databases.get(&database.name);
        budgets.push(direct(database, answer, others, assumed));
        budgets.extend(pooled(database, others));
    }
    budgets
}

fn direct<'a>(
    database: &'a DatabaseDeclaration,
    answer: Option<&Result<DatabaseSeen, String>>,
    others: &[(String, u32)],
    assumed: &[WhatIf],
) -> BudgetOf<'a> {
    let asked = answer.and_then(|answer| answer.as_ref().ok());
    let supposed = what_if::max_connections(assumed, &database.name);
    // What is declared does not make the server take more than it does.
    let known =
        supposed.or_else(|| database.max_connections.into_iter().chain(asked.map(|asked| asked.max_connections)).min());
    let mut sum = Sum::of("max_connections", known.unwrap_or(0));
    let superuser = asked.map_or(SUPERUSER_RESERVED, |asked| asked.superuser_reserved);
    sum.less("superuser_reserved_connections", superuser);
    sum.less("reserved_connections", asked.map_or(0, |asked| asked.reserved));
    sum.less("reserve", what_if::reserve(assumed, &database.name).unwrap_or(database.reserve));
    for (name, client) in database.clients.iter().filter(|(_, client)| !client.pooled) {
        sum.less(name, client.connections);
    }
    if let Some(pgbouncer) = &database.pgbouncer {
        sum.less("PgBouncer's own", pgbouncer.server_connections);
    }
    sum.less_all(others);
    let unknown = known.is_none().then(|| match answer {
        Some(Err(why)) => why.clone(),
        _ => "it was not asked".to_owned(),
    });
    BudgetOf {
        model: model::Budget { name: database.name.clone(), limit: sum.rest(), blind: unknown.is_some() },
        database,
        pooled: false,
        derivation: sum.words,
        unknown,
    }
}

fn pooled<'a>(database: &'a DatabaseDeclaration, others: &[(String, u32)]) -> Option<BudgetOf<'a>> {
    let pgbouncer = database.pgbouncer.as_ref()?;
    let mut sum = Sum::of("max_client_conn", pgbouncer.max_client_conn);
    sum.less("reserve", pgbouncer.reserve);
    for (name, client) in database.clients.iter().filter(|(_, client)| client.pooled) {
        sum.less(name, client.connections);
    }
    sum.less_all(others);
    Some(BudgetOf {
        model: model::Budget { name: format!("{} (PgBouncer)", database.name), limit: sum.rest(), blind: false },
        database,
        pooled: true,
        derivation: sum.words,
        unknown: None,
    })
}

/// A number less others, and the same in words.
struct Sum {
    rest: i64,
    words: String,
}

impl Sum {
    fn of(name: &str, number: u32) -> Self {
        Self { rest: i64::from(number), words: format!("{name} {number}") }
    }

    fn less(&mut self, name: &str, number: u32) {
        if number > 0 {
            self.rest -= i64::from(number);
            self.words.extend([" − ", name, " ", &number.to_string()]);
        }
    }

    fn less_all(&mut self, others: &[(String, u32)]) {
        for (name, number) in others {
            self.less(name, *number);
        }
    }

    /// What is left; nothing where there is less than nothing.
    fn rest(&self) -> u32 {
        u32::try_from(self.rest.max(0)).unwrap_or(u32::MAX)
    }
}
