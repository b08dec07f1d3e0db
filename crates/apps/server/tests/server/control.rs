//! The control channel.

use std::sync::Arc;

use chaperone_evidence::{Command, EndCause, Heartbeat, Pulse};
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
use crate::recorder::{Device, Session, bytes, link, post};

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
    Message::binary(signed_heartbeat(session, key, salt, None))
}

fn signed_heartbeat(session: &Session, key: &SigningKey, salt: u8, shown: Option<u64>) -> Vec<u8> {
    let tracks = session.ends().iter().map(|end| end.head).collect();
    let beat = Heartbeat {
        session: session.id(),
        nonce: Nonce::from_bytes([salt; 16]),
        at_ms: u64::from(salt) * 1000,
        tracks,
        shown,
    };
    signed::sign(&beat, key)
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
    let command = pulse(&mut channel, &device).await.command;
    let words = "operator: maintenance".to_owned();
    assert_eq!(command, Some(Command::End { cause: EndCause::Operator, words }));
    assert_eq!(operator.post(&path, &json!({ "message": "again" })).await.problem().await, "conflict");
    let page = operator.json(&format!("/api/sessions/{}", session.id())).await;
    assert_eq!(page["summary"]["end_asked"], "ended-by-operator");
    assert_eq!(
        (&page["summary"]["may_end"], &page["end_words"]),
        (&false.into(), &"operator: maintenance".into())
    );
}

/// One heartbeat as a request, and the command of its pulse.
async fn beat(
    house: &House,
    device: &Device,
    session: &Session,
    salt: u8,
    shown: Option<u64>,
) -> Option<Command> {
    let beat = signed_heartbeat(session, &session.key, salt, shown);
    let answer = post(house, &format!("/wire/control/{}", session.id()), beat).await;
    let pulse: Pulse = signed::verify(&bytes(answer).await, &device.server_key(KeyRole::Receipt)).unwrap();
    assert_eq!((pulse.session, pulse.echo), (session.id(), Nonce::from_bytes([salt; 16])));
    pulse.command
}

#[tokio::test]
async fn a_message_is_told_until_it_was_shown() {
    let house = House::with_people().await;
    let (user, device, session) = opened(&house).await;
    let operator = house.login("operator").await;
    let path = format!("/api/sessions/{}/message", session.id());
    let send = async |text: &str| operator.post(&path, &json!({ "text": text })).await;
    for text in ["", " ", "two\nlines", &"x".repeat(501)] {
        assert_eq!(send(text).await.problem().await, "invalid", "{text:?}");
    }
    assert_eq!(user.post(&path, &json!({ "text": "hello" })).await.problem().await, "forbidden");
    for text in ["please finish by noon", "now"] {
        send(text).await.expect(StatusCode::ACCEPTED).await;
    }
    let told = |number, text: &str| Some(Command::Message { number, text: format!("operator: {text}") });
    let first = told(1, "please finish by noon");
    assert_eq!(beat(&house, &device, &session, 1, None).await, first);
    assert_eq!(beat(&house, &device, &session, 2, None).await, first, "again: a pulse may be lost");
    assert_eq!(beat(&house, &device, &session, 3, Some(1)).await, told(2, "now"));
    assert_eq!(beat(&house, &device, &session, 4, Some(2)).await, None);
    let page = user.json(&format!("/api/sessions/{}", session.id())).await;
    assert_eq!(page["messages"].as_array().unwrap().len(), 2);
    assert!(page["messages"][1]["shown_ms"].is_u64(), "{page}");
    let database = chaperone_database::Database::open(&house.data.join("chaperone.db")).await.unwrap();
    let lines = database.audit_lines(20).await.unwrap();
    assert_eq!(lines.iter().filter(|line| line.action == "message-sent").count(), 2);
    let closing = session.closing(chaperone_evidence::EndReason::UserEnded, 0);
    drop(post(&house, "/wire/close", closing).await);
    assert_eq!(send("too late").await.problem().await, "conflict");
}

#[tokio::test]
async fn heartbeats_by_request_make_the_session_live_and_others_are_refused() {
    let house = House::with_people().await;
    let (user, device, mut session) = opened(&house).await;
    session.film(0..2);
    assert_eq!(beat(&house, &device, &session, 1, None).await, None);
    let page = user.json(&format!("/api/sessions/{}", session.id())).await;
    assert_eq!((&page["summary"]["state"], &page["tracks"][0]["announced"]), (&"live".into(), &2.into()));
    let path = format!("/wire/control/{}", session.id());
    let stranger = signed_heartbeat(&session, &SigningKey::from_seed(&[9; 32]), 2, None);
    for body in [stranger, b"nonsense".to_vec(), Vec::new()] {
        assert_eq!(post(&house, &path, body).await.problem().await, "malformed");
    }
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
    // A sign of life that changes nothing else is told as such; nobody else's session is heard of.
    let mut others = house.login("operator").await.get("/api/events").await.0;
    for salt in 1..=2 {
        beat(&house, &device, &session, salt, None).await;
    }
    while !text.contains("event: beat") {
        text.push_str(std::str::from_utf8(&events.chunk().await.unwrap().unwrap()).unwrap());
    }
    assert!(text.contains("\"duration_ms\":"), "{text}");
    let first = others.chunk().await.unwrap().unwrap();
    assert!(
        std::str::from_utf8(&first).unwrap().contains(&session.id().to_string()),
        "operators see all sessions"
    );
}
