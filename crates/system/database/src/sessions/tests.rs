use chaperone_access::{Role, SecretRight};
use chaperone_custody::{Ending, State};
use chaperone_evidence::{EndCause, EndReason};
use uuid::Uuid;

use super::*;
use crate::audit::tests::entry;
use crate::database::tests::fresh;
use crate::devices::tests::new_device;
use crate::ends::tests::withdrawal;
use crate::people::tests::new_person;
use crate::secrets::tests::new_secret;
use crate::{EndNoted, JobKind, NewTicket, PersonChange, PersonChanged, TicketUse};

const SESSION: SessionId = SessionId::new(Uuid::from_u128(100));

/// A database with one person, device, secret and unused ticket.
async fn with_ticket() -> (tempfile::TempDir, Database, NewTicket) {
    let (dir, database) = fresh().await;
    let ada = new_person(1, "ada", Role::User);
    database.add_person(&ada, &entry("add")).await.unwrap();
    let code = Digest::of(b"code");
    database.add_enrolment(&code, ada.id, 100, &entry("code")).await.unwrap();
    database.enrol(&code, &new_device(2), 1, &entry("enrol")).await.unwrap();
    let secret = new_secret(3, "db01 root", vec![(ada.id, SecretRight::MayLaunch)]);
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
        secret: SecretRow { id: ticket.secret, ..new_secret(3, "db01 root", vec![]).entry },
        device: new_device(2).id,
        opening: b"opening".to_vec(),
        tracks: vec![NewTrack { track: 0, kind: TrackKind::Video }],
        opened_ms: 20,
    }
}

async fn with_session() -> (tempfile::TempDir, Database) {
    let (dir, database, ticket) = with_ticket().await;
    assert_eq!(redeem(&database, &ticket, &new_session(&ticket)).await, TicketUse::Done);
    (dir, database)
}

async fn redeem(database: &Database, ticket: &NewTicket, session: &NewSession) -> TicketUse {
    let request = Digest::of(b"request");
    let line = entry("redeem");
    database.redeem(&ticket.hash, &request, b"answer", Role::User, session, &line).await.unwrap()
}

/// The code of the cause for which the session is asked to end, if it is.
async fn end_asked(database: &Database) -> Option<EndCause> {
    database.session(SESSION).await.unwrap().unwrap().end_asked.map(|end| end.cause)
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
    let session = new_session(&ticket);
    assert_eq!(redeem(&database, &ticket, &session).await, TicketUse::Done);
    let second = NewSession { id: SessionId::new(Uuid::from_u128(101)), ..session };
    assert_eq!(redeem(&database, &ticket, &second).await, TicketUse::UsedBefore);
    assert!(database.session(second.id).await.unwrap().is_none(), "nothing is left of the refused one");

    let redeemed = database.ticket(&ticket.hash).await.unwrap().unwrap().redeemed.unwrap();
    assert_eq!((redeemed.session, redeemed.request_hash), (SESSION, Digest::of(b"request")));
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
    let film = ComposedFilm { length_ms: 3500, bytes: 99, hash: Digest::of(b"film") };
    let composed = Composed { generation, gaps: vec![], film: Some(film) };
    database.add_job(JobKind::Compose, SESSION, 45).await.unwrap();
    let job = |lease, now_ms| database.lease_job(JobKind::Compose, Uuid::from_u128(lease), now_ms, 10);
    let slow = job(1, 46).await.unwrap().unwrap();
    let next = job(2, 56).await.unwrap().unwrap();
    let kept = |job, now_ms| database.composed(job, composed.clone(), now_ms);
    assert_eq!(kept(&slow, 57).await.unwrap(), Settled::JobLost);
    let failed = database.composing_failed(&slow, generation, "slow".into(), 57).await.unwrap();
    assert_eq!((failed, state(&database, 57).await), (Settled::JobLost, "processing"));
    assert_eq!(kept(&next, 58).await.unwrap(), Settled::Kept(Some(State::Ready)));
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
    assert!(!database.renew_job(&first, 500).await.unwrap(), "it is somebody else's now");
    assert!(database.renew_job(&second, 250).await.unwrap());
    assert_eq!(lease(6, 249).await, None, "held for longer");
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
async fn an_end_can_be_asked_for_once_and_until_the_session_closed() {
    let (_dir, database) = with_session().await;
    let end = |words: &str| EndAsked { cause: EndCause::Operator, words: words.into() };
    let ask = async |words| database.ask_end(SESSION, &end(words), &entry("end")).await.unwrap();
    assert_eq!(ask("maintenance").await, EndNoted::Done);
    assert_eq!(ask("again").await, EndNoted::AlreadyAsked);
    let session = database.session(SESSION).await.unwrap().unwrap();
    assert_eq!(session.end_asked, Some(end("maintenance")));
    let closed = closing(EndReason::ClientExited, 0);
    assert!(database.close_session(SESSION, &closed, 40, &entry("close")).await.unwrap());
    assert_eq!(ask("too late").await, EndNoted::Over);
}

#[tokio::test]
async fn what_is_withdrawn_ends_what_runs_under_it() {
    let person = new_person(1, "ada", Role::User).id;
    let secret = new_secret(3, "db01 root", vec![]).entry.id;
    for cause in [EndCause::UserWithdrawn, EndCause::DeviceWithdrawn, EndCause::RightWithdrawn] {
        let (_dir, database) = with_session().await;
        let root = new_person(9, "root", Role::Administrator);
        database.add_person(&root, &entry("add")).await.unwrap();
        let withdrawal = withdrawal(cause);
        let ended = match cause {
            EndCause::UserWithdrawn => match database.remove_person(person, 50, &withdrawal).await.unwrap() {
                PersonChanged::Done { ended } => ended,
                refused @ (PersonChanged::NotFound
                | PersonChanged::NameTaken
                | PersonChanged::LastAdministrator) => panic!("{refused:?}"),
            },
            EndCause::DeviceWithdrawn => {
                database.revoke_device(new_device(2).id, 50, &withdrawal).await.unwrap().unwrap()
            }
            EndCause::RightWithdrawn
            | EndCause::Operator
            | EndCause::TicketReused
            | EndCause::ServerPolicy => {
                database.replace_rights(secret, &[], 50, &withdrawal).await.unwrap().unwrap()
            }
        };
        assert_eq!(ended, [SESSION], "{cause:?}");
        assert_eq!(end_asked(&database).await, Some(cause));
        let lines = database.audit_lines(2).await.unwrap();
        assert_eq!(
            (lines[0].subject.as_str(), lines[1].action.as_str()),
            (SESSION.to_string().as_str(), "change")
        );
    }
}

#[tokio::test]
async fn a_right_that_stays_and_a_session_long_silent_end_nothing() {
    let (_dir, database) = with_session().await;
    let (ada, secret) = (new_person(1, "ada", Role::User).id, new_secret(3, "x", vec![]).entry.id);
    let withdrawal = withdrawal(EndCause::RightWithdrawn);
    let kept = database.replace_rights(secret, &[(ada, SecretRight::MayLaunch)], 50, &withdrawal).await;
    assert_eq!(kept.unwrap(), Some(vec![]));
    let later = 21 + chaperone_custody::PATIENCE_MS;
    assert_eq!(database.remove_secret(secret, later, &withdrawal).await.unwrap(), Some(vec![]));
    assert_eq!(end_asked(&database).await, None);
}

#[tokio::test]
async fn a_withdrawal_between_looking_and_redeeming_counts() {
    for withdraw in 0..4 {
        let (_dir, database, ticket) = with_ticket().await;
        let root = new_person(9, "root", Role::Administrator);
        database.add_person(&root, &entry("add")).await.unwrap();
        let withdrawal = withdrawal(EndCause::UserWithdrawn);
        let change = PersonChange { name: "ada".into(), role: Role::Auditor, disabled: false };
        match withdraw {
            0 => drop(database.revoke_device(new_device(2).id, 15, &withdrawal).await.unwrap()),
            1 => drop(database.replace_rights(ticket.secret, &[], 15, &withdrawal).await.unwrap()),
            2 => drop(database.remove_person(ticket.person, 15, &withdrawal).await.unwrap()),
            _ => drop(database.change_person(ticket.person, &change, true, 15, &withdrawal).await.unwrap()),
        }
        assert_eq!(
            redeem(&database, &ticket, &new_session(&ticket)).await,
            TicketUse::Withdrawn,
            "{withdraw}"
        );
        assert!(database.session(SESSION).await.unwrap().is_none());
    }
}

#[tokio::test]
async fn messages_are_told_in_order_until_they_were_shown() {
    let (_dir, database) = with_session().await;
    for (text, number) in [("one", 1), ("two", 2)] {
        assert_eq!(database.add_message(SESSION, text, 30, &entry("message")).await.unwrap(), Some(number));
    }
    assert!(database.messages_shown(SESSION, 1, 40).await.unwrap());
    assert!(!database.messages_shown(SESSION, 1, 50).await.unwrap());
    assert_eq!(database.next_message(SESSION).await.unwrap().unwrap().text, "two");
    let shown: Vec<_> =
        database.messages(SESSION).await.unwrap().into_iter().map(|row| row.shown_ms).collect();
    assert_eq!(shown, [Some(40), None]);
    let end = closing(EndReason::ClientExited, 0);
    database.close_session(SESSION, &end, 60, &entry("close")).await.unwrap();
    assert_eq!(database.add_message(SESSION, "late", 61, &entry("message")).await.unwrap(), None);
}

#[tokio::test]
async fn an_overtaken_heartbeat_does_not_replace_a_newer_one() {
    let (_dir, database) = with_session().await;
    database.heartbeat(SESSION, b"second", 2000, &[head(2)], 30).await.unwrap();
    database.heartbeat(SESSION, b"first", 1000, &[head(1)], 31).await.unwrap();
    let session = database.session(SESSION).await.unwrap().unwrap();
    assert_eq!(session.heartbeat.as_deref(), Some(&b"second"[..]));
    assert_eq!((session.length_ms, session.last_heartbeat_ms), (2000, Some(31)));
}
