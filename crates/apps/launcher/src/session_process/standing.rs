//! What launcher and recording sign are shown of a session: its course, and what is wrong with it while it runs.

use chaperone_session::Trouble;

use crate::view::Phase;

/// How a session stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    course: Phase,
    trouble: Option<Trouble>,
    stalled: bool,
}

/// What is shown of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shown {
    /// On its course, and not running.
    Course(Phase),
    /// Running, and nothing is wrong.
    Running,
    /// Running, with something wrong that may pass.
    Trouble(Trouble),
    /// Running, and the record does not reach the server.
    Stalled,
}

impl Standing {
    /// A session whose ticket was just redeemed.
    pub(crate) const fn new() -> Self {
        Self { course: Phase::Starting, trouble: None, stalled: false }
    }

    /// It reached the next phase of its course.
    pub(crate) const fn reached(&mut self, phase: Phase) {
        self.course = phase;
    }

    /// Something is wrong; nothing that is over.
    pub(crate) const fn trouble(&mut self, why: Option<Trouble>) {
        self.trouble = why;
    }

    /// Whether the record moves.
    pub(crate) const fn stalled(&mut self, stalled: bool) {
        self.stalled = stalled;
    }

    /// What to show. Trouble waits until the session runs: a notice must not go away while it is read.
    pub(crate) const fn shown(&self) -> Shown {
        match (self.course, self.trouble) {
            (Phase::Running, Some(why)) => Shown::Trouble(why),
            (Phase::Running, None) if self.stalled => Shown::Stalled,
            (Phase::Running, None) => Shown::Running,
            (course, _) => Shown::Course(course),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_stays_whatever_happens_beside_it() {
        let mut standing = Standing::new();
        standing.reached(Phase::Notice);
        standing.trouble(Some(Trouble::NoPicture));
        standing.stalled(true);
        assert_eq!(standing.shown(), Shown::Course(Phase::Notice));
        standing.trouble(None);
        assert_eq!(standing.shown(), Shown::Course(Phase::Notice));
    }

    #[test]
    fn trouble_from_before_shows_when_it_runs() {
        let mut standing = Standing::new();
        standing.trouble(Some(Trouble::ServerLate));
        assert_eq!(standing.shown(), Shown::Course(Phase::Starting));
        standing.reached(Phase::Running);
        assert_eq!(standing.shown(), Shown::Trouble(Trouble::ServerLate));
        standing.trouble(None);
        assert_eq!(standing.shown(), Shown::Running);
    }

    #[test]
    fn a_stall_shows_again_after_other_trouble() {
        let mut standing = Standing::new();
        standing.reached(Phase::Running);
        standing.stalled(true);
        standing.trouble(Some(Trouble::NoPicture));
        assert_eq!(standing.shown(), Shown::Trouble(Trouble::NoPicture));
        standing.trouble(None);
        assert_eq!(standing.shown(), Shown::Stalled);
        standing.stalled(false);
        assert_eq!(standing.shown(), Shown::Running);
        standing.reached(Phase::Ending);
        assert_eq!(standing.shown(), Shown::Course(Phase::Ending));
    }
}
