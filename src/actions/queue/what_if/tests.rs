use super::*;
use crate::actions::queue::model::Model;
use crate::actions::queue::steps::tests::rig::{fleet, kind, placed, queue, retired};

fn names() -> Names<'static> {
    Names {
        databases: vec!["primary", "replica"],
        queues: vec!["ingress", "push"],
        kinds: vec!["ingress", "pushpull"],
        hosts: vec!["esme", "franz", "freud"],
    }
}

fn read(text: &str) -> Vec<WhatIf> {
    parse(text, &names()).unwrap_or_else(|error| panic!("{error}: {}", error.hint))
}

fn refused(text: &str) -> (String, String) {
    let error = parse(text, &names()).expect_err(text);
    (error.message, error.hint)
}

#[test]
fn every_word() {
    let queue = |field, queue: &str, value| WhatIf::Queue { field, queue: queue.to_owned(), value };
    let kind = |field, kind: &str, value| WhatIf::Kind { field, kind: kind.to_owned(), value };
    let host = |name: &str, cpu, memory| WhatIf::AddHost { name: HostName::new(name), cpu, memory };
    for (text, expected) in [
        ("max_connections=300", WhatIf::MaxConnections { database: None, value: 300 }),
        ("primary.max_connections=300", WhatIf::MaxConnections { database: Some("primary".to_owned()), value: 300 }),
        ("replica.reserve=0", WhatIf::Reserve { database: Some("replica".to_owned()), value: 0 }),
        ("+host=esme:8", host("esme", 8000, None)),
        ("+host=new-1:0.5:16GiB", host("new-1", 500, Some(16_384))),
        ("-host=franz", WhatIf::DrainHost { name: HostName::new("franz") }),
        ("demand.ingress=40", queue(QueueField::Demand, "ingress", 40)),
        ("floor.push=10", queue(QueueField::Floor, "push", 10)),
        ("weight.push=3", queue(QueueField::Weight, "push", 3)),
        ("max.push=30", queue(QueueField::Max, "push", 30)),
        ("min_hosts.push=2", queue(QueueField::MinHosts, "push", 2)),
        ("max_per_host.push=2", queue(QueueField::MaxPerHost, "push", 2)),
        ("connections.ingress=10", kind(KindField::Connections, "ingress", 10)),
        (" cpu.ingress = 0.25 ", kind(KindField::Cpu, "ingress", 250)),
        ("memory.pushpull=450MiB", kind(KindField::Memory, "pushpull", 450)),
    ] {
        assert_eq!(read(text), [expected], "{text}");
    }
    assert_eq!(read(""), []);
    assert_eq!(read("max_connections=300, -host=franz,demand.ingress=4").len(), 3);
}

#[test]
fn refusals_name_the_word_and_a_way_out() {
    for (text, message, hint) in [
        ("demnd.ingress=4", "`demnd` can't be assumed", "did you mean `demand`?"),
        ("demand.ingres=4", "no queue is called `ingres`", "did you mean `ingress`?"),
        ("demand=4", "`demand` can't be assumed", "say of which: `demand.NAME=…`"),
        ("max_conections=4", "`max_conections` can't be assumed", "did you mean `max_connections`?"),
        ("primary.max_conections=4", "`max_conections` can't be assumed", "did you mean `max_connections`?"),
        ("primry.max_connections=4", "no database is called `primry`", "did you mean `primary`?"),
        ("max_connections=many", "`many` is not a number", "write a whole number from 0 to 1000000"),
        ("max_connections=-3", "`-3` is not a number", "write a whole number"),
        ("max_connections=", "`` is not a number", "write a whole number"),
        ("max_connections=99999999999", "`99999999999` is not a number", "write a whole number"),
        ("max_connections", "`max_connections` assumes nothing", "it needs a value: `max_connections=…`"),
        ("-host=fraz", "no host is called `fraz`", "did you mean `franz`?"),
        ("+host=esme", "`+host=esme` is not a host", "+host=esme:8:16GiB"),
        ("+host=esme:8:16GiB:1", "`+host=esme:8:16GiB:1` is not a host", "+host=esme:8:16GiB"),
        ("+host=es me:8", "`+host=es me:8` is not a host", "+host=esme:8:16GiB"),
        ("+host=esme:eight", "`eight` is not a number of cores", "such as `8` or `0.5`"),
        ("+host=esme:8:16", "`16` is not a size", "such as `450MiB`"),
        ("connections.mailer=4", "no kind of workers is called `mailer`", "the inventory has: ingress, pushpull"),
        ("colour=4", "`colour` can't be assumed", "one of: max_connections=300"),
        ("a,,b", "`a` assumes nothing", "one of:"),
    ] {
        let (said, hinted) = refused(text);
        assert!(said.contains(message), "{text}: {said}");
        assert!(hinted.contains(hint), "{text}: {hinted}");
    }
}

#[test]
fn nothing_that_is_typed_panics() {
    for text in [
        "=",
        ".",
        ",",
        "+host=",
        "-host=",
        "+host=:::",
        "cpu.ingress=.",
        "cpu.ingress=9999.9999",
        "\u{1f}=\u{7f}",
        "demand.=1",
    ] {
        assert!(parse(text, &names()).is_err(), "{text}");
    }
}

#[test]
fn the_last_word_counts() {
    let assumed = read("max_connections=300,primary.max_connections=250,reserve=5,replica.reserve=7");
    assert_eq!(max_connections(&assumed, "primary"), Some(250));
    assert_eq!(max_connections(&assumed, "replica"), Some(300));
    assert_eq!(reserve(&assumed, "primary"), Some(5));
    assert_eq!(reserve(&assumed, "replica"), Some(7));
    assert_eq!(max_connections(&[], "primary"), None);
}

fn model() -> Model {
    let kinds = [kind("ingress", 5, &[1, 0]), retired("pushpull", 20, &[0, 10])];
    let mut model = fleet(100, &["franz", "freud"], &[queue("ingress", 32, 8), queue("push", 10, 0)], &kinds);
    model.now = placed(&[&[4, 1], &[3, 0]]);
    model
}

fn with(text: &str) -> Model {
    let mut model = model();
    apply(&read(text), &mut model);
    model
}

#[test]
fn numbers_of_queues() {
    let ingress =
        &with("demand.ingress=40,floor.ingress=9,weight.ingress=4,max.ingress=50,min_hosts.ingress=2").queues[0];
    assert_eq!((ingress.demand, ingress.floor, ingress.weight), (40, 9, 4));
    assert_eq!((ingress.max, ingress.min_hosts, ingress.max_per_host), (Some(50), 2, None));
    assert_eq!(with("max_connections=1,reserve=2"), model());
}

#[test]
fn one_host_more() {
    let more = with("+host=esme:8");
    assert_eq!(more.hosts.len(), 3);
    assert_eq!((more.hosts[2].cpu, more.hosts[2].frozen), (8000, false));
    // What is retired starts nowhere.
    assert_eq!(more.kinds.iter().map(|kind| kind.allowed[2]).collect::<Vec<_>>(), [true, false]);
    assert_eq!(more.now, placed(&[&[4, 1], &[3, 0], &[0, 0]]));
    // One that is there gets another size.
    let other = with("+host=freud:64:1GiB");
    assert_eq!((other.hosts.len(), other.hosts[1].cpu, other.hosts[1].memory), (2, 64_000, Some(1024)));
    assert_eq!(other.now, model().now);
}

#[test]
fn one_host_less() {
    let less = with("-host=franz");
    assert!(less.kinds.iter().all(|kind| !kind.allowed[0]));
    assert_eq!(less.now, model().now);
}

#[test]
fn what_runs_with_other_connections_must_end() {
    let other = with("connections.ingress=10");
    assert_eq!(other.kinds[0].connections, 10);
    assert_eq!((other.kinds[2].connections, other.kinds[2].stale_of), (5, Some(0)));
    assert_eq!(other.now, placed(&[&[0, 1, 4], &[0, 0, 3]]));
    assert_eq!(with("connections.ingress=5"), model());
    // What does not run leaves nothing behind.
    let mut empty = model();
    empty.now = placed(&[&[0, 0], &[0, 0]]);
    apply(&read("connections.ingress=10,cpu.ingress=0.5,memory.ingress=1GiB"), &mut empty);
    assert_eq!(empty.kinds.len(), 2);
    assert_eq!((empty.kinds[0].cpu, empty.kinds[0].memory), (500, 1024));
}
