//! What the portal's stream does within the loop of every back end.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::choice::Kind;
use super::flow::{Flow, Heard};
use super::inbox::{Inbox, Sent};
use super::portal::{self, OpenSession};
use super::stream::Reception;
use crate::canvas::{Canvas, Pixels};
use crate::paced::{Capturer, Paced, Taken};
use crate::{Backend, CaptureError, FrameRate, FrameSource, Picture, RestoreToken, Signs, Size, Wayland};

/// How long a proof waits for a picture once the stream runs: desktops that send a first one by themselves do so
/// within 0.3 s.
const FIRST_PICTURE: Duration = Duration::from_millis(500);

struct PortalCapturer {
    // INVARIANT: the stream ends before the session it came from does.
    _reception: Reception,
    _session: OpenSession,
    inbox: Arc<Inbox>,
    token: Option<RestoreToken>,
    /// A picture has come that was not taken yet.
    has_picture: bool,
}

/// Why the stream is over.
#[derive(Debug)]
struct Lost(String);

impl fmt::Display for Lost {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for Lost {}

/// Asks the user for a stream and begins to receive it. Blocks until the user answered.
pub(crate) fn open(
    wayland: &Wayland,
    kind: Kind,
    rate: FrameRate,
) -> Result<Box<dyn FrameSource>, CaptureError> {
    let inbox = Arc::new(Inbox::new(Instant::now()));
    let told = Arc::clone(&inbox);
    let (session, grant) = portal::ask(wayland, kind, move |why| told.hear(Heard::Ended(why.to_owned())))?;
    // The user's time to answer is none of the stream's.
    inbox.begin(Instant::now());
    let reception =
        Reception::start(grant.remote, grant.node, rate, Arc::clone(&inbox)).map_err(|source| {
            CaptureError::Request { operation: "start a thread for PipeWire", source: source.into() }
        })?;
    let capturer = PortalCapturer {
        _reception: reception,
        _session: session,
        inbox,
        token: grant.token,
        has_picture: false,
    };
    Ok(Box::new(Paced::new(capturer, rate)))
}

impl Capturer for PortalCapturer {
    type Lost = Lost;

    fn backend(&self) -> Backend {
        Backend::Wayland
    }

    /// The last picture of a lost stream is given before the loss is told.
    fn gather(&mut self, _signs: &mut Signs) -> Result<(), Lost> {
        let mut contents = self.inbox.lock();
        contents.flow.pass(Instant::now());
        self.has_picture = contents.has_picture();
        match contents.flow.lost() {
            Some(reason) if !self.has_picture => Err(Lost(reason.to_owned())),
            Some(_) | None => Ok(()),
        }
    }

    fn is_dirty(&self, _canvas: &Canvas) -> bool {
        self.has_picture
    }

    fn sleep(&mut self, until: Instant) -> Result<(), Lost> {
        let contents = self.inbox.lock();
        // What came since it was looked at last has told its news already.
        if !contents.has_picture() && contents.flow.lost().is_none() {
            let wake = contents.flow.deadline().map_or(until, |at| at.min(until));
            drop(self.inbox.wait(contents, wake));
        }
        Ok(())
    }

    fn take(&mut self, canvas: &mut Canvas, now: Instant, _signs: &mut Signs) -> Result<Taken, Lost> {
        let sent = self.inbox.lock().fetch();
        self.has_picture = false;
        Ok(Taken::Painted(sent.map_or(now, |sent| self.paint(canvas, sent))))
    }

    fn prove(&mut self, canvas: &mut Canvas) -> Result<Picture, CaptureError> {
        let size = self.wait_for_picture(canvas)?;
        let sent = self.inbox.lock().fetch();
        if let Some(sent) = sent {
            self.paint(canvas, sent);
        }
        if canvas.size().is_empty() {
            let pixels = [0, 0, 0, 255].repeat(size.width as usize * size.height as usize);
            return Ok(Picture { pixels, size });
        }
        Ok(Picture { pixels: canvas.bytes().to_vec(), size: canvas.size() })
    }

    fn restore_token(&self) -> Option<&RestoreToken> {
        self.token.as_ref()
    }
}

impl PortalCapturer {
    /// Gives when the picture was taken.
    fn paint(&self, canvas: &mut Canvas, sent: Sent) -> Instant {
        let Sent { pixels, size, taken_at } = sent;
        if size != canvas.size() {
            canvas.reset(size);
        }
        canvas.paint(0, 0, Pixels::packed(&pixels, size.width));
        self.inbox.lock().give_back(pixels);
        taken_at
    }

    /// Waits until the stream runs and then, for a moment, for a picture; gives the size agreed on.
    fn wait_for_picture(&self, canvas: &Canvas) -> Result<Size, CaptureError> {
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
                if contents.has_picture() || !canvas.size().is_empty() || until <= now {
                    return Ok(size);
                }
            }
            let wakes = [patience, contents.flow.deadline()].into_iter().flatten().min();
            contents = self.inbox.wait(contents, wakes.unwrap_or(now + FIRST_PICTURE));
        }
    }
}
