//! The server killed at its durable steps, for real: the system's call tracer kills the process when it is about to make one.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use chaperone_evidence::{ClosingReceipt, EndReason, Receipt};
use chaperone_seals::{KeyRole, PublicKey, signed};
use reqwest::{Client, StatusCode};

use crate::house::{House, client};
use crate::record::{opened, wait_for};
use crate::recorder::{Device, Session};

/// Composing takes milliseconds; a server that lives so long after all was sent does not come to its step any more.
const PATIENCE: Duration = Duration::from_secs(5);

/// A data folder in which a session is open, and what its recorder sends.
struct Scene {
    dir: tempfile::TempDir,
    device: Device,
    session: Session,
    segments: Vec<Vec<u8>>,
    closing: Vec<u8>,
}

/// What a recorder was told before the server died.
#[derive(Debug, Default)]
struct Told {
    /// Segments that a receipt covers.
    receipted: u64,
    /// A closing receipt came.
    closed: bool,
}

/// A step that the server is killed at: the call, what it is about, and the how-many-th of them in a thread.
#[derive(Clone, Copy, Debug)]
struct Step(&'static str, &'static str, u32);

/// The server in a process that the tracer watches; ended with the test.
struct Traced {
    tracer: Child,
    origin: Option<String>,
    /// Kept open, for the server says more than its origin.
    _said: BufReader<ChildStdout>,
}

impl Scene {
    async fn new() -> Self {
        let mut house = House::with_people().await;
        let (_, device, mut session) = opened(&house).await;
        house.end().await;
        let dir = tempfile::tempdir().unwrap();
        copy(&house.data, &dir.path().join("data"));
        let segments = session.film(0..4);
        let closing = session.closing(EndReason::UserEnded, 4000);
        Self { dir, device, session, segments, closing }
    }

    /// A fresh copy of the folder.
    fn data(&self) -> (Arc<tempfile::TempDir>, PathBuf) {
        let dir = Arc::new(tempfile::tempdir().unwrap());
        let data = dir.path().join("data");
        copy(&self.dir.path().join("data"), &data);
        (dir, data)
    }

    fn path(&self, data: &Path, what: &str) -> PathBuf {
        data.join(what.replace("ID", &self.session.id().to_string()))
    }

    fn receipt_key(&self) -> PublicKey {
        self.device.server_key(KeyRole::Receipt)
    }

    /// Sends all there is, two segments at a time, then the last link, until the server does not answer any more.
    async fn send(&self, client: &Client, origin: &str) -> Told {
        let mut told = Told::default();
        for body in self.segments.chunks(2) {
            let Some(answer) = post(client, origin, "/wire/segments", body.concat()).await else {
                return told;
            };
            let receipt: Receipt = signed::verify(&answer[4..], &self.receipt_key()).unwrap();
            told.receipted = receipt.through.count;
        }
        let closed = post(client, origin, "/wire/close", self.closing.clone()).await;
        if let Some(receipt) = closed {
            signed::verify::<ClosingReceipt>(&receipt, &self.receipt_key()).unwrap();
            told.closed = true;
        }
        told
    }

    /// The numbers of the segments that lie whole in the log.
    fn stored(&self, data: &Path) -> BTreeSet<u64> {
        let log = std::fs::File::open(self.path(data, "segments/ID/segments")).unwrap();
        let places =
            chaperone_intake::places(&log, self.session.id(), &self.session.opening.session_key).unwrap();
        places.into_iter().map(|(place, _)| place.number).collect()
    }
}

impl Traced {
    /// Starts the server over `data`; without an origin where it died before it listened.
    fn start(data: &Path, options: &[String], trace: &Path) -> Self {
        let mut tracer = Command::new("strace")
            .args(["-f", "-qq", "-e", "signal=none"])
            .args(options)
            .arg("-o")
            .arg(trace)
            .args([
                "--",
                env!("CARGO_BIN_EXE_chaperone-server"),
                "serve",
                "--listen",
                "127.0.0.1:0",
                "--data",
            ])
            .arg(data)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("strace is installed by the set-up");
        let mut said = BufReader::new(tracer.stdout.take().unwrap());
        let mut first = String::new();
        said.read_line(&mut first).unwrap();
        let origin = first.trim_end().strip_prefix("listening ").map(str::to_owned);
        Self { tracer, origin, _said: said }
    }

    /// Whether the server died at its step before `deadline`.
    fn died(&mut self, deadline: Instant) -> bool {
        loop {
            if let Some(status) = self.tracer.try_wait().unwrap() {
                // The tracer ends as what it traced did.
                assert_eq!(status.signal(), Some(9), "the server ended by itself: {status}");
                return true;
            }
            if Instant::now() > deadline {
                return false;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Kills what is traced: a tracer that is killed itself would let it go.
    fn kill(&mut self) {
        let tracer = self.tracer.id();
        let children = std::fs::read_to_string(format!("/proc/{tracer}/task/{tracer}/children"));
        for child in children.unwrap_or_default().split_whitespace() {
            // One that has ended meanwhile is fine.
            Command::new("kill").args(["-9", child]).status().unwrap();
        }
        self.tracer.wait().unwrap();
    }
}

impl Drop for Traced {
    fn drop(&mut self) {
        self.kill();
    }
}

async fn post(client: &Client, origin: &str, path: &str, body: Vec<u8>) -> Option<Vec<u8>> {
    let answer = client.post(format!("{origin}{path}")).body(body).send().await.ok()?;
    assert_eq!(answer.status(), StatusCode::OK);
    Some(answer.bytes().await.ok()?.to_vec())
}

fn copy(from: &Path, to: &Path) {
    let done = Command::new("cp").arg("-a").arg(from).arg(to).status().unwrap();
    assert!(done.success());
}

/// Kills the server at `step`, or where it never comes to that, when all was sent; starts it again, repeats all uploads:
/// nothing receipted is missing and all comes to its end. Answers whether it came to the step.
async fn check(scene: &Scene, step: Step) -> bool {
    let Step(call, what, time) = step;
    let (dir, data) = scene.data();
    let mut options =
        ["-e", &format!("trace={call}"), "-e", &format!("inject={call}:signal=SIGKILL:when={time}")]
            .map(str::to_owned)
            .to_vec();
    if what != ANYTHING {
        options.extend(["-P".to_owned(), scene.path(&data, what).to_str().unwrap().to_owned()]);
    }
    let mut server = Traced::start(&data, &options, &dir.path().join("trace"));
    let told = match &server.origin {
        Some(origin) => scene.send(&client(&data), origin).await,
        None => Told::default(),
    };
    let reached = server.died(Instant::now() + PATIENCE);
    drop(server);

    let stored = scene.stored(&data);
    let receipted = if told.closed { scene.segments.len() as u64 } else { told.receipted };
    assert!((0..receipted).all(|number| stored.contains(&number)), "{step:?}: {told:?} {stored:?}");

    let house = House::over(Arc::clone(&dir)).await;
    let again = scene.send(&house.client, &house.origin).await;
    assert!(again.closed && again.receipted == 4, "{step:?}: {again:?}");
    let user = house.login("user").await;
    wait_for(&user, &scene.session, &["ready"]).await;
    let film = user.get(&format!("/api/sessions/{}/recording.mp4", scene.session.id())).await;
    assert_eq!(film.0.status(), StatusCode::OK, "{step:?}");
    let auditor = house.login("auditor").await;
    assert_eq!(auditor.json("/api/audit").await["chain"]["is"], "unbroken", "{step:?}");
    assert_eq!(auditor.json("/api/alarms").await["count"], 0, "{step:?}");
    reached
}

const LOG: &str = "segments/ID/segments";
/// The tracer does not tell renames by their new name: the first is the start's, the second that of the closing receipt.
const ANYTHING: &str = "";
/// However the system's library, or SQLite, calls it.
const SYNC: &str = "fdatasync,fsync";
const RENAME: &str = "rename,renameat,renameat2";
const WAL: &str = "chaperone.db-wal";

/// What ingest and composition make durable, each with the call that does it. The tracer counts by thread, so that only what
/// one thread does in a row is sure to be come to.
const STEPS: [Step; 10] = [
    Step("fdatasync", LOG, 1),
    Step("write", LOG, 1),
    Step("fdatasync", LOG, 2),
    Step(RENAME, ANYTHING, 1),
    Step("fsync", "segments/ID", 1),
    Step(RENAME, ANYTHING, 2),
    Step("fsync", "segments/ID", 2),
    Step("fsync", "recordings/films", 1),
    Step(SYNC, WAL, 1),
    Step("write,pwrite64", WAL, 2),
];

#[tokio::test]
async fn a_server_killed_at_a_durable_step_keeps_what_it_signed_for() {
    let scene = Scene::new().await;
    for step in STEPS {
        assert!(check(&scene, step).await, "{step:?} was never come to");
    }
}

#[tokio::test]
#[ignore = "long form: every commit of the database"]
async fn a_server_killed_at_any_commit_keeps_what_it_signed_for() {
    let scene = Scene::new().await;
    let mut reached = 0;
    for time in 1..=12 {
        reached += u32::from(check(&scene, Step(SYNC, WAL, time)).await);
        reached += u32::from(check(&scene, Step("write,pwrite64", WAL, 3 * time)).await);
    }
    assert!(reached >= 12, "only {reached} steps were come to");
}

#[tokio::test]
async fn log_and_database_are_on_the_disk_before_a_receipt_goes_out() {
    let scene = Scene::new().await;
    let (dir, data) = scene.data();
    let (log, wal) = (scene.path(&data, LOG), scene.path(&data, WAL));
    let mut options =
        vec!["-ttt".to_owned(), "-y".to_owned(), "-e".to_owned(), "trace=fdatasync,fsync".to_owned()];
    for path in [&log, &wal] {
        options.extend(["-P".to_owned(), path.to_str().unwrap().to_owned()]);
    }
    let trace = dir.path().join("trace");
    let server = Traced::start(&data, &options, &trace);
    let (client, origin) = (client(&data), server.origin.clone().unwrap());
    let now_us = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros();
    for segment in &scene.segments {
        let sent_us = now_us();
        post(&client, &origin, "/wire/segments", segment.clone()).await.unwrap();
        let answered_us = now_us();
        let trace = std::fs::read_to_string(&trace).unwrap();
        for path in [&log, &wal] {
            let synced = synced_us(&trace, path).iter().any(|at_us| (sent_us..answered_us).contains(at_us));
            assert!(synced, "{} is not synced between {sent_us} and {answered_us}:\n{trace}", path.display());
        }
    }
}

/// When the syncs of `path` began that are done, unix microseconds.
fn synced_us(trace: &str, path: &Path) -> Vec<u128> {
    let lines: Vec<&str> = trace.lines().collect();
    let of = |(at, line): (usize, &&str)| {
        let mut words = line.split_whitespace();
        let (process, seconds) = (words.next()?, words.next()?);
        let (_, rest) = line.split_once(path.to_str().unwrap())?;
        // A call that another thread's came into is told of twice.
        let resumed =
            |line: &&str| line.starts_with(process) && line.contains("resumed") && line.ends_with("= 0");
        let done = rest.ends_with("= 0") || lines[at..].iter().any(resumed);
        // Six digits stand behind the point.
        done.then(|| seconds.replace('.', "").parse().unwrap())
    };
    lines.iter().enumerate().filter_map(of).collect()
}
