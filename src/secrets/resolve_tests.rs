use std::fs;
use std::io::Write as _;
use std::time::Instant;

use super::*;

/// Searched for in everything that could show it.
const POISON: &str = "hunter2-poison";

struct Room {
    dir: tempfile::TempDir,
    env: BTreeMap<String, OsString>,
}

impl Room {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap(), env: BTreeMap::new() }
    }

    fn set(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.env.insert(name.to_owned(), value.into());
        self
    }

    fn file(&self, name: &str, bytes: impl AsRef<[u8]>, mode: u32) -> PathBuf {
        let path = self.dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        path
    }

    fn resolver(&self) -> Resolver {
        let env = self.env.clone();
        Resolver::with_environment(self.dir.path(), move |name| env.get(name).cloned())
    }

    fn get(&self, reference: &SecretRef) -> Result<String, &'static str> {
        self.resolver().resolve(reference).map(|secret| secret.expose_str().unwrap().to_owned()).map_err(|error| {
            let all = format!("{error} {error:?} {}", error.hint());
            assert!(!all.contains(POISON), "{all}");
            error.code()
        })
    }
}

fn env(name: &str) -> SecretRef {
    SecretRef::Env(name.to_owned())
}

fn file(path: &str) -> SecretRef {
    SecretRef::File(path.to_owned())
}

fn sh(script: &str) -> SecretRef {
    SecretRef::Command(["sh", "-c", script].map(str::to_owned).to_vec())
}

fn age(path: &str) -> SecretRef {
    SecretRef::Age(path.to_owned())
}

#[test]
fn variables() {
    let room = Room::new().set("A", POISON).set("NEWLINE", "x\n").set("EMPTY", "");
    assert_eq!(room.get(&env("A")), Ok(POISON.into()));
    assert_eq!(room.get(&env("NEWLINE")), Ok("x\n".into()));
    assert_eq!(room.get(&env("EMPTY")), Err("secret-empty"));
    assert_eq!(room.get(&env("B")), Err("secret-env-missing"));
    assert_eq!(room.get(&env("")), Err("secret-bad-reference"));
}

#[test]
fn files_must_be_private() {
    let room = Room::new();
    room.file("good", format!("{POISON}\n"), 0o600);
    room.file("two", "x\n\n", 0o400);
    room.file("dos", "x\r\n", 0o600);
    room.file("empty", "\n", 0o600);
    assert_eq!(room.get(&file("good")), Ok(POISON.into()));
    assert_eq!(room.get(&file("two")), Ok("x\n".into()));
    assert_eq!(room.get(&file("dos")), Ok("x".into()));
    assert_eq!(room.get(&file("empty")), Err("secret-empty"));
    assert_eq!(room.get(&file("missing")), Err("secret-file-unreadable"));
    assert_eq!(room.get(&file(".")), Err("secret-file-unreadable"));
    for mode in [0o640, 0o604, 0o644, 0o620, 0o602, 0o610] {
        room.file("open", POISON, mode);
        assert_eq!(room.get(&file("open")), Err("secret-file-readable-by-others"), "{mode:o}");
    }
    room.file("huge", vec![b'x'; (256 << 10) + 1], 0o600);
    assert_eq!(room.get(&file("huge")), Err("secret-too-large"));
    let absolute = room.file("absolute", "x", 0o600);
    assert_eq!(room.get(&file(absolute.to_str().unwrap())), Ok("x".into()));
}

#[test]
fn commands() {
    let room = Room::new();
    room.file("beside", "found\n", 0o644);
    assert_eq!(room.get(&sh(&format!("echo {POISON}"))), Ok(POISON.into()));
    assert_eq!(room.get(&sh("cat beside")), Ok("found".into()), "runs in the inventory directory");
    assert_eq!(room.get(&sh(&format!("echo {POISON}; echo {POISON} >&2; exit 3"))), Err("secret-command-failed"));
    assert_eq!(room.get(&sh("kill -9 $$")), Err("secret-command-failed"));
    assert_eq!(room.get(&sh("true")), Err("secret-empty"));
    assert_eq!(room.get(&sh("head -c 300000 /dev/zero")), Err("secret-too-large"));
    assert_eq!(room.get(&SecretRef::Command(vec!["no-such-program".into()])), Err("secret-command-not-started"));
    assert_eq!(room.get(&SecretRef::Command(vec![])), Err("secret-bad-reference"));
    assert_eq!(room.get(&sh("cat; echo no input")), Ok("no input".into()));
    let no_shell = SecretRef::Command(["echo", "$HOME; id"].map(str::to_owned).to_vec());
    assert_eq!(room.get(&no_shell), Ok("$HOME; id".into()));
}

#[test]
fn commands_end_in_time() {
    let room = Room::new();
    let limit = Duration::from_millis(300);
    for script in ["sleep 60", "exec sleep 60", "yes", "sleep 60 & echo x"] {
        let started = Instant::now();
        let error = room.resolver().command_time(limit).resolve(&sh(script)).unwrap_err();
        assert_eq!(error.code(), "secret-command-timeout", "{script}");
        assert!(started.elapsed() < Duration::from_secs(5), "{script}");
    }
}

#[test]
fn each_is_fetched_once() {
    let room = Room::new();
    let resolver = room.resolver();
    let count = |script: &str, name: &str| {
        let reference = sh(&format!("echo run >> {name}; {script}"));
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| resolver.resolve(&reference).is_ok());
            }
        });
        fs::read_to_string(room.dir.path().join(name)).unwrap().lines().count()
    };
    assert_eq!(count("echo x", "good"), 1);
    assert_eq!(count("exit 1", "bad"), 1);
    assert!(!format!("{resolver:?}").contains("echo"));
}

fn encrypt(recipient: &impl age::Recipient, text: &str) -> Vec<u8> {
    age::encrypt(recipient, text.as_bytes()).unwrap()
}

fn identity_text(identity: &age::x25519::Identity) -> String {
    use secrecy::ExposeSecret as _;
    format!("# created: today\n{}\n", identity.to_string().expose_secret())
}

#[test]
fn age_files() {
    let identity = age::x25519::Identity::generate();
    let room = Room::new();
    let key = room.file("key.txt", identity_text(&identity), 0o600);
    let room = room.set("FLEET_AGE_IDENTITY", &key);
    room.file("good.age", encrypt(&identity.to_public(), &format!("{POISON}\n")), 0o644);
    assert_eq!(room.get(&age("good.age")), Ok(POISON.into()));
    let armored = age::encrypt_and_armor(&identity.to_public(), b"armored").unwrap();
    room.file("armored.age", armored, 0o644);
    assert_eq!(room.get(&age("armored.age")), Ok("armored".into()));

    let other = age::x25519::Identity::generate();
    room.file("other.age", encrypt(&other.to_public(), POISON), 0o644);
    assert_eq!(room.get(&age("other.age")), Err("secret-not-decrypted"));
    room.file("plain.age", POISON, 0o644);
    assert_eq!(room.get(&age("plain.age")), Err("secret-not-decrypted"));
    let mut cut = encrypt(&identity.to_public(), POISON);
    cut.truncate(cut.len() - 3);
    room.file("cut.age", cut, 0o644);
    assert_eq!(room.get(&age("cut.age")), Err("secret-not-decrypted"));
    let mut passphrase = Vec::new();
    let mut writer = age::Encryptor::with_user_passphrase("x".to_owned().into()).wrap_output(&mut passphrase).unwrap();
    writer.write_all(b"x").unwrap();
    writer.finish().unwrap();
    room.file("passphrase.age", passphrase, 0o644);
    assert_eq!(room.get(&age("passphrase.age")), Err("secret-not-decrypted"));
    assert_eq!(room.get(&age("missing.age")), Err("secret-file-unreadable"));
}

#[test]
fn age_identities() {
    let identity = age::x25519::Identity::generate();
    let room = Room::new();
    room.file("good.age", encrypt(&identity.to_public(), "x"), 0o644);
    assert_eq!(room.get(&age("good.age")), Err("secret-no-identity"));
    let home = room.dir.path().join("home");
    let room = room.set("HOME", &home);
    assert_eq!(room.get(&age("good.age")), Err("secret-no-identity"));
    room.file("home/.config/fleet/age.txt", identity_text(&identity), 0o644);
    assert_eq!(room.get(&age("good.age")), Err("secret-file-readable-by-others"));
    room.file("home/.config/fleet/age.txt", identity_text(&identity), 0o600);
    assert_eq!(room.get(&age("good.age")), Ok("x".into()));
    let broken = room.file("broken.txt", format!("AGE-SECRET-KEY-{POISON}\n"), 0o600);
    let room = room.set("FLEET_AGE_IDENTITY", &broken);
    assert_eq!(room.get(&age("good.age")), Err("secret-bad-identity"));
    let empty = room.file("empty.txt", "# nothing\n", 0o600);
    let room = room.set("FLEET_AGE_IDENTITY", &empty);
    assert_eq!(room.get(&age("good.age")), Err("secret-bad-identity"));
}

#[test]
fn ssh_keys_decrypt() {
    let room = Room::new();
    let ssh = room.dir.path().join("home/.ssh");
    fs::create_dir_all(&ssh).unwrap();
    let keygen = |name: &str, passphrase: &str| {
        let path = ssh.join(name);
        let status = std::process::Command::new("ssh-keygen")
            .args(["-q", "-t", "ed25519", "-N", passphrase, "-C", "", "-f"])
            .arg(&path)
            .status()
            .expect("ssh-keygen is installed");
        assert!(status.success());
        fs::read_to_string(path.with_extension("pub")).unwrap().parse::<age::ssh::Recipient>().unwrap()
    };
    let recipient = keygen("id_ed25519", "");
    let locked = keygen("locked", "secret passphrase");
    room.file("good.age", encrypt(&recipient, "x"), 0o644);
    room.file("locked.age", encrypt(&locked, "x"), 0o644);
    let room = room.set("HOME", ssh.parent().unwrap());
    assert_eq!(room.get(&age("good.age")), Ok("x".into()));
    assert_eq!(room.get(&age("locked.age")), Err("secret-not-decrypted"));
    let room = room.set("FLEET_AGE_IDENTITY", ssh.join("locked"));
    assert_eq!(room.get(&age("locked.age")), Err("secret-bad-identity"));
}
