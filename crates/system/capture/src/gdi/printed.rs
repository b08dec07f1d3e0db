//! A window that draws itself for us, on a thread that it may hold up.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TryRecvError, sync_channel};
use std::time::{Duration, Instant};

use chaperone_tasks::Thread;

use super::print::print;
use crate::canvas::Pixels;
use crate::win32::{Awareness, Bitmap, Content, Lost, Read, TopLevel, Window};
use crate::{Rect, Size};

/// How long a window is waited for, so that busy programs do not hold up the others' pictures. One that takes longer is
/// read when it is done.
const DRAWING_TAKES: Duration = Duration::from_millis(50);
/// How long the last picture of a busy window stands for what it shows: a program that handles no messages draws nothing,
/// but one of its other threads might. Windows itself takes a program for hung after as long.
const PICTURE_HOLDS: Duration = Duration::from_secs(5);

/// What one window drew last.
pub(crate) struct Printed {
    /// Ends the thread when it is dropped.
    jobs: SyncSender<Bitmap>,
    done: Receiver<Done>,
    /// What of the window is seen.
    seen: Rect,
    /// As drawn last; `None` before the first time.
    content: Option<Bitmap>,
    /// For the next time; `None` while the window draws into it.
    spare: Option<Bitmap>,
    asked_at: Instant,
}

type Done = Result<(Bitmap, bool), Lost>;

impl Printed {
    /// For a window in its present size.
    pub(crate) fn new(top_level: &TopLevel) -> Result<Self, Lost> {
        let TopLevel { window, area, seen, .. } = *top_level;
        let spare = Bitmap::new(Size::new(area.width(), area.height()))?;
        let seen = seen.in_picture_of(area).unwrap_or_default();
        let (jobs, to_do) = sync_channel(1);
        let (finished, done) = sync_channel(1);
        // INVARIANT: never joined, as nobody knows when the window lets go of it.
        Thread::start("print", move || draw(window, &to_do, &finished))
            .map_err(|error| Lost::of("start a thread", &error.to_string()))?
            .detach();
        Ok(Self { jobs, done, seen, content: None, spare: Some(spare), asked_at: Instant::now() })
    }

    /// Takes in what the window drew, if it did.
    fn take(&mut self, done: Done) -> Result<Read, Lost> {
        let (drawn, is_drawn) = done?;
        if !is_drawn {
            self.spare = Some(drawn);
            return Ok(Read::Refused);
        }
        self.spare = match self.content.replace(drawn) {
            Some(before) => Some(before),
            None => self.content.as_ref().map(|drawn| Bitmap::new(drawn.size())).transpose()?,
        };
        Ok(Read::Anew)
    }

    /// What is said while the window draws.
    fn wait(&self) -> Read {
        if self.content.is_some() && stands(self.asked_at.elapsed()) { Read::Same } else { Read::Refused }
    }
}

/// Whether the last picture of a window still counts that has been drawing for so long.
fn stands(drawing: Duration) -> bool {
    drawing < PICTURE_HOLDS
}

impl Content for Printed {
    fn read(&mut self) -> Result<Read, Lost> {
        let Some(spare) = self.spare.take() else {
            return match self.done.try_recv() {
                Ok(done) => self.take(done),
                Err(TryRecvError::Empty) => Ok(self.wait()),
                Err(TryRecvError::Disconnected) => Ok(Read::Ended),
            };
        };
        self.asked_at = Instant::now();
        if self.jobs.send(spare).is_err() {
            return Ok(Read::Ended);
        }
        match self.done.recv_timeout(DRAWING_TAKES) {
            Ok(done) => self.take(done),
            Err(RecvTimeoutError::Timeout) => Ok(self.wait()),
            Err(RecvTimeoutError::Disconnected) => Ok(Read::Ended),
        }
    }

    fn pixels(&self) -> Option<Pixels<'_>> {
        self.content.as_ref()?.pixels().part(self.seen)
    }
}

/// Has the window draw for each job, until nobody asks any more.
fn draw(window: Window, jobs: &Receiver<Bitmap>, done: &SyncSender<Done>) {
    let _awareness = Awareness::begin();
    while let Ok(mut bitmap) = jobs.recv() {
        let printed = print(window, &mut bitmap);
        if done.send(printed.map(|is_drawn| (bitmap, is_drawn))).is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_busy_windows_picture_does_not_count_for_ever() {
        assert!(stands(DRAWING_TAKES) && stands(Duration::from_millis(4_999)));
        assert!(!stands(Duration::from_secs(5)));
    }
}
