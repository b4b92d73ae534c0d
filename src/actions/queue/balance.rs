//! A plan for workers, explained: what reports and scripts get. Pure data.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A number before, during and after the change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Course {
    /// Now.
    pub before: u32,
    /// The worst of it while the change goes on: the most, and of capacity the least.
    pub during: u32,
    /// In the end.
    pub after: u32,
}

/// Workers, before and after.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Balance {
    /// Budgets of connections.
    pub budgets: Vec<BudgetUse>,
    /// Queues.
    pub queues: Vec<QueueUse>,
    /// Hosts that workers are or may be on.
    pub hosts: Vec<HostUse>,
    /// What happens, in order.
    pub steps: Vec<StepUse>,
    /// Why each move is made.
    pub reasons: Vec<Reason>,
    /// The limits that keep the plan from being better, in words.
    pub binding: Vec<String>,
    /// What a little more of something would give, in words.
    pub margins: Vec<String>,
    /// Why nothing is planned though something is wanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blocked: Option<Blocked>,
    /// Whether it is proven that no other placement is better.
    pub proven: bool,
    /// How far the plan may be from the best, in words; none where it is proven.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gap: Option<String>,
}

/// A budget of connections.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BudgetUse {
    /// The database, or its `PgBouncer`.
    pub name: String,
    /// What workers may take together.
    pub limit: u32,
    /// How that comes about, such as `max_connections 200 − superuser_reserved_connections 3 − reserve 20`.
    pub derivation: String,
    /// What workers are configured to take.
    pub workers: Course,
    /// What all clients have open now; none where the server was not asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open: Option<u32>,
    /// Who is connected now, beside who may be; none where the server was not asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clients: Vec<ClientUse>,
}

/// Client connections of a database.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClientUse {
    /// The kind of workers, the declared client, or what it calls itself (`application_name`, else its user).
    pub client: String,
    /// The host that it connects from, or its address; none for a declared client, which may have several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// Connections that are open.
    pub open: u32,
    /// Of these, how many work just now.
    pub active: u32,
    /// Connections that it may open; none where nothing says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub configured: Option<u32>,
}

/// A queue.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct QueueUse {
    /// Its name.
    pub name: String,
    /// Capacity wanted.
    pub demand: u32,
    /// Capacity that stays up.
    pub floor: u32,
    /// Capacity.
    pub capacity: Course,
    /// Processes.
    pub processes: Course,
    /// Connections of those.
    pub connections: Course,
    /// Jobs that wait.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub depth: Option<u64>,
    /// Milliseconds that the oldest of them has waited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency: Option<u64>,
    /// Jobs that are worked on; none where Redis was not asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub busy: Option<u32>,
}

/// A host.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HostUse {
    /// Its name.
    pub host: String,
    /// Connections of its workers.
    pub connections: Course,
    /// Per cent of its CPUs when all its workers are busy; more than 100 is possible.
    pub load: Course,
    /// MiB of its workers.
    pub memory: Course,
    /// MiB that its workers may take; none: not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_limit: Option<u32>,
    /// Its workers by kind.
    pub workers: Vec<KindUse>,
    /// Why nothing changes there, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frozen: Option<String>,
}

/// Workers of one kind on one host.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct KindUse {
    /// The kind.
    pub kind: String,
    /// Processes.
    pub processes: Course,
    /// Connections a process.
    pub connections: u32,
}

/// One step: its starts and stops happen side by side, and the next begins when all of them have ended well.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StepUse {
    /// In words, such as `start 4 ingress on franz; stop 1 ingress-20 on freud`.
    pub what: String,
    /// By budget, in their order: the most that workers may take meanwhile.
    pub peak: Vec<u32>,
}

/// Why workers of one kind on one host start or stop.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Reason {
    /// The host.
    pub host: String,
    /// The kind.
    pub kind: String,
    /// How many more; less than 0: fewer.
    pub change: i32,
    /// Why, in words.
    pub why: String,
}

/// Why nothing can be done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Blocked {
    /// The limits that stand in the way, in words.
    pub limits: Vec<String>,
    /// The smallest changes of the inventory each of which would clear it, in words.
    pub relaxations: Vec<String>,
}
