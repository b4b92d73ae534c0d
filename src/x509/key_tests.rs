use std::io::Write as _;
use std::process::{Command, Stdio};

use super::*;

/// What `openssl` makes of its input.
fn openssl(arguments: &[&str], input: &[u8]) -> Vec<u8> {
    let mut child = Command::new("openssl")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("openssl is installed");
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "openssl {arguments:?}");
    output.stdout
}

fn secret(bytes: &[u8]) -> Secret {
    Secret::new(bytes.to_vec())
}

#[test]
fn keys_that_we_make_are_read_by_others_and_by_us() {
    for key_type in [KeyType::EcdsaP256, KeyType::EcdsaP384, KeyType::Rsa2048, KeyType::Rsa4096] {
        let key = PrivateKey::generate(key_type).unwrap();
        assert_eq!(key.key_type(), key_type);
        let pem = key.to_pem();
        assert!(pem.expose().starts_with(b"-----BEGIN PRIVATE KEY-----\n"));
        let spki = openssl(&["pkey", "-pubout", "-outform", "DER"], pem.expose());
        assert_eq!(&Fingerprint::of(&spki), key.public(), "{key_type}");
        let again = PrivateKey::from_pem(&pem).unwrap();
        assert_eq!(again.to_pem().expose(), pem.expose());
        assert_eq!((again.public(), again.key_type()), (key.public(), key_type));
    }
    assert_eq!(PrivateKey::generate(KeyType::Other).unwrap_err(), X509Error::UnsupportedKey);
}

#[test]
fn older_forms_become_pkcs8() {
    for (key_type, arguments) in [
        (KeyType::EcdsaP256, &["ec"][..]),
        (KeyType::EcdsaP256, &["ec", "-no_public"]),
        (KeyType::EcdsaP384, &["ec"]),
        (KeyType::Rsa2048, &["rsa", "-traditional"]),
    ] {
        let key = PrivateKey::generate(key_type).unwrap();
        let old = openssl(arguments, key.to_pem().expose());
        assert!(!old.starts_with(b"-----BEGIN PRIVATE KEY"), "{arguments:?}");
        let read = PrivateKey::from_pem(&secret(&old)).unwrap();
        assert_eq!((read.public(), read.key_type()), (key.public(), key_type));
        let spki = openssl(&["pkey", "-pubout", "-outform", "DER"], read.to_pem().expose());
        assert_eq!(&Fingerprint::of(&spki), key.public(), "what we write is whole: {arguments:?}");
        read.csr(&["a.example".to_owned()]).unwrap();
    }
    // With its parameters in front, as `openssl ecparam -genkey` writes it.
    let both = openssl(&["ecparam", "-name", "prime256v1", "-genkey"], b"");
    assert!(both.starts_with(b"-----BEGIN EC PARAMETERS"));
    assert_eq!(PrivateKey::from_pem(&secret(&both)).unwrap().key_type(), KeyType::EcdsaP256);
}

#[test]
fn keys_that_cannot_be_used_say_why() {
    let code = |bytes: &[u8]| PrivateKey::from_pem(&secret(bytes)).unwrap_err().code();
    let key = PrivateKey::generate(KeyType::Rsa2048).unwrap();
    let pem = key.to_pem();
    let locked = openssl(&["pkcs8", "-topk8", "-passout", "pass:x"], pem.expose());
    assert_eq!(code(&locked), "key-encrypted");
    let locked = openssl(&["rsa", "-traditional", "-aes128", "-passout", "pass:x"], pem.expose());
    assert_eq!(code(&locked), "key-encrypted");
    assert_eq!(code(&[pem.expose(), pem.expose()].concat()), "key-ambiguous");
    assert_eq!(code(b"x"), "key-missing");
    assert_eq!(code(&pem::write("PRIVATE KEY", b"x")), "key-unreadable");
    assert_eq!(code(&pem.expose()[..500]), "pem-damaged");
    // A pair whose halves do not belong together.
    let other = PrivateKey::generate(KeyType::EcdsaP256).unwrap();
    let mut der = other.der.expose().to_vec();
    let last = der.len() - 1;
    der[last] ^= 1;
    assert_eq!(code(&pem::write("PRIVATE KEY", &der)), "key-unreadable");
}

#[test]
fn debug_shows_no_key() {
    let key = PrivateKey::generate(KeyType::EcdsaP256).unwrap();
    let shown = format!("{key:?}");
    assert_eq!(shown, format!("PrivateKey(ecdsa-p256 of {})", key.public()));
    let pem = key.to_pem();
    let line = pem.expose_str().unwrap().lines().nth(1).unwrap();
    assert!(!shown.contains(line));
}

#[test]
fn a_request_that_openssl_reads() {
    let key = PrivateKey::generate(KeyType::EcdsaP256).unwrap();
    let csr = key.csr(&["a.example".to_owned(), "*.a.example".to_owned(), "192.0.2.7".to_owned()]).unwrap();
    let text = openssl(&["req", "-inform", "DER", "-noout", "-text", "-verify"], &csr);
    let text = String::from_utf8_lossy(&text).into_owned();
    assert!(text.contains("DNS:a.example, DNS:*.a.example, IP Address:192.0.2.7"), "{text}");
    assert_eq!(key.csr(&["bücher.example".to_owned()]).unwrap_err().code(), "csr-bad-names");
}
