//! Waiting for every server.

use std::time::Duration;

use fleet::dns::{Propagation, Server, Solver as _, Zone, txt_values, wait_for_txt};
use hickory_proto::op::Message;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream, UdpSocket};

use super::rig::{PRIMARY, SECONDARY, Told, alone, at, look_ups, other, primary, resolver, secondary, solver, zone};

const FQDN: &str = "_acme-challenge.media.example.org";

fn seconds(limit: u64) -> Propagation {
    Propagation { limit: Duration::from_secs(limit), servers: Vec::new() }
}

#[test]
fn a_secondary_that_is_eight_seconds_behind_is_waited_for_and_named() {
    alone(|| async {
        let (_primary, _secondary, resolver) = (primary(), secondary(8), resolver());
        let zone = look_ups().zone_of(FQDN).await.unwrap();
        solver().present(FQDN, "another").await.unwrap();
        solver().present(FQDN, "value").await.unwrap();
        let told = Told::default();
        wait_for_txt(&zone, FQDN, "value", &seconds(120), |text| told.hear(text)).await.unwrap();
        let lines = told.lines();
        let first = lines.first().expect("somebody was behind");
        assert!(
            first.contains("(1 of 3 servers are behind): ns2.example.org (127.0.0.3) has no value yet"),
            "{lines:?}"
        );
        assert_eq!(txt_values(at(SECONDARY), FQDN).await.unwrap().len(), 2);
        assert!(!resolver.log().contains("_acme-challenge"));
    });
}

#[test]
fn who_is_behind_at_the_end_is_listed_with_what_it_said() {
    alone(|| async {
        let (_primary, _secondary, _other) = (primary(), secondary(3600), other());
        solver().present(FQDN, "value").await.unwrap();
        let servers = ["127.0.0.2:53", "127.0.0.3:53", "127.0.0.4:53", "127.0.0.77:53"].map(|it| it.parse().unwrap());
        let settings = Propagation { limit: Duration::from_secs(2), servers: servers.to_vec() };
        let error = wait_for_txt(&zone(), FQDN, "value", &settings, |_| {}).await.unwrap_err();
        assert_eq!(error.code(), "dns-not-propagated");
        let text = error.to_string();
        let (_, list) = text.split_once(" s: ").unwrap();
        let wanted = "127.0.0.3 has no value yet, 127.0.0.4 refuses to answer (REFUSED), 127.0.0.77 can't be reached: connection refused";
        assert_eq!(list, wanted);
    });
}

#[test]
fn many_values_come_over_tcp() {
    alone(|| async {
        let primary = primary();
        for number in 0..60 {
            solver().present(FQDN, &format!("{number:02}-{}", "x".repeat(40))).await.unwrap();
        }
        let last = format!("59-{}", "x".repeat(40));
        assert_eq!(txt_values(at(PRIMARY), FQDN).await.unwrap().len(), 60);
        wait_for_txt(&zone(), FQDN, &last, &seconds(20), |_| {}).await.unwrap();
        let log = primary.log();
        let over = |flag: &str| log.lines().any(|line| line.contains(&format!("query: {FQDN} IN TXT {flag}")));
        assert!(over("-E(0) ") && over("-E(0)T "), "first over UDP, then over TCP:\n{log}");
        solver().cleanup(FQDN, &last).await.unwrap();
        assert_eq!(txt_values(at(PRIMARY), FQDN).await.unwrap().len(), 59);
    });
}

#[test]
fn where_udp_is_cut_tcp_answers() {
    alone(|| async {
        let _primary = primary();
        solver().present(FQDN, "value").await.unwrap();
        // It hears questions over UDP and drops them.
        let udp = UdpSocket::bind("127.0.0.9:53").await.unwrap();
        let tcp = TcpListener::bind("127.0.0.9:53").await.unwrap();
        let proxy = async {
            loop {
                let (mut stream, _) = tcp.accept().await.unwrap();
                let mut upstream = TcpStream::connect(at(PRIMARY)).await.unwrap();
                // The client closes as it likes.
                let _closed = copy_bidirectional(&mut stream, &mut upstream).await;
            }
        };
        let asked = async {
            let mut ids = Vec::new();
            let mut buffer = [0; 1500];
            while ids.len() < 2 {
                let (length, _) = udp.recv_from(&mut buffer).await.unwrap();
                ids.push(Message::from_vec(&buffer[..length]).unwrap().metadata.id);
            }
            ids
        };
        tokio::select! {
            (values, ids) = async { futures_util::join!(txt_values(at("127.0.0.9"), FQDN), asked) } => {
                assert_eq!(values.unwrap(), ["value"]);
                assert_eq!(ids.len(), 2, "it was tried again");
            }
            () = proxy => {}
        }
    });
}

#[test]
fn a_server_without_an_address_is_told() {
    alone(|| async {
        let _primary = primary();
        solver().present(FQDN, "value").await.unwrap();
        let servers = vec![Server { name: "ns1.example.org".to_owned(), address: at(PRIMARY) }];
        let zone = Zone { name: "example.org".to_owned(), servers, unresolved: vec!["ns9.example.org".to_owned()] };
        let told = Told::default();
        wait_for_txt(&zone, FQDN, "value", &seconds(20), |text| told.hear(text)).await.unwrap();
        assert_eq!(told.lines(), ["ns9.example.org, a name server of example.org, has no address: nobody can ask it"]);
    });
}

#[test]
fn an_address_family_without_a_route_does_not_hold_up_the_rest() {
    alone(|| async {
        let _primary = primary();
        solver().present(FQDN, "value").await.unwrap();
        let server = |name: &str, address: &str| Server { name: name.to_owned(), address: at(address) };
        let servers = vec![server("ns1.example.org", PRIMARY), server("ns6.example.org", "2001:db8::53")];
        let zone = Zone { name: "example.org".to_owned(), servers, unresolved: Vec::new() };
        let told = Told::default();
        wait_for_txt(&zone, FQDN, "value", &seconds(20), |text| told.hear(text)).await.unwrap();
        let lines = told.lines();
        assert!(
            lines.len() == 1 && lines[0].starts_with("ns6.example.org (2001:db8::53) can't be reached from here"),
            "{lines:?}"
        );
    });
}
