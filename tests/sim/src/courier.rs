//! Bringing one session's record to the server: the real decisions (`core/session`), carried out as
//! `apps/launcher` does (`delivery`), but by events.

use chaperone_evidence::SessionId;
use chaperone_seals::signed;
use chaperone_session::{AfterFailure, AfterMissing, Answer, Delivery, Moment, Next, Pending, Schedule};
use chaperone_spool::{Marked, SessionSpool, SpoolError};
use std::time::Duration;

use crate::disk::SimDisk;
use crate::invariant::{Break, Violation};
use crate::retry_watch::{RetryWatch, in_order};
use crate::scene::Scene;
use crate::wire::{Caller, Reply, Request};

/// How long an upload waits for anything to come, in milliseconds (`uplink`).
const STALL_MS: u64 = 30_000;

/// What a step came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// An answer is awaited.
    Asked,
    Idle,
    Moved {
        left: bool,
    },
    Finished,
    Wait(Moment),
    Parked,
    LostHere,
}

/// Why a step could not be done.
#[derive(Debug)]
pub(crate) enum Trouble {
    Spool(SpoolError),
    Violation(Violation),
}

impl From<SpoolError> for Trouble {
    fn from(error: SpoolError) -> Self {
        Self::Spool(error)
    }
}

impl From<Violation> for Trouble {
    fn from(violation: Violation) -> Self {
        Self::Violation(violation)
    }
}

struct InFlight {
    id: u64,
    batch: Vec<Pending>,
    since: u64,
}

pub(crate) struct Courier {
    pub(crate) spool: SessionSpool<SimDisk>,
    decisions: Delivery,
    in_flight: Option<InFlight>,
    watch: RetryWatch,
}

impl Courier {
    pub(crate) fn new(spool: SessionSpool<SimDisk>) -> Self {
        let decisions = Delivery::new(Schedule::FIVE_OVER_ONE_HOUR);
        Self { spool, decisions, in_flight: None, watch: RetryWatch::default() }
    }

    pub(crate) fn contact(&mut self, scene: &Scene) {
        self.decisions.contact(scene.moment());
        self.watch.contact();
    }

    pub(crate) fn asked(&mut self) {
        self.decisions.asked();
        self.watch.asked();
    }

    /// Sends what is next, unless an answer is awaited.
    pub(crate) fn step(&mut self, scene: &mut Scene, caller: Caller) -> Result<Step, Trouble> {
        if self.in_flight.is_some() {
            return Ok(Step::Asked);
        }
        match self.decisions.next(scene.moment(), self.spool.unreceipted()) {
            Next::Send(batch) => self.send(scene, caller, batch),
            Next::Close => {
                let Some(closing) = self.spool.closing() else { return Ok(Step::Idle) };
                self.watch.sends(scene.now)?;
                scene.note(format_args!("{}: sends its last link", short(self.spool.session())));
                self.ask(scene, caller, Request::Close { signed: closing.signed().to_vec() }, Vec::new());
                Ok(Step::Asked)
            }
            Next::Wait(moment) => Ok(Step::Wait(moment)),
            Next::Parked => Ok(Step::Parked),
            Next::LostHere => Ok(Step::LostHere),
        }
    }

    fn send(&mut self, scene: &mut Scene, caller: Caller, batch: Vec<Pending>) -> Result<Step, Trouble> {
        let (mut body, mut sent) = (Vec::new(), Vec::new());
        let batch = if scene.is(Break::NewestFirst) { batch.into_iter().rev().collect() } else { batch };
        for pending in batch {
            match self.spool.read(pending.track, pending.number) {
                Ok(bytes) => {
                    body.extend(bytes);
                    sent.push(pending);
                }
                Err(_) => self.decisions.cannot_read(pending),
            }
        }
        let (Some(first), Some(last)) = (sent.first(), sent.last()) else {
            return Ok(Step::Wait(scene.moment()));
        };
        self.watch.sends(scene.now)?;
        in_order(&sent, self.spool.unreceipted())?;
        scene.note(format_args!(
            "{}: sends {} segments, {}.{} to {}.{}",
            short(self.spool.session()),
            sent.len(),
            first.track,
            first.number,
            last.track,
            last.number,
        ));
        self.ask(scene, caller, Request::Segments { body }, sent);
        Ok(Step::Asked)
    }

    fn ask(&mut self, scene: &mut Scene, caller: Caller, request: Request, batch: Vec<Pending>) {
        let id = scene.ask(caller, request, Some(STALL_MS));
        self.in_flight = Some(InFlight { id, batch, since: scene.now });
    }

    /// An answer came, or none in time; nothing if nobody waits for it any more.
    pub(crate) fn answered(
        &mut self,
        scene: &mut Scene,
        id: u64,
        reply: Option<Reply>,
    ) -> Result<Option<Step>, Trouble> {
        let Some(asked) = self.in_flight.take_if(|asked| asked.id == id) else { return Ok(None) };
        let session = self.spool.session();
        let step = match reply {
            Some(Reply::Receipts(receipts)) => {
                let mut stored = 0;
                for receipt in receipts {
                    let key = scene.keys.receipt.public();
                    let Ok(read) = signed::verify::<chaperone_evidence::Receipt>(&receipt, &key) else {
                        continue;
                    };
                    self.decisions.receipt_of(read.epoch);
                    if let Marked::Stored(count) = self.spool.mark(&receipt)? {
                        stored += count;
                    }
                }
                if stored == 0 {
                    self.failed(scene, Answer::Nothing, &asked.batch)?
                } else {
                    let time = Duration::from_millis(scene.now - asked.since);
                    self.decisions.receipted(time);
                    self.watch.receipt();
                    let left = self.decisions.readable(self.spool.unreceipted()).next().is_some();
                    scene.note(format_args!("{}: receipt for {stored}, more waits: {left}", short(session)));
                    Step::Moved { left }
                }
            }
            Some(Reply::ClosingReceipt(_)) if scene.is(Break::NeverFinished) => {
                self.failed(scene, Answer::Nothing, &[])?
            }
            Some(Reply::ClosingReceipt(receipt)) => {
                scene.ledger.known(session)?.released = true;
                self.spool.clone().finish(&receipt)?;
                scene.note(format_args!("{}: closing receipt, leaves the spool", short(session)));
                Step::Finished
            }
            Some(Reply::Missing) => match self.decisions.missing() {
                AfterMissing::OfferAgain => {
                    self.spool.offer_again()?;
                    scene.note(format_args!("{}: offers all again", short(session)));
                    Step::Wait(scene.moment())
                }
                AfterMissing::LostHere => {
                    scene.note(format_args!("{}: is lost here", short(session)));
                    scene.ledger.known(session)?.called_lost = true;
                    Step::LostHere
                }
            },
            Some(Reply::Failed(answer)) => self.failed(scene, answer, &asked.batch)?,
            Some(Reply::Pulse(_) | Reply::Here) | None => {
                self.failed(scene, Answer::Nothing, &asked.batch)?
            }
        };
        Ok(Some(step))
    }

    fn failed(&mut self, scene: &mut Scene, answer: Answer, batch: &[Pending]) -> Result<Step, Trouble> {
        let randomness = scene.rng.next();
        self.watch.fails(scene.now, answer, batch.len());
        let after = self.decisions.failed(scene.moment(), answer, batch, randomness);
        if scene.is(Break::RetryStorm) {
            self.decisions.asked();
        }
        let session = self.spool.session();
        scene.note(format_args!("{}: upload failed ({answer:?}): {after:?}", short(session)));
        Ok(match after {
            AfterFailure::Wait(moment) => Step::Wait(moment),
            AfterFailure::Parked => Step::Parked,
            AfterFailure::SetAside(refused) => {
                scene.ledger.known(session)?.set_aside.insert((refused.track, refused.number));
                self.spool.set_aside(refused.track, refused.number)?;
                Step::Wait(scene.moment())
            }
        })
    }
}

/// The end of a session's id: enough to tell two apart.
pub(crate) fn short(session: SessionId) -> String {
    let id = session.to_string();
    id.get(id.len() - 4..).unwrap_or_default().to_owned()
}

/// The innermost reason of an error, which names no path: two runs of one seed have their files in other folders.
pub(crate) fn cause(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}
