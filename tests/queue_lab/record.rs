//! What happens while something is changed: jobs come in, and are to be done; connections are counted.

use std::collections::BTreeMap;

use crate::rig::{Rig, until};

const ENQUEUED: &str = "/var/tmp/enqueued";
const SAMPLES: &str = "/var/tmp/samples";

/// Jobs that come in, and the eye on the database.
pub(crate) struct Load<'a> {
    rig: &'a Rig,
}

/// A look at the database and at Redis.
#[derive(Clone, Debug)]
pub(crate) struct Sample {
    /// Connections that workers have open.
    pub(crate) open: u32,
    /// Connections of all clients, fleet and this eye included.
    pub(crate) clients: u32,
    /// Units of schedulers that have connections.
    pub(crate) connected_schedulers: u32,
    /// Connections that the processes in Redis may take.
    pub(crate) configured: u32,
    /// Processes in Redis that serve the scheduler's queue.
    pub(crate) schedulers: u32,
    /// By queue: threads of processes that take work.
    pub(crate) threads: BTreeMap<String, u32>,
}

/// What was seen from the start to the end.
pub(crate) struct Record {
    pub(crate) samples: Vec<Sample>,
    /// Jobs that came in.
    pub(crate) enqueued: u64,
}

impl<'a> Load<'a> {
    pub(crate) fn start(rig: &'a Rig) -> Self {
        let queues = rig.queues().join(" ");
        rig.fleet.inside(
            "nietzsche",
            &format!(
                "rm -f {ENQUEUED} {SAMPLES}
                 systemd-run --quiet --unit=sample ruby /usr/local/sbin/sample {SAMPLES}
                 systemd-run --quiet --unit=enqueue ruby /usr/local/sbin/enqueue {ENQUEUED} {queues}"
            ),
        );
        let load = Self { rig };
        // Pools are full when the change begins.
        until(
            "jobs that are done",
            || rig.sql("SELECT count(*) FROM done"),
            || (rig.sql("SELECT count(*) FROM done").parse::<u64>().unwrap() > 200).then_some(()),
        );
        load
    }

    /// Enough jobs: when all that came in have been taken, it is counted which were done.
    #[track_caller]
    pub(crate) fn finish(self) -> Record {
        let rig = self.rig;
        rig.fleet.inside("nietzsche", "systemctl stop enqueue.service");
        let text = std::fs::read_to_string(rig.outside("nietzsche", ENQUEUED)).unwrap();
        let enqueued: u64 = text.trim().parse().unwrap();
        let done = || rig.sql("SELECT count(DISTINCT number) FROM done").parse::<u64>().unwrap();
        let explain = || {
            let missing = rig.sql(&format!(
                "SELECT string_agg(n::text, ' ') FROM (SELECT n FROM generate_series(1, {enqueued}) n EXCEPT SELECT number FROM done \
                 ORDER BY n LIMIT 20) missing"
            ));
            format!("{} of {enqueued} done; not done, among others: {missing}", done())
        };
        until("every job to be done", explain, || (done() == enqueued).then_some(()));
        rig.fleet.inside("nietzsche", "systemctl stop sample.service");
        let text = std::fs::read_to_string(rig.outside("nietzsche", SAMPLES)).unwrap();
        let samples: Vec<Sample> = text.lines().map(sample).collect();
        let seconds = rig.sql("SELECT extract(epoch FROM max(at) - min(at))::int FROM done").parse::<usize>().unwrap();
        assert!(samples.len() > seconds, "{} samples in {seconds} s", samples.len());
        Record { samples, enqueued }
    }
}

impl Record {
    /// No instant passed the budget, nobody was turned away, and no job failed.
    #[track_caller]
    pub(crate) fn keeps_within(&self, rig: &Rig, budget: u32) {
        let over = |one: &&Sample| one.open > budget || one.configured > budget;
        let over: Vec<&Sample> = self.samples.iter().filter(over).collect();
        assert!(over.is_empty(), "{} of {} samples pass {budget}: {:?}", over.len(), self.samples.len(), over[0]);
        self.nobody_is_refused(rig);
        assert_eq!(rig.redis("GET stat:failed").trim_matches('"').parse().unwrap_or(0), 0, "jobs failed");
    }

    /// The database had room for everyone.
    #[track_caller]
    pub(crate) fn nobody_is_refused(&self, rig: &Rig) {
        let log =
            std::fs::read_to_string(rig.outside("nietzsche", "/var/log/postgresql/postgresql-15-main.log")).unwrap();
        let refused: Vec<&str> = log
            .lines()
            .filter(|line| line.contains("remaining connection slots") || line.contains("too many clients"))
            .collect();
        assert!(refused.is_empty(), "{} were refused: {:?}", refused.len(), refused[0]);
        let most = self.samples.iter().map(|sample| sample.clients).max().unwrap();
        assert!(most < 447, "{most} clients");
    }

    /// At no instant two of them, and one in the end.
    #[track_caller]
    pub(crate) fn has_one_scheduler(&self, rig: &Rig) {
        self.has_one_at_most(rig);
        assert_eq!(self.samples.last().unwrap().schedulers, 1);
    }

    /// At no instant two of them, while the one moves.
    #[track_caller]
    pub(crate) fn has_one_at_most(&self, rig: &Rig) {
        let two = self.samples.iter().find(|sample| sample.schedulers > 1 || sample.connected_schedulers > 1);
        assert!(two.is_none(), "two schedulers: {two:?}");
        assert_eq!(rig.sql("SELECT count(*) FROM two_schedulers"), "0");
    }

    /// At every instant a queue has so many threads at least.
    #[track_caller]
    pub(crate) fn serves(&self, queue: &str, threads: u32) {
        let of = |sample: &Sample| sample.threads.get(queue).copied().unwrap_or(0);
        let least = self.samples.iter().min_by_key(|sample| of(sample)).unwrap();
        assert!(of(least) >= threads, "{} threads for {queue}: {least:?}", of(least));
    }

    /// The most connections that were open.
    pub(crate) fn most_open(&self) -> u32 {
        self.samples.iter().map(|sample| sample.open).max().unwrap()
    }
}

fn sample(line: &str) -> Sample {
    let words: Vec<&str> = line.split(' ').collect();
    let number = |index: usize| words[index].parse::<u32>().unwrap_or_else(|error| panic!("{line}: {error}"));
    let threads = words[5..].iter().map(|word| {
        let (queue, count) = word.split_once('=').unwrap();
        (queue.to_owned(), count.parse().unwrap())
    });
    Sample {
        open: number(0),
        clients: number(1),
        connected_schedulers: number(2),
        configured: number(3),
        schedulers: number(4),
        threads: threads.collect(),
    }
}
