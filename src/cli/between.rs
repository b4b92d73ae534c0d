//! What happens between two waves of a run: a person is asked, and hosts are looked at again.

use std::collections::BTreeMap;

use crate::engine::narrow::narrow;
use crate::engine::plan::Wave;
use crate::engine::run::Between;
use crate::engine::status::Failure;
use crate::engine::transaction::Transaction;
use crate::engine::transport::Boxed;
use crate::names::HostName;
use crate::report::Ui;

/// Plans a step again, now that earlier steps of the run have run commands.
pub(super) trait LookAgain {
    /// What the step would do now, on each of these hosts that is to be changed.
    fn look<'a>(
        &'a self,
        step: &'a str,
        hosts: Vec<HostName>,
    ) -> Boxed<'a, Result<BTreeMap<HostName, Transaction>, Failure>>;
}

/// Asks and looks between waves.
pub(super) struct Pauses<'a> {
    pub(super) ui: &'a Ui,
    /// Whether a person is asked.
    pub(super) step: bool,
    /// How many waves there are.
    pub(super) waves: usize,
    /// Who looks again, where a wave wants it.
    pub(super) again: Option<&'a dyn LookAgain>,
}

impl Between for Pauses<'_> {
    fn next<'a>(&'a self, number: usize, wave: &'a Wave) -> Boxed<'a, Result<Wave, Failure>> {
        Box::pin(async move {
            // The first wave was approved with the plan.
            if self.step && number > 0 && !wave.transactions.is_empty() {
                self.ask(number, wave).await?;
            }
            if wave.look_again { self.look_again(wave).await } else { Ok(wave.clone()) }
        })
    }
}

impl Pauses<'_> {
    async fn ask(&self, number: usize, wave: &Wave) -> Result<(), Failure> {
        let hosts: Vec<&str> = wave.transactions.keys().map(HostName::as_str).collect();
        let question =
            format!("Go on with wave {} of {}: {} ({})?", number + 1, self.waves, wave.name, hosts.join(", "));
        match self.ui.ask(&question).await {
            Some(true) => Ok(()),
            Some(false) => Err(Failure::new("declined", "declined before this host's turn", RESUME)),
            None => Err(Failure::new("not-approved", "there is no terminal to ask on between waves", RESUME)),
        }
    }

    async fn look_again(&self, wave: &Wave) -> Result<Wave, Failure> {
        let (Some(again), Some(step)) = (self.again, &wave.step) else {
            let message = "an earlier step ran commands, and nothing here can plan the rest again";
            return Err(Failure::new("not-looked-again", message, "make a new plan for the rest"));
        };
        let now = again.look(step, wave.transactions.keys().cloned().collect()).await?;
        let mut transactions = BTreeMap::new();
        for (host, approved) in &wave.transactions {
            // What is as declared by now needs nothing.
            let Some(now) = now.get(host) else { continue };
            let less = narrow(approved, now).map_err(|why| {
                let message = format!("{host}: more is to be done by now than was approved: {why}");
                Failure::new("more-than-approved", message, "make a new plan for the rest")
            })?;
            if !less.is_empty() {
                transactions.insert(host.clone(), less);
            }
        }
        Ok(Wave { transactions, ..wave.clone() })
    }
}

const RESUME: &str = "`fleet resume` carries on from there";
