use chaperone_access::Role;
use uuid::Uuid;

use super::*;
use crate::audit::tests::entry;
use crate::database::tests::fresh;
use crate::devices::tests::new_device;
use crate::people::tests::new_person;
use crate::secrets::tests::new_secret;
use crate::{JobKind, NewTicket};

const SESSION: SessionId = SessionId::new(Uuid::from_u128(100));

/// A database with one person, device, secret and unused ticket.
async fn with_ticket() -> (tempfile::TempDir, Database, NewTicket) {
    let (dir, database) = fresh().await;
    let ada = new_person(1, "ada", Role::User);
    database.add_person(&ada, &entry("add")).await.unwrap();
    let code = Digest::of(b"code");
    database.add_enrolment(&code, ada.id, 100, &entry("code")).await.unwrap();
    database.enrol(&code, &new_device(2), 1, &entry("enrol")).await.unwrap();
    let secret = new_secret(3, "db01 root", vec![]);
    database.add_secret(&secret, &entry("secret")).await.unwrap();
    let ticket = NewTicket {
        hash: Digest::of(b"ticket"),
        person: ada.id,
        secret: secret.entry.id,
        issued_ms: 10,
        expires_ms: 70,
    };
    database.add_ticket(&ticket, &entry("ticket")).await.unwrap();
    (dir, database, ticket)
}

fn new_session(ticket: &NewTicket) -> NewSession {
    NewSession {
        id: SESSION,
        person: ticket.person,
        secret: ticket.secret,
        device: new_device(2).id,
        opening: b"opening".to_vec(),
        tracks: vec![NewTrack { track: 0, kind: TrackKind::Video }],
        opened_ms: 20,
    }
}

async fn with_session() -> (tempfile::TempDir, Database) {
    let (dir, database, ticket) = with_ticket().await;
    let request = Digest::of(b"request");
    assert!(
        database
            .redeem(&ticket.hash, &request, b"answer", &new_session(&ticket), &entry("redeem"))
            .await
            .unwrap()
    );
    (dir, database)
}

async fn state(database: &Database) -> SessionState {
    database.session(SESSION).await.unwrap().unwrap().state
}

#[tokio::test]
async fn a_ticket_opens_one_session() {
    let (_dir, database, ticket) = with_ticket().await;
    let request = Digest::of(b"request");
    let session = new_session(&ticket);
    assert!(database.redeem(&ticket.hash, &request, b"answer", &session, &entry("redeem")).await.unwrap());
    let second = NewSession { id: SessionId::new(Uuid::from_u128(101)), ..session };
    assert!(!database.redeem(&ticket.hash, &request, b"other", &second, &entry("redeem")).await.unwrap());
    assert!(database.session(second.id).await.unwrap().is_none(), "nothing is left of the refused one");

    let redeemed = database.ticket(&ticket.hash).await.unwrap().unwrap().redeemed.unwrap();
    assert_eq!((redeemed.session, redeemed.request_hash), (SESSION, request));
    assert_eq!(redeemed.answer.as_deref(), Some(&b"answer"[..]));
    database.forget_answers(21).await.unwrap();
    assert_eq!(database.ticket(&ticket.hash).await.unwrap().unwrap().redeemed.unwrap().answer, None);
}

#[tokio::test]
async fn a_session_lives_by_heartbeats_until_it_is_closed() {
    let (_dir, database) = with_session().await;
    assert_eq!(state(&database).await, SessionState::Opening);
    let head = TrackHead { track: 0, count: 3, head: Digest::of(b"3") };
    database.heartbeat(SESSION, b"beat", 3000, &[head], 30).await.unwrap();
    assert_eq!(state(&database).await, SessionState::Live);
    assert_eq!(database.tracks(SESSION).await.unwrap()[0].announced, 3);

    assert!(database.move_session(SESSION, SessionState::Live, SessionState::Receiving).await.unwrap());
    assert!(!database.move_session(SESSION, SessionState::Live, SessionState::Receiving).await.unwrap());

    let closing = Closing {
        signed: b"closing".to_vec(),
        recovered: false,
        reason: "user-ended",
        length_ms: Some(3500),
        heads: vec![TrackHead { count: 4, ..head }],
        now_ms: 40,
    };
    assert!(database.close_session(SESSION, &closing, &entry("close")).await.unwrap());
    assert!(
        database.close_session(SESSION, &closing, &entry("close")).await.unwrap(),
        "the same record again"
    );
    let other = Closing { signed: b"other".to_vec(), ..closing };
    assert!(!database.close_session(SESSION, &other, &entry("close")).await.unwrap());
    database.heartbeat(SESSION, b"late", 9000, &[], 50).await.unwrap();
    let session = database.session(SESSION).await.unwrap().unwrap();
    assert_eq!((session.state, session.end_reason.as_deref()), (SessionState::Receiving, Some("user-ended")));
    assert_eq!(database.tracks(SESSION).await.unwrap()[0].announced, 4);
}

#[tokio::test]
async fn what_is_stored_never_goes_backwards() {
    let (_dir, database) = with_session().await;
    for (count, expected) in [(2, 2), (1, 2), (5, 5)] {
        let head = Digest::of(&[u8::try_from(count).unwrap()]);
        let progress = TrackProgress {
            stored: TrackHead { track: 0, count, head },
            held_above: 0,
            added_bytes: 10,
            receipt: b"receipt".to_vec(),
        };
        database.track_stored(SESSION, &progress, 30).await.unwrap();
        let track = database.tracks(SESSION).await.unwrap().remove(0);
        assert_eq!(track.stored.count, expected);
        assert_eq!(track.stored.head, Digest::of(&[u8::try_from(expected).unwrap()]));
    }
    assert_eq!(database.session(SESSION).await.unwrap().unwrap().size_bytes, 30);
}

#[tokio::test]
async fn gaps_make_a_recording_incomplete_and_a_new_composition_replaces_them() {
    let (_dir, database) = with_session().await;
    let gap = GapRow { track: 0, from_ms: 1, to_ms: 2, cause: "asleep".into() };
    let with_gap = Composed { recording_ms: 5, recording_bytes: 6, gaps: vec![gap.clone()] };
    database.composition_failed(SESSION, "no video", 99).await.unwrap();
    assert_eq!(state(&database).await, SessionState::Failed);
    database.composed(SESSION, &with_gap).await.unwrap();
    assert_eq!(state(&database).await, SessionState::Incomplete);
    assert_eq!(database.gaps(SESSION).await.unwrap(), [gap]);
    assert_eq!(database.session(SESSION).await.unwrap().unwrap().gap_count, 1);
    database.composed(SESSION, &Composed { gaps: vec![], ..with_gap }).await.unwrap();
    assert_eq!(state(&database).await, SessionState::Ready);
    assert!(database.gaps(SESSION).await.unwrap().is_empty());
}

#[tokio::test]
async fn lists_are_filtered_and_paged() {
    let (_dir, database) = with_session().await;
    let count = async |filter: SessionFilter| {
        database.sessions(&SessionFilter { limit: 10, ..filter }).await.unwrap().len()
    };
    assert_eq!(count(SessionFilter::default()).await, 1);
    assert_eq!(count(SessionFilter { text: Some("DB01".into()), ..Default::default() }).await, 1);
    assert_eq!(count(SessionFilter { text: Some("%".into()), ..Default::default() }).await, 0);
    assert_eq!(count(SessionFilter { state: Some(SessionState::Live), ..Default::default() }).await, 0);
    assert_eq!(count(SessionFilter { before: Some(SESSION), ..Default::default() }).await, 0);
    let other = Some(UserId::new(Uuid::from_u128(9)));
    assert_eq!(count(SessionFilter { person: other, ..Default::default() }).await, 0);
}

#[tokio::test]
async fn an_expired_lease_is_anybodys_and_the_old_holder_cannot_finish() {
    let (_dir, database) = with_session().await;
    let kind = JobKind::Compose;
    database.add_job(kind, SESSION, 100).await.unwrap();
    database.add_job(kind, SESSION, 200).await.unwrap();
    let lease = |number: u128, now| {
        let database = database.clone();
        async move { database.lease_job(kind, Uuid::from_u128(number), now, 50).await.unwrap() }
    };
    assert_eq!(lease(1, 99).await, None, "not due");
    let first = lease(1, 100).await.unwrap();
    assert_eq!(lease(2, 149).await, None, "held");
    let second = lease(2, 150).await.unwrap();
    assert_eq!((first.tries, second.tries), (0, 1));
    assert!(!database.finish_job(&first).await.unwrap());
    assert!(database.put_job_back(&second, 300).await.unwrap());
    assert_eq!(lease(3, 299).await, None);
    let third = lease(3, 300).await.unwrap();
    assert!(database.finish_job(&third).await.unwrap());
    assert_eq!(lease(4, 999).await, None, "one job, not two");
}

#[tokio::test]
async fn an_end_can_be_asked_for_until_the_session_closed() {
    let (_dir, database) = with_session().await;
    assert!(database.ask_end(SESSION, "maintenance", &entry("end")).await.unwrap());
    assert_eq!(database.session(SESSION).await.unwrap().unwrap().end_asked.as_deref(), Some("maintenance"));
    database
        .composed(SESSION, &Composed { recording_ms: 1, recording_bytes: 1, gaps: vec![] })
        .await
        .unwrap();
    assert!(!database.ask_end(SESSION, "again", &entry("end")).await.unwrap());
}
