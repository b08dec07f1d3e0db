//! The seam every system's capture stands behind.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use crate::{
    Backend, CaptureError, FrameRate, Looked, Next, Picture, RestoreToken, Signs, Wayland, platform,
};

/// A stream of pictures of one target.
///
/// Dropping a source gives back everything it holds in the display server.
pub trait FrameSource: Send {
    /// The next picture, at the earliest at the next tick of the pacing grid.
    ///
    /// Blocks until something changed or `deadline` passed, asleep meanwhile. Changes that come too late for
    /// `deadline` are kept for the next call. The first frame of a target is damaged as a whole. A target that
    /// goes away is told at once, and then again at the deadline of every call while it stays away.
    fn next(&mut self, deadline: Instant) -> Next<'_>;

    /// Asks for the whole picture as the next frame, changed or not: the one given last did not become part of the record.
    fn whole_again(&mut self);

    /// Takes one picture over the very path [`FrameSource::next`] uses, whether or not the target has a window
    /// yet, and checks that what was drawn is what was read. Blocks for some milliseconds.
    ///
    /// Nothing can be drawn on Wayland: there it is proven that the stream runs, for which the user may have to wait
    /// longer, and the picture is black where the desktop sends none before something changes.
    ///
    /// # Errors
    /// Whatever keeps this source from recording.
    fn prove(&mut self) -> Result<Picture, CaptureError>;

    /// What it can tell of its own health; asks nobody, so it may be asked before each picture is used. After a frame they
    /// are that frame's: what the system told until its pixels were read is among them. A back end that knows none tells of
    /// none.
    fn signs(&self) -> Signs {
        Signs::default()
    }

    /// Compares everything there is with the picture given last, whatever the system told. Blocks for some
    /// milliseconds: it is for when something looks wrong.
    fn look_again(&mut self) -> Looked {
        Looked::Unclear
    }

    /// Which back end gives the pictures.
    fn backend(&self) -> Backend;

    /// What to hand in the next time so that the user is not asked again, see [`crate::Consent::Keep`]. Another one
    /// than was handed in takes its place; `None` where nothing is kept.
    fn restore_token(&self) -> Option<&RestoreToken> {
        None
    }
}

/// The displays a session runs on, read from the environment by the caller.
///
/// Windows and macOS have one desktop without a name; there both stay `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Desktop {
    /// Value of `DISPLAY`, as `:0`.
    pub x11: Option<String>,
    /// The Wayland desktop, if it is one. `x11` is then its server for X11 programs.
    pub wayland: Option<Wayland>,
}

/// Identity of a window in the display server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct WindowId(pub u64);

impl fmt::Display for WindowId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:#x}", self.0)
    }
}

/// The processes of a session, without the recorder itself. Asked whenever a window appears, on the thread that
/// captures or waits; must not block.
pub trait ProcessSet: Send + Sync {
    /// Whether process `pid` belongs to the session now.
    fn owns_pid(&self, pid: u32) -> bool;
}

impl<F: Fn(u32) -> bool + Send + Sync> ProcessSet for F {
    fn owns_pid(&self, pid: u32) -> bool {
        self(pid)
    }
}

/// What is recorded.
#[derive(Clone)]
pub enum Target {
    /// The whole screen: all monitors on one canvas; on Wayland the one monitor the user picks.
    Screen,
    /// Every top-level window of these processes, also when covered, composed on one canvas. On a Wayland desktop
    /// without X11 the one window the user picks, as nothing there tells whose it is.
    Processes(Arc<dyn ProcessSet>),
    /// This window alone.
    Window(WindowId),
}

impl fmt::Debug for Target {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Screen => formatter.write_str("Screen"),
            Self::Processes(_) => formatter.write_str("Processes"),
            Self::Window(id) => write!(formatter, "Window({id})"),
        }
    }
}

/// What [`open`] is asked for.
#[derive(Debug, Clone)]
pub struct Request {
    /// Where to look.
    pub desktop: Desktop,
    /// What to record.
    pub target: Target,
    /// How often at most.
    pub rate: FrameRate,
}

/// Opens the best back end this desktop has for the target. On Wayland it blocks until the user has answered the
/// desktop's question, two minutes at most.
///
/// # Errors
/// [`CaptureError::NotAvailable`] with words where none can record the target; [`CaptureError::Declined`] when the
/// user said no; else why the chosen one failed.
pub fn open(request: &Request) -> Result<Box<dyn FrameSource>, CaptureError> {
    platform::open(request)
}
