//! Bodies, last links and heartbeats, as the server's routes take them.

use chaperone_custody::{Ending, pace};
use chaperone_evidence::{Command, Heartbeat, Pulse, SessionId, TrackHead};
use chaperone_intake::{Accepted, CloseError, CloseOutcome, LastLink, Refusal as Refused};
use chaperone_seals::{Nonce, signed};
use chaperone_session::{Answer, Refusal};
use std::time::Duration;

use super::{KilledWhile, Server};
use crate::faults::AtIntake;
use crate::wire::Reply;

/// What is ahead of the server's clock may come again after this.
const AHEAD_WAIT: Duration = Duration::from_secs(60);

impl Server {
    /// Takes a body of segments in.
    pub(crate) fn take_segments(
        &mut self,
        body: Vec<u8>,
        now_ms: u64,
    ) -> anyhow::Result<Result<Reply, KilledWhile>> {
        let time = self.time(now_ms);
        let kill_at = self.kill_at.take();
        if kill_at == Some(AtIntake::Torn) {
            self.tear(&body)?;
            return Ok(Err(KilledWhile(AtIntake::Torn)));
        }
        let Some(intake) = &self.intake else { anyhow::bail!("the server is down") };
        let accepted = self.runtime.block_on(intake.accept(body, time))?;
        if kill_at == Some(AtIntake::Stored) {
            return Ok(Err(KilledWhile(AtIntake::Stored)));
        }
        let reply = self.follow(accepted, time);
        Ok(if kill_at.is_some() { Err(KilledWhile(AtIntake::Unanswered)) } else { Ok(reply) })
    }

    /// Tells the database, and words the answer.
    fn follow(&mut self, accepted: Accepted, time: u64) -> Reply {
        let new = accepted.progress.iter().any(|progress| !progress.added.is_empty());
        let mut receipts = Vec::new();
        for progress in accepted.progress {
            receipts.push(progress.receipt.clone());
            self.learn_stored(progress, time);
        }
        let refused = accepted.refused.into_iter().next();
        match refused {
            Some(refused) if !new || receipts.is_empty() => refusal(&refused.refusal),
            Some(_) | None if !receipts.is_empty() => Reply::Receipts(receipts),
            Some(_) | None => Reply::Failed(Answer::Refused { refusal: Refusal::Damaged, retry_after: None }),
        }
    }

    /// Takes a closing or recovery record. `forgets`: its recording is not told of it, which is a fault.
    pub(crate) fn take_last_link(
        &mut self,
        signed: Vec<u8>,
        now_ms: u64,
        forgets: bool,
    ) -> anyhow::Result<Reply> {
        let time = self.time(now_ms);
        let unknown = |status| Reply::Failed(Answer::Unknown { status, retry_after: None });
        let Ok(link) = LastLink::read_unverified(&signed) else { return Ok(unknown(400)) };
        let session = link.session();
        let Some(row) = self.rows.get(&session) else { return Ok(session_unknown()) };
        let opened_ms = row.opening.opened_ms;
        if let LastLink::Closing(closing) = &link
            && closing.at_ms > pace::longest_ms(opened_ms, time)
        {
            return Ok(busy(AHEAD_WAIT));
        }
        let Some(intake) = &self.intake else { anyhow::bail!("the server is down") };
        let closed = match self.runtime.block_on(intake.close(signed.clone(), self.device_key, time)) {
            Ok(closed) => closed,
            Err(CloseError::Intake(error)) => return Err(error.into()),
            Err(CloseError::UnknownSession(_)) => return Ok(session_unknown()),
            Err(_) => return Ok(unknown(409)),
        };
        let ending = match &closed.last {
            LastLink::Closing(record) => Ending::Closed(record.reason),
            LastLink::Recovery(_) => Ending::Recovered,
        };
        let heads: Vec<TrackHead> = closed.last.tracks().iter().map(|end| end.head).collect();
        if !self.learn_closing(session, &signed, (!forgets).then_some(ending), &heads, time) {
            return Ok(unknown(409));
        }
        Ok(match closed.outcome {
            CloseOutcome::Missing(_) => Reply::Missing,
            CloseOutcome::Complete(receipt) => {
                if let Some(row) = self.rows.get_mut(&session) {
                    row.closing_receipt = Some(receipt.clone());
                }
                Reply::ClosingReceipt(receipt)
            }
        })
    }

    /// Answers a heartbeat; nothing where it is none of a session known here.
    pub(crate) fn beat(
        &mut self,
        session: SessionId,
        bytes: &[u8],
        storing: bool,
        nonce: Nonce,
        now_ms: u64,
    ) -> Option<Vec<u8>> {
        let time = self.time(now_ms);
        let row = self.rows.get(&session)?;
        let heartbeat: Heartbeat = signed::verify(bytes, &row.opening.session_key).ok()?;
        if heartbeat.session != session || heartbeat.at_ms > pace::longest_ms(row.opening.opened_ms, time) {
            return None;
        }
        self.learn_heartbeat(session, bytes, heartbeat.at_ms, &heartbeat.tracks, time);
        let row = self.rows.get(&session)?;
        let end = row.end_asked.filter(|_| row.closing.is_none());
        let command = end.map(|cause| Command::End { cause, words: String::new() });
        let pulse = Pulse { session, echo: heartbeat.nonce, nonce, storing, server_ms: time, command };
        Some(signed::sign(&pulse, &self.receipt_key))
    }

    /// Some of a body reaches the log of its session, and nothing is synced.
    fn tear(&self, body: &[u8]) -> std::io::Result<()> {
        use std::io::Write as _;
        let Ok(Some((segment, _))) = chaperone_evidence::segment::read_next(body) else { return Ok(()) };
        let log = self.folder.join(segment.header.session.to_string()).join("segments");
        let Ok(mut log) = std::fs::OpenOptions::new().append(true).open(log) else { return Ok(()) };
        log.write_all(&body[..body.len() / 2])
    }
}

fn refusal(refused: &Refused) -> Reply {
    if matches!(refused, Refused::Ahead { .. }) {
        return busy(AHEAD_WAIT);
    }
    if matches!(refused, Refused::UnknownSession) {
        return session_unknown();
    }
    Reply::Failed(Answer::Refused { refusal: Refusal::Damaged, retry_after: None })
}

fn busy(after: Duration) -> Reply {
    Reply::Failed(Answer::Refused { refusal: Refusal::Busy, retry_after: Some(after) })
}

fn session_unknown() -> Reply {
    Reply::Failed(Answer::Refused { refusal: Refusal::UnknownSession, retry_after: None })
}
