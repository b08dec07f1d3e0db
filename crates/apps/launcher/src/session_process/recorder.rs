//! The recording thread: pictures → video or stills → one segment a second → disk, until it is told to stop.
//!
//! It tells the session what it sees by [`Input`]s: proof, signs of life, loss, segments on the disk. What that means is
//! the session's decision.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use chaperone_capture::{CaptureError, FrameRate, FrameSource, Gone, Next, Request, Target};
use chaperone_evidence::{CutContent, GapCause, TrackKind};
use chaperone_media::MediaSegment;
use chaperone_protocol::RecordedArea;
use chaperone_session::{CaptureLoss, EndReason, Input, Moment};
use chaperone_spool::{Appended, SessionSpool, Space};
use chaperone_tasks::Thread;

use super::early::EarlyCapture;
use super::inputs::Inputs;
use super::judged::Judged;
use super::pause::Look;
use super::pictures::{PictureError, Pictures};
use super::run::Run;
use super::seen::{Content, Seen};
use super::track::{Store, Track, TrackError};
use super::window::FirstWindow;
use crate::ambient;
use crate::video::{VideoError, VideoTrack};

/// The longest wait for a picture before the thread looks up: how soon it stops.
const LOOK_UP: Duration = Duration::from_millis(50);
/// How long a window may be there before its first picture. The pictures of a busy machine come late, too.
const PICTURE_WITHIN: Duration = Duration::from_secs(2);
/// Pictures in a row that may fail to become part of the record before the record counts as lost.
const FAILURES_BORNE: u32 = 3;

/// Why recording could not begin or go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum RecorderError {
    /// The instructions and the opening record plan no pictures.
    #[error("no pictures are to be recorded")]
    NotAsked,
    /// No picture can be taken.
    #[error("the screen cannot be recorded")]
    Capture(#[from] CaptureError),
    /// The picture can be taken and not encoded.
    #[error("pictures cannot be encoded")]
    Video(#[from] VideoError),
    /// Pictures can be taken and not kept.
    #[error("pictures cannot be kept")]
    Picture(#[from] PictureError),
    /// The record cannot be kept.
    #[error("the record cannot be kept")]
    Track(#[from] TrackError),
    /// The thread could not be started, or panicked.
    #[error("the recording thread failed")]
    Thread(#[source] anyhow::Error),
}

/// Begins to record as the session's instructions ask for, into its spool. `early` is used where it is for the same
/// pictures.
pub(crate) fn begin(run: &Run, early: Option<EarlyCapture>) -> Result<Recorder, RecorderError> {
    let Some(policy) = run.instructions.policy.recording else {
        return Err(RecorderError::NotAsked);
    };
    let opening = run.spool.opening();
    let planned = |kind| opening.tracks.iter().find(|plan| plan.kind == kind);
    let plan = planned(TrackKind::Video).or_else(|| planned(TrackKind::Stills));
    let plan = plan.ok_or(RecorderError::NotAsked)?;
    let track = Track::new(
        opening,
        run.spool.signed_opening(),
        plan.track,
        Arc::clone(&run.key),
        store(run.spool.clone(), run.inputs.clone()),
        run.heard.clone(),
        millis(ambient::now().since(run.began)),
    )?;
    let rate = FrameRate::new(policy.frames_per_second).unwrap_or_default();
    let (desktop, tree) = (run.desktop.clone(), run.tree.clone());
    let early = early.filter(|early| policy.area == RecordedArea::ClientWindows && early.serves(rate));
    let open = move || match (policy.area, early) {
        (RecordedArea::ClientWindows, Some(early)) => early.finish(tree),
        (RecordedArea::ClientWindows, None) => {
            let target = Target::Processes(Arc::new(move |pid: u32| tree.owns(pid)));
            prove(&Request { desktop, target, rate })
        }
        (RecordedArea::Screen, _) => prove(&Request { desktop, target: Target::Screen, rate }),
    };
    let pictures = Pictures::new(plan.kind, policy.frames_per_second);
    Recorder::start(open, pictures, track, run.began, run.inputs.clone(), run.first_window.clone())
}

/// Takes a picture by the very path that will be used, and encodes it.
pub(crate) fn prove(request: &Request) -> Result<Box<dyn FrameSource>, RecorderError> {
    let mut source = chaperone_capture::open(request)?;
    let picture = source.prove()?;
    let whole = [picture.size.whole()];
    let frame = chaperone_capture::Frame {
        pixels: &picture.pixels,
        stride: picture.pixels.len() / usize::try_from(picture.size.height.max(1)).unwrap_or(1),
        size: picture.size,
        damage: &whole,
        taken_at: Instant::now(),
    };
    // The proof picture is not the session's: an encoder of its own shows that pictures of this desktop encode.
    VideoTrack::new(1).push(&frame, Duration::ZERO)?;
    Ok(source)
}

/// Brings segments to the disk, and ends the session when there is no more room for them.
fn store(spool: SessionSpool, inputs: Inputs) -> Store {
    Box::new(move |segment| match spool.append(segment)? {
        Appended::Stored(Space::Enough | Space::Low) => Ok(()),
        Appended::Stored(Space::Exhausted) => {
            inputs.tell_blocking(Input::End(EndReason::DiskFull));
            Ok(())
        }
        Appended::DiskFull => {
            inputs.tell_blocking(Input::End(EndReason::DiskFull));
            anyhow::bail!("the disk is full")
        }
    })
}

/// A recorder at work.
#[derive(Debug)]
pub(crate) struct Recorder {
    stop: Arc<AtomicBool>,
    thread: Thread<Result<u64, RecorderError>>,
}

impl Recorder {
    /// Starts the thread, which first has `open` give a proven source and tells whether it can record
    /// ([`Input::CaptureProven`] or [`Input::CaptureNotProven`]). `began` is when the session began.
    fn start(
        open: impl FnOnce() -> Result<Box<dyn FrameSource>, RecorderError> + Send + 'static,
        pictures: Pictures,
        track: Track,
        began: Moment,
        inputs: Inputs,
        first_window: FirstWindow,
    ) -> Result<Self, RecorderError> {
        let stop = Arc::new(AtomicBool::new(false));
        let recording = Recording {
            pictures,
            track,
            began,
            inputs,
            first_window,
            stop: Arc::clone(&stop),
            seen: Seen::Nothing,
            judged: Judged::default(),
            failures: 0,
        };
        let thread = Thread::start("record", move || recording.run(open))
            .map_err(|error| RecorderError::Thread(error.into()))?;
        Ok(Self { stop, thread })
    }

    /// Closes the last segment; returns where it ends, milliseconds since the session began. Blocks for a tenth of a
    /// second or so, and as long as the disk takes.
    pub(crate) fn finish(self) -> Result<u64, RecorderError> {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().map_err(|error| RecorderError::Thread(error.into()))?
    }
}

struct Recording {
    pictures: Pictures,
    track: Track,
    began: Moment,
    inputs: Inputs,
    first_window: FirstWindow,
    stop: Arc<AtomicBool>,
    seen: Seen,
    judged: Judged,
    failures: u32,
}

impl Recording {
    fn run(
        mut self,
        open: impl FnOnce() -> Result<Box<dyn FrameSource>, RecorderError>,
    ) -> Result<u64, RecorderError> {
        let mut source = match open().and_then(|source| self.begin().map(|()| source)) {
            Ok(source) => source,
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "Recording cannot begin");
                self.tell(Input::CaptureNotProven);
                return Err(error);
            }
        };
        self.tell(Input::CaptureProven);
        self.tell(Input::SegmentSpooled);
        let result = self.record(source.as_mut());
        if let Err(error) = &result {
            tracing::error!(error = error as &dyn std::error::Error, "Recording failed");
            self.tell(Input::End(EndReason::RecorderFailed));
        }
        result.map(|()| self.track.next_ms())
    }

    /// Brings a first segment to the disk: the record can be kept.
    fn begin(&mut self) -> Result<(), RecorderError> {
        self.track.put(self.now_ms(), CutContent::Unchanged)?;
        Ok(())
    }

    fn record(&mut self, source: &mut dyn FrameSource) -> Result<(), RecorderError> {
        let mut last_look = Look::now();
        while !self.stop.load(Ordering::Relaxed) {
            let look = Look::now();
            let pause = look.pause_since(last_look);
            last_look = look;
            if let Some(cause) = pause {
                self.cut_gap(cause)?;
                continue;
            }
            let second_ends = self.track.next_ms() / 1_000 * 1_000 + 1_000;
            let now_ms = self.now_ms();
            if now_ms >= second_ends {
                self.miss_window(PICTURE_WITHIN)?;
                self.cut(now_ms)?;
                self.judge(ambient::now(), source);
                continue;
            }
            let left = Duration::from_millis(second_ends - now_ms).min(LOOK_UP);
            if self.seen == Seen::Lost {
                std::thread::sleep(left);
            } else {
                self.look(source, Instant::now() + left)?;
            }
        }
        // Whatever a window showed that is gone now and has no picture, nobody can see any more.
        self.miss_window(Duration::ZERO)?;
        self.cut(self.now_ms())
    }

    /// Where the first window has been there for `borne` without a picture, there is none from when it came.
    fn miss_window(&mut self, borne: Duration) -> Result<(), RecorderError> {
        let Some(seen_at) = self.first_window.seen_at().filter(|_| self.seen == Seen::Nothing) else {
            return Ok(());
        };
        if ambient::now().since(seen_at) >= borne {
            self.cut(millis(seen_at.since(self.began)))?;
            self.seen = self.seen.with_window_missed(self.track.next_ms());
        }
        Ok(())
    }

    /// Asks whether what capture gives is true; where it is not, there is no record from here on.
    fn judge(&mut self, now: Moment, source: &mut dyn FrameSource) {
        if matches!(self.seen, Seen::Nothing | Seen::Lost) {
            return;
        }
        if let Some(loss) = self.judged.check(now, source) {
            tracing::warn!(?loss, "What capture gives is no true picture");
            self.seen = self.seen.blind(self.track.next_ms(), loss);
            self.tell(Input::CaptureLost(loss));
        }
    }

    /// Waits for one picture and takes it in.
    fn look(&mut self, source: &mut dyn FrameSource, deadline: Instant) -> Result<(), RecorderError> {
        match source.next(deadline) {
            Next::Unchanged => {}
            Next::Frame(_) if self.judged.are_untrue() => {}
            Next::Frame(frame) => {
                // The picture's own clock does not count sleep; its age does not need to.
                let taken = ambient::now().since(self.began).saturating_sub(frame.taken_at.elapsed());
                match self.pictures.push(&frame, taken) {
                    Ok(closed) => self.shown(millis(taken), closed)?,
                    Err(error) => {
                        self.failed(millis(taken), error)?;
                        source.whole_again();
                    }
                }
            }
            Next::Gone(Gone::NoWindow | Gone::Hidden) => {
                self.seen = self.seen.without_window(self.now_ms());
            }
            Next::Gone(Gone::Lost { reason }) => {
                tracing::error!(reason, "Capture is lost");
                self.cut(self.now_ms())?;
                self.seen = Seen::Lost;
                self.tell(Input::CaptureLost(CaptureLoss::Stale));
            }
            Next::Gone(other) => {
                tracing::warn!(?other, "Capture has nothing to show");
                self.seen = self.seen.blind(self.now_ms(), CaptureLoss::Stale);
            }
        }
        Ok(())
    }

    /// A picture is part of the record; `closed` is the segment it closed by coming in another format.
    fn shown(&mut self, taken_ms: u64, closed: Option<MediaSegment>) -> Result<(), RecorderError> {
        self.failures = 0;
        if let Some(segment) = closed {
            self.put_media(&segment)?;
        }
        if let Content::Gap(loss) = self.seen.content(self.track.next_ms(), false)
            && taken_ms > self.track.next_ms()
        {
            // The picture ends the stretch without one; it must not be shown as if it had been there before.
            self.track.put(taken_ms, CutContent::Gap(loss.gap_cause()))?;
            self.tell(Input::SegmentSpooled);
        }
        self.seen = Seen::Picture;
        Ok(())
    }

    /// A picture taken at `taken_ms` did not become part of the record, which has none from there until the next that does.
    fn failed(&mut self, taken_ms: u64, error: PictureError) -> Result<(), RecorderError> {
        self.failures += 1;
        tracing::warn!(error = &error as &dyn std::error::Error, "A picture is missing in the record");
        if self.failures > FAILURES_BORNE {
            return Err(error.into());
        }
        self.cut(taken_ms)?;
        self.seen = self.seen.blind(self.track.next_ms(), CaptureLoss::Failed);
        self.tell(Input::CaptureLost(CaptureLoss::Failed));
        Ok(())
    }

    /// Ends a segment now.
    fn cut(&mut self, now_ms: u64) -> Result<(), RecorderError> {
        let start_ms = self.track.next_ms();
        if now_ms <= start_ms {
            return Ok(());
        }
        let segment = self.close(start_ms, now_ms);
        match (self.seen.content(start_ms, segment.is_some()), segment) {
            (Content::Media, Some(segment)) => {
                self.track.put(now_ms, CutContent::Media(&segment.payload))?;
                self.tell(Input::CaptureAlive);
            }
            (Content::Gap(loss), _) => {
                self.track.put(now_ms, CutContent::Gap(loss.gap_cause()))?;
                self.pictures.restart();
                self.tell(Input::CaptureLost(loss));
            }
            (Content::Media | Content::Unchanged, _) => {
                self.track.put(now_ms, CutContent::Unchanged)?;
                self.tell(Input::CaptureAlive);
            }
        }
        self.tell(Input::SegmentSpooled);
        Ok(())
    }

    /// The pictures of a segment that began at `start_ms`. Where they cannot be kept, there are none from there on.
    fn close(&mut self, start_ms: u64, end_ms: u64) -> Option<MediaSegment> {
        match self.pictures.close(Duration::from_millis(end_ms)) {
            Ok(segment) => segment,
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "Pictures are missing in the record"
                );
                self.seen = self.seen.blind(start_ms, CaptureLoss::Failed);
                None
            }
        }
    }

    fn cut_gap(&mut self, cause: GapCause) -> Result<(), RecorderError> {
        let start_ms = self.track.next_ms();
        if let Some(segment) = self.close(start_ms, start_ms) {
            // What was seen before the gap ends where its last picture does.
            self.put_media(&segment)?;
        }
        self.track.put(self.now_ms(), CutContent::Gap(cause))?;
        self.pictures.restart();
        self.tell(Input::SegmentSpooled);
        Ok(())
    }

    /// A segment that ends before its second does.
    fn put_media(&mut self, segment: &MediaSegment) -> Result<(), RecorderError> {
        let end_ms = segment.end / (u64::from(chaperone_media::TIMESCALE) / 1_000);
        self.track.put(end_ms.max(self.track.next_ms()), CutContent::Media(&segment.payload))?;
        self.tell(Input::SegmentSpooled);
        Ok(())
    }

    fn now_ms(&self) -> u64 {
        millis(ambient::now().since(self.began))
    }

    fn tell(&self, input: Input) {
        self.inputs.tell_blocking(input);
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
