//! The sessions of this launcher, as they are known here.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chaperone_ipc::pulse::Sender;
use tokio::sync::watch;

use crate::child_wire::{Down, Up};
use crate::view::{Ended, Phase, SessionView};

/// Ended sessions remembered, for the windows and `status`.
const ENDED_REMEMBERED: usize = 20;

/// All sessions; shared by the threads that watch them.
#[derive(Debug)]
pub(super) struct Sessions {
    table: Mutex<Table>,
    /// Counts changes.
    changes: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Table {
    last: u64,
    entries: VecDeque<Entry>,
}

#[derive(Debug)]
struct Entry {
    view: SessionView,
    /// The line to its process; none once that is gone.
    line: Option<Sender>,
}

impl Sessions {
    /// Takes in a session whose process was started.
    pub(super) fn add(&self, origin: &str, line: Sender) -> u64 {
        let launch = {
            let mut table = self.table();
            table.last += 1;
            let launch = table.last;
            let view = SessionView {
                launch,
                origin: origin.to_owned(),
                opened: None,
                phase: Phase::Asking,
                lost_at_ms: None,
                ended: None,
            };
            table.entries.push_front(Entry { view, line: Some(line) });
            launch
        };
        self.changed();
        launch
    }

    /// A session process said something.
    pub(super) fn said(&self, launch: u64, up: Up) {
        self.with(launch, |entry| match up {
            Up::Opened(opened) => entry.view.opened = Some(opened),
            Up::Phase(phase) => entry.view.reached(phase, None),
            Up::ServerLate { lost_at_ms } => entry.view.reached(Phase::ServerLate, Some(lost_at_ms)),
            Up::Ended(ended) => entry.view.ended = Some(ended),
        });
    }

    /// A session's process is gone. One that did not say why ended by accident.
    pub(super) fn gone(&self, launch: u64) {
        self.with(launch, |entry| {
            entry.line = None;
            entry.view.reached(Phase::Ended, None);
            let opened = entry.view.opened.is_some();
            entry.view.ended.get_or_insert_with(|| Ended {
                status: crate::exit::Exit::Failed.status(),
                code: "session-process-lost".to_owned(),
                words: "The session's own process ended unexpectedly, so its programs were ended.".to_owned(),
                advice: Some("What was recorded until then is kept and will be uploaded.".to_owned()),
                opened,
                complete: false,
            });
        });
        let mut table = self.table();
        let mut ended = 0;
        table.entries.retain(|entry| {
            ended += usize::from(entry.line.is_none());
            entry.line.is_some() || ended <= ENDED_REMEMBERED
        });
    }

    /// Says something to a session's process, if it still runs.
    pub(super) fn tell(&self, launch: u64, down: &Down) {
        let table = self.table();
        let line = table
            .entries
            .iter()
            .find(|entry| entry.view.launch == launch)
            .and_then(|entry| entry.line.as_ref());
        let (Some(line), Ok(message)) = (line, serde_json::to_vec(down)) else { return };
        if let Err(error) = line.send(message) {
            tracing::warn!(launch, %error, "A session process could not be told");
        }
    }

    /// All sessions, newest first.
    pub(super) fn views(&self) -> Vec<SessionView> {
        self.table().entries.iter().map(|entry| entry.view.clone()).collect()
    }

    pub(super) fn watch(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Waits until this session's process is gone.
    pub(super) async fn ended(&self, launch: u64) -> Option<Ended> {
        self.until(|table| {
            let entry = table.entries.iter().find(|entry| entry.view.launch == launch);
            match entry {
                Some(Entry { line: Some(_), .. }) => None,
                Some(entry) => Some(entry.view.ended.clone()),
                None => Some(None),
            }
        })
        .await
    }

    /// Waits until no session process runs.
    pub(super) async fn none_left(&self) {
        self.until(|table| table.entries.iter().all(|entry| entry.line.is_none()).then_some(())).await;
    }

    async fn until<T>(&self, mut look: impl FnMut(&Table) -> Option<T>) -> T {
        let mut changes = self.changes.subscribe();
        loop {
            changes.borrow_and_update();
            if let Some(found) = look(&self.table()) {
                return found;
            }
            // The sender lives as long as `self`.
            if changes.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }

    fn with(&self, launch: u64, change: impl FnOnce(&mut Entry)) {
        if let Some(entry) = self.table().entries.iter_mut().find(|entry| entry.view.launch == launch) {
            change(entry);
        }
        self.changed();
    }

    fn changed(&self) {
        self.changes.send_modify(|count| *count += 1);
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Sessions {
    fn default() -> Self {
        Self { table: Mutex::default(), changes: watch::Sender::new(0) }
    }
}
