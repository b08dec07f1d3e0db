//! The audit log and its alarms, read through the console's interface.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::house::House;
use crate::recorder::{Device, link, post};

/// A house in which one ticket was used twice; answers the session of its first use.
async fn house_with_alarm() -> (House, String) {
    let house = House::with_people().await;
    let secret = house.secret("db01 root").await;
    let user = house.login("user").await;
    let device = Device::enrol(&house, &user, 1).await;
    let link = link(&user, &secret).await;
    let session = device.redeem(&house, &link, 1).await;
    let second = device.redeem_request(&link, 2);
    assert_eq!(post(&house, "/wire/redeem", second).await.problem().await, "ticket-used");
    (house, session.id().to_string())
}

#[tokio::test]
async fn the_log_is_for_auditors_and_administrators() {
    let (house, _) = house_with_alarm().await;
    let alarm = house.login("auditor").await.json("/api/alarms").await["newest"][0]["id"].clone();
    let acknowledge = format!("/api/alarms/{alarm}/acknowledge");
    let nobody = house.nobody();
    assert_eq!(nobody.get("/api/audit").await.problem().await, "login-needed");
    assert_eq!(nobody.get("/api/alarms").await.problem().await, "login-needed");
    assert_eq!(nobody.post(&acknowledge, &json!({})).await.problem().await, "login-needed");
    for role in ["user", "operator"] {
        let caller = house.login(role).await;
        assert_eq!(caller.json("/api/me").await["audits"], false, "{role}");
        assert_eq!(caller.get("/api/audit").await.problem().await, "forbidden", "{role}");
        assert_eq!(caller.get("/api/alarms").await.problem().await, "forbidden", "{role}");
        assert_eq!(caller.post(&acknowledge, &json!({})).await.problem().await, "forbidden", "{role}");
    }
    for role in ["auditor", "administrator"] {
        let caller = house.login(role).await;
        assert_eq!(caller.json("/api/me").await["audits"], true, "{role}");
        caller.get("/api/audit").await.expect(StatusCode::OK).await;
        assert_eq!(caller.json("/api/alarms").await["count"], 1, "{role}: refusals acknowledged nothing");
    }
}

#[tokio::test]
async fn an_alarm_names_its_session_until_somebody_acknowledges_it() {
    let (house, session) = house_with_alarm().await;
    let auditor = house.login("auditor").await;
    let open = auditor.json("/api/alarms").await;
    let alarm = &open["newest"][0];
    assert_eq!((&open["count"], &alarm["action"]), (&json!(1), &json!("ticket-reused-alarm")));
    let whose = json!({ "id": session, "title": "db01 root", "user_name": "user" });
    assert_eq!((&alarm["session"], &alarm["person"]), (&whose, &json!("user")));
    assert!(alarm["actor"].as_str().unwrap().starts_with("user’s device "), "{alarm}");
    assert_eq!(auditor.json("/api/audit?alarms=true").await["lines"], json!([alarm]));

    let path = format!("/api/alarms/{}/acknowledge", alarm["id"]);
    auditor.post(&path, &json!({})).await.expect(StatusCode::NO_CONTENT).await;
    assert_eq!(auditor.post(&path, &json!({})).await.problem().await, "conflict");
    for stranger in ["1", "99999", "018446744073709551616", "x"] {
        let path = format!("/api/alarms/{stranger}/acknowledge");
        assert_eq!(auditor.post(&path, &json!({})).await.problem().await, "not-found", "{stranger}");
    }
    assert_eq!(auditor.json("/api/alarms").await, json!({ "count": 0, "newest": [] }));
    let page = auditor.json("/api/audit?limit=2").await;
    assert_eq!(
        (&page["lines"][0]["action"], &page["lines"][0]["actor"]),
        (&json!("alarm-acknowledged"), &json!("auditor"))
    );
    assert_eq!(
        (&page["lines"][0]["subject"], &page["open_alarms"]),
        (&json!(alarm["id"].to_string()), &json!(0))
    );
    let kept = auditor.json("/api/audit?alarms=true").await["lines"][0].clone();
    assert_eq!(kept["acknowledged"]["by"], "auditor");
}

#[tokio::test]
async fn pages_follow_each_other_without_hole_or_repeat() {
    let (house, _) = house_with_alarm().await;
    let auditor = house.login("auditor").await;
    let whole = auditor.json("/api/audit?limit=100000").await;
    let lines = whole["lines"].as_array().unwrap();
    assert!(lines.len() > 6 && whole["next"].is_null(), "{whole}");
    assert_eq!(whole["chain"]["is"], "unbroken");
    assert_eq!((&whole["chain"]["lines"], &whole["chain"]["head"]), (&json!(lines.len()), &lines[0]["hash"]));

    let mut paged = Vec::new();
    let mut path = "/api/audit?limit=3".to_owned();
    for _ in 0..lines.len() {
        let page = auditor.json(&path).await;
        assert_eq!(page["chain"].is_null(), !paged.is_empty(), "the chain is walked once");
        paged.extend(page["lines"].as_array().unwrap().clone());
        let Some(next) = page["next"].as_u64() else { break };
        path = format!("/api/audit?limit=3&before={next}");
    }
    assert_eq!(&paged, lines);
    for wrong in ["before=x", "alarms=maybe", "limit=-1", "other=1"] {
        let answer = auditor.get(&format!("/api/audit?{wrong}")).await;
        assert_eq!(answer.problem().await, "malformed", "{wrong}");
    }
}

#[tokio::test]
async fn a_line_changed_behind_the_servers_back_is_told() {
    let (mut house, _) = house_with_alarm().await;
    let told = house.login("auditor").await.json("/api/audit").await;
    let line =
        told["lines"].as_array().unwrap().iter().find(|line| line["action"] == "person-added").unwrap();
    let detail: Vec<Value> = line["detail"].as_array().unwrap().clone();
    assert!(detail.contains(&json!({ "name": "name", "value": "operator" })), "{detail:?}");
    house.end().await;
    let database = house.data.join("chaperone.db");
    let bytes = std::fs::read(&database).unwrap();
    let (old, new) = (br#"{"name":"operator","#, br#"{"name":"0perator","#);
    let at = bytes.windows(old.len()).position(|window| window == old).unwrap();
    let changed = [&bytes[..at], new, &bytes[at + old.len()..]].concat();
    std::fs::write(&database, changed).unwrap();
    let house = house.restart().await;
    let told = house.login("auditor").await.json("/api/audit").await;
    assert_eq!(told["chain"], json!({ "is": "broken", "line": line["id"] }));
}
