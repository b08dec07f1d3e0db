//! What a portal is asked for, and whether it granted that.

/// What can be shared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Monitor,
    Window,
}

/// What a portal says it can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Offered {
    pub(super) monitors: bool,
    pub(super) windows: bool,
    pub(super) hides_pointer: bool,
    pub(super) draws_pointer: bool,
}

/// What is done about the pointer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pointer {
    Drawn,
    Hidden,
    /// The portal is not asked, as it names no way it would accept.
    Unasked,
}

/// What came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Granted {
    /// What the portal calls the stream.
    pub(super) claimed: Option<Kind>,
    /// Only a monitor has a place among the others.
    pub(super) has_position: bool,
}

const NO_MONITORS: &str = "this desktop's portal offers no monitors";
const NO_WINDOWS: &str = "this desktop's portal offers whole monitors only, and would share the screen when asked for a window; record the whole screen instead";

impl Offered {
    /// Why a thing of this kind cannot be asked for: portals exist that share a monitor when asked for a window.
    pub(super) fn refusal(self, kind: Kind) -> Option<&'static str> {
        match kind {
            Kind::Monitor => (!self.monitors).then_some(NO_MONITORS),
            Kind::Window => (!self.windows).then_some(NO_WINDOWS),
        }
    }

    pub(super) fn pointer(self) -> Pointer {
        if self.draws_pointer {
            Pointer::Drawn
        } else if self.hides_pointer {
            Pointer::Hidden
        } else {
            Pointer::Unasked
        }
    }

    /// Whether what came back is what was asked for.
    ///
    /// The portal's own word is not enough: one that offers nothing but monitors calls them windows.
    pub(super) fn grants(self, asked: Kind, granted: Granted) -> bool {
        match asked {
            Kind::Monitor => !self.windows || granted.has_position || granted.claimed == Some(Kind::Monitor),
            Kind::Window => self.windows && !granted.has_position && granted.claimed == Some(Kind::Window),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Offered = Offered { monitors: true, windows: true, hides_pointer: true, draws_pointer: true };
    const MONITORS: Offered = Offered { windows: false, ..ALL };

    #[test]
    fn what_is_not_offered_is_not_asked_for() {
        assert_eq!(ALL.refusal(Kind::Monitor), None);
        assert_eq!(ALL.refusal(Kind::Window), None);
        assert_eq!(MONITORS.refusal(Kind::Window), Some(NO_WINDOWS));
        assert_eq!(Offered::default().refusal(Kind::Monitor), Some(NO_MONITORS));
    }

    #[test]
    fn the_pointer_is_drawn_where_it_can_be() {
        assert_eq!(ALL.pointer(), Pointer::Drawn);
        assert_eq!(Offered { draws_pointer: false, ..ALL }.pointer(), Pointer::Hidden);
        assert_eq!(Offered::default().pointer(), Pointer::Unasked);
    }

    #[test]
    fn a_grant_is_judged_by_more_than_its_name() {
        let check = |offered: Offered, asked, claimed, has_position, expected| {
            let granted = Granted { claimed, has_position };
            assert_eq!(offered.grants(asked, granted), expected, "{asked:?} of {offered:?}: {granted:?}");
        };
        check(ALL, Kind::Monitor, Some(Kind::Monitor), true, true);
        check(ALL, Kind::Monitor, Some(Kind::Window), false, false);
        check(ALL, Kind::Monitor, None, false, false);
        check(MONITORS, Kind::Monitor, Some(Kind::Window), false, true);
        check(ALL, Kind::Window, Some(Kind::Window), false, true);
        check(ALL, Kind::Window, Some(Kind::Window), true, false);
        check(ALL, Kind::Window, Some(Kind::Monitor), false, false);
        check(ALL, Kind::Window, None, false, false);
        check(MONITORS, Kind::Window, Some(Kind::Window), false, false);
    }
}
