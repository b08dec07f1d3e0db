//! Heartbeats up, pulses down (`session_process::control`).

use chaperone_evidence::{Command, Heartbeat, Pulse};
use chaperone_seals::{Nonce, signed};
use chaperone_session::{EndReason, Input};

use super::{Ended, Process};
use crate::courier::short;
use crate::scene::Scene;
use crate::wire::{Caller, Request};

/// Between two heartbeats, in milliseconds.
const EVERY_MS: u64 = 1_000;

impl Process {
    pub(super) fn beat(&mut self, scene: &mut Scene) -> Result<(), Ended> {
        self.next_beat = scene.now + EVERY_MS;
        let nonce = Nonce::from_bytes(scene.rng.bytes());
        let heartbeat = Heartbeat {
            session: self.id,
            nonce,
            at_ms: scene.now - self.began,
            tracks: self.spool.ends().into_iter().map(|end| end.head).collect(),
            shown: None,
        };
        let signed = signed::sign(&heartbeat, &self.key);
        self.sent.insert(*nonce.as_bytes(), scene.now);
        self.feed(scene, Input::HeartbeatSent(nonce))?;
        scene.ask(
            Caller::Process { session: self.place },
            Request::Heartbeat { session: self.place, signed },
            None,
        );
        Ok(())
    }

    /// A pulse arrived.
    pub(crate) fn hear(&mut self, scene: &mut Scene, pulse: &[u8]) -> Result<(), Ended> {
        let Ok(pulse) = signed::verify::<Pulse>(pulse, &scene.keys.receipt.public()) else { return Ok(()) };
        let Some(sent) = self.sent.get(pulse.echo.as_bytes()).copied() else { return Ok(()) };
        let known = scene.ledger.known(self.id)?;
        known.anchor_ms = known.anchor_ms.max(sent);
        self.heard = Some(pulse.nonce);
        self.feed(scene, Input::HeartbeatHeard(pulse.echo))?;
        self.courier.contact(scene);
        // Whoever waits for an answer is not woken by contact.
        self.send_at = Some(scene.now);
        if let Some(Command::End { cause, .. }) = pulse.command {
            scene.note(format_args!("{}: the server asks for its end", short(self.id)));
            self.feed(scene, Input::End(EndReason::ServerEnded(cause)))?;
        }
        self.deliver(scene)?;
        self.rest(scene)
    }
}
