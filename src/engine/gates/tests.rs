use std::cell::Cell;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use jiff::{SignedDuration, Timestamp};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::CertificateDer;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::time::Instant;
use tokio_rustls::TlsAcceptor;

use super::super::gate::{Limits, Looked, ReadyGate, Saw, Scripts, View, look};
use super::super::outside::Handshake;
use super::super::transaction::{Check, Gate, HttpGate, Latency, PrometheusGate};
use super::super::transport::{Boxed, Interruption, Script, Sink};
use super::*;
use crate::names::HostName;
use crate::tls::Trust;
use crate::x509::minted::{Authority, Minted, rustls_key};

/// Every host is this machine.
struct Here {
    only: Option<BTreeSet<IpAddr>>,
}

impl Transport for Here {
    fn run<'a>(
        &'a self,
        _: &'a HostName,
        _: &'a Script,
        _: Duration,
        _: &'a mut Sink<'_>,
    ) -> Boxed<'a, Result<(), Interruption>> {
        Box::pin(async { Ok(()) })
    }

    fn address(&self, _: &HostName) -> String {
        "127.0.0.1".to_owned()
    }

    fn only(&self) -> Option<BTreeSet<IpAddr>> {
        self.only.clone()
    }
}

async fn look_in(here: &Here, gate: Gate, tries: u32) -> Looked {
    let scripts = Scripts::new();
    let view = View { transport: here, random: &|| "M".to_owned(), scripts: &scripts, address: "" };
    let another_failed = Cell::new(false);
    let check = Check { gate, timeout_seconds: 60, tries: Some(tries) };
    look(&view, &ReadyGate { gate: &check.gate, leaf: None }, &Limits::of(&check, &another_failed)).await
}

async fn saw(gate: Gate) -> Saw {
    look_in(&Here { only: None }, gate, 1).await.saw
}

/// What a server answers, one for each connection; the last one from then on.
type Answers = &'static [(u16, &'static str, u64)];

async fn answer(mut stream: impl AsyncRead + AsyncWrite + Unpin, answer: (u16, &str, u64), heard: &Mutex<Vec<String>>) {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => request.push(byte),
            Err(_) => return,
        }
    }
    heard.lock().unwrap().push(String::from_utf8(request).unwrap());
    let (status, body, milliseconds) = answer;
    tokio::time::sleep(Duration::from_millis(milliseconds)).await;
    let text = format!(
        "HTTP/1.1 {status} Whatever\r\nlocation: /other\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    let _gone = stream.write_all(text.as_bytes()).await;
    let _gone = stream.shutdown().await;
}

/// A server on this machine, which ends with the test's runtime: its port, and what it hears.
async fn serve(answers: Answers, minted: Option<&Minted>) -> (u16, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = Arc::new(Mutex::new(Vec::new()));
    let acceptor = minted.map(|minted| {
        let chain = minted.chain.certificates().map(|it| CertificateDer::from(it.der.clone())).collect();
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, rustls_key(&minted.key))
            .unwrap();
        TlsAcceptor::from(Arc::new(config))
    });
    let log = Arc::clone(&heard);
    tokio::spawn(async move {
        let mut number = 0;
        while let Ok((stream, _)) = listener.accept().await {
            let next = answers[number.min(answers.len() - 1)];
            number += 1;
            match &acceptor {
                None => answer(stream, next, &log).await,
                Some(acceptor) => {
                    if let Ok(stream) = acceptor.accept(stream).await {
                        answer(stream, next, &log).await;
                    }
                }
            }
        }
    });
    (port, heard)
}

fn http(url: String, requests: u32) -> HttpGate {
    HttpGate { url, host: None, status: vec![200], body: None, requests, latency: None, roots: None }
}

fn closed_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[tokio::test]
async fn each_request_is_made_anew_and_must_be_good() {
    let (port, heard) = serve(&[(200, "fine", 0)], None).await;
    let told = saw(Gate::Http(http(format!("http://127.0.0.1:{port}/health?a=b"), 5))).await.unwrap();
    assert!(told.starts_with("5 × 200, p95 ") && told.ends_with(" ms"), "{told}");
    let heard = heard.lock().unwrap().clone();
    assert!(heard.len() == 5 && heard.iter().all(|it| it.starts_with("GET /health?a=b HTTP/1.1\r\n")), "{heard:?}");

    let (port, _) = serve(&[(200, "", 0), (503, "hunter2", 0)], None).await;
    assert_eq!(saw(Gate::Http(http(format!("http://127.0.0.1:{port}/"), 5))).await.unwrap_err(), "503 at 2 of 5");
    // A redirect is an answer.
    let (port, heard) = serve(&[(301, "", 0)], None).await;
    assert_eq!(saw(Gate::Http(http(format!("http://127.0.0.1:{port}/"), 1))).await.unwrap_err(), "301");
    assert_eq!(heard.lock().unwrap().len(), 1);
    let both = HttpGate { status: vec![200, 301], ..http(format!("http://127.0.0.1:{port}/"), 1) };
    assert!(saw(Gate::Http(both)).await.unwrap().starts_with("1 × 301, "));
    let told = saw(Gate::Http(http(format!("http://127.0.0.1:{}/", closed_port()), 1))).await.unwrap_err();
    assert!(told.contains("can't connect to 127.0.0.1"), "{told}");
}

#[tokio::test]
async fn a_body_matches_and_is_never_told() {
    let (port, _) = serve(&[(200, "status: ok\nkey hunter2", 0)], None).await;
    let with = |body: &str| {
        Gate::Http(HttpGate { body: Some(body.to_owned()), ..http(format!("http://127.0.0.1:{port}/"), 2) })
    };
    assert!(saw(with("(?m)^status: ok$")).await.unwrap().starts_with("2 × 200"));
    let told = saw(with("^status: bad")).await.unwrap_err();
    assert_eq!(told, "200 with another body at 1 of 2 (22 bytes)");
}

#[tokio::test]
async fn so_many_percent_are_fast_enough() {
    let (port, _) = serve(&[(200, "", 0), (200, "", 0), (200, "", 1500), (200, "", 0)], None).await;
    let with = |percentile, milliseconds| {
        let latency = Some(Latency { percentile, milliseconds });
        Gate::Http(HttpGate { latency, ..http(format!("http://127.0.0.1:{port}/"), 4) })
    };
    let told = saw(with(100, 1000)).await.unwrap_err();
    assert!(told.starts_with("4 × 200, p100 1") && told.ends_with(" ms, more than 1000 ms"), "{told}");
    assert!(saw(with(100, 60_000)).await.unwrap().starts_with("4 × 200, p100 "));
}

#[test]
fn a_percentile_is_one_of_them() {
    let ms = |numbers: &[u64]| numbers.iter().map(|it| Duration::from_millis(*it)).collect::<Vec<_>>();
    for (numbers, percentile, wanted) in [
        (vec![], 95, 0),
        (vec![7], 1, 7),
        (vec![7], 100, 7),
        (vec![5, 1, 4, 2, 3], 50, 3),
        (vec![5, 1, 4, 2, 3], 20, 1),
        (vec![5, 1, 4, 2, 3], 21, 2),
        (vec![5, 1, 4, 2, 3], 80, 4),
        (vec![5, 1, 4, 2, 3], 81, 5),
        ((1..=100).rev().collect(), 95, 95),
        ((1..=200).collect(), 95, 190),
    ] {
        let mut took = ms(&numbers);
        assert_eq!(
            http::percentile_of(&mut took, percentile),
            Duration::from_millis(wanted),
            "{numbers:?} {percentile}"
        );
    }
}

fn minted(days: i64) -> (Authority, Minted) {
    let ca = Authority::root("Lab CA");
    let now = Timestamp::now();
    let leaf = ca.mint_at(
        &["media.example.org"],
        1,
        now - SignedDuration::from_hours(48),
        now + SignedDuration::from_hours(24 * days),
    );
    (ca, leaf)
}

#[expect(clippy::unnecessary_wraps, reason = "as gates have it")]
fn pem(ca: &Authority) -> Option<String> {
    Some(crate::x509::Chain::from_der(std::slice::from_ref(&ca.der)).unwrap().to_pem())
}

#[tokio::test]
async fn a_host_is_asked_for_the_name_of_the_url_and_must_be_trusted() {
    let (ca, leaf) = minted(30);
    let (port, heard) = serve(&[(200, "", 0)], Some(&leaf)).await;
    let gate = |name: &str, roots: Option<String>| {
        let host = Some(HostName::new("fritz"));
        Gate::Http(HttpGate { host, roots, ..http(format!("https://{name}:{port}/"), 1) })
    };
    assert!(saw(gate("media.example.org", pem(&ca))).await.unwrap().starts_with("1 × 200"));
    let heard = heard.lock().unwrap().clone();
    let line = format!("host: media.example.org:{port}\r\n");
    assert!(heard[0].to_lowercase().contains(&line), "{heard:?}");
    let told = saw(gate("www.example.org", pem(&ca))).await.unwrap_err();
    assert!(told.contains("certificate"), "{told}");
    let told = saw(gate("media.example.org", pem(&Authority::root("Another CA")))).await.unwrap_err();
    assert!(told.contains("certificate"), "{told}");
    assert!(saw(gate("media.example.org", None)).await.is_err(), "the platform does not trust it");
    let told = saw(gate("media.example.org", Some("no pem".to_owned()))).await.unwrap_err();
    assert!(told.contains("no certificate in PEM form"), "{told}");
}

#[tokio::test]
async fn a_rehearsal_asks_no_url_outside_of_it() {
    let (port, heard) = serve(&[(200, "", 0)], None).await;
    let lab = Here { only: Some(BTreeSet::from([IpAddr::from([192, 0, 2, 7])])) };
    let looked = look_in(&lab, Gate::Http(http(format!("http://127.0.0.1:{port}/"), 1)), 1).await;
    assert!(looked.saw.is_ok(), "this machine may be asked");
    for gate in [
        Gate::Http(http("http://192.0.2.8/".to_owned(), 1)),
        Gate::Prometheus(prometheus("http://192.0.2.8:9090", None, Some("1"))),
    ] {
        let told = look_in(&lab, gate, 1).await.saw.unwrap_err();
        assert!(told.contains("192.0.2.8, which is not in the lab"), "{told}");
    }
    assert_eq!(heard.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn it_is_looked_at_so_often_until_it_is_good() {
    let (port, _) = serve(&[(503, "", 0), (503, "", 0), (200, "", 0)], None).await;
    let gate = || Gate::Http(http(format!("http://127.0.0.1:{port}/"), 1));
    let looked = look_in(&Here { only: None }, gate(), 2).await;
    assert_eq!((looked.saw, looked.tries), (Err("503".to_owned()), 2));
    let looked = look_in(&Here { only: None }, gate(), 9).await;
    assert!(looked.saw.is_ok() && looked.tries == 1, "{:?} {}", looked.saw, looked.tries);
    // Where another gate has failed, one look is enough.
    let another_failed = Cell::new(true);
    let scripts = Scripts::new();
    let here = Here { only: None };
    let view = View { transport: &here, random: &|| "M".to_owned(), scripts: &scripts, address: "" };
    let check = Check {
        gate: Gate::Port { host: HostName::new("fritz"), port: closed_port() },
        timeout_seconds: 600,
        tries: None,
    };
    let begun = Instant::now();
    let looked = look(&view, &ReadyGate { gate: &check.gate, leaf: None }, &Limits::of(&check, &another_failed)).await;
    assert!(looked.saw.is_err() && looked.tries == 1 && begun.elapsed() < Duration::from_secs(300));
}

#[tokio::test]
async fn a_port_of_a_host_answers() {
    let (port, _) = serve(&[(200, "", 0)], None).await;
    let at = |port| Gate::Port { host: HostName::new("fritz"), port };
    assert_eq!(saw(at(port)).await, Ok(format!("TCP port {port} of 127.0.0.1 answers")));
    let closed = closed_port();
    let told = saw(at(closed)).await.unwrap_err();
    assert!(told.contains(&format!("TCP port {closed} of 127.0.0.1: ")), "{told}");
}

#[tokio::test]
async fn what_every_address_presents_is_trusted_for_some_days() {
    let (ca, leaf) = minted(30);
    let (port, _) = serve(&[(200, "", 0)], Some(&leaf)).await;
    let gate = |name: &str, days, roots| Gate::Tls {
        host: HostName::new("fritz"),
        handshake: Handshake { port, server_name: name.to_owned(), starttls: None },
        days,
        roots,
    };
    let told = saw(gate("media.example.org", 14, pem(&ca))).await.unwrap();
    assert!(
        told.starts_with(&format!("127.0.0.1 port {port} (media.example.org): trusted, and valid until 20")),
        "{told}"
    );
    for (gate, word) in [
        (gate("media.example.org", 60, pem(&ca)), "not for 60 days more"),
        (gate("www.example.org", 1, pem(&ca)), "is for other names"),
        (gate("media.example.org", 1, None), "no trusted authority issued"),
        (gate("media.example.org", 1, Some(String::new())), "can't be used"),
    ] {
        let told = saw(gate).await.unwrap_err();
        assert!(told.contains(word), "{word}: {told}");
    }
}

#[test]
fn a_chain_is_judged_at_a_time() {
    let (ca, leaf) = minted(30);
    let trust = Trust::new(pem(&ca).as_deref()).unwrap();
    let chain: Vec<Vec<u8>> = leaf.chain.certificates().map(|it| it.der.clone()).collect();
    let now = Timestamp::now();
    let judge =
        |hours: i64| tls::judge(&trust, &chain, "media.example.org", 1, now + SignedDuration::from_hours(hours));
    assert!(judge(0).is_ok());
    assert!(judge(24 * 31).unwrap_err().contains("has expired"));
    assert!(judge(-24 * 7).unwrap_err().contains("is not valid yet"));
    assert!(tls::judge(&trust, &[], "media.example.org", 1, now).unwrap_err().contains("presents nothing"));
    let odd = trust.judge(&[b"no certificate".to_vec()], "media.example.org", now).unwrap_err();
    assert!(odd.to_string().starts_with("is not trusted ("), "{odd}");
}

fn prometheus(url: &str, at_least: Option<&str>, at_most: Option<&str>) -> PrometheusGate {
    PrometheusGate {
        url: url.to_owned(),
        query: "sum by (job) (rate(errors[5m]))".to_owned(),
        at_least: at_least.map(str::to_owned),
        at_most: at_most.map(str::to_owned),
        roots: None,
    }
}

#[tokio::test]
async fn prometheus_is_asked_as_its_documentation_says() {
    const GOOD: &str = r#"{"status":"success","data":{"resultType":"vector","result":[{"metric":{"job":"web"},"value":[1795330000.1,"0.25"]}]}}"#;
    let (port, heard) = serve(&[(200, GOOD, 0)], None).await;
    let url = format!("http://127.0.0.1:{port}/prom/");
    assert_eq!(saw(Gate::Prometheus(prometheus(&url, None, Some("0.5")))).await, Ok("0.25".to_owned()));
    let heard = heard.lock().unwrap().clone();
    let line = "GET /prom/api/v1/query?query=sum+by+%28job%29+%28rate%28errors%5B5m%5D%29%29 HTTP/1.1\r\n";
    assert!(heard[0].starts_with(line), "{heard:?}");
}

#[test]
fn every_sample_is_within_its_bounds() {
    let vector =
        |samples: &str| format!(r#"{{"status":"success","data":{{"resultType":"vector","result":[{samples}]}}}}"#);
    let sample =
        |job: &str, value: &str| format!(r#"{{"metric":{{"__name__":"up","job":"{job}"}},"value":[1.5,"{value}"]}}"#);
    let scalar =
        |value: &str| format!(r#"{{"status":"success","data":{{"resultType":"scalar","result":[1.5,"{value}"]}}}}"#);
    let many = (0..5).map(|number| sample(&number.to_string(), "9")).collect::<Vec<_>>().join(",");
    for (body, wanted) in [
        (vector(&sample("a", "1")), Ok("1")),
        (vector(&(sample("a", "1") + "," + &sample("b", "2"))), Ok("2 samples, from 1 to 2")),
        (scalar("1.5"), Ok("1.5")),
        (vector(&(sample("a", "1") + "," + &sample("b", "2.5"))), Err("up{job=\"b\"} is 2.5")),
        (vector(&sample("a", "0")), Err("up{job=\"a\"} is 0")),
        (vector(&sample("a", "NaN")), Err("up{job=\"a\"} is NaN")),
        (vector(&sample("a", "+Inf")), Err("up{job=\"a\"} is +Inf")),
        (scalar("3"), Err("it is 3")),
        (vector(&many), Err("up{job=\"0\"} is 9; up{job=\"1\"} is 9; up{job=\"2\"} is 9; and 2 more")),
        (vector(""), Err("there is no sample")),
        (vector(r#"{"metric":{},"histogram":[1.5,{}]}"#), Err("it is a histogram")),
        (
            r#"{"status":"success","data":{"resultType":"matrix","result":[]}}"#.to_owned(),
            Err("its answer is neither a vector nor a scalar"),
        ),
        (
            r#"{"status":"error","errorType":"bad_data","error":"parse error:\nunexpected end"}"#.to_owned(),
            Err("bad_data: parse error: unexpected end"),
        ),
        ("<html>hunter2".to_owned(), Err("its answer (status 502) is none of Prometheus")),
    ] {
        let gate = prometheus("http://prometheus:9090", Some("1"), Some("2"));
        let wanted = wanted.map(str::to_owned).map_err(str::to_owned);
        assert_eq!(super::prometheus::judge(&gate, 502, body.as_bytes()), wanted, "{body}");
    }
}

#[test]
fn all_that_a_gate_asks_is_told() {
    let gate = HttpGate {
        host: Some(HostName::new("fritz")),
        status: vec![200, 204],
        body: Some("^ok".to_owned()),
        latency: Some(Latency { percentile: 95, milliseconds: 300 }),
        ..http("https://media.example.org/health".to_owned(), 5)
    };
    let ca = Authority::root("Lab CA");
    let trusting = HttpGate { roots: pem(&ca), ..gate.clone() };
    let told = Gate::Http(gate).told();
    assert_eq!(
        told,
        "see from here that https://media.example.org/health, asked at every address of fritz, answers 200 or 204, 5 times, with a body that matches `^ok`, 95 % of the times within 300 ms"
    );
    let fingerprint = crate::x509::Fingerprint::of(&ca.der);
    let told_trusting = Gate::Http(trusting).told();
    assert!(told_trusting.starts_with(&told), "{told_trusting}");
    for word in ["trusting ", "Lab CA", &fingerprint.as_str()[..16]] {
        assert!(told_trusting.contains(word), "{word}: {told_trusting}");
    }
    let gate = prometheus("http://prometheus:9090", Some("1"), Some("2"));
    assert_eq!(
        Gate::Prometheus(gate).told(),
        "ask Prometheus at http://prometheus:9090 that `sum by (job) (rate(errors[5m]))` is from 1 to 2"
    );
    let tls = |starttls| Gate::Tls {
        host: HostName::new("fritz"),
        handshake: Handshake { port: 25, server_name: "mx.example.org".to_owned(), starttls },
        days: 14,
        roots: None,
    };
    assert_eq!(
        tls(Some(crate::tls::StartTls::Smtp)).told(),
        "see from here that every address of fritz presents a certificate on port 25 over SMTP that is trusted for mx.example.org, and for 14 days more"
    );
    assert_ne!(tls(None).told(), tls(Some(crate::tls::StartTls::Smtp)).told());
}

#[test]
fn what_a_gate_asks_can_be_asked() {
    let host = || HostName::new("fritz");
    let sound = http("https://media.example.org/health".to_owned(), 5);
    let numbers = prometheus("http://prometheus:9090/prom", Some("-1.5"), Some("2e3"));
    let steady = |unit: &str, seconds: &str| Gate::Builtin {
        host: host(),
        script: "unit-steady".to_owned(),
        arguments: vec![unit.to_owned(), seconds.to_owned()],
        told: "steady".to_owned(),
    };
    let script = |text: &str, told: &str| Gate::Script { host: host(), text: text.to_owned(), told: told.to_owned() };
    let handshake = |port, name: &str| Handshake { port, server_name: name.to_owned(), starttls: None };
    let tls = |port, name: &str, roots: Option<&str>| Gate::Tls {
        host: host(),
        handshake: handshake(port, name),
        days: 1,
        roots: roots.map(str::to_owned),
    };
    for gate in [
        Gate::Http(sound.clone()),
        Gate::Http(HttpGate { body: Some("^ok$".to_owned()), host: Some(host()), ..sound.clone() }),
        Gate::Http(http("http://192.0.2.7:8080/".to_owned(), 1)),
        Gate::Prometheus(numbers.clone()),
        Gate::Port { host: host(), port: 443 },
        tls(443, "media.example.org", None),
        unit_steady(host(), &crate::names::UnitName::new("nginx.service"), 20),
        disk_below(host(), &crate::names::RemotePath::new("/var"), 85),
        script("test -e /a\ntest -e /b", "both are there"),
    ] {
        assert_eq!(problems(&gate, 30), Vec::<String>::new(), "{gate:?}");
    }
    let url = |url: &str| Gate::Http(http(url.to_owned(), 1));
    let other = |change: fn(&mut HttpGate)| {
        let mut gate = sound.clone();
        change(&mut gate);
        Gate::Http(gate)
    };
    let query = |change: fn(&mut PrometheusGate)| {
        let mut gate = numbers.clone();
        change(&mut gate);
        Gate::Prometheus(gate)
    };
    for gate in [
        url("media.example.org"),
        url("ftp://media.example.org/"),
        url("https://user:hunter2@media.example.org/"),
        Gate::Http(HttpGate { host: Some(host()), ..http("http://192.0.2.7/".to_owned(), 1) }),
        other(|it| it.status = vec![]),
        other(|it| it.status = vec![200, 99]),
        other(|it| it.body = Some("(".to_owned())),
        other(|it| it.requests = 0),
        other(|it| it.requests = 1001),
        other(|it| it.latency = Some(Latency { percentile: 0, milliseconds: 9 })),
        other(|it| it.latency = Some(Latency { percentile: 101, milliseconds: 9 })),
        other(|it| it.latency = Some(Latency { percentile: 95, milliseconds: 0 })),
        other(|it| it.roots = Some("no pem".to_owned())),
        query(|it| it.url = "prometheus:9090".to_owned()),
        query(|it| it.query = " ".to_owned()),
        query(|it| it.at_most = Some("much".to_owned())),
        query(|it| it.at_most = Some("inf".to_owned())),
        query(|it| (it.at_least, it.at_most) = (None, None)),
        query(|it| it.at_most = Some("-2".to_owned())),
        Gate::Port { host: host(), port: 0 },
        tls(0, "media.example.org", None),
        tls(443, "", None),
        tls(443, "media.example.org", Some("no pem")),
        steady("nginx.service", "0"),
        steady("nginx.service", "30"),
        steady("nginx.service", "x"),
        steady("nginx", "9"),
        script("", "nothing"),
        script("true", "two\nlines"),
        script("true\u{1b}[2J", "hidden"),
    ] {
        assert_eq!(problems(&gate, 30).len(), 1, "{gate:?}: {:?}", problems(&gate, 30));
    }
}
