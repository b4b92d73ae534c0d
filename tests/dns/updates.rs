//! Values added and removed by RFC 2136, and every way in which a server says no.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use fleet::dns::{Exec, Resolver, Rfc2136, Solver as _, Tsig, TsigAlgorithm};
use hickory_proto::op::{Message, MessageType};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::rig::{
    KEY, Named, PRIMARY, PRIMARY_V6, READER, alone, at, key, look_ups, primary, resolver, script, secondary, solver,
    values,
};

const FQDN: &str = "_acme-challenge.media.example.org";

fn with(server: &str, tsig: Tsig, zone: Option<&str>) -> Rfc2136 {
    Rfc2136::new("main", server, tsig, zone.map(str::to_owned), 60, look_ups())
}

fn good_key() -> Tsig {
    key("fleet", TsigAlgorithm::HmacSha256, KEY)
}

#[test]
fn a_value_is_added_and_removed_beside_others() {
    alone(|| async {
        let (_primary, _resolver) = (primary(), resolver());
        let v6 = format!("[{PRIMARY_V6}]:53");
        let strong = key("fleet512", TsigAlgorithm::HmacSha512, KEY);
        for server in [
            with(PRIMARY, good_key(), None),
            with("ns1.example.org", strong, None),
            with(&v6, good_key(), Some("example.org")),
        ] {
            server.present(FQDN, "one").await.unwrap();
            server.present(FQDN, "two").await.unwrap();
            server.present(FQDN, "two").await.unwrap();
            assert_eq!(values(FQDN).await, ["one", "two"]);
            server.cleanup(FQDN, "one").await.unwrap();
            assert_eq!(values(FQDN).await, ["two"]);
            server.cleanup(FQDN, "one").await.unwrap();
            server.cleanup(FQDN, "two").await.unwrap();
            assert_eq!(values(FQDN).await, [""; 0]);
        }
    });
}

#[test]
fn apex_and_wildcard_in_two_orders_never_remove_one_another() {
    alone(|| async {
        let _primary = primary();
        let (apex, wildcard) = (solver(), solver());
        for _ in 0..20 {
            let (one, two) =
                futures_util::join!(apex.present(FQDN, "of-the-apex"), wildcard.present(FQDN, "of-the-wildcard"));
            one.and(two).unwrap();
            assert_eq!(values(FQDN).await, ["of-the-apex", "of-the-wildcard"]);
            // One order ends while the other begins anew.
            let (one, two) =
                futures_util::join!(apex.cleanup(FQDN, "of-the-apex"), wildcard.present(FQDN, "of-another"));
            one.and(two).unwrap();
            assert_eq!(values(FQDN).await, ["of-another", "of-the-wildcard"]);
            let (one, two) =
                futures_util::join!(wildcard.cleanup(FQDN, "of-the-wildcard"), apex.cleanup(FQDN, "of-another"));
            one.and(two).unwrap();
            assert_eq!(values(FQDN).await, [""; 0]);
        }
    });
}

#[test]
fn each_refusal_is_told_in_words() {
    alone(|| async {
        let (_primary, _resolver) = (primary(), resolver());
        let refusal = async |server: Rfc2136| server.present(FQDN, "value").await.unwrap_err();

        let error = refusal(with(PRIMARY, key("reader", TsigAlgorithm::HmacSha256, READER), None)).await;
        assert_eq!(error.code(), "dns-update-refused");
        assert!(error.to_string().contains("REFUSED") && error.hint().unwrap().contains("update-policy"), "{error}");

        let error = refusal(with(PRIMARY, key("fleet", TsigAlgorithm::HmacSha256, READER), None)).await;
        assert_eq!(error.code(), "tsig-refused");
        assert!(error.to_string().contains("BADSIG"), "{error}");

        for unknown in [key("nobody", TsigAlgorithm::HmacSha256, KEY), key("fleet", TsigAlgorithm::HmacSha384, KEY)] {
            let error = refusal(with(PRIMARY, unknown, None)).await;
            assert_eq!(error.code(), "tsig-refused");
            assert!(error.to_string().contains("BADKEY"), "{error}");
        }

        let error = refusal(with(PRIMARY, good_key(), Some("media.example.org"))).await;
        assert!(error.to_string().contains("NOTAUTH"), "{error}");
        let error = refusal(with(PRIMARY, good_key(), Some("example.net"))).await;
        assert!(error.to_string().contains("NOTZONE") && error.hint().unwrap().contains("`zone`"), "{error}");
        let elsewhere =
            with(PRIMARY, good_key(), None).present("_acme-challenge.example.net", "value").await.unwrap_err();
        assert!(elsewhere.to_string().contains("it serves no zone for that name"), "{elsewhere}");

        let error = refusal(with("127.0.0.77", good_key(), None)).await;
        assert_eq!(
            error.to_string(),
            "can't reach the DNS server 127.0.0.77: 127.0.0.77 can't be reached: connection refused"
        );
        assert_eq!(values(FQDN).await, [""; 0]);
    });
}

#[test]
fn beside_a_cname_nothing_is_added_whatever_the_server_says() {
    alone(|| async {
        let _primary = primary();
        for zone in [None, Some("example.org")] {
            let error = with(PRIMARY, good_key(), zone)
                .present("_acme-challenge.alias.example.org", "value")
                .await
                .unwrap_err();
            assert_eq!(error.code(), "dns-update-refused");
            assert!(error.to_string().contains("the value belongs where it leads"), "{error}");
        }
    });
}

#[test]
fn a_secondary_takes_no_update() {
    alone(|| async {
        let (_primary, secondary) = (primary(), secondary(3600));
        let error =
            with(super::rig::SECONDARY, good_key(), Some("example.org")).present(FQDN, "value").await.unwrap_err();
        // It does not even have the key.
        assert_eq!(error.code(), "tsig-refused", "{error}\n{}", secondary.log());
        assert_eq!(values(FQDN).await, [""; 0]);
    });
}

#[test]
fn a_clock_that_is_off_is_named_with_its_direction() {
    alone(|| async {
        let _primary = primary();
        let now = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let behind = solver().with_clock(move || now() - 4000).present(FQDN, "value").await.unwrap_err();
        assert_eq!(behind.code(), "tsig-clock-skew");
        assert!(behind.to_string().contains(" s ahead of the one here (BADTIME)"), "{behind}");
        let ahead = solver().with_clock(move || now() + 4000).present(FQDN, "value").await.unwrap_err();
        assert!(ahead.to_string().contains(" s behind the one here (BADTIME)"), "{ahead}");
        assert!(ahead.hint().unwrap().contains("timedatectl"));
        // Within the fudge.
        solver().with_clock(move || now() + 200).present(FQDN, "value").await.unwrap();
    });
}

#[test]
fn an_answer_without_a_good_signature_is_not_believed() {
    alone(|| async {
        let listener = TcpListener::bind("127.0.0.9:53").await.unwrap();
        let forger = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut bytes = vec![0; usize::from(stream.read_u16().await.unwrap())];
            stream.read_exact(&mut bytes).await.unwrap();
            let mut message = Message::from_vec(&bytes).unwrap();
            message.metadata.message_type = MessageType::Response;
            message.signature = None;
            let bytes = message.to_vec().unwrap();
            stream.write_u16(u16::try_from(bytes.len()).unwrap()).await.unwrap();
            stream.write_all(&bytes).await.unwrap();
        };
        let victim = with("127.0.0.9", good_key(), Some("example.org"));
        let ((), result) = futures_util::join!(forger, victim.present(FQDN, "value"));
        let error = result.unwrap_err();
        assert_eq!(error.to_string(), "the answer of 127.0.0.9 is not to be trusted: it is not signed");
    });
}

#[test]
fn a_key_that_selects_a_view_writes_and_reads_in_it() {
    alone(|| async {
        let zone = "$TTL 60\n@ SOA ns1 hostmaster 1 3600 3600 86400 30\n@ NS ns1\nns1 A 127.0.0.2\n";
        let view = |name: &str, clients: &str| {
            format!(
                "view {name} {{ match-clients {{ {clients} }}; zone \"example.org\" {{ type primary; file \"{name}\"; notify no;
                 update-policy {{ grant fleet wildcard *.example.org. TXT; }}; }}; }};\n"
            )
        };
        let statements = format!("key fleet {{ algorithm hmac-sha256; secret \"{KEY}\"; }};\n")
            + &view("inner", "key fleet;")
            + &view("outer", "any;");
        let named = Named::start(&[PRIMARY], "recursion no;", &statements, &[("inner", zone), ("outer", zone)]);
        let server = Rfc2136::new("main", PRIMARY, good_key(), None, 60, Resolver::at(Vec::new()));
        server.present(FQDN, "value").await.unwrap();
        assert_eq!(values(FQDN).await, [""; 0], "the other view has nothing:\n{}", named.log());
        assert!(named.directory().join("inner.jnl").exists() && !named.directory().join("outer.jnl").exists());
        server.cleanup(FQDN, "value").await.unwrap();
    });
}

#[test]
fn a_script_for_lego_writes_through_nsupdate() {
    alone(|| async {
        let _primary = primary();
        let directory = tempfile::tempdir().unwrap();
        let text = format!(
            "case $1 in present) verb=add ;; cleanup) verb=delete ;; esac\n\
             printf 'server {PRIMARY}\\nupdate %s %s 60 TXT \"%s\"\\nsend\\n' $verb \"$2\" \"$3\" | nsupdate -y \"hmac-sha256:fleet:$KEY\"\n"
        );
        let path = script(directory.path(), "hook", &text);
        let command = vec!["sh".to_owned(), path.to_str().unwrap().to_owned()];
        let make = |secret: &str| {
            let environment = BTreeMap::from([("KEY".to_owned(), fleet::secrets::Secret::new(secret.into()))]);
            Exec::new("main", command.clone(), directory.path().to_owned(), environment, Duration::from_secs(60))
                .unwrap()
        };
        make(KEY).present(FQDN, "one").await.unwrap();
        make(KEY).present(FQDN, "two").await.unwrap();
        assert_eq!(values(FQDN).await, ["one", "two"]);
        make(KEY).cleanup(FQDN, "one").await.unwrap();
        assert_eq!(values(FQDN).await, ["two"]);
        let error = make(READER).present(FQDN, "three").await.unwrap_err();
        assert!(error.to_string().contains("BADSIG") && !error.to_string().contains(READER), "{error}");
        assert_eq!(fleet::dns::txt_values(at(PRIMARY), FQDN).await.unwrap(), ["two"]);
    });
}
