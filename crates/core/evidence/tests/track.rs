//! Tracks written, read back, changed and checked.
#![expect(clippy::unwrap_used, reason = "a test that cannot set up its world has failed")]

use chaperone_evidence::{
    Body, Cut, CutContent, GapCause, OpeningRecord, SecretId, SessionId, TrackKind, TrackPlan, TrackWriter,
    UserId,
    chain::{Chain, ChainError},
    segment::{self, SegmentError},
};
use chaperone_seals::{ContentKey, Digest, OpeningKey, SigningKey, signed};
use proptest::prelude::*;

const TRACK: u32 = 0;

struct World {
    opening: OpeningRecord,
    signed_opening: Vec<u8>,
    session_key: SigningKey,
    content: ContentKey,
    recording: OpeningKey,
}

fn world() -> World {
    let session_key = SigningKey::from_seed(&[2; 32]);
    let recording = OpeningKey::from_seed([3; 32]);
    let opening = OpeningRecord {
        format: chaperone_evidence::FORMAT,
        session: SessionId::new(uuid::Uuid::from_bytes([1; 16])),
        origin: "https://chaperone.example".into(),
        user: UserId::new(uuid::Uuid::from_bytes([2; 16])),
        user_name: "alice".into(),
        secret: SecretId::new(uuid::Uuid::from_bytes([3; 16])),
        secret_name: "db01 root".into(),
        target: "db01.example:22".into(),
        device: Digest::of(b"device"),
        session_key: session_key.public(),
        tracks: vec![TrackPlan { track: TRACK, kind: TrackKind::Video }],
        policy: Digest::of(b"policy"),
        notice: None,
        recording_keys: vec![*recording.sealing_key().public()],
        epoch: 1,
        opened_ms: 1_800_000_000_000,
    };
    let signed_opening = signed::sign(&opening, &SigningKey::from_seed(&[1; 32]));
    World { opening, signed_opening, session_key, content: ContentKey::from_bytes([4; 32]), recording }
}

impl World {
    fn writer(&self) -> TrackWriter {
        let mut calls = 0;
        TrackWriter::new(&self.opening, &self.signed_opening, TRACK, &self.content, || {
            calls += 1;
            [calls; 32]
        })
        .unwrap()
    }

    /// A track of one segment per entry: a payload, or nothing for an unchanged second.
    fn track(&self, payloads: &[Option<Vec<u8>>]) -> Vec<Vec<u8>> {
        let mut writer = self.writer();
        (0..)
            .zip(payloads)
            .map(|(second, payload)| {
                let content = match payload {
                    Some(bytes) => CutContent::Media(bytes),
                    None => CutContent::Unchanged,
                };
                self.write(&mut writer, second, content)
            })
            .collect()
    }

    fn write(&self, writer: &mut TrackWriter, second: u64, content: CutContent<'_>) -> Vec<u8> {
        let cut = Cut {
            start_ms: second * 1000,
            duration_ms: 1000,
            wall_ms: 1_800_000_000_000 + second * 1000,
            heard: None,
            content,
        };
        writer.write(&cut, &self.content, &self.session_key).unwrap()
    }

    /// Reads a body as a verifier does: shape, signature, payload hash, chain.
    fn check(&self, body: &[u8]) -> Result<Chain, String> {
        let mut chain = Chain::new(TRACK, OpeningRecord::link(&self.signed_opening));
        for segment in segment::read_all(body) {
            let segment = segment.map_err(|e| e.to_string())?;
            segment.verify(&self.session_key.public()).map_err(|e| e.to_string())?;
            chain.advance(&segment).map_err(|e| e.to_string())?;
        }
        Ok(chain)
    }
}

#[test]
fn a_track_reads_back_and_ends_where_the_writer_says() {
    let world = world();
    let mut writer = world.writer();
    let mut body = world.write(&mut writer, 0, CutContent::Media(b"first"));
    body.extend(world.write(&mut writer, 1, CutContent::Unchanged));
    body.extend(world.write(&mut writer, 2, CutContent::Gap(GapCause::Asleep)));

    let chain = world.check(&body).unwrap();
    assert_eq!(chain.head(), writer.end().head);
    assert_eq!((chain.head().count, writer.end().gaps, chain.end_ms()), (3, 1, 3000));
}

#[test]
fn the_server_opens_what_the_workstation_sealed() {
    let world = world();
    let segments = world.track(&[Some(b"first".to_vec()), Some(b"second".to_vec())]);
    let (first, _) = segment::read_next(&segments[0]).unwrap().unwrap();
    let keys = first.header.keys.as_ref().unwrap();
    assert_eq!(keys[0].recipient, world.recording.sealing_key().public().id());
    let content =
        ContentKey::unwrap(&keys[0].wrapped, &world.recording, world.opening.session.as_bytes()).unwrap();

    assert_eq!(first.open(&content).unwrap(), b"first");
    let (second, _) = segment::read_next(&segments[1]).unwrap().unwrap();
    assert_eq!(second.open(&content).unwrap(), b"second");
    assert!(second.header.keys.is_none(), "the key is wrapped once");
    assert!(!segments[0].windows(5).any(|w| w == b"first"), "payload stands in the clear");
}

#[test]
fn a_payload_moved_under_another_header_does_not_open() {
    let world = world();
    let segments = world.track(&[Some(b"first".to_vec()), Some(b"other".to_vec())]);
    let (first, _) = segment::read_next(&segments[0]).unwrap().unwrap();
    let (mut second, _) = segment::read_next(&segments[1]).unwrap().unwrap();
    second.payload = first.payload;
    assert!(matches!(second.verify(&world.session_key.public()), Err(SegmentError::Payload { number: 1 })));
    assert!(second.open(&world.content).is_err());
}

#[test]
fn another_sessions_key_is_refused() {
    let world = world();
    let body = world.track(&[None]).concat();
    let (segment, _) = segment::read_next(&body).unwrap().unwrap();
    assert!(segment.verify(&SigningKey::from_seed(&[9; 32]).public()).is_err());
}

#[test]
fn a_segment_left_out_or_repeated_is_named() {
    let world = world();
    let segments = world.track(&[None, None, None]);
    let chain = |order: &[usize]| {
        let mut chain = Chain::new(TRACK, OpeningRecord::link(&world.signed_opening));
        order
            .iter()
            .map(|&i| chain.advance(&segment::read_next(&segments[i]).unwrap().unwrap().0))
            .find_map(Result::err)
    };
    assert_eq!(chain(&[0, 1, 2]), None);
    assert_eq!(chain(&[0, 2]), Some(ChainError::Number { expected: 1, found: 2 }));
    assert_eq!(chain(&[0, 0]), Some(ChainError::Number { expected: 1, found: 0 }));
}

#[test]
fn a_track_of_another_opening_does_not_link() {
    let world = world();
    let body = world.track(&[None]).concat();
    let mut chain = Chain::new(TRACK, OpeningRecord::link(b"another opening"));
    let (segment, _) = segment::read_next(&body).unwrap().unwrap();
    assert_eq!(chain.advance(&segment), Err(ChainError::Link { number: 0 }));
}

#[test]
fn time_does_not_run_backwards() {
    let world = world();
    let mut writer = world.writer();
    world.write(&mut writer, 5, CutContent::Unchanged);
    let cut = Cut { start_ms: 5999, duration_ms: 1, wall_ms: 0, heard: None, content: CutContent::Unchanged };
    assert!(writer.write(&cut, &world.content, &world.session_key).is_err());
    assert_eq!(writer.end().head.count, 1, "a refused cut uses nothing up");
}

#[test]
fn lengths_above_the_limits_are_refused_before_anything_is_read() {
    let mut body = (u32::MAX).to_be_bytes().to_vec();
    body.extend([0; 64]);
    assert!(matches!(segment::read_next(&body), Err(SegmentError::TooLong { part: "header", .. })));
}

fn payloads() -> impl Strategy<Value = Vec<Option<Vec<u8>>>> {
    prop::collection::vec(prop::option::of(prop::collection::vec(any::<u8>(), 0..200)), 1..8)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_track_reads_back(payloads in payloads()) {
        let world = world();
        let body = world.track(&payloads).concat();
        prop_assert!(world.check(&body).is_ok());
        let read: Vec<Option<Vec<u8>>> = segment::read_all(&body)
            .map(|segment| {
                let segment = segment.unwrap();
                match segment.header.body {
                    Body::Media(_) => Some(segment.open(&world.content).unwrap()),
                    Body::Unchanged | Body::Gap(_) => None,
                }
            })
            .collect();
        prop_assert_eq!(read, payloads);
    }

    #[test]
    fn any_flipped_bit_is_found(payloads in payloads(), at in any::<prop::sample::Index>(), bit in 0_u8..8) {
        let world = world();
        let mut body = world.track(&payloads).concat();
        let at = at.index(body.len());
        body[at] ^= 1 << bit;
        prop_assert!(world.check(&body).is_err());
    }

    #[test]
    fn a_cut_tail_is_told_from_a_whole_body(payloads in payloads(), at in any::<prop::sample::Index>()) {
        let world = world();
        let segments = world.track(&payloads);
        let body = segments.concat();
        let cut = at.index(body.len());
        let whole: Vec<usize> = segments
            .iter()
            .scan(0, |end, segment| { *end += segment.len(); Some(*end) })
            .collect();
        let read = segment::read_all(&body[..cut]).collect::<Result<Vec<_>, _>>();
        if cut == 0 || whole.contains(&cut) {
            prop_assert!(read.is_ok());
        } else {
            prop_assert!(matches!(read, Err(SegmentError::Truncated)));
        }
    }

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        for segment in segment::read_all(&bytes) {
            prop_assert!(segment.is_err());
        }
    }
}
