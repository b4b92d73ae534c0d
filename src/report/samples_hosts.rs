//! Further documents as real runs give them, of those that are about hosts as such.

use super::samples::{HOSTS, host, unreachable};
use super::*;
use crate::engine::status::{Failure, Status};
use crate::names::UnitName;

pub(super) fn exec() -> ExecReport {
    let output = |name: &str, exit: i32, stdout: &str, stderr: &str| HostOutput {
        host: host(name),
        status: if exit == 0 { Status::Ok } else { Status::Failed },
        exit: Some(exit),
        error: None,
        stdout: stdout.to_owned(),
        stderr: stderr.to_owned(),
        dropped_bytes: 0,
    };
    let mut hosts: Vec<HostOutput> =
        (1..=4).map(|n| output(&format!("cdn-{n}"), 0, "nginx/1.22.1\n\u{1b}[32mok\u{1b}[0m\n", "")).collect();
    hosts.push(output("sally", 3, "", "nginx: command not found\n"));
    hosts.push(output("fritz", 0, "", ""));
    hosts.push(HostOutput { dropped_bytes: 5_000_000, ..output("franz", 0, "a\nb\n", "") });
    hosts.push(HostOutput {
        host: host("esme"),
        status: Status::Unreachable,
        exit: None,
        error: unreachable("esme").error,
        stdout: String::new(),
        stderr: String::new(),
        dropped_bytes: 0,
    });
    ExecReport::new(vec!["nginx".to_owned(), "-v".to_owned()], hosts)
}

pub(super) fn hosts() -> HostsReport {
    let line = |(number, name): (usize, &str)| HostLine {
        host: host(name),
        address: (name != "esme").then(|| format!("192.0.2.{}", number + 10)),
        groups: match name {
            "fritz" => vec!["web".to_owned()],
            "franz" | "freud" | "nietzsche" => vec!["database".to_owned(), "europe".to_owned(), "queue".to_owned()],
            _ => vec!["cdn".to_owned()],
        },
        user: Some(if name == "sally" { "deploy" } else { "root" }.to_owned()),
        sudo: name == "sally",
    };
    HostsReport::new(HOSTS.into_iter().enumerate().map(line).collect())
}

pub(super) fn health() -> HealthReport {
    let hosts = HOSTS.map(|name| match name {
        "sally" => HostHealth::new(host(name), Status::Unreachable, unreachable(name).error),
        _ => HostHealth {
            latency_ms: Some(name.len() as u64),
            shell: Some("/bin/bash".to_owned()),
            os: Some("Debian GNU/Linux 12 (bookworm)".to_owned()),
            systemd: Some("252".to_owned()),
            cpus: Some(if name == "nietzsche" { 48 } else { 4 }),
            memory_bytes: Some(16_624_189_440),
            disk: Some(Disk { mount: "/".to_owned(), used_percent: if name == "franz" { 93 } else { 41 } }),
            clock_skew_seconds: Some(if name == "esme" { -7.25 } else { 0.02 }),
            privilege: Some(Privilege::Root),
            failed_units: if name == "freud" { vec![UnitName::new("logrotate.service")] } else { Vec::new() },
            findings: if name.starts_with("cdn") {
                vec![Finding {
                    code: "slow-shell".to_owned(),
                    message: "the log-in shell takes 260 ms before it does anything".to_owned(),
                    hint: Some("see what ~/.bashrc does when nobody is there to type".to_owned()),
                }]
            } else {
                Vec::new()
            },
            ..HostHealth::new(host(name), Status::Ok, None)
        },
    });
    HealthReport::new(hosts.to_vec())
}

pub(super) fn trust() -> TrustReport {
    let key = |state| HostKey {
        algorithm: "ssh-ed25519".to_owned(),
        fingerprint: "SHA256:uNiVztksCsDhcc0u9e8BrrJXVGDRMvCJxwmSgrEDkvI".to_owned(),
        state,
    };
    let trusted =
        |name: &str, status, state, error| TrustedHost { host: host(name), status, keys: vec![key(state)], error };
    let silent = TrustedHost {
        host: host("sally"),
        status: Status::Unreachable,
        keys: Vec::new(),
        error: unreachable("sally").error,
    };
    TrustReport::new(
        false,
        vec![
            silent,
            trusted("fritz", Status::Ok, KeyState::Same, None),
            trusted("cdn-frankfurt-1", Status::Planned, KeyState::New, None),
            trusted(
                "franz",
                Status::Failed,
                KeyState::Changed,
                Some(Failure::new(
                    "host-key-changed",
                    "another key is recorded for this host",
                    "if it was installed anew, remove its line from inventory/known_hosts, and trust it again",
                )),
            ),
        ],
    )
}

pub(super) fn connections() -> ConnectionsReport {
    let connection = |name: &str, state| Connection { host: host(name), state, error: None };
    ConnectionsReport::new(vec![
        connection("fritz", ConnectionState::Closed),
        connection("franz", ConnectionState::None),
        Connection {
            error: Some(Failure::bare("busy", "the connection could not be closed")),
            ..connection("sally", ConnectionState::Open)
        },
    ])
}

pub(super) fn lab() -> LabReport {
    let one = |name: &str, state, address: Option<&str>| LabHost {
        host: host(name),
        state,
        address: address.map(str::to_owned),
        error: (state == LabState::Broken)
            .then(|| Failure::new("half-there", "its root is there, but it has no address", "fleet lab up")),
    };
    LabReport::new(vec![
        one("fritz", LabState::Running, Some("10.99.0.10")),
        one("franz", LabState::Starting, Some("10.99.0.11")),
        one("freud", LabState::Broken, None),
        one("nietzsche", LabState::Absent, None),
    ])
}

pub(super) fn error() -> ErrorReport {
    let error = std::io::Error::other("permission \u{1b}[31mdenied\u{1b}[0m");
    let failure = Failure::new(
        "inventory-unreadable",
        "cannot read inventory/hosts.toml",
        "see who may read it: `ls -l inventory`",
    );
    let mut report = ErrorReport::new(failure);
    report.causes = vec![error.to_string()];
    report.problems = vec![Problem {
        code: "unknown-key".to_owned(),
        message: "unknown key `adress`".to_owned(),
        file: Some("inventory/hosts.toml".to_owned()),
        line: Some(12),
        column: Some(1),
        hint: Some("did you mean `address`?".to_owned()),
    }];
    report
}
