//! Bringing one session's record to its server: batches of segments, receipts, and at last the closing receipt.
//!
//! The session process does this while it records, the launcher for what earlier processes left. Whoever does it waits,
//! and decides what is shown; this module decides what is sent next and what an answer means.

mod batch;

use std::time::Duration;

use chaperone_protocol::ErrorCode;
use chaperone_session::{Action, Answer, Moment, NextTry, Refusal, Retry, Schedule, answer_action};
use chaperone_spool::{Marked, Pending, SessionSpool, SpoolError};
use chaperone_tasks::{TaskError, Tasks};
use chaperone_uplink::{Client, Progress, UplinkError};

use self::batch::Batch;
use crate::ambient;
use crate::server_access::code;

/// The spool could not be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum DeliveryError {
    /// The spool itself.
    #[error("the spool cannot be used")]
    Spool(#[from] SpoolError),
    /// The task that used it.
    #[error("the spool's task failed")]
    Task(#[from] TaskError),
}

/// What one step came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Nothing waits at present, and the session goes on.
    Idle,
    /// The server signed for something; `left` says whether more waits.
    Moved {
        /// Whether segments still wait.
        left: bool,
    },
    /// The server holds everything and has signed for it: the session left the spool.
    Finished,
    /// Nothing may be sent before this moment.
    Wait(Moment),
    /// Nothing is sent until restart, Retry or contact.
    Parked,
}

/// One session on its way to its server.
pub(crate) struct Delivery {
    client: Client,
    spool: SessionSpool,
    retry: Retry,
    batch: Batch,
    /// Bytes the connection has taken.
    progress: Progress,
    tasks: Tasks,
}

impl Delivery {
    pub(crate) fn new(client: Client, spool: SessionSpool, tasks: Tasks) -> Self {
        let retry = Retry::new(Schedule::FIVE_OVER_ONE_HOUR);
        Self { client, spool, retry, batch: Batch::default(), progress: Progress::default(), tasks }
    }

    /// Bytes the connection has taken so far: slow can be told from stuck by it.
    pub(crate) fn progress(&self) -> Progress {
        self.progress.clone()
    }

    /// A newer key set is known.
    pub(crate) fn use_client(&mut self, client: Client) {
        self.client = client;
    }

    /// The same server gave a signed sign of life.
    pub(crate) fn contact(&mut self) {
        self.retry.contact(ambient::now());
    }

    /// The user pressed Retry.
    pub(crate) fn asked(&mut self) {
        self.retry.asked();
    }

    /// Sends what is next, if it may be sent now. Dropped in the middle, the same is sent again.
    pub(crate) async fn step(&mut self) -> Result<Step, DeliveryError> {
        match self.retry.next_try(ambient::now()) {
            NextTry::Now => {}
            NextTry::At(moment) => return Ok(Step::Wait(moment)),
            NextTry::Parked => return Ok(Step::Parked),
        }
        let batch = self.batch.take(self.spool.unreceipted());
        if batch.is_empty() { self.close().await } else { self.send(&batch).await }
    }

    async fn send(&mut self, batch: &[Pending]) -> Result<Step, DeliveryError> {
        let (spool, pending) = (self.spool.clone(), batch.to_vec());
        let read = move || -> Result<Vec<u8>, SpoolError> {
            let mut body = Vec::new();
            for segment in pending {
                body.extend(spool.read(segment.track, segment.number)?);
            }
            Ok(body)
        };
        let body = self.tasks.spawn_blocking("read-spool", read).await??;
        let began = ambient::now();
        match self.client.send_segments(body.into(), &self.progress).await {
            Ok(receipts) => {
                let spool = self.spool.clone();
                let mark = move || -> Result<u64, SpoolError> {
                    let mut stored = 0;
                    for receipt in receipts {
                        match spool.mark(&receipt.signed)? {
                            Marked::Stored(count) => stored += count,
                            Marked::Older => {}
                            Marked::Disagrees => {
                                tracing::error!(session = %spool.session(), "The server holds another record than ours");
                            }
                        }
                    }
                    Ok(stored)
                };
                if self.tasks.spawn_blocking("mark-spool", mark).await?? == 0 {
                    // An answer that signs for nothing of what was sent is no success.
                    return self.failed(Answer::Nothing, batch).await;
                }
                self.retry.receipt();
                self.batch.took(ambient::now().since(began));
                Ok(Step::Moved { left: self.spool.unreceipted().next().is_some() })
            }
            Err(error) => {
                tracing::warn!(session = %self.spool.session(), %error, "An upload failed");
                self.failed(answer(&error), batch).await
            }
        }
    }

    /// Everything is signed for: the last link, once there is one.
    async fn close(&mut self) -> Result<Step, DeliveryError> {
        let Some(closing) = self.spool.closing() else { return Ok(Step::Idle) };
        match self.client.close(closing.signed().to_vec()).await {
            Ok((receipt, _)) => {
                let spool = self.spool.clone();
                self.tasks.spawn_blocking("finish-spool", move || spool.finish(&receipt)).await??;
                Ok(Step::Finished)
            }
            Err(error) => {
                tracing::warn!(session = %self.spool.session(), %error, "Closing failed");
                if code(&error) == Some(ErrorCode::SegmentsMissing) {
                    // It once signed for what it now misses: its store was restored.
                    let spool = self.spool.clone();
                    self.tasks.spawn_blocking("offer-again", move || spool.offer_again()).await??;
                }
                self.failed(answer(&error), &[]).await
            }
        }
    }

    async fn failed(&mut self, answer: Answer, batch: &[Pending]) -> Result<Step, DeliveryError> {
        let now = ambient::now();
        match answer_action(answer, batch.len()) {
            Action::Smaller => {
                self.batch.smaller(batch.len());
                return Ok(Step::Wait(now));
            }
            Action::Quarantine => {
                if let [refused] = batch {
                    let (spool, refused) = (self.spool.clone(), *refused);
                    let aside = move || spool.set_aside(refused.track, refused.number);
                    let kept = self.tasks.spawn_blocking("set-aside", aside).await??;
                    tracing::error!(?kept, "The server refused a segment; it is kept aside");
                    return Ok(Step::Wait(now));
                }
                self.again(now, None);
            }
            Action::Wait(wait) => self.again(now, Some(wait)),
            Action::Done | Action::Again | Action::Park => self.again(now, None),
        }
        Ok(match self.retry.next_try(now) {
            NextTry::At(moment) => Step::Wait(moment),
            NextTry::Now => Step::Wait(now),
            NextTry::Parked => Step::Parked,
        })
    }

    fn again(&mut self, now: Moment, wait: Option<Duration>) {
        // Without randomness all recorders come back at once, which is a burden and no danger.
        let randomness = ambient::random().map(u64::from_be_bytes).unwrap_or_default();
        self.retry.failed(now, wait, randomness);
    }
}

/// What an error says about the segments that were sent.
fn answer(error: &UplinkError) -> Answer {
    if let UplinkError::Refused { problem, retry_after } = error {
        return match refusal(problem.code) {
            Some(refusal) => Answer::Refused { refusal, retry_after: *retry_after },
            None => Answer::Unknown { status: problem.code.status(), retry_after: *retry_after },
        };
    }
    if let UplinkError::Unknown { status, retry_after } = error {
        return Answer::Unknown { status: *status, retry_after: *retry_after };
    }
    Answer::Nothing
}

/// What a code says about segments; nothing for one that is about something else.
fn refusal(code: ErrorCode) -> Option<Refusal> {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "every other code is about something else than segments"
    )]
    match code {
        ErrorCode::TooLarge => Some(Refusal::TooLarge),
        ErrorCode::TooMany | ErrorCode::TimedOut => Some(Refusal::Busy),
        ErrorCode::StorageUnavailable => Some(Refusal::NotStoring),
        ErrorCode::SegmentRefused | ErrorCode::Malformed => Some(Refusal::Damaged),
        ErrorCode::SessionUnknown => Some(Refusal::UnknownSession),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_servers_own_word_about_segments_is_a_refusal() {
        assert_eq!(refusal(ErrorCode::SegmentRefused), Some(Refusal::Damaged));
        assert_eq!(refusal(ErrorCode::SegmentsMissing), None);
        assert_eq!(refusal(ErrorCode::Internal), None);
        let portal = UplinkError::Unknown { status: 403, retry_after: None };
        assert_eq!(answer(&portal), Answer::Unknown { status: 403, retry_after: None });
        assert_eq!(answer(&UplinkError::TimedOut), Answer::Nothing);
    }
}
