//! The cover window: holds keyboard and pointer back while a session is frozen, says why, and counts down.
//!
//! It stands over the whole screen, of the session's process and not of its client tree, so that it is on no picture of
//! the client's windows; where the whole screen is recorded, it is on the record as it was on the screen. Everything
//! typed and clicked meanwhile is discarded, for every program on the screen. Whoever takes the window away, or keyboard
//! or pointer from it, breaks the hold, which is told at once: it is never held by half.
//!
//! Held are keyboard and pointer as windows get them. A program that reads the devices past the windows (raw events,
//! files of the kernel) or is sent events by another program is not kept from it.

#[cfg(target_os = "linux")]
#[path = "cover/linux.rs"]
mod platform;
#[cfg(not(target_os = "linux"))]
#[path = "cover/none.rs"]
mod platform;

pub use crate::look::Look;

/// Why input is not held back.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CoverError {
    /// Nobody can on this system yet.
    #[error("keyboard and pointer cannot be held back on this system yet")]
    NotAvailable,
    /// The screen cannot be reached, or not any more.
    #[error("cannot reach the screen to hold keyboard and pointer back")]
    Connect(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The screen has fewer than 24 bits of colour, or an order of bytes we do not draw in.
    #[error("the screen's kind of colours is not supported")]
    Colours,
    /// The window could not be made, or not be drawn.
    #[error("cannot show the cover window")]
    Window(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Another program holds keyboard or pointer, as an open menu or a locked screen does.
    #[error("another program holds keyboard or pointer")]
    Refused,
    /// The screen does not answer in time.
    #[error("the screen does not answer in time")]
    Late,
    /// Somebody unmapped or destroyed the window.
    #[error("somebody took the cover window away")]
    TakenAway,
    /// Its thread could not be started.
    #[error("cannot start the cover window's thread")]
    Thread(#[source] std::io::Error),
}

/// What the cover says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Why input is held: one sentence.
    pub why: String,
    /// When the session ends if nothing changes, in nanoseconds of [`crate::now_ns`]; unknown: soon.
    pub ends_ns: Option<u64>,
}

impl Notice {
    /// What happens, at `now_ns`.
    #[must_use]
    pub fn countdown(&self, now_ns: u64) -> String {
        match self.ends_ns {
            Some(ends_ns) => {
                let seconds = ends_ns.saturating_sub(now_ns).div_ceil(1_000_000_000);
                format!("This session ends in {seconds} s")
            }
            None => "This session ends soon".to_owned(),
        }
    }
}

/// Keyboard and pointer, held back. Dropping it gives them back at once and blocks on nothing.
#[derive(Debug)]
pub struct Cover(platform::Cover);

impl Cover {
    /// Takes keyboard and pointer, then shows the window. Blocks until they are taken, 400 ms at most, of which 200 ms
    /// are for another program to let go of them. `broken` is called, on a thread of the cover's own, when they are held
    /// no longer although this was not dropped.
    ///
    /// # Errors
    /// [`CoverError`]; nothing is held then.
    pub fn start(
        look: Look,
        notice: Notice,
        broken: impl FnOnce(CoverError) + Send + 'static,
    ) -> Result<Self, CoverError> {
        platform::Cover::start(look, notice, broken).map(Self)
    }

    /// Says something else from now on. Returns at once.
    pub fn show(&self, notice: Notice) {
        self.0.show(notice);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_counts_down_and_never_below_zero() {
        let second = 1_000_000_000;
        let notice = Notice { why: String::new(), ends_ns: Some(10 * second) };
        for (now, expected) in
            [(0, "10 s"), (3 * second, "7 s"), (3 * second + 1, "7 s"), (11 * second, "0 s")]
        {
            assert_eq!(notice.countdown(now), format!("This session ends in {expected}"));
        }
        assert_eq!(Notice { ends_ns: None, ..notice }.countdown(0), "This session ends soon");
    }
}
