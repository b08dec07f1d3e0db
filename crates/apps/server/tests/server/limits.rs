//! How much record a server takes in at once.

use std::time::{Duration, Instant};

use chaperone_custody::pace::Rate;
use chaperone_evidence::Receipt;
use chaperone_seals::{KeyRole, signed};
use chaperone_server::IngestLimits;
use chaperone_tasks::Tasks;
use futures_util::stream;
use reqwest::{Method, StatusCode};
use tokio::sync::mpsc;

use crate::house::{Answer, House, Setting};
use crate::record::opened;
use crate::recorder::{bytes, post};

const MB: usize = 1 << 20;

#[tokio::test]
async fn a_recorder_above_its_rate_is_told_to_wait_and_loses_nothing() {
    let session_rate = Rate { bytes_per_second: 1 << 20, burst_ms: 1000 };
    let limits = IngestLimits { session: session_rate, ..IngestLimits::default() };
    let house = House::set(Setting { ingest: limits, ..Setting::default() }).await;
    let (user, device, mut session) = opened(&house).await;
    let secret = user.json("/api/secrets").await[0]["id"].as_str().unwrap().to_owned();
    let mut other = device.redeem(&house, &crate::recorder::link(&user, &secret).await, 2).await;

    let large = session.bulk(0, 3 * MB);
    let began = Instant::now();
    bytes(post(&house, "/wire/segments", large).await).await;
    let next = session.unchanged(1);
    let refused = post(&house, "/wire/segments", next.clone()).await;
    assert_eq!(refused.0.status(), StatusCode::TOO_MANY_REQUESTS);
    let wait_s: u64 = refused.0.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=2).contains(&wait_s), "{wait_s}");
    assert_eq!(refused.problem().await, "too-many");
    // Another session does not wait for it.
    bytes(post(&house, "/wire/segments", other.film(0..1).concat()).await).await;

    let receipt = loop {
        let answer = post(&house, "/wire/segments", next.clone()).await;
        if answer.0.status() == StatusCode::OK {
            break bytes(answer).await;
        }
        assert_eq!(answer.problem().await, "too-many");
        assert!(began.elapsed() < Duration::from_secs(20), "it waits for ever");
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    let receipt: Receipt = signed::verify(&receipt[4..], &device.server_key(KeyRole::Receipt)).unwrap();
    assert_eq!(receipt.through.count, 2);
}

#[tokio::test]
async fn bodies_share_memory_and_give_it_back_when_they_are_done() {
    let limits = IngestLimits { memory_bytes: 64 << 20, ..IngestLimits::default() };
    let house = House::set(Setting { ingest: limits, ..Setting::default() }).await;
    let (_, _, mut session) = opened(&house).await;

    // Two bodies that do not end yet hold all but four megabytes.
    let tasks = Tasks::new();
    let mut open = Vec::new();
    for _ in 0..2 {
        let (sender, receiver) = mpsc::channel::<Vec<u8>>(1);
        let chunks = stream::unfold(receiver, async |mut receiver| {
            receiver.recv().await.map(|chunk| (Ok::<_, std::io::Error>(chunk), receiver))
        });
        let request = house.nobody().request(Method::POST, "/wire/segments");
        let request = request.body(reqwest::Body::wrap_stream(chunks));
        let answer = tasks.spawn("upload", async move { Answer(request.send().await.unwrap()) });
        for _ in 0..30 {
            sender.send(vec![0; MB]).await.unwrap();
        }
        open.push((sender, answer));
    }
    let body = session.bulk(0, 5 * MB);
    let until = async |status: StatusCode| {
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            let answer = post(&house, "/wire/segments", body.clone()).await;
            if answer.0.status() == status {
                return answer;
            }
            assert!(Instant::now() < deadline, "{}", answer.0.status());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let refused = until(StatusCode::TOO_MANY_REQUESTS).await;
    assert_eq!(refused.0.headers()["retry-after"], "2");
    // What is small enough still goes through.
    let small = session.unchanged(1);
    bytes(post(&house, "/wire/segments", small).await).await;

    for (sender, answer) in open {
        drop(sender);
        assert_eq!(answer.await.unwrap().problem().await, "malformed", "zeros are no segments");
    }
    until(StatusCode::OK).await;
}
