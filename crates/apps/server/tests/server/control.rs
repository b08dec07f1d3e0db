//! The control channel.

use std::sync::Arc;

use chaperone_evidence::{Command, Heartbeat, Pulse};
use chaperone_seals::{KeyRole, Nonce, SigningKey, signed};
use futures_util::{SinkExt as _, StreamExt as _};
use reqwest::StatusCode;
use serde_json::json;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

use crate::house::House;
use crate::recorder::{Device, Session, link};

type Channel = WebSocketStream<TlsStream<TcpStream>>;

async fn channel(house: &House, session: &Session) -> Channel {
    use rustls_pki_types::pem::PemObject as _;
    let pem = std::fs::read(house.data.join("keys/tls.cert.pem")).unwrap();
    let mut roots = rustls::RootCertStore::empty();
    roots.add(rustls_pki_types::CertificateDer::from_pem_slice(&pem).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let address = house.origin.strip_prefix("https://").unwrap();
    let tcp = TcpStream::connect(address).await.unwrap();
    let name = rustls_pki_types::ServerName::try_from("127.0.0.1").unwrap();
    let tls = TlsConnector::from(Arc::new(config)).connect(name, tcp).await.unwrap();
    let url = format!("wss://{address}/wire/control/{}", session.id());
    tokio_tungstenite::client_async(url, tls).await.unwrap().0
}

fn heartbeat(session: &Session, key: &SigningKey, salt: u8) -> Message {
    let tracks = session.ends().iter().map(|end| end.head).collect();
    let beat = Heartbeat {
        session: session.id(),
        nonce: Nonce::from_bytes([salt; 16]),
        at_ms: u64::from(salt) * 1000,
        tracks,
    };
    Message::binary(signed::sign(&beat, key))
}

async fn pulse(channel: &mut Channel, device: &Device) -> Pulse {
    let Message::Binary(bytes) = channel.next().await.unwrap().unwrap() else { panic!("a pulse") };
    signed::verify(&bytes, &device.server_key(KeyRole::Receipt)).unwrap()
}

async fn opened(house: &House) -> (crate::house::Caller, Device, Session) {
    let secret = house.secret("db01").await;
    let user = house.login("user").await;
    let device = Device::enrol(house, &user, 1).await;
    let session = device.redeem(house, &link(&user, &secret).await, 1).await;
    (user, device, session)
}

#[tokio::test]
async fn a_heartbeat_is_answered_and_makes_the_session_live() {
    let house = House::with_people().await;
    let (user, device, mut session) = opened(&house).await;
    session.film(0..2);
    let mut channel = channel(&house, &session).await;
    channel.send(heartbeat(&session, &session.key, 1)).await.unwrap();
    let pulse = pulse(&mut channel, &device).await;
    assert_eq!((pulse.session, pulse.echo), (session.id(), Nonce::from_bytes([1; 16])));
    assert!(pulse.storing && pulse.command.is_none());
    let page = user.json(&format!("/api/sessions/{}", session.id())).await;
    assert_eq!((&page["summary"]["state"], &page["tracks"][0]["announced"]), (&"live".into(), &2.into()));
}

#[tokio::test]
async fn an_operator_ends_a_session_with_words() {
    let house = House::with_people().await;
    let (_, device, session) = opened(&house).await;
    let operator = house.login("operator").await;
    let path = format!("/api/sessions/{}/end", session.id());
    operator.post(&path, &json!({ "message": "maintenance" })).await.expect(StatusCode::ACCEPTED).await;
    let mut channel = channel(&house, &session).await;
    channel.send(heartbeat(&session, &session.key, 1)).await.unwrap();
    let Some(Command::End { why }) = pulse(&mut channel, &device).await.command else { panic!("an end") };
    assert!(why.contains("operator") && why.contains("maintenance"), "{why}");
}

#[tokio::test]
async fn heartbeats_of_others_close_the_channel() {
    let house = House::with_people().await;
    let (user, _, session) = opened(&house).await;
    for message in [
        heartbeat(&session, &SigningKey::from_seed(&[9; 32]), 1),
        Message::binary(b"nonsense".to_vec()),
        Message::text("hello"),
    ] {
        let mut channel = channel(&house, &session).await;
        channel.send(message).await.unwrap();
        let answer = channel.next().await.unwrap().unwrap();
        assert!(matches!(answer, Message::Close(_)), "{answer:?}");
    }
    let page = user.json(&format!("/api/sessions/{}", session.id())).await;
    assert_eq!(page["summary"]["state"], "opening");
}

#[tokio::test]
async fn an_unknown_session_has_no_channel() {
    let house = House::with_people().await;
    for id in ["018f4e9a-0000-7000-8000-00000000000a", "nonsense"] {
        assert_eq!(
            house.nobody().get(&format!("/wire/control/{id}")).await.problem().await,
            "session-unknown"
        );
    }
}

#[tokio::test]
async fn changes_are_told_to_who_may_see_them() {
    let house = House::with_people().await;
    let secret = house.secret("db01").await;
    let user = house.login("user").await;
    let device = Device::enrol(&house, &user, 1).await;
    let mut events = user.get("/api/events").await.0;
    assert_eq!(events.headers()["content-type"], "text/event-stream");
    let session = device.redeem(&house, &link(&user, &secret).await, 1).await;
    let mut text = String::new();
    while !text.contains("\n\n") || !text.contains("event: session") {
        text.push_str(std::str::from_utf8(&events.chunk().await.unwrap().unwrap()).unwrap());
    }
    assert!(text.contains(&session.id().to_string()), "{text}");
}
