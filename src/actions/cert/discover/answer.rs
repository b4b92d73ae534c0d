//! What a host answers to `discover.sh`, as records. Nothing is judged here.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

/// All records of one host, by kind. Paths are as the host knows them.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Answer {
    /// Who the log-in is, where it is not root: then a missing file may only be out of sight.
    pub(super) user: Option<String>,
    /// `ActiveState` by unit.
    pub(super) units: BTreeMap<String, String>,
    /// TCP ports that are listened at; none: the host did not say.
    pub(super) listening: BTreeSet<u16>,
    /// Directives of nginx, led by `file PATH` where a file begins.
    pub(super) nginx: Vec<String>,
    /// Why `nginx -T` fails; its files were read instead.
    pub(super) nginx_fails: Option<String>,
    /// Words of haproxy's configuration that matter.
    pub(super) haproxy: Vec<String>,
    /// Lines of the files of `crt-list`, by path.
    pub(super) haproxy_lists: BTreeMap<String, Vec<String>>,
    /// Files in a directory that haproxy names, as named.
    pub(super) entries: BTreeMap<String, Vec<String>>,
    /// Parameters of postfix.
    pub(super) postfix: Vec<String>,
    /// Settings of dovecot.
    pub(super) dovecot: Vec<String>,
    /// Directives of Apache.
    pub(super) apache: Vec<String>,
    /// Lines of `renewal/NAME.conf`, by name.
    pub(super) renewals: BTreeMap<String, BTreeMap<String, String>>,
    /// certbot's `live/NAME` directories.
    pub(super) live: BTreeSet<String>,
    /// certbot's `archive/NAME` directories: the newest version and how many there are.
    pub(super) archives: BTreeMap<String, (u32, usize)>,
    /// Named files that are not there.
    pub(super) missing: BTreeSet<String>,
    /// From the path as it is named to the file's own, all links resolved.
    pub(super) paths: BTreeMap<String, String>,
    /// By real path.
    pub(super) stats: BTreeMap<String, Stat>,
    /// Real paths of files that the log-in may not read.
    pub(super) unreadable: BTreeSet<String>,
    /// What stands in files, by real path.
    pub(super) certificates: BTreeMap<String, Blocks>,
    /// Files with a private key, by real path.
    pub(super) keys: BTreeMap<String, KeyDigest>,
    /// Permission bits of the directories above keys.
    pub(super) directories: BTreeMap<String, u32>,
    /// Whether the answer came to its end.
    pub(super) whole: bool,
}

/// What stat(1) says of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stat {
    /// Permission bits.
    pub(super) mode: u32,
    /// `user:group`, by name where the host knows one, else by number.
    pub(super) owner: String,
    /// In stat's words, such as `regular file`.
    pub(super) kind: String,
}

/// The certificates in a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Blocks {
    /// DER, in the order in which they stand there.
    pub(super) der: Vec<Vec<u8>>,
    /// Blocks that are no certificate, whatever their first line says.
    pub(super) garbage: usize,
}

/// What is known of a private key on a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum KeyDigest {
    /// SHA-256 of its public half, lower-case hexadecimal.
    Known(String),
    /// The host has no `openssl`.
    NotAsked,
    /// `openssl` can't read it: it is damaged, or has a password.
    Unreadable,
}

impl Answer {
    /// Reads what the script printed; lines of a kind that is not known are left out.
    pub(super) fn read(text: &str) -> Self {
        let mut answer = Self::default();
        let mut unit = Unit::default();
        let mut file = String::new();
        for line in text.lines() {
            let (kind, rest) = line.split_once('\t').unwrap_or((line, ""));
            match kind {
                "user" => answer.user = Some(rest.to_owned()),
                "unit" => unit.line(rest, &mut answer.units),
                "listening" => answer.listening.extend(u16::from_str_radix(rest, 16).ok()),
                "nginx" => answer.nginx.push(rest.to_owned()),
                "nginx-fails" => answer.nginx_fails = Some(rest.to_owned()),
                "haproxy" => answer.haproxy.push(rest.to_owned()),
                "haproxy-list" => {
                    let (list, line) = rest.split_once('\t').unwrap_or((rest, ""));
                    answer.haproxy_lists.entry(list.to_owned()).or_default().push(line.to_owned());
                }
                "postfix" => answer.postfix.push(rest.to_owned()),
                "dovecot" => answer.dovecot.push(rest.to_owned()),
                "apache" => answer.apache.push(rest.to_owned()),
                "live" => _ = answer.live.insert(rest.to_owned()),
                "missing" => _ = answer.missing.insert(rest.to_owned()),
                "unreadable" => _ = answer.unreadable.insert(rest.to_owned()),
                "certificates" => {
                    file = rest.to_owned();
                    answer.certificates.entry(file.clone()).or_default();
                }
                "block" | "garbage" => {
                    let blocks = answer.certificates.entry(file.clone()).or_default();
                    match BASE64_STANDARD.decode(rest) {
                        Ok(der) if kind == "block" => blocks.der.push(der),
                        _ => blocks.garbage += 1,
                    }
                }
                "end" => answer.whole = true,
                _ => _ = answer.of_path(kind, rest),
            }
        }
        unit.end(&mut answer.units);
        answer
    }

    /// Records with more than one field.
    fn of_path(&mut self, kind: &str, rest: &str) -> Option<()> {
        match kind {
            "entry" => {
                let (directory, path) = rest.split_once('\t')?;
                self.entries.entry(directory.to_owned()).or_default().push(path.to_owned());
            }
            "renewal" => {
                let (name, line) = rest.split_once('\t')?;
                let settings = self.renewals.entry(name.to_owned()).or_default();
                if let Some((key, value)) = line.split_once('=') {
                    settings.insert(key.trim().to_owned(), value.trim().to_owned());
                }
            }
            "archive" => {
                let mut fields = rest.splitn(3, '\t');
                let versions = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
                self.archives.insert(fields.next()?.to_owned(), versions);
            }
            "path" => {
                let (real, named) = rest.split_once('\t')?;
                self.paths.insert(named.to_owned(), real.to_owned());
            }
            "stat" => {
                let mut fields = rest.splitn(6, '\t');
                let mode = u32::from_str_radix(fields.next()?, 8).ok()?;
                let (names, numbers) = (fields.next()?, fields.next()?);
                let owner = if names.contains("UNKNOWN") { numbers } else { names }.to_owned();
                let (_, kind) = (fields.next()?, fields.next()?.to_owned());
                self.stats.insert(fields.next()?.to_owned(), Stat { mode, owner, kind });
            }
            "key" => {
                let (digest, path) = rest.split_once('\t')?;
                let digest = match digest {
                    "-" => KeyDigest::NotAsked,
                    "?" => KeyDigest::Unreadable,
                    known => KeyDigest::Known(known.to_owned()),
                };
                self.keys.insert(path.to_owned(), digest);
            }
            "directory" => {
                let (mode, path) = rest.split_once('\t')?;
                self.directories.insert(path.to_owned(), u32::from_str_radix(mode, 8).ok()?);
            }
            _ => {}
        }
        Some(())
    }

    /// Whether a unit runs.
    pub(super) fn runs(&self, unit: &str) -> bool {
        self.units.get(unit).is_some_and(|state| matches!(state.as_str(), "active" | "reloading" | "activating"))
    }

    /// Whether everybody on the host can read a key: its own bits, and those of every directory above it.
    pub(super) fn is_exposed(&self, key: &str) -> bool {
        let passable = |directory: &str| self.directories.get(directory).is_some_and(|mode| mode & 0o001 != 0);
        let above = key.match_indices('/').map(|(at, _)| &key[..at]);
        self.stats.get(key).is_some_and(|stat| stat.mode & 0o004 != 0)
            && above.filter(|directory| !directory.is_empty()).all(passable)
    }
}

/// `Property=value` lines of systemctl(1), units parted by empty lines.
#[derive(Default)]
struct Unit {
    name: String,
    state: String,
}

impl Unit {
    fn line(&mut self, line: &str, units: &mut BTreeMap<String, String>) {
        match line.split_once('=') {
            Some(("Id", name)) => self.name = name.to_owned(),
            Some(("ActiveState", state)) => self.state = state.to_owned(),
            _ => self.end(units),
        }
    }

    fn end(&mut self, units: &mut BTreeMap<String, String>) {
        let (name, state) = (std::mem::take(&mut self.name), std::mem::take(&mut self.state));
        if !name.is_empty() {
            units.insert(name, state);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_of_all_kinds_and_none() {
        let answer = Answer::read(concat!(
            "user\tdeploy\nunit\tId=nginx.service\nunit\tActiveState=active\nunit\t\nunit\tActiveState=inactive\n",
            "unit\tId=haproxy.service\nlistening\t01BB\nlistening\tzz\narchive\t3\t2\t/etc/letsencrypt/archive/a b\n",
            "path\t/real\t/named\tx\nstat\t0640\troot:UNKNOWN\t0:77\t12\tregular file\t/real\nkey\t-\t/real\n",
            "certificates\t/real\nblock\tMII=\nblock\t!!\ngarbage\nnonsense\nstat\t9\narchive\n\nend\n",
        ));
        assert!(answer.whole && answer.runs("nginx.service") && !answer.runs("haproxy.service"));
        assert_eq!(answer.listening, [443].into());
        assert_eq!(answer.archives["/etc/letsencrypt/archive/a b"], (3, 2));
        assert_eq!(answer.paths["/named\tx"], "/real");
        assert_eq!(answer.stats["/real"].owner, "0:77");
        assert_eq!(answer.keys["/real"], KeyDigest::NotAsked);
        assert_eq!((answer.certificates["/real"].der.len(), answer.certificates["/real"].garbage), (1, 2));
        assert!(!Answer::read("user\tx").whole);
    }

    #[test]
    fn a_key_is_exposed_where_each_directory_lets_everybody_pass() {
        let base = "stat\t644\troot:root\t0:0\t1\tregular file\t/a/b/k\ndirectory\t755\t/a\n";
        assert!(Answer::read(&format!("{base}directory\t711\t/a/b\n")).is_exposed("/a/b/k"));
        assert!(!Answer::read(&format!("{base}directory\t700\t/a/b\n")).is_exposed("/a/b/k"));
        assert!(!Answer::read(&format!("{base}directory\t755\t/a/b\n").replace("644", "640")).is_exposed("/a/b/k"));
    }
}
