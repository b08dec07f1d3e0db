//! Servers on the loopback: real TLS, real sockets, as little HTTP as the tests need.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use chaperone_protocol::Origin;
use chaperone_seals::keyset::{KeyEntry, KeyRole, KeySet};
use chaperone_seals::{Digest, PublicKey, SigningKey};
use chaperone_tasks::{Task, Tasks};
use rcgen::{CertifiedKey, KeyPair, PublicKeyData, generate_simple_self_signed};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::{Client, pin};

pub(crate) fn root() -> SigningKey {
    SigningKey::from_seed(&[1; 32])
}

pub(crate) fn launch() -> SigningKey {
    SigningKey::from_seed(&[2; 32])
}

pub(crate) fn receipts() -> SigningKey {
    SigningKey::from_seed(&[3; 32])
}

/// A server's certificate and key.
pub(crate) struct Identity {
    pub(crate) certificate: CertificateDer<'static>,
    key: KeyPair,
}

impl Identity {
    pub(crate) fn new() -> Self {
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        Self { certificate: cert.der().clone(), key: signing_key }
    }

    /// The name of its key.
    pub(crate) fn key(&self) -> Digest {
        Digest::of(&self.key.subject_public_key_info())
    }

    /// A key set of [`root`] that names this key.
    pub(crate) fn key_set(&self) -> KeySet {
        let now_ms = pin::now_ms();
        let until_ms = now_ms + 3_600_000;
        let entry = |role, key| KeyEntry { role, key, from_ms: 0, until_ms };
        KeySet {
            version: 5,
            root: root().public(),
            issued_ms: now_ms,
            expires_ms: until_ms,
            keys: vec![
                entry(KeyRole::Tls, PublicKey::from_bytes(*self.key().as_bytes())),
                entry(KeyRole::Launch, launch().public()),
                entry(KeyRole::Receipt, receipts().public()),
            ],
            revoked: Vec::new(),
        }
    }

    fn acceptor(&self) -> TlsAcceptor {
        let key = PrivateKeyDer::try_from(self.key.serialize_der()).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![self.certificate.clone()], key)
            .unwrap();
        TlsAcceptor::from(Arc::new(config))
    }
}

/// One HTTP request as it arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

/// A running server. Dropped, it ends.
pub(crate) struct Server {
    pub(crate) origin: Origin,
    /// Every application byte that ever arrived, in requests.
    pub(crate) requests: Arc<Mutex<Vec<Request>>>,
    _task: Task<()>,
}

impl Server {
    /// Answers each request with what `answer` makes of it: a whole HTTP response.
    pub(crate) async fn http(
        identity: &Identity,
        answer: impl Fn(&Request) -> Vec<u8> + Send + Sync + 'static,
    ) -> Self {
        let answer = Arc::new(answer);
        let requests: Arc<Mutex<Vec<Request>>> = Arc::default();
        let seen = Arc::clone(&requests);
        Self::start(identity, requests, move |mut stream| {
            let (answer, seen) = (Arc::clone(&answer), Arc::clone(&seen));
            async move {
                while let Some(request) = read_request(&mut stream).await {
                    let response = answer(&request);
                    seen.lock().unwrap().push(request);
                    if stream.write_all(&response).await.is_err() {
                        return;
                    }
                }
            }
        })
        .await
    }

    /// Hands each connection, once its handshake is through, to `serve`.
    pub(crate) async fn start<F>(
        identity: &Identity,
        requests: Arc<Mutex<Vec<Request>>>,
        serve: impl Fn(TlsStream<TcpStream>) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = origin(listener.local_addr().unwrap());
        let acceptor = identity.acceptor();
        let tasks = Tasks::new();
        let task = tasks.clone().spawn("server", async move {
            while let Ok((stream, _)) = listener.accept().await {
                if let Ok(stream) = acceptor.accept(stream).await {
                    tasks.spawn("connection", serve(stream)).detach();
                }
            }
        });
        Self { origin, requests, _task: task }
    }

    pub(crate) fn client(&self, keys: &Identity) -> Client {
        Client::new(self.origin.clone(), keys.key_set()).unwrap()
    }

    pub(crate) fn received(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

pub(crate) fn origin(address: SocketAddr) -> Origin {
    Origin::parse(&format!("https://{address}")).unwrap()
}

/// A whole response with a length.
pub(crate) fn response(status: &str, kind: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

/// Reads a request with a known length; `None` when the other side is done.
async fn read_request(stream: &mut TlsStream<TcpStream>) -> Option<Request> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).unwrap();
    let length = head
        .lines()
        .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).await.ok()?;
    Some(Request { head, body })
}
