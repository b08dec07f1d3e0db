use chaperone_protocol::{ClientKind, Credential, Route, Ticket};
use chaperone_seals::{Digest, Nonce, OpeningKey, SigningKey, signed};
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::house::{HOST_KEY, House};
use crate::recorder::{Device, bytes, link, post};

#[tokio::test]
async fn a_ticket_becomes_instructions_and_a_session() {
    let house = House::with_people().await;
    let secret = house.secret("db01 root").await;
    let user = house.login("user").await;
    let device = Device::enrol(&house, &user, 1).await;
    let session = device.redeem(&house, &link(&user, &secret).await, 1).await;

    let Route::Direct { host, port, account, credential } = &session.instructions.route;
    assert_eq!((host.as_str(), *port, account.as_str()), ("db01", 22, "root"));
    let Credential::Password(password) = credential else { panic!("a password") };
    assert_eq!(password.expose(), "hunter2 is the value");
    let ClientKind::Ssh(ssh) = &session.instructions.client else { panic!("ssh") };
    assert_eq!(ssh.host_key, HOST_KEY);
    let opening = &session.opening;
    assert_eq!((opening.user_name.as_str(), opening.secret_name.as_str()), ("user", "db01 root"));
    assert_eq!((opening.target.as_str(), opening.device), ("db01:22", device.key.public().id()));
    assert_eq!(opening.policy, session.instructions.policy.hash());
    assert_eq!(opening.tracks.len(), 1);

    let listed = user.json("/api/sessions").await;
    assert_eq!(listed["sessions"][0]["id"], session.id().to_string());
    assert_eq!(listed["sessions"][0]["state"], "opening");
    assert_eq!(listed["sessions"][0]["title"], "db01 root");
    let shown = user.json(&format!("/api/sessions/{}", session.id())).await;
    assert_eq!(shown["opening_hash"], Digest::of(&session.instructions.opening).to_string());
}

#[tokio::test]
async fn the_same_request_gets_the_same_answer_and_another_one_ends_the_session() {
    let house = House::with_people().await;
    let secret = house.secret("db01").await;
    let user = house.login("user").await;
    let device = Device::enrol(&house, &user, 1).await;
    let link = link(&user, &secret).await;
    let session = device.redeem(&house, &link, 1).await;
    let again = bytes(post(&house, "/wire/redeem", session.request.clone()).await).await;
    assert_eq!(again, session.answer);

    let other = device.redeem_request(&link, 2);
    assert_eq!(post(&house, "/wire/redeem", other).await.problem().await, "ticket-used");
    let sessions = user.json("/api/sessions").await;
    assert_eq!(sessions["sessions"].as_array().unwrap().len(), 1, "no second session");
    // The first one is told to end, and the alarm stands in the log.
    let database = chaperone_database::Database::open(&house.data.join("chaperone.db")).await.unwrap();
    let asked = database.session(session.id()).await.unwrap().unwrap().end_asked.unwrap();
    assert_eq!(asked.cause, chaperone_evidence::EndCause::TicketReused);
    let lines = database.audit_lines(5).await.unwrap();
    assert!(lines.iter().any(|line| line.action == "ticket-reused-alarm"), "{lines:?}");
}

#[tokio::test]
async fn foreign_unknown_and_misdirected_tickets_are_told_apart() {
    let house = House::with_people().await;
    let secret = house.secret("db01").await;
    let user = house.login("user").await;
    let operator = house.login("operator").await;
    let own = Device::enrol(&house, &user, 1).await;
    let foreign = Device::enrol(&house, &operator, 2).await;
    let fresh = link(&user, &secret).await;
    let redeem = async |request: Vec<u8>| post(&house, "/wire/redeem", request).await.problem().await;

    assert_eq!(redeem(foreign.redeem_request(&fresh, 1)).await, "ticket-foreign");
    let stranger = Device { key: SigningKey::from_seed(&[9; 32]), keys: own.keys.clone() };
    assert_eq!(redeem(stranger.redeem_request(&fresh, 1)).await, "device-unknown");
    let mut unknown = fresh.clone();
    unknown.ticket = Ticket::from_bytes([3; 32]);
    assert_eq!(redeem(own.redeem_request(&unknown, 1)).await, "ticket-unknown");
    let mut elsewhere = fresh.clone();
    elsewhere.server = "https://other.example".parse().unwrap();
    assert_eq!(redeem(own.redeem_request(&elsewhere, 1)).await, "other-server");
    let old = chaperone_protocol::RedeemRequest {
        versions: vec![0],
        origin: fresh.server.to_string(),
        ticket: fresh.ticket.clone(),
        launch_key: *OpeningKey::from_seed([1; 32]).sealing_key().public(),
        session_key: SigningKey::from_seed(&[1; 32]).public(),
        nonce: Nonce::from_bytes([1; 16]),
    };
    assert_eq!(redeem(signed::sign(&old, &own.key)).await, "version-unsupported");
    let mut changed = own.redeem_request(&fresh, 1);
    *changed.last_mut().unwrap() ^= 1;
    assert_eq!(redeem(changed).await, "malformed");
    // None of it used the ticket up.
    own.redeem(&house, &fresh, 1).await;
}

#[tokio::test]
async fn a_right_withdrawn_after_the_click_counts() {
    let house = House::with_people().await;
    let secret = house.secret("db01").await;
    let user = house.login("user").await;
    let device = Device::enrol(&house, &user, 1).await;
    let link = link(&user, &secret).await;
    let administrator = house.login("administrator").await;
    let path = format!("/api/secrets/{secret}/rights");
    let answer = administrator.send(Method::PUT, &path, &json!({ "rights": [] })).await;
    answer.expect(StatusCode::NO_CONTENT).await;
    let answer = post(&house, "/wire/redeem", device.redeem_request(&link, 1)).await;
    assert_eq!(answer.problem().await, "launch-withdrawn");
}

#[tokio::test]
async fn an_unrecorded_secret_has_no_tracks() {
    let house = House::with_people().await;
    let user = house.login("user").await;
    let administrator = house.login("administrator").await;
    let mut body =
        crate::house::ssh_secret("quiet", &json!([{ "person": user.id().await, "right": "may-launch" }]));
    body["recorded"] = json!(false);
    let stored = administrator.post("/api/secrets", &body).await.expect(StatusCode::CREATED).await;
    let device = Device::enrol(&house, &user, 1).await;
    let link = link(&user, stored["id"].as_str().unwrap()).await;
    let session = device.redeem(&house, &link, 1).await;
    assert!(session.opening.tracks.is_empty() && session.instructions.policy.recording.is_none());
}

#[tokio::test]
async fn a_secret_that_freezes_says_so_in_its_instructions() {
    let house = House::with_people().await;
    let user = house.login("user").await;
    let administrator = house.login("administrator").await;
    let device = Device::enrol(&house, &user, 1).await;
    let rights = json!([{ "person": user.id().await, "right": "may-launch" }]);
    for (name, freeze) in [("calm", false), ("strict", true)] {
        let mut body = crate::house::ssh_secret(name, &rights);
        body["freeze"] = json!(freeze);
        let stored = administrator.post("/api/secrets", &body).await.expect(StatusCode::CREATED).await;
        let link = link(&user, stored["id"].as_str().unwrap()).await;
        let session = device.redeem(&house, &link, 1).await;
        assert_eq!(session.instructions.policy.loss.freeze, freeze, "{name}");
    }
}

#[tokio::test]
async fn an_expired_ticket_is_refused_by_the_servers_clock() {
    let house = House::with_people().await;
    let secret = house.secret("db01").await;
    let user = house.login("user").await;
    let device = Device::enrol(&house, &user, 1).await;
    let mut link = link(&user, &secret).await;
    // A ticket of a minute ago, as the server would have stored it.
    let ticket = Ticket::from_bytes([5; 32]);
    let database = chaperone_database::Database::open(&house.data.join("chaperone.db")).await.unwrap();
    let now_ms = crate::recorder::now_ms();
    let old = chaperone_database::NewTicket {
        hash: ticket.hash(),
        person: user.id().await.parse().unwrap(),
        secret: secret.parse().unwrap(),
        issued_ms: now_ms - 60_001,
        expires_ms: now_ms - 1,
    };
    let line = chaperone_database::AuditEntry {
        at_ms: now_ms,
        actor: "test".into(),
        action: "launch-asked",
        subject: String::new(),
        detail: "{}".into(),
    };
    database.add_ticket(&old, &line).await.unwrap();
    link.ticket = ticket;
    let answer = post(&house, "/wire/redeem", device.redeem_request(&link, 1)).await;
    assert_eq!(answer.problem().await, "ticket-expired");
}
