//! Requests to a CA: waits that it asks for are kept, answers that are no documents become errors, and what is lost is asked
//! again where that does no harm.
//!
//! instant-acme gets its HTTP from here. It drops the `Retry-After` of a refusal, has no time limits, and reads pages as JSON.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ::http::header::CONTENT_TYPE;
use ::http::{Method, StatusCode};
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use instant_acme::{BodyWrapper, BytesResponse, HttpClient};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::error::AcmeError;
use super::jws::Signer;
use super::problem::Refusal;
use crate::http::{self, Answer, Request};

/// How long one request may wait for a CA that asks to be left alone, in all.
const PATIENCE: Duration = Duration::from_secs(30);
/// The first wait where nobody says how long.
const PAUSE: Duration = Duration::from_millis(500);
/// How often a request is sent that gets no answer, or 503 without a word on when to come back.
const TRIES: u32 = 4;
/// How often a request is signed anew because its nonce was refused. Pebble refuses 30 % when told so: of 20 tries all fail
/// once in 10^10 requests.
pub(super) const NONCES: u32 = 20;

/// The addresses of a CA (RFC 8555, section 7.1.1).
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Directory {
    pub(super) new_nonce: String,
    pub(super) new_account: String,
    pub(super) revoke_cert: Option<String>,
    pub(super) key_change: Option<String>,
    pub(super) renewal_info: Option<String>,
    #[serde(default)]
    pub(super) meta: Meta,
}

/// What a CA says of itself.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Meta {
    /// The profiles that it offers, with a description each.
    #[serde(default)]
    pub(super) profiles: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) external_account_required: bool,
}

/// The way to one CA.
#[derive(Clone)]
pub(super) struct Wire {
    http: http::Client,
    url: String,
    /// The directory as it was fetched: instant-acme reads it too.
    raw: Arc<Answer>,
    directory: Arc<Directory>,
    /// When each resource may be looked at again, as its last answer said.
    waits: Arc<Mutex<BTreeMap<String, Timestamp>>>,
}

impl Wire {
    /// Fetches the directory.
    pub(super) async fn open(http: http::Client, url: &str) -> Result<Self, AcmeError> {
        let raw = exchange(&http, Method::GET, url, Vec::new(), true).await?;
        if !raw.status.is_success() {
            return Err(refused("the look at its directory", url, &raw));
        }
        let directory: Directory = serde_json::from_slice(&raw.body)
            .map_err(|error| AcmeError::Protocol { what: "the look at its directory", reason: error.to_string() })?;
        Ok(Self {
            http,
            url: url.to_owned(),
            raw: Arc::new(raw),
            directory: Arc::new(directory),
            waits: Arc::default(),
        })
    }

    /// What the CA offers.
    pub(super) fn directory(&self) -> &Directory {
        &self.directory
    }

    /// The directory's own URL.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// How long to wait before a resource is looked at again, if its last answer said so.
    pub(super) fn wait_for(&self, url: &str) -> Option<Duration> {
        let until = self.waits.lock().unwrap_or_else(PoisonError::into_inner).remove(url)?;
        Some(Duration::try_from(until.duration_since(Timestamp::now())).unwrap_or_default())
    }

    /// Looks at something that anybody may see.
    pub(super) async fn get(&self, url: &str) -> Result<Answer, AcmeError> {
        self.is_safe(url)?;
        exchange(&self.http, Method::GET, url, Vec::new(), true).await
    }

    /// A request that we sign ourselves; anew while its nonce is refused. `payload`: empty for a look (POST-as-GET).
    pub(super) async fn post(
        &self,
        what: &'static str,
        signer: &Signer,
        account: Option<&str>,
        url: &str,
        payload: &str,
    ) -> Result<Answer, AcmeError> {
        self.is_safe(url)?;
        let mut nonce = None;
        for _ in 0..NONCES {
            let fresh = match nonce.take() {
                Some(nonce) => nonce,
                None => self.nonce().await?,
            };
            let request = signer
                .sign(account, Some(&fresh), url, payload)
                .map_err(|reason| AcmeError::Key { what: "the key that signs".to_owned(), reason })?;
            let body = request.to_string().into_bytes();
            let answer = exchange(&self.http, Method::POST, url, body, payload.is_empty()).await?;
            nonce = nonce_of(&answer);
            if answer.status.is_success() {
                return Ok(answer);
            }
            let error = refused(what, url, &answer);
            if !error.is_refusal("badNonce") {
                return Err(error);
            }
        }
        Err(AcmeError::Protocol { what, reason: format!("it refused {NONCES} of its own nonces") })
    }

    async fn nonce(&self) -> Result<String, AcmeError> {
        self.is_safe(&self.directory.new_nonce)?;
        let answer = exchange(&self.http, Method::HEAD, &self.directory.new_nonce, Vec::new(), true).await?;
        nonce_of(&answer)
            .ok_or_else(|| AcmeError::Protocol { what: "the request for a nonce", reason: "it has none".to_owned() })
    }

    /// A CA that is asked over https leads to nothing else (RFC 8555, section 6.1).
    fn is_safe(&self, url: &str) -> Result<(), AcmeError> {
        if !is_https(&self.url) || is_https(url) {
            return Ok(());
        }
        let reason = format!("it leads to {url}, which is not https");
        Err(AcmeError::Protocol { what: "the look at its directory", reason })
    }

    async fn serve(self, method: Method, url: String, body: Vec<u8>) -> Result<Answer, AcmeError> {
        if method == Method::GET && url == self.url {
            return Ok(self.raw.as_ref().clone());
        }
        self.is_safe(&url)?;
        let look = is_look(&method, &body);
        let answer = exchange(&self.http, method, &url, body, look).await?;
        if let Some(wait) = http::retry_after(&answer.headers, Timestamp::now()) {
            let until = after(wait);
            self.waits.lock().unwrap_or_else(PoisonError::into_inner).insert(url, until);
        }
        Ok(answer)
    }
}

impl HttpClient for Wire {
    fn request(
        &self,
        request: ::http::Request<BodyWrapper<Bytes>>,
    ) -> Pin<Box<dyn Future<Output = Result<BytesResponse, instant_acme::Error>> + Send>> {
        let wire = self.clone();
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            // Its error type has no values.
            let body = body.collect().await.map_or_else(|never| match never {}, |body| body.to_bytes().to_vec());
            let answer = wire
                .serve(parts.method, parts.uri.to_string(), body)
                .await
                .map_err(|error| instant_acme::Error::Other(Box::new(error)))?;
            let mut response =
                ::http::Response::builder().status(answer.status).body(Full::<Bytes>::from(answer.body))?;
            *response.headers_mut() = answer.headers;
            Ok(BytesResponse::from(response))
        })
    }
}

/// Sends a request until there is an answer that is one: waits where the CA says so, within limits.
/// `look`: nothing changes by it, so that it may be sent twice.
async fn exchange(
    http: &http::Client,
    method: Method,
    url: &str,
    body: Vec<u8>,
    look: bool,
) -> Result<Answer, AcmeError> {
    let mut waited = Duration::ZERO;
    let mut tries = 0;
    loop {
        tries += 1;
        let pause = PAUSE * 2_u32.pow(tries.min(6) - 1);
        let body = (method == Method::POST).then(|| ("application/jose+json", body.clone()));
        let answer = match http.send(Request { method: method.clone(), url, secret: false, body }).await {
            Ok(answer) => answer,
            Err(error) if tries < TRIES && is_passing(&error, look) => {
                tokio::time::sleep(pause).await;
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        // It did nothing: sending it again can't do it twice.
        let asked = http::retry_after(&answer.headers, Timestamp::now());
        let wait = match answer.status {
            StatusCode::TOO_MANY_REQUESTS => asked,
            StatusCode::SERVICE_UNAVAILABLE => asked.or((tries < TRIES).then_some(pause)),
            StatusCode::BAD_GATEWAY | StatusCode::GATEWAY_TIMEOUT if look => (tries < TRIES).then_some(pause),
            _ => None,
        };
        match wait {
            Some(wait) if waited + wait <= PATIENCE => {
                // A second late is polite; to the millisecond, all clients come back at once.
                let wait = wait.max(PAUSE);
                waited += wait;
                tokio::time::sleep(wait).await;
            }
            Some(wait) => {
                let refusal = Refusal::parse(&answer.body);
                return Err(AcmeError::Busy { status: answer.status.as_u16(), until: after(wait), refusal });
            }
            None => return understood(url, answer),
        }
    }
}

fn is_https(url: &str) -> bool {
    url.get(..8).is_some_and(|scheme| scheme.eq_ignore_ascii_case("https://"))
}

/// Whether a request may work when it is sent again.
fn is_passing(error: &http::HttpError, look: bool) -> bool {
    match error {
        // A certificate that is not trusted stays so.
        http::HttpError::Connect { reason, .. } => !reason.contains("certificate"),
        http::HttpError::Lost { .. } => look,
        _ => false,
    }
}

/// Whether nothing changes by a request: also a POST whose signed payload is empty (RFC 8555, section 6.3).
fn is_look(method: &Method, body: &[u8]) -> bool {
    *method != Method::POST
        || serde_json::from_slice::<Value>(body).is_ok_and(|signed| signed["payload"].as_str() == Some(""))
}

/// An answer that is no page, and whose refusal is a problem document.
fn understood(url: &str, answer: Answer) -> Result<Answer, AcmeError> {
    let kind = answer.headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let page = kind.starts_with("text/html");
    let silent = answer.body.is_empty() && answer.status.is_success();
    let good = silent || (!page && (answer.status.is_success() || Refusal::parse(&answer.body).is_some()));
    if good {
        return Ok(answer);
    }
    let form = match (page, answer.body.is_empty()) {
        (true, _) => "a page",
        (_, true) => "nothing",
        _ => "something else",
    };
    Err(AcmeError::NotJson { status: answer.status.as_u16(), form, url: url.to_owned() })
}

/// A refusal as an error.
fn refused(what: &'static str, url: &str, answer: &Answer) -> AcmeError {
    match Refusal::parse(&answer.body) {
        Some(refusal) => AcmeError::Refused { what, refusal },
        None => AcmeError::NotJson { status: answer.status.as_u16(), form: "something else", url: url.to_owned() },
    }
}

fn nonce_of(answer: &Answer) -> Option<String> {
    let nonce = answer.headers.get("replay-nonce")?.to_str().ok()?;
    // It goes into a signed header: base64url by RFC 8555, section 6.5.1.
    BASE64_URL_SAFE_NO_PAD.decode(nonce).ok().map(|_| nonce.to_owned())
}

fn after(wait: Duration) -> Timestamp {
    let now = Timestamp::now();
    now.checked_add(wait).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_leads_away_from_https() {
        let wire = |url: &str| {
            let empty = Answer { status: StatusCode::OK, headers: ::http::HeaderMap::new(), body: Vec::new() };
            let directory = Directory {
                new_nonce: "http://ca.example/nonce".to_owned(),
                new_account: String::new(),
                revoke_cert: None,
                key_change: None,
                renewal_info: None,
                meta: Meta::default(),
            };
            Wire {
                http: http::Client::new(&http::Roots::Platform, None).unwrap(),
                url: url.to_owned(),
                raw: Arc::new(empty),
                directory: Arc::new(directory),
                waits: Arc::default(),
            }
        };
        let safe = wire("https://ca.example/dir");
        safe.is_safe("HTTPS://other.example/order/1").unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let told = [
            runtime.block_on(safe.nonce()).unwrap_err(),
            runtime.block_on(safe.get("http://ca.example/ari/1")).unwrap_err(),
            runtime.block_on(safe.serve(Method::POST, "http://ca.example/order".to_owned(), Vec::new())).unwrap_err(),
        ];
        for error in told {
            assert_eq!(error.code(), "acme-protocol");
            assert!(error.to_string().contains("which is not https"), "{error}");
        }
        wire("http://127.0.0.1:1/dir").is_safe("http://127.0.0.1:1/nonce").unwrap();
    }
}
