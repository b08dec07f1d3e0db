use chaperone_access::Role;
use chaperone_custody::Ending;
use chaperone_evidence::EndReason;
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

async fn state(database: &Database, now_ms: u64) -> &'static str {
    database.session(SESSION).await.unwrap().unwrap().custody.state(now_ms).code()
}

fn head(count: u64) -> TrackHead {
    TrackHead { track: 0, count, head: Digest::of(&count.to_be_bytes()) }
}

fn closing(reason: EndReason, count: u64) -> Closing {
    Closing {
        signed: reason.code().as_bytes().to_vec(),
        ending: Ending::Closed(reason),
        length_ms: Some(3500),
        heads: vec![head(count)],
    }
}

fn stored(numbers: std::ops::Range<u64>) -> Stored {
    Stored { head: head(numbers.end), numbers: vec![numbers], added_bytes: 10, receipt: b"receipt".to_vec() }
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
async fn a_session_lives_by_heartbeats_until_it_is_closed_and_stored() {
    let (_dir, database) = with_session().await;
    assert_eq!(state(&database, 30).await, "opening");
    database.heartbeat(SESSION, b"beat", 3000, &[head(3)], 30).await.unwrap();
    assert_eq!(state(&database, 31).await, "live");

    let end = closing(EndReason::UserEnded, 4);
    assert!(database.close_session(SESSION, &end, 40, &entry("close")).await.unwrap());
    assert!(
        database.close_session(SESSION, &end, 41, &entry("close")).await.unwrap(),
        "the same record again"
    );
    let other = closing(EndReason::ServerLost, 5);
    assert!(!database.close_session(SESSION, &other, 42, &entry("close")).await.unwrap());
    assert_eq!(state(&database, 43).await, "receiving");

    database.stored(SESSION, &stored(0..4), 44).await.unwrap();
    assert_eq!(state(&database, 45).await, "processing");
    let session = database.session(SESSION).await.unwrap().unwrap();
    assert_eq!((session.length_ms, session.size_bytes, session.ended_ms), (3500, 10, Some(40)));
    let generation = session.custody.composition(45).unwrap().generation;
    let composed = Composed { generation, recording_ms: 3500, recording_bytes: 99, gaps: vec![] };
    database.composed(SESSION, composed, 46).await.unwrap();
    assert_eq!(state(&database, 47).await, "ready");
}

#[tokio::test]
async fn the_recorders_own_closing_replaces_a_recovered_one() {
    let (_dir, database) = with_session().await;
    let recovered = Closing {
        signed: b"recovered".to_vec(),
        ending: Ending::Recovered,
        length_ms: None,
        heads: vec![head(2)],
    };
    assert!(database.close_session(SESSION, &recovered, 40, &entry("close")).await.unwrap());
    database.keep_closing_receipt(SESSION, &Digest::of(b"recovered"), b"receipt").await.unwrap();
    assert!(
        database
            .close_session(SESSION, &closing(EndReason::UserEnded, 3), 41, &entry("close"))
            .await
            .unwrap()
    );
    assert!(!database.close_session(SESSION, &recovered, 42, &entry("close")).await.unwrap());
    let session = database.session(SESSION).await.unwrap().unwrap();
    assert_eq!(session.custody.ending(), Some(Ending::Closed(EndReason::UserEnded)));
    assert_eq!(session.closing_receipt, None, "the receipt was for the other record");
}

#[tokio::test]
async fn a_head_never_goes_backwards() {
    let (_dir, database) = with_session().await;
    for (numbers, expected) in [(0..2, 2), (0..1, 2), (2..5, 5)] {
        database.stored(SESSION, &stored(numbers), 30).await.unwrap();
        let track = database.tracks(SESSION).await.unwrap().remove(0);
        assert_eq!(track.head, head(expected));
    }
    assert_eq!(database.session(SESSION).await.unwrap().unwrap().size_bytes, 30);
}

#[tokio::test]
async fn a_state_that_changes_by_itself_is_woken_in_its_time() {
    let (_dir, database) = with_session().await;
    let start_ms = 20 + chaperone_custody::START_MS;
    assert!(database.sessions_to_wake(start_ms - 1).await.unwrap().is_empty());
    assert_eq!(database.sessions_to_wake(start_ms).await.unwrap(), [SESSION]);
    let woken = database.wake_session(SESSION, start_ms).await.unwrap().unwrap();
    assert_eq!(woken.code(), "never-started");
    let filter = SessionFilter { state: Some("never-started".into()), limit: 10, ..Default::default() };
    assert_eq!(database.sessions(&filter).await.unwrap().len(), 1);
    assert!(database.sessions_to_wake(start_ms).await.unwrap().is_empty());
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
    assert_eq!(count(SessionFilter { state: Some("live".into()), ..Default::default() }).await, 0);
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
    lease(3, 300).await.unwrap();
    database.release_jobs().await.unwrap();
    let third = lease(5, 300).await.unwrap();
    assert!(database.finish_job(&third).await.unwrap());
    assert_eq!(lease(4, 999).await, None, "one job, not two");
}

#[tokio::test]
async fn an_end_can_be_asked_for_until_the_session_closed() {
    let (_dir, database) = with_session().await;
    assert!(database.ask_end(SESSION, "maintenance", &entry("end")).await.unwrap());
    assert_eq!(database.session(SESSION).await.unwrap().unwrap().end_asked.as_deref(), Some("maintenance"));
    let end = closing(EndReason::ClientExited, 0);
    assert!(database.close_session(SESSION, &end, 40, &entry("close")).await.unwrap());
    assert!(!database.ask_end(SESSION, "again", &entry("end")).await.unwrap());
}
