//! One HTTP client for all that fleet asks over HTTP: certificate authorities, webhooks.
//!
//! TLS is rustls with aws-lc-rs, proxies are those of the environment (`HTTPS_PROXY`, `NO_PROXY`), redirects are not followed.

mod retry_after;

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ::http::header::CONTENT_TYPE;
use ::http::{HeaderMap, Method, StatusCode};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

pub use retry_after::retry_after;

/// How fleet names itself to servers.
pub const USER_AGENT: &str = concat!("fleet/", env!("CARGO_PKG_VERSION"));
/// The longest wait for a connection.
const CONNECT: Duration = Duration::from_secs(10);
/// The longest wait for a whole answer: some authorities sign before they answer.
const WHOLE: Duration = Duration::from_secs(60);
/// The largest answer in bytes. A certificate chain has some 10 kB.
const LARGEST: usize = 4 * 1024 * 1024;

/// Whom to trust.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Roots {
    /// The platform's root certificates.
    #[default]
    Platform,
    /// Those of a PEM file, and no others: whoever runs a private CA need not trust the public ones for it.
    File(PathBuf),
    /// Those of a PEM text, and no others.
    Pem(String),
}

/// One request and what became of it, without bodies and headers: they hold keys and tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// The method.
    pub method: String,
    /// The URL; of a secret one the host alone.
    pub url: String,
    /// The status; `None`: there was no answer.
    pub status: Option<u16>,
    /// From the request to the end of the answer.
    pub took: Duration,
}

/// Hears of every exchange, for `-vv`.
pub type Log = Arc<dyn Fn(&Exchange) + Send + Sync>;

/// The client; clones share its connections.
#[derive(Clone)]
pub struct Client {
    inner: reqwest::Client,
    log: Option<Log>,
}

/// A request.
pub struct Request<'a> {
    /// The method.
    pub method: Method,
    /// Where to.
    pub url: &'a str,
    /// Whether the URL itself is a secret, as those of webhooks are.
    pub secret: bool,
    /// The body with its media type.
    pub body: Option<(&'static str, Vec<u8>)>,
}

/// An answer, whatever its status.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// The roots can't be read.
    #[error("can't read the root certificates in {}: {reason}", path.display())]
    Roots {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// No client can be made.
    #[error("can't set up TLS: {0}")]
    Setup(String),
    /// It is no URL.
    #[error("{url} is not a URL that can be asked: {reason}")]
    Url {
        /// What was given.
        url: String,
        /// Why.
        reason: String,
    },
    /// No connection, so nothing was sent.
    #[error("can't connect to {host}: {reason}")]
    Connect {
        /// Whom.
        host: String,
        /// Why.
        reason: String,
    },
    /// The connection broke, or the time was up; the server may have heard all.
    #[error("no answer from {host}: {reason}")]
    Lost {
        /// Whom.
        host: String,
        /// Why.
        reason: String,
    },
}

impl HttpError {
    /// A stable name.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Roots { .. } => "http-ca-file",
            Self::Setup(_) => "http-tls",
            Self::Url { .. } => "http-url",
            Self::Connect { .. } => "http-unreachable",
            Self::Lost { .. } => "http-no-answer",
        }
    }

    /// What to do next.
    pub fn hint(&self) -> String {
        match self {
            Self::Roots { .. } => "let `ca-file` name a PEM file with the CA's root certificate".to_owned(),
            Self::Setup(_) => "install the package `ca-certificates`, or set `ca-file`".to_owned(),
            Self::Url { .. } => "write it as https://HOST/PATH".to_owned(),
            Self::Connect { reason, .. } if reason.contains("certificate") => {
                "the server's certificate is not trusted: set `ca-file` for a private CA, and look for a proxy that intercepts TLS"
                    .to_owned()
            }
            Self::Connect { .. } => "check the network, the firewall, and HTTPS_PROXY".to_owned(),
            Self::Lost { .. } => "run it again; what has been done is not done twice".to_owned(),
        }
    }

    /// Whether the server can't have heard anything.
    pub fn never_sent(&self) -> bool {
        !matches!(self, Self::Lost { .. })
    }
}

impl Client {
    /// A client that trusts these roots.
    ///
    /// # Errors
    /// When the roots can't be read.
    pub fn new(roots: &Roots, log: Option<Log>) -> Result<Self, HttpError> {
        let builder = reqwest::Client::builder()
            .user_agent(USER_AGENT)
            .connect_timeout(CONNECT)
            .timeout(WHOLE)
            .redirect(reqwest::redirect::Policy::none());
        Self::build(builder, roots, log)
    }

    /// A client for looks at a service: each request is made on a new connection and takes at most `limit`. `at`: of this name
    /// these addresses are asked, whatever DNS says, and no proxy.
    ///
    /// # Errors
    /// When the roots can't be read.
    pub fn for_looks(roots: &Roots, at: Option<(&str, &[IpAddr])>, limit: Duration) -> Result<Self, HttpError> {
        let mut builder = reqwest::Client::builder()
            .user_agent(USER_AGENT)
            .timeout(limit)
            .pool_max_idle_per_host(0)
            .redirect(reqwest::redirect::Policy::none());
        if let Some((name, addresses)) = at {
            // Port 0 stands for the URL's own.
            let sockets: Vec<SocketAddr> = addresses.iter().map(|address| SocketAddr::new(*address, 0)).collect();
            builder = builder.no_proxy().resolve_to_addrs(name, &sockets);
        }
        Self::build(builder, roots, None)
    }

    fn build(builder: reqwest::ClientBuilder, roots: &Roots, log: Option<Log>) -> Result<Self, HttpError> {
        let builder = match roots {
            // With the platform's verifier reqwest takes the process's crypto provider, or aws-lc-rs where there is none:
            // fleet never installs one.
            Roots::Platform => builder.tls_backend_rustls(),
            Roots::File(path) => {
                let fail = |reason: String| HttpError::Roots { path: path.to_owned(), reason };
                let pem = std::fs::read(path).map_err(|error| fail(crate::text::system_words(&error)))?;
                builder.tls_backend_preconfigured(config_of(&pem, &fail)?)
            }
            Roots::Pem(pem) => builder.tls_backend_preconfigured(config_of(pem.as_bytes(), &HttpError::Setup)?),
        };
        let inner = builder.build().map_err(|error| HttpError::Setup(deepest(&error)))?;
        Ok(Self { inner, log })
    }

    /// Sends a request and reads the whole answer.
    ///
    /// # Errors
    /// When there is none; a status of 400 or more is an answer.
    pub async fn send(&self, request: Request<'_>) -> Result<Answer, HttpError> {
        let url = url::Url::parse(request.url).map_err(|error| HttpError::Url {
            url: if request.secret { "the URL".to_owned() } else { request.url.to_owned() },
            reason: error.to_string(),
        })?;
        let host = url.host_str().unwrap_or_default().to_owned();
        let shown = if request.secret { format!("{}://{host}/…", url.scheme()) } else { url.to_string() };
        let method = request.method.to_string();
        let begun = Instant::now();
        let answer = self.exchange(request.method, url, request.body, &host).await;
        if let Some(log) = &self.log {
            let status = answer.as_ref().ok().map(|answer| answer.status.as_u16());
            log(&Exchange { method, url: shown, status, took: begun.elapsed() });
        }
        answer
    }

    /// Sends a JSON document to a URL that is a secret.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn post_json(&self, url: &str, document: &serde_json::Value) -> Result<Answer, HttpError> {
        let body = Some(("application/json", document.to_string().into_bytes()));
        self.send(Request { method: Method::POST, url, secret: true, body }).await
    }

    async fn exchange(
        &self,
        method: Method,
        url: url::Url,
        body: Option<(&'static str, Vec<u8>)>,
        host: &str,
    ) -> Result<Answer, HttpError> {
        let mut builder = self.inner.request(method, url);
        if let Some((kind, bytes)) = body {
            builder = builder.header(CONTENT_TYPE, kind).body(bytes);
        }
        let lost = |reason: String| HttpError::Lost { host: host.to_owned(), reason };
        let mut response = builder.send().await.map_err(|error| failure(error, host))?;
        let (status, headers) = (response.status(), response.headers().clone());
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| failure(error, host))? {
            if body.len() + chunk.len() > LARGEST {
                return Err(lost(format!("it is larger than {LARGEST} bytes")));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer { status, headers, body })
    }
}

/// rustls with explicit aws-lc-rs and the roots of a PEM text.
fn config_of(pem: &[u8], fail: &dyn Fn(String) -> HttpError) -> Result<rustls::ClientConfig, HttpError> {
    let mut roots = rustls::RootCertStore::empty();
    for der in CertificateDer::pem_slice_iter(pem) {
        let der = der.map_err(|error| fail(error.to_string()))?;
        roots.add(der).map_err(|error| fail(error.to_string()))?;
    }
    if roots.is_empty() {
        return Err(fail("it holds no certificate in PEM form".to_owned()));
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| HttpError::Setup(error.to_string()))?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

fn failure(error: reqwest::Error, host: &str) -> HttpError {
    let host = host.to_owned();
    // The URL may be a secret.
    let error = error.without_url();
    if error.is_builder() {
        return HttpError::Url { url: host, reason: deepest(&error) };
    }
    let reason = if error.is_timeout() { "the time is up".to_owned() } else { deepest(&error) };
    if error.is_connect() { HttpError::Connect { host, reason } } else { HttpError::Lost { host, reason } }
}

/// What the innermost cause says: the outer ones say "error sending request".
fn deepest(error: &dyn std::error::Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
    }

    #[test]
    fn nobody_there_is_a_connect_error_that_hides_a_secret_url() {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let heard = Arc::new(std::sync::Mutex::new(Vec::new()));
        let log = Arc::clone(&heard);
        let log: Log = Arc::new(move |exchange| log.lock().unwrap().push(exchange.clone()));
        let client = Client::new(&Roots::Platform, Some(log)).unwrap();
        let url = format!("http://127.0.0.1:{port}/hunter2");
        let error = block_on(client.post_json(&url, &serde_json::json!({}))).unwrap_err();
        assert!(error.never_sent(), "{error:?}");
        assert_eq!(error.code(), "http-unreachable");
        assert!(error.to_string().contains("127.0.0.1") && !format!("{error:?}").contains("hunter2"));
        let heard = heard.lock().unwrap();
        assert_eq!(heard[0].url, "http://127.0.0.1/…");
        assert_eq!(heard[0].status, None);
    }

    #[test]
    fn a_file_without_certificates_is_no_roots() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let error = Client::new(&Roots::File(file.path().to_owned()), None).err().unwrap();
        assert_eq!(error.code(), "http-ca-file");
        let error = Client::new(&Roots::File("/nowhere".into()), None).err().unwrap();
        assert_eq!(error.to_string(), "can't read the root certificates in /nowhere: no such file or directory");
    }
}
