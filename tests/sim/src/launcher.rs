//! The launcher: sends what earlier processes left (`uploader`), by the real spool.

use std::collections::BTreeMap;
use std::path::Path;

use chaperone_evidence::{RecoveryRecord, SessionId};
use chaperone_seals::{Digest, signed};
use chaperone_spool::{SessionSpool, Spool, SpoolError};

use crate::courier::{Courier, Step, Trouble, cause, short};
use crate::disk::{Crash, SimDisk};
use crate::invariant::{Break, Violation};
use crate::scene::{Event, Scene, millis};
use crate::wire::{Caller, Reply, Request};

/// While something waits, its server is asked this often whether it is there again, in milliseconds.
const PROBE_EVERY_MS: u64 = 15_000;
/// What failed on this machine is tried again after this long, in milliseconds.
const LOCAL_PAUSE_MS: u64 = 60_000;
/// While other processes have sessions open, the spool is looked at this often, in milliseconds.
const LOOK_AGAIN_MS: u64 = 30_000;

/// How sending a session stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rest {
    /// An answer to an upload is awaited.
    Asked,
    /// Waits until then, milliseconds of the world; at a probe the server is asked whether it is there.
    Until { at: u64, probe: bool },
    /// An answer to a probe is awaited until then.
    Probing { id: u64 },
    /// Waits for Retry or restart.
    Stuck,
}

struct Upload {
    courier: Courier,
    rest: Rest,
}

/// Why the launcher is no more.
#[derive(Debug)]
pub(crate) enum Ended {
    Crashed(Crash),
    Violation(Violation),
}

impl From<Violation> for Ended {
    fn from(violation: Violation) -> Self {
        Self::Violation(violation)
    }
}

pub(crate) struct Launcher {
    pub(crate) life: u64,
    pub(crate) disk: SimDisk,
    spool: Spool<SimDisk>,
    uploads: BTreeMap<SessionId, Upload>,
    turn: u64,
}

impl Launcher {
    pub(crate) fn start(folder: &Path, disk: SimDisk, life: u64) -> Result<Self, SpoolError> {
        let spool = Spool::open_on(disk.clone(), folder)?;
        Ok(Self { life, disk, spool, uploads: BTreeMap::new(), turn: 0 })
    }

    pub(crate) const fn turn(&self) -> u64 {
        self.turn
    }

    /// Looks at the spool and starts sending what nobody sends.
    pub(crate) fn scan(&mut self, scene: &mut Scene) -> Result<(), Ended> {
        let left = self.spool.recoverable();
        if let Some(crash) = self.disk.crashed() {
            return Err(Ended::Crashed(crash));
        }
        match left {
            Ok(left) => {
                let elsewhere = left.in_use.iter().any(|session| !self.uploads.contains_key(session));
                if elsewhere && !scene.is(Break::NobodyLooksAgain) {
                    scene.after(LOOK_AGAIN_MS, Event::SessionEnded { life: self.life });
                }
                for spool in left.sessions {
                    scene.note(format_args!("{}: found in the spool", short(spool.session())));
                    let upload = Upload {
                        courier: Courier::new(spool.clone()),
                        rest: Rest::Until { at: scene.now, probe: false },
                    };
                    self.uploads.insert(spool.session(), upload);
                }
            }
            Err(error) => scene.note(format_args!("the spool cannot be read: {}", cause(&error))),
        }
        self.look_up(scene)
    }

    /// The user pressed Retry.
    pub(crate) fn retry(&mut self, scene: &mut Scene) -> Result<(), Ended> {
        for upload in self.uploads.values_mut() {
            if !matches!(upload.rest, Rest::Asked) {
                upload.courier.asked();
                upload.rest = Rest::Until { at: scene.now, probe: false };
            }
        }
        self.scan(scene)
    }

    /// Time has passed.
    pub(crate) fn look_up(&mut self, scene: &mut Scene) -> Result<(), Ended> {
        let due: Vec<SessionId> = self.uploads.keys().copied().collect();
        for session in due {
            while let Some(upload) = self.uploads.get_mut(&session)
                && let Rest::Until { at, probe } = upload.rest
                && at <= scene.now
            {
                if probe {
                    let caller = Caller::Launcher { session, life: self.life };
                    let id = scene.ask(caller, Request::Probe, Some(PROBE_EVERY_MS));
                    upload.rest = Rest::Probing { id };
                    break;
                }
                self.step(scene, session)?;
            }
        }
        self.plan(scene);
        Ok(())
    }

    /// An answer came, or none in time.
    pub(crate) fn answered(
        &mut self,
        scene: &mut Scene,
        session: SessionId,
        id: u64,
        reply: Option<Reply>,
    ) -> Result<(), Ended> {
        let Some(upload) = self.uploads.get_mut(&session) else { return Ok(()) };
        if upload.rest == (Rest::Probing { id }) {
            if let Some(Reply::Here) = reply {
                upload.courier.contact(scene);
            }
            upload.rest = Rest::Until { at: scene.now, probe: false };
            return self.look_up(scene);
        }
        let answered = upload.courier.answered(scene, id, reply);
        match answered {
            Ok(None) => return Ok(()),
            Ok(Some(step)) => self.stepped(scene, session, step),
            Err(trouble) => self.trouble(scene, session, trouble)?,
        }
        self.look_up(scene)
    }

    fn step(&mut self, scene: &mut Scene, session: SessionId) -> Result<(), Ended> {
        let Some(upload) = self.uploads.get_mut(&session) else { return Ok(()) };
        let stepped = close_cut_off(scene, &upload.courier.spool)
            .map_err(Trouble::from)
            .and_then(|()| upload.courier.step(scene, Caller::Launcher { session, life: self.life }));
        match stepped {
            Ok(step) => self.stepped(scene, session, step),
            Err(trouble) => self.trouble(scene, session, trouble)?,
        }
        Ok(())
    }

    fn stepped(&mut self, scene: &Scene, session: SessionId, step: Step) {
        let probe_at = scene.now + PROBE_EVERY_MS;
        let rest = match step {
            Step::Asked => Rest::Asked,
            Step::Moved { .. } => Rest::Until { at: scene.now, probe: false },
            Step::Wait(moment) if millis(moment) < probe_at => {
                Rest::Until { at: millis(moment), probe: false }
            }
            Step::Wait(_) | Step::Parked => Rest::Until { at: probe_at, probe: true },
            Step::Idle | Step::LostHere => Rest::Stuck,
            Step::Finished => {
                self.uploads.remove(&session);
                return;
            }
        };
        if let Some(upload) = self.uploads.get_mut(&session) {
            upload.rest = rest;
        }
    }

    fn trouble(&mut self, scene: &mut Scene, session: SessionId, trouble: Trouble) -> Result<(), Ended> {
        if let Some(crash) = self.disk.crashed() {
            return Err(Ended::Crashed(crash));
        }
        match trouble {
            Trouble::Violation(violation) => Err(violation.into()),
            Trouble::Spool(error) => {
                scene.note(format_args!("{}: cannot be sent: {}", short(session), cause(&error)));
                if let Some(upload) = self.uploads.get_mut(&session) {
                    upload.courier = Courier::new(upload.courier.spool.clone());
                    let again = Rest::Until { at: scene.now + LOCAL_PAUSE_MS, probe: false };
                    upload.rest = if scene.is(Break::FailedForGood) { Rest::Stuck } else { again };
                }
                Ok(())
            }
        }
    }

    fn plan(&mut self, scene: &mut Scene) {
        let next = self.uploads.values().filter_map(|upload| match upload.rest {
            Rest::Until { at, .. } => Some(at),
            Rest::Asked | Rest::Probing { .. } | Rest::Stuck => None,
        });
        if let Some(next) = next.min() {
            self.turn += 1;
            scene.at(next, Event::LauncherTurn { life: self.life, turn: self.turn });
        }
    }
}

/// Closes a session that was cut off by a recovery record of the device (`uploader::recovery`).
fn close_cut_off(scene: &mut Scene, spool: &SessionSpool<SimDisk>) -> Result<(), SpoolError> {
    if spool.closing().is_some() {
        return Ok(());
    }
    let record = RecoveryRecord {
        session: spool.session(),
        device: scene.keys.device.public().id(),
        opening: Digest::of(spool.signed_opening()),
        tracks: spool.ends(),
        wall_ms: scene.wall_ms(),
    };
    spool.close(signed::sign(&record, &scene.keys.device))?;
    scene.note(format_args!("{}: closed by a recovery record", short(spool.session())));
    Ok(())
}
