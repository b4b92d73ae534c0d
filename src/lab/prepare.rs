//! What makes a fresh root a host of its own: name, keys, the inventory's trees and set-up scripts.

use std::fs;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use sha2::{Digest, Sha256};

use super::HostSpec;
use super::command::{checked, contained_sh, run, run_for, tool};
use super::container::Container;
use super::error::LabError;
use super::state::{FORMAT, Paths, remove_file};

/// The host's root as a set-up script sees it: its own /proc and /dev, an empty /run and /tmp, no network.
const SETUP: &str = r#"set -eu
root=$1; script=$2; hostname=$3
mount -t proc proc "$root/proc"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
for node in null zero full random urandom tty; do : > "$root/dev/$node"; mount --bind "/dev/$node" "$root/dev/$node"; done
ln -s /proc/self/fd "$root/dev/fd"
mkdir -m 1777 "$root/dev/shm"
mount -t tmpfs tmpfs "$root/run"
mount -t tmpfs tmpfs "$root/tmp"
cp "$script" "$root/run/setup"
chmod 700 "$root/run/setup"
exec unshare --net --uts sh -c 'ip link set lo up; printf %s "$2" > /proc/sys/kernel/hostname; exec chroot "$1" /usr/bin/env -i \
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root USER=root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
    /bin/sh -c "cd /root; if head -c 2 /run/setup | grep -q \"^#!\"; then exec /run/setup; else exec /bin/sh /run/setup; fi"' sh "$root" "$hostname"
"#;

/// The host name that Linux gets: letters, digits, dots and hyphens of the declared one, the rest as hyphens.
pub(super) fn hostname(host: &super::HostName) -> String {
    let ok = |c: char| {
        if c.is_ascii_alphanumeric() || matches!(c, '.' | '-') { c } else { '-' }
    };
    host.as_str().chars().map(ok).collect()
}

/// Whether a host of this name can be a directory, a control group and a Linux host (sethostname(2): at most 64 bytes).
pub(super) fn check_name(host: &super::HostName) -> Result<(), LabError> {
    let name = host.as_str();
    let why = if name.is_empty() || name.len() > 64 {
        "a host name has 1 to 64 bytes"
    } else if !name.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        "a host name starts with a letter or a digit"
    } else if name.contains(|c: char| !(c.is_ascii_alphanumeric() || "._-@+".contains(c))) {
        "a lab host's name has only letters, digits and . _ - @ +"
    } else {
        return Ok(());
    };
    Err(LabError::BadName { what: "a lab host", name: name.to_owned(), why })
}

/// A digest of everything that makes a host; another one makes it anew.
pub(super) fn digest(spec: &HostSpec, layers: &[PathBuf]) -> Result<String, LabError> {
    let mut hasher = Sha256::new();
    let mut add = |bytes: &[u8]| {
        hasher.update((bytes.len() as u64).to_be_bytes());
        hasher.update(bytes);
    };
    add(&FORMAT.to_be_bytes());
    for layer in layers {
        add(layer.as_os_str().as_encoded_bytes());
    }
    for tree in &spec.trees {
        if !tree.is_dir() {
            let why = format!("{} is not a directory", tree.display());
            return Err(LabError::BadSpec { host: spec.name.clone(), why });
        }
        add(b"tree");
        add_tree(&mut add, tree, tree)?;
    }
    for script in &spec.setup {
        add(b"setup");
        add(&fs::read(script).map_err(LabError::io("read", script))?);
    }
    Ok(crate::text::hex(&hasher.finalize()))
}

fn add_tree(add: &mut impl FnMut(&[u8]), top: &Path, dir: &Path) -> Result<(), LabError> {
    let entries: Result<Vec<_>, _> = fs::read_dir(dir).and_then(Iterator::collect);
    let mut entries = entries.map_err(LabError::io("list", dir))?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        let metadata = fs::symlink_metadata(&path).map_err(LabError::io("look at", &path))?;
        add(path.strip_prefix(top).unwrap_or(&path).as_os_str().as_encoded_bytes());
        if metadata.is_dir() {
            add(b"dir");
            add_tree(add, top, &path)?;
        } else if metadata.is_symlink() {
            add(b"link");
            add(fs::read_link(&path).map_err(LabError::io("read", &path))?.as_os_str().as_encoded_bytes());
        } else if metadata.is_file() {
            add(if metadata.permissions().mode() & 0o111 == 0 { b"file" } else { b"program" });
            add(&fs::read(&path).map_err(LabError::io("read", &path))?);
        } else {
            let source = std::io::Error::other("neither file, directory nor link");
            return Err(LabError::Io { what: "copy", path, source });
        }
    }
    Ok(())
}

/// Makes a mounted, fresh root a host: everything but the host table, which changes with the lab.
pub(super) async fn prepare(lab: &Paths, container: &Container, spec: &HostSpec) -> Result<(), LabError> {
    let root = container.paths.root();
    let name = hostname(&spec.name);
    write(&root.join("etc/hostname"), format!("{name}\n").as_bytes(), 0o644)?;
    let mut id = [0u8; 16];
    getrandom::fill(&mut id)
        .map_err(|error| LabError::Command { what: "get random bytes".into(), why: error.to_string() })?;
    write(&root.join("etc/machine-id"), format!("{}\n", crate::text::hex(&id)).as_bytes(), 0o444)?;
    let key = root.join("etc/ssh/ssh_host_ed25519_key");
    make_key(&key, &format!("root@{name}")).await?;
    let ssh = root.join("root/.ssh");
    fs::DirBuilder::new().recursive(true).mode(0o700).create(&ssh).map_err(LabError::io("make", &ssh))?;
    let public = lab.key().with_extension("pub");
    let authorized = fs::read(&public).map_err(LabError::io("read", &public))?;
    write(&ssh.join("authorized_keys"), &authorized, 0o600)?;
    for tree in &spec.trees {
        copy_tree(&spec.name, tree, &root).await?;
    }
    for script in &spec.setup {
        let mut command = contained_sh(SETUP);
        command.arg(&root).arg(script).arg(&name);
        let what = format!("set up {} with {}", spec.name, script.display());
        let output = run_for(std::time::Duration::from_secs(600), &what, &mut command, None).await?;
        checked(&what, &output)?;
    }
    Ok(())
}

/// An Ed25519 key pair, 0600, that replaces none.
pub(super) async fn make_key(path: &Path, comment: &str) -> Result<(), LabError> {
    let mut command = tool("ssh-keygen");
    command.args(["-q", "-t", "ed25519", "-N", "", "-C", comment, "-f"]).arg(path);
    run("make an SSH key", &mut command).await.map(drop)
}

/// The public host keys of a root, each `type base64`.
pub(super) fn host_keys(root: &Path) -> Result<Vec<String>, LabError> {
    let dir = root.join("etc/ssh");
    let entries: Result<Vec<_>, _> = fs::read_dir(&dir).and_then(Iterator::collect);
    let mut keys = Vec::new();
    for entry in entries.map_err(LabError::io("list", &dir))? {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with("ssh_host_") && name.ends_with("_key.pub") {
            let text = fs::read_to_string(entry.path()).map_err(LabError::io("read", &entry.path()))?;
            let mut words = text.split_whitespace();
            if let (Some(kind), Some(key)) = (words.next(), words.next()) {
                keys.push(format!("{kind} {key}"));
            }
        }
    }
    keys.sort();
    Ok(keys)
}

/// Copies a tree onto a root, inside it (an absolute link of the host must not lead out to this machine): owner root, 0644 and
/// 0755 as in a package, since a checkout keeps neither; directories that exist keep their modes.
async fn copy_tree(host: &super::HostName, tree: &Path, root: &Path) -> Result<(), LabError> {
    let what = format!("copy {} to {host}", tree.display());
    let failed = |error: std::io::Error| LabError::Command { what: what.clone(), why: error.to_string() };
    let mut pack = tool("tar");
    pack.args(["--create", "--file=-", "--owner=0", "--group=0", "--numeric-owner", "--mode=u=rwX,go=rX"]);
    pack.arg("--directory").arg(tree).arg(".");
    let mut pack = pack.spawn().map_err(failed)?;
    let Some(stdout) = pack.stdout.take() else {
        return Err(failed(std::io::Error::other("tar has no output")));
    };
    let stdin: Stdio = stdout.try_into().map_err(failed)?;
    let mut unpack = tool("chroot");
    unpack.arg(root).args(["tar", "--extract", "--file=-", "--same-permissions", "--no-overwrite-dir"]);
    unpack.args(["--keep-directory-symlink", "--directory=/"]).stdin(stdin);
    let unpacked = run_for(std::time::Duration::from_secs(600), &what, &mut unpack, None).await?;
    let packed = pack.wait_with_output().await.map_err(failed)?;
    checked(&what, &packed)?;
    checked(&what, &unpacked).map(drop)
}

/// Writes the host table unless the host has it; a rehearsal's own edits stay until the lab's hosts change.
pub(super) fn write_hosts_file(container: &Container, text: &str) -> Result<(), LabError> {
    let last = container.paths.hosts_file();
    if fs::read_to_string(&last).is_ok_and(|written| written == text) {
        return Ok(());
    }
    write(&container.paths.root().join("etc/hosts"), text.as_bytes(), 0o644)?;
    super::state::write_private(&last, text.as_bytes())
}

/// Replaces a file of a root: never writes through a link, which would lead out of it.
fn write(path: &Path, content: &[u8], mode: u32) -> Result<(), LabError> {
    remove_file(path)?;
    fs::write(path, content).map_err(LabError::io("write", path))?;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).map_err(LabError::io("set the mode of", path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::HostName;

    #[test]
    fn names_that_are_paths_are_refused() {
        for name in ["fritz", "web_1", "cdn-1.example.org"] {
            check_name(&HostName::new(name)).unwrap();
        }
        for name in ["", ".", "..", "a/b", "a b", "-x", "a:b", "a,b", &"x".repeat(65)] {
            assert!(check_name(&HostName::new(name)).is_err(), "{name:?}");
        }
        assert_eq!(hostname(&HostName::new("web_1.x")), "web-1.x");
    }

    #[test]
    fn the_digest_sees_content_mode_and_order() {
        let dir = tempfile::tempdir().unwrap();
        let (one, two) = (dir.path().join("one"), dir.path().join("two"));
        fs::create_dir_all(one.join("etc")).unwrap();
        fs::create_dir_all(&two).unwrap();
        fs::write(one.join("etc/a"), "1").unwrap();
        let spec = |trees: &[&PathBuf]| HostSpec {
            name: HostName::new("h"),
            packages: std::collections::BTreeSet::new(),
            trees: trees.iter().map(|tree| (*tree).clone()).collect(),
            setup: Vec::new(),
        };
        let first = digest(&spec(&[&one, &two]), &[]).unwrap();
        assert_eq!(first, digest(&spec(&[&one, &two]), &[]).unwrap());
        assert_ne!(first, digest(&spec(&[&two, &one]), &[]).unwrap());
        fs::set_permissions(one.join("etc/a"), fs::Permissions::from_mode(0o755)).unwrap();
        let program = digest(&spec(&[&one, &two]), &[]).unwrap();
        assert_ne!(first, program);
        fs::write(one.join("etc/a"), "2").unwrap();
        assert_ne!(program, digest(&spec(&[&one, &two]), &[]).unwrap());
        assert!(digest(&spec(&[&dir.path().join("none")]), &[]).is_err());
    }
}
