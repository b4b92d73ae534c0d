//! Documents as real runs give them, for the tests of this room: the incident of `S3_ENABLED=FALSE` and `3_BUCKET`.

use std::collections::BTreeMap;

use jiff::Timestamp;

pub(super) use super::samples_hosts::*;
use super::*;
use crate::engine::plan::{Author, InventoryStamp, Plan, Wave};
use crate::engine::status::{Difference, Failure, HostResult, Item, Status, Warning};
use crate::engine::transaction::{DiffLine, ItemSummary, Transaction};
use crate::names::{HostName, RunId};

pub(super) const HOSTS: [&str; 8] =
    ["fritz", "franz", "freud", "nietzsche", "cdn-frankfurt-1", "cdn-fremont-1", "sally", "esme"];

pub(super) fn host(name: &str) -> HostName {
    HostName::new(name)
}

fn difference(status: Status, subject: &str, truths: [Option<&str>; 3], message: &str) -> Difference {
    let [declared, on_disk, live] = truths.map(|truth| truth.map(str::to_owned));
    Difference {
        subject: subject.to_owned(),
        status,
        declared,
        on_disk,
        live,
        message: message.to_owned(),
        repairable: status != Status::Unknown,
    }
}

fn item(differences: Vec<Difference>, warnings: Vec<Warning>) -> Item {
    Item {
        kind: "env".to_owned(),
        id: "mastodon".to_owned(),
        status: differences.iter().map(|difference| difference.status).max().unwrap_or(Status::Ok),
        differences,
        warnings,
        error: None,
    }
}

pub(super) fn unreachable(name: &str) -> HostResult {
    let failure = Failure::new(
        "timed-out",
        "no answer from 203.0.113.17, port 22, within 10 s",
        "see whether it is up, and whether a firewall is between: `ssh -v sally`",
    );
    HostResult::ended(host(name), Status::Unreachable, failure)
}

fn incident() -> Item {
    item(
        vec![
            difference(
                Status::Drift,
                "S3_ENABLED",
                [Some("true"), Some("FALSE"), None],
                "declared true, on disk FALSE; 6 of 8 hosts have true",
            ),
            difference(
                Status::Drift,
                "S3_BUCKET",
                [Some("mastodon-media-production"), None, None],
                "declared, but missing on disk",
            ),
            difference(
                Status::Drift,
                "AWS_SECRET_ACCESS_KEY",
                [Some("k3f9a:9f3a1c27d0e4"), Some("k3f9a:07be55a91f2d"), None],
                "the secret on disk is another than the declared one",
            ),
        ],
        vec![Warning {
            code: "near-miss".to_owned(),
            subject: "3_BUCKET".to_owned(),
            message: "unknown key, one edit from S3_BUCKET, which is declared and missing here".to_owned(),
        }],
    )
}

fn stale() -> Item {
    item(
        vec![difference(
            Status::Stale,
            "DB_POOL",
            [Some("5"), Some("5"), Some("25")],
            "changed on disk at 2026-11-21 19:02:11 UTC; mastodon-sidekiq-push@1.service runs since 2026-11-03 and has not taken it up",
        )],
        Vec::new(),
    )
}

pub(super) fn check() -> CheckReport {
    let hosts = HOSTS.map(|name| match name {
        "cdn-fremont-1" | "franz" => HostResult::of_items(host(name), vec![incident()]),
        "freud" => HostResult::of_items(host(name), vec![stale()]),
        "sally" => unreachable(name),
        _ => HostResult::of_items(host(name), vec![item(Vec::new(), Vec::new())]),
    });
    CheckReport::new(vec!["env".to_owned()], hosts.to_vec(), Some("fleet env plan".to_owned()))
}

pub(super) fn check_fine() -> CheckReport {
    let hosts = HOSTS.map(|name| HostResult::of_items(host(name), vec![item(Vec::new(), Vec::new())]));
    CheckReport::new(vec!["env".to_owned()], hosts.to_vec(), Some("fleet env plan".to_owned()))
}

/// What is hard to show: hostile text, a very long value, a message with a host's output, items of other kinds.
pub(super) fn check_hard() -> CheckReport {
    let unreadable = Item {
        kind: "env".to_owned(),
        id: "streaming".to_owned(),
        status: Status::Unknown,
        differences: Vec::new(),
        warnings: Vec::new(),
        error: Some(Failure::new(
            "unreadable",
            "cannot read /etc/streaming.env:\n\u{1b}[31mcat: /etc/streaming.env: Input/output error\u{1b}[0m",
            "look at the disk: `fleet exec -l esme -- dmesg`",
        )),
    };
    let hostile = item(
        vec![
            difference(
                Status::Drift,
                "A_VERY_LONG_KEY_THAT_NOBODY_WOULD_WANT_TO_SEE_CUT_IN_THE_MIDDLE_OF_ITS_NAME",
                [
                    Some(
                        "postgres://mastodon@nietzsche.internal.example.org:5432/mastodon_production?sslmode=verify-full",
                    ),
                    Some("a b\r"),
                    Some(""),
                ],
                "two edits \u{1b}]0;owned\u{7} apart",
            ),
            difference(
                Status::Drift,
                "TITLE",
                [Some("Grüße aus 東京"), Some("\u{1b}[2J\u{202e}gone"), None],
                "differs",
            ),
        ],
        Vec::new(),
    );
    let hosts =
        vec![HostResult::of_items(host("esme"), vec![unreadable]), HostResult::of_items(host("fritz"), vec![hostile])];
    CheckReport::new(vec!["env".to_owned()], hosts, None)
}

fn summary(diff: &[(&str, Option<&str>, Option<&str>)], operations: &[&str]) -> ItemSummary {
    ItemSummary {
        kind: "env".to_owned(),
        id: "mastodon".to_owned(),
        place: "/home/mastodon/live/.env.production".to_owned(),
        diff: diff
            .iter()
            .map(|(subject, before, after)| DiffLine {
                subject: (*subject).to_owned(),
                before: before.map(str::to_owned),
                after: after.map(str::to_owned),
            })
            .collect(),
        operations: operations.iter().map(|operation| (*operation).to_owned()).collect(),
    }
}

pub(super) fn plan() -> Plan {
    let transaction = |summary| Transaction { lease_seconds: 300, summary: vec![summary], ..Transaction::default() };
    let repair = summary(
        &[
            ("S3_ENABLED", Some("FALSE"), Some("true")),
            ("3_BUCKET", Some("mastodon-media-production"), None),
            ("S3_BUCKET", None, Some("mastodon-media-production")),
            ("AWS_SECRET_ACCESS_KEY", Some("k3f9a:07be55a91f2d"), Some("k3f9a:9f3a1c27d0e4")),
            ("mode", Some("0644"), Some("0640")),
            (
                "S3_ALIAS_HOST",
                Some("mastodon-media-production.s3.dualstack.eu-central-1.amazonaws.com"),
                Some("media.example.org"),
            ),
        ],
        &["restart mastodon-web.service", "restart mastodon-sidekiq-push@1.service"],
    );
    let restart = summary(&[], &["restart mastodon-sidekiq-push@1.service"]);
    let first = BTreeMap::from([
        (host("cdn-fremont-1"), transaction(repair.clone())),
        (host("franz"), transaction(repair)),
        (host("freud"), transaction(restart)),
    ]);
    let mut hosts = check().hosts;
    for result in &mut hosts {
        if first.contains_key(&result.host) {
            result.status = Status::Planned;
            result.items[0].status = Status::Planned;
        }
    }
    Plan {
        schema: crate::engine::plan::SCHEMA.to_owned(),
        created: Timestamp::UNIX_EPOCH,
        author: Author { user: "alice".to_owned(), machine: "laptop".to_owned() },
        inventory: InventoryStamp::default(),
        digest_key: "k3f9a".to_owned(),
        actions: vec!["env".to_owned()],
        playbook: None,
        undoes: None,
        locks: Vec::new(),
        waves: vec![Wave::of("all hosts", first)],
        hosts,
    }
}

pub(super) fn plan_in_waves() -> Plan {
    let mut plan = plan();
    let mut rest = plan.waves[0].transactions.clone();
    let canary = rest.remove("franz").unwrap();
    plan.waves = vec![Wave::of("canary", BTreeMap::from([(host("franz"), canary)])), Wave::of("the rest", rest)];
    plan
}

pub(super) fn plan_empty() -> Plan {
    Plan { waves: Vec::new(), hosts: check_fine().hosts, ..plan() }
}

pub(super) fn apply() -> ApplyReport {
    let with = |name: &str, status| {
        let mut item = item(Vec::new(), Vec::new());
        item.status = status;
        HostResult::of_items(host(name), vec![item])
    };
    let hosts = HOSTS.map(|name| match name {
        "cdn-fremont-1" | "franz" => with(name, Status::Changed),
        "freud" => HostResult {
            error: Some(Failure::new(
                "restart-failed",
                "restarting mastodon-web.service failed: Job for mastodon-web.service failed.\nSee \"systemctl status mastodon-web.service\".\n\u{1b}[1mnginx: [emerg]\u{1b}[0m bind() to 0.0.0.0:443 failed (98: Address already in use)",
                "see `fleet exec -l freud -- journalctl -n 50 --no-pager`",
            )),
            ..with(name, Status::RolledBack)
        },
        "nietzsche" => HostResult::ended(host(name), Status::Skipped, Failure::new(
            "locked",
            "held by another run: bob@desk, env apply, since 2026-11-21T20:24:49Z",
            "wait with --lock-timeout, or ask whoever it is",
        )),
        "sally" => unreachable(name),
        "esme" | "fritz" => HostResult::ended(host(name), Status::Skipped, Failure::new(
            "not-started",
            "another host failed before this one's turn",
            "run it again for the rest",
        )),
        _ => with(name, Status::Ok),
    });
    ApplyReport::new(Some(RunId::new("20261121T202449Z-3f9a")), vec!["env".to_owned()], 8_341, hosts.to_vec())
        .next("fleet log show 20261121T202449Z-3f9a")
}
