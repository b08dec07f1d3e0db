//! The process of one session: the real machine and the real track writer, their effects carried out as `apps/launcher`
//! does (`session_process`), but by events.

mod beat;
mod effects;
mod recording;

use std::collections::BTreeMap;

use chaperone_evidence::{OpeningRecord, SessionId};
use chaperone_seals::{Nonce, SigningKey};
use chaperone_session::{Input, Policy, Session, StallLimit, StartNeeds};
use chaperone_spool::SessionSpool;

use self::recording::Recording;
use crate::courier::{Courier, Step, Trouble, cause, short};
use crate::disk::{Crash, SimDisk};
use crate::invariant::Violation;
use crate::scene::{Event, Scene, millis};
use crate::wire::Caller;

/// The loop turns at least this often, in milliseconds.
const TICK_MS: u64 = 250;
/// A process that did not run for this long was asleep, in milliseconds.
const AWAY_MS: u64 = 3_000;

/// Why a process is no more.
#[derive(Debug)]
pub(crate) enum Ended {
    /// It left by itself.
    Left,
    Crashed(Crash),
    Violation(Violation),
}

impl From<Violation> for Ended {
    fn from(violation: Violation) -> Self {
        Self::Violation(violation)
    }
}

/// What the world knows of the client program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Client {
    None,
    Starting,
    Running,
    Over,
}

pub(crate) struct Process {
    place: usize,
    /// Which launcher started it, and is told of its end.
    pub(crate) parent: u64,
    pub(crate) id: SessionId,
    machine: Session,
    pub(crate) disk: SimDisk,
    opening: OpeningRecord,
    spool: SessionSpool<SimDisk>,
    key: SigningKey,
    /// Nothing before capture is proven, and once recording failed or was finished.
    recording: Option<Recording>,
    courier: Courier,
    /// Nothing is sent before this, milliseconds of the world; nothing at all without.
    send_at: Option<u64>,
    client: Client,
    began: u64,
    /// Nonces sent and when.
    sent: BTreeMap<[u8; 16], u64>,
    /// Nonce of the newest valid pulse.
    heard: Option<Nonce>,
    next_beat: u64,
    last_turn: u64,
    /// When it last ran without having been away before.
    ran_at: u64,
    turn: u64,
}

impl Process {
    pub(crate) fn new(
        scene: &mut Scene,
        (place, parent): (usize, u64),
        opening: OpeningRecord,
        spool: SessionSpool<SimDisk>,
        disk: SimDisk,
        key: SigningKey,
        asked: u64,
    ) -> Self {
        let freeze = false;
        let policy = Policy {
            needs: StartNeeds { notice: false, capture: true },
            freeze,
            stall: StallLimit::default(),
        };
        let machine = Session::new(crate::scene::moment(asked), scene.moment(), policy);
        Self {
            place,
            parent,
            id: opening.session,
            machine,
            disk,
            opening,
            spool: spool.clone(),
            key,
            recording: None,
            courier: Courier::new(spool),
            send_at: None,
            client: Client::None,
            began: scene.now,
            sent: BTreeMap::new(),
            heard: None,
            next_beat: scene.now,
            last_turn: scene.now,
            ran_at: scene.now,
            turn: 0,
        }
    }

    pub(crate) const fn turn(&self) -> u64 {
        self.turn
    }

    /// When it last ran, milliseconds since the session began.
    pub(crate) fn last_ran_ms(&self) -> u64 {
        self.ran_at - self.began
    }

    /// Whether its recorder is at work.
    pub(crate) fn records(&self) -> bool {
        self.recording.is_some()
    }

    pub(crate) fn is_over(&self) -> bool {
        self.machine.is_over()
    }

    /// The process looks up: time has passed.
    pub(crate) fn look_up(&mut self, scene: &mut Scene) -> Result<(), Ended> {
        let away = scene.now - self.last_turn;
        self.ran_at = if away < AWAY_MS { scene.now } else { self.last_turn };
        self.last_turn = scene.now;
        self.feed(scene, Input::Tick)?;
        self.record(scene, away)?;
        if scene.now >= self.next_beat && !self.is_over() {
            self.beat(scene)?;
        }
        self.deliver(scene)?;
        self.rest(scene)
    }

    /// Something happened to it.
    pub(crate) fn happen(&mut self, scene: &mut Scene, input: Input) -> Result<(), Ended> {
        self.feed(scene, input)?;
        self.deliver(scene)?;
        self.rest(scene)
    }

    /// An answer to its upload came, or none in time.
    pub(crate) fn answered(
        &mut self,
        scene: &mut Scene,
        id: u64,
        reply: Option<crate::wire::Reply>,
    ) -> Result<(), Ended> {
        match self.courier.answered(scene, id, reply) {
            Ok(None) => return Ok(()),
            Ok(Some(step)) => self.stepped(scene, step)?,
            Err(trouble) => self.trouble(scene, trouble)?,
        }
        self.deliver(scene)?;
        self.rest(scene)
    }

    /// Sends what is next.
    fn deliver(&mut self, scene: &mut Scene) -> Result<(), Ended> {
        while self.send_at.is_some_and(|at| at <= scene.now) && !self.is_over() {
            let caller = Caller::Process { session: self.place };
            match self.courier.step(scene, caller) {
                Ok(step) => self.stepped(scene, step)?,
                Err(trouble) => self.trouble(scene, trouble)?,
            }
        }
        Ok(())
    }

    fn stepped(&mut self, scene: &mut Scene, step: Step) -> Result<(), Ended> {
        self.send_at = match step {
            Step::Asked | Step::Idle | Step::Parked | Step::LostHere => None,
            Step::Wait(moment) => Some(millis(moment)),
            Step::Moved { left } => {
                self.send_at = Some(scene.now);
                return self.feed(scene, Input::RecordMoved { left });
            }
            Step::Finished => {
                self.send_at = None;
                return self.feed(scene, Input::Drained);
            }
        };
        Ok(())
    }

    /// The spool could not be used.
    fn trouble(&mut self, scene: &mut Scene, trouble: Trouble) -> Result<(), Ended> {
        if let Some(crash) = self.disk.crashed() {
            return Err(Ended::Crashed(crash));
        }
        match trouble {
            Trouble::Violation(violation) => Err(violation.into()),
            Trouble::Spool(error) => {
                scene.note(format_args!("{}: nothing can be sent: {}", short(self.id), cause(&error)));
                self.send_at = Some(scene.now + 1_000);
                Ok(())
            }
        }
    }

    /// Plans the next turn.
    fn rest(&mut self, scene: &mut Scene) -> Result<(), Ended> {
        if self.is_over() {
            return Err(Ended::Left);
        }
        let mut next = scene.now + TICK_MS;
        next = next.min(self.machine.next_deadline().map_or(next, millis));
        next = next.min(self.next_beat);
        next = next.min(self.send_at.unwrap_or(next));
        if let Some(recording) = &self.recording {
            next = next.min(self.began + recording.second_ends_ms());
        }
        self.turn += 1;
        // Two looks within a millisecond would be one.
        scene.at(next.max(scene.now + 1), Event::ProcessTurn { session: self.place, turn: self.turn });
        Ok(())
    }

    /// Something new lies in the spool.
    fn spooled(&mut self, scene: &Scene) {
        // One who waits by the schedule goes on waiting.
        self.send_at.get_or_insert(scene.now);
    }
}
