//! The loop: pictures to video, a second to the disk, until something ends it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use chaperone_capture::{FrameSource, Gone, Next, WindowId};
use chaperone_media::MediaSegment;
use chaperone_session::Moment;

use super::answer::{self, Ended, Recorded};
use super::film::Film;
use super::pictures::Pictures;
use super::processor;
use super::progress::Progress;
use crate::ambient;
use crate::exit::Exit;
use crate::failure::{Failure, Outcome};

/// The longest wait for a picture before the recorder looks up: how soon it stops.
const LOOK_UP: Duration = Duration::from_millis(100);
/// What taking the last picture may take, beyond the time until it is due.
const LAST_PICTURE: Duration = Duration::from_millis(20);
/// What a film is cut into.
const SECOND: Duration = Duration::from_secs(1);

/// What is asked for.
#[derive(Debug)]
pub(super) struct Plan {
    /// Pictures a second at most.
    pub(super) frames_per_second: u8,
    /// Whether they are kept as stills first.
    pub(super) stills: bool,
    /// When to stop without being asked.
    pub(super) limit: Option<Duration>,
    /// The one window to record; the screen without.
    pub(super) window: Option<WindowId>,
    /// Who watches.
    pub(super) progress: Progress,
}

/// Records to the end; gives back what was recorded, with what broke it off if anything did. Blocks.
///
/// # Errors
/// What kept the first second from being recorded; then there is no file.
pub(super) fn run(
    source: Box<dyn FrameSource>,
    film: Film,
    plan: Plan,
    stop: &AtomicBool,
) -> Outcome<(Recorded, Option<Failure>)> {
    let kept = if plan.stills { Pictures::stills() } else { Pictures::video(plan.frames_per_second) };
    let began = ambient::now();
    let mut recording = Recording {
        source,
        film,
        kept,
        plan,
        began,
        shown_from: None,
        shown_until: Duration::ZERO,
        pictures: 0,
        unseen: Duration::ZERO,
        unseen_since: None,
    };
    let ended = recording.record(stop);
    recording.plan.progress.clear();
    let finished = recording.finish();
    let (ended, failure) = match (ended, finished) {
        (Ok(ended), Ok(())) => (ended, None),
        (Err(failure), _) | (Ok(_), Err(failure)) => (Ended::Failed, Some(failure)),
    };
    recording.recorded(ended, failure)
}

struct Recording {
    source: Box<dyn FrameSource>,
    film: Film,
    kept: Pictures,
    plan: Plan,
    began: Moment,
    /// When the first picture was taken: where the film begins.
    shown_from: Option<Duration>,
    /// Where the film ends.
    shown_until: Duration,
    pictures: u64,
    /// Time without anything to take a picture of, but for the stretch that lasts.
    unseen: Duration,
    /// Since when there is nothing to take a picture of.
    unseen_since: Option<Duration>,
}

impl Recording {
    fn record(&mut self, stop: &AtomicBool) -> Outcome<Ended> {
        let mut second_ends = SECOND;
        loop {
            let elapsed = self.elapsed();
            if stop.load(Ordering::Relaxed) {
                self.look_last()?;
                return Ok(Ended::Stopped);
            }
            if self.plan.limit.is_some_and(|limit| elapsed >= limit) {
                return Ok(Ended::TimeOver);
            }
            if elapsed >= second_ends {
                let closed = self.kept.close(elapsed)?;
                self.write(closed)?;
                self.plan.progress.tell(elapsed, self.pictures, self.film.bytes());
                second_ends += SECOND;
                continue;
            }
            let wait = LOOK_UP.min(second_ends.saturating_sub(elapsed));
            if let Some(ended) = self.look(Instant::now() + wait)? {
                return Ok(ended);
            }
        }
    }

    /// Waits for one picture and takes it in.
    fn look(&mut self, deadline: Instant) -> Outcome<Option<Ended>> {
        match self.source.next(deadline) {
            Next::Unchanged => {}
            Next::Frame(frame) => {
                let elapsed = ambient::now().since(self.began);
                let taken = elapsed.saturating_sub(frame.taken_at.elapsed());
                let closed = self.kept.push(&frame, taken)?;
                self.pictures += 1;
                self.shown_from.get_or_insert(taken);
                if let Some(since) = self.unseen_since.take() {
                    self.unseen += taken.saturating_sub(since);
                }
                self.write(closed)?;
            }
            Next::Gone(Gone::NoWindow) if self.plan.window.is_some() => {
                return self.without_window().map(Some);
            }
            Next::Gone(Gone::Lost { reason }) => {
                return Err(Failure::new(Exit::Failed, "the screen cannot be recorded any more")
                    .because(anyhow::anyhow!(reason))
                    .advise("What was recorded until then is kept."));
            }
            // The film begins with its first picture; nothing is missing before.
            Next::Gone(_) if self.shown_from.is_none() => {}
            Next::Gone(_) => {
                let now = ambient::now().since(self.began);
                self.unseen_since.get_or_insert(now);
            }
        }
        Ok(None)
    }

    fn without_window(&self) -> Outcome<Ended> {
        match self.plan.window {
            Some(id) if self.pictures == 0 => {
                let what = format!("there is no window {id} of at least 16 pixels either way to record");
                Err(Failure::new(Exit::NotFound, what).advise("`xwininfo` tells a window's number and size."))
            }
            _ => Ok(Ended::WindowClosed),
        }
    }

    /// Takes in what changed before the recording was to end: pictures are taken at most once in a while, and the last one
    /// may still be due.
    fn look_last(&mut self) -> Outcome<()> {
        let interval = SECOND / u32::from(self.plan.frames_per_second.max(1));
        self.look(Instant::now() + interval + LAST_PICTURE).map(drop)
    }

    /// Shows the last picture until the very end, and brings it to the disk.
    fn finish(&mut self) -> Outcome<()> {
        let end = self.elapsed();
        self.shown_until = end;
        if let Some(since) = self.unseen_since.take() {
            self.unseen += end.saturating_sub(since);
        }
        if self.film.is_broken() {
            return Ok(());
        }
        let closed = self.kept.finish(end)?;
        self.write(closed)
    }

    fn write(&mut self, segments: impl IntoIterator<Item = MediaSegment>) -> Outcome<()> {
        segments.into_iter().try_for_each(|segment| self.film.append(&segment.payload))
    }

    fn elapsed(&self) -> Duration {
        ambient::now().since(self.began)
    }

    fn recorded(self, ended: Ended, failure: Option<Failure>) -> Outcome<(Recorded, Option<Failure>)> {
        let length = self.shown_until.saturating_sub(self.shown_from.unwrap_or_default());
        let bytes = self.film.bytes();
        if bytes == 0 {
            return Err(failure.unwrap_or_else(|| {
                Failure::new(Exit::Failed, "nothing was recorded, as there was nothing to be seen")
                    .advise("Bring the window up before it is recorded.")
            }));
        }
        let recorded = Recorded {
            file: self.film.path().display().to_string(),
            ended,
            seconds: length.as_secs_f64(),
            unseen_seconds: self.unseen.as_secs_f64(),
            pictures: self.pictures,
            key_frames: self.kept.key_frames(),
            bytes,
            bytes_per_hour: answer::per_hour(bytes, length),
            cpu_seconds: processor::used().as_secs_f64(),
        };
        Ok((recorded, failure))
    }
}
