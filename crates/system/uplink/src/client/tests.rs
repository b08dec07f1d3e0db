use chaperone_evidence::{DeviceId, HeldRange, TrackHead};
use chaperone_protocol::ErrorCode;
use chaperone_seals::SigningKey;
use chaperone_seals::keyset::KeySetError;

use super::*;
use crate::fetch_key_set;
use crate::pin::PinError;
use crate::testing::{Identity, Request, Server, launch, receipts, response, root};

fn session() -> SessionId {
    "0198c0de-0000-7000-8000-000000000001".parse().unwrap()
}

fn ok(body: &[u8]) -> Vec<u8> {
    response("200 OK", CBOR, body)
}

fn receipt(count: u64, key: &SigningKey) -> Vec<u8> {
    let through = TrackHead { track: 0, count, head: Digest::of(b"head") };
    let above = vec![HeldRange { first: 7, last: 9 }];
    signed::sign(&Receipt { session: session(), through, above, epoch: 1, server_ms: 0 }, key)
}

fn framed(parts: &[Vec<u8>]) -> Vec<u8> {
    let length = |part: &Vec<u8>| u32::try_from(part.len()).unwrap().to_be_bytes();
    parts.iter().flat_map(|part| [&length(part)[..], part].concat()).collect()
}

#[tokio::test]
async fn segments_go_out_whole_and_receipts_come_back_verified() {
    let identity = Identity::new();
    let receipts_sent = framed(&[receipt(3, &receipts()), receipt(4, &receipts())]);
    let server = Server::http(&identity, move |_| ok(&receipts_sent)).await;
    let progress = Progress::default();
    let segments: Vec<u8> = (0..=255).cycle().take(1_000_000).collect();
    let got = server.client(&identity).send_segments(segments.clone().into(), &progress).await.unwrap();
    assert_eq!(got.iter().map(|got| got.receipt.through.count).collect::<Vec<_>>(), [3, 4]);
    assert_eq!(got[0].signed, receipt(3, &receipts()));
    assert_eq!(progress.bytes(), 1_000_000);
    let Request { head, body } = server.received().remove(0);
    assert!(head.starts_with("POST /wire/segments HTTP/1.1\r\n"), "{head}");
    assert!(head.contains("content-type: application/octet-stream"), "{head}");
    assert!(body == segments);
}

#[tokio::test]
async fn a_man_in_the_middle_with_another_valid_certificate_gets_no_byte() {
    let (ours, other) = (Identity::new(), Identity::new());
    let server = Server::http(&other, |_| ok(b"")).await;
    let client = server.client(&ours);
    let found = PinError::UnknownKey { found: other.key() };
    for refused in [
        client.send_segments(Bytes::from_static(b"segments"), &Progress::default()).await.err(),
        client.enrol(b"secret".to_vec()).await.err(),
        client.redeem(b"ticket".to_vec(), &OpeningKey::from_seed([4; 32])).await.err(),
        client.close(b"closing".to_vec()).await.err(),
        client.fetch_key_set().await.err(),
        client.control(session()).await.err(),
    ] {
        assert!(matches!(&refused, Some(UplinkError::NotOurServer(pin)) if *pin == found), "{refused:?}");
    }
    assert!(server.received().is_empty());
    // The same server is good enough for those who know its key.
    server.client(&other).send_segments(Bytes::new(), &Progress::default()).await.unwrap();
    assert_eq!(server.received().len(), 1);
}

#[tokio::test]
async fn receipts_of_other_keys_or_cut_short_are_refused() {
    let identity = Identity::new();
    let good = framed(&[receipt(1, &receipts())]);
    let bodies = [
        framed(&[receipt(1, &SigningKey::from_seed(&[9; 32]))]),
        framed(&[receipt(1, &launch())]),
        good[..good.len() - 1].to_vec(),
        [good.as_slice(), b"\0\0"].concat(),
        framed(&[b"nonsense".to_vec()]),
    ];
    for body in bodies {
        let server = Server::http(&identity, move |_| ok(&body)).await;
        let refused = server.client(&identity).send_segments(Bytes::new(), &Progress::default()).await;
        let refused = refused.unwrap_err();
        assert!(matches!(refused, UplinkError::Signature(_) | UplinkError::Malformed { .. }), "{refused:?}");
    }
}

#[tokio::test]
async fn problems_come_with_their_code() {
    let identity = Identity::new();
    let problem = br#"{"title":"x","status":409,"detail":"two of track 0","code":"segments-missing"}"#;
    let server =
        Server::http(&identity, |_| response("409 Conflict", "application/problem+json", problem)).await;
    let refused = server.client(&identity).close(b"closing".to_vec()).await.unwrap_err();
    let UplinkError::Refused { problem, retry_after: None } = refused else { panic!("{refused:?}") };
    assert_eq!((problem.code, problem.detail.as_str()), (ErrorCode::SegmentsMissing, "two of track 0"));
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let identity = Identity::new();
    let elsewhere = Server::http(&identity, |_| ok(b"")).await;
    for status in ["301 Moved Permanently", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"] {
        let to = format!("{}/wire/segments", elsewhere.origin);
        let head = format!("HTTP/1.1 {status}\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n");
        let server = Server::http(&identity, move |_| head.clone().into_bytes()).await;
        let client = server.client(&identity);
        let refused = client.send_segments(Bytes::from_static(b"x"), &Progress::default()).await;
        assert!(matches!(refused, Err(UplinkError::Redirected)), "{status}: {refused:?}");
        assert!(matches!(client.control(session()).await, Err(UplinkError::Redirected)));
    }
    assert!(elsewhere.received().is_empty());
}

#[tokio::test]
async fn answers_too_long_are_cut_off() {
    let identity = Identity::new();
    let server = Server::http(&identity, |_| ok(&vec![0; MAX_RECEIPTS + 1])).await;
    let client = server.client(&identity);
    let refused = client.send_segments(Bytes::new(), &Progress::default()).await;
    assert!(matches!(refused, Err(UplinkError::TooLong { limit: MAX_RECEIPTS })));
    assert!(matches!(client.fetch_key_set().await, Err(UplinkError::TooLong { limit: MAX_STATEMENT })));
    // Without a length, and without an end.
    let endless = Server::http(&identity, |_| {
        let chunk = [b"10000\r\n".as_slice(), &[0; 0x10000], b"\r\n"].concat();
        [b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n".to_vec(), chunk.repeat(32)].concat()
    });
    let endless = endless.await;
    let refused = endless.client(&identity).send_segments(Bytes::new(), &Progress::default()).await;
    assert!(matches!(refused, Err(UplinkError::TooLong { limit: MAX_RECEIPTS })), "{refused:?}");
}

#[tokio::test]
async fn nobody_there_is_unreachable() {
    let identity = Identity::new();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = crate::testing::origin(listener.local_addr().unwrap());
    drop(listener);
    let client = Client::new(origin, identity.key_set()).unwrap();
    assert!(matches!(client.close(Vec::new()).await, Err(UplinkError::Unreachable(_))));
    assert!(matches!(client.control(session()).await, Err(UplinkError::Unreachable(_))));
}

#[tokio::test]
async fn the_first_contact_needs_root_and_certificate_to_agree() {
    let (ours, other) = (Identity::new(), Identity::new());
    let signed = ours.key_set().sign(&root());
    let serve = |signed: Vec<u8>| move |_: &Request| ok(&signed);
    let server = Server::http(&ours, serve(signed.clone())).await;
    let fingerprint = root().public().id();
    let contact = fetch_key_set(&server.origin, &fingerprint).await.unwrap();
    assert_eq!((contact.seen, contact.signed_key_set), (ours.key(), signed.clone()));
    assert_eq!(contact.key_set.version, 5);

    let wrong = fetch_key_set(&server.origin, &Digest::of(b"another root")).await;
    assert!(matches!(wrong, Err(UplinkError::KeySet(KeySetError::OtherRoot { .. }))), "{wrong:?}");

    // The true key set, passed on by somebody who does not hold the server's key.
    let between = Server::http(&other, serve(signed.clone())).await;
    let refused = fetch_key_set(&between.origin, &fingerprint).await;
    assert!(
        matches!(&refused, Err(UplinkError::NotOurServer(PinError::UnknownKey { found })) if *found == other.key()),
        "{refused:?}"
    );
    let mut tampered = signed;
    let last = tampered.len() - 1;
    tampered[last] ^= 1;
    let server = Server::http(&ours, serve(tampered)).await;
    assert!(matches!(fetch_key_set(&server.origin, &fingerprint).await, Err(UplinkError::KeySet(_))));
}

#[tokio::test]
async fn a_key_set_is_renewed_but_never_rolled_back() {
    let identity = Identity::new();
    for (version, accepted) in [(4, false), (5, true), (6, true)] {
        let signed = KeySet { version, ..identity.key_set() }.sign(&root());
        let server = Server::http(&identity, move |_| ok(&signed)).await;
        let fetched = server.client(&identity).fetch_key_set().await;
        assert_eq!(fetched.map(|(_, keys)| keys.version).ok(), accepted.then_some(version));
    }
}

#[tokio::test]
async fn an_enrolment_answers_this_very_request() {
    let identity = Identity::new();
    let device = DeviceId::new(session().uuid());
    let answer_to = move |request: &[u8], key: &SigningKey| {
        let request = Digest::of(request);
        signed::sign(&EnrolAnswer { request, device, user_name: "anna".to_owned(), enrolled_ms: 1 }, key)
    };
    let server = Server::http(&identity, move |request| ok(&answer_to(&request.body, &launch()))).await;
    assert_eq!(server.client(&identity).enrol(b"request".to_vec()).await.unwrap().user_name, "anna");
    let stale = Server::http(&identity, move |_| ok(&answer_to(b"another", &launch()))).await;
    let refused = stale.client(&identity).enrol(b"request".to_vec()).await;
    assert!(matches!(refused, Err(UplinkError::Malformed { .. })), "{refused:?}");
    let forged = Server::http(&identity, move |request| ok(&answer_to(&request.body, &receipts()))).await;
    let refused = forged.client(&identity).enrol(b"request".to_vec()).await;
    assert!(matches!(refused, Err(UplinkError::Signature(_))), "{refused:?}");
}

#[tokio::test]
async fn a_closing_receipt_is_for_this_very_record() {
    let identity = Identity::new();
    let receipt_for = |record: &[u8]| {
        let receipt = ClosingReceipt {
            session: session(),
            closing: Digest::of(record),
            tracks: Vec::new(),
            epoch: 1,
            server_ms: 0,
        };
        signed::sign(&receipt, &receipts())
    };
    let server = Server::http(&identity, move |request| ok(&receipt_for(&request.body))).await;
    let (signed, receipt) = server.client(&identity).close(b"record".to_vec()).await.unwrap();
    assert_eq!((receipt.closing, signed), (Digest::of(b"record"), receipt_for(b"record")));
    let stale = Server::http(&identity, move |_| ok(&receipt_for(b"another"))).await;
    let refused = stale.client(&identity).close(b"record".to_vec()).await;
    assert!(matches!(refused, Err(UplinkError::Malformed { .. })), "{refused:?}");
}
