//! The server: the real intake on files in memory, the real custody, and beside them what the database keeps.
//!
//! Taking bodies, last links and heartbeats in follows `apps/server` step by step (`ingest::actions`,
//! `sessions::control`), whose own code cannot be had without SQLite and a web framework. A row here is durable at once,
//! as a transaction there is when it is committed.

mod rows;
mod take;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use chaperone_custody::Custody;
use chaperone_evidence::{EndCause, OpeningRecord, SessionId};
use chaperone_intake::{Intake, IntakeError};
use chaperone_seals::{PublicKey, SigningKey};
use tokio::runtime::Runtime;

use crate::faults::AtIntake;

/// What the database knows of a session.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) opening: OpeningRecord,
    pub(crate) signed_opening: Vec<u8>,
    pub(crate) custody: Custody,
    pub(crate) length_ms: u64,
    pub(crate) heartbeat: Option<Vec<u8>>,
    pub(crate) receipts: BTreeMap<u32, Vec<u8>>,
    pub(crate) closing: Option<Vec<u8>>,
    pub(crate) closing_receipt: Option<Vec<u8>>,
    pub(crate) end_asked: Option<EndCause>,
}

/// Where a body's taking in ends before its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KilledWhile(pub(crate) AtIntake);

pub(crate) struct Server {
    pub(crate) folder: PathBuf,
    runtime: Runtime,
    receipt_key: Arc<SigningKey>,
    device_key: PublicKey,
    /// Nothing while the process is down.
    intake: Option<Intake>,
    pub(crate) epoch: u64,
    pub(crate) rows: BTreeMap<SessionId, Row>,
    backup: Option<(PathBuf, BTreeMap<SessionId, Row>)>,
    /// How the next body is cut short.
    pub(crate) kill_at: Option<AtIntake>,
    /// What its wall clock says beside the world's time, in milliseconds.
    pub(crate) clock_ms: i64,
    /// The time that was told last, and when by the world's.
    told: Cell<(u64, u64)>,
}

impl Server {
    pub(crate) fn start(
        folder: PathBuf,
        receipt_key: Arc<SigningKey>,
        device_key: PublicKey,
    ) -> anyhow::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().max_blocking_threads(1).build()?;
        let mut server = Self {
            folder,
            runtime,
            receipt_key,
            device_key,
            intake: None,
            epoch: 1,
            rows: BTreeMap::new(),
            backup: None,
            kill_at: None,
            clock_ms: 0,
            told: Cell::default(),
        };
        server.up(0)?;
        Ok(server)
    }

    pub(crate) fn is_up(&self) -> bool {
        self.intake.is_some()
    }

    /// The process ends, whatever it is doing.
    pub(crate) fn down(&mut self) {
        self.intake = None;
    }

    /// The process starts: what the database was not told of what is stored, it is told now (`ingest::reconcile`).
    pub(crate) fn up(&mut self, now_ms: u64) -> anyhow::Result<()> {
        if self.is_up() {
            return Ok(());
        }
        let opened = Intake::open(&self.folder, Arc::clone(&self.receipt_key), self.epoch);
        self.intake = Some(self.runtime.block_on(opened)?);
        let sessions: Vec<SessionId> = self.rows.keys().copied().collect();
        for session in sessions {
            self.reconcile(session, self.time(now_ms))?;
        }
        Ok(())
    }

    /// The server's own time for the world's: it follows the wall clock forwards, and while that is behind goes on at nine
    /// tenths of its pace, over a restart too (`apps/server`, `time`).
    pub(crate) fn time(&self, now_ms: u64) -> u64 {
        // Far from 1970, so that clocks can be set back.
        let wall_ms = (1_700_000_000_000 + now_ms).saturating_add_signed(self.clock_ms);
        let (told_ms, at_ms) = self.told.get();
        let told_ms = wall_ms.max(told_ms + now_ms.saturating_sub(at_ms) * 9 / 10);
        self.told.set((told_ms, now_ms));
        told_ms
    }

    /// Copies the store while nothing is written, as a good backup does.
    pub(crate) fn back_up(&mut self) -> std::io::Result<()> {
        let to = self.folder.with_extension("backup");
        if to.exists() {
            std::fs::remove_dir_all(&to)?;
        }
        copy(&self.folder, &to)?;
        self.backup = Some((to, self.rows.clone()));
        Ok(())
    }

    /// Puts the backup in the store's place and raises the epoch, unless there is none. The process is down meanwhile.
    pub(crate) fn restore(&mut self, now_ms: u64) -> anyhow::Result<bool> {
        let Some((from, rows)) = self.backup.clone() else { return Ok(false) };
        self.down();
        std::fs::remove_dir_all(&self.folder)?;
        copy(&from, &self.folder)?;
        self.rows = rows;
        self.epoch += 1;
        self.up(now_ms)?;
        Ok(true)
    }

    /// Every segment stored, with its bytes; by track and number.
    pub(crate) fn stored(&self, session: SessionId) -> anyhow::Result<BTreeMap<(u32, u64), Vec<u8>>> {
        let mut stored = BTreeMap::new();
        let Some(intake) = &self.intake else { return Ok(stored) };
        for track in self.runtime.block_on(intake.held(session))?.unwrap_or_default() {
            for segment in track.segments {
                let place =
                    chaperone_seals::content::Place { track: track.through.track, number: segment.number };
                let bytes = self.runtime.block_on(intake.read(session, place))?;
                stored.extend(bytes.map(|bytes| ((place.track, place.number), bytes)));
            }
        }
        Ok(stored)
    }

    /// Numbers stored, by track.
    pub(crate) fn numbers(&self, session: SessionId) -> Result<Vec<(u32, u64)>, IntakeError> {
        let Some(intake) = &self.intake else { return Ok(Vec::new()) };
        let held = self.runtime.block_on(intake.held(session))?.unwrap_or_default();
        let numbers = held.into_iter().flat_map(|held| {
            let track = held.through.track;
            held.segments.into_iter().map(move |segment| (track, segment.number))
        });
        Ok(numbers.collect())
    }
}

fn copy(from: &std::path::Path, to: &std::path::Path) -> std::io::Result<()> {
    chaperone_paths::private::ensure_dir(to).map_err(std::io::Error::other)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
