use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use rustls::crypto::aws_lc_rs::{default_provider, sign::any_supported_type};
use rustls::pki_types::CertificateDer;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{ServerConfig, SupportedProtocolVersion};
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use super::*;
use crate::x509::minted::{Authority, Minted, rustls_key};
use crate::x509::{Chain, KeyType, PrivateKey};

pub(super) const LIMIT: Duration = Duration::from_secs(20);

/// Presents one chain for every name; another one where no name is sent.
#[derive(Debug)]
struct Presents {
    named: Arc<CertifiedKey>,
    nameless: Arc<CertifiedKey>,
}

impl ResolvesServerCert for Presents {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(hello.server_name().map_or(&self.nameless, |_| &self.named).clone())
    }
}

fn certified(chain: &Chain, key: &PrivateKey) -> Arc<CertifiedKey> {
    let chain = chain.certificates().map(|certificate| CertificateDer::from(certificate.der.clone())).collect();
    // Not checked against each other, on purpose.
    Arc::new(CertifiedKey::new(chain, any_supported_type(&rustls_key(key)).unwrap()))
}

fn acceptor(
    named: Arc<CertifiedKey>,
    nameless: Arc<CertifiedKey>,
    versions: &[&'static SupportedProtocolVersion],
) -> TlsAcceptor {
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_protocol_versions(versions)
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(Presents { named, nameless }));
    TlsAcceptor::from(Arc::new(config))
}

pub(super) fn acceptor_of(minted: &Minted) -> TlsAcceptor {
    let certified = certified(&minted.chain, &minted.key);
    acceptor(certified.clone(), certified, rustls::ALL_VERSIONS)
}

pub(super) fn ders(chain: &Chain) -> Vec<Vec<u8>> {
    chain.certificates().map(|certificate| certificate.der.clone()).collect()
}

/// Accepts one connection.
pub(super) async fn serve<F>(serve: impl FnOnce(TcpStream) -> F + Send + 'static) -> (SocketAddr, JoinHandle<()>)
where
    F: Future<Output = ()> + Send,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let task = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        serve(stream).await;
    });
    (address, task)
}

async fn serve_tls(acceptor: TlsAcceptor) -> (SocketAddr, JoinHandle<()>) {
    serve(move |stream| async move {
        if let Ok(mut stream) = acceptor.accept(stream).await {
            let _until_it_ends = stream.read_to_end(&mut Vec::new()).await;
        }
    })
    .await
}

#[tokio::test]
async fn any_chain_is_seen_in_both_versions() {
    let ca = Authority::root("Nobody's CA");
    let past = "1999-01-01T00:00:00Z".parse().unwrap();
    let expired = ca.mint_at(&["media.example.org"], 1, past, "1999-02-01T00:00:00Z".parse().unwrap());
    let nameless = ca.mint(&["default.example.org"], 2);
    for versions in [&[&rustls::version::TLS12], &[&rustls::version::TLS13]] {
        let acceptor = || {
            acceptor(
                certified(&expired.chain, &expired.key),
                certified(&nameless.chain, &nameless.key),
                versions.as_slice(),
            )
        };
        let (address, task) = serve_tls(acceptor()).await;
        assert_eq!(presented(address, "media.example.org.", None, LIMIT).await, Ok(ders(&expired.chain)));
        task.await.unwrap();
        for name in ["127.0.0.1", "[::1]"] {
            let (address, task) = serve_tls(acceptor()).await;
            assert_eq!(presented(address, name, None, LIMIT).await, Ok(ders(&nameless.chain)), "no name is sent");
            task.await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_server_must_have_the_key() {
    let ca = Authority::root("CA");
    let minted = ca.mint(&["media.example.org"], 1);
    let other = PrivateKey::generate(KeyType::EcdsaP256).unwrap();
    for versions in [&[&rustls::version::TLS12], &[&rustls::version::TLS13]] {
        let stolen = certified(&minted.chain, &other);
        let (address, task) = serve_tls(acceptor(stolen.clone(), stolen, versions.as_slice())).await;
        let error = look(address, "media.example.org", None, LIMIT).await.unwrap_err();
        assert_eq!(error, HandshakeError::Unproven);
        task.await.unwrap();
    }
}

#[tokio::test]
async fn several_addresses_side_by_side() {
    let ca = Authority::root("CA");
    let (one, two) = (ca.mint(&["a.example"], 1), ca.mint(&["a.example"], 2));
    let (first, first_task) = serve_tls(acceptor_of(&one)).await;
    let (second, second_task) = serve_tls(acceptor_of(&two)).await;
    let (closed, closed_task) = serve(|stream| async move { drop(stream) }).await;
    let seen = presented_by(&[first, closed, second], "a.example", None, LIMIT).await;
    assert_eq!(seen[0], (first, Ok(ders(&one.chain))));
    assert_eq!(seen[1].0, closed);
    assert!(seen[1].1.is_err());
    assert_eq!(seen[2], (second, Ok(ders(&two.chain))));
    for task in [first_task, second_task, closed_task] {
        task.await.unwrap();
    }
}

/// What a server that does this to its one connection is said to do.
async fn said_of<F>(server: impl FnOnce(TcpStream) -> F + Send + 'static) -> String
where
    F: Future<Output = ()> + Send,
{
    let (address, task) = serve(server).await;
    let said = presented(address, "a.example", None, LIMIT).await.unwrap_err();
    task.await.unwrap();
    said
}

#[tokio::test]
async fn servers_that_speak_no_tls() {
    for words in
        ["HTTP/1.1 400 Bad Request\r\n\r\n", "SSH-2.0-OpenSSH_9.2\r\n", "220 mail ESMTP\r\n", "\0\0\0\0\0\0\0\0"]
    {
        let said = said_of(move |mut stream| async move {
            stream.write_all(words.as_bytes()).await.unwrap();
            let _until_it_ends = stream.read_to_end(&mut Vec::new()).await;
        });
        assert_eq!(said.await, "speaks no TLS on this port", "{words:?}");
    }
    let said = said_of(|mut stream| async move {
        stream.read_exact(&mut [0; 16]).await.unwrap();
    });
    assert_eq!(said.await, "closed during the handshake");
    let internal_error = said_of(|mut stream| async move {
        stream.write_all(&[21, 3, 3, 0, 2, 2, 80]).await.unwrap();
        let _until_it_ends = stream.read_to_end(&mut Vec::new()).await;
    });
    assert_eq!(internal_error.await, "ended the handshake (internal_error)");
}

#[tokio::test]
async fn silence_has_a_limit() {
    let (address, task) = serve(|mut stream| async move {
        let _until_it_ends = stream.read_to_end(&mut Vec::new()).await;
    })
    .await;
    let error = presented(address, "a.example", None, Duration::from_millis(100)).await.unwrap_err();
    assert_eq!(error, "gave no answer within 0.1 s");
    task.await.unwrap();
}

#[tokio::test]
async fn nobody_there() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let said = presented(address, "a.example", None, LIMIT).await.unwrap_err();
    assert_eq!(said, "refused the connection");
    for name in ["", "*.example.org", "a b", "a..b", "bücher.example"] {
        let error = look(address, name, None, LIMIT).await.unwrap_err();
        assert_eq!(error.code(), "tls-bad-name", "{name}");
    }
}

#[test]
fn names_of_alerts() {
    assert_eq!(
        HandshakeError::handshake(&std::io::Error::other(rustls::Error::AlertReceived(
            rustls::AlertDescription::UnknownCA
        )))
        .to_string(),
        "ended the handshake (unknown_ca)"
    );
}

/// `openssl s_server` on a port of its own.
struct OpenSsl {
    child: Child,
    address: SocketAddr,
    chain: Chain,
    _directory: tempfile::TempDir,
}

impl OpenSsl {
    fn start(minted: &Minted, arguments: &[&str]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str, bytes: &[u8]| {
            let path = directory.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            path
        };
        let key = path("key.pem", minted.key.to_pem().expose());
        let leaf = path("leaf.pem", minted.chain.leaf_pem().as_bytes());
        let issuers = path("issuers.pem", minted.chain.issuers_pem().as_bytes());
        let mut child = Command::new("openssl")
            .args(["s_server", "-accept", "127.0.0.1:0", "-cert"])
            .arg(&leaf)
            .arg("-key")
            .arg(&key)
            .arg("-cert2")
            .arg(&leaf)
            .arg("-key2")
            .arg(&key)
            .arg("-cert_chain")
            .arg(&issuers)
            .args(arguments)
            // It ends where its input ends.
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("openssl is installed");
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let address =
            lines.by_ref().map(Result::unwrap).find_map(|line| Some(line.strip_prefix("ACCEPT ")?.to_owned()));
        let address = address.expect("its address").parse().unwrap();
        // So that it never waits for a reader.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, address, chain: minted.chain.clone(), _directory: directory }
    }

    async fn look(&self, name: &str) -> Result<Chain, HandshakeError> {
        look(self.address, name, None, LIMIT).await.map(|ders| Chain::from_der(&ders).unwrap())
    }
}

impl Drop for OpenSsl {
    fn drop(&mut self) {
        let _gone_already = self.child.kill();
        let _reaped = self.child.wait();
    }
}

#[tokio::test]
async fn openssl_servers() {
    let ca = Authority::root("CA");
    let minted = ca.mint(&["a.example"], 1);
    for arguments in [
        &["-tls1_2"][..],
        &["-tls1_3"],
        &["-tls1_2", "-Verify", "1"],
        &["-tls1_3", "-Verify", "1"],
        &["-tls1_3", "-groups", "P-384"],
    ] {
        let server = OpenSsl::start(&minted, arguments);
        // Twice: the second is no resumption.
        for _ in 0..2 {
            assert_eq!(server.look("a.example").await.as_ref(), Ok(&server.chain), "{arguments:?}");
        }
    }
    for (arguments, error) in [
        (&["-tls1", "-cipher", "ALL@SECLEVEL=0"][..], HandshakeError::OldTls),
        (&["-tls1_2", "-cipher", "AES128-SHA"], HandshakeError::NothingInCommon),
        (&["-servername", "b.example", "-servername_fatal"], HandshakeError::UnknownName),
    ] {
        let server = OpenSsl::start(&minted, arguments);
        assert_eq!(server.look("a.example").await, Err(error), "{arguments:?}");
    }
}

#[tokio::test]
async fn keys_of_all_kinds_and_certificates_of_version_1() {
    let ca = Authority::root("CA");
    let (from, until) = ("2026-01-01T00:00:00Z".parse().unwrap(), "2026-02-01T00:00:00Z".parse().unwrap());
    for key_type in [KeyType::EcdsaP384, KeyType::Rsa2048, KeyType::Rsa4096] {
        let key = PrivateKey::generate(key_type).unwrap();
        let leaf = ca.leaf(&["a.example"], &key, 3, from, until);
        let minted = Minted { chain: Chain::from_der(&[leaf, ca.der.clone()]).unwrap(), key };
        for version in ["-tls1_2", "-tls1_3"] {
            let server = OpenSsl::start(&minted, &[version]);
            assert_eq!(server.look("a.example").await.as_ref(), Ok(&server.chain), "{key_type} {version}");
        }
    }
    let directory = tempfile::tempdir().unwrap();
    let key = PrivateKey::generate(KeyType::EcdsaP256).unwrap();
    let path = |name: &str| directory.path().join(name);
    std::fs::write(path("key.pem"), key.to_pem().expose()).unwrap();
    std::fs::write(path("csr.der"), key.csr(&["a.example".to_owned()]).unwrap()).unwrap();
    let status = Command::new("openssl")
        .args(["x509", "-req", "-inform", "DER", "-in", "csr.der", "-signkey", "key.pem", "-out", "leaf.pem"])
        .current_dir(directory.path())
        .stderr(Stdio::null())
        .status();
    assert!(status.unwrap().success());
    let chain = Chain::from_pem(&std::fs::read(path("leaf.pem")).unwrap()).unwrap();
    let minted = Minted { chain: Chain::from_der(&[chain.leaf().der.clone(), ca.der.clone()]).unwrap(), key };
    for version in ["-tls1_2", "-tls1_3"] {
        let server = OpenSsl::start(&minted, &[version]);
        assert_eq!(server.look("a.example").await.as_ref(), Ok(&server.chain), "{version}");
    }
}
