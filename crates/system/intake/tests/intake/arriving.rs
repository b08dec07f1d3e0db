//! Bodies that arrive, good and bad.

use chaperone_evidence::HeldRange;
use chaperone_evidence::segment::{MAX_BODY_LEN, SegmentError};
use chaperone_intake::{Accepted, Intake, IntakeError, Refusal};
use chaperone_seals::content::Place;
use chaperone_seals::{SigningKey, signed};
use proptest::prelude::*;

use crate::world::{NOW, World};

async fn send(intake: &Intake, segments: &[&Vec<u8>]) -> Accepted {
    let body: Vec<u8> = segments.iter().flat_map(|segment| segment.iter().copied()).collect();
    intake.accept(body, NOW).await.unwrap()
}

/// The refusal of a body of one segment.
async fn refusal(intake: &Intake, segment: &Vec<u8>) -> Refusal {
    let mut accepted = send(intake, &[segment]).await;
    assert_eq!(accepted.refused.len(), 1, "{accepted:?}");
    accepted.refused.remove(0).refusal
}

#[tokio::test]
async fn what_arrives_is_receipted_and_read_back_as_it_came() {
    let world = World::new();
    let intake = world.begun().await;
    let track = world.track(0, &[b"first", b"", b"third"]);
    let accepted = send(&intake, &track.segments.iter().collect::<Vec<_>>()).await;
    assert!(accepted.refused.is_empty() && accepted.malformed.is_none());
    let receipt = world.receipt(&accepted, 0);
    assert_eq!((receipt.through, receipt.above.len(), receipt.server_ms), (track.end.head, 0, NOW));
    assert_eq!(accepted.progress[0].added, [0, 1, 2]);
    let sent: usize = track.segments.iter().map(Vec::len).sum();
    assert_eq!(accepted.progress[0].added_bytes, sent as u64);
    for (number, segment) in (0..).zip(&track.segments) {
        let read = intake.read(world.session(), Place { track: 0, number }).await.unwrap();
        assert_eq!(read.as_ref(), Some(segment));
    }
    assert_eq!(intake.read(world.session(), Place { track: 0, number: 3 }).await.unwrap(), None);
    assert_eq!(std::fs::read(world.file("segments")).unwrap(), track.segments.concat());
}

#[tokio::test]
async fn hole_is_named_and_filled() {
    let world = World::new();
    let intake = world.begun().await;
    let track = world.track(0, &[b"a", b"b", b"c", b"d", b"e"]);
    let s = &track.segments;
    let receipt = world.receipt(&send(&intake, &[&s[4], &s[0], &s[2]]).await, 0);
    assert_eq!(receipt.through.count, 1);
    assert_eq!(receipt.above, [HeldRange { first: 2, last: 2 }, HeldRange { first: 4, last: 4 }]);
    let accepted = send(&intake, &[&s[3], &s[1]]).await;
    assert_eq!(world.receipt(&accepted, 0).through, track.end.head);
    assert_eq!(accepted.progress[0].held_above, 0);
}

#[tokio::test]
async fn same_again_is_fine_and_stored_once() {
    let world = World::new();
    let intake = world.begun().await;
    let track = world.track(0, &[b"a"]);
    let body = &track.segments[0];
    send(&intake, &[body, body]).await;
    let again = send(&intake, &[body]).await;
    assert_eq!(world.receipt(&again, 0).through, track.end.head);
    assert_eq!(again.progress[0].added, Vec::<u64>::new());
    assert_eq!(std::fs::read(world.file("segments")).unwrap(), *body);
}

#[tokio::test]
async fn other_segment_with_the_same_number_is_refused_and_both_are_named() {
    let world = World::new();
    let intake = world.begun().await;
    let (one, other) = (world.track(0, &[b"one"]), world.track(0, &[b"other"]));
    send(&intake, &[&one.segments[0]]).await;
    let Refusal::Conflict { stored, found } = refusal(&intake, &other.segments[0]).await else {
        panic!("not a conflict");
    };
    assert_eq!((stored, found), (one.end.head.head, other.end.head.head));
    let read = intake.read(world.session(), Place { track: 0, number: 0 }).await.unwrap();
    assert_eq!(read.as_ref(), Some(&one.segments[0]));
}

#[tokio::test]
async fn segment_of_another_chain_is_refused_from_either_side() {
    let world = World::new();
    let (one, other) = (world.track(0, &[b"one", b"", b"x"]), world.track(0, &[b"other", b"", b"y"]));
    let intake = world.begun().await;
    send(&intake, &[&one.segments[0]]).await;
    assert!(matches!(refusal(&intake, &other.segments[1]).await, Refusal::Chain));
    send(&intake, &[&one.segments[2]]).await;
    assert!(matches!(refusal(&intake, &other.segments[1]).await, Refusal::Chain));
    let accepted = send(&intake, &[&one.segments[1]]).await;
    assert_eq!(world.receipt(&accepted, 0).through, one.end.head);
}

#[tokio::test]
async fn every_changed_byte_is_refused_and_the_rest_of_the_body_is_taken() {
    let world = World::new();
    let intake = world.begun().await;
    let track = world.track(0, &[b"payload"]);
    let other = world.track(1, &[b"good"]);
    let good = &other.segments[0];
    for at in 0..track.segments[0].len() {
        let mut bad = track.segments[0].clone();
        bad[at] ^= 0x20;
        let body = [good.as_slice(), &bad].concat();
        let accepted = intake.accept(body, NOW).await.unwrap();
        assert!(accepted.malformed.is_some() || accepted.refused.len() == 1, "byte {at}");
        assert_eq!(world.receipt(&accepted, 1).through, other.end.head);
    }
    assert_eq!(std::fs::read(world.file("segments")).unwrap(), *good);
}

#[tokio::test]
async fn strangers_are_refused_without_leaving_anything() {
    let world = World::new();
    let intake = world.begun().await;
    let foreign = World::of_session(9);
    let segment = &foreign.track(0, &[b"x"]).segments[0];
    assert!(matches!(refusal(&intake, segment).await, Refusal::UnknownSession));
    assert!(intake.progress(foreign.session(), NOW).await.unwrap().is_none());
    assert_eq!(intake.sessions().await.unwrap(), [world.session()]);

    let unplanned = &world.track(5, &[b"x"]).segments[0];
    assert!(matches!(refusal(&intake, unplanned).await, Refusal::UnknownTrack));

    let mut stolen = World::new();
    stolen.session_key = SigningKey::from_seed(&[66; 32]);
    let segment = &stolen.track(0, &[b"x"]).segments[0];
    assert!(matches!(refusal(&intake, segment).await, Refusal::Unproven(SegmentError::Header(_))));
}

#[tokio::test]
async fn body_of_two_sessions_gets_a_receipt_for_each() {
    let (one, two) = (World::new(), World::of_session(2));
    let intake = one.begun().await;
    intake.begin(two.signed_opening.clone()).await.unwrap();
    let (first, second) = (one.track(0, &[b"a"]), two.track(1, &[b"b"]));
    let accepted = send(&intake, &[&first.segments[0], &second.segments[0]]).await;
    let sessions: Vec<_> = accepted.progress.iter().map(|progress| progress.session).collect();
    assert_eq!(sessions, [one.session(), two.session()]);
    assert_eq!(intake.sessions().await.unwrap(), [one.session(), two.session()]);
}

#[tokio::test]
async fn body_that_breaks_off_is_taken_up_to_there() {
    let world = World::new();
    let intake = world.begun().await;
    let track = world.track(0, &[b"a", b"b"]);
    let body = track.segments.concat();
    let accepted = intake.accept(body[..body.len() - 1].to_vec(), NOW).await.unwrap();
    assert!(matches!(accepted.malformed, Some(SegmentError::Truncated)));
    assert_eq!(world.receipt(&accepted, 0).through.count, 1);
    let noise = intake.accept(b"<html>sign in</html>".to_vec(), NOW).await.unwrap();
    assert!(noise.malformed.is_some() && noise.progress.is_empty());
    let long = intake.accept(vec![0; MAX_BODY_LEN + 1], NOW).await;
    assert!(matches!(long, Err(IntakeError::BodyTooLong { .. })));
}

#[tokio::test]
async fn session_key_stores_no_more_than_its_session_can_have_come_to() {
    let world = World::new();
    let intake = world.begun().await;
    let track = world.track(0, &vec![b"".as_slice(); 700]);
    // The clock of a recorder may be ahead by minutes: nothing is taken from far ahead of it.
    let mut accepted = send(&intake, &[&track.segments[299], &track.segments[300]]).await;
    assert_eq!((accepted.progress[0].added.clone(), accepted.refused.len()), (vec![299], 1));
    let refused = accepted.refused.remove(0);
    assert!(matches!(refused.refusal, Refusal::Ahead { .. }), "{refused:?}");
    let later = NOW + 400_000;
    let accepted = intake.accept(track.segments.concat(), later).await.unwrap();
    assert!(accepted.refused.is_empty(), "what was far ahead is taken when its time has come: {accepted:?}");
    assert_eq!(world.receipt(&accepted, 0).through, track.end.head);

    // Segments that take no time are counted too.
    let dense = World::of_session(4);
    let segments = dense.dense(602);
    intake.begin(dense.signed_opening.clone()).await.unwrap();
    let accepted = intake.accept(segments.concat(), NOW).await.unwrap();
    assert_eq!((accepted.progress[0].added.len(), accepted.refused.len()), (600, 2));
}

#[tokio::test]
async fn session_is_opened_once() {
    let world = World::new();
    let intake = world.begun().await;
    intake.begin(world.signed_opening.clone()).await.unwrap();
    let mut other = world.opening.clone();
    other.user_name = "mallory".into();
    let other = signed::sign(&other, &SigningKey::from_seed(&[100; 32]));
    assert!(matches!(intake.begin(other).await, Err(IntakeError::OpenedOtherwise(_))));
    assert!(matches!(intake.begin(b"noise".to_vec()).await, Err(IntakeError::Opening(_))));
}

#[tokio::test]
async fn bodies_at_the_same_time_lose_nothing() {
    let world = World::new();
    let intake = world.begun().await;
    let payloads: Vec<Vec<u8>> = (0..40_u8).map(|n| vec![n; 500]).collect();
    let payloads: Vec<&[u8]> = payloads.iter().map(Vec::as_slice).collect();
    let track = world.track(0, &payloads);
    let mut sending = tokio::task::JoinSet::new();
    for segment in track.segments.clone() {
        let intake = intake.clone();
        sending.spawn(async move { intake.accept(segment, NOW).await.unwrap().progress[0].through.count });
    }
    let counts = sending.join_all().await;
    assert_eq!(counts.len(), 40);
    let held = intake.held(world.session()).await.unwrap().unwrap();
    assert_eq!(held[0].through, track.end.head);
    drop(intake);
    let held = world.open().await.held(world.session()).await.unwrap().unwrap();
    assert_eq!(held[0].through, track.end.head);
}

/// The state of a session apart from where things lie in its log.
async fn state(intake: &Intake, world: &World) -> Vec<(u64, Vec<(u64, u64, u64)>)> {
    let held = intake.held(world.session()).await.unwrap().unwrap();
    let track = |track: chaperone_intake::HeldTrack| {
        let segments = track.segments.iter().map(|s| (s.number, s.start_ms, s.len)).collect();
        (track.through.count, segments)
    };
    held.into_iter().map(track).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn any_order_and_repetition_ends_in_the_same_state(
        picks in prop::collection::vec((0..12_usize, any::<bool>()), 0..40),
        lengths in prop::collection::vec(0..60_usize, 12),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let payloads: Vec<Vec<u8>> = lengths.iter().map(|len| vec![9; *len]).collect();
            let payloads: Vec<&[u8]> = payloads.iter().map(Vec::as_slice).collect();
            let world = World::new();
            let mut all = world.track(0, &payloads[..8]).segments;
            all.extend(world.track(1, &payloads[8..]).segments);

            let intake = world.begun().await;
            let mut body = Vec::new();
            for (pick, flush) in &picks {
                body.extend_from_slice(&all[*pick]);
                if *flush {
                    intake.accept(std::mem::take(&mut body), NOW).await.unwrap();
                }
            }
            intake.accept(body, NOW).await.unwrap();

            // The same segments in order, each once.
            let plain = World::new();
            let ordered = plain.begun().await;
            let mut wanted: Vec<usize> = picks.iter().map(|pick| pick.0).collect();
            wanted.sort_unstable();
            wanted.dedup();
            let body: Vec<u8> = wanted.iter().flat_map(|at| all[*at].clone()).collect();
            let length = body.len();
            ordered.accept(body, NOW).await.unwrap();
            assert_eq!(state(&intake, &world).await, state(&ordered, &plain).await);
            assert_eq!(std::fs::read(world.file("segments")).unwrap().len(), length);

            // And after a start.
            drop(intake);
            let again = world.open().await;
            assert_eq!(state(&again, &world).await, state(&ordered, &plain).await);
        });
    }
}
