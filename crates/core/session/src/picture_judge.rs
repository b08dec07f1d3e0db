//! Is what capture gives a true picture? Judged from its signs of health, by the same rules on every system.
//!
//! A picture that stands still or is black proves nothing: people read, and screens are black. So neither is ever held
//! against capture by itself. What looks wrong is *checked*, and only a check that fails is a loss:
//!
//! - **Stale.** The pointer moves over the target and nothing was drawn for [`CHECK_AFTER`]: everything is read anew and
//!   compared ([`Verdict::Look`]). Only content that differs though nothing told of it is a loss, and it comes with the
//!   next picture.
//! - **Black.** Something was drawn again and again for [`CHECK_AFTER`] and the picture is black all over: a picture is
//!   proven as before the start ([`Verdict::Prove`]). Where that works, the screen is black in truth, and is believed
//!   until it is not black any more. Where it does not, it is a loss until it does.
//! - **Refused.** Content that is due was refused for [`REFUSED_FOR`]: a loss. A window that is going away is refused
//!   for less.
//! - **Away.** The monitors show another desktop: a loss at once, as what can be read is old.
//!
//! A recorded window behind a locked screen, under others or off the monitors is none of these: it is recorded.

use std::time::Duration;

use crate::{CaptureLoss, Moment};

/// How long something has to look wrong before it is checked.
pub const CHECK_AFTER: Duration = Duration::from_secs(5);
/// How long content may be refused.
pub const REFUSED_FOR: Duration = Duration::from_secs(2);

/// Capture's signs of health at one moment. Counters never go back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Signs {
    /// How often something was drawn in the target, as the system told.
    pub drawn: u64,
    /// How often the pointer moved over the target.
    pub stirred: u64,
    /// The picture is black all over.
    pub black: bool,
    /// Content that is due is refused.
    pub refused: bool,
    /// The monitors show another desktop than the one recorded.
    pub away: bool,
}

/// What is to be made of the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing speaks against it.
    Sound,
    /// Compare everything with the picture given last; [`PictureJudge::looked`] says what a difference means.
    Look,
    /// Prove that pictures can be taken; tell what it came to by [`PictureJudge::proved`].
    Prove,
    /// It is no true picture, for this reason.
    Lost(CaptureLoss),
}

/// What is known about a black picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Black {
    /// It is not black, or nothing was drawn since it is.
    Unsuspected,
    /// Something was drawn in it, first at this moment.
    Suspected(Moment),
    /// Pictures were proven while it was black.
    Believed,
    /// The proof failed; it is tried again from this moment on.
    Disproved(Moment),
}

/// Judges one source's pictures.
#[derive(Clone, Debug)]
pub struct PictureJudge {
    last: Signs,
    black: Black,
    /// First movement of the pointer that nothing drawn followed.
    unanswered: Option<Moment>,
    refused: Option<Moment>,
}

impl PictureJudge {
    /// A judge that has seen nothing yet.
    #[must_use]
    pub const fn new() -> Self {
        let last = Signs { drawn: 0, stirred: 0, black: false, refused: false, away: false };
        Self { last, black: Black::Unsuspected, unanswered: None, refused: None }
    }

    /// Takes in the signs at `now` and judges; once a second is often enough.
    pub fn judge(&mut self, now: Moment, signs: Signs) -> Verdict {
        let drawn = signs.drawn > self.last.drawn;
        let stirred = signs.stirred > self.last.stirred;
        self.last = signs;
        self.refused = signs.refused.then(|| self.refused.unwrap_or(now));
        self.unanswered = match self.unanswered {
            _ if drawn => None,
            None if stirred => Some(now),
            unanswered => unanswered,
        };
        self.black = match self.black {
            _ if !signs.black => Black::Unsuspected,
            Black::Unsuspected if drawn => Black::Suspected(now),
            known @ (Black::Unsuspected | Black::Suspected(_) | Black::Believed | Black::Disproved(_)) => {
                known
            }
        };
        if signs.away {
            return Verdict::Lost(CaptureLoss::ScreenLocked);
        }
        if self.refused.is_some_and(|since| now >= since + REFUSED_FOR) {
            return Verdict::Lost(CaptureLoss::Refused);
        }
        match self.black {
            Black::Suspected(since) if drawn && now >= since + CHECK_AFTER => return Verdict::Prove,
            Black::Disproved(again_at) if now >= again_at => return Verdict::Prove,
            Black::Disproved(_) => return Verdict::Lost(CaptureLoss::Black),
            Black::Unsuspected | Black::Suspected(_) | Black::Believed => {}
        }
        if self.unanswered.is_some_and(|since| now >= since + CHECK_AFTER) {
            self.unanswered = None;
            return Verdict::Look;
        }
        Verdict::Sound
    }

    /// What it means whether the look that was asked for found something that nothing had told of.
    #[must_use]
    pub const fn looked(missed: bool) -> Verdict {
        if missed { Verdict::Lost(CaptureLoss::Stale) } else { Verdict::Sound }
    }

    /// The proof that was asked for worked or did not, at `now`.
    pub fn proved(&mut self, now: Moment, proven: bool) -> Verdict {
        if proven {
            self.black = Black::Believed;
            return Verdict::Sound;
        }
        self.black = Black::Disproved(now + CHECK_AFTER);
        Verdict::Lost(CaptureLoss::Black)
    }
}

impl Default for PictureJudge {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests;
