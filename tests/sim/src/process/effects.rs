//! Carrying out what the machine wants done (`session_process::run`).

use chaperone_evidence::{ClosingRecord, EndReason as Recorded, LossStamps};
use chaperone_seals::signed;
use chaperone_session::{Effect, EndReason, Input, Moment};

use super::{Client, Ended, Process};
use crate::courier::{Trouble, cause, short};
use crate::invariant::Break;
use crate::scene::{ClientEvent, Event, Scene};

impl Process {
    pub(super) fn feed(&mut self, scene: &mut Scene, input: Input) -> Result<(), Ended> {
        self.machine.handle(scene.moment(), input);
        while let Some(effect) = self.machine.poll_effect() {
            self.carry_out(scene, effect)?;
        }
        Ok(())
    }

    fn carry_out(&mut self, scene: &mut Scene, effect: Effect) -> Result<(), Ended> {
        scene.note(format_args!("{}: {effect:?}", short(self.id)));
        let later = |scene: &mut Scene, from, to, what| {
            let delay = scene.rng.between(from, to);
            scene.after(delay, Event::Client { session: self.place, what });
        };
        match effect {
            Effect::ProveCapture => return self.begin_recording(scene),
            Effect::StartClient => {
                self.client = Client::Starting;
                later(scene, 50, 600, ClientEvent::Started);
            }
            Effect::AskClient => {
                // Most clients do as they are asked.
                if !scene.is(Break::ClientStays) && scene.rng.percent(70) {
                    later(scene, 5, 600, ClientEvent::Gone);
                }
            }
            Effect::KillClient if scene.is(Break::ClientStays) => {}
            Effect::KillClient => later(scene, 1, 150, ClientEvent::Gone),
            Effect::Drain(reason) => return self.drain(scene, reason),
            Effect::ShowNotice
            | Effect::ShowRunning
            | Effect::Trouble { .. }
            | Effect::Well
            | Effect::ShowStall
            | Effect::ClearStall
            | Effect::BeginGap(_)
            | Effect::EndGap
            | Effect::Leave => {}
        }
        Ok(())
    }

    /// Something about the client program.
    pub(crate) fn client(&mut self, scene: &mut Scene, what: ClientEvent) -> Result<(), Ended> {
        let input = match (what, self.client) {
            (ClientEvent::Started, Client::Starting) => {
                self.client = Client::Running;
                let known = scene.ledger.known(self.id)?;
                known.client_runs = true;
                scene.after(200, Event::Client { session: self.place, what: ClientEvent::Window });
                Input::ClientStarted
            }
            (ClientEvent::Window, Client::Running) => Input::WindowAppeared,
            (ClientEvent::Exits, Client::Running) => Input::ClientExited,
            (ClientEvent::Gone, Client::Starting | Client::Running) => {
                self.client = Client::Over;
                scene.ledger.known(self.id)?.client_runs = false;
                Input::TreeGone
            }
            (_, Client::None | Client::Starting | Client::Running | Client::Over) => return Ok(()),
        };
        scene.note(format_args!("{}: client {what:?}", short(self.id)));
        self.happen(scene, input)
    }

    /// Closes the record; then whatever the server takes in time.
    fn drain(&mut self, scene: &mut Scene, reason: EndReason) -> Result<(), Ended> {
        let mut ended_ms = scene.now - self.began;
        if let Some(recorded_ms) = self.finish_recording(scene)? {
            ended_ms = ended_ms.max(recorded_ms);
        }
        let recorded = reason.recorded();
        let record = ClosingRecord {
            session: self.id,
            reason: recorded,
            at_ms: ended_ms,
            wall_ms: scene.wall_ms(),
            tracks: self.spool.ends(),
            loss: self.loss(recorded),
        };
        if let Err(error) = self.spool.close(signed::sign(&record, &self.key)) {
            if let Some(crash) = self.disk.crashed() {
                return Err(Ended::Crashed(crash));
            }
            // The next start closes it by a recovery record.
            scene.note(format_args!("{}: not closed: {}", short(self.id), cause(&error)));
        }
        self.spooled(scene);
        if matches!(reason, EndReason::ServerLost | EndReason::Asleep) {
            self.feed(scene, Input::Drained)?;
        }
        Ok(())
    }

    fn loss(&self, reason: Recorded) -> Option<LossStamps> {
        if reason != Recorded::ServerLost {
            return None;
        }
        let stamps = self.machine.end_stamps();
        let ms = |moment: Moment| moment.as_millis().saturating_sub(self.began);
        Some(LossStamps {
            last_heard_ms: ms(stamps.heartbeat_sent?),
            asked_ms: ms(stamps.asked?),
            killed_ms: stamps.killed.map(ms),
            gone_ms: ms(stamps.gone?),
        })
    }

    /// What a spool that cannot be used means here.
    pub(super) fn spool_failed(&mut self, error: chaperone_spool::SpoolError) -> Result<(), Ended> {
        match self.disk.crashed() {
            Some(crash) => Err(Ended::Crashed(crash)),
            None => match Trouble::from(error) {
                Trouble::Spool(_) => Ok(()),
                Trouble::Violation(violation) => Err(violation.into()),
            },
        }
    }
}
