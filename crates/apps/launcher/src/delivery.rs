//! Bringing one session's record to its server: batches of segments, receipts, and at last the closing receipt.
//!
//! The session process does this while it records, the launcher for what earlier processes left. Whoever does it waits,
//! and decides what is shown; what is sent next and what an answer means is decided in `core/session`, and carried out
//! here.

mod reading;

use chaperone_protocol::ErrorCode;
use chaperone_session::{
    AfterFailure, AfterMissing, Answer, Delivery as Decisions, Moment, Next, Refusal, Schedule,
};
use chaperone_spool::{Marked, Pending, SessionSpool, SpoolError};
use chaperone_tasks::{TaskError, Tasks};
use chaperone_uplink::{Client, Progress, UplinkError};

use self::reading::{Read, read};
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
    /// The server misses announced segments that cannot be had here any more. Only a restart or Retry looks again.
    LostHere,
}

/// One session on its way to its server.
pub(crate) struct Delivery {
    client: Client,
    spool: SessionSpool,
    decisions: Decisions,
    /// Bytes the connection has taken.
    progress: Progress,
    tasks: Tasks,
}

impl Delivery {
    pub(crate) fn new(client: Client, spool: SessionSpool, tasks: Tasks) -> Self {
        let decisions = Decisions::new(Schedule::FIVE_OVER_ONE_HOUR);
        Self { client, spool, decisions, progress: Progress::default(), tasks }
    }

    /// Bytes the connection has taken so far: slow can be told from stuck by it.
    pub(crate) fn progress(&self) -> Progress {
        self.progress.clone()
    }

    /// Segments that lie here and cannot be read.
    pub(crate) fn unreadable(&self) -> u64 {
        self.decisions.unreadable()
    }

    /// A newer key set is known.
    pub(crate) fn use_client(&mut self, client: Client) {
        self.client = client;
    }

    /// The same server gave a signed sign of life.
    pub(crate) fn contact(&mut self) {
        self.decisions.contact(ambient::now());
    }

    /// The user pressed Retry: what could not be read or was missing may be there again.
    pub(crate) fn asked(&mut self) {
        self.decisions.asked();
    }

    /// Sends what is next, if it may be sent now. Dropped in the middle, the same is sent again.
    pub(crate) async fn step(&mut self) -> Result<Step, DeliveryError> {
        match self.decisions.next(ambient::now(), self.spool.unreceipted()) {
            Next::Send(batch) => self.send(&batch).await,
            Next::Close => self.close().await,
            Next::Wait(moment) => Ok(Step::Wait(moment)),
            Next::Parked => Ok(Step::Parked),
            Next::LostHere => Ok(Step::LostHere),
        }
    }

    async fn send(&mut self, batch: &[Pending]) -> Result<Step, DeliveryError> {
        let (spool, pending) = (self.spool.clone(), batch.to_vec());
        let reading = move || read(&pending, |segment| spool.read(segment.track, segment.number));
        let Read { body, sent, failed } = self.tasks.spawn_blocking("read-spool", reading).await?;
        for (segment, error) in failed {
            let Pending { track, number, .. } = segment;
            let (session, error) = (self.spool.session(), &error as &dyn std::error::Error);
            tracing::error!(%session, track, number, error, "A segment is unreadable; the others are sent");
            self.decisions.cannot_read(segment);
        }
        if sent.is_empty() {
            return Ok(Step::Wait(ambient::now()));
        }
        let batch = &*sent;
        let began = ambient::now();
        match self.client.send_segments(body.into(), &self.progress).await {
            Ok(receipts) => {
                receipts.iter().for_each(|receipt| self.decisions.receipt_of(receipt.receipt.epoch));
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
                self.decisions.receipted(ambient::now().since(began));
                let left = self.decisions.readable(self.spool.unreceipted()).next().is_some();
                Ok(Step::Moved { left })
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
                    return self.missed().await;
                }
                self.failed(answer(&error), &[]).await
            }
        }
    }

    /// The server misses announced segments though nothing waits here.
    async fn missed(&mut self) -> Result<Step, DeliveryError> {
        match self.decisions.missing() {
            AfterMissing::OfferAgain => {
                let spool = self.spool.clone();
                self.tasks.spawn_blocking("offer-again", move || spool.offer_again()).await??;
                Ok(Step::Wait(ambient::now()))
            }
            AfterMissing::LostHere => {
                let (session, unreadable) = (self.spool.session(), self.unreadable());
                tracing::error!(%session, unreadable, "The server misses segments that are lost here");
                Ok(Step::LostHere)
            }
        }
    }

    async fn failed(&mut self, answer: Answer, batch: &[Pending]) -> Result<Step, DeliveryError> {
        let now = ambient::now();
        // Without randomness all recorders come back at once, which is a burden and no danger.
        let randomness = ambient::random().map(u64::from_be_bytes).unwrap_or_default();
        Ok(match self.decisions.failed(now, answer, batch, randomness) {
            AfterFailure::Wait(moment) => Step::Wait(moment),
            AfterFailure::Parked => Step::Parked,
            AfterFailure::SetAside(refused) => {
                let spool = self.spool.clone();
                let aside = move || spool.set_aside(refused.track, refused.number);
                let kept = self.tasks.spawn_blocking("set-aside", aside).await??;
                tracing::error!(?kept, "The server refused a segment; it is kept aside");
                Step::Wait(now)
            }
        })
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
    use chaperone_evidence::{Cut, CutContent, Receipt, TrackWriter};
    use chaperone_paths::Folders;
    use chaperone_seals::{ContentKey, Digest, KeySet, SigningKey, signed};
    use chaperone_spool::{Appended, Created, Spool};

    use super::*;
    use crate::testing::{ORIGIN, opening};

    /// A session of two segments that the server has signed for.
    fn receipted(folders: &Folders) -> SessionSpool {
        let key = SigningKey::from_seed(&[3; 32]);
        let (opening, signed_opening) = opening(1, Digest::of(b"device"), &key);
        let created = Spool::open(&folders.spool_dir()).unwrap().create_session(&signed_opening).unwrap();
        let Created::Session(spool) = created else { panic!("the disk is full") };
        let content = ContentKey::from_bytes([4; 32]);
        let mut writer = TrackWriter::new(&opening, &signed_opening, 0, &content, || [0; 32]).unwrap();
        for start_ms in [0, 1_000] {
            let content_of = CutContent::Unchanged;
            let cut = Cut { start_ms, duration_ms: 1_000, wall_ms: 0, heard: None, content: content_of };
            let segment = writer.write(&cut, &content, &key).unwrap();
            assert!(matches!(spool.append(&segment).unwrap(), Appended::Stored(_)));
        }
        let (session, through) = (spool.session(), writer.end().head);
        let receipt = Receipt { session, through, above: Vec::new(), epoch: 1, server_ms: 0 };
        let marked = spool.mark(&signed::sign(&receipt, &SigningKey::from_seed(&[1; 32]))).unwrap();
        assert_eq!(marked, Marked::Stored(2));
        spool
    }

    fn delivery(spool: SessionSpool) -> Delivery {
        let root = SigningKey::from_seed(&[1; 32]).public();
        let (keys, revoked) = (Vec::new(), Vec::new());
        let keys = KeySet { version: 1, root, issued_ms: 1, expires_ms: 1_000, keys, revoked };
        Delivery::new(Client::new(ORIGIN.parse().unwrap(), keys).unwrap(), spool, Tasks::new())
    }

    #[tokio::test]
    async fn what_a_server_misses_is_offered_once_and_then_called_lost() {
        let home = tempfile::tempdir().unwrap();
        let folders = Folders::under(home.path()).unwrap();
        folders.create().unwrap();
        let mut delivery = delivery(receipted(&folders));
        assert!(matches!(delivery.missed().await.unwrap(), Step::Wait(_)));
        assert_eq!(delivery.spool.unreceipted().count(), 2);
        assert_eq!(delivery.missed().await.unwrap(), Step::LostHere);
        delivery.contact();
        assert_eq!(delivery.step().await.unwrap(), Step::LostHere, "nothing is sent by itself any more");
        delivery.asked();
        assert!(matches!(delivery.missed().await.unwrap(), Step::Wait(_)), "it is offered anew");
    }

    #[tokio::test]
    async fn a_file_that_is_gone_is_left_out() {
        let home = tempfile::tempdir().unwrap();
        let folders = Folders::under(home.path()).unwrap();
        folders.create().unwrap();
        let spool = receipted(&folders);
        spool.offer_again().unwrap();
        let dir = folders.spool_dir().join(spool.session().to_string());
        let segments = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
        for segment in segments.filter(|path| path.to_string_lossy().contains("segment")) {
            std::fs::remove_file(segment).unwrap();
        }
        let mut delivery = delivery(spool);
        assert!(matches!(delivery.step().await.unwrap(), Step::Wait(_)));
        assert_eq!(delivery.unreadable(), 2);
        assert_eq!(delivery.step().await.unwrap(), Step::Idle);
    }

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
