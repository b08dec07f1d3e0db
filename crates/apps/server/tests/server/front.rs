//! A front before the server that lets no WebSocket through, as reverse proxies do: the recorder's own client goes on by
//! single requests.

use std::net::SocketAddr;
use std::sync::Arc;

use chaperone_evidence::{Command, EndCause, Heartbeat};
use chaperone_protocol::Origin;
use chaperone_seals::{Nonce, signed};
use chaperone_tasks::{Task, Tasks};
use chaperone_uplink::Client;
use reqwest::StatusCode;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::{TlsAcceptor, TlsConnector};

use crate::house::House;
use crate::recorder::{Device, link};

/// Stands before a house with its certificate, refuses upgrades, and passes everything else on.
async fn front(house: &House) -> (Origin, Task<()>) {
    let keys = house.data.join("keys");
    let certificate = CertificateDer::from_pem_file(keys.join("tls.cert.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_file(keys.join("tls.key.pem")).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut roots = rustls::RootCertStore::empty();
    roots.add(certificate.clone()).unwrap();
    let server = rustls::ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let client = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let (acceptor, connector) = (TlsAcceptor::from(Arc::new(server)), TlsConnector::from(Arc::new(client)));
    let behind: SocketAddr = house.origin.strip_prefix("https://").unwrap().parse().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = Origin::parse(&format!("https://{}", listener.local_addr().unwrap())).unwrap();
    let tasks = Tasks::new();
    let task = tasks.clone().spawn("front", async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, connector) = (acceptor.clone(), connector.clone());
            tasks.spawn("connection", pass(stream, acceptor, connector, behind)).detach();
        }
    });
    (origin, task)
}

async fn pass(stream: TcpStream, acceptor: TlsAcceptor, connector: TlsConnector, behind: SocketAddr) {
    let Ok(mut outside) = acceptor.accept(stream).await else { return };
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let Ok(byte) = outside.read_u8().await else { return };
        head.push(byte);
    }
    if String::from_utf8_lossy(&head).to_ascii_lowercase().contains("upgrade: websocket") {
        let refusal = b"HTTP/1.1 501 Not Implemented\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
        outside.write_all(refusal).await.unwrap();
        return;
    }
    let name = ServerName::try_from("127.0.0.1").unwrap();
    let mut inside = connector.connect(name, TcpStream::connect(behind).await.unwrap()).await.unwrap();
    inside.write_all(&head).await.unwrap();
    // Either side may end it.
    drop(tokio::io::copy_bidirectional(&mut outside, &mut inside).await);
}

#[tokio::test]
async fn heartbeats_pulses_and_commands_pass_a_front_that_lets_no_socket_through() {
    let house = House::with_people().await;
    let secret = house.secret("db01").await;
    let (user, operator) = (house.login("user").await, house.login("operator").await);
    let device = Device::enrol(&house, &user, 1).await;
    let session = device.redeem(&house, &link(&user, &secret).await, 1).await;
    let (origin, _front) = front(&house).await;

    let client = Client::new(origin, device.keys.clone()).unwrap();
    let control = client.control(session.id()).await.unwrap();
    assert!(control.is_by_requests());
    let (mut up, mut down) = control.split();
    let beat = |salt: u8| {
        let nonce = Nonce::from_bytes([salt; 16]);
        let at_ms = u64::from(salt) * 1000;
        let beat = Heartbeat { session: session.id(), nonce, at_ms, tracks: Vec::new(), shown: None };
        signed::sign(&beat, &session.key)
    };
    for salt in 1..=3 {
        up.send(beat(salt)).await.unwrap();
        let pulse = down.receive().await.unwrap().unwrap();
        assert_eq!((pulse.echo, pulse.command), (Nonce::from_bytes([salt; 16]), None));
    }
    let page = operator.json(&format!("/api/sessions/{}", session.id())).await;
    assert!(page["summary"]["last_heartbeat_ms"].is_u64(), "{page}");
    let end = format!("/api/sessions/{}/end", session.id());
    operator.post(&end, &json!({ "message": "" })).await.expect(StatusCode::ACCEPTED).await;
    up.send(beat(4)).await.unwrap();
    let command = down.receive().await.unwrap().unwrap().command;
    assert_eq!(
        command,
        Some(Command::End { cause: EndCause::Operator, words: "operator ended it.".to_owned() })
    );

    // Straight at the server it is a WebSocket.
    let straight = Client::new(Origin::parse(&house.origin).unwrap(), device.keys.clone()).unwrap();
    assert!(!straight.control(session.id()).await.unwrap().is_by_requests());
}
