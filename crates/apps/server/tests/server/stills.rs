//! From stills to a film.

use chaperone_database::{Database, JobKind};
use chaperone_evidence::{EndReason, TrackKind};
use chaperone_media::Payload;
use chaperone_server::RecordAs;
use reqwest::StatusCode;
use uuid::Uuid;

use crate::house::{House, Setting};
use crate::record::{opened, wait_for};
use crate::recorder::{Device, bytes, link, now_ms, post};

/// How many pictures a joined film holds and how many ticks each is shown, by its tables.
fn pictures(film: &[u8]) -> Vec<(u32, u32)> {
    let at = film.windows(4).position(|kind| kind == b"stts").unwrap() + 8;
    let field = |at: usize| u32::from_be_bytes(film[at..at + 4].try_into().unwrap());
    (0..field(at) as usize).map(|run| (field(at + 4 + run * 8), field(at + 8 + run * 8))).collect()
}

#[tokio::test]
async fn stills_become_a_film_at_their_times() {
    let house = House::set(Setting { record_as: RecordAs::Stills, ..Setting::default() }).await;
    let (user, _device, mut session) = opened(&house).await;
    assert_eq!(session.opening.tracks[0].kind, TrackKind::Stills);
    assert_eq!(session.instructions.policy.recording.unwrap().frames_per_second, 1);
    let mut segments = session.stills(0..4);
    // Nothing of a still is video.
    assert!(segments.iter().all(|segment| Payload::read(segment).is_err()));
    segments.push(session.gap(4));
    segments.extend(session.stills(5..7));
    bytes(post(&house, "/wire/segments", segments.concat()).await).await;
    bytes(post(&house, "/wire/close", session.closing(EndReason::UserEnded, 9_000)).await).await;
    let page = wait_for(&user, &session, &["ready", "incomplete", "failed"]).await;
    assert_eq!(page["summary"]["state"], "incomplete", "{page}");
    assert_eq!(page["tracks"][0]["kind"], "stills", "{page}");
    assert_eq!(page["gaps"][0]["cause"], "asleep", "{page}");
    let film = user.get(&format!("/api/sessions/{}/recording.mp4", session.id())).await.0;
    assert_eq!(film.status(), StatusCode::OK);
    let film = film.bytes().await.unwrap();
    // The first from the beginning on, the one before the gap through it, the last to the end.
    let expected = [(1, 90_100), (2, 90_000), (1, 180_000), (1, 90_000), (1, 269_900)];
    assert_eq!(pictures(&film), expected);
    // What was encoded on the way is not kept.
    let left = std::fs::read_dir(house.data.join("recordings/stills")).unwrap().count();
    assert_eq!(left, 0);
}

#[tokio::test]
async fn a_still_that_does_not_open_takes_those_with_it_that_build_on_it() {
    let house = House::set(Setting { record_as: RecordAs::Stills, ..Setting::default() }).await;
    let (user, _device, mut session) = opened(&house).await;
    let mut segments = session.stills(0..2);
    segments.push(session.noise(2));
    // Written anew, so the first of them stands alone.
    segments.extend(session.stills(3..5));
    bytes(post(&house, "/wire/segments", segments.concat()).await).await;
    bytes(post(&house, "/wire/close", session.closing(EndReason::UserEnded, 5_000)).await).await;
    let page = wait_for(&user, &session, &["ready", "incomplete", "failed"]).await;
    assert_eq!((&page["gaps"][0]["cause"], &page["gaps"][0]["from_ms"]), (&"damaged".into(), &2000.into()));
    assert_eq!(
        (page["gaps"].as_array().unwrap().len(), &page["gaps"][0]["to_ms"]),
        (1, &3000.into()),
        "{page}"
    );
}

#[tokio::test]
async fn a_film_of_video_does_not_wait_for_stills() {
    let house = House::with_people().await;
    let (user, _device, mut session) = opened(&house).await;
    // Somebody encodes another session's stills, for as long as this test runs.
    let database = Database::open(&house.data.join("chaperone.db")).await.unwrap();
    let secret = house.secret("db02").await;
    let other = Device::enrol(&house, &user, 2).await.redeem(&house, &link(&user, &secret).await, 2).await;
    database.add_job(JobKind::Encode, other.id(), now_ms() + 3_600_000).await.unwrap();
    let lease = Uuid::from_u128(7);
    let held = database.lease_job(JobKind::Encode, lease, now_ms() + 3_600_001, 1000).await.unwrap();
    assert!(held.is_some());

    let segments = session.film(0..2);
    bytes(post(&house, "/wire/segments", segments.concat()).await).await;
    bytes(post(&house, "/wire/close", session.closing(EndReason::UserEnded, 2_000)).await).await;
    let page = wait_for(&user, &session, &["ready", "incomplete", "failed"]).await;
    assert_eq!(page["summary"]["state"], "ready", "{page}");
}
