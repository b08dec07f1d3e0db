//! From segments to a film.

use std::time::{Duration, Instant};

use chaperone_evidence::{ClosingReceipt, EndReason, Receipt, segment};
use chaperone_seals::{ContentKey, KeyRole, signed};
use reqwest::{Method, StatusCode};
use serde_json::Value;

use crate::house::{Caller, House};
use crate::recorder::{Device, Session, bytes, link, post};

/// The server's name for "wait no longer than": composing takes milliseconds.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) async fn opened(house: &House) -> (Caller, Device, Session) {
    let secret = house.secret("db01").await;
    let user = house.login("user").await;
    let device = Device::enrol(house, &user, 1).await;
    let session = device.redeem(house, &link(&user, &secret).await, 1).await;
    (user, device, session)
}

fn receipts(device: &Device, mut body: &[u8]) -> Vec<Receipt> {
    let key = device.server_key(KeyRole::Receipt);
    let mut receipts = Vec::new();
    while let Some((length, rest)) = body.split_first_chunk::<4>() {
        let (receipt, rest) = rest.split_at(u32::from_be_bytes(*length) as usize);
        receipts.push(signed::verify(receipt, &key).unwrap());
        body = rest;
    }
    receipts
}

/// Waits until the session's state is one of these.
pub(crate) async fn wait_for(caller: &Caller, session: &Session, states: &[&str]) -> Value {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let page = caller.json(&format!("/api/sessions/{}", session.id())).await;
        if states.iter().any(|state| page["summary"]["state"] == *state) {
            return page;
        }
        assert!(Instant::now() < deadline, "waiting for {states:?}: {page}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn segments_are_receipted_composed_and_played() {
    let house = House::with_people().await;
    let (user, device, mut session) = opened(&house).await;
    let segments = session.film(0..5);
    let first = bytes(post(&house, "/wire/segments", segments[..2].concat()).await).await;
    assert_eq!(receipts(&device, &first)[0].through.count, 2);

    let closing = session.closing(EndReason::UserEnded, 5000);
    assert_eq!(post(&house, "/wire/close", closing.clone()).await.problem().await, "segments-missing");
    // Out of order and twice: nothing of it matters.
    let body = [&segments[4..], &segments[1..3]].concat().concat();
    let second = bytes(post(&house, "/wire/segments", body).await).await;
    let receipt = &receipts(&device, &second)[0];
    assert_eq!((receipt.through.count, receipt.covers(4), receipt.covers(3)), (3, true, false));
    bytes(post(&house, "/wire/segments", segments[3].clone()).await).await;

    let closed = bytes(post(&house, "/wire/close", closing.clone()).await).await;
    let key = device.server_key(KeyRole::Receipt);
    let receipt: ClosingReceipt = signed::verify(&closed, &key).unwrap();
    assert_eq!(receipt.closing, chaperone_seals::Digest::of(&closing));

    let page = wait_for(&user, &session, &["ready", "incomplete", "failed"]).await;
    assert_eq!(page["summary"]["state"], "ready", "{page}");
    assert_eq!((&page["summary"]["end_reason"], &page["recording_ms"]), (&"user-ended".into(), &5000.into()));
    assert_eq!((&page["tracks"][0]["stored"], &page["tracks"][0]["announced"]), (&5.into(), &5.into()));

    let path = format!("/api/sessions/{}/recording.mp4", session.id());
    let answer = user.get(&path).await.0;
    assert_eq!(
        (answer.status(), &answer.headers()["content-type"]),
        (StatusCode::OK, &"video/mp4".parse().unwrap())
    );
    let film = answer.bytes().await.unwrap();
    assert_eq!(&film[4..8], b"ftyp");
    let part = user.request(Method::GET, &path).header("range", "bytes=4-7").send().await.unwrap();
    assert_eq!(part.status(), StatusCode::PARTIAL_CONTENT);
    assert_eq!(part.headers()["content-range"], format!("bytes 4-7/{}", film.len()));
    assert_eq!(&part.bytes().await.unwrap()[..], b"ftyp");
    let beyond = format!("bytes={}-", film.len());
    let beyond = user.request(Method::GET, &path).header("range", beyond).send().await.unwrap();
    assert_eq!(beyond.status(), StatusCode::RANGE_NOT_SATISFIABLE);

    // Watching stands in the log once, however many parts were asked for; others than the owner and watchers do not see it.
    let database = chaperone_database::Database::open(&house.data.join("chaperone.db")).await.unwrap();
    let lines = database.audit_lines(50).await.unwrap();
    assert_eq!(lines.iter().filter(|line| line.action == "recording-viewed").count(), 1);
    assert_eq!(house.login("auditor").await.get(&path).await.0.status(), StatusCode::OK);
    assert_eq!(house.login("operator").await.get(&path).await.problem().await, "forbidden");
    assert_eq!(house.nobody().get(&path).await.problem().await, "login-needed");
}

#[tokio::test]
async fn an_admitted_gap_is_named_and_a_recovered_session_says_so() {
    let house = House::with_people().await;
    let (user, device, mut session) = opened(&house).await;
    let mut segments = session.film(0..2);
    segments.push(session.gap(2));
    segments.extend(session.film(3..5));
    bytes(post(&house, "/wire/segments", segments.concat()).await).await;
    bytes(post(&house, "/wire/close", session.recovery(&device)).await).await;
    let page = wait_for(&user, &session, &["ready", "incomplete", "failed"]).await;
    assert_eq!(page["summary"]["state"], "incomplete", "{page}");
    assert_eq!(
        (&page["closed_by_recovery"], &page["summary"]["end_reason"]),
        (&true.into(), &"recovered".into())
    );
    assert_eq!(page["gaps"][0]["cause"], "asleep", "{page}");
    assert_eq!((&page["gaps"][0]["from_ms"], &page["gaps"][0]["to_ms"]), (&2000.into(), &3000.into()));
}

#[tokio::test]
async fn a_session_that_showed_nothing_has_its_record_and_no_film() {
    for (ends_blind, state) in [(false, "ready"), (true, "incomplete")] {
        let house = House::with_people().await;
        let (user, _, mut session) = opened(&house).await;
        let mut segments = session.unchanged(0);
        segments.extend(if ends_blind { session.gap(1) } else { session.unchanged(1) });
        bytes(post(&house, "/wire/segments", segments).await).await;
        bytes(post(&house, "/wire/close", session.closing(EndReason::ClientExited, 2000)).await).await;
        let page = wait_for(&user, &session, &["ready", "incomplete", "failed"]).await;
        assert_eq!(page["summary"]["state"], state, "{page}");
        assert_eq!((&page["summary"]["may_play"], &page["recording_bytes"]), (&false.into(), &Value::Null));
        assert_eq!(page["gaps"].as_array().unwrap().len(), usize::from(ends_blind), "{page}");
        let film = user.get(&format!("/api/sessions/{}/recording.mp4", session.id())).await;
        assert_eq!(film.problem().await, "not-found");
    }
}

#[tokio::test]
async fn a_session_of_which_nothing_can_be_shown_is_composed_again_later() {
    let house = House::with_people().await;
    let (user, _, mut session) = opened(&house).await;
    let segments = [session.unchanged(0), session.noise(1)].concat();
    bytes(post(&house, "/wire/segments", segments).await).await;
    bytes(post(&house, "/wire/close", session.closing(EndReason::ClientExited, 2000)).await).await;
    let page = wait_for(&user, &session, &["ready", "incomplete", "failed"]).await;
    assert_eq!(page["summary"]["state"], "failed", "{page}");
    assert!(page["next_try_ms"].as_u64().unwrap() > page["summary"]["opened_ms"].as_u64().unwrap(), "{page}");
}

#[tokio::test]
async fn segments_that_cannot_be_shown_are_gaps_and_the_rest_plays() {
    let house = House::with_people().await;
    let (user, _, mut session) = opened(&house).await;
    let mut segments = session.film(0..2);
    segments.push(session.noise(2));
    segments.extend(session.film(3..7));
    bytes(post(&house, "/wire/segments", segments.concat()).await).await;
    // The payload of second 5 rots where it lies.
    let log = house.data.join("segments").join(session.id().to_string()).join("segments");
    let mut stored = std::fs::read(&log).unwrap();
    let end = segments[..6].concat().len();
    stored[end - 1] ^= 1;
    std::fs::write(&log, stored).unwrap();

    bytes(post(&house, "/wire/close", session.closing(EndReason::UserEnded, 7000)).await).await;
    let page = wait_for(&user, &session, &["ready", "incomplete", "failed"]).await;
    assert_eq!(
        (&page["summary"]["state"], &page["recording_ms"]),
        (&"incomplete".into(), &7000.into()),
        "{page}"
    );
    let gaps: Vec<_> = page["gaps"].as_array().unwrap().iter().collect();
    assert_eq!(gaps.len(), 2, "{page}");
    for (gap, from_ms) in gaps.iter().zip([2000, 5000]) {
        let found = (&gap["cause"], &gap["from_ms"], &gap["to_ms"]);
        assert_eq!(found, (&"damaged".into(), &from_ms.into(), &(from_ms + 1000).into()), "{page}");
    }
    let film = user.get(&format!("/api/sessions/{}/recording.mp4", session.id())).await.0;
    assert_eq!(film.status(), StatusCode::OK);
}

#[tokio::test]
async fn length_that_there_cannot_have_been_is_refused_and_the_true_one_taken() {
    let house = House::with_people().await;
    let (user, _, mut session) = opened(&house).await;
    let segments = session.film(0..2);
    bytes(post(&house, "/wire/segments", segments.concat()).await).await;
    for at_ms in [u64::MAX, i64::MAX.cast_unsigned(), 3_600_000] {
        let beat = session.heartbeat(at_ms);
        let path = format!("/wire/control/{}", session.id());
        assert_eq!(post(&house, &path, beat).await.problem().await, "invalid");
        let closing = session.closing(EndReason::UserEnded, at_ms);
        assert_eq!(post(&house, "/wire/close", closing).await.problem().await, "too-many");
    }
    bytes(post(&house, "/wire/close", session.closing(EndReason::UserEnded, 2000)).await).await;
    let page = wait_for(&user, &session, &["ready", "incomplete", "failed"]).await;
    assert_eq!((&page["summary"]["state"], &page["recording_ms"]), (&"ready".into(), &2000.into()), "{page}");
}

#[tokio::test]
async fn what_is_not_the_sessions_is_refused() {
    let house = House::with_people().await;
    let (_, _, mut session) = opened(&house).await;
    let segments = session.film(0..2);
    let mut changed = segments[0].clone();
    *changed.last_mut().unwrap() ^= 1;
    assert_eq!(post(&house, "/wire/segments", changed).await.problem().await, "segment-refused");
    assert_eq!(post(&house, "/wire/segments", vec![]).await.problem().await, "malformed");
    assert_eq!(post(&house, "/wire/segments", segments[0][..50].to_vec()).await.problem().await, "malformed");
    assert_eq!(post(&house, "/wire/close", b"nonsense".to_vec()).await.problem().await, "malformed");

    let elsewhere = House::with_people().await;
    assert_eq!(
        post(&elsewhere, "/wire/segments", segments[0].clone()).await.problem().await,
        "session-unknown"
    );
    let closing = session.closing(EndReason::UserEnded, 2000);
    assert_eq!(post(&elsewhere, "/wire/close", closing).await.problem().await, "session-unknown");
}

#[tokio::test]
async fn the_record_goes_on_after_a_restart() {
    let house = House::with_people().await;
    let (user, device, mut session) = opened(&house).await;
    let segments = session.film(0..4);
    bytes(post(&house, "/wire/segments", segments[..2].concat()).await).await;
    let house = house.restart().await;
    let body = bytes(post(&house, "/wire/segments", segments.concat()).await).await;
    assert_eq!(receipts(&device, &body)[0].through.count, 4);
    bytes(post(&house, "/wire/close", session.closing(EndReason::ServerLost, 4000)).await).await;
    let page = wait_for(&user, &session, &["ready"]).await;
    assert_eq!(page["summary"]["end_reason"], "server-lost");
}

#[tokio::test]
async fn a_film_and_a_bundle_are_exported() {
    let house = House::with_people().await;
    let (user, _, mut session) = opened(&house).await;
    let each = session.film(0..3);
    let segments = each.concat();
    bytes(post(&house, "/wire/segments", segments.clone()).await).await;
    bytes(post(&house, "/wire/close", session.closing(EndReason::UserEnded, 3000)).await).await;
    wait_for(&user, &session, &["ready"]).await;
    let id = session.id().to_string();
    let dir = house.data.parent().unwrap();

    let film = dir.join("film.mp4");
    let run = house.run(&["export", &id, "--mp4", "--out", film.to_str().unwrap()], "");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let path = format!("/api/sessions/{id}/recording.mp4");
    assert_eq!(std::fs::read(film).unwrap(), user.get(&path).await.0.bytes().await.unwrap());

    let bundle = dir.join("session.bundle");
    let run = house.run(&["export", &id, "--out", bundle.to_str().unwrap()], "");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let bundle = std::fs::read(bundle).unwrap();
    let sections = sections(bundle.strip_prefix(b"chaperone-bundle 1\n").unwrap());
    assert_eq!(sections.iter().map(|(kind, _)| *kind).collect::<Vec<_>>(), [1, 2, 8, 3, 4, 6, 7]);
    assert_eq!(sections[1].1, &session.instructions.opening[..]);
    assert_eq!(sections[3].1, segments);

    let with_film = dir.join("film.bundle");
    let run = house.run(&["export", &id, "--film", "--out", with_film.to_str().unwrap()], "");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let with_film = std::fs::read(with_film).unwrap();
    let opened = self::sections(with_film.strip_prefix(b"chaperone-bundle 1\n").unwrap());
    assert_eq!(opened[..sections.len()], sections);
    let [(9, key), (10, film)] = opened[sections.len()..] else { panic!("neither key nor film") };
    assert_eq!(film, &user.get(&path).await.0.bytes().await.unwrap()[..]);
    let key = ContentKey::from_bytes(key.try_into().unwrap());
    let (first, _) = segment::read_next(&each[0]).unwrap().unwrap();
    assert!(!first.open(&key).unwrap().is_empty());

    // Damage in the log takes no more out of a bundle than the segment it is in.
    let log = house.data.join("segments").join(&id).join("segments");
    let mut stored = std::fs::read(&log).unwrap();
    let first = each[0].len();
    stored[first + 2] ^= 1;
    std::fs::write(&log, stored).unwrap();
    let rest = dir.join("rest.bundle");
    let run = house.run(&["export", &id, "--out", rest.to_str().unwrap()], "");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let rest = std::fs::read(rest).unwrap();
    let sections = self::sections(rest.strip_prefix(b"chaperone-bundle 1\n").unwrap());
    assert_eq!(sections[3].1, [each[0].clone(), each[2].clone()].concat());
}

#[tokio::test]
async fn film_altered_on_the_disk_is_not_given_out_and_is_made_again() {
    let house = House::with_people().await;
    let (user, _, mut session) = opened(&house).await;
    bytes(post(&house, "/wire/segments", session.film(0..3).concat()).await).await;
    bytes(post(&house, "/wire/close", session.closing(EndReason::UserEnded, 3000)).await).await;
    wait_for(&user, &session, &["ready"]).await;
    let id = session.id().to_string();
    let path = format!("/api/sessions/{id}/recording.mp4");
    let film = user.get(&path).await.0.bytes().await.unwrap();
    let kept = house.data.join("recordings/films").join(format!("{id}.mp4"));
    let alter = || {
        let mut altered = film.to_vec();
        *altered.last_mut().unwrap() ^= 1;
        std::fs::write(&kept, altered).unwrap();
    };

    alter();
    assert_eq!(user.get(&path).await.problem().await, "conflict");
    wait_for(&user, &session, &["ready"]).await;
    assert_eq!(user.get(&path).await.0.bytes().await.unwrap(), film, "as it was made before");

    std::fs::remove_file(&kept).unwrap();
    assert_eq!(user.get(&path).await.problem().await, "conflict");
    wait_for(&user, &session, &["ready"]).await;

    alter();
    let out = house.data.parent().unwrap().join("film.mp4");
    let run = house.run(&["export", &id, "--mp4", "--out", out.to_str().unwrap()], "");
    assert_eq!(run.status.code(), Some(3), "{}", String::from_utf8_lossy(&run.stderr));
    assert!(!out.exists());
    let house = house.restart().await;
    let user = house.login("user").await;
    wait_for(&user, &session, &["ready"]).await;
    assert_eq!(user.get(&path).await.0.bytes().await.unwrap(), film);

    let database = chaperone_database::Database::open(&house.data.join("chaperone.db")).await.unwrap();
    let lines = database.audit_lines(50).await.unwrap();
    assert_eq!(lines.iter().filter(|line| line.action == "film-altered").count(), 3);
}

fn sections(mut rest: &[u8]) -> Vec<(u8, &[u8])> {
    let mut sections = Vec::new();
    while let Some((kind, after)) = rest.split_first() {
        let (length, after) = after.split_first_chunk::<8>().unwrap();
        let (bytes, after) = after.split_at(usize::try_from(u64::from_be_bytes(*length)).unwrap());
        sections.push((*kind, bytes));
        rest = after;
    }
    sections
}
