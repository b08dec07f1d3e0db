//! The pixels of one window or monitor, however they are got.

use super::lost::Lost;
use crate::area::Area;
use crate::canvas::Pixels;

/// Holds what a window or monitor showed when it was read last.
pub(crate) trait Content: Send {
    /// Brings it up to date, without waiting long for anyone.
    fn read(&mut self) -> Result<Read, Lost>;

    /// Whether it goes on when the window changes its size. One that does not is opened anew.
    fn resizes(&self) -> bool {
        false
    }

    /// As read last; `None` if it never was.
    fn pixels(&self) -> Option<Pixels<'_>>;
}

/// Opens a way to the pixels of a window or monitor.
pub(crate) type Open<T> = Box<dyn FnMut(&T) -> Result<Box<dyn Content>, Lost> + Send>;

/// What became of reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Read {
    /// All of it was read, as nobody tells of changes.
    Anew,
    /// All of it may have changed, as Windows tells.
    Whole,
    /// These parts may have changed, as Windows tells, counted from its own corner.
    Parts(Vec<Area>),
    /// Nothing changed, as Windows tells.
    Same,
    /// It cannot be told what it shows.
    Refused,
    /// This way to it is over; another one has to be opened.
    Ended,
}
