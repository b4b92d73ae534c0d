use super::*;
use crate::names::HostName;

fn fixed() -> DigestKey {
    DigestKey::from_bytes(std::array::from_fn(|index| u8::try_from(index).unwrap()))
}

/// Made with Python's hmac and hashlib for the key 00 01 … 1f.
#[test]
fn known_answers() {
    let key = fixed();
    assert_eq!(key.id(), "k630d");
    assert_eq!(key.digest("env/app/KEY", b"hunter2").as_str(), "k630d:3f7304d97d2619c2");
    assert_eq!(
        key.host_salt(&HostName::new("fritz")),
        "7f03ea9df3c472ab1502286c43d169b742465a100c5857f16483dfe569e35daf"
    );
    assert_eq!(format!("{key:?}"), "DigestKey(k630d)");
}

#[test]
fn context_and_key_count() {
    let key = fixed();
    assert_eq!(key.digest("a", b"x"), key.digest("a", b"x"));
    assert_ne!(key.digest("a", b"x"), key.digest("b", b"x"));
    assert_ne!(key.digest("a", b"bx"), key.digest("ab", b"x"));
    assert_ne!(key.digest("a", b"x"), DigestKey::from_bytes([7; 32]).digest("a", b"x"));
    assert_ne!(key.host_salt(&HostName::new("a")), key.host_salt(&HostName::new("b")));
}

#[test]
fn digests_serialise() {
    let digest = fixed().digest("a", b"x");
    let json = serde_json::to_string(&digest).unwrap();
    assert_eq!(serde_json::from_str::<KeyedDigest>(&json).unwrap(), digest);
    assert_eq!(digest.key_id(), fixed().id());
    for bad in [
        "",
        "k3f9a",
        "k3f9a:123",
        "k3f9a:0123456789abcdeg",
        "k3f9:0123456789abcdef",
        "3f9a:0123456789abcdef",
        "k3F9A:0123456789abcdef",
    ] {
        assert_eq!(bad.parse::<KeyedDigest>(), Err(NotADigest), "{bad}");
    }
}

#[test]
fn made_once_and_private() {
    let dir = tempfile::tempdir().unwrap();
    let state = dir.path().join("deep/.fleet");
    let keys: Vec<String> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| DigestKey::load_or_create(&state).unwrap().host_salt(&HostName::new("a"))))
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(keys.iter().all(|key| *key == keys[0]), "one key for all");
    let path = state.join("digest.key");
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&path), mode(&state)), (0o600, 0o700));
    assert_eq!(std::fs::read_dir(&state).unwrap().count(), 1, "nothing is left beside the key");
    assert_eq!(std::fs::read(&path).unwrap().len(), 32);
}

#[test]
fn bad_keys_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("digest.key");
    std::fs::write(&path, [0; 31]).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(DigestKey::load_or_create(dir.path()).unwrap_err().code(), "digest-key-length");
    std::fs::write(&path, [0; 33]).unwrap();
    assert_eq!(DigestKey::load_or_create(dir.path()).unwrap_err().code(), "digest-key-length");
    std::fs::write(&path, [0; 32]).unwrap();
    assert!(DigestKey::load_or_create(dir.path()).is_ok());
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    let error = DigestKey::load_or_create(dir.path()).unwrap_err();
    assert_eq!(error.code(), "digest-key-readable-by-others");
    assert!(error.hint().contains("chmod 600"));
    let file = dir.path().join("file");
    std::fs::write(&file, "").unwrap();
    assert_eq!(DigestKey::load_or_create(&file).unwrap_err().code(), "digest-key-io");
}
