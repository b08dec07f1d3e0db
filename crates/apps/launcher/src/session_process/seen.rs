//! What capture has shown, and what that makes of a stretch of the record.

use chaperone_session::CaptureLoss;

/// What capture has shown last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seen {
    /// No window yet: there is nothing to see, and capture says so.
    Nothing,
    /// A picture, which is in the record.
    Picture,
    /// There is something to see and no picture of it, or no window any more.
    Blind {
        /// Since when, milliseconds of the session.
        since_ms: u64,
        /// Why.
        loss: CaptureLoss,
    },
    /// Capture can never give a picture again.
    Lost,
}

/// What a stretch of the record holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// The pictures that came in it.
    Media,
    /// The word that nothing changed.
    Unchanged,
    /// The word that there is no record of it, and why.
    Gap(CaptureLoss),
}

impl Seen {
    /// From `now_ms` on there is no picture for this reason. A stretch without one stays one when its reason changes.
    pub(super) const fn blind(self, now_ms: u64, loss: CaptureLoss) -> Self {
        match self {
            Self::Nothing | Self::Picture => Self::Blind { since_ms: now_ms, loss },
            Self::Blind { since_ms, .. } => Self::Blind { since_ms, loss },
            Self::Lost => Self::Lost,
        }
    }

    /// A window was there at `shown_ms` and no picture of it was ever taken: there was something to see from then on.
    pub(super) const fn with_window_missed(self, shown_ms: u64) -> Self {
        match self {
            Self::Nothing => self.blind(shown_ms, CaptureLoss::Stale),
            Self::Picture | Self::Blind { .. } | Self::Lost => self,
        }
    }

    /// There is no window to see at `now_ms`. Before the first one that is no loss.
    pub(super) const fn without_window(self, now_ms: u64) -> Self {
        match self {
            Self::Nothing => Self::Nothing,
            Self::Picture | Self::Blind { .. } | Self::Lost => self.blind(now_ms, CaptureLoss::WindowGone),
        }
    }

    /// What the stretch from `start_ms` until now holds; `has_media` where pictures of it became video.
    ///
    /// One that began with a picture to hold is told as it was.
    pub(super) const fn content(self, start_ms: u64, has_media: bool) -> Content {
        match self {
            _ if has_media => Content::Media,
            Self::Lost => Content::Gap(CaptureLoss::Stale),
            Self::Blind { since_ms, loss } if since_ms <= start_ms => Content::Gap(loss),
            Self::Nothing | Self::Picture | Self::Blind { .. } => Content::Unchanged,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAILED: CaptureLoss = CaptureLoss::Failed;

    #[test]
    fn pictures_that_became_video_are_the_content_whatever_came_after() {
        for seen in [Seen::Nothing, Seen::Picture, Seen::Picture.blind(1_500, FAILED), Seen::Lost] {
            assert_eq!(seen.content(1_000, true), Content::Media);
        }
    }

    #[test]
    fn only_what_was_seen_to_stand_still_is_unchanged() {
        assert_eq!(Seen::Nothing.content(1_000, false), Content::Unchanged);
        assert_eq!(Seen::Picture.content(1_000, false), Content::Unchanged);
        assert_eq!(Seen::Lost.content(1_000, false), Content::Gap(CaptureLoss::Stale));
        for loss in [FAILED, CaptureLoss::WindowGone, CaptureLoss::Stale] {
            let seen = Seen::Picture.blind(1_000, loss);
            assert_eq!(seen.content(1_000, false), Content::Gap(loss));
            assert_eq!(seen.content(2_000, false), Content::Gap(loss));
            assert_eq!(seen.content(0, false), Content::Unchanged);
        }
    }

    #[test]
    fn a_missing_window_is_a_loss_only_after_there_was_one() {
        assert_eq!(Seen::Nothing.without_window(7), Seen::Nothing);
        let gone = Seen::Picture.without_window(7);
        assert_eq!(gone, Seen::Blind { since_ms: 7, loss: CaptureLoss::WindowGone });
        assert_eq!(gone.without_window(9), gone);
        assert_eq!(Seen::Lost.without_window(9), Seen::Lost);
    }

    #[test]
    fn a_window_of_which_there_is_no_picture_is_a_loss() {
        let missed = Seen::Nothing.with_window_missed(1_200);
        assert_eq!(missed.content(1_200, false), Content::Gap(CaptureLoss::Stale));
        assert_eq!(Seen::Picture.with_window_missed(1_200), Seen::Picture);
    }

    #[test]
    fn a_window_that_goes_while_pictures_fail_does_not_begin_the_stretch_anew() {
        let seen = Seen::Picture.blind(1_000, FAILED).without_window(1_900);
        assert_eq!(seen.content(1_000, false), Content::Gap(CaptureLoss::WindowGone));
    }
}
