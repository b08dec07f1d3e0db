//! What is taken away and what is judged: bundles and outlines over the console's interface.

use chaperone_evidence::EndReason;
use chaperone_evidence::verify::{Report, Standing, Verdict, judge, judge_outline};
use chaperone_seals::Digest;
use reqwest::StatusCode;

use crate::house::{Caller, House};
use crate::record::{opened, wait_for};
use crate::recorder::{Session, bytes, code, post};

/// A session of five seconds, one of them a gap, closed and ready; and the root its device pinned.
async fn closed(house: &House) -> (Caller, Session, Digest) {
    let (user, _, mut session) = opened(house).await;
    let root = code(&user).await.root;
    let mut segments = session.film(0..2);
    segments.push(session.gap(2));
    segments.extend(session.film(3..5));
    bytes(post(house, "/wire/segments", segments.concat()).await).await;
    bytes(post(house, "/wire/close", session.closing(EndReason::UserEnded, 5000)).await).await;
    wait_for(&user, &session, &["ready", "incomplete"]).await;
    (user, session, root)
}

fn judged(outcome: Option<Report>) -> Report {
    let report = outcome.unwrap();
    assert_eq!(report.verdict, Verdict::Gaps, "{:?}", report.findings);
    report
}

#[tokio::test]
async fn the_console_gives_the_bundle_the_command_line_writes_and_the_log_says_who_took_it() {
    let house = House::with_people().await;
    let (user, session, root) = closed(&house).await;
    let path = format!("/api/sessions/{}/bundle", session.id());

    let auditor = house.login("auditor").await;
    let answer = auditor.get(&path).await.0;
    assert_eq!(answer.status(), StatusCode::OK);
    let length = answer.headers()["content-length"].to_str().unwrap().to_owned();
    let disposition = answer.headers()["content-disposition"].to_str().unwrap().to_owned();
    assert_eq!(disposition, format!("attachment; filename=\"{}.bundle\"", session.id()));
    let taken = answer.bytes().await.unwrap().to_vec();
    assert_eq!(length, taken.len().to_string(), "a browser can tell half a file from a whole one");
    judged(judge(&mut taken.as_slice(), root, &[]).unwrap());

    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("session.bundle");
    let run = house.run(&["export", &session.id().to_string(), "--out", out.to_str().unwrap()], "");
    assert!(run.status.success(), "{run:?}");
    assert_eq!(std::fs::read(&out).unwrap(), taken);

    let database = chaperone_database::Database::open(&house.data.join("chaperone.db")).await.unwrap();
    let lines = database.audit_lines(50).await.unwrap();
    let who: Vec<&str> = lines
        .iter()
        .filter(|line| line.action == "session-exported" && line.subject == session.id().to_string())
        .map(|line| line.actor.as_str())
        .collect();
    let auditor_id = format!("person {}", auditor.id().await);
    assert!(who.contains(&auditor_id.as_str()) && who.contains(&"command-line"), "{who:?}");

    assert_eq!(user.get(&path).await.problem().await, "forbidden", "watching is not taking away");
    assert_eq!(house.login("operator").await.get(&path).await.problem().await, "forbidden");
}

#[tokio::test]
async fn an_outline_is_judged_by_whoever_may_watch() {
    let house = House::with_people().await;
    let (user, session, root) = closed(&house).await;
    let path = format!("/api/sessions/{}/outline", session.id());

    let answer = user.get(&path).await.0;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()["x-chaperone-root"].to_str().unwrap(), root.to_string());
    let outline = answer.bytes().await.unwrap().to_vec();
    let report = judged(judge_outline(&mut outline.as_slice(), root).unwrap());
    let stretches: Vec<_> =
        report.tracks[0].stretches.iter().map(|found| (found.standing, found.from_ms, found.to_ms)).collect();
    let expected = [(Standing::Proven, 0, 2000), (Standing::Gap, 2000, 3000), (Standing::Proven, 3000, 5000)];
    assert_eq!(stretches, expected);
    assert!(judge(&mut outline.as_slice(), root, &[]).unwrap().is_none(), "it is not taken for a bundle");

    assert_eq!(house.login("auditor").await.get(&path).await.0.status(), StatusCode::OK);
    assert_eq!(house.login("operator").await.get(&path).await.problem().await, "forbidden");
    assert_eq!(house.nobody().get(&path).await.problem().await, "login-needed");
}

#[tokio::test]
async fn a_second_that_rots_on_the_servers_disk_is_missing_in_the_outline() {
    let house = House::with_people().await;
    let (user, session, root) = closed(&house).await;
    let log = house.data.join("segments").join(session.id().to_string()).join("segments");
    let mut stored = std::fs::read(&log).unwrap();
    // Within the signed header of the first segment.
    stored[40] ^= 1;
    std::fs::write(&log, stored).unwrap();
    let outline = user.get(&format!("/api/sessions/{}/outline", session.id())).await.0.bytes().await.unwrap();
    let report = judge_outline(&mut &outline[..], root).unwrap().unwrap();
    assert_eq!(report.verdict, Verdict::Broken);
    let first = report.tracks[0].stretches[0];
    assert_eq!((first.standing, first.from_ms, first.to_ms), (Standing::Missing, 0, 1000));
}

#[tokio::test]
async fn only_the_worker_that_judges_may_compile_webassembly() {
    let house = House::with_people().await;
    for (path, may) in [("/assets/judge.worker-abc.js", true), ("/", false), ("/assets/index-abc.js", false)]
    {
        let answer = house.nobody().get(path).await.0;
        let policy = answer.headers()["content-security-policy"].to_str().unwrap();
        assert_eq!(policy.contains("wasm-unsafe-eval"), may, "{path}: {policy}");
        assert!(!policy.contains("'unsafe-eval'") && !policy.contains("unsafe-inline"), "{path}: {policy}");
    }
}
