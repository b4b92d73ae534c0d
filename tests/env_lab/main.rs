//! The main job on real hosts: the example fleet, broken in the ways that the incident behind it was, found and repaired.
//! All hosts have `KillUserProcesses=yes`, so that whatever hangs on the log-in session would be seen to die with it.
#![allow(unreachable_pub, clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail")]
#![allow(clippy::print_stderr, reason = "where the time goes")]

mod cases;
#[path = "../common/mod.rs"]
mod common;
mod example;
mod secrets;
mod systemd;

use std::time::Instant;

use cases::*;
use example::boot;
use secrets::secrets_stay_secret;
use systemd::as_systemd_reads;

#[test]
fn the_main_job() {
    let fleet = boot();
    fleet.fleet(&["env", "check"]).expect_code(0);
    let mut clock = Clock(Instant::now());
    incident_is_found(&fleet);
    clock.lap("incident_is_found");
    saved_facts(&fleet);
    clock.lap("saved_facts");
    nothing_without_approval(&fleet);
    clock.lap("nothing_without_approval");
    a_plan_of_yesterday(&fleet);
    clock.lap("a_plan_of_yesterday");
    repaired_and_quiet(&fleet);
    clock.lap("repaired_and_quiet");
    consensus_alone(&fleet);
    clock.lap("consensus_alone");
    stale(&fleet);
    clock.lap("stale");
    a_unit_that_does_not_start(&fleet);
    clock.lap("a_unit_that_does_not_start");
    an_unreachable_host(&fleet);
    clock.lap("an_unreachable_host");
    interrupted(&fleet);
    clock.lap("interrupted");
    secrets_stay_secret(&fleet);
    clock.lap("secrets_stay_secret");
    as_systemd_reads(&fleet);
    clock.lap("as_systemd_reads");
    fleet.fleet(&["env", "check"]).expect_code(0);
}

/// Tells where the time goes.
struct Clock(Instant);

impl Clock {
    fn lap(&mut self, what: &str) {
        eprintln!("{what}: {:.1} s", self.0.elapsed().as_secs_f64());
        self.0 = Instant::now();
    }
}
