//! The recorder's disk beneath the real spool: files in memory, with a processes' end or a power cut after any durable
//! step, and as much room as the weather leaves.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chaperone_spool::{Disk, FLOOR, Step};

use crate::rng::Rng;

/// Why a process ends in the middle of what it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Crash {
    /// The process alone: the system still writes what it was given.
    Killed,
    /// The machine: what was not synced may be lost.
    PowerCut,
}

/// How much the disk takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Room {
    #[default]
    Enough,
    Low,
    NearlyFull,
    Full,
}

/// The disk as one process sees it.
#[derive(Clone, Debug)]
pub(crate) struct SimDisk(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    rng: Rng,
    room: Room,
    /// Steps until the process ends, and how.
    planned: Option<(u64, Crash)>,
    crashed: Option<Crash>,
    /// Content of the file that is being replaced, for taking the new name back.
    replaced: Option<(PathBuf, Option<Vec<u8>>)>,
    /// Steps done, for the record.
    steps: u64,
}

impl SimDisk {
    pub(crate) fn new(seed: u64, room: Room) -> Self {
        let state =
            State { rng: Rng::new(seed), room, planned: None, crashed: None, replaced: None, steps: 0 };
        Self(Arc::new(Mutex::new(state)))
    }

    pub(crate) fn set_room(&self, room: Room) {
        self.state().room = room;
    }

    /// The process ends with the `steps`-th durable step from now, counted from 0.
    pub(crate) fn crash_after(&self, steps: u64, crash: Crash) {
        self.state().planned = Some((steps, crash));
    }

    /// How the process ended, if it has.
    pub(crate) fn crashed(&self) -> Option<Crash> {
        self.state().crashed
    }

    /// Durable steps done so far.
    pub(crate) fn steps(&self) -> u64 {
        self.state().steps
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Disk for SimDisk {
    fn free_bytes(&self, _dir: &Path) -> io::Result<u64> {
        Ok(match self.state().room {
            Room::Enough => FLOOR * 20,
            Room::Low => FLOOR - 1,
            Room::NearlyFull => FLOOR / 2 - 1,
            // A disk can be full however much room it reports: quotas.
            Room::Full => FLOOR * 20,
        })
    }

    fn after(&self, step: Step, path: &Path) -> io::Result<()> {
        use chaperone_paths::durable::Step as File;
        let mut state = self.state();
        if state.crashed.is_some() {
            return Err(io::Error::other("this process has ended"));
        }
        state.steps += 1;
        if step == Step::File(File::Created) {
            state.replaced = final_path(path).map(|path| {
                let old = std::fs::read(&path).ok();
                (path, old)
            });
        }
        if state.room == Room::Full && step == Step::File(File::Written) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        match state.planned {
            Some((0, crash)) => {
                state.crashed = Some(crash);
                if crash == Crash::PowerCut {
                    state.lose_what_was_not_synced(step, path)?;
                }
                Err(io::Error::other("this process ends here"))
            }
            Some((left, crash)) => {
                state.planned = Some((left - 1, crash));
                Ok(())
            }
            None => Ok(()),
        }
    }
}

impl State {
    /// What a power cut after `step` may leave: each outcome that a file system may choose is drawn sometimes.
    fn lose_what_was_not_synced(&mut self, step: Step, path: &Path) -> io::Result<()> {
        use chaperone_paths::durable::Step as File;
        let Step::File(step) = step else { return Ok(()) };
        match step {
            // Nothing of the content was synced: any part of it may be there, or not even the name.
            File::Created | File::Written => {
                if self.rng.percent(50) {
                    return std::fs::remove_file(path);
                }
                let file = std::fs::OpenOptions::new().write(true).open(path)?;
                let len = file.metadata()?.len();
                file.set_len(self.rng.between(0, len))
            }
            File::Synced => {
                if self.rng.percent(50) {
                    return std::fs::remove_file(path);
                }
                Ok(())
            }
            // The new name may not have come to the disk: the old content is there under it, or nothing.
            File::Renamed => {
                if self.rng.percent(50) {
                    return Ok(());
                }
                match self.replaced.take() {
                    Some((replaced, Some(old))) if replaced == path => std::fs::write(path, old),
                    Some(_) | None => std::fs::remove_file(path),
                }
            }
            File::Settled => Ok(()),
        }
    }
}

/// The final name of a temporary file, `.NAME.PROCESS-NUMBER.tmp`.
fn final_path(temporary: &Path) -> Option<PathBuf> {
    let name = temporary.file_name()?.to_str()?;
    let name = name.strip_prefix('.')?.strip_suffix(chaperone_paths::durable::TEMPORARY_SUFFIX)?;
    let (name, _) = name.rsplit_once('.')?;
    Some(temporary.with_file_name(name))
}
