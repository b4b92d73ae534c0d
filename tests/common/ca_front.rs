//! A server that stands in front of an ACME CA, and adds what Debian's Pebble lacks (renewal information, profiles, `replaces`) and
//! what no CA does on demand: refusals, pages, waits, certificates that nobody ordered. It counts requests.
//!
//! It keeps the `Host` header, so that all URLs of the CA lead through here.

#![allow(unreachable_pub, missing_docs, reason = "no crate of its own")]
#![allow(dead_code, reason = "each test file uses a part of it")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests end where something is not as expected"
)]

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio_rustls::TlsAcceptor;

/// A certificate authority for the servers of a test, not for what ACME issues.
pub struct TestRoot {
    issuer: rcgen::Issuer<'static, rcgen::KeyPair>,
    /// Its certificate as PEM: what `ca-file` holds.
    pub pem: String,
}

impl TestRoot {
    pub fn new() -> Self {
        let mut params = rcgen::CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        params.distinguished_name.push(rcgen::DnType::CommonName, "test root");
        let key = rcgen::KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Self { issuer: rcgen::Issuer::new(params, key), pem }
    }

    /// A certificate and its key as PEM, for names and addresses.
    pub fn mint(&self, names: &[&str]) -> (String, String) {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = rcgen::CertificateParams::new(names).unwrap().signed_by(&key, &self.issuer).unwrap();
        (certificate.pem(), key.serialize_pem())
    }
}

/// What is done to the requests that a rule is about.
#[derive(Clone, Debug)]
pub enum Deed {
    /// This is answered, and the CA hears nothing.
    Answer { status: u16, headers: Vec<(&'static str, String)>, body: String },
    /// The CA hears it, and its answer is kept back for ever.
    Hold,
    /// The CA hears it, and the connection breaks.
    Drop,
}

struct Rule {
    method: &'static str,
    path: String,
    times: usize,
    deed: Deed,
}

#[derive(Default)]
struct State {
    rules: Vec<Rule>,
    requests: Vec<(String, String)>,
    /// What GET of a certificate's renewal information answers; `None`: not offered.
    renewal: Option<(Value, Option<String>)>,
    profiles: BTreeMap<String, String>,
    /// Orders that replace something: what the CA itself does not send back.
    replaces: BTreeMap<String, String>,
    /// The signed payloads of new orders.
    orders: Vec<Value>,
}

/// The server; it ends when it is dropped.
pub struct CaFront {
    /// The directory URL.
    pub directory: String,
    state: Arc<Mutex<State>>,
    end: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl CaFront {
    /// Listens with a certificate for `host`, and hands on to the CA at `upstream` (`https://ADDRESS:PORT`), whose server has a certificate
    /// of the same root. `directory` is the path of the CA's directory: `/dir` for Pebble.
    pub fn start(root: &TestRoot, listen: SocketAddr, upstream: &str, directory: &str) -> Self {
        Self::trusting(&root.pem, root, listen, upstream, directory)
    }

    /// As [`CaFront::start`], where the CA's server has a certificate of another root.
    pub fn trusting(trusted: &str, root: &TestRoot, listen: SocketAddr, upstream: &str, directory: &str) -> Self {
        let (certificate, key) = root.mint(&[&listen.ip().to_string(), "localhost"]);
        let tls = acceptor(&certificate, &key);
        let client = reqwest::Client::builder()
            .tls_certs_only([reqwest::Certificate::from_pem(trusted.as_bytes()).unwrap()])
            .no_proxy()
            .http1_only()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        let listener = std::net::TcpListener::bind(listen).unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::new(Shared {
            state: Arc::clone(&state),
            client,
            upstream: upstream.to_owned(),
            directory: directory.to_owned(),
        });
        let (end, ended) = tokio::sync::oneshot::channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                tokio::select! {
                    () = listen_on(listener, tls, shared) => {}
                    _ = ended => {}
                }
            });
        });
        Self { directory: format!("https://{address}{directory}"), state, end: Some(end), thread: Some(thread) }
    }

    /// The next `times` requests of this method whose path begins so.
    pub fn rule(&self, method: &'static str, path: &str, times: usize, deed: Deed) {
        self.state.lock().unwrap().rules.push(Rule { method, path: path.to_owned(), times, deed });
    }

    /// Ends all rules.
    pub fn obey(&self) {
        self.state.lock().unwrap().rules.clear();
    }

    /// How many requests of this method had a path that begins so.
    pub fn count(&self, method: &str, path: &str) -> usize {
        let state = self.state.lock().unwrap();
        state.requests.iter().filter(|(m, p)| m == method && p.starts_with(path)).count()
    }

    /// Offers renewal information: the document, and `Retry-After`.
    pub fn offer_renewal(&self, document: Value, retry_after: Option<&str>) {
        self.state.lock().unwrap().renewal = Some((document, retry_after.map(str::to_owned)));
    }

    /// Offers profiles.
    pub fn offer_profiles(&self, names: &[&str]) {
        let profiles = names.iter().map(|name| ((*name).to_owned(), format!("about {name}")));
        self.state.lock().unwrap().profiles = profiles.collect();
    }

    /// The payloads of all new orders.
    pub fn orders(&self) -> Vec<Value> {
        self.state.lock().unwrap().orders.clone()
    }
}

impl Drop for CaFront {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Refuses with a problem document.
pub fn problem(status: u16, kind: &str, detail: &str, retry_after: Option<&str>) -> Deed {
    let body = json!({ "type": format!("urn:ietf:params:acme:error:{kind}"), "detail": detail, "status": status });
    let mut headers = vec![("content-type", "application/problem+json".to_owned())];
    headers.extend(retry_after.map(|value| ("retry-after", value.to_owned())));
    Deed::Answer { status, headers, body: body.to_string() }
}

/// Answers with a page for people.
pub fn page(status: u16) -> Deed {
    let headers = vec![("content-type", "text/html; charset=utf-8".to_owned())];
    Deed::Answer { status, headers, body: "<html><body>We are on holiday</body></html>".to_owned() }
}

struct Shared {
    state: Arc<Mutex<State>>,
    client: reqwest::Client,
    upstream: String,
    directory: String,
}

struct Message {
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

fn acceptor(certificate: &str, key: &str) -> TlsAcceptor {
    use rustls::pki_types::pem::PemObject as _;
    let chain = vec![rustls::pki_types::CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap()];
    let key = rustls::pki_types::PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

async fn listen_on(listener: std::net::TcpListener, tls: TlsAcceptor, shared: Arc<Shared>) {
    let listener = tokio::net::TcpListener::from_std(listener).unwrap();
    while let Ok((stream, _)) = listener.accept().await {
        let (tls, shared) = (tls.clone(), Arc::clone(&shared));
        tokio::spawn(async move {
            // Whoever breaks off has lost interest.
            let Ok(stream) = tls.accept(stream).await else { return };
            let mut stream = BufReader::new(stream);
            while let Some(message) = read(&mut stream).await {
                let Some(answer) = shared.answer(message).await else { return };
                if stream.write_all(&answer).await.is_err() || stream.flush().await.is_err() {
                    return;
                }
            }
        });
    }
}

/// One request (RFC 9112) with `Content-Length`, as our client sends them.
async fn read(stream: &mut (impl tokio::io::AsyncRead + Unpin)) -> Option<Message> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).ok()?;
    let mut lines = head.trim_end().split("\r\n");
    let mut first = lines.next()?.split(' ');
    let (method, path) = (first.next()?.to_owned(), first.next()?.to_owned());
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let length = headers.iter().find(|(name, _)| name == "content-length").and_then(|(_, value)| value.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).await.ok()?;
    Some(Message { method, path, headers, body })
}

impl Shared {
    /// The bytes of the answer; `None`: the connection ends.
    async fn answer(&self, message: Message) -> Option<Vec<u8>> {
        let deed = self.deed(&message);
        if let Some(Deed::Answer { status, headers, body }) = &deed {
            let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect::<Vec<_>>();
            return Some(written(*status, &headers, body.as_bytes(), message.method == "HEAD"));
        }
        if message.method == "GET" && message.path.starts_with("/renewal-info/") {
            return Some(self.renewal());
        }
        let answer = self.handed_on(&message).await;
        match deed {
            Some(Deed::Hold) => std::future::pending().await,
            Some(Deed::Drop) => None,
            _ => Some(answer),
        }
    }

    fn deed(&self, message: &Message) -> Option<Deed> {
        let mut state = self.state.lock().unwrap();
        state.requests.push((message.method.clone(), message.path.clone()));
        let rule = state
            .rules
            .iter_mut()
            .find(|rule| rule.times > 0 && rule.method == message.method && message.path.starts_with(&rule.path))?;
        rule.times -= 1;
        Some(rule.deed.clone())
    }

    fn renewal(&self) -> Vec<u8> {
        let state = self.state.lock().unwrap();
        let Some((document, retry_after)) = &state.renewal else { return written(404, &[], b"", false) };
        let mut headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        headers.extend(retry_after.iter().map(|value| ("retry-after".to_owned(), value.clone())));
        written(200, &headers, document.to_string().as_bytes(), false)
    }

    async fn handed_on(&self, message: &Message) -> Vec<u8> {
        let method = reqwest::Method::from_bytes(message.method.as_bytes()).unwrap();
        let mut request = self.client.request(method, format!("{}{}", self.upstream, message.path));
        for (name, value) in &message.headers {
            if !matches!(name.as_str(), "content-length" | "connection" | "accept-encoding") {
                request = request.header(name, value);
            }
        }
        let answer = match request.body(message.body.clone()).send().await {
            Ok(answer) => answer,
            Err(error) => return written(502, &[], error.to_string().as_bytes(), false),
        };
        let status = answer.status().as_u16();
        let headers: Vec<(String, String)> = answer
            .headers()
            .iter()
            .filter(|(name, _)| !matches!(name.as_str(), "content-length" | "transfer-encoding" | "connection"))
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap_or_default().to_owned()))
            .collect();
        let body = answer.bytes().await.map(|body| body.to_vec()).unwrap_or_default();
        let body = self.extended(message, status, &headers, body);
        written(status, &headers, &body, message.method == "HEAD")
    }

    /// Adds what the CA lacks.
    fn extended(&self, message: &Message, status: u16, headers: &[(String, String)], body: Vec<u8>) -> Vec<u8> {
        let mut state = self.state.lock().unwrap();
        let Ok(mut document) = serde_json::from_slice::<Value>(&body) else { return body };
        if message.path == self.directory {
            let host = message.headers.iter().find(|(name, _)| name == "host").map(|(_, host)| host.clone());
            if state.renewal.is_some() {
                document["renewalInfo"] = format!("https://{}/renewal-info", host.unwrap_or_default()).into();
            }
            if !state.profiles.is_empty() {
                document["meta"]["profiles"] = json!(state.profiles);
            }
            return document.to_string().into_bytes();
        }
        let order = if message.path == "/order-plz" && status == 201 {
            let payload = payload(&message.body);
            let url = headers.iter().find(|(name, _)| name == "location").map(|(_, url)| url.clone());
            let url = url.unwrap_or_default();
            let path = url.splitn(4, '/').nth(3).map(|path| format!("/{path}")).unwrap_or_default();
            if let Some(replaces) = payload["replaces"].as_str() {
                state.replaces.insert(path.clone(), replaces.to_owned());
            }
            state.orders.push(payload);
            path
        } else {
            message.path.replace("/finalize-order/", "/my-order/")
        };
        match state.replaces.get(&order) {
            Some(replaces) if status < 300 => {
                document["replaces"] = replaces.as_str().into();
                document.to_string().into_bytes()
            }
            _ => body,
        }
    }
}

/// The payload of a signed request.
fn payload(body: &[u8]) -> Value {
    let signed: Value = serde_json::from_slice(body).unwrap_or_default();
    let payload = BASE64_URL_SAFE_NO_PAD.decode(signed["payload"].as_str().unwrap_or_default()).unwrap_or_default();
    serde_json::from_slice(&payload).unwrap_or_default()
}

fn written(status: u16, headers: &[(String, String)], body: &[u8], head: bool) -> Vec<u8> {
    use std::fmt::Write as _;
    let mut text = format!("HTTP/1.1 {status} X\r\n");
    for (name, value) in headers {
        let _ = write!(text, "{name}: {value}\r\n");
    }
    let _ = write!(text, "content-length: {}\r\n\r\n", if head { 0 } else { body.len() });
    let mut bytes = text.into_bytes();
    if !head {
        bytes.extend_from_slice(body);
    }
    bytes
}
