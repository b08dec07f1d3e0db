//! Bringing to their servers what earlier processes left in the spool: sessions that were cut off are closed by a recovery
//! record, then everything is sent until the server has signed for it.
//!
//! Sessions that run are not touched: their own processes send them, and hold them locked.

pub(crate) mod recovery;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chaperone_evidence::SessionId;
use chaperone_paths::Folders;
use chaperone_session::Moment;
use chaperone_spool::{SessionSpool, Space, Spool};
use chaperone_tasks::Tasks;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout, timeout_at};

use crate::ambient;
use crate::delivery::{Delivery, Step};
use crate::exit::Exit;
use crate::failure::{Failure, OrFail as _, Outcome};
use crate::server_access;
use crate::trust::{Server, TrustStore};
use crate::view::{QueueState, QueueView};

/// While something waits, its server is asked this often whether it is there again.
const PROBE_EVERY: Duration = Duration::from_secs(15);
/// Pause after the spool could not be used.
const SPOOL_PAUSE: Duration = Duration::from_secs(30);
/// What failed on this machine may mend itself (a full disk, a locked keyring), and is tried again this often.
const LOCAL_PAUSE: Duration = Duration::from_secs(60);
/// While other processes have sessions open, the spool is looked at this often: nobody else tells of their end if the
/// launcher that started them is gone.
const LOOK_AGAIN: Duration = Duration::from_secs(30);

/// The launcher's part of the queue; clones are the same.
#[derive(Clone, Debug)]
pub(crate) struct Uploader(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    folders: Folders,
    trust: TrustStore,
    spool: Spool,
    tasks: Tasks,
    /// Sessions being sent by this process.
    underway: Mutex<BTreeMap<SessionId, Underway>>,
    /// Counts everything that happens to `underway`, and scans.
    changes: watch::Sender<Changes>,
}

/// How sending a session stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Underway {
    state: QueueState,
    /// When it is tried again, Unix milliseconds.
    next_try_ms: Option<u64>,
    /// Segments that cannot be read.
    unreadable: u64,
}

impl Underway {
    const NOW: Self = Self { state: QueueState::Waiting, next_try_ms: None, unreadable: 0 };
    pub(crate) const PARKED: Self = Self { state: QueueState::Parked, ..Self::NOW };
    const LOST_HERE: Self = Self { state: QueueState::LostHere, ..Self::NOW };

    fn until(moment: Moment) -> Self {
        Self { next_try_ms: Some(ambient::wall_ms_at(moment)), ..Self::NOW }
    }

    /// Whether nothing happens to it by itself, as far as can be told.
    fn rests(self) -> bool {
        match self.state {
            QueueState::Parked | QueueState::LostHere => true,
            QueueState::Live | QueueState::Waiting => false,
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Changes {
    /// Scans asked for.
    asked: u64,
    /// Scans done, as far as they were asked for.
    scanned: u64,
    /// Times the user pressed Retry.
    retries: u64,
    /// Changes of what is under way.
    moves: u64,
}

impl Uploader {
    /// Opens the spool and begins with whatever lies there.
    ///
    /// # Errors
    /// When the spool cannot be used: then nothing could be recorded either.
    pub(crate) fn start(folders: &Folders, trust: TrustStore, tasks: &Tasks) -> Outcome<Self> {
        let spool = Spool::open(&folders.spool_dir()).or_fail(Exit::Failed, "the spool cannot be used")?;
        let uploader = Self(Arc::new(Inner {
            folders: folders.clone(),
            trust,
            spool,
            tasks: tasks.clone(),
            underway: Mutex::default(),
            changes: watch::Sender::new(Changes { asked: 1, ..Changes::default() }),
        }));
        let token = tasks.token().clone();
        let scan = scan(uploader.clone());
        // Cut off anywhere, the next start looks again.
        tasks.spawn("scan-spool", async move { token.run_until_cancelled(scan).await }).detach();
        Ok(uploader)
    }

    /// Refuses a new session while the disk is nearly full.
    pub(crate) fn require_room(&self) -> Outcome<()> {
        match self.0.spool.space().or_fail(Exit::Failed, "the room on this disk cannot be told")? {
            Space::Enough => Ok(()),
            Space::Low | Space::Exhausted => {
                Err(Failure::new(Exit::Failed, "this disk is nearly full, so no session starts")
                    .advise("Make room on the disk, then click Launch again."))
            }
        }
    }

    /// A session's process is gone: look at what it left.
    pub(crate) fn session_ended(&self) {
        self.0.changes.send_modify(|changes| changes.asked += 1);
    }

    /// Sends what waits, now, also what was parked. Sending is cheap for what the server has, so all of it is tried.
    pub(crate) fn retry(&self, session: Option<&str>) {
        tracing::info!(session, "Retry");
        self.0.changes.send_modify(|changes| {
            changes.asked += 1;
            changes.retries += 1;
        });
    }

    /// What lies in the spool, newest first.
    pub(crate) fn queue(&self) -> Vec<QueueView> {
        let underway = self.underway().clone();
        queue(&self.0.spool, |session| underway.get(&session).copied()).unwrap_or_else(|failure| {
            tracing::error!(%failure, "The spool cannot be listed");
            Vec::new()
        })
    }

    /// Waits until everything is sent or parked.
    pub(crate) async fn idle(&self) {
        let mut changes = self.0.changes.subscribe();
        loop {
            let now = *changes.borrow_and_update();
            let all_rest = self.underway().values().all(|underway| underway.rests());
            if now.asked == now.scanned && all_rest {
                return;
            }
            // The sender lives as long as `self`.
            if changes.changed().await.is_err() {
                return;
            }
        }
    }

    /// Whether another process has one of `in_use` open.
    fn open_elsewhere(&self, in_use: &[SessionId]) -> bool {
        let underway = self.underway();
        in_use.iter().any(|session| !underway.contains_key(session))
    }

    fn set(&self, session: SessionId, underway: Option<Underway>) {
        match underway {
            Some(underway) => self.underway().insert(session, underway),
            None => self.underway().remove(&session),
        };
        self.0.changes.send_modify(|changes| changes.moves += 1);
    }

    fn underway(&self) -> MutexGuard<'_, BTreeMap<SessionId, Underway>> {
        self.0.underway.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What lies in the spool, newest first; `underway` knows how the sessions stand that this process sends.
pub(crate) fn queue(
    spool: &Spool,
    underway: impl Fn(SessionId) -> Option<Underway>,
) -> Outcome<Vec<QueueView>> {
    let mut listed = spool.list().or_fail(Exit::Failed, "the spool cannot be listed")?;
    // Ids hold the time they were made at.
    listed.sort_by_key(|listed| std::cmp::Reverse(listed.session));
    let view = |listed: chaperone_spool::Listed| {
        let resting = if listed.closed { QueueState::Waiting } else { QueueState::Live };
        let underway = underway(listed.session);
        QueueView {
            session: listed.session.to_string(),
            title: listed.title,
            origin: listed.origin,
            state: underway.map_or(resting, |underway| underway.state),
            segments: listed.segments,
            bytes: listed.bytes,
            next_try_ms: underway.and_then(|underway| underway.next_try_ms),
            unreadable: underway.map_or(0, |underway| underway.unreadable),
        }
    };
    Ok(listed.into_iter().map(view).collect())
}

/// Looks at the spool whenever somebody asks, and starts sending what nobody sends.
async fn scan(uploader: Uploader) {
    let mut changes = uploader.0.changes.subscribe();
    let mut look_again: Option<Instant> = None;
    loop {
        let now = *changes.borrow_and_update();
        if now.scanned == now.asked {
            let changed = match look_again {
                Some(at) => timeout_at(at, changes.changed()).await,
                None => Ok(changes.changed().await),
            };
            match changed {
                Ok(Ok(())) => continue,
                Ok(Err(_)) => return,
                Err(_) => {}
            }
        }
        let scanner = uploader.clone();
        let left =
            uploader.0.tasks.spawn_blocking("recover-spool", move || scanner.0.spool.recoverable()).await;
        match left {
            Ok(Ok(left)) => {
                if let Err(error) = uploader.0.spool.prune_receipts(ambient::wall_ms()) {
                    tracing::warn!(error = &error as &dyn std::error::Error, "Old receipts stay");
                }
                look_again = uploader.open_elsewhere(&left.in_use).then(|| Instant::now() + LOOK_AGAIN);
                for aside in &left.quarantined {
                    tracing::error!(?aside, "Something in the spool was damaged and is kept aside");
                }
                for session in left.sessions {
                    uploader.set(session.session(), Some(Underway::NOW));
                    let token = uploader.0.tasks.token().clone();
                    let upload = upload(uploader.clone(), session);
                    // Cut off anywhere, the same is sent again at the next start.
                    let upload = async move { token.run_until_cancelled(upload).await };
                    uploader.0.tasks.spawn("upload", upload).detach();
                }
            }
            Ok(Err(error)) => {
                tracing::error!(error = &error as &dyn std::error::Error, "The spool cannot be read");
                sleep(SPOOL_PAUSE).await;
            }
            Err(error) => tracing::error!(%error, "The spool cannot be read"),
        }
        uploader.0.changes.send_modify(|changes| changes.scanned = now.asked);
    }
}

/// Sends one session to its end.
async fn upload(uploader: Uploader, spool: SessionSpool) {
    let session = spool.session();
    let mut retries = uploader.0.changes.subscribe();
    loop {
        match deliver(&uploader, &spool, &mut retries).await {
            Ok(()) => {
                tracing::info!(%session, "The server holds the whole session");
                return uploader.set(session, None);
            }
            Err(failure) => {
                tracing::error!(%session, %failure, "A session cannot be sent");
                uploader.set(session, Some(Underway::PARKED));
                let seen = retries.borrow().retries;
                let asked = retries.wait_for(|changes| changes.retries != seen);
                let pause = match failure.exit() {
                    // Its server only has to answer, as at every other probe.
                    Exit::Unreachable => PROBE_EVERY,
                    Exit::Failed => LOCAL_PAUSE,
                    Exit::Done
                    | Exit::Usage
                    | Exit::Refused
                    | Exit::UnknownServer
                    | Exit::ServerRefused
                    | Exit::NotFound
                    | Exit::Unwell
                    | Exit::NotAvailable
                    | Exit::NotOurServer => Duration::MAX,
                };
                match timeout(pause, asked).await {
                    Ok(Ok(_)) => uploader.set(session, Some(Underway::NOW)),
                    Ok(Err(_)) => return,
                    Err(_) => {}
                }
            }
        }
    }
}

async fn deliver(
    uploader: &Uploader,
    spool: &SessionSpool,
    retries: &mut watch::Receiver<Changes>,
) -> Outcome<()> {
    let server = recovery::prepare(uploader, spool).await?;
    let (mut server, _, client) = server_access::fresh(server, &uploader.0.trust).await?;
    let mut delivery = Delivery::new(client, spool.clone(), uploader.0.tasks.clone());
    loop {
        let step = delivery.step().await.or_fail(Exit::Failed, "the spool cannot be used")?;
        let (until, underway) = match step {
            Step::Moved { .. } => continue,
            Step::Finished => return Ok(()),
            Step::Idle => {
                let what = "the session was cut off, and the device key that could close it is gone";
                return Err(Failure::new(Exit::Failed, what).advise("Its server holds what was recorded."));
            }
            Step::Wait(moment) => (moment.since(ambient::now()).min(PROBE_EVERY), Underway::until(moment)),
            Step::Parked => (PROBE_EVERY, Underway::PARKED),
            Step::LostHere => (Duration::MAX, Underway::LOST_HERE),
        };
        let underway = Underway { unreadable: delivery.unreadable(), ..underway };
        uploader.set(spool.session(), Some(underway));
        let seen = retries.borrow().retries;
        let asked = timeout(until, retries.wait_for(|changes| changes.retries != seen)).await.is_ok();
        if asked {
            delivery.asked();
        } else if until == PROBE_EVERY
            && let Some(client) = probe(uploader, &mut server).await
        {
            delivery.use_client(client);
            delivery.contact();
        }
    }
}

/// Whether the server itself answers again; then the keys it has now.
async fn probe(uploader: &Uploader, server: &mut Server) -> Option<chaperone_uplink::Client> {
    match server_access::renew(server, &uploader.0.trust).await {
        Ok(renewed) => {
            *server = renewed;
            server_access::pinned(server).ok().map(|(_, client)| client)
        }
        Err(error) => {
            tracing::debug!(origin = server.origin, %error, "The server does not answer yet");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use chaperone_tasks::Ended;

    use super::*;

    #[tokio::test]
    async fn only_sessions_of_other_processes_are_waited_for() {
        let home = tempfile::tempdir().unwrap();
        let folders = Folders::under(home.path()).unwrap();
        folders.create().unwrap();
        let tasks = Tasks::new();
        let uploader = Uploader::start(&folders, TrustStore::new(&folders), &tasks).unwrap();
        let session: SessionId = "0198c0de-0000-7000-8000-000000000001".parse().unwrap();
        assert!(!uploader.open_elsewhere(&[]));
        assert!(uploader.open_elsewhere(&[session]));
        uploader.set(session, Some(Underway::PARKED));
        assert!(!uploader.open_elsewhere(&[session]), "it is open in this process");
        assert_eq!(tasks.shutdown(Duration::from_secs(3)).await, Ended::InTime);
    }

    #[tokio::test]
    async fn a_spool_that_cannot_be_read_does_not_hold_up_the_end() {
        let home = tempfile::tempdir().unwrap();
        let folders = Folders::under(home.path()).unwrap();
        folders.create().unwrap();
        let tasks = Tasks::new();
        let uploader = Uploader::start(&folders, TrustStore::new(&folders), &tasks).unwrap();
        std::fs::remove_dir_all(folders.spool_dir()).unwrap();
        // A folder that is missing holds nothing; one that is none cannot be read.
        std::fs::write(folders.spool_dir(), "no folder").unwrap();
        let is_looking = || tasks.running().contains(&"recover-spool");
        // Looking at one wrong file may be over before it is seen to have begun.
        for _ in 0..10_000 {
            if is_looking() {
                break;
            }
            tokio::task::yield_now().await;
        }
        while is_looking() {
            tokio::task::yield_now().await;
        }
        assert_ne!(uploader.0.changes.borrow().scanned, uploader.0.changes.borrow().asked);
        assert_eq!(tasks.shutdown(Duration::from_secs(3)).await, Ended::InTime);
    }
}
