//! Images: a base for all hosts, and on it one overlay layer for each set of extra packages. Both are cached by a digest of
//! everything that makes them, built aside, and put in place by one rename.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};

use super::apt::{AptFiles, proxy_environment};
use super::command::{checked, contained_sh, run_for, tool};
use super::error::LabError;
use super::event::{LabEvent, Reporter};
use super::state::{self, Lock};

const CACHE: &str = "/var/cache/fleet/lab";
/// Change it with anything below that changes an image.
const RECIPE: u32 = 1;
const BUILD_LIMIT: Duration = Duration::from_secs(1800);

/// What a sane small server has.
const PACKAGES: &[&str] = &[
    "acl",
    "attr",
    "busybox",
    "ca-certificates",
    "cron",
    "curl",
    "dbus",
    "e2fsprogs",
    "file",
    "iproute2",
    "iputils-ping",
    "less",
    "libpam-systemd",
    "logrotate",
    "lsof",
    "netbase",
    "nftables",
    "openssh-server",
    "openssl",
    "procps",
    "psmisc",
    "sudo",
    "systemd",
    "systemd-sysv",
    "tzdata",
    "util-linux-extra",
];

/// The base without what must be each host's own (keys, names), without apt sources (they may name proxies and passwords), and
/// without units that make no sense in a rehearsal.
const FINISH_BASE: &str = r#"set -eu
umask 022
root=$1
rm -f "$root"/etc/ssh/ssh_host_* "$root"/etc/apt/apt.conf.d/99mmdebstrap "$root"/etc/apt/sources.list "$root"/etc/apt/sources.list.d/*
rm -f "$root"/etc/machine-id "$root"/var/lib/dbus/machine-id "$root"/etc/hostname "$root"/etc/resolv.conf
: > "$root"/etc/machine-id
echo '# a lab host has no resolver: names come from /etc/hosts' > "$root"/etc/resolv.conf
for unit in console-getty.service getty@.service apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer e2scrub_reap.service \
    fstrim.timer systemd-networkd.service systemd-resolved.service systemd-timesyncd.service; do
    ln -sf /dev/null "$root/etc/systemd/system/$unit"
done
mkdir -p "$root"/var/log/journal
"#;

/// `lowerdir`s of a layer's build, the work directory, the packages; the layer is what ends up in `upper`.
const BUILD_LAYER: &str = r#"set -eu
base=$1; work=$2; shift 2
cd "$work"
mkdir -p upper work root lists
mount -t overlay overlay -o "lowerdir=$base,upperdir=$work/upper,workdir=$work/work" root
mount -t proc proc root/proc
mount -t tmpfs -o mode=755 tmpfs root/dev
for node in null zero full random urandom tty; do : > "root/dev/$node"; mount --bind "/dev/$node" "root/dev/$node"; done
ln -s /proc/self/fd root/dev/fd
mkdir -m 1777 root/dev/shm
mount -t tmpfs tmpfs root/run
mount -t tmpfs tmpfs root/tmp
mount -t tmpfs tmpfs root/var/cache/apt
printf '#!/bin/sh\nexit 101\n' > root/usr/sbin/policy-rc.d
chmod 755 root/usr/sbin/policy-rc.d
mkdir parts
{
    cat <<END
Dir "$work/root/";
Dir::Etc::main "/dev/null";
Dir::Etc::parts "$work/parts/";
Dir::Etc::sourcelist "/dev/null";
Dir::Etc::sourceparts "$work/sources/";
Dir::Etc::trusted "/etc/apt/trusted.gpg";
Dir::Etc::trustedparts "/etc/apt/trusted.gpg.d/";
Dir::Etc::netrc "/etc/apt/auth.conf";
Dir::Etc::netrcparts "/etc/apt/auth.conf.d/";
Dir::State::status "$work/root/var/lib/dpkg/status";
Dir::State::lists "$work/lists/";
Dir::Log "$work/";
Dir::Bin::dpkg "dpkg";
APT::Sandbox::User "root";
APT::Install-Recommends "false";
DPkg::Chroot-Directory "$work/root";
DPkg::Options { "--force-confold"; "--path-exclude=/usr/share/man/*"; "--path-exclude=/usr/share/doc/*"; "--path-exclude=/usr/share/locale/*"; };
END
    cat apt.conf
} > layer.conf
export APT_CONFIG="$work/layer.conf" DEBIAN_FRONTEND=noninteractive
apt-get -q update >&2
apt-get -q -y install "$@" >&2
rm root/usr/sbin/policy-rc.d
rm -f root/etc/ssh/ssh_host_*
"#;

/// Where images are cached, and for which suite they are made.
#[derive(Debug)]
pub(super) struct Images {
    suite: String,
}

impl Images {
    /// Images of the release that this machine runs, since its apt has the sources for it; Debian 12 if it does not say.
    pub(super) fn of_this_machine() -> Self {
        let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
        let codename = release.lines().find_map(|line| line.strip_prefix("VERSION_CODENAME="));
        let codename = codename.map(|name| name.trim_matches('"')).filter(|name| !name.is_empty());
        Self { suite: codename.unwrap_or("bookworm").to_owned() }
    }

    /// The directories of an image with these extra packages, top first; built if not cached.
    pub(super) async fn layers(
        &self,
        extra: &BTreeSet<String>,
        reporter: &Reporter<'_>,
    ) -> Result<Vec<PathBuf>, LabError> {
        let base = self.base(reporter).await?;
        let extra: Vec<_> = extra.iter().map(String::as_str).filter(|package| !PACKAGES.contains(package)).collect();
        if extra.is_empty() {
            return Ok(vec![base]);
        }
        let base_name = base.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let name = format!("layer-{}", key(&[&base_name], &extra));
        let (below, extra) = (&base, &extra);
        let layer = self
            .cached(&name, extra, reporter, |work: PathBuf| async move {
                let mut command = contained_sh(BUILD_LAYER);
                command.arg(below).arg(&work).args(extra).envs(proxy_environment());
                let what = format!("build an image layer with {}", extra.join(", "));
                checked(&what, &run_for(BUILD_LIMIT, &what, &mut command, None).await?)?;
                Ok(work.join("upper"))
            })
            .await?;
        Ok(vec![layer, base])
    }

    async fn base(&self, reporter: &Reporter<'_>) -> Result<PathBuf, LabError> {
        let name = format!("base-{}", key(&[&self.suite, std::env::consts::ARCH], PACKAGES));
        self.cached(&name, PACKAGES, reporter, |work: PathBuf| async move {
            let root = work.join("root");
            let apt = AptFiles { dir: &work };
            let mut command = contained_sh("exec mmdebstrap \"$@\"");
            command.args(["--quiet", "--mode=root", "--variant=minbase"]);
            command.arg(format!("--aptopt={}", apt.conf().display()));
            command.arg(format!("--include={}", PACKAGES.join(",")));
            for unread in ["man", "doc", "locale"] {
                command.arg(format!("--dpkgopt=path-exclude=/usr/share/{unread}/*"));
            }
            command.arg(&self.suite).arg(&root).args(apt.source_files()).envs(proxy_environment());
            let what = format!("build a base image of {}", self.suite);
            checked(&what, &run_for(BUILD_LIMIT, &what, &mut command, None).await?)?;
            let mut finish = tool("sh");
            finish.args(["-c", FINISH_BASE, "sh"]).arg(&root);
            super::command::run("finish the base image", &mut finish).await?;
            Ok(root)
        })
        .await
    }

    /// The cached image, or the one that `build` makes in a directory of its own and returns.
    async fn cached<F: Future<Output = Result<PathBuf, LabError>>>(
        &self,
        name: &str,
        packages: &[&str],
        reporter: &Reporter<'_>,
        build: impl FnOnce(PathBuf) -> F,
    ) -> Result<PathBuf, LabError> {
        let cache = Path::new(CACHE);
        let place = cache.join(name);
        if place.is_dir() {
            return Ok(place);
        }
        state::make_dir(cache)?;
        let lock = cache.join(format!(".{name}.lock"));
        let lock = Lock::take(&lock, false, |holder| reporter.emit(LabEvent::Waiting { holder })).await?;
        if place.is_dir() {
            lock.remove()?;
            return Ok(place);
        }
        let packages = packages.iter().map(|package| (*package).to_owned()).collect();
        reporter.emit(LabEvent::BuildingImage { suite: self.suite.clone(), packages });
        let start = Instant::now();
        // Under the lock, a directory of this name is what a killed build left.
        let work = cache.join(format!(".{name}.work"));
        remove_tree(&work)?;
        state::make_dir(&work)?;
        let image = match (AptFiles { dir: &work }).write(&self.suite).await {
            Ok(()) => build(work.clone()).await,
            Err(error) => Err(error),
        };
        let placed = image.and_then(|root| fs::rename(&root, &place).map_err(LabError::io("put in place", &place)));
        let removed = remove_tree(&work);
        lock.remove()?;
        placed?;
        removed?;
        reporter.emit(LabEvent::ImageBuilt { path: place.clone(), elapsed: start.elapsed() });
        Ok(place)
    }
}

fn key(parts: &[&str], packages: &[&str]) -> String {
    let mut hasher = Sha256::new();
    for part in [RECIPE.to_string().as_str(), FINISH_BASE, BUILD_LAYER].iter().chain(parts).chain(packages) {
        hasher.update(part.as_bytes());
        hasher.update([0]);
    }
    crate::text::hex(&hasher.finalize())[..16].to_owned()
}

/// That there is none is fine.
fn remove_tree(path: &Path) -> Result<(), LabError> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        other => other.map_err(LabError::io("remove", path)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_tells_package_sets_apart() {
        assert_eq!(key(&["bookworm"], &["a", "b"]), key(&["bookworm"], &["a", "b"]));
        assert_ne!(key(&["bookworm"], &["a", "b"]), key(&["bookworm"], &["ab"]));
        assert_ne!(key(&["bookworm"], &["a"]), key(&["trixie"], &["a"]));
    }
}
