//! PostgreSQL, asked through its socket.

use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Stdio;

use fleet::actions::queue::probes;
use fleet::actions::queue::seen::ConnectedClients;

use crate::rig::{self, Postgres, Running};

fn toml(postgres: &Postgres, more: &str) -> String {
    format!("[database.primary]\nhost = 'here'\nport = {}\n{more}", postgres.port)
}

#[test]
fn its_limits_and_who_is_connected() {
    let postgres = Postgres::start(&["max_connections=12", "superuser_reserved_connections=2"]);
    let inventory = rig::inventory(&toml(&postgres, ""));
    let look = || rig::seen_with(&inventory, &[("PGHOST", &postgres.socket())]).0.databases["primary"].clone();
    let known = look().unwrap();
    assert_eq!((known.max_connections, known.superuser_reserved, known.reserved), (12, 2, 0));
    assert!(known.version > 100_000 && known.clients.is_empty(), "its own connection is none: {known:?}");
    let mut busy: Vec<Running> = Vec::new();
    for _ in 0..2 {
        busy.push(Running(postgres.psql("sidekiq-ingress", "SELECT pg_sleep(120)").spawn().unwrap()));
    }
    // Over TCP, and idle: it waits for the next line.
    let mut idle = postgres.client("web's \"own\"");
    idle.env("PGHOSTADDR", "127.0.0.1").stdin(Stdio::piped()).stdout(Stdio::null());
    let _idle = Running(idle.spawn().unwrap());
    let client = |application: &str, address: Option<&str>, count, active| ConnectedClients {
        application: application.to_owned(),
        address: address.map(str::to_owned),
        user: "postgres".to_owned(),
        count,
        active,
    };
    let wanted = [client("sidekiq-ingress", None, 2, 2), client("web's \"own\"", Some("127.0.0.1"), 1, 0)];
    rig::until("all clients", || {
        look().is_ok_and(|known| known.clients.iter().map(|client| client.count).sum::<u32>() == 3)
    });
    rig::until("two that work", || look().is_ok_and(|known| known.clients[0].active == 2));
    assert_eq!(look().unwrap().clients, wanted);
}

#[test]
fn a_server_that_is_full_still_answers() {
    let postgres = Postgres::start(&["max_connections=5", "superuser_reserved_connections=2", "max_wal_senders=0"]);
    let made = postgres.psql("x", "CREATE ROLE app LOGIN").status().unwrap();
    assert!(made.success());
    let inventory = rig::inventory(&toml(&postgres, ""));
    let count = || {
        let known = rig::seen_with(&inventory, &[("PGHOST", &postgres.socket())]).0.databases["primary"].clone();
        known.map(|known| known.clients.iter().map(|client| client.count).sum::<u32>())
    };
    // The connection that made the role goes a moment after its client, and would take the place of one of these.
    rig::until("an empty server", || count() == Ok(0));
    let mut clients = Vec::new();
    for _ in 0..3 {
        let mut client = postgres.psql("app", "SELECT pg_sleep(120)");
        clients.push(Running(client.args(["-U", "app"]).spawn().unwrap()));
    }
    rig::until("a full server", || count() == Ok(3));
}

#[test]
fn why_it_could_not_be_asked() {
    let postgres = Postgres::start(&[]);
    let look = |toml: &str, environment: &[(&str, &str)]| {
        let (seen, _) = rig::seen_with(&rig::inventory(toml), environment);
        seen.databases["primary"].clone().unwrap_err()
    };
    let nowhere = format!("[database.primary]\nhost = 'here'\nport = {}\n", rig::free_port());
    let why = look(&nowhere, &[("PGHOST", &postgres.socket())]);
    assert!(why.contains("connection to server on socket") && why.contains("No such file"), "{why}");
    let why = look(&toml(&postgres, "run_as = 'nobody'"), &[("PGHOST", &postgres.socket())]);
    assert!(why.contains("role \"nobody\" does not exist"), "{why}");
    // Everything that a look needs, but for psql.
    let bin = rig::directory();
    for tool in ["sh", "date", "base64", "id", "runuser", "setpriv", "systemctl"] {
        let found = ["/usr/bin", "/usr/sbin", "/bin", "/sbin"].map(|directory| Path::new(directory).join(tool));
        let found = found.into_iter().find(|path| path.exists()).unwrap();
        symlink(found, bin.path().join(tool)).unwrap();
    }
    let why = look(&toml(&postgres, ""), &[("PATH", bin.path().to_str().unwrap())]);
    assert_eq!(why, "there is no psql on this host");
    // As a log-in that may not.
    let inventory = rig::inventory(&toml(&postgres, ""));
    let shell = ["setpriv", "--reuid=nobody", "--clear-groups", "sh"];
    let facts = rig::answer(probes::of(inventory.queues(), &rig::here()), &shell, &[]);
    let answer = &facts.scripts[&probes::database_facts("primary")];
    assert!(format!("{answer:?}").contains("this log-in is neither that user nor root"), "{answer:?}");
    // As that user itself, no help of root is needed.
    let shell = ["setpriv", "--reuid=postgres", "--clear-groups", "sh"];
    let facts = rig::answer(probes::of(inventory.queues(), &rig::here()), &shell, &[("PGHOST", &postgres.socket())]);
    assert!(facts.scripts[&probes::database_facts("primary")].known().is_some());
}
