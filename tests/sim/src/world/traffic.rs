//! What arrives: requests at the server, answers at the recorder's machine.

use chaperone_seals::Nonce;
use chaperone_session::{Answer, Refusal};

use super::{Stop, World};
use crate::faults::Weather;
use crate::invariant::Break;
use crate::scene::Event;
use crate::wire::{Caller, Reply, Request, is_beat, strange_answer};

impl World {
    /// A request arrives at the server.
    pub(super) fn up(&mut self, id: u64, caller: Caller, request: Request) -> Result<(), Stop> {
        let is_beat = is_beat(&request);
        let reply = self.reply(request)?;
        if let Some(reply) = reply {
            self.scene.answer(id, caller, is_beat, &reply);
        }
        Ok(())
    }

    fn reply(&mut self, request: Request) -> Result<Option<Reply>, Stop> {
        let now = self.scene.now;
        if !self.server.is_up() || self.scene.has(Weather::ServerDown) {
            // The connection is refused, which an upload learns at once.
            let told = !is_beat(&request);
            return Ok(told.then_some(Reply::Failed(Answer::Nothing)));
        }
        let storing = !self.scene.has(Weather::NotStoring);
        Ok(match request {
            Request::Probe => Some(Reply::Here),
            Request::Heartbeat { session, signed } => {
                let Some(process) = &self.processes[session] else { return Ok(None) };
                let id = process.id;
                let nonce = Nonce::from_bytes(self.scene.rng.bytes());
                self.server.beat(id, &signed, storing, nonce, now).map(Reply::Pulse)
            }
            Request::Segments { .. } | Request::Close { .. } if self.scene.strange().is_some() => {
                self.scene.strange().map(|strange| Reply::Failed(strange_answer(strange)))
            }
            Request::Segments { .. } if !storing => {
                Some(Reply::Failed(Answer::Refused { refusal: Refusal::NotStoring, retry_after: None }))
            }
            Request::Segments { body } => self.segments(body)?,
            Request::Close { signed } => {
                let forgets = self.scene.is(Break::EndingForgotten);
                Some(self.server.take_last_link(signed, now, forgets).map_err(Stop::Failed)?)
            }
        })
    }

    fn segments(&mut self, body: Vec<u8>) -> Result<Option<Reply>, Stop> {
        let len = body.len() as u64;
        match self.server.take_segments(body, self.scene.now).map_err(Stop::Failed)? {
            Ok(reply) => {
                if let Reply::Receipts(receipts) = &reply {
                    receipts.iter().try_for_each(|receipt| self.scene.ledger.receipt(receipt))?;
                    if self.scene.is(Break::ReceiptBeforeSync) {
                        self.unsync(len)?;
                    }
                    if self.scene.is(Break::RemoveOnReceipt) {
                        self.remove_a_segment()?;
                    }
                }
                Ok(Some(reply))
            }
            Err(killed) => {
                self.scene.note(format_args!("the server is killed: {killed:?}"));
                self.server.down();
                self.scene.after(self.server_back_ms, Event::ServerStarts);
                Ok(None)
            }
        }
    }

    /// A power cut takes from the server what it has just signed for.
    fn unsync(&mut self, len: u64) -> Result<(), Stop> {
        for session in self.server.rows.keys() {
            let path = self.server.folder.join(session.to_string()).join("segments");
            let file = std::fs::OpenOptions::new().write(true).open(path)?;
            file.set_len(file.metadata()?.len().saturating_sub(len))?;
        }
        self.server.down();
        self.server.up(self.scene.now).map_err(Stop::Failed)?;
        Ok(())
    }

    /// An answer arrives at the recorder's machine, or none in time.
    pub(super) fn down(&mut self, id: u64, caller: Caller, reply: Option<Reply>) -> Result<(), Stop> {
        match caller {
            Caller::Process { session } => {
                let Some(process) = &mut self.processes[session] else { return Ok(()) };
                let ended = match reply {
                    Some(Reply::Pulse(pulse)) => process.hear(&mut self.scene, &pulse),
                    reply => process.answered(&mut self.scene, id, reply),
                };
                self.process(session, ended)
            }
            Caller::Launcher { session, life } => match &mut self.launcher {
                Some(launcher) if launcher.life == life => {
                    let ended = launcher.answered(&mut self.scene, session, id, reply);
                    self.launcher_did(ended)
                }
                Some(_) | None => Ok(()),
            },
        }
    }
}
