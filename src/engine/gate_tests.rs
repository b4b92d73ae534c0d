use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs::{default_provider, sign::any_supported_type};
use rustls::pki_types::CertificateDer;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tokio::io::AsyncReadExt as _;
use tokio_rustls::TlsAcceptor;

use super::*;
use crate::engine::fact::Fact;
use crate::engine::outside::{OutsideLook, PublicHandshake};
use crate::engine::transaction::Content;
use crate::engine::transport::{Boxed, Interruption, Script, Sink, Transport};
use crate::names::HostName;
use crate::x509::minted::{Authority, Minted, rustls_key};

/// Presents these, one for each connection; the last one from then on.
#[derive(Debug)]
struct Presents(Mutex<Vec<Arc<CertifiedKey>>>);

impl ResolvesServerCert for Presents {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let mut rest = self.0.lock().unwrap();
        if rest.len() > 1 { Some(rest.remove(0)) } else { rest.first().cloned() }
    }
}

fn certified(minted: &Minted) -> Arc<CertifiedKey> {
    let chain = minted.chain.certificates().map(|certificate| CertificateDer::from(certificate.der.clone())).collect();
    Arc::new(CertifiedKey::new(chain, any_supported_type(&rustls_key(&minted.key)).unwrap()))
}

/// A server on this machine; it ends with the test's runtime.
async fn serve(presents: &[&Minted]) -> u16 {
    let resolver = Presents(Mutex::new(presents.iter().map(|minted| certified(minted)).collect()));
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(resolver));
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            if let Ok(mut stream) = acceptor.accept(stream).await {
                let _until_it_ends = stream.read_to_end(&mut Vec::new()).await;
            }
        }
    });
    port
}

fn handshake(port: u16) -> Handshake {
    Handshake { port, server_name: "media.example.org".to_owned(), starttls: None }
}

fn gate(port: u16, before: Option<&Minted>) -> Gate {
    let before = before.map(|minted| minted.chain.leaf().fingerprint.clone());
    Gate::Handshake { handshake: handshake(port), leaf: Content::default(), before }
}

fn view() -> View<'static> {
    static SCRIPTS: Scripts = Scripts::new();
    View { transport: &Loopback, random: &|| "M".to_owned(), scripts: &SCRIPTS, address: "127.0.0.1" }
}

async fn look_for(leaf: &Minted, port: u16, limit: Duration) -> Result<(), String> {
    let gate = gate(port, None);
    let leaf = Some(leaf.chain.leaf().fingerprint.clone());
    look_at_all(&view(), &[ReadyGate { gate: &gate, leaf }], limit).await
}

fn minted() -> (Minted, Minted) {
    let ca = Authority::root("Nobody's CA");
    (ca.mint(&["media.example.org"], 1), ca.mint(&["media.example.org"], 2))
}

#[tokio::test]
async fn old_workers_may_answer_first() {
    let (old, new) = minted();
    let port = serve(&[&old, &old, &new]).await;
    assert_eq!(look_for(&new, port, Duration::from_secs(60)).await, Ok(()));
}

#[tokio::test]
async fn what_is_presented_instead_is_told() {
    let (old, new) = minted();
    let port = serve(&[&old]).await;
    let told = look_for(&new, port, Duration::from_secs(1)).await.unwrap_err();
    let leaf = old.chain.leaf();
    let until = leaf.not_after.strftime("%F %TZ").to_string();
    for word in
        ["127.0.0.1", &format!("port {port}"), "media.example.org", &leaf.fingerprint.as_str()[..16], until.as_str()]
    {
        assert!(told.contains(word), "{word}: {told}");
    }
    // A gate that has no value is not good.
    let gate = gate(port, None);
    let empty = [ReadyGate { gate: &gate, leaf: None }];
    assert!(look_at_all(&view(), &empty, Duration::from_secs(1)).await.is_err());
    // One that is not good is enough.
    let tcp = Gate::Tcp(port);
    let both = [ReadyGate { gate: &tcp, leaf: None }, ReadyGate { gate: &gate, leaf: None }];
    assert_eq!(look_at_all(&view(), &both[..1], Duration::from_secs(60)).await, Ok(()));
    assert!(look_at_all(&view(), &both, Duration::from_secs(1)).await.is_err());
}

#[tokio::test]
async fn after_a_rollback_the_old_one_is_looked_for() {
    let (old, new) = minted();
    let port = serve(&[&new, &old]).await;
    let told = served_again("127.0.0.1", &[gate(port, Some(&old))], Duration::from_secs(60)).await.unwrap();
    assert!(told.contains("serves the old certificate again"), "{told}");
    assert_eq!(served_again("127.0.0.1", &[gate(port, None), Gate::Reachable], Duration::from_secs(60)).await, None);
    let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let told = served_again("127.0.0.1", &[gate(closed, Some(&old))], Duration::from_secs(1)).await.unwrap();
    assert!(told.contains("does not serve") && told.contains(&format!("port {closed}")), "{told}");
}

struct Loopback;

impl Transport for Loopback {
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
}

#[tokio::test]
async fn every_question_has_its_answer() {
    let (old, _) = minted();
    let port = serve(&[&old]).await;
    let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let look = OutsideLook { transport: &Loopback, parallel: 2, limit: Duration::from_secs(20), within: None };
    let asked = BTreeSet::from([handshake(port), handshake(closed)]);
    let hosts = ["a", "b", "c"].map(|name| (HostName::new(name), asked.clone()));
    let seen = look.hosts(&hosts.into_iter().chain([(HostName::new("d"), BTreeSet::new())]).collect()).await;
    assert_eq!(seen.keys().map(HostName::as_str).collect::<Vec<_>>(), ["a", "b", "c"]);
    for facts in seen.values() {
        assert_eq!(facts.iter().map(|fact| &fact.question).collect::<BTreeSet<_>>(), asked.iter().collect());
        for fact in facts {
            assert_eq!(fact.address, Some(IpAddr::from([127, 0, 0, 1])));
            match &fact.chain {
                Fact::Known(chain) => {
                    assert_eq!((fact.question.port, &chain[0].0), (port, &old.chain.leaf().der));
                }
                other => assert!(matches!(other, Fact::Unknown(_)) && fact.question.port == closed, "{other:?}"),
            }
        }
    }
}

#[tokio::test]
async fn a_rehearsal_asks_nobody_outside_of_it() {
    let (old, _) = minted();
    let port = serve(&[&old]).await;
    let nobody = |_: IpAddr| false;
    let look = OutsideLook { transport: &Loopback, parallel: 2, limit: Duration::from_secs(20), within: Some(&nobody) };
    let at = |name: &str, resolvers: &[&str]| PublicHandshake {
        handshake: Handshake { server_name: name.to_owned(), ..handshake(port) },
        resolvers: resolvers.iter().map(|it| it.parse::<SocketAddr>().unwrap()).collect(),
    };
    let questions = [
        at("127.0.0.1", &["127.0.0.1:53"]),
        at("192.0.2.1", &["127.0.0.1:53"]),
        at("media.example.org", &["192.0.2.53:53"]),
        at("media.example.org", &[]),
    ];
    let facts = look.public(&questions).await;
    assert!(matches!(facts[0].chain, Fact::Known(_)), "{facts:?}");
    for (fact, why) in facts[1..].iter().zip(["leads to 192.0.2.1", "192.0.2.53:53 is not in the lab", "names no DNS"])
    {
        assert!(matches!(&fact.chain, Fact::Unknown(told) if told.contains(why)), "{why}: {fact:?}");
        assert_eq!(fact.address, None);
    }
    let empty: BTreeMap<HostName, BTreeSet<Handshake>> = BTreeMap::new();
    assert!(look.hosts(&empty).await.is_empty());
}

#[tokio::test]
async fn one_of_several_that_answer_in_turn_is_not_enough() {
    let (old, new) = minted();
    let port = serve(&[&new, &old]).await;
    assert!(look_for(&new, port, Duration::from_secs(1)).await.is_err(), "the next one still has the old certificate");
}
