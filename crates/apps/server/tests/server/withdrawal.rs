//! What is withdrawn while a session runs ends it, with its cause and words.

use chaperone_evidence::{Command, EndCause, Heartbeat, Pulse};
use chaperone_seals::{KeyRole, Nonce, signed};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::house::{Caller, House, PASSWORD};
use crate::recorder::{Device, Session, bytes, link, post};

struct Running {
    house: House,
    administrator: Caller,
    user: Caller,
    user_id: String,
    secret: String,
    device: Device,
    session: Session,
}

async fn running() -> Running {
    let house = House::with_people().await;
    let secret = house.secret("db01").await;
    let (administrator, user) = (house.login("administrator").await, house.login("user").await);
    let user_id = user.id().await;
    let device = Device::enrol(&house, &user, 1).await;
    let session = device.redeem(&house, &link(&user, &secret).await, 1).await;
    Running { house, administrator, user, user_id, secret, device, session }
}

impl Running {
    async fn change(&self, method: Method, path: &str, body: &Value) {
        self.administrator.send(method, path, body).await.expect(StatusCode::NO_CONTENT).await;
    }

    /// What the next pulse asks.
    async fn asked(&self) -> Option<Command> {
        let nonce = Nonce::from_bytes([1; 16]);
        let session = self.session.id();
        let beat = Heartbeat { session, nonce, at_ms: 1000, tracks: Vec::new(), shown: None };
        let beat = signed::sign(&beat, &self.session.key);
        let answer = bytes(post(&self.house, &format!("/wire/control/{session}"), beat).await).await;
        let pulse: Pulse = signed::verify(&answer, &self.device.server_key(KeyRole::Receipt)).unwrap();
        pulse.command
    }

    async fn check(&self, cause: EndCause) {
        let Some(Command::End { cause: asked, words }) = self.asked().await else {
            panic!("no end for {cause:?}")
        };
        assert_eq!((asked, words.as_str()), (cause, "Withdrawn by administrator."));
        let page = self.administrator.json(&format!("/api/sessions/{}", self.session.id())).await;
        assert_eq!(page["summary"]["end_asked"], cause.code());
        assert_eq!(page["summary"]["title"], "db01", "the session keeps its name: {page}");
        let database =
            chaperone_database::Database::open(&self.house.data.join("chaperone.db")).await.unwrap();
        let line = database.audit_lines(1).await.unwrap().remove(0);
        assert_eq!(
            (line.action.as_str(), line.subject),
            ("session-end-asked", self.session.id().to_string())
        );
        assert!(line.detail.contains(cause.code()), "{}", line.detail);
    }
}

#[tokio::test]
async fn a_revoked_device() {
    let running = running().await;
    let device = running.user.json("/api/devices").await[0].clone();
    assert_eq!(device["running"], 1);
    running
        .change(Method::DELETE, &format!("/api/devices/{}", device["id"].as_str().unwrap()), &json!({}))
        .await;
    running.check(EndCause::DeviceWithdrawn).await;
}

#[tokio::test]
async fn a_right_withdrawn_or_cut_down_to_seeing() {
    for right in [json!([]), json!("may-see")] {
        let running = running().await;
        let rights = match right.as_str() {
            Some(right) => json!([{ "person": running.user_id, "right": right }]),
            None => right,
        };
        let path = format!("/api/secrets/{}/rights", running.secret);
        running.change(Method::PUT, &path, &json!({ "rights": rights })).await;
        running.check(EndCause::RightWithdrawn).await;
    }
}

#[tokio::test]
async fn rights_of_others_changed_end_nothing() {
    let running = running().await;
    let path = format!("/api/secrets/{}/rights", running.secret);
    let operator = running.house.login("operator").await.id().await;
    let rights = json!([
        { "person": running.user_id, "right": "may-launch" },
        { "person": operator, "right": "may-launch" },
    ]);
    running.change(Method::PUT, &path, &json!({ "rights": rights })).await;
    assert_eq!(running.asked().await, None);
}

#[tokio::test]
async fn a_removed_secret() {
    let running = running().await;
    assert_eq!(running.administrator.json("/api/secrets").await[0]["running"], 1);
    running.change(Method::DELETE, &format!("/api/secrets/{}", running.secret), &json!({})).await;
    running.check(EndCause::RightWithdrawn).await;
}

#[tokio::test]
async fn a_person_disabled_or_removed() {
    for removed in [false, true] {
        let running = running().await;
        let path = format!("/api/people/{}", running.user_id);
        if removed {
            running.change(Method::DELETE, &path, &json!({})).await;
        } else {
            let body = json!({ "name": "user", "role": "user", "disabled": true });
            running.change(Method::PUT, &path, &body).await;
        }
        running.check(EndCause::UserWithdrawn).await;
        // Nobody gets in again, by any door.
        assert_eq!(running.user.get("/api/me").await.problem().await, "login-needed");
        let login = json!({ "name": "user", "password": PASSWORD });
        assert_eq!(running.house.nobody().post("/api/login", &login).await.problem().await, "login-failed");
        // What was recorded is still taken: the session key is its authority.
        let closing = running.session.closing(EndCause::UserWithdrawn.reason(), 1000);
        bytes(post(&running.house, "/wire/close", closing).await).await;
        let page = running.administrator.json(&format!("/api/sessions/{}", running.session.id())).await;
        assert_eq!(
            (&page["summary"]["end_reason"], &page["summary"]["user_name"]),
            (&"user-withdrawn".into(), &"user".into())
        );
    }
}

#[tokio::test]
async fn a_role_that_launches_nothing() {
    let running = running().await;
    let body = json!({ "name": "user", "role": "auditor", "disabled": false });
    running.change(Method::PUT, &format!("/api/people/{}", running.user_id), &body).await;
    running.check(EndCause::RightWithdrawn).await;
}

#[tokio::test]
async fn what_is_withdrawn_on_the_command_line_counts_as_well() {
    let running = running().await;
    let id = running.user.json("/api/devices").await[0]["id"].as_str().unwrap().to_owned();
    assert!(running.house.run(&["device", "revoke", &id], "").status.success());
    let Some(Command::End { cause, words }) = running.asked().await else { panic!("no end") };
    assert_eq!(
        (cause, words.as_str()),
        (EndCause::DeviceWithdrawn, "Withdrawn by the server's command line.")
    );
}

#[tokio::test]
async fn tickets_and_codes_of_somebody_disabled_are_worth_nothing() {
    let running = running().await;
    let (ticket, code) =
        (link(&running.user, &running.secret).await, crate::recorder::code(&running.user).await);
    let body = json!({ "name": "user", "role": "user", "disabled": true });
    running.change(Method::PUT, &format!("/api/people/{}", running.user_id), &body).await;
    let redeem = post(&running.house, "/wire/redeem", running.device.redeem_request(&ticket, 2)).await;
    assert_eq!(redeem.problem().await, "launch-withdrawn");
    let enrol = crate::recorder::enrol_request(&code, &chaperone_seals::SigningKey::from_seed(&[7; 32]));
    let enrol = post(&running.house, "/wire/enrol", enrol).await;
    assert_eq!(enrol.problem().await, "enrolment-code-invalid");
}
