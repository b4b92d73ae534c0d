use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use jiff::SignedDuration;
use proptest::prelude::*;
use secrecy::ExposeSecret as _;

use super::*;
use crate::x509::minted::{Authority, Minted};

struct Room {
    directory: tempfile::TempDir,
}

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn meta() -> Meta {
    Meta {
        directory: "https://ca.example/directory".to_owned(),
        issued: time("2026-11-21T00:00:00Z"),
        host: None,
        renewal: None,
        revoked: None,
    }
}

fn stored(minted: &Minted) -> Stored {
    Stored {
        serial: minted.chain.leaf().serial.clone(),
        chain: minted.chain.clone(),
        meta: meta(),
        key: Some(minted.key.to_pem()),
    }
}

fn mint(serial: u64) -> Stored {
    stored(&Authority::root("CA").mint(&["media.example.org"], serial))
}

fn nobody() -> Identities {
    Identities::with_environment(Vec::new(), &|_| None)
}

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().permissions().mode() & 0o7777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

impl Room {
    fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap() }
    }

    fn root(&self) -> PathBuf {
        self.directory.path().join("certs")
    }

    fn store(&self) -> Store {
        Store::open(&self.root(), &[], nobody()).unwrap()
    }

    /// The codes of what is wrong.
    fn codes(&self) -> Vec<&'static str> {
        self.store().load_all().unwrap().problems.iter().map(Problem::code).collect()
    }

    /// The serials of the versions of `media`, newest first; `!` behind those without a key.
    fn versions(&self) -> Vec<String> {
        versions(&self.store().load_all().unwrap())
    }
}

fn versions(certificates: &Certificates) -> Vec<String> {
    let shown = |stored: &Stored| format!("{}{}", stored.serial, if stored.key.is_some() { "" } else { "!" });
    certificates.of("media", None).iter().map(shown).collect()
}

#[test]
fn what_is_added_is_there() {
    let room = Room::new();
    let store = room.store();
    assert!(store.load_all().unwrap().versions.is_empty(), "nothing is made by looking");
    assert!(!room.root().exists());
    let added = mint(0xa1);
    store.add("media", None, &added).unwrap();
    let certificates = store.load_all().unwrap();
    let found = certificates.newest("media", None).unwrap();
    assert_eq!((&found.serial, &found.chain, &found.meta), (&added.serial, &added.chain, &added.meta));
    assert_eq!(found.key.as_ref().unwrap().expose(), added.key.as_ref().unwrap().expose());
    assert!(certificates.problems.is_empty());
    let entry = room.root().join("media/a1");
    assert_eq!(mode(&room.root()), 0o700);
    assert_eq!(mode(&entry), 0o700);
    for file in ["privkey.pem", "fullchain.pem", "meta.json"] {
        assert_eq!(mode(&entry.join(file)), 0o600, "{file}");
    }
    let key = added.key.as_ref().unwrap().expose_str().unwrap();
    assert!(!format!("{store:?} {certificates:?}").contains(key.lines().nth(1).unwrap()));
}

#[test]
fn only_the_names_that_are_asked_for() {
    let room = Room::new();
    let host = HostName::new("fritz");
    room.store().add("media", None, &mint(1)).unwrap();
    room.store().add("media", Some(&host), &mint(2)).unwrap();
    room.store().add("other", None, &mint(3)).unwrap();
    let certificates = room.store().load(&BTreeSet::from(["media".to_owned()])).unwrap();
    let keys: Vec<_> = certificates.versions.keys().cloned().collect();
    assert_eq!(keys, [("media".to_owned(), None), ("media".to_owned(), Some(host.clone()))]);
    assert_eq!(certificates.newest("media", Some(&host)).unwrap().serial.as_str(), "02");
    assert!(certificates.newest("other", None).is_none());
    assert!(room.root().join("media@fritz/02/fullchain.pem").exists());
}

#[test]
fn the_newest_comes_first() {
    let room = Room::new();
    let ca = Authority::root("CA");
    let (early, late) = (time("2026-01-01T00:00:00Z"), time("2026-03-01T00:00:00Z"));
    let until = time("2027-01-01T00:00:00Z");
    for (serial, from, issued) in [(5, early, early), (9, late, early), (7, late, late), (8, early, late)] {
        let mut stored = stored(&ca.mint_at(&["a.example"], serial, from, until));
        stored.meta.issued = issued;
        room.store().add("media", None, &stored).unwrap();
    }
    assert_eq!(room.versions(), ["07", "09", "08", "05"]);
}

#[test]
fn adding_twice() {
    let room = Room::new();
    let one = mint(1);
    room.store().add("media", None, &one).unwrap();
    room.store().add("media", None, &one).unwrap();
    room.store().add("media", None, &Stored { key: None, ..one.clone() }).unwrap();
    assert_eq!(room.versions(), ["01"]);
    let error = room.store().add("media", None, &mint(1)).unwrap_err();
    assert_eq!(error.code(), "store-taken", "another certificate of the same number");
    let late = mint(2);
    room.store().add("media", None, &Stored { key: None, ..late.clone() }).unwrap();
    assert_eq!(room.store().add("media", None, &late).unwrap_err().code(), "store-taken");
    assert_eq!(room.versions(), ["02!", "01"]);
}

#[test]
fn a_pair_that_does_not_match() {
    let room = Room::new();
    let (one, two) = (mint(1), mint(2));
    let mixed = Stored { key: two.key.clone(), ..one.clone() };
    assert_eq!(room.store().add("media", None, &mixed).unwrap_err().code(), "store-key-mismatch");
    assert!(!room.root().exists(), "nothing is written");
    let wrong = Stored { serial: two.serial.clone(), ..one.clone() };
    assert_eq!(room.store().add("media", None, &wrong).unwrap_err().code(), "store-other-serial");
    room.store().add("media", None, &one).unwrap();
    fs::write(room.root().join("media/01/privkey.pem"), two.key.unwrap().expose()).unwrap();
    assert_eq!(room.codes(), ["store-key-mismatch"]);
    assert_eq!(room.versions(), ["01!"], "never handed out");
}

#[test]
fn what_is_broken_does_not_hide_the_rest() {
    let room = Room::new();
    for serial in 1..=9 {
        room.store().add("media", None, &mint(serial)).unwrap();
    }
    let entry = |serial: &str| room.root().join("media").join(serial);
    fs::write(entry("01").join("fullchain.pem"), "x").unwrap();
    fs::remove_file(entry("02").join("meta.json")).unwrap();
    fs::write(entry("03").join("meta.json"), "{").unwrap();
    set_mode(&entry("04").join("privkey.pem"), 0o640);
    fs::write(entry("05").join("privkey.pem"), "x").unwrap();
    fs::remove_file(entry("06").join("privkey.pem")).unwrap();
    fs::rename(entry("07"), entry("0A")).unwrap();
    fs::rename(entry("08"), entry("0b")).unwrap();
    fs::create_dir(room.root().join(".git")).unwrap();
    let mut codes = room.codes();
    codes.sort_unstable();
    assert_eq!(
        codes,
        [
            "store-entry-unreadable",
            "store-entry-unreadable",
            "store-entry-unreadable",
            "store-key-readable-by-others",
            "store-key-unreadable",
            "store-no-entry",
            "store-other-serial",
        ]
    );
    assert_eq!(room.versions(), ["09", "06!", "05!", "04!"]);
    for problem in room.store().load_all().unwrap().problems {
        assert_eq!(problem.name, "media");
        assert!(problem.is_fault());
        assert!(problem.to_string().contains("media/0") && !problem.hint().is_empty(), "{problem}");
    }
}

#[test]
fn a_store_that_is_open_to_others_is_refused() {
    let room = Room::new();
    room.store().add("media", None, &mint(1)).unwrap();
    let identity = age::x25519::Identity::generate();
    let recipients = [identity.to_public().to_string()];
    let open =
        |recipients: &[String]| Store::open(&room.root(), recipients, nobody()).map(|_| ()).map_err(|e| e.code());
    for bits in [0o755, 0o710, 0o770, 0o701] {
        set_mode(&room.root(), bits);
        assert_eq!(open(&[]), Err("store-open-to-others"), "{bits:o}");
        assert_eq!(open(&recipients), Ok(()), "its keys are encrypted: {bits:o}");
    }
    set_mode(&room.root(), 0o777);
    assert_eq!(open(&recipients), Err("store-open-to-others"));
    set_mode(&room.root(), 0o700);
    assert_eq!(open(&[]), Ok(()));
    fs::write(room.directory.path().join("file"), "").unwrap();
    assert!(Store::open(&room.directory.path().join("file"), &[], nobody()).is_err());
}

#[test]
fn keys_are_encrypted_to_recipients() {
    let room = Room::new();
    let identity = age::x25519::Identity::generate();
    let other = age::x25519::Identity::generate();
    let file = room.directory.path().join("identity.txt");
    fs::write(&file, format!("{}\n", identity.to_string().expose_secret())).unwrap();
    set_mode(&file, 0o600);
    let recipients = [other.to_public().to_string(), identity.to_public().to_string()];
    let ours = || Identities::with_environment(vec![file.clone()], &|_| None);
    let added = mint(1);
    Store::open(&room.root(), &recipients, nobody()).unwrap().add("media", None, &added).unwrap();
    let entry = room.root().join("media/01");
    assert!(!entry.join("privkey.pem").exists());
    let text = fs::read_to_string(entry.join("privkey.pem.age")).unwrap();
    assert!(text.starts_with("-----BEGIN AGE ENCRYPTED FILE-----"));
    let store = Store::open(&room.root(), &recipients, ours()).unwrap();
    let found = store.load_all().unwrap();
    assert_eq!(found.newest("media", None).unwrap().key.as_ref().unwrap().expose(), added.key.unwrap().expose());

    // Without an identity the certificate is there all the same, and its key is not at hand: no fault.
    let room_of = |identities| Store::open(&room.root(), &recipients, identities).unwrap().load_all().unwrap();
    fs::write(&file, format!("{}\n", age::x25519::Identity::generate().to_string().expose_secret())).unwrap();
    for certificates in [room_of(nobody()), room_of(ours())] {
        assert_eq!(versions(&certificates), ["01!"]);
        assert_eq!(certificates.problems[0].code(), "store-key-locked");
        assert!(!certificates.problems[0].is_fault());
    }
    // An identity that others can read is refused, and not taken for an open key.
    set_mode(&file, 0o644);
    assert_eq!(room_of(ours()).problems[0].code(), "store-key-unreadable");
    // A cut file is damage.
    fs::write(entry.join("privkey.pem.age"), &text[..text.len() / 2]).unwrap();
    set_mode(&file, 0o600);
    assert_eq!(room_of(ours()).problems[0].code(), "store-key-unreadable");
}

#[test]
fn what_is_known_can_change() {
    let room = Room::new();
    let one = mint(1);
    let missing = room.store().update_meta("media", None, &one.serial, |_| panic!("nothing to change"));
    assert_eq!(missing.unwrap_err().code(), "store-not-there");
    assert!(!room.root().exists());
    room.store().add("media", None, &one).unwrap();
    let revoked = Revoked { time: time("2026-11-22T00:00:00Z"), reason: "keyCompromise".to_owned() };
    // Of two who change at once, neither loses what the other wrote.
    std::thread::scope(|scope| {
        for index in 0..8_i64 {
            let (room, one, revoked) = (&room, &one, revoked.clone());
            scope.spawn(move || {
                let changed = room.store().update_meta("media", None, &one.serial, |meta| {
                    meta.issued += SignedDuration::from_secs(1 << (2 * index));
                    meta.revoked = Some(revoked);
                });
                changed.unwrap();
            });
        }
    });
    let found = room.store().load_all().unwrap();
    let meta = &found.newest("media", None).unwrap().meta;
    assert_eq!(meta.issued.duration_since(super::tests::meta().issued), SignedDuration::from_secs(0x5555));
    assert_eq!(meta.revoked, Some(revoked));
    assert_eq!(mode(&room.root().join("media/01/meta.json")), 0o600);
}

#[test]
fn names_cannot_lead_elsewhere() {
    let room = Room::new();
    let long = "x".repeat(101);
    for name in ["", ".", "..", "../x", "a/b", "a@b", "a\0b", ".new-1", long.as_str()] {
        let one = mint(1);
        assert_eq!(room.store().add(name, None, &one).unwrap_err().code(), "store-bad-name", "{name}");
        let host = HostName::new(name);
        assert_eq!(room.store().add("media", Some(&host), &one).unwrap_err().code(), "store-bad-name", "{name}");
    }
    assert!(!room.root().exists());
}

#[test]
fn two_fleets_at_once() {
    let room = Room::new();
    let same = mint(0xff);
    let each: Vec<Stored> = (1..=8).map(mint).collect();
    std::thread::scope(|scope| {
        for one in &each {
            let (room, same) = (&room, &same);
            scope.spawn(move || {
                room.store().add("media", None, one).unwrap();
                room.store().add("media", None, same).unwrap();
            });
        }
    });
    assert_eq!(room.versions(), ["ff", "08", "07", "06", "05", "04", "03", "02", "01"]);
    assert_eq!(room.codes(), [""; 0]);
    assert_eq!(directory::read_dir(&room.root()).unwrap(), [".lock", "media"]);
}

/// Run by [`a_kill_leaves_whole_entries`] in a process of its own.
#[test]
#[ignore = "adds until it is killed"]
fn adds_until_it_is_killed() {
    let Some(root) = std::env::var_os("FLEET_TEST_STORE") else { return };
    let ca = Authority::root("CA");
    let store = Store::open(Path::new(&root), &[], nobody()).unwrap();
    let start = u64::from(std::process::id()) << 32;
    for serial in start.. {
        store.add("media", None, &stored(&ca.mint(&["media.example.org"], serial))).unwrap();
    }
}

#[test]
fn a_kill_leaves_whole_entries() {
    let room = Room::new();
    for round in 0..12_u64 {
        let before = room.versions().len();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "store::tests::adds_until_it_is_killed", "--ignored"])
            .env("FLEET_TEST_STORE", room.root())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Once it is at it, at another moment each time.
        while room.versions().len() == before {
            assert!(child.try_wait().unwrap().is_none(), "it adds");
        }
        std::thread::sleep(Duration::from_micros(round * 1370));
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(room.codes(), [""; 0]);
        assert!(room.versions().iter().all(|version| !version.ends_with('!')));
    }
    fs::create_dir(room.root().join(".new-left")).unwrap();
    fs::write(room.root().join(".new-left/privkey.pem"), "x").unwrap();
    fs::write(room.root().join(".new-file"), "x").unwrap();
    room.store().add("media", None, &mint(1)).unwrap();
    assert_eq!(directory::read_dir(&room.root()).unwrap(), [".lock", "media"], "what was left is swept");
}

#[test]
fn exported_files() {
    use Part::{Combined, Fullchain, Issuers, Key, Leaf};
    let room = Room::new();
    let one = mint(1);
    room.store().add("media", None, &one).unwrap();
    let into = room.directory.path().join("out/deep");
    let all = Export { parts: vec![Fullchain, Leaf, Issuers, Key, Combined], replace: false };
    let export = |export: &Export| room.store().export("media", None, &one.serial, &into, export);
    let files = export(&all).unwrap();
    let names: Vec<_> = files.iter().map(|path| path.file_name().unwrap().to_str().unwrap().to_owned()).collect();
    assert_eq!(names, ["fullchain.pem", "cert.pem", "chain.pem", "privkey.pem", "combined.pem"]);
    assert_eq!(files.iter().map(|path| mode(path)).collect::<Vec<_>>(), [0o644, 0o644, 0o644, 0o600, 0o600]);
    assert_eq!(Chain::from_pem(&fs::read(&files[4]).unwrap()).unwrap(), one.chain);
    let combined = crate::secrets::Secret::new(fs::read(&files[4]).unwrap());
    assert_eq!(PrivateKey::from_pem(&combined).unwrap().public(), &one.chain.leaf().key);
    assert_eq!(mode(&into), 0o700);

    assert_eq!(export(&all).unwrap_err().code(), "export-exists");
    fs::write(&files[0], "old").unwrap();
    fs::remove_file(&files[1]).unwrap();
    assert_eq!(export(&Export { parts: vec![Leaf, Fullchain], replace: false }).unwrap_err().code(), "export-exists");
    assert!(!files[1].exists(), "all or none");
    export(&Export { replace: true, ..all.clone() }).unwrap();
    assert_eq!(fs::read_to_string(&files[0]).unwrap(), one.chain.to_pem());
    assert_eq!(directory::read_dir(&into).unwrap().len(), 5, "no helper is left");

    fs::remove_file(room.root().join("media/01/privkey.pem")).unwrap();
    assert_eq!(export(&Export { replace: true, ..all }).unwrap_err().code(), "store-no-key");
    let gone = Serial::parse("77").unwrap();
    let error = room.store().export("media", None, &gone, &into, &Export { parts: vec![Leaf], replace: true });
    assert_eq!(error.unwrap_err().code(), "store-not-there");
}

#[test]
fn a_directory_that_cannot_be_read_is_an_error() {
    let room = Room::new();
    room.store().add("media", None, &mint(1)).unwrap();
    fs::write(room.root().join("stray"), "x").unwrap();
    let error = room.store().load_all().unwrap_err();
    assert_eq!(error.code(), "store-io");
    assert!(error.to_string().contains("stray"), "{error}");
    assert_eq!(room.store().load(&BTreeSet::from(["media".to_owned()])).unwrap().versions.len(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_bytes_of_an_entry_panic(file in 0_usize..3, bytes in proptest::collection::vec(any::<u8>(), 0..300), keep in any::<bool>()) {
        let room = Room::new();
        room.store().add("media", None, &mint(1)).unwrap();
        let path = room.root().join("media/01").join(["fullchain.pem", "privkey.pem", "meta.json"][file]);
        let mut content = if keep { fs::read(&path).unwrap() } else { Vec::new() };
        content.truncate(content.len() / 2);
        content.extend(bytes);
        fs::write(&path, content).unwrap();
        let certificates = room.store().load_all().unwrap();
        prop_assert_eq!(certificates.problems.len(), 1);
        prop_assert!(certificates.newest("media", None).is_none_or(|stored| stored.key.is_none()));
    }
}
