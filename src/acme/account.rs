//! Accounts: `.fleet/acme/accounts/HASH/`, one for each CA, with `key.pem`, `account.json`, and during a rollover `next.pem`.
//!
//! A key is on disk before the CA hears of it, so that no crash loses an account.

use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD, Engine as _};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::error::AcmeError;
use super::files;
use super::jws::{Signer, external_binding};
use super::wire::Wire;
use crate::secrets::Secret;

/// How long another fleet may take that makes the same account.
const OTHERS: Duration = Duration::from_secs(60);

/// An account at a CA that asks for a contract first (RFC 8555, section 7.3.4).
#[derive(Clone, Debug)]
pub struct ExternalAccount {
    /// The key's name, as the CA gave it.
    pub kid: String,
    /// The key, base64url, as the CA gave it.
    pub key: Secret,
}

/// `account.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Record {
    /// The directory URL of the CA.
    directory: String,
    /// The account's URL.
    url: String,
    /// When it was made.
    created: Timestamp,
}

/// A usable account.
pub(super) struct Account {
    pub(super) signer: Signer,
    pub(super) url: String,
}

/// What an account is to be.
pub(super) struct Wanted<'a> {
    pub(super) wire: &'a Wire,
    /// The mail addresses, without `mailto:`.
    pub(super) contact: &'a [String],
    pub(super) external: Option<&'a ExternalAccount>,
}

/// The files of one account.
struct Files {
    directory: PathBuf,
}

impl Files {
    fn of(state: &Path, directory_url: &str) -> Result<Self, AcmeError> {
        let directory = state.join("accounts").join(files::hash(&[directory_url]));
        files::make_directory(&directory)?;
        Ok(Self { directory })
    }

    fn key(&self) -> PathBuf {
        self.directory.join("key.pem")
    }

    fn next(&self) -> PathBuf {
        self.directory.join("next.pem")
    }

    fn record(&self) -> PathBuf {
        self.directory.join("account.json")
    }

    /// Waits for another fleet that makes or changes this account.
    async fn lock(&self) -> Result<std::fs::File, AcmeError> {
        let path = self.directory.join("lock");
        let deadline = tokio::time::Instant::now() + OTHERS;
        loop {
            if let Some(lock) = files::try_lock(&path)? {
                files::sweep(&self.directory, "")?;
                return Ok(lock);
            }
            if tokio::time::Instant::now() >= deadline {
                return Err(AcmeError::Locked { what: "this CA's account".to_owned() });
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

fn key_at(path: &Path) -> Result<Option<Signer>, AcmeError> {
    let Some(pem) = files::read(path)? else { return Ok(None) };
    let fail = |reason| AcmeError::Key { what: format!("the account key {}", path.display()), reason };
    Signer::from_pem(&pem).map(Some).map_err(fail)
}

fn new_key_at(path: &Path) -> Result<Signer, AcmeError> {
    let fail = |reason| AcmeError::Key { what: "a new account key".to_owned(), reason };
    let signer = Signer::generate().map_err(fail)?;
    files::write(path, signer.to_pem().expose())?;
    Ok(signer)
}

/// The account, made or mended where it needs to be: of several fleets at once, one makes it, and all get it.
pub(super) async fn open(state: &Path, wanted: &Wanted<'_>) -> Result<Account, AcmeError> {
    let files = Files::of(state, wanted.wire.url())?;
    let _lock = files.lock().await?;
    finish_rollover(&files, wanted).await?;
    let signer = match key_at(&files.key())? {
        Some(signer) => signer,
        None => new_key_at(&files.key())?,
    };
    let Some(record) = files::read_json::<Record>(&files.record())? else {
        return register(&files, wanted, signer).await;
    };
    match look(wanted.wire, &signer, &record.url).await {
        Ok(seen) => {
            update_contact(wanted, &signer, &record.url, &seen).await?;
            Ok(Account { signer, url: record.url })
        }
        // The CA has lost it, as staging ones do: the same key makes it again.
        Err(error) if error.is_refusal("accountDoesNotExist") => register(&files, wanted, signer).await,
        // It is not shown one that was deactivated either (RFC 8555, section 7.3.6).
        Err(error) if error.is_refusal("unauthorized") => Err(closed(&record.url)),
        Err(error) => Err(error),
    }
}

/// Makes the account; with a key that has one already, the CA answers with that one (RFC 8555, section 7.3.1).
async fn register(files: &Files, wanted: &Wanted<'_>, signer: Signer) -> Result<Account, AcmeError> {
    let wire = wanted.wire;
    let url = wire.directory().new_account.clone();
    let mut payload = json!({ "termsOfServiceAgreed": true, "contact": mails(wanted.contact) });
    match wanted.external {
        Some(external) => {
            let fail = |reason| AcmeError::Key { what: "the key of `eab`".to_owned(), reason };
            let key = decoded(&external.key).map_err(fail)?;
            payload["externalAccountBinding"] =
                external_binding(&external.kid, &key, &url, signer.jwk()).map_err(fail)?;
        }
        None if wire.directory().meta.external_account_required => {
            return Err(AcmeError::Request(
                "this CA wants an external account: declare `eab` in its acme table as the CA gave it to you"
                    .to_owned(),
            ));
        }
        None => {}
    }
    let what = "the new account";
    let answer = wire.post(what, &signer, None, &url, &payload.to_string()).await?;
    let location = answer.headers.get("location").and_then(|url| url.to_str().ok());
    let location = location.ok_or(AcmeError::Protocol { what, reason: "it does not name the account".to_owned() })?;
    let record = Record { directory: wire.url().to_owned(), url: location.to_owned(), created: Timestamp::now() };
    files::write_json(&files.record(), &record)?;
    let seen: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    update_contact(wanted, &signer, &record.url, &seen).await?;
    Ok(Account { signer, url: record.url })
}

/// The account as the CA has it (POST-as-GET; RFC 8555, section 7.3.3 has it so for changes).
async fn look(wire: &Wire, signer: &Signer, url: &str) -> Result<Value, AcmeError> {
    let what = "the look at the account";
    let answer = wire.post(what, signer, Some(url), url, "").await?;
    let seen: Value = serde_json::from_slice(&answer.body)
        .map_err(|error| AcmeError::Protocol { what, reason: error.to_string() })?;
    match seen["status"].as_str() {
        Some("valid") | None => Ok(seen),
        Some(_) => Err(closed(url)),
    }
}

fn closed(url: &str) -> AcmeError {
    AcmeError::Request(format!(
        "the account {url} has been closed at the CA, or has another key there; remove its directory in .fleet/acme/accounts to make a new one"
    ))
}

async fn update_contact(wanted: &Wanted<'_>, signer: &Signer, url: &str, seen: &Value) -> Result<(), AcmeError> {
    let mails = mails(wanted.contact);
    // A CA that keeps no contacts does not show them either: nothing to bring up to date then.
    let Some(there) = seen["contact"].as_array() else { return Ok(()) };
    if there.iter().map(Value::as_str).eq(mails.iter().map(|mail| Some(mail.as_str()))) {
        return Ok(());
    }
    let payload = json!({ "contact": mails }).to_string();
    wanted.wire.post("the account's contacts", signer, Some(url), url, &payload).await.map(drop)
}

/// Replaces the account's key by a new one (RFC 8555, section 7.3.5).
pub(super) async fn roll_over(state: &Path, wanted: &Wanted<'_>) -> Result<(), AcmeError> {
    let account = open(state, wanted).await?;
    let wire = wanted.wire;
    let offered = wire.directory().key_change.as_deref();
    let url = offered.ok_or(AcmeError::NotOffered { what: "a new key for an account".to_owned(), offered: None })?;
    let files = Files::of(state, wire.url())?;
    let _lock = files.lock().await?;
    let next = new_key_at(&files.next())?;
    let payload = json!({ "account": account.url, "oldKey": account.signer.jwk() }).to_string();
    let inner = next
        .sign(None, None, url, &payload)
        .map_err(|reason| AcmeError::Key { what: "the new account key".to_owned(), reason })?;
    wire.post("the new account key", &account.signer, Some(&account.url), url, &inner.to_string()).await?;
    finish_rollover(&files, wanted).await
}

/// A rollover that was cut short: with the new key, if the CA knows it; else with the old one.
async fn finish_rollover(files: &Files, wanted: &Wanted<'_>) -> Result<(), AcmeError> {
    let Some(next) = key_at(&files.next())? else { return Ok(()) };
    let Some(record) = files::read_json::<Record>(&files.record())? else { return files::remove(&files.next()) };
    match look(wanted.wire, &next, &record.url).await {
        Ok(_) => files::rename(&files.next(), &files.key()),
        Err(refusal @ AcmeError::Refused { .. }) => {
            let Some(old) = key_at(&files.key())? else { return Err(refusal) };
            // Neither key is dropped before the other one is seen to work.
            look(wanted.wire, &old, &record.url).await?;
            files::remove(&files.next())
        }
        Err(error) => Err(error),
    }
}

fn mails(contact: &[String]) -> Vec<String> {
    contact
        .iter()
        .map(|mail| if mail.starts_with("mailto:") { mail.clone() } else { format!("mailto:{mail}") })
        .collect()
}

/// CAs hand out these keys as base64url; some pad them, some use the standard alphabet.
fn decoded(key: &Secret) -> Result<Secret, String> {
    let text = key.expose_str().map(str::trim).ok_or("it is not text")?;
    let bare = text.trim_end_matches('=');
    BASE64_URL_SAFE_NO_PAD
        .decode(bare)
        .or_else(|_| BASE64_STANDARD.decode(text))
        .map(Secret::new)
        .map_err(|_| "it is not base64url".to_owned())
}
