use std::sync::Arc;

use chaperone_evidence::Command;
use chaperone_protocol::CBOR;
use chaperone_seals::{Nonce, SigningKey, signed};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio_tungstenite::accept_async;
use tokio_tungstenite::tungstenite::Message;

use super::*;
use crate::testing::{Identity, Server, receipts, response};

fn session(last: u8) -> SessionId {
    format!("0198c0de-0000-7000-8000-0000000000{last:02x}").parse().unwrap()
}

fn pulse(last: u8, echo: &[u8], key: &SigningKey) -> Vec<u8> {
    let mut nonce = [0; 16];
    nonce[..echo.len()].copy_from_slice(echo);
    let pulse = Pulse {
        session: session(last),
        echo: Nonce::from_bytes(nonce),
        nonce: Nonce::from_bytes([1; 16]),
        storing: true,
        server_ms: 0,
        command: Some(Command::Message { number: 1, text: "hello".to_owned() }),
    };
    signed::sign(&pulse, key)
}

/// Answers each message with what `answer` makes of it.
async fn server(identity: &Identity, answer: fn(&[u8]) -> Message) -> Server {
    Server::start(identity, Arc::default(), move |stream| async move {
        let mut socket = accept_async(stream).await.unwrap();
        // To the very end: after a goodbye, the next look sends the answer to it.
        while let Some(Ok(message)) = socket.next().await {
            if let Message::Binary(bytes) = message
                && socket.send(answer(&bytes)).await.is_err()
            {
                return;
            }
        }
    })
    .await
}

#[tokio::test]
async fn heartbeats_go_up_and_pulses_come_down() {
    let identity = Identity::new();
    let server = server(&identity, |echo| Message::Binary(pulse(1, echo, &receipts()).into())).await;
    let (mut up, mut down) = server.client(&identity).control(session(1)).await.unwrap().split();
    for beat in [b"one", b"two"] {
        up.send(beat.to_vec()).await.unwrap();
        let pulse = down.receive().await.unwrap().unwrap();
        assert_eq!(&pulse.echo.as_bytes()[..3], beat);
        assert!(pulse.storing);
    }
    up.close().await.unwrap();
    assert!(down.receive().await.unwrap().is_none());
}

#[tokio::test]
async fn what_is_no_pulse_of_this_session_is_refused_and_the_next_one_heard() {
    let identity = Identity::new();
    let server = server(&identity, |kind| match kind {
        b"nonsense" => Message::Binary(Bytes::from_static(b"nonsense")),
        b"text" => Message::Text("text".into()),
        b"forged" => Message::Binary(pulse(1, kind, &SigningKey::from_seed(&[9; 32])).into()),
        b"foreign" => Message::Binary(pulse(2, kind, &receipts()).into()),
        _ => Message::Binary(pulse(1, kind, &receipts()).into()),
    });
    let server = server.await;
    let (mut up, mut down) = server.client(&identity).control(session(1)).await.unwrap().split();
    for kind in ["nonsense", "text", "forged", "foreign"] {
        up.send(kind.as_bytes().to_vec()).await.unwrap();
        let refused = down.receive().await.unwrap_err();
        assert!(
            matches!(refused, UplinkError::Signature(_) | UplinkError::Malformed { .. }),
            "{kind}: {refused:?}"
        );
    }
    up.send(b"good".to_vec()).await.unwrap();
    assert!(down.receive().await.unwrap().is_some());
}

#[tokio::test]
async fn messages_too_long_are_neither_sent_nor_taken() {
    let identity = Identity::new();
    let server = server(&identity, |_| Message::Binary(vec![0; MAX_MESSAGE + 1].into())).await;
    let (mut up, mut down) = server.client(&identity).control(session(1)).await.unwrap().split();
    assert!(matches!(up.send(vec![0; MAX_MESSAGE + 1]).await, Err(UplinkError::TooLong { .. })));
    up.send(vec![0; MAX_MESSAGE]).await.unwrap();
    assert!(matches!(down.receive().await, Err(UplinkError::TooLong { .. })));
}

/// A server that lets no upgrade through, `upgrade` being its answer to one, and answers heartbeats by request.
async fn without_sockets(identity: &Identity, upgrade: Vec<u8>) -> Server {
    Server::http(identity, move |request| {
        if request.head.starts_with("GET") {
            return upgrade.clone();
        }
        match request.body.as_slice() {
            b"forged" => response("200 OK", CBOR, &pulse(1, b"", &SigningKey::from_seed(&[9; 32]))),
            echo => response("200 OK", CBOR, &pulse(1, echo, &receipts())),
        }
    })
    .await
}

#[tokio::test]
async fn heartbeats_go_as_requests_where_no_socket_is_let_through() {
    for upgrade in [
        response("501 Not Implemented", "text/html", b"no such thing"),
        response("426 Upgrade Required", "text/plain", b""),
        response("200 OK", "text/html", b"<html>"),
        b"nonsense".to_vec(),
    ] {
        let identity = Identity::new();
        let server = without_sockets(&identity, upgrade).await;
        let control = server.client(&identity).control(session(1)).await.unwrap();
        assert!(control.is_by_requests());
        let (mut up, mut down) = control.split();
        for beat in [b"one", b"two"] {
            up.send(beat.to_vec()).await.unwrap();
            assert_eq!(&down.receive().await.unwrap().unwrap().echo.as_bytes()[..3], beat);
        }
        up.send(b"forged".to_vec()).await.unwrap();
        assert!(matches!(down.receive().await, Err(UplinkError::Signature(_))));
        up.send(b"good".to_vec()).await.unwrap();
        up.close().await.unwrap();
        assert!(down.receive().await.unwrap().is_some(), "what was sent before is still answered");
        assert!(down.receive().await.unwrap().is_none());
    }
}

#[tokio::test]
async fn the_servers_own_refusal_is_not_gone_around() {
    let body = br#"{"type":"x","title":"x","status":404,"detail":"y","code":"session-unknown"}"#;
    let identity = Identity::new();
    let refusal = response("404 Not Found", "application/problem+json", body);
    let server = without_sockets(&identity, refusal).await;
    let refused = server.client(&identity).control(session(1)).await;
    assert!(matches!(refused, Err(UplinkError::Refused { .. })), "{refused:?}");
}

#[tokio::test]
async fn a_slow_answer_does_not_hold_the_next_heartbeat_back() {
    let identity = Identity::new();
    // The first connection is never answered.
    let connections = Arc::new(std::sync::atomic::AtomicU32::new(0));
    let server = Server::start(&identity, Arc::default(), move |mut stream| {
        let number = connections.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        async move {
            use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
            let mut read = vec![0; 4096];
            while matches!(stream.read(&mut read).await, Ok(1..)) {
                let answer = response("200 OK", CBOR, &pulse(1, b"", &receipts()));
                if number > 0 && stream.write_all(&answer).await.is_err() {
                    return;
                }
            }
        }
    })
    .await;
    let (mut up, mut down) = server.client(&identity).control_by_requests(session(1)).split();
    let pulses = tokio::join!(
        async {
            for _ in 0..2 {
                up.send(b"beat".to_vec()).await.unwrap();
            }
        },
        down.receive(),
    );
    assert!(pulses.1.unwrap().is_some());
}
