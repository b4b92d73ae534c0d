use proptest::prelude::*;

use super::*;
use crate::x509::minted::Authority;
use crate::x509::{Chain, KeyType, PrivateKey, pem};

/// The example of RFC 9773, appendix A.
const RFC_9773: &str = "-----BEGIN CERTIFICATE-----
MIIBQzCB66ADAgECAgUAh2VDITAKBggqhkjOPQQDAjAVMRMwEQYDVQQDEwpFeGFt
cGxlIENBMCIYDzAwMDEwMTAxMDAwMDAwWhgPMDAwMTAxMDEwMDAwMDBaMBYxFDAS
BgNVBAMTC2V4YW1wbGUuY29tMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEeBZu
7cbpAYNXZLbbh8rNIzuOoqOOtmxA1v7cRm//AwyMwWxyHz4zfwmBhcSrf47NUAFf
qzLQ2PPQxdTXREYEnKMjMCEwHwYDVR0jBBgwFoAUaYhba4dGQEHhs3uEe6CuLN4B
yNQwCgYIKoZIzj0EAwIDRwAwRAIge09+S5TZAlw5tgtiVvuERV6cT4mfutXIlwTb
+FYN/8oCIClDsqBklhB9KAelFiYt9+6FDj3z4KGVelYM5MdsO3pK
-----END CERTIFICATE-----
";

fn minted(names: &[&str]) -> Certificate {
    Authority::root("Test CA").mint(names, 7).chain.leaf().clone()
}

#[test]
fn the_example_of_rfc_9773() {
    let chain = Chain::from_pem(RFC_9773.as_bytes()).unwrap();
    let leaf = chain.leaf();
    assert_eq!(leaf.ari_id().as_deref(), Some("aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE"));
    assert_eq!(leaf.serial.as_str(), "87654321");
    assert_eq!(leaf.key_type, KeyType::EcdsaP256);
    assert_eq!(leaf.subject, "CN=example.com");
    assert_eq!(leaf.names, Vec::<String>::new(), "a common name is no name");
    assert!(!leaf.covers("example.com"));
    assert_eq!(chain.to_pem(), RFC_9773);
    assert_eq!(leaf.lifetime(), SignedDuration::ZERO);
}

#[test]
fn what_a_certificate_says() {
    let from: Timestamp = "2026-09-01T00:00:00Z".parse().unwrap();
    let until: Timestamp = "2026-11-30T00:00:00Z".parse().unwrap();
    let minted = Authority::root("Test CA").mint_at(
        &["Media.example.org", "*.x.example.org", "192.0.2.7", "2001:db8::7"],
        0xa1_b2,
        from,
        until,
    );
    let leaf = minted.chain.leaf();
    assert_eq!(leaf.names, ["media.example.org", "*.x.example.org", "192.0.2.7", "2001:db8::7"]);
    assert_eq!((leaf.not_before, leaf.not_after), (from, until));
    assert_eq!(leaf.lifetime(), SignedDuration::from_hours(90 * 24));
    assert_eq!(leaf.serial.as_str(), "a1b2");
    assert_eq!(&leaf.key, minted.key.public());
    assert_eq!(leaf.issuer, "CN=Test CA");
    assert_eq!(format!("{leaf:?}"), format!("Certificate(a1b2 {:?})", leaf.names));
}

#[test]
fn names_that_are_covered() {
    let leaf = minted(&["media.example.org", "*.cdn.example.org", "xn--bcher-kva.example", "192.0.2.7", "2001:db8::7"]);
    for name in [
        "media.example.org",
        "MEDIA.Example.ORG.",
        "a.cdn.example.org",
        "a.CDN.example.org.",
        "*.cdn.example.org",
        "_x.cdn.example.org",
        "xn--bcher-kva.example",
        "192.0.2.7",
        "2001:db8:0:0::7",
        "[2001:db8::7]",
    ] {
        assert!(leaf.covers(name), "{name}");
    }
    for name in [
        "",
        ".",
        "example.org",
        "x.media.example.org",
        "cdn.example.org",
        ".cdn.example.org",
        "a.b.cdn.example.org",
        "*.a.cdn.example.org",
        "*.media.example.org",
        "a*.cdn.example.org",
        "media.example.org..",
        "192.0.2.8",
        "2001:db8::8",
    ] {
        assert!(!leaf.covers(name), "{name}");
    }
}

#[test]
fn an_address_among_the_dns_names_is_no_address() {
    let mut params = rcgen::CertificateParams::default();
    params.subject_alt_names = vec![
        rcgen::SanType::DnsName("192.0.2.7".try_into().unwrap()),
        rcgen::SanType::DnsName("*".try_into().unwrap()),
    ];
    let der = params.self_signed(&rcgen::KeyPair::generate().unwrap()).unwrap();
    let certificate = Certificate::from_der(der.der()).unwrap();
    assert!(!certificate.covers("192.0.2.7"));
    assert!(!certificate.covers("localhost"));
    assert!(!certificate.covers("a.example"));
}

#[test]
fn dates_beyond_all_clocks() {
    assert_eq!(timestamp(253_402_300_799), Timestamp::MAX, "9999-12-31T23:59:59Z");
    assert_eq!(timestamp(i64::MIN), Timestamp::MIN);
}

#[test]
fn names_cannot_drive_a_terminal() {
    assert_eq!(escaped("a\u{1b}[2Jb\u{202e}ü"), "a\\u{1b}[2Jb\\u{202e}ü");
}

#[test]
fn the_kinds_of_keys() {
    for key_type in [KeyType::EcdsaP256, KeyType::EcdsaP384, KeyType::Rsa2048, KeyType::Rsa4096] {
        let key = PrivateKey::generate(key_type).unwrap();
        let now = Timestamp::UNIX_EPOCH;
        let der = Authority::root("Test CA").leaf(&["a.example"], &key, 1, now, now + SignedDuration::from_hours(24));
        let certificate = Certificate::from_der(&der).unwrap();
        assert_eq!(certificate.key_type, key_type);
        assert_eq!(&certificate.key, key.public());
    }
    let other = rcgen::KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap();
    let der = rcgen::CertificateParams::new(vec!["a.example".to_owned()]).unwrap().self_signed(&other).unwrap();
    assert_eq!(Certificate::from_der(der.der()).unwrap().key_type, KeyType::Other);
}

#[test]
fn what_follows_a_certificate_is_refused() {
    let mut der = minted(&["a.example"]).der;
    der.push(0);
    assert_eq!(Certificate::from_der(&der), Err(X509Error::BadCertificate { reason: "something follows it" }));
}

#[test]
fn pem_as_people_have_it() {
    let ca = Authority::root("Test CA");
    let minted = ca.mint(&["a.example"], 5);
    let chain = &minted.chain;
    let text = chain.to_pem();
    let same = |text: &str| Chain::from_pem(text.as_bytes()).as_ref() == Ok(chain);
    assert!(same(&text.replace('\n', "\r\n")));
    assert!(same(&format!("Bag Attributes\n  friendlyName: x\nsubject=CN = a\n{text}some words after\n\0\u{1b}")));
    assert!(same(&text.replace("-----BEGIN", " \n\n-----BEGIN")), "empty lines and blanks between");
    assert!(same(&(text.clone() + minted.key.to_pem().expose_str().unwrap())), "a combined file");
    assert_eq!(text, chain.leaf_pem() + &chain.issuers_pem());
    let code = |text: &[u8]| Chain::from_pem(text).unwrap_err().code();
    assert_eq!(code(text.replace("CERTIFICATE", "X CERTIFICATE").as_bytes()), "certificate-missing");
    assert_eq!(code(text.replace("BEGIN CERTIFICATE", "BEGIN X").as_bytes()), "pem-damaged");
    assert_eq!(code(minted.key.to_pem().expose()), "certificate-missing");
    assert_eq!(code(b""), "certificate-missing");
    assert_eq!(code(text.trim_end().trim_end_matches('-').as_bytes()), "pem-damaged");
    assert_eq!(code(&text.as_bytes()[..text.len() / 3]), "pem-damaged");
    assert_eq!(code(pem::write("CERTIFICATE", b"not DER").as_slice()), "certificate-unreadable");
    assert_eq!(code(text.repeat(40).as_bytes()), "chain-too-long");
}

#[test]
fn much_garbage() {
    let mut state = 1_u64;
    let garbage: Vec<u8> = (0..10 << 20)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 56) as u8
        })
        .collect();
    assert_eq!(Chain::from_pem(&garbage).unwrap_err().code(), "pem-too-large");
    assert_eq!(Chain::from_pem(&garbage[..1 << 20]).unwrap_err().code(), "certificate-missing");
    assert!(Certificate::from_der(&garbage).is_err());
    let begins = "-----BEGIN CERTIFICATE-----\n".repeat(30_000);
    assert_eq!(Chain::from_pem(begins.as_bytes()).unwrap_err().code(), "pem-damaged");
    // Sequences in sequences, a megabyte deep.
    assert!(Certificate::from_der(&[0x30, 0x80].repeat(1 << 19)).is_err());
    assert!(Certificate::from_der(&[0x30, 0x84, 0x7f, 0xff, 0xff, 0xff].repeat(1 << 17)).is_err());
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
        let _ = Certificate::from_der(&bytes);
        let _ = crate::x509::csr::Request::from_der(&bytes);
        let _ = Chain::from_pem(&bytes);
        let _ = Chain::from_pem(&pem::write("CERTIFICATE", &bytes));
        let _ = PrivateKey::from_pem(&crate::secrets::Secret::new(pem::write("PRIVATE KEY", &bytes).to_vec()));
    }

    #[test]
    fn no_change_of_a_certificate_panics(changes in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..6), cut in any::<proptest::sample::Index>()) {
        let chain = fixed();
        let mut der = chain.leaf().der.clone();
        for (index, byte) in changes {
            let at = index.index(der.len());
            der[at] = byte;
        }
        let issuer = chain.issuers()[0].der.clone();
        let _ = Certificate::from_der(&der[..cut.index(der.len())]);
        if let Ok(changed) = Chain::from_der(&[der, issuer]) {
            let _ = changed.problems();
            let _ = changed.leaf().ari_id();
            let _ = changed.leaf().covers("media.example.org");
            prop_assert!(!changed.leaf().issuer.chars().any(char::is_control));
            prop_assert!(!changed.leaf().names.concat().chars().any(char::is_control));
        }
    }

    #[test]
    fn a_wildcard_covers_one_label(label in "[a-z0-9_-]{1,20}", more in "[a-z]{1,5}") {
        let chain = fixed();
        let leaf = chain.leaf();
        let one = format!("{label}.cdn.example.org");
        let two = format!("{label}.{more}.cdn.example.org");
        let beside = format!("{label}.{more}.example.org");
        prop_assert!(leaf.covers(&one));
        prop_assert!(!leaf.covers(&two));
        prop_assert_eq!(leaf.covers(&beside), more == "cdn");
    }

    #[test]
    fn chains_survive_pem(noise in "[ -,.-~\n]{0,200}") {
        let chain = fixed();
        prop_assume!(!noise.contains("-----"));
        let text = format!("{noise}\n{}{noise}", chain.to_pem());
        let read = Chain::from_pem(text.as_bytes());
        prop_assert_eq!(read.as_ref(), Ok(chain));
    }
}

/// One that is made once.
fn fixed() -> &'static Chain {
    static CHAIN: std::sync::OnceLock<Chain> = std::sync::OnceLock::new();
    CHAIN.get_or_init(|| Authority::root("Test CA").mint(&["media.example.org", "*.cdn.example.org"], 99).chain)
}
