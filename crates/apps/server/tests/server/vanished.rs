//! A recorder that falls silent for good.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::house::House;
use crate::record::{opened, wait_for};
use crate::recorder::{bytes, post};

#[tokio::test]
async fn a_session_whose_recorder_vanished_leaves_live_and_its_device_names_what_is_missing() {
    let house = House::with_people().await;
    let (user, _, mut session) = opened(&house).await;
    let segments = session.film(0..5);
    bytes(post(&house, "/wire/segments", segments[..2].concat()).await).await;
    bytes(post(&house, &format!("/wire/control/{}", session.id()), session.heartbeat(5000)).await).await;
    let page = wait_for(&user, &session, &["live"]).await;
    assert_eq!(page["summary"]["state"], "live");
    let device = async || user.json("/api/devices").await[0].clone();
    let live = device().await;
    assert_eq!(
        (&live["running"], &live["missing_s"]),
        (&json!(1), &json!(0)),
        "what is under way is not missing"
    );

    // Nothing more is heard of it: no end, no closing record.
    wait_for(&user, &session, &["receiving"]).await;
    // The list goes by what is looked at once a second.
    let deadline = Instant::now() + Duration::from_secs(20);
    let silent = loop {
        let device = device().await;
        if device["running"] == 0 {
            break device;
        }
        assert!(Instant::now() < deadline, "{device}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    assert_eq!(silent["missing_s"], 3);

    bytes(post(&house, "/wire/segments", segments[2..].concat()).await).await;
    assert_eq!(device().await["missing_s"], 0, "they came after all");
}
