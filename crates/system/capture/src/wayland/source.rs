//! The source: waits for pictures on the grid and lets through what really changed.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::choice::Kind;
use super::flow::{Flow, Heard};
use super::inbox::{Inbox, Sent};
use super::portal::{self, OpenSession};
use super::stream::Reception;
use crate::canvas::{Canvas, Pixels};
use crate::grid::Grid;
use crate::{
    Backend, CaptureError, Frame, FrameRate, FrameSource, Gone, Next, Picture, Rect, RestoreToken, Size,
    Wayland,
};

/// How long a proof waits for a picture once the stream runs: desktops that send a first one by themselves do so
/// within 0.3 s.
const FIRST_PICTURE: Duration = Duration::from_millis(500);

struct WaylandSource {
    // INVARIANT: the stream ends before the session it came from does.
    _reception: Reception,
    _session: OpenSession,
    inbox: Arc<Inbox>,
    token: Option<RestoreToken>,
    canvas: Canvas,
    grid: Grid,
    taken_at: Instant,
    /// The next frame is damaged as a whole, whatever changed.
    is_whole_due: bool,
    damage: Vec<Rect>,
}

/// Asks the user for a stream and begins to receive it. Blocks until the user answered.
pub(crate) fn open(
    wayland: &Wayland,
    kind: Kind,
    rate: FrameRate,
) -> Result<Box<dyn FrameSource>, CaptureError> {
    let now = Instant::now();
    let inbox = Arc::new(Inbox::new(now));
    let told = Arc::clone(&inbox);
    let (session, grant) = portal::ask(wayland, kind, move |why| told.hear(Heard::Ended(why.to_owned())))?;
    // The user's time to answer is none of the stream's.
    inbox.begin(Instant::now());
    let reception =
        Reception::start(grant.remote, grant.node, rate, Arc::clone(&inbox)).map_err(|source| {
            CaptureError::Request { operation: "start a thread for PipeWire", source: source.into() }
        })?;
    Ok(Box::new(WaylandSource {
        _reception: reception,
        _session: session,
        inbox,
        token: grant.token,
        canvas: Canvas::default(),
        grid: Grid::new(rate, now),
        taken_at: now,
        is_whole_due: false,
        damage: Vec::new(),
    }))
}

impl FrameSource for WaylandSource {
    fn next(&mut self, deadline: Instant) -> Next<'_> {
        loop {
            let now = Instant::now();
            let inbox = Arc::clone(&self.inbox);
            let mut contents = inbox.lock();
            contents.flow.pass(now);
            let is_due = contents.has_picture() || (self.is_whole_due && !self.canvas.size().is_empty());
            let due = if is_due { self.grid.due() } else { deadline };
            // The last picture of a lost stream is given before the loss is told.
            if is_due && (due <= now || contents.flow.lost().is_some()) {
                self.grid.taken(now);
                let sent = contents.fetch();
                drop(contents);
                if self.take(sent, now) {
                    break;
                }
                continue;
            }
            if let Some(reason) = contents.flow.lost() {
                return Next::Gone(Gone::Lost { reason: reason.to_owned() });
            }
            if deadline <= now {
                return Next::Unchanged;
            }
            let wake = contents.flow.deadline().map_or(deadline, |at| at.min(deadline));
            drop(inbox.wait(contents, wake.min(due)));
        }
        Next::Frame(Frame {
            pixels: self.canvas.bytes(),
            stride: self.canvas.stride(),
            size: self.canvas.size(),
            damage: &self.damage,
            taken_at: self.taken_at,
        })
    }

    fn whole_again(&mut self) {
        self.is_whole_due = true;
    }

    fn prove(&mut self) -> Result<Picture, CaptureError> {
        let size = self.wait_for_picture()?;
        let sent = self.inbox.lock().fetch();
        if sent.is_some() {
            self.take(sent, Instant::now());
            // The frames begin after the proof.
            self.is_whole_due = true;
        }
        if self.canvas.size().is_empty() {
            let pixels = [0, 0, 0, 255].repeat(size.width as usize * size.height as usize);
            return Ok(Picture { pixels, size });
        }
        Ok(Picture { pixels: self.canvas.bytes().to_vec(), size: self.canvas.size() })
    }

    fn backend(&self) -> Backend {
        Backend::Wayland
    }

    fn restore_token(&self) -> Option<&RestoreToken> {
        self.token.as_ref()
    }
}

impl WaylandSource {
    /// Brings the canvas up to date; whether there is something to show.
    fn take(&mut self, sent: Option<Sent>, now: Instant) -> bool {
        if let Some(Sent { pixels, size, taken_at }) = sent {
            if size != self.canvas.size() {
                self.canvas.reset(size);
            }
            self.canvas.paint(0, 0, Pixels { bytes: &pixels, width: size.width });
            // A clock that runs back must not make the record do so.
            self.taken_at = taken_at.max(self.taken_at);
            self.inbox.lock().give_back(pixels);
        } else {
            self.taken_at = now;
        }
        if std::mem::take(&mut self.is_whole_due) {
            self.canvas.mark_whole();
        }
        self.canvas.take_damage(&mut self.damage);
        !self.damage.is_empty()
    }

    /// Waits until the stream runs and then, for a moment, for a picture; gives the size agreed on.
    fn wait_for_picture(&self) -> Result<Size, CaptureError> {
        let mut contents = self.inbox.lock();
        let mut patience = None;
        loop {
            let now = Instant::now();
            contents.flow.pass(now);
            if let Some(reason) = contents.flow.lost() {
                return Err(CaptureError::NotAvailable { reason: reason.to_owned() });
            }
            let is_running = contents.flow == Flow::Streaming;
            if let Some(size) = contents.agreed.filter(|_| is_running) {
                let until = *patience.get_or_insert(now + FIRST_PICTURE);
                if contents.has_picture() || !self.canvas.size().is_empty() || until <= now {
                    return Ok(size);
                }
            }
            let wakes = [patience, contents.flow.deadline()].into_iter().flatten().min();
            contents = self.inbox.wait(contents, wakes.unwrap_or(now + FIRST_PICTURE));
        }
    }
}
