//! Zones, their servers, and where a challenge leads.

use fleet::dns::{Answer, Resolver};
use hickory_proto::rr::RecordType;

use super::rig::{OTHER, PRIMARY, RESOLVER, alone, at, look_ups, other, primary, resolver, secondary};

#[test]
fn the_zone_of_a_challenge_is_found_with_every_address_and_no_resolver_hears_of_it() {
    alone(|| async {
        let (_primary, _secondary, _other, resolver) = (primary(), secondary(3600), other(), resolver());
        let found = look_ups().zone_of("_acme-challenge.media.example.org").await.unwrap();
        assert_eq!(found.name, "example.org");
        let servers: Vec<String> = found.servers.iter().map(ToString::to_string).collect();
        assert_eq!(
            servers,
            ["ns1.example.org (127.0.0.2)", "ns1.example.org (fd00::2)", "ns2.example.org (127.0.0.3)"]
        );
        assert_eq!(look_ups().authoritative("example.org").await.unwrap(), found.servers);
        for (name, zone) in [
            ("_acme-challenge.example.org", "example.org"),
            ("example.org", "example.org"),
            ("_acme-challenge.not.there.example.org", "example.org"),
            ("_acme-challenge.x.sub.example.org", "sub.example.org"),
            // The zone begins at the challenge itself.
            ("_acme-challenge.cut.example.org", "_acme-challenge.cut.example.org"),
        ] {
            assert_eq!(look_ups().zone_of(name).await.unwrap().name, zone, "{name}");
        }
        look_ups().follow_cname("_acme-challenge.media.example.net").await.unwrap();
        let log = resolver.log();
        assert!(log.contains("query: media.example.org IN SOA"), "it logs its questions:\n{log}");
        assert!(!log.contains("_acme-challenge"), "{log}");
    });
}

#[test]
fn a_challenge_is_followed_into_the_zone_that_holds_it() {
    alone(|| async {
        let (_primary, _secondary, _other, _resolver) = (primary(), secondary(3600), other(), resolver());
        let found = look_ups().follow_cname("_acme-challenge.Media.example.net.").await.unwrap();
        let chain = ["_acme-challenge.media.example.net", "hop.example.net", "_acme-challenge.media.example.org"];
        assert_eq!(found.chain, chain);
        assert_eq!((found.target.as_str(), found.zone.name.as_str()), (chain[2], "example.org"));
        found.check("_acme-challenge.media.example.org").unwrap();
        assert_eq!(found.check("x.example.org").unwrap_err().code(), "dns-not-delegated");
        let direct = look_ups().follow_cname("_acme-challenge.media.example.org").await.unwrap();
        assert_eq!(direct.chain, ["_acme-challenge.media.example.org"]);
    });
}

#[test]
fn circles_and_long_chains_are_shown() {
    alone(|| async {
        let (_other, _resolver) = (other(), resolver());
        let error = look_ups().follow_cname("_acme-challenge.a.example.net").await.unwrap_err();
        assert_eq!(error.code(), "dns-cname-loop");
        let circle = "_acme-challenge.a.example.net → b.example.net → c.example.net → _acme-challenge.a.example.net";
        assert!(error.to_string().ends_with(circle), "{error}");
        let error = look_ups().follow_cname("n0.example.net").await.unwrap_err();
        assert_eq!(error.code(), "dns-cname-chain");
        assert!(error.to_string().ends_with("n7.example.net → n8.example.net → …"), "{error}");
        assert_eq!(look_ups().follow_cname("n1.example.net").await.unwrap().target, "n9.example.net");
    });
}

#[test]
fn each_no_is_told_apart() {
    alone(|| async {
        let (_primary, _resolver) = (primary(), resolver());
        let look_up = async |name: &str, kind| look_ups().lookup(name, kind).await;
        assert!(matches!(look_up("media.example.org", RecordType::A).await, Ok(Answer::Records(_))));
        assert!(matches!(look_up("media.example.org", RecordType::MX).await, Ok(Answer::NoData { zone: Some(_) })));
        assert!(matches!(look_up("gone.example.org", RecordType::A).await, Ok(Answer::NoName { zone: Some(_) })));
        // Nobody serves it: SERVFAIL. The primary recurses for nobody: REFUSED.
        let error = look_up("example.net", RecordType::SOA).await.unwrap_err().to_string();
        assert!(error.ends_with("127.0.0.1 failed to look it up (SERVFAIL)"), "{error}");
        let error = Resolver::at(vec![at(PRIMARY)]).lookup("example.net", RecordType::SOA).await.unwrap_err();
        assert!(error.to_string().ends_with("127.0.0.2 refuses to answer (REFUSED)"), "{error}");
        let error = Resolver::at(vec![at(OTHER)]).lookup("example.org", RecordType::SOA).await.unwrap_err();
        assert!(error.to_string().ends_with("127.0.0.4 can't be reached: connection refused"), "{error}");
    });
}

#[test]
fn the_next_resolver_answers_for_one_that_does_not() {
    alone(|| async {
        let (_primary, _resolver) = (primary(), resolver());
        let both = Resolver::at(vec![at(OTHER), at(RESOLVER)]);
        assert_eq!(both.addresses("media.example.org").await.unwrap(), [std::net::IpAddr::from([127, 0, 0, 80])]);
        assert_eq!(both.addresses("gone.example.org").await.unwrap_err().code(), "dns-no-address");
    });
}
