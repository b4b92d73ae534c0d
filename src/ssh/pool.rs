//! The open connections of this process: found again, started, paced, replaced and closed.

use std::collections::BTreeMap;
use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, SystemTime};

use futures_util::future::join_all;
use tokio::sync::OnceCell;
use tokio::time::timeout;

use super::control_dir::{ControlDir, Lock, remove};
use super::error::{SshError, SshErrorKind};
use super::master::{self, Failure, Resolved};
use super::pace::Pace;
use super::run::Sessions;
use super::target::{Connection, SshSettings, Target};
use super::user_config::may_proxy;
use crate::names::HostName;

/// All hosts of an inventory, over connections that stay open. Cheap to clone; clones share everything.
#[derive(Clone, Debug)]
pub struct Ssh(pub(crate) Arc<Inner>);

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) settings: SshSettings,
    pub(crate) targets: BTreeMap<HostName, Target>,
    dir: OnceCell<ControlDir>,
    may_proxy: OnceLock<bool>,
    links: Mutex<BTreeMap<String, Arc<Link>>>,
    startups: Mutex<BTreeMap<String, Arc<Pace>>>,
    pub(crate) sessions: Mutex<BTreeMap<HostName, Arc<Sessions>>>,
}

/// What this process knows of one master.
#[derive(Debug, Default)]
struct Link {
    state: tokio::sync::Mutex<LinkState>,
}

#[derive(Debug, Default)]
struct LinkState {
    good: bool,
    generation: u64,
}

/// A master that answered, at least when it was handed out.
#[derive(Clone, Debug)]
pub(crate) struct Open {
    name: String,
    pub(crate) socket: PathBuf,
    generation: u64,
    /// Whether it was there before this call.
    pub(crate) reused: bool,
}

/// An open connection, as found in the control directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenConnection {
    /// The host of this inventory; `None` for jump hosts and hosts of other inventories or settings.
    pub host: Option<HostName>,
    /// The control socket.
    pub socket: PathBuf,
    /// The process of the master, when it lives.
    pub pid: Option<u32>,
    /// Since when it is open.
    pub age: Duration,
    /// Whether the master answers.
    pub alive: bool,
}

/// What [`Ssh::connect`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connected {
    /// Whether a connection was open already.
    pub reused: bool,
    /// How long it took.
    pub took: Duration,
}

/// Whom a connection is for, in messages.
#[derive(Clone, Copy, Debug)]
pub(crate) struct For<'a> {
    pub(crate) host: &'a HostName,
    pub(crate) via: Option<&'a str>,
}

impl For<'_> {
    pub(crate) fn error(self, failure: &Failure) -> SshError {
        let mut error = SshError::new(self.host, failure.kind.clone()).saying(&failure.said);
        error.via = self.via.map(str::to_owned);
        error
    }

    pub(crate) fn kind(self, kind: SshErrorKind) -> SshError {
        self.error(&Failure::new(kind, ""))
    }
}

pub(crate) type Opening<'a> = Pin<Box<dyn Future<Output = Result<Open, SshError>> + Send + 'a>>;

impl Ssh {
    /// A pool for these hosts. Nothing is contacted yet.
    pub fn new(settings: SshSettings, targets: BTreeMap<HostName, Target>) -> Self {
        Self(Arc::new(Inner {
            settings,
            targets,
            dir: OnceCell::new(),
            may_proxy: OnceLock::new(),
            links: Mutex::default(),
            startups: Mutex::default(),
            sessions: Mutex::default(),
        }))
    }

    /// Opens the connection to a host, or finds it open.
    pub async fn connect(&self, host: &HostName) -> Result<Connected, SshError> {
        let started = std::time::Instant::now();
        let open = self.open(host).await?;
        Ok(Connected { reused: open.reused, took: started.elapsed() })
    }

    /// Closes the connection to a host at once, with all that runs on it. Tells whether one was open.
    pub async fn disconnect(&self, host: &HostName) -> Result<bool, SshError> {
        let name = self.connection(host)?.socket_name(&self.0.settings);
        self.close(host, &name).await
    }

    /// Closes every connection in the control directory: those to jump hosts and of other inventories too. Tells how many
    /// were open.
    pub async fn disconnect_all(&self) -> Result<usize, SshError> {
        let nobody = HostName::new("all hosts");
        let names = self.names(&nobody).await?;
        let closed = join_all(names.iter().map(|name| self.close(&nobody, name))).await;
        let mut count = 0;
        for one in closed {
            count += usize::from(one?);
        }
        Ok(count)
    }

    /// All open connections, by socket.
    pub async fn connections(&self) -> Result<Vec<OpenConnection>, SshError> {
        let nobody = HostName::new("all hosts");
        let names = self.names(&nobody).await?;
        let dir = self.dir(For { host: &nobody, via: None }).await?;
        let mut hosts = BTreeMap::new();
        for host in self.0.targets.keys() {
            if let Ok(connection) = self.connection(host) {
                hosts.insert(connection.socket_name(&self.0.settings), host.clone());
            }
        }
        let found = names.iter().map(|name| async {
            let socket = dir.socket(name);
            let pid = master::pid(&socket).await;
            let since = std::fs::metadata(&socket).and_then(|metadata| metadata.modified());
            let age = since.ok().and_then(|at| SystemTime::now().duration_since(at).ok()).unwrap_or_default();
            OpenConnection { host: hosts.get(name).cloned(), socket, pid, age, alive: pid.is_some() }
        });
        Ok(join_all(found).await)
    }

    /// Where ssh would connect to for a host, and how.
    pub(crate) async fn resolve(&self, host: &HostName) -> Result<Resolved, SshError> {
        self.resolved(&self.connection(host)?, For { host, via: None }).await
    }

    async fn resolved(&self, connection: &Connection, who: For<'_>) -> Result<Resolved, SshError> {
        let may_proxy = *self.0.may_proxy.get_or_init(|| may_proxy(&self.0.settings));
        match &connection.place {
            Some((address, port)) if !may_proxy => Ok(Resolved::direct(address, *port)),
            _ => master::resolve(connection, &self.0.settings).await.map_err(|failure| who.error(&failure)),
        }
    }

    /// The command line of the connection to a host.
    pub(crate) fn connection(&self, host: &HostName) -> Result<Connection, SshError> {
        let target = self.target(host)?;
        Connection::to_target(target, &self.0.settings).map_err(|kind| SshError::new(host, kind))
    }

    pub(crate) fn target(&self, host: &HostName) -> Result<&Target, SshError> {
        self.0.targets.get(host).ok_or_else(|| SshError::new(host, SshErrorKind::UnknownTarget))
    }

    /// The master of a host, started where none lives.
    pub(crate) async fn open(&self, host: &HostName) -> Result<Open, SshError> {
        let connection = self.connection(host)?;
        self.ensure(connection, For { host, via: None }, &[]).await
    }

    /// Takes back that a master is good. One that may still be alive, but opens no session, is retired.
    pub(crate) async fn doubt(&self, host: &HostName, open: &Open, retire: bool) -> Result<(), SshError> {
        let who = For { host, via: None };
        let link = self.link(&open.name);
        let mut state = link.state.lock().await;
        // Somebody else may have replaced it in the meantime.
        if state.generation == open.generation && state.good {
            state.good = false;
            if retire {
                let dir = self.dir(who).await?;
                let _lock = dir.lock(&open.name, self.patience()).await.map_err(|kind| who.kind(kind))?;
                master::retire(&open.socket).await.map_err(|error| unusable(who, dir, &error))?;
            }
        }
        Ok(())
    }

    pub(crate) fn pace(&self, resolved: &Resolved) -> Arc<Pace> {
        let mut startups = self.0.startups.lock().unwrap_or_else(PoisonError::into_inner);
        let width = self.0.settings.startups.max(1);
        startups.entry(resolved.entrance()).or_insert_with(|| Arc::new(Pace::new(width))).clone()
    }

    /// `behind` has the names of the connections that wait for this one, their jump host.
    pub(crate) fn ensure<'a>(&'a self, connection: Connection, who: For<'a>, behind: &'a [String]) -> Opening<'a> {
        Box::pin(async move {
            let name = connection.socket_name(&self.0.settings);
            if behind.contains(&name) {
                let said = "the jump hosts of the ssh configuration go round in a circle";
                return Err(who.error(&Failure::new(SshErrorKind::Other, said)));
            }
            let dir = self.dir(who).await?;
            let socket = dir.socket(&name);
            let link = self.link(&name);
            // Bounded: two hosts whose jump hosts go round in a circle may wait for one another.
            let mut state = timeout(self.patience(), link.state.lock())
                .await
                .map_err(|_| who.kind(SshErrorKind::ConnectTimedOut))?;
            let mut reused = true;
            if !state.good {
                if !master::alive(&socket).await {
                    let lock = dir.lock(&name, self.patience()).await.map_err(|kind| who.kind(kind))?;
                    // The process that held the lock before us may have started it.
                    if !master::alive(&socket).await {
                        remove(&socket).map_err(|error| unusable(who, dir, &error))?;
                        self.start(&connection, &name, &lock, who, behind).await?;
                        reused = false;
                    }
                }
                state.good = true;
                state.generation += 1;
            }
            Ok(Open { name, socket, generation: state.generation, reused })
        })
    }

    async fn start(
        &self,
        connection: &Connection,
        name: &str,
        lock: &Lock,
        who: For<'_>,
        behind: &[String],
    ) -> Result<(), SshError> {
        let settings = &self.0.settings;
        let socket = self.dir(who).await?.socket(name);
        let resolved = self.resolved(connection, who).await?;
        let behind = [behind, &[name.to_owned()]].concat();
        let via = self.through(&resolved, who, &behind, name).await?;
        let pace = self.pace(&resolved);
        // A proxy that ends looks like a drop as well, and will mostly do so again.
        let attempts = if resolved.proxy_command.is_some() { settings.attempts.min(3) } else { settings.attempts };
        let result = pace.retry(
            attempts,
            || master::start(connection, settings, &socket, lock, via.as_ref()),
            |result| result.as_ref().is_err_and(|failure| failure.dropped),
        );
        let result = result.await.map_err(|failure| who.error(&failure));
        if let Some(via) = &via {
            let dir = self.dir(who).await?;
            remove(&via.log).map_err(|error| unusable(who, dir, &error))?;
        }
        result
    }

    async fn close(&self, host: &HostName, name: &str) -> Result<bool, SshError> {
        let who = For { host, via: None };
        let dir = self.dir(who).await?;
        let link = self.link(name);
        let mut state = link.state.lock().await;
        let _lock = dir.lock(name, self.patience()).await.map_err(|kind| who.kind(kind))?;
        let socket = dir.socket(name);
        let open = master::alive(&socket).await;
        state.good = false;
        master::exit(&socket).await.map_err(|error| unusable(who, dir, &error))?;
        Ok(open)
    }

    async fn names(&self, host: &HostName) -> Result<Vec<String>, SshError> {
        let who = For { host, via: None };
        let dir = self.dir(who).await?;
        dir.names().map_err(|error| unusable(who, dir, &error))
    }

    pub(crate) async fn dir(&self, who: For<'_>) -> Result<&ControlDir, SshError> {
        self.0
            .dir
            .get_or_try_init(|| async {
                let dir = ControlDir::open(&self.0.settings.control_dir).map_err(|kind| who.kind(kind))?;
                dir.clean().await.map_err(|error| unusable(who, &dir, &error))?;
                Ok(dir)
            })
            .await
    }

    fn link(&self, name: &str) -> Arc<Link> {
        let mut links = self.0.links.lock().unwrap_or_else(PoisonError::into_inner);
        links.entry(name.to_owned()).or_default().clone()
    }

    /// How long another process may be busy with a master.
    fn patience(&self) -> Duration {
        2 * (self.0.settings.connect_timeout + self.0.settings.login_timeout)
    }
}

fn unusable(who: For<'_>, dir: &ControlDir, error: &std::io::Error) -> SshError {
    who.kind(SshErrorKind::ControlDir { path: dir.path().to_owned(), why: error.to_string() })
}
