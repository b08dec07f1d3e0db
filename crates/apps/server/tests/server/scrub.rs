//! Stored record that rots.

use std::time::{Duration, Instant};

use chaperone_evidence::EndReason;
use chaperone_server::Scrub;
use reqwest::StatusCode;
use serde_json::json;

use crate::house::{House, Setting};
use crate::record::{opened, wait_for};
use crate::recorder::{bytes, post};

#[tokio::test]
async fn damage_to_stored_record_is_found_told_once_and_shown_as_a_gap() {
    let often = Scrub { round: Some(Duration::from_millis(50)), ..Scrub::default() };
    let house = House::set(Setting { scrub: often, ..Setting::default() }).await;
    let (user, _, mut session) = opened(&house).await;
    let segments = session.film(0..4);
    bytes(post(&house, "/wire/segments", segments.concat()).await).await;
    bytes(post(&house, "/wire/close", session.closing(EndReason::UserEnded, 4000)).await).await;
    wait_for(&user, &session, &["ready"]).await;

    // The last byte of the third second's payload, while the server runs.
    let log = house.data.join(format!("segments/{}/segments", session.id()));
    let mut rotten = std::fs::read(&log).unwrap();
    let at = segments[..3].iter().map(Vec::len).sum::<usize>() - 1;
    rotten[at] ^= 1;
    std::fs::write(&log, rotten).unwrap();

    let page = wait_for(&user, &session, &["incomplete"]).await;
    let gaps: Vec<_> = page["gaps"].as_array().unwrap().iter().collect();
    assert_eq!(gaps.len(), 1, "{page}");
    assert_eq!((&gaps[0]["from_ms"], &gaps[0]["to_ms"]), (&json!(2000), &json!(3000)));
    assert!(gaps[0].to_string().contains("damaged"), "{}", gaps[0]);
    let film = user.get(&format!("/api/sessions/{}/recording.mp4", session.id())).await;
    assert_eq!(film.0.status(), StatusCode::OK, "the other seconds play");

    // Two more rounds, by the database's own word.
    let auditor = house.login("auditor").await;
    for _ in 0..2 {
        let (before, deadline) = (proven_ms(&house).await, Instant::now() + Duration::from_secs(20));
        while proven_ms(&house).await == before {
            assert!(Instant::now() < deadline, "it is not proven again");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    let alarms = auditor.json("/api/alarms").await;
    assert_eq!(alarms["count"], 1, "{alarms}");
    let alarm = &alarms["newest"][0];
    assert_eq!(
        (&alarm["action"], &alarm["session"]["id"]),
        (&json!("record-damaged"), &json!(session.id().to_string()))
    );
    assert!(alarm["detail"].to_string().contains("track 0: 2 to 2"), "{alarm}");
    let doctor = house.run(&["doctor"], "");
    let said = String::from_utf8_lossy(&doctor.stdout);
    assert_eq!(doctor.status.code(), Some(6));
    assert!(said.contains("FAIL stored record: 1 of 1 recordings are damaged"), "{said}");
}

async fn proven_ms(house: &House) -> Option<i64> {
    use sqlx::ConnectOptions as _;
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(house.data.join("chaperone.db"));
    let mut connection = options.connect().await.unwrap();
    sqlx::query_scalar("SELECT proven_ms FROM session").fetch_one(&mut connection).await.unwrap()
}
