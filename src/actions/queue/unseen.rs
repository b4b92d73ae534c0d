//! What is not begun, because nobody could see whether it came to its end.

use std::collections::BTreeMap;

use super::transactions::Plan;
use crate::engine::status::Failure;
use crate::inventory::{WorkerDeclaration, WorkerProgram};
use crate::names::HostName;

impl Plan<'_, '_> {
    /// What a change could not be seen to have done: nobody waits minutes for that, to put everything back then.
    pub(super) fn unseen(&self, refused: &mut BTreeMap<(HostName, String), Failure>) {
        for (host, does) in self.steps.iter().flatten() {
            let starts = does.starts.iter().map(|start| (start.kind, true));
            let stops = does.stops.iter().filter(|stop| self.is_live(stop)).map(|stop| (stop.kind, false));
            for (kind, starts) in starts.chain(stops) {
                let worker = self.declared(kind);
                let failure = self.unseen_database(worker).or_else(|| self.unseen_redis(worker).filter(|_| starts));
                if let Some(failure) = failure {
                    refused.insert((self.name(*host).clone(), worker.name.clone()), failure);
                }
            }
        }
    }

    fn unseen_database(&self, worker: &WorkerDeclaration) -> Option<Failure> {
        let name = worker.database.as_ref()?;
        let Err(why) = self.seen.databases.get(name)? else { return None };
        let message = format!(
            "database {name} could not be asked ({why}): nobody would see that the connections of what ends are gone"
        );
        let hint = "see that its host answers, and that psql works there as the user of `run_as`; then plan again";
        Some(Failure::new("database-unknown", message, hint))
    }

    fn unseen_redis(&self, worker: &WorkerDeclaration) -> Option<Failure> {
        let WorkerProgram::Sidekiq { redis: Some(name) } = &worker.program else { return None };
        let Err(why) = self.seen.redis.get(name)? else { return None };
        let message = format!("Redis {name} could not be asked ({why}): nobody would see that what starts works");
        let hint = "see that its host answers, that redis-cli works there, and what `password` says; then plan again";
        Some(Failure::new("redis-unknown", message, hint))
    }
}
