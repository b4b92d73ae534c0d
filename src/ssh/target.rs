//! How a host is to be reached, and the command line of ssh that follows from it.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::error::SshErrorKind;
use super::user_config::target_redirects;
use crate::names::HostName;

/// One host of the inventory, as ssh needs it. What is `None` comes from the user's ssh configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Its name in the inventory: what `Host` blocks of the user's configuration match, and its name in `known_hosts`.
    pub host: HostName,
    /// Where to connect to: an address or another name (`HostName`).
    pub address: Option<String>,
    /// The port of its sshd.
    pub port: Option<u16>,
    /// The user to log in as.
    pub user: Option<String>,
    /// Whether scripts run through `sudo -n`.
    pub sudo: bool,
    /// The private key to use, and then no other.
    pub identity: Option<PathBuf>,
    /// How long its idle connection stays open; `None`: as [`SshSettings::persist`].
    pub persist: Option<Duration>,
    /// Any further options of `ssh_config(5)`; they beat fleet's own except where those keep the run safe.
    pub options: BTreeMap<String, String>,
}

impl Target {
    /// A target that leaves everything to the user's ssh configuration.
    pub fn new(host: HostName) -> Self {
        Self {
            host,
            address: None,
            port: None,
            user: None,
            sudo: false,
            identity: None,
            persist: None,
            options: BTreeMap::new(),
        }
    }

    /// Refuses options that would switch off host key checks or take the connection out of fleet's hands.
    pub fn check_options(&self) -> Result<(), SshErrorKind> {
        for (option, value) in &self.options {
            if let Some(why) = refused(option, value) {
                return Err(SshErrorKind::Option { option: option.clone(), why });
            }
        }
        Ok(())
    }
}

/// Which ssh configuration stands behind what fleet passes itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum UserConfig {
    /// `~/.ssh/config` and `/etc/ssh/ssh_config`, as with plain ssh.
    #[default]
    Default,
    /// None at all (`-F none`): for rehearsals.
    None,
    /// This file alone.
    File(PathBuf),
}

/// How connections are made.
#[derive(Clone, Debug)]
pub struct SshSettings {
    /// Where control sockets live; see [`super::default_control_dir`].
    pub control_dir: PathBuf,
    /// The one file of trusted host keys, by inventory name.
    pub known_hosts: PathBuf,
    /// The user's configuration.
    pub user_config: UserConfig,
    /// For TCP and the banner (`ConnectTimeout`, whole seconds, at least one).
    pub connect_timeout: Duration,
    /// For key exchange and log-in after that: a hardware key may want to be touched.
    pub login_timeout: Duration,
    /// How long an idle connection stays open (`ControlPersist`, whole seconds, at least one).
    pub persist: Duration,
    /// How often a connection that sshd dropped before log-in is tried in all.
    pub attempts: u32,
    /// Sessions at a time on one host.
    pub sessions: usize,
    /// Connections at a time that are not logged in yet, to one address.
    pub startups: usize,
}

impl SshSettings {
    /// The defaults, with the given file of trusted host keys.
    pub fn new(known_hosts: PathBuf) -> Self {
        Self {
            control_dir: super::default_control_dir(),
            known_hosts,
            user_config: UserConfig::Default,
            connect_timeout: Duration::from_secs(10),
            login_timeout: Duration::from_secs(30),
            persist: Duration::from_secs(600),
            attempts: 6,
            sessions: 4,
            startups: 8,
        }
    }

    pub(crate) fn user_config_args(&self) -> Vec<OsString> {
        match &self.user_config {
            UserConfig::Default => Vec::new(),
            UserConfig::None => vec!["-F".into(), "none".into()],
            UserConfig::File(path) => vec!["-F".into(), absolute(path).into()],
        }
    }
}

/// Options that fleet sets itself and nobody overrides, in lower case, with the reason.
fn refused(option: &str, value: &str) -> Option<&'static str> {
    const KEYS: &str = "host keys are always checked against fleet's own file";
    const MASTER: &str = "fleet owns the connection and its control socket";
    const SESSION: &str = "fleet itself decides what runs in a session";
    const FORM: &str = "it is no option of one connection";
    if option.is_empty() || !option.bytes().all(|b| b.is_ascii_alphanumeric()) || value.contains(['\n', '\r', '\0']) {
        return Some("a name of letters and a value of one line are wanted");
    }
    match option.to_ascii_lowercase().as_str() {
        "stricthostkeychecking"
        | "userknownhostsfile"
        | "globalknownhostsfile"
        | "hostkeyalias"
        | "knownhostscommand"
        | "verifyhostkeydns"
        | "nohostauthenticationforlocalhost"
        | "updatehostkeys" => Some(KEYS),
        "controlmaster" | "controlpath" | "controlpersist" | "batchmode" | "forkafterauthentication" | "loglevel" => {
            Some(MASTER)
        }
        "remotecommand" | "requesttty" | "sessiontype" | "stdinnull" | "localcommand" | "permitlocalcommand" => {
            Some(SESSION)
        }
        "host" | "match" | "include" => Some(FORM),
        _ => None,
    }
}

/// What of a command line names the connection: the same for every process that means the same one.
pub(crate) struct Connection {
    /// Options that come first and can't be overridden.
    pub(crate) first: Vec<OsString>,
    /// What the inventory says, then fleet's own defaults.
    pub(crate) then: Vec<OsString>,
    /// The destination's name, the last argument.
    pub(crate) destination: String,
    /// Address and port, where no option of the inventory stands against them.
    pub(crate) place: Option<(String, u16)>,
    /// How long it stays open when idle.
    pub(crate) persist: Duration,
}

impl Connection {
    /// The connection to a host of the inventory.
    pub(crate) fn to_target(target: &Target, settings: &SshSettings) -> Result<Self, SshErrorKind> {
        target.check_options()?;
        let mut first = safe_options();
        option(&mut first, "VerifyHostKeyDNS", "no");
        option(&mut first, "NoHostAuthenticationForLocalhost", "no");
        option(&mut first, "KnownHostsCommand", "none");
        option(&mut first, "UpdateHostKeys", "no");
        option(&mut first, "UserKnownHostsFile", quoted(&absolute(&settings.known_hosts))?);
        option(&mut first, "GlobalKnownHostsFile", "/dev/null");
        option(&mut first, "HostKeyAlias", target.host.as_str());
        let mut then = Vec::new();
        if let Some(address) = &target.address {
            option(&mut then, "HostName", address.replace('%', "%%"));
        }
        if let Some(port) = target.port {
            option(&mut then, "Port", port.to_string());
        }
        if let Some(user) = &target.user {
            option(&mut then, "User", user);
        }
        if let Some(identity) = &target.identity {
            option(&mut then, "IdentityFile", quoted(&absolute(identity))?);
        }
        for (name, value) in &target.options {
            option(&mut then, name, value);
        }
        if target.identity.is_some() {
            option(&mut then, "IdentitiesOnly", "yes");
        }
        let address = target.address.as_deref().unwrap_or(target.host.as_str()).to_owned();
        let place = (!target_redirects(target)).then(|| (address, target.port.unwrap_or(22)));
        let persist = target.persist.unwrap_or(settings.persist);
        Ok(Self { first, then, destination: target.host.as_str().to_owned(), place, persist })
    }

    /// The connection to a jump host that only the user's configuration knows; its key is trusted as the user's own ssh trusts it.
    pub(crate) fn to_jump(user: Option<&str>, name: &str, port: Option<u16>, persist: Duration) -> Self {
        let mut then = Vec::new();
        if let Some(port) = port {
            option(&mut then, "Port", port.to_string());
        }
        if let Some(user) = user {
            option(&mut then, "User", user);
        }
        Self { first: safe_options(), then, destination: name.to_owned(), place: None, persist }
    }

    /// The arguments for `ssh`, without the destination.
    pub(crate) fn args(&self, settings: &SshSettings) -> Vec<OsString> {
        let mut args = settings.user_config_args();
        args.extend(self.first.iter().cloned());
        args.extend(self.then.iter().cloned());
        option(&mut args, "ConnectTimeout", whole_seconds(settings.connect_timeout));
        option(&mut args, "ConnectionAttempts", "1");
        option(&mut args, "ServerAliveInterval", "15");
        option(&mut args, "ServerAliveCountMax", "3");
        args
    }

    /// A name for the control socket: the same connection, the same name.
    pub(crate) fn socket_name(&self, settings: &SshSettings) -> String {
        use sha2::{Digest, Sha256};
        let mut digest = Sha256::new();
        let config = settings.user_config_args();
        for part in config.iter().chain(&self.first).chain(&self.then) {
            digest.update(part.as_bytes());
            digest.update([0]);
        }
        digest.update(self.destination.as_bytes());
        crate::text::hex(&digest.finalize()[..8])
    }
}

fn safe_options() -> Vec<OsString> {
    let mut args = Vec::new();
    for (name, value) in [
        ("BatchMode", "yes"),
        ("StrictHostKeyChecking", "yes"),
        // What the user's configuration may say for interactive use must not happen here.
        ("RemoteCommand", "none"),
        ("RequestTTY", "no"),
        ("PermitLocalCommand", "no"),
        ("ClearAllForwardings", "yes"),
        // Not INFO: it prints the host's banner.
        ("LogLevel", "ERROR"),
    ] {
        option(&mut args, name, value);
    }
    args
}

pub(crate) fn option(args: &mut Vec<OsString>, name: &str, value: impl AsRef<std::ffi::OsStr>) {
    let mut text = OsString::from(name);
    text.push("=");
    text.push(value);
    args.push("-o".into());
    args.push(text);
}

/// Rounded up, since ssh reads 0 as "for ever".
pub(crate) fn whole_seconds(duration: Duration) -> String {
    duration.as_millis().div_ceil(1000).max(1).to_string()
}

/// Absolute without touching the disk, since the master works in `/`.
pub(crate) fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// A path as the value of an ssh option, which splits at spaces and expands `%` and `${…}`.
pub(crate) fn quoted(path: &Path) -> Result<String, SshErrorKind> {
    let bad = |why: &str| SshErrorKind::ControlDir { path: path.to_owned(), why: why.to_owned() };
    let text = path.to_str().ok_or_else(|| bad("ssh takes no path that is not UTF-8"))?;
    if text.contains("${") || text.contains(['"', '\\', '\n']) {
        return Err(bad("ssh takes no path with \", \\ or ${"));
    }
    Ok(format!("\"{}\"", text.replace('%', "%%")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(options: &[(&str, &str)]) -> Target {
        let mut target = Target::new(HostName::new("web"));
        target.options = options.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        target
    }

    #[test]
    fn options_that_break_safety_are_refused_in_any_case() {
        for option in [
            "StrictHostKeyChecking",
            "stricthostkeychecking",
            "UserKnownHostsFile",
            "Match",
            "ControlPath",
            "Bad Name",
            "A=b",
        ] {
            assert!(target(&[(option, "no")]).check_options().is_err(), "{option}");
        }
        assert!(target(&[("KexAlgorithms", "x\nStrictHostKeyChecking=no")]).check_options().is_err());
        assert!(
            target(&[("KexAlgorithms", "curve25519-sha256"), ("ServerAliveInterval", "5")]).check_options().is_ok()
        );
    }

    #[test]
    fn safety_comes_first_then_the_inventory_then_our_defaults() {
        let settings = SshSettings::new(PathBuf::from("/k/known hosts"));
        let connection = Connection::to_target(&target(&[("ServerAliveInterval", "5")]), &settings).unwrap();
        let args: Vec<String> = connection.args(&settings).iter().map(|a| a.to_string_lossy().into_owned()).collect();
        let at = |text: &str| args.iter().position(|a| a == text).unwrap_or_else(|| panic!("{text} in {args:?}"));
        assert!(at("StrictHostKeyChecking=yes") < at("ServerAliveInterval=5"));
        assert!(at("ServerAliveInterval=5") < at("ServerAliveInterval=15"));
        at("UserKnownHostsFile=\"/k/known hosts\"");
        at("HostKeyAlias=web");
    }

    #[test]
    fn the_socket_is_named_by_what_makes_the_connection() {
        let settings = SshSettings::new(PathBuf::from("/k"));
        let name = |t: &Target, s: &SshSettings| Connection::to_target(t, s).unwrap().socket_name(s);
        let base = name(&target(&[]), &settings);
        assert_eq!(base.len(), 16);
        let mut patient = settings.clone();
        patient.connect_timeout = Duration::from_secs(99);
        assert_eq!(base, name(&target(&[]), &patient));
        assert_ne!(base, name(&target(&[("Port", "23")]), &settings));
        let mut lab = settings.clone();
        lab.user_config = UserConfig::None;
        assert_ne!(base, name(&target(&[]), &lab));
        let mut sudo = target(&[]);
        sudo.sudo = true;
        assert_eq!(base, name(&sudo, &settings), "sudo is no matter of the connection");
    }
}
