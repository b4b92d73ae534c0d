//! A directory of its own for a run of the binary, with a cleared environment.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, OnceLock};

use serde_json::Value;

/// Where a test runs the binary.
pub(crate) struct Place(tempfile::TempDir);

/// What a run came to.
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// An inventory that is whole.
pub(crate) const HOSTS: &str =
    "[hosts.fritz]\n[hosts.franz]\n[hosts.freud]\n[groups]\nweb = \"fritz\"\nqueue = \"fr*\"\n";

/// A declared file, for plans and facts.
pub(crate) const ENV: &str = "[env.app]\npath = \"/srv/app/.env\"\nhosts = \"queue\"\n[env.app.keys]\nA = \"1\"\nB_PASS = { secret = { env = \"B_PASS\" } }\n";

impl Place {
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        for (name, text) in files {
            place.write(name, text.as_bytes());
        }
        place
    }

    /// With an inventory that is whole.
    pub(crate) fn whole() -> Self {
        Self::new(&[("inventory/hosts.toml", HOSTS)])
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, bytes: &[u8]) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_fleet"));
        command
            .env_clear()
            .env("HOME", self.0.path())
            .env("USER", "tester")
            .env("COLUMNS", "80")
            .current_dir(self.0.path())
            .stdin(Stdio::null())
            .args(arguments);
        command
    }

    pub(crate) fn fleet(&self, arguments: &[&str]) -> Run {
        let output = self.command(arguments).output().unwrap();
        let run = Run {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        };
        assert!(!run.stderr.contains("panicked"), "{arguments:?}: {}", run.stderr);
        run
    }

    /// Runs it as bad usage: exit code 2, in words for people, and for scripts as one document with this code.
    #[track_caller]
    pub(crate) fn refused(&self, arguments: &[&str], code: &str) -> Run {
        let plain = self.fleet(arguments);
        assert_eq!(plain.code, Some(2), "{arguments:?}: {}{}", plain.stdout, plain.stderr);
        assert_eq!(plain.stdout, "", "{arguments:?}");
        assert!(!plain.stderr.trim().is_empty(), "{arguments:?}");
        for (form, whole) in [("--json", true), ("--output=jsonl", false)] {
            let words: Vec<&str> = [form].iter().chain(arguments).copied().collect();
            let run = self.fleet(&words);
            assert_eq!(run.code, Some(2), "{words:?}: {}", run.stderr);
            let document = run.document("error");
            assert_eq!(document["error"]["code"], code, "{words:?}: {document}");
            assert!(whole || run.stdout.lines().count() == 1, "{words:?}: {}", run.stdout);
        }
        plain
    }

    /// Whether a file is not there.
    pub(crate) fn lacks(&self, name: &str) -> bool {
        !Path::new(&self.path(name)).exists()
    }
}

impl Run {
    /// The one document on stdout, held against its schema.
    #[track_caller]
    pub(crate) fn document(&self, schema: &str) -> Value {
        let document: Value = serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("not one document ({error}): {}{}", self.stdout, self.stderr));
        if let Err(error) = jsonschema::validate(&schema_of(schema), &document) {
            panic!("against `fleet schema {schema}`: {error}\n{document}");
        }
        document
    }
}

/// What `fleet schema` prints.
pub(crate) fn schema_of(name: &str) -> Value {
    static KNOWN: OnceLock<Mutex<BTreeMap<String, Value>>> = OnceLock::new();
    let mut known = KNOWN.get_or_init(Mutex::default).lock().unwrap();
    known
        .entry(name.to_owned())
        .or_insert_with(|| {
            let run = Place::new(&[]).fleet(&["schema", name]);
            assert_eq!(run.code, Some(0), "{}", run.stderr);
            serde_json::from_str(&run.stdout).unwrap()
        })
        .clone()
}
