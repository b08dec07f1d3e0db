//! The watched pipe between a parent and the child it started: one hand-over, then pulses both ways.
//!
//! The parent makes an [`Offer`], starts the child with [`Offer::argument`] in its command line, and hands over. From
//! then on each side sends a pulse every [`INTERVAL`], and learns through [`Watch::next_event`] when the other is gone: at the
//! end of the pipe (the other process has ended, however it ended) or after [`SILENCE`] (it is stopped or stuck). Small
//! messages go the same way.
//!
//! Everything here is plain threads and blocking calls, so that a stalled async runtime neither hides the other side's
//! end nor is hidden: [`Sender::require_sign_of_life`] ties the pulses to the caller's own loop.
//!
//! Silence is counted in waking time. A sleep of the machine is told as [`Event::Slept`], for the caller to judge.

mod inherit;
mod sender;
mod watch;

use std::ffi::OsString;
use std::io;
use std::process::Command;
use std::time::Duration;

use thiserror::Error;

use crate::frame::MAX_FRAME;
pub use sender::{SendError, Sender};
pub use watch::{Event, Gone, Watch};

#[cfg(unix)]
#[path = "pulse/unix.rs"]
mod platform;
#[cfg(windows)]
#[path = "pulse/windows.rs"]
mod platform;

/// Between two pulses.
pub const INTERVAL: Duration = Duration::from_millis(500);

/// So long without a sign from the other side means it is gone.
pub const SILENCE: Duration = Duration::from_secs(2);

/// How long a child may take from its start to its first pulse: it has to be loaded first.
pub const FIRST_SIGN: Duration = Duration::from_secs(10);

/// Why a pulse pipe could not be made or used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PulseError {
    /// The system gave no pipe.
    #[error("cannot make the pipe to a child process")]
    Make(#[source] io::Error),
    /// The argument does not name an inherited pipe.
    #[error("{argument:?} does not name a pipe inherited from the parent process")]
    Argument {
        /// The argument's value.
        argument: OsString,
    },
    /// The inherited pipe could not be taken over.
    #[error("cannot take over the pipe inherited from the parent process")]
    Inherit(#[source] io::Error),
    /// The hand-over is longer than a message may be.
    #[error("a hand-over of {length} bytes is longer than the {MAX_FRAME} allowed, or empty")]
    HandOverLength {
        /// Its length in bytes.
        length: usize,
    },
    /// The hand-over could not be written.
    #[error("cannot hand over to the child process")]
    HandOver(#[source] io::Error),
    /// The other side ended or fell silent before the hand-over.
    #[error("the other process was gone before the hand-over ({0:?})")]
    Gone(Gone),
    /// The thread for pulses could not be started.
    #[error("cannot start the pulse thread")]
    Thread(#[source] io::Error),
}

/// A pipe made for one child, before that child runs.
#[derive(Debug)]
pub struct Offer {
    parent: platform::End,
    child: inherit::ChildEnd,
}

impl Offer {
    /// Makes a pipe and lets the process that `command` starts, and no other, inherit its far end.
    ///
    /// Windows hands inheritable handles to every process started meanwhile: start no other between this call and
    /// [`Offer::started`].
    pub fn prepare(command: &mut Command) -> Result<Self, PulseError> {
        let (parent, child) = inherit::prepare(command).map_err(PulseError::Make)?;
        Ok(Self { parent, child })
    }

    /// The value by which the child finds its end: a descriptor's number, or two handles. Good for exactly this child.
    pub fn argument(&self) -> OsString {
        self.child.argument()
    }

    /// Call once the child runs: closes its end here, so that its death is seen.
    pub fn started(self) -> Parent {
        drop(self.child);
        Parent { end: self.parent }
    }
}

/// The parent's end, before the hand-over.
#[derive(Debug)]
pub struct Parent {
    end: platform::End,
}

impl Parent {
    /// Hands `message` (1 to [`MAX_FRAME`] bytes) over and begins to pulse. Blocks shortly. The message may be secret: it
    /// is kept nowhere here.
    pub fn hand_over(mut self, message: &[u8]) -> Result<(Sender, Watch), PulseError> {
        let length = message.len();
        let prefix = crate::frame::prefix(length).filter(|_| length > 0);
        let prefix = prefix.ok_or(PulseError::HandOverLength { length })?;
        self.end
            .write_all(&prefix)
            .and_then(|()| self.end.write_all(message))
            .map_err(PulseError::HandOver)?;
        begin(self.end, FIRST_SIGN)
    }
}

/// The child's end, before the hand-over.
#[derive(Debug)]
pub struct Child {
    end: platform::End,
}

impl Child {
    /// Takes over the pipe named by the command line. Call it once, early in `main`: from then on no process started by
    /// this one inherits the pipe.
    pub fn inherit(argument: &std::ffi::OsStr) -> Result<Self, PulseError> {
        Ok(Self { end: inherit::take(argument)? })
    }

    /// Waits for the parent's hand-over, at most `within`, and begins to pulse. Blocks.
    pub fn receive(self, within: Duration) -> Result<(Vec<u8>, Sender, Watch), PulseError> {
        let (sender, mut watch) = begin(self.end, within)?;
        loop {
            match watch.next_event() {
                Event::Frame(message) => return Ok((message, sender, watch)),
                Event::Slept(_) => {}
                Event::Gone(gone) => return Err(PulseError::Gone(gone)),
            }
        }
    }
}

fn begin(end: platform::End, first_sign: Duration) -> Result<(Sender, Watch), PulseError> {
    let (reader, writer) = end.split().map_err(PulseError::Make)?;
    let sender = Sender::start(writer).map_err(PulseError::Thread)?;
    Ok((sender, Watch::new(reader, first_sign, SILENCE)))
}

#[cfg(test)]
mod tests;
