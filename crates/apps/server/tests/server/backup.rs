//! A backup of a running server, and what a recorder does when the server comes back from it.

use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::Arc;

use chaperone_evidence::EndReason;
use chaperone_spool::{Appended, Created, Marked, SessionSpool, Spool};
use reqwest::StatusCode;

use crate::house::{House, run};
use crate::record::{opened, wait_for};
use crate::recorder::{Session, bytes, link, post};

/// A recorder's spool over the session, in a folder of its own.
struct Recorder {
    spool: SessionSpool,
    _dir: tempfile::TempDir,
}

impl Recorder {
    fn of(session: &Session) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let spool = Spool::open(&dir.path().join("spool")).unwrap();
        let Created::Session(spool) = spool.create_session(&session.instructions.opening).unwrap() else {
            panic!("the disk is full")
        };
        Self { spool, _dir: dir }
    }

    fn keep(&self, segments: &[Vec<u8>]) {
        for segment in segments {
            assert!(matches!(self.spool.append(segment).unwrap(), Appended::Stored(_)));
        }
    }

    /// Sends all that waits and takes the receipts at their word; says how many segments they newly sign for.
    async fn deliver(&self, house: &House) -> u64 {
        let waiting: Vec<_> = self.spool.unreceipted().collect();
        let read = waiting.iter().map(|pending| self.spool.read(pending.track, pending.number).unwrap());
        let body = read.collect::<Vec<_>>().concat();
        let answer = bytes(post(house, "/wire/segments", body).await).await;
        let mut stored = 0;
        let mut rest = answer.as_slice();
        while let Some((length, after)) = rest.split_first_chunk::<4>() {
            let (receipt, after) = after.split_at(u32::from_be_bytes(*length) as usize);
            let Marked::Stored(count) = self.spool.mark(receipt).unwrap() else { panic!("it disagrees") };
            stored += count;
            rest = after;
        }
        stored
    }

    fn waiting(&self) -> usize {
        self.spool.unreceipted().count()
    }
}

fn backup(house: &House, out: &Path) -> Output {
    house.run(&["backup", "--out", out.to_str().unwrap()], "")
}

fn restore(from: &Path, data: &Path) -> Output {
    run(&["restore", from.to_str().unwrap(), "--data", data.to_str().unwrap()], "")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Every file below a folder.
fn files(dir: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[tokio::test]
async fn a_restored_server_is_sent_again_what_it_lost() {
    let house = House::with_people().await;
    let (_, _, mut session) = opened(&house).await;
    let recorder = Recorder::of(&session);
    recorder.keep(&session.film(0..3));
    assert_eq!(recorder.deliver(&house).await, 3);
    let dir = Arc::new(tempfile::tempdir().unwrap());
    let out = dir.path().join("backup");
    let made = backup(&house, &out);
    assert!(made.status.success(), "{}", text(&made.stderr));
    // After the backup: receipted, and lost with the disk.
    recorder.keep(&session.film(3..6));
    assert_eq!(recorder.deliver(&house).await, 3);
    assert_eq!(recorder.waiting(), 0);

    let restored = restore(&out, &dir.path().join("data"));
    assert!(restored.status.success(), "{}", text(&restored.stderr));
    let epoch: u64 = text(&restored.stdout).trim().parse().unwrap();
    assert!(epoch > session.opening.epoch);
    let house = house.restart_on(Arc::clone(&dir)).await;

    let closing = session.closing(EndReason::UserEnded, 6000);
    recorder.spool.close(closing.clone()).unwrap();
    assert_eq!(post(&house, "/wire/close", closing.clone()).await.problem().await, "segments-missing");
    recorder.spool.offer_again().unwrap();
    assert_eq!(recorder.waiting(), 6, "whatever is receipted is kept until the closing receipt");
    assert_eq!(recorder.deliver(&house).await, 6);
    assert_eq!(recorder.waiting(), 0);
    let receipt = bytes(post(&house, "/wire/close", closing).await).await;
    recorder.spool.finish(&receipt).unwrap();

    let user = house.login("user").await;
    let page = wait_for(&user, &session, &["ready"]).await;
    assert_eq!(page["summary"]["state"], "ready");
    let auditor = house.login("auditor").await;
    let alarms = auditor.json("/api/alarms").await;
    assert_eq!(alarms["newest"][0]["action"], "store-restored", "{alarms}");
    assert_eq!(auditor.json("/api/audit").await["chain"]["is"], "unbroken");
}

#[tokio::test]
async fn films_come_back_with_the_store_and_are_made_again_where_they_do_not() {
    let house = House::with_people().await;
    let (user, device, mut whole) = opened(&house).await;
    let secret = user.json("/api/secrets").await[0]["id"].as_str().unwrap().to_owned();
    let mut without = device.redeem(&house, &link(&user, &secret).await, 2).await;
    for session in [&mut whole, &mut without] {
        let segments = session.film(0..2).concat();
        bytes(post(&house, "/wire/segments", segments).await).await;
        bytes(post(&house, "/wire/close", session.closing(EndReason::UserEnded, 2000)).await).await;
        wait_for(&user, session, &["ready"]).await;
    }
    let film = |data: &Path, session: &Session| data.join(format!("recordings/films/{}.mp4", session.id()));
    std::fs::write(film(&house.data, &without), b"altered").unwrap();
    let dir = Arc::new(tempfile::tempdir().unwrap());
    let (out, data) = (dir.path().join("backup"), dir.path().join("data"));
    assert!(backup(&house, &out).status.success());
    let kept = std::fs::read(film(&house.data, &whole)).unwrap();
    assert!(restore(&out, &data).status.success());
    assert_eq!(std::fs::read(film(&data, &whole)).unwrap(), kept);
    assert!(!film(&data, &without).exists(), "no film but one that was made from the record");

    let house = house.restart_on(Arc::clone(&dir)).await;
    let user = house.login("user").await;
    for session in [&whole, &without] {
        wait_for(&user, session, &["ready"]).await;
        let played = user.get(&format!("/api/sessions/{}/recording.mp4", session.id())).await;
        assert_eq!(played.0.status(), StatusCode::OK);
    }
    let alarms = house.login("auditor").await.json("/api/alarms").await;
    assert_eq!(alarms["count"], 1, "only that the store was restored: {alarms}");
}

#[tokio::test]
async fn nothing_is_written_over_and_nothing_altered_is_restored() {
    let mut house = House::with_people().await;
    house.end().await;
    let dir = tempfile::tempdir().unwrap();
    let (out, data) = (dir.path().join("backup"), dir.path().join("data"));
    assert_eq!(restore(&out, &data).status.code(), Some(1), "there is no backup");
    assert!(backup(&house, &out).status.success());
    assert_eq!(backup(&house, &out).status.code(), Some(3), "there is one already");
    assert_eq!(restore(&out, &house.data).status.code(), Some(3), "a data folder is there");

    for path in files(&out) {
        let name = path.strip_prefix(&out).unwrap().to_owned();
        let whole = std::fs::read(&path).unwrap();
        let mut altered = whole.clone();
        let middle = altered.len() / 2;
        altered[middle] ^= 1;
        for broken in [Some(altered), None] {
            match broken {
                Some(bytes) => std::fs::write(&path, bytes).unwrap(),
                None => std::fs::remove_file(&path).unwrap(),
            }
            assert_eq!(restore(&out, &data).status.code(), Some(1), "{name:?}");
            let left: Vec<_> =
                std::fs::read_dir(dir.path()).unwrap().map(|it| it.unwrap().file_name()).collect();
            assert_eq!(left, ["backup"], "{name:?}");
        }
        std::fs::write(&path, whole).unwrap();
        #[cfg(unix)]
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    }
    std::fs::create_dir(&data).unwrap();
    assert!(restore(&out, &data).status.success(), "an empty folder is fine");
    assert!(run(&["doctor", "--data", data.to_str().unwrap()], "").status.success());
}

#[tokio::test]
async fn a_last_link_that_no_row_tells_of_is_taken_at_the_start() {
    use sqlx::ConnectOptions as _;
    let mut house = House::with_people().await;
    let (_, _, mut session) = opened(&house).await;
    bytes(post(&house, "/wire/segments", session.film(0..2).concat()).await).await;
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(house.data.join("chaperone.db"));
    let mut connection = options.connect().await.unwrap();
    let id = session.id().as_bytes().to_vec();
    let (custody, state): (String, String) =
        sqlx::query_as("SELECT custody, state FROM session WHERE id = ?")
            .bind(&id)
            .fetch_one(&mut connection)
            .await
            .unwrap();
    bytes(post(&house, "/wire/close", session.closing(EndReason::UserEnded, 2000)).await).await;
    house.end().await;
    // As a backup has it that was made between the two, or a crash.
    let undo = "UPDATE session SET custody = ?, state = ?, closing = NULL, closing_hash = NULL, closing_receipt = NULL, ended_ms = NULL WHERE id = ?";
    sqlx::query(undo).bind(custody).bind(state).bind(&id).execute(&mut connection).await.unwrap();
    let house = house.restart().await;
    let page = wait_for(&house.login("user").await, &session, &["ready"]).await;
    assert_eq!(page["summary"]["state"], "ready");
    let lines = house.login("auditor").await.json("/api/audit").await;
    let closed = lines["lines"].as_array().unwrap().iter().filter(|line| line["action"] == "session-closed");
    assert_eq!(closed.count(), 2, "it is told again");
}
