use std::sync::Arc;

use chaperone_evidence::Command;
use chaperone_seals::{Nonce, SigningKey, signed};
use tokio_tungstenite::accept_async;

use super::*;
use crate::testing::{Identity, Server, receipts};

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
        command: Some(Command::Message { text: "hello".to_owned() }),
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
