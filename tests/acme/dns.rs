//! Challenges in real DNS: a primary that takes updates, a secondary that lags, CNAMEs in another zone, and a resolver that remembers every
//! "no" for an hour: were it asked before a value is everywhere, the CA could not see it.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use fleet::acme::Dns01;
use fleet::dns::{Journal, Provider, Settings};
use fleet::secrets::Secret;

use crate::dns_rig::{KEY, PRIMARY, READER, RESOLVER, alone, at, other, primary, resolver, secondary, values};
use crate::rig::{Options, Pebble, Rig, failure, text};

const FQDN: &str = "_acme-challenge.media.example.org";

fn settings(key: &str, secret: &str) -> Settings {
    Settings {
        name: "main".to_owned(),
        provider: Provider::Rfc2136 {
            server: PRIMARY.to_owned(),
            key: key.to_owned(),
            algorithm: "hmac-sha256".to_owned(),
            secret: Secret::new(secret.as_bytes().to_vec()),
        },
        zone: None,
        servers: Vec::new(),
        resolvers: vec![at(RESOLVER)],
        // The CA's resolver may keep a set of values this long, and then miss what the next order adds to it.
        ttl: 0,
        propagation: Duration::from_secs(60),
        // RFC 2136 needs no lock.
        state: std::path::PathBuf::new(),
    }
}

fn prover(state: &Path, settings: &Settings, delegate: Option<&str>) -> Arc<Dns01> {
    let domains = [("media.example.org", settings, None), ("media.example.net", settings, delegate)];
    Arc::new(Dns01::new(state, domains).unwrap())
}

fn pebble(asks: &str) -> Pebble {
    let resolver: SocketAddr = at(asks);
    Pebble::start(&Options { resolver: Some(resolver), ..Options::default() })
}

#[test]
fn a_delegated_challenge_beside_apex_and_wildcard_with_a_secondary_that_lags() {
    alone(|| async {
        let (_primary, _secondary, other, _resolver) = (primary(), secondary(2), other(), resolver());
        let pebble = pebble(RESOLVER);
        let domains = ["media.example.org", "*.media.example.org", "media.example.net", "*.media.example.net"];
        let mut rig = Rig::of(&pebble).with("media", &domains);
        let state = pebble.directory.path().join("state");
        rig.dns = Some(prover(&state, &settings("fleet", KEY), Some("hop.example.net")));
        let ends = rig.provided(&["media"]).await;
        text(&ends, "cert/media/next/leaf");
        assert_eq!(values(FQDN).await, Vec::<String>::new(), "nothing is left");
        assert!(Journal::of(&state).left_behind().unwrap().is_empty());
        assert!(!other.log().contains("updating zone"), "the zone of the CNAMEs is not touched");
        let told = rig.told.lock().unwrap().join("\n");
        assert!(told.contains("127.0.0.3"), "the secondary is named as the one behind: {told}");
    });
}

#[test]
fn two_orders_share_a_name_again_and_again() {
    alone(|| async {
        let (_primary, _secondary, _resolver) = (primary(), secondary(1), resolver());
        let pebble = pebble(PRIMARY);
        let mut rig = Rig::of(&pebble).with("apex", &["media.example.org"]).with("wild", &["*.media.example.org"]);
        let state = pebble.directory.path().join("state");
        let settings = settings("fleet", KEY);
        rig.dns = Some(prover(&state, &settings, None));
        // Another fleet with its own account and its own journal.
        let mut second = Rig::of(&pebble).with("apex", &["media.example.org"]).with("wild", &["*.media.example.org"]);
        second.state = pebble.directory.path().join("second/acme");
        second.dns = Some(prover(&pebble.directory.path().join("second"), &settings, None));
        for _ in 0..20 {
            let subjects = ["apex", "wild"];
            let ends = futures_util::future::join(rig.provided(&subjects), second.provided(&subjects)).await;
            for ends in [ends.0, ends.1] {
                text(&ends, "cert/apex/next/leaf");
                text(&ends, "cert/wild/next/leaf");
            }
            assert_eq!(values(FQDN).await, Vec::<String>::new());
        }
    });
}

#[test]
fn a_refused_update_leaves_the_order_to_be_continued_and_the_ca_is_not_to_blame() {
    alone(|| async {
        let (_primary, _secondary, _resolver) = (primary(), secondary(1), resolver());
        let pebble = pebble(RESOLVER);
        let mut rig = Rig::of(&pebble).with("media", &["media.example.org"]);
        let state = pebble.directory.path().join("state");
        rig.dns = Some(prover(&state, &settings("reader", READER), None));
        let told = failure(&rig.provided(&["media"]).await, "cert/media/next/leaf");
        assert!(told.message.contains("REFUSED") || told.message.contains("refuse"), "{told:?}");
        assert_ne!(told.code, "acme-refused");
        rig.dns = Some(prover(&state, &settings("fleet", KEY), None));
        text(&rig.provided(&["media"]).await, "cert/media/next/leaf");
        assert_eq!(pebble.front.orders().len(), 1);
        assert_eq!(values(FQDN).await, Vec::<String>::new());
    });
}

#[test]
fn a_challenge_that_leads_elsewhere_than_declared_adds_nothing() {
    alone(|| async {
        let (primary, _secondary, _other, _resolver) = (primary(), secondary(1), other(), resolver());
        let pebble = pebble(RESOLVER);
        let mut rig = Rig::of(&pebble).with("media", &["media.example.net"]);
        let state = pebble.directory.path().join("state");
        rig.dns = Some(prover(&state, &settings("fleet", KEY), Some("elsewhere.example.net")));
        let told = failure(&rig.provided(&["media"]).await, "cert/media/next/leaf");
        assert!(told.message.contains("elsewhere.example.net"), "{told:?}");
        assert!(!primary.log().contains("updating zone"), "{}", primary.log());
    });
}
