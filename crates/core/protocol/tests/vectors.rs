//! The test vectors of `docs/format.md`: every signed statement, byte for byte.
//!
//! A change of any byte here is a change of format: it needs a new format version, not a new vector. With
//! `CHAPERONE_WRITE_VECTORS=1` the file is written instead of compared (for adding vectors).
#![expect(clippy::unwrap_used, reason = "a test that cannot set up its world has failed")]
#![expect(clippy::disallowed_methods, reason = "the vectors stand in a file beside their specification")]

use std::{collections::BTreeMap, path::PathBuf};

use chaperone_evidence::{
    AuditHead, ClosingReceipt, ClosingRecord, Command, Cut, CutContent, EndCause, EndReason, GapCause,
    Heartbeat, HeldRange, LossStamps, OpeningRecord, Pulse, Receipt, RecoveryRecord, TrackHead, TrackKind,
    TrackPlan, TrackWriter,
};
use chaperone_protocol::{
    ClientKind, Credential, DeviceId, EnrolAnswer, EnrolRequest, EnrolmentCode, Instructions, LaunchLink,
    LossPolicy, Origin, Policy, RecordedArea, RecordingPolicy, RedeemRequest, Route, SecretId, SecretText,
    SessionId, SshClient, Ticket, UserId, enrolment::EnrolmentSecret, seal_answer,
};
use chaperone_seals::{ContentKey, Digest, KeyEntry, KeyRole, KeySet, Nonce, OpeningKey, SigningKey, signed};

/// 2026-11-22 00:00:00 UTC.
const NOW: u64 = 1_795_305_600_000;

fn id(byte: u8) -> uuid::Uuid {
    uuid::Uuid::from_bytes([byte; 16])
}

#[expect(clippy::too_many_lines, reason = "a list of vectors, one after another")]
fn vectors() -> BTreeMap<&'static str, String> {
    let root = SigningKey::from_seed(&[0x01; 32]);
    let launch = SigningKey::from_seed(&[0x02; 32]);
    let node = SigningKey::from_seed(&[0x03; 32]);
    let device = SigningKey::from_seed(&[0x04; 32]);
    let session = SigningKey::from_seed(&[0x05; 32]);
    let recording = OpeningKey::from_seed([0x06; 32]);
    let launch_opening = OpeningKey::from_seed([0x07; 32]);
    let content = ContentKey::from_bytes([0x08; 32]);
    let audit = SigningKey::from_seed(&[0x09; 32]);
    let origin = Origin::parse("https://vault.example:8443").unwrap();
    let session_id = SessionId::new(id(0x11));

    let mut out = BTreeMap::new();
    let mut put = |name, bytes: &[u8]| out.insert(name, hex(bytes));

    let entry = |role, key| KeyEntry { role, key, from_ms: NOW, until_ms: NOW + 1_000_000 };
    let key_set = KeySet {
        version: 1,
        root: root.public(),
        issued_ms: NOW,
        expires_ms: NOW + 1_000_000,
        keys: vec![
            entry(KeyRole::Tls, chaperone_seals::PublicKey::from_bytes([0x21; 32])),
            entry(KeyRole::Launch, launch.public()),
            entry(KeyRole::Receipt, node.public()),
            entry(KeyRole::Recording, *recording.sealing_key().public()),
        ],
        revoked: vec![Digest::of(b"an older key")],
    };
    put("key-set", &key_set.sign(&root));

    let secret = EnrolmentSecret::from_bytes([0x31; 16]);
    let enrol = EnrolRequest {
        origin: origin.as_str().into(),
        secret: secret.clone(),
        device_key: device.public(),
        device_name: "desk".into(),
        system: "Linux".into(),
        nonce: Nonce::from_bytes([0x32; 16]),
    };
    let enrol = signed::sign(&enrol, &device);
    put("enrol-request", &enrol);
    let answer = EnrolAnswer {
        request: Digest::of(&enrol),
        device: DeviceId::new(id(0x12)),
        user_name: "alice".into(),
        enrolled_ms: NOW,
    };
    put("enrol-answer", &signed::sign(&answer, &launch));

    let policy = Policy {
        recording: Some(RecordingPolicy { area: RecordedArea::ClientWindows, frames_per_second: 10 }),
        loss: LossPolicy::default(),
    };
    let opening = OpeningRecord {
        format: chaperone_evidence::FORMAT,
        session: session_id,
        origin: origin.as_str().into(),
        user: UserId::new(id(0x13)),
        user_name: "alice".into(),
        secret: SecretId::new(id(0x14)),
        secret_name: "db01 root".into(),
        target: "db01.example:22".into(),
        device: device.public().id(),
        session_key: session.public(),
        tracks: vec![TrackPlan { track: 0, kind: TrackKind::Video }],
        policy: policy.hash(),
        notice: None,
        recording_keys: vec![*recording.sealing_key().public()],
        epoch: 1,
        opened_ms: NOW,
    };
    let signed_opening = signed::sign(&opening, &launch);
    put("opening-record", &signed_opening);

    let ticket = Ticket::from_bytes([0x41; 32]);
    let redeem = RedeemRequest {
        versions: vec![1],
        origin: origin.as_str().into(),
        ticket: ticket.clone(),
        launch_key: *launch_opening.sealing_key().public(),
        session_key: session.public(),
        nonce: Nonce::from_bytes([0x42; 16]),
    };
    let redeem = signed::sign(&redeem, &device);
    put("redeem-request", &redeem);
    let instructions = Instructions {
        request: Digest::of(&redeem),
        opening: signed_opening.clone().into(),
        client: ClientKind::Ssh(SshClient { host_key: "ssh-ed25519 AAAA".into() }),
        route: Route::Direct {
            host: "db01.example".into(),
            port: 22,
            account: "root".into(),
            credential: Credential::Password(SecretText::new("not a real one".into())),
        },
        policy,
        notice: Some("This session is recorded.".into()),
    };
    put("instructions", &signed::sign(&instructions, &launch));
    let sealed =
        seal_answer(&instructions, &redeem, launch_opening.sealing_key().public(), &launch, [0x43; 32])
            .unwrap();
    put("redeem-answer", &sealed);

    let mut writer = TrackWriter::new(&opening, &signed_opening, 0, &content, || [0x51; 32]).unwrap();
    let mut cut = |second: u64, content_of: CutContent<'_>, heard| {
        let cut = Cut {
            start_ms: second * 1000,
            duration_ms: 1000,
            wall_ms: NOW + second * 1000,
            heard,
            content: content_of,
        };
        writer.write(&cut, &content, &session).unwrap()
    };
    put("segment-0-media", &cut(0, CutContent::Media(b"one second of video"), None));
    let heard = Nonce::from_bytes([0x52; 16]);
    put("segment-1-unchanged", &cut(1, CutContent::Unchanged, Some(heard)));
    put("segment-2-gap", &cut(2, CutContent::Gap(GapCause::Asleep), Some(heard)));
    let end = writer.end();

    let nonce = Nonce::from_bytes([0x61; 16]);
    let beat = Heartbeat { session: session_id, nonce, at_ms: 3000, tracks: vec![end.head], shown: None };
    put("heartbeat", &signed::sign(&beat, &session));
    let pulse = Pulse {
        session: session_id,
        echo: nonce,
        nonce: heard,
        storing: true,
        server_ms: NOW + 3000,
        command: None,
    };
    put("pulse", &signed::sign(&pulse, &node));
    let asking = |command| Pulse { command: Some(command), ..pulse.clone() };
    let end_words = "root revoked this device.".to_owned();
    let command = Command::End { cause: EndCause::DeviceWithdrawn, words: end_words };
    put("pulse-end", &signed::sign(&asking(command), &node));
    let command = Command::Message { number: 1, text: "olga: please finish by noon".into() };
    put("pulse-message", &signed::sign(&asking(command), &node));
    let answer = Heartbeat { shown: Some(1), ..beat };
    put("heartbeat-shown", &signed::sign(&answer, &session));
    let receipt = Receipt {
        session: session_id,
        through: TrackHead { track: 0, count: 0, head: OpeningRecord::link(&signed_opening) },
        above: vec![HeldRange { first: 1, last: 2 }],
        epoch: 1,
        server_ms: NOW + 3000,
    };
    put("receipt", &signed::sign(&receipt, &node));
    let closing = ClosingRecord {
        session: session_id,
        reason: EndReason::ServerLost,
        at_ms: 3000,
        wall_ms: NOW + 3000,
        tracks: vec![end],
        loss: Some(LossStamps { last_heard_ms: 1000, asked_ms: 11_000, killed_ms: None, gone_ms: 11_200 }),
    };
    let closing = signed::sign(&closing, &session);
    put("closing-record", &closing);
    let recovery = RecoveryRecord {
        session: session_id,
        device: device.public().id(),
        opening: OpeningRecord::link(&signed_opening),
        tracks: vec![end],
        wall_ms: NOW + 60_000,
    };
    put("recovery-record", &signed::sign(&recovery, &device));
    let closing_receipt = ClosingReceipt {
        session: session_id,
        closing: Digest::of(&closing),
        tracks: vec![end.head],
        epoch: 1,
        server_ms: NOW + 4000,
    };
    put("closing-receipt", &signed::sign(&closing_receipt, &node));
    let head = AuditHead { lines: 12, head: Digest::of(b"line 12"), epoch: 1, server_ms: NOW + 5000 };
    put("audit-head", &signed::sign(&head, &audit));

    let code = EnrolmentCode { origin: origin.clone(), root: root.public().id(), secret };
    out.insert("text: enrolment code", code.to_text());
    out.insert("text: launch link", LaunchLink { server: origin, ticket }.to_text());
    out
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn statements_are_byte_for_byte_those_of_the_vectors() {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../docs/vectors/v1.txt");
    let made: String = vectors().into_iter().map(|(name, value)| format!("{name}\n{value}\n\n")).collect();
    if std::env::var_os("CHAPERONE_WRITE_VECTORS").is_some() {
        std::fs::write(&file, &made).unwrap();
    }
    let kept = std::fs::read_to_string(&file).unwrap();
    for (kept, made) in kept.split("\n\n").zip(made.split("\n\n")) {
        assert_eq!(kept, made);
    }
    assert_eq!(kept.len(), made.len());
}
