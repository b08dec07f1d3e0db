//! Whether the pictures that come are true ones: the judge's questions, put to capture.

use chaperone_capture::{FrameSource, Looked};
use chaperone_session::{CaptureLoss, Moment, PictureJudge, Signs, Verdict};

/// One source's pictures and what is held of them.
#[derive(Debug, Default)]
pub(super) struct Judged {
    judge: PictureJudge,
    /// Why they are no part of the record at present.
    untrue: Option<CaptureLoss>,
}

impl Judged {
    /// Judges at `now`; why there is no true picture, if there is none. Asks capture what the judge wants to know, which
    /// takes some milliseconds then.
    ///
    /// Once pictures are true again the source is asked for a whole one.
    pub(super) fn check(&mut self, now: Moment, source: &mut dyn FrameSource) -> Option<CaptureLoss> {
        let told = source.signs();
        let signs = Signs {
            drawn: told.drawn,
            stirred: told.stirred,
            black: told.is_black,
            refused: told.is_refused,
            away: told.is_away,
        };
        let verdict = match self.judge.judge(now, signs) {
            Verdict::Look => PictureJudge::looked(source.look_again() == Looked::Missed),
            Verdict::Prove => self.judge.proved(now, source.prove().is_ok()),
            verdict @ (Verdict::Sound | Verdict::Lost(_)) => verdict,
        };
        let loss = match verdict {
            Verdict::Lost(loss) => Some(loss),
            Verdict::Sound | Verdict::Look | Verdict::Prove => None,
        };
        // What was missed comes with the next picture, which is true.
        let untrue = loss.filter(|loss| *loss != CaptureLoss::Stale);
        if self.untrue.is_some() && untrue.is_none() {
            source.whole_again();
        }
        self.untrue = untrue;
        loss
    }

    /// Whether pictures that come now are no part of the record.
    pub(super) const fn are_untrue(&self) -> bool {
        self.untrue.is_some()
    }
}
