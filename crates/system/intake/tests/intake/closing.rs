//! Last links and closing receipts.

use chaperone_evidence::{ClosingReceipt, TrackEnd};
use chaperone_intake::{CloseError, CloseOutcome, Intake, MissingRange, Refusal};
use chaperone_seals::{Digest, SigningKey, signed};

use crate::world::{NOW, Track, World, empty_end};

async fn stored(world: &World, intake: &Intake, payloads: &[&[u8]]) -> Track {
    let track = world.track(0, payloads);
    intake.accept(track.segments.concat(), NOW).await.unwrap();
    track
}

fn close_error(outcome: Result<chaperone_intake::Closed, CloseError>) -> CloseError {
    outcome.expect_err("it must not close")
}

#[tokio::test]
async fn closing_receipt_comes_when_everything_is_stored_and_is_the_same_ever_after() {
    let world = World::new();
    let intake = world.begun().await;
    let track = world.track(0, &[b"a", b"b", b"c", b"d"]);
    let closing = world.closing(vec![track.end, empty_end(&world, 1)]);
    let closing = signed::sign(&closing, &world.session_key);
    intake.accept(track.segments[1].clone(), NOW).await.unwrap();

    let closed = intake.close(closing.clone(), world.device(), NOW).await.unwrap();
    let missing = |first, last| MissingRange { track: 0, first, last };
    assert_eq!(closed.outcome, CloseOutcome::Missing(vec![missing(0, 0), missing(2, 3)]));
    drop(intake);
    let intake = world.open().await;
    intake.accept(track.segments.concat(), NOW).await.unwrap();
    let closed = intake.close(closing.clone(), world.device(), NOW + 5).await.unwrap();
    let CloseOutcome::Complete(receipt) = closed.outcome else { panic!("incomplete") };
    let read = signed::verify::<ClosingReceipt>(&receipt, &world.receipt_key.public()).unwrap();
    assert_eq!((read.session, read.closing), (world.session(), Digest::of(&closing)));
    assert_eq!(read.tracks, [track.end.head, empty_end(&world, 1).head]);

    intake.forget(world.session());
    let again = intake.close(closing, world.device(), NOW + 9).await.unwrap();
    assert_eq!(again.outcome, CloseOutcome::Complete(receipt));
}

#[tokio::test]
async fn track_closed_by_the_session_key_takes_no_more() {
    let world = World::new();
    let intake = world.begun().await;
    let track = stored(&world, &intake, &[b"a"]).await;
    let closing = world.closing(vec![track.end, empty_end(&world, 1)]);
    intake.close(signed::sign(&closing, &world.session_key), world.device(), NOW).await.unwrap();
    let longer = world.track(0, &[b"a", b"b"]);
    let mut accepted = intake.accept(longer.segments[1].clone(), NOW).await.unwrap();
    assert!(matches!(accepted.refused.remove(0).refusal, Refusal::AfterClosing));
}

#[tokio::test]
async fn last_link_that_contradicts_what_is_stored_is_refused() {
    let world = World::new();
    let intake = world.begun().await;
    let track = stored(&world, &intake, &[b"a", b"b"]).await;
    let rest = empty_end(&world, 1);
    let short = world.track(0, &[b"a"]).end;
    let other = world.track(0, &[b"a", b"x"]).end;
    let close = async |tracks: Vec<TrackEnd>| {
        let signed = signed::sign(&world.closing(tracks), &world.session_key);
        intake.close(signed, world.device(), NOW).await
    };
    assert!(matches!(close_error(close(vec![short, rest]).await), CloseError::BeyondEnd { held: 1, .. }));
    assert!(matches!(close_error(close(vec![other, rest]).await), CloseError::Head { count: 2, .. }));
    assert!(matches!(close_error(close(vec![track.end]).await), CloseError::Tracks));
    assert!(matches!(close_error(close(vec![track.end, track.end]).await), CloseError::Tracks));
    assert!(matches!(close(vec![track.end, rest]).await.unwrap().outcome, CloseOutcome::Complete(_)));
    let mut late = world.closing(vec![track.end, rest]);
    late.at_ms += 1;
    let late = signed::sign(&late, &world.session_key);
    let error = close_error(intake.close(late, world.device(), NOW).await);
    assert!(matches!(error, CloseError::ClosedOtherwise(_)));
}

#[tokio::test]
async fn recovery_counts_from_the_sessions_device_alone_and_may_say_less() {
    let world = World::new();
    let intake = world.begun().await;
    let track = stored(&world, &intake, &[b"a", b"b"]).await;
    let short = world.track(0, &[b"a"]).end;
    let record = world.recovery(vec![short, empty_end(&world, 1)]);

    let by_session_key = signed::sign(&record, &world.session_key);
    let error = close_error(intake.close(by_session_key, world.device(), NOW).await);
    assert!(matches!(error, CloseError::Signed(_)));
    let thief = SigningKey::from_seed(&[55; 32]);
    let error = close_error(intake.close(signed::sign(&record, &thief), thief.public(), NOW).await);
    assert!(matches!(error, CloseError::OtherDevice));
    let mut foreign = record.clone();
    foreign.opening = Digest::of(b"another");
    let foreign = signed::sign(&foreign, &world.device_key);
    assert!(matches!(
        close_error(intake.close(foreign, world.device(), NOW).await),
        CloseError::OtherOpening
    ));

    let closed = intake.close(signed::sign(&record, &world.device_key), world.device(), NOW).await.unwrap();
    let CloseOutcome::Complete(receipt) = closed.outcome else { panic!("incomplete") };
    let receipt = signed::verify::<ClosingReceipt>(&receipt, &world.receipt_key.public()).unwrap();
    assert_eq!(receipt.tracks[0], track.end.head, "what is stored, not what was found");
}

#[tokio::test]
async fn strangers_and_other_statements_close_nothing() {
    let world = World::new();
    let intake = world.begun().await;
    let foreign = World::of_session(9);
    let closing = foreign.closing(vec![empty_end(&foreign, 0), empty_end(&foreign, 1)]);
    let signed = signed::sign(&closing, &foreign.session_key);
    let error = close_error(intake.close(signed, world.device(), NOW).await);
    assert!(matches!(error, CloseError::UnknownSession(_)));
    for bytes in [world.signed_opening.clone(), b"noise".to_vec()] {
        let error = close_error(intake.close(bytes, world.device(), NOW).await);
        assert!(matches!(error, CloseError::Signed(_)));
    }
}

#[tokio::test]
async fn recovered_session_takes_what_was_found_at_any_time_and_nothing_else_for_long() {
    const DAY_MS: u64 = 24 * 3_600_000;
    let world = World::new();
    let intake = world.begun().await;
    let found = world.track(0, &[b"a", b"b"]);
    let longer = world.track(0, &[b"a", b"b", b"c", b"d"]);
    let record = world.recovery(vec![found.end, empty_end(&world, 1)]);
    intake.close(signed::sign(&record, &world.device_key), world.device(), NOW).await.unwrap();
    let soon = intake.accept(longer.segments[2].clone(), NOW + 1000).await.unwrap();
    assert!(soon.refused.is_empty(), "the recorder may be alive after all");
    let mut late = intake.accept(longer.segments.concat(), NOW + DAY_MS).await.unwrap();
    assert_eq!(late.progress[0].added, [0, 1]);
    assert!(matches!(late.refused.remove(0).refusal, Refusal::Over));
    assert!(late.refused.is_empty(), "what is stored is known");
}
