//! Namespaces, and the servers in them.

use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use fleet::dns::{Resolver, Rfc2136, Tsig, TsigAlgorithm, Zone};
use fleet::secrets::Secret;

const INSIDE: &str = "FLEET_TEST_IN_NAMESPACE";

pub(crate) const PRIMARY: &str = "127.0.0.2";
pub(crate) const SECONDARY: &str = "127.0.0.3";
pub(crate) const OTHER: &str = "127.0.0.4";
pub(crate) const RESOLVER: &str = "127.0.0.1";
pub(crate) const PRIMARY_V6: &str = "fd00::2";

/// The keys of the primary; `reader` may write nothing.
pub(crate) const KEY: &str = "bWljZSBhcmUgbmljZSBidXQgdGhpcyBpcyBubyBtb3VzZQ==";
pub(crate) const READER: &str = "dGhlIHJlYWRlcidzIGtleSBtYXkgd3JpdGUgbm90aGluZw==";

/// Runs a test in namespaces of its own. The calling test is found by its name and run once more in there.
pub(crate) fn alone<F: Future<Output = ()>>(test: impl FnOnce() -> F) {
    if std::env::var_os(INSIDE).is_some() {
        // named binds only to addresses that an interface has.
        let addresses = [PRIMARY, SECONDARY, OTHER, PRIMARY_V6].map(|it| format!("addr add {it} dev lo"));
        for arguments in std::iter::once("link set lo up").chain(addresses.iter().map(String::as_str)) {
            assert!(Command::new("ip").args(arguments.split(' ')).status().expect("ip").success());
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        return runtime.block_on(test());
    }
    let thread = std::thread::current();
    let name = thread.name().expect("a test's thread has its name");
    let output = Command::new("unshare")
        .args(["--net", "--pid", "--fork", "--kill-child", "--mount-proc", "--"])
        .arg(std::env::current_exe().expect("this test"))
        .args(["--exact", name, "--include-ignored", "--nocapture", "--test-threads=1"])
        .env(INSIDE, "1")
        .output()
        .expect("unshare");
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && stdout.contains("1 passed"), "{stdout}\n{stderr}");
}

/// A `named`, ended with its value.
pub(crate) struct Named {
    child: Child,
    directory: tempfile::TempDir,
}

impl Named {
    /// Starts one on port 53 of these addresses, with these options and statements, and waits until it serves.
    pub(crate) fn start(addresses: &[&str], options: &str, statements: &str, files: &[(&str, &str)]) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let family = |v6: bool| {
            let is = |it: &&&str| it.parse::<IpAddr>().expect("an address").is_ipv6() == v6;
            let list: Vec<&str> = addresses.iter().filter(is).copied().collect();
            if list.is_empty() { "none; ".to_owned() } else { list.join("; ") + "; " }
        };
        let configuration = format!(
            "options {{ directory \"{}\"; pid-file none; session-keyfile none; listen-on {{ {}}}; listen-on-v6 {{ {}}};\n\
             dnssec-validation no; allow-transfer {{ any; }}; allow-query {{ any; }}; querylog yes; minimal-responses no;\n\
             {options} }};\ncontrols {{ }};\n{statements}\n",
            directory.path().display(),
            family(false),
            family(true),
        );
        std::fs::write(directory.path().join("named.conf"), configuration).expect("a configuration");
        for (name, text) in files {
            std::fs::write(directory.path().join(name), text).expect("a zone file");
        }
        let log = std::fs::File::create(directory.path().join("log")).expect("a log");
        let child = Command::new("named")
            .args(["-g", "-n", "1", "-c"])
            .arg(directory.path().join("named.conf"))
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("named");
        let mut named = Self { child, directory };
        let started = Instant::now();
        while !named.log().lines().any(|line| line.ends_with(" running")) {
            let alive = named.child.try_wait().expect("its state").is_none();
            assert!(alive && started.elapsed() < Duration::from_secs(60), "named did not start:\n{}", named.log());
            std::thread::sleep(Duration::from_millis(20));
        }
        named
    }

    /// What it logged, each question among it.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.directory.path().join("log")).expect("its log")
    }

    /// Its directory.
    pub(crate) fn directory(&self) -> &Path {
        self.directory.path()
    }
}

impl Drop for Named {
    fn drop(&mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ends");
    }
}

const ZONE: &str = "$TTL 60
@ SOA ns1 hostmaster 1 3600 3600 86400 30
@ NS ns1
@ NS ns2
ns1 A 127.0.0.2
ns1 AAAA fd00::2
ns2 A 127.0.0.3
media A 127.0.0.80
sub NS ns.sub
ns.sub A 127.0.0.4
_acme-challenge.cut NS ns.sub
_acme-challenge.alias CNAME media
";

/// The second zone holds CNAMEs alone.
const ALIASES: &str = "$TTL 60
@ SOA ns hostmaster 1 3600 3600 86400 30
@ NS ns
ns A 127.0.0.4
media A 127.0.0.80
_acme-challenge.media CNAME hop
hop CNAME _acme-challenge.media.example.org.
_acme-challenge.a CNAME b
b CNAME c
c CNAME _acme-challenge.a
n0 CNAME n1
n1 CNAME n2
n2 CNAME n3
n3 CNAME n4
n4 CNAME n5
n5 CNAME n6
n6 CNAME n7
n7 CNAME n8
n8 CNAME n9
n9 A 127.0.0.80
";

const SUB: &str = "$TTL 60
@ SOA ns hostmaster 1 3600 3600 86400 30
@ NS ns
ns A 127.0.0.4
x A 127.0.0.80
";

const CUT: &str = "$TTL 60
@ SOA ns.sub.example.org. hostmaster.example.org. 1 3600 3600 86400 30
@ NS ns.sub.example.org.
";

const ROOT: &str = "$TTL 60
. SOA ns. hostmaster. 1 3600 3600 86400 30
. NS ns.
ns. A 127.0.0.1
";

/// The primary of `example.org`, which takes updates.
pub(crate) fn primary() -> Named {
    let statements = format!(
        "key fleet {{ algorithm hmac-sha256; secret \"{KEY}\"; }};
         key fleet512 {{ algorithm hmac-sha512; secret \"{KEY}\"; }};
         key reader {{ algorithm hmac-sha256; secret \"{READER}\"; }};
         zone \"example.org\" {{ type primary; file \"example.org\"; notify no;
         update-policy {{ grant fleet wildcard *.example.org. TXT; grant fleet512 wildcard *.example.org. TXT; }}; }};"
    );
    Named::start(&[PRIMARY, PRIMARY_V6], "recursion no;", &statements, &[("example.org", ZONE)])
}

/// Its secondary, which looks for changes at most so often (seconds).
pub(crate) fn secondary(refresh: u32) -> Named {
    let statements = format!(
        "zone \"example.org\" {{ type secondary; primaries {{ {PRIMARY}; }}; file \"example.org\"; notify no; allow-notify {{ none; }};
         max-refresh-time {refresh}; min-refresh-time 1; max-retry-time {refresh}; min-retry-time 1; }};"
    );
    let named = Named::start(&[SECONDARY], "recursion no;", &statements, &[]);
    let started = Instant::now();
    while !named.directory().join("example.org").exists() {
        assert!(started.elapsed() < Duration::from_secs(60), "no transfer:\n{}", named.log());
        std::thread::sleep(Duration::from_millis(20));
    }
    named
}

/// The server of `example.net` and of two zones below `example.org`.
pub(crate) fn other() -> Named {
    let zone = |name: &str, file: &str| format!("zone \"{name}\" {{ type primary; file \"{file}\"; notify no; }};\n");
    let statements = zone("example.net", "aliases")
        + &zone("sub.example.org", "sub")
        + &zone("_acme-challenge.cut.example.org", "cut");
    Named::start(&[OTHER], "recursion no;", &statements, &[("aliases", ALIASES), ("sub", SUB), ("cut", CUT)])
}

/// A resolver that knows nothing but these zones. It remembers a "no" for long.
pub(crate) fn resolver() -> Named {
    let stub = |zone: &str, servers: &str| {
        format!("zone \"{zone}\" {{ type static-stub; server-addresses {{ {servers} }}; }};\n")
    };
    let statements = "zone \".\" { type primary; file \"root\"; };\n".to_owned()
        + &stub("example.org", &format!("{PRIMARY}; {SECONDARY};"))
        + &stub("example.net", &format!("{OTHER};"));
    Named::start(&[RESOLVER], "recursion yes; max-ncache-ttl 3600;", &statements, &[("root", ROOT)])
}

/// Look-ups through [`resolver`].
pub(crate) fn look_ups() -> Resolver {
    Resolver::at(vec![at(RESOLVER)])
}

/// Port 53 of an address.
pub(crate) fn at(address: &str) -> SocketAddr {
    SocketAddr::new(address.parse().expect("an address"), 53)
}

/// `example.org` with its primary alone.
pub(crate) fn zone() -> Zone {
    Zone::declared("example.org", &[at(PRIMARY)]).expect("a zone")
}

/// A key of the primary.
pub(crate) fn key(name: &str, algorithm: TsigAlgorithm, secret: &str) -> Tsig {
    Tsig::new(name, algorithm, &Secret::new(secret.as_bytes().to_vec())).expect("a key")
}

/// What writes to the primary.
pub(crate) fn solver() -> Rfc2136 {
    let tsig = key("fleet", TsigAlgorithm::HmacSha256, KEY);
    Rfc2136::new("main", PRIMARY, tsig, None, 60, Resolver::at(Vec::new()))
}

/// The values of a name at the primary, sorted.
pub(crate) async fn values(fqdn: &str) -> Vec<String> {
    let mut values = fleet::dns::txt_values(at(PRIMARY), fqdn).await.expect("an answer");
    values.sort();
    values
}

/// Collects what a person who waits is told.
#[derive(Default)]
pub(crate) struct Told(Mutex<Vec<String>>);

impl Told {
    pub(crate) fn hear(&self, text: &str) {
        self.0.lock().expect("alone").push(text.to_owned());
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.0.lock().expect("alone").clone()
    }
}

/// A path in the sources of the tests' target.
pub(crate) fn script(directory: &Path, name: &str, text: &str) -> PathBuf {
    let path = directory.join(name);
    std::fs::write(&path, text).expect("a script");
    path
}
