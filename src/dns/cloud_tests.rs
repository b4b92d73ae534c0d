//! Route 53 stands for all: its endpoint can be set, and it knows whole sets of records alone.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::*;
use crate::dns::Provider;

const FQDN: &str = "_acme-challenge.media.example.org";

/// What the server holds, and how often it forgets a change, as if another writer had come in between.
#[derive(Default)]
struct Route53 {
    values: Mutex<Vec<String>>,
    forgets: Mutex<u32>,
}

impl Route53 {
    fn answer(&self, request: &str) -> (&'static str, String) {
        if !request.contains("Credential=AKIAFLEET/") {
            return ("403 Forbidden", "who are you, hunter2-secret-key?".to_owned());
        }
        if request.starts_with("GET") {
            let values = self.values.lock().unwrap();
            let record = |value: &String| format!("<ResourceRecord><Value>{value}</Value></ResourceRecord>");
            let records: String = values.iter().map(record).collect();
            let set = format!(
                "<ResourceRecordSet><Name>{FQDN}.</Name><Type>TXT</Type><TTL>60</TTL><ResourceRecords>{records}</ResourceRecords></ResourceRecordSet>"
            );
            let sets = if values.is_empty() { "" } else { &set };
            let list = format!(
                "<ListResourceRecordSetsResponse><ResourceRecordSets>{sets}</ResourceRecordSets><IsTruncated>false</IsTruncated><MaxItems>100</MaxItems></ListResourceRecordSetsResponse>"
            );
            return ("200 OK", list);
        }
        let mut forgets = self.forgets.lock().unwrap();
        if *forgets > 0 {
            *forgets -= 1;
        } else {
            let body = request.replace("&quot;", "\"");
            let values = body.split("<Value>").skip(1).filter_map(|part| part.split("</Value>").next());
            let values =
                if body.contains("<Action>DELETE</Action>") { Vec::new() } else { values.map(str::to_owned).collect() };
            *self.values.lock().unwrap() = values;
        }
        ("200 OK", "<ChangeResourceRecordSetsResponse/>".to_owned())
    }

    async fn serve(self: Arc<Self>, listener: TcpListener) {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            tokio::spawn(self.clone().one(stream));
        }
    }

    async fn one(self: Arc<Self>, mut stream: TcpStream) {
        let mut request = Vec::new();
        let mut buffer = [0; 4096];
        loop {
            let text = String::from_utf8_lossy(&request).into_owned();
            if let Some((head, body)) = text.split_once("\r\n\r\n") {
                let length =
                    head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
                if body.len() >= length.unwrap_or(0) {
                    let (status, body) = self.answer(&text);
                    let answer = format!(
                        "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                        body.len()
                    );
                    return stream.write_all(answer.as_bytes()).await.unwrap();
                }
            }
            match stream.read(&mut buffer).await.unwrap() {
                0 => return,
                length => request.extend_from_slice(&buffer[..length]),
            }
        }
    }
}

async fn server() -> (Arc<Route53>, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let server = Arc::new(Route53::default());
    tokio::spawn(server.clone().serve(listener));
    (server, endpoint)
}

fn cloud(state: &Path, endpoint: &str, access_key_id: &str) -> Cloud {
    let account = CloudAccount::Route53 {
        access_key_id: access_key_id.to_owned(),
        secret_access_key: Secret::new(b"hunter2-secret-key".to_vec()),
        session_token: None,
        region: None,
        hosted_zone: Some("Z1".to_owned()),
        endpoint: Some(endpoint.to_owned()),
    };
    let settings = Settings {
        name: "main".to_owned(),
        provider: Provider::Cloud(account.clone()),
        zone: Some("example.org".to_owned()),
        servers: Vec::new(),
        resolvers: vec!["127.0.0.1:1".parse().unwrap()],
        ttl: 60,
        propagation: Duration::from_secs(1),
        state: state.to_owned(),
    };
    Cloud::new(&settings, &account).unwrap()
}

#[tokio::test]
async fn values_are_added_side_by_side_to_a_whole_set() {
    let (server, endpoint) = server().await;
    let state = tempfile::tempdir().unwrap();
    let (one, two) = (cloud(state.path(), &endpoint, "AKIAFLEET"), cloud(state.path(), &endpoint, "AKIAFLEET"));
    for _ in 0..5 {
        let (first, second) = futures_util::join!(one.present(FQDN, "apex"), two.present(FQDN, "wildcard"));
        first.and(second).unwrap();
        let mut values = server.values.lock().unwrap().clone();
        values.sort();
        assert_eq!(values, ["\"apex\"", "\"wildcard\""]);
        one.cleanup(FQDN, "apex").await.unwrap();
        assert_eq!(*server.values.lock().unwrap(), ["\"wildcard\""]);
        two.cleanup(FQDN, "wildcard").await.unwrap();
        assert!(server.values.lock().unwrap().is_empty());
    }
}

#[tokio::test]
async fn a_change_that_was_lost_is_made_again() {
    let (server, endpoint) = server().await;
    let state = tempfile::tempdir().unwrap();
    *server.forgets.lock().unwrap() = 1;
    cloud(state.path(), &endpoint, "AKIAFLEET").present(FQDN, "value").await.unwrap();
    assert_eq!(*server.values.lock().unwrap(), ["\"value\""]);
}

#[tokio::test]
async fn a_refusal_is_told_without_secrets() {
    let (_server, endpoint) = server().await;
    let state = tempfile::tempdir().unwrap();
    let error = cloud(state.path(), &endpoint, "AKIANOBODY").present(FQDN, "value").await.unwrap_err();
    assert_eq!(error.code(), "dns-service");
    let text = error.to_string();
    assert!(text.starts_with("route53 would not add the TXT value value to") && !text.contains("hunter2"), "{text}");
}
