//! acme-dns (<https://github.com/joohoi/acme-dns>): a small server for challenges alone, to whose names they are delegated by CNAME.
//!
//! An account keeps its *two latest* values, and removes none on request. So an apex and its wildcard fit; two orders at once for one delegated name do not:
//! the third value pushes out the first, which [`super::wait_for_txt`] then misses. Give each certificate an account of its own.

use std::time::Duration;

use serde::Deserialize;

use super::error::DnsError;
use super::name;
use super::solver::{Boxed, Solver, redacted};
use crate::secrets::Secret;

/// How long one request may take.
const TIME: Duration = Duration::from_secs(30);
/// No good answer is larger, in bytes.
const LARGEST: usize = 64 * 1024;
/// So much of an error's text is told, in characters.
const TOLD: usize = 200;

/// What `POST /register` gave.
#[derive(Clone, Debug)]
pub struct AcmeDnsAccount {
    /// Who asks.
    pub username: String,
    /// Its password.
    pub password: Secret,
    /// The first label of its name.
    pub subdomain: String,
    /// The whole name, to which challenges are delegated; empty: any name is taken to be this account's.
    pub fulldomain: String,
}

/// One account in the file of acme-dns-client or lego: a table by domain.
#[derive(Deserialize)]
struct Stored {
    username: String,
    password: String,
    subdomain: String,
    #[serde(default)]
    fulldomain: String,
}

/// The accounts in a file of acme-dns-client, certbot's hook or lego.
///
/// # Errors
/// In words, never with a part of the file: it holds passwords.
pub fn accounts(file: &Secret) -> Result<Vec<AcmeDnsAccount>, &'static str> {
    let stored: std::collections::BTreeMap<String, Stored> =
        serde_json::from_slice(file.expose()).map_err(|_| "is no file of acme-dns accounts (JSON, by domain)")?;
    let account = |it: Stored| AcmeDnsAccount {
        username: it.username,
        password: Secret::new(it.password.into_bytes()),
        subdomain: it.subdomain,
        fulldomain: it.fulldomain,
    };
    Ok(stored.into_values().map(account).collect())
}

/// An acme-dns server.
#[derive(Debug)]
pub struct AcmeDns {
    label: String,
    update: url::Url,
    accounts: Vec<AcmeDnsAccount>,
    http: reqwest::Client,
}

impl AcmeDns {
    /// `url` is where the API is, such as `https://auth.example.org`.
    pub fn new(label: &str, url: &str, accounts: Vec<AcmeDnsAccount>) -> Result<Self, DnsError> {
        let bad = |why: String| DnsError::Settings { name: label.to_owned(), why };
        let update = url::Url::parse(&format!("{}/update", url.trim_end_matches('/')))
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https"))
            .ok_or_else(|| bad("has a `url` that is none".to_owned()))?;
        let http = reqwest::Client::builder()
            .timeout(TIME)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| bad(format!("can't be spoken with: {error}")))?;
        Ok(Self { label: label.to_owned(), update, accounts, http })
    }

    fn account(&self, fqdn: &str) -> Result<&AcmeDnsAccount, DnsError> {
        let fqdn = name::text(&name::parse(fqdn)?);
        let is =
            |account: &&AcmeDnsAccount| name::parse(&account.fulldomain).is_ok_and(|name| name::text(&name) == fqdn);
        let any = |account: &&AcmeDnsAccount| account.fulldomain.is_empty();
        self.accounts.iter().find(is).or_else(|| self.accounts.iter().find(any)).ok_or(DnsError::NoAccount { fqdn })
    }

    async fn update(&self, fqdn: &str, value: &str) -> Result<(), DnsError> {
        let account = self.account(fqdn)?;
        let failed = |why: String| DnsError::Service {
            service: self.update.host_str().unwrap_or("acme-dns").to_owned(),
            what: format!("add the TXT value {value} to {fqdn}"),
            why,
        };
        let request = self
            .http
            .post(self.update.clone())
            .header("X-Api-User", &account.username)
            .header("X-Api-Key", account.password.expose())
            .json(&serde_json::json!({ "subdomain": account.subdomain, "txt": value }));
        let lost = |error: reqwest::Error| failed(causes(&error.without_url()));
        let mut answer = request.send().await.map_err(lost)?;
        let status = answer.status();
        let mut bytes = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(lost)? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > LARGEST {
                return Err(failed(format!("its answer is larger than {LARGEST} bytes")));
            }
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if status.is_success() && serde_json::from_str::<Updated>(&text).is_ok_and(|it| it.txt == value) {
            return Ok(());
        }
        let said: String = redacted(text, [&account.password]).chars().filter(|c| !c.is_control()).take(TOLD).collect();
        Err(failed(format!("HTTP {} {}", status.as_u16(), said.trim())))
    }
}

/// What a good answer is.
#[derive(Deserialize)]
struct Updated {
    txt: String,
}

/// An error with all that led to it.
fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

impl Solver for AcmeDns {
    fn name(&self) -> &str {
        &self.label
    }

    fn present<'a>(&'a self, fqdn: &'a str, value: &'a str) -> Boxed<'a, Result<(), DnsError>> {
        Box::pin(self.update(fqdn, value))
    }

    /// Nothing: the server's API removes no value; the next two push it out.
    fn cleanup<'a>(&'a self, _: &'a str, _: &'a str) -> Boxed<'a, Result<(), DnsError>> {
        Box::pin(std::future::ready(Ok(())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    const FILE: &str = r#"{"example.org": {"username": "u", "password": "hunter2-pass", "fulldomain": "d420.auth.example.org",
        "subdomain": "d420", "allowfrom": []}}"#;

    fn from_file() -> Vec<AcmeDnsAccount> {
        accounts(&Secret::new(FILE.as_bytes().to_vec())).unwrap()
    }

    /// Answers one request, and returns it.
    async fn serve(listener: TcpListener, status: &str, body: &str) -> String {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = Vec::new();
        let mut buffer = [0; 4096];
        while !String::from_utf8_lossy(&request).contains('}') {
            let length = stream.read(&mut buffer).await.unwrap();
            assert_ne!(length, 0, "no body came");
            request.extend_from_slice(&buffer[..length]);
        }
        let answer = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len());
        stream.write_all(answer.as_bytes()).await.unwrap();
        String::from_utf8(request).unwrap()
    }

    async fn update(status: &str, body: &str) -> (String, Result<(), DnsError>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let server = AcmeDns::new("main", &url, from_file()).unwrap();
        futures_util::join!(serve(listener, status, body), server.present("d420.auth.example.org", "value"))
    }

    #[tokio::test]
    async fn a_value_is_posted_with_the_accounts_credentials() {
        let (request, result) = update("200 OK", r#"{"txt": "value"}"#).await;
        result.unwrap();
        let request = request.to_lowercase();
        assert!(request.starts_with("post /update http/1.1\r\n"), "{request}");
        assert!(request.contains("x-api-user: u\r\n") && request.contains("x-api-key: hunter2-pass\r\n"));
        assert!(request.ends_with(r#"{"subdomain":"d420","txt":"value"}"#), "{request}");
    }

    #[tokio::test]
    async fn an_answer_without_end_is_not_read_to_it() {
        let (_, result) = update("200 OK", &" ".repeat(LARGEST + 1)).await;
        assert!(result.unwrap_err().to_string().ends_with("its answer is larger than 65536 bytes"));
    }

    #[tokio::test]
    async fn a_refusal_is_told_without_the_password() {
        let (_, result) = update("401 Unauthorized", r#"{"error": "forbidden for hunter2-pass"}"#).await;
        let error = result.unwrap_err().to_string();
        assert!(error.ends_with(r#"HTTP 401 {"error": "forbidden for [redacted]"}"#), "{error}");
        let (_, result) = update("200 OK", "<html>").await;
        assert_eq!(result.unwrap_err().code(), "dns-service");
    }

    #[tokio::test]
    async fn a_name_needs_its_account() {
        let server = AcmeDns::new("main", "http://127.0.0.1:1", from_file()).unwrap();
        let error = server.present("other.auth.example.org", "value").await.unwrap_err();
        assert_eq!(error.to_string(), "no acme-dns account is declared for other.auth.example.org");
        assert_eq!(AcmeDns::new("main", "ftp://x", Vec::new()).unwrap_err().code(), "dns-settings");
        assert!(!accounts(&Secret::new(b"hunter2".to_vec())).unwrap_err().contains("hunter2"));
    }
}
