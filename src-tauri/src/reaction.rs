//! Which windows open and close by themselves when the view changes.

use chaperone_launcher::view::{Phase, SessionView};

use crate::view::View;

/// What a change of the view does to the windows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reaction {
    /// A launch began or needs the user: its window comes to the front.
    ShowStarting(u64),
    /// A session runs or is over as it should be: its window goes away.
    CloseStarting(u64),
}

/// The reactions to `now` coming after `before`.
pub(crate) fn to(before: &View, now: &View) -> Vec<Reaction> {
    let earlier = |session: &SessionView| before.sessions.iter().find(|old| old.launch == session.launch);
    now.sessions
        .iter()
        .filter_map(|session| {
            let stage = stage(session);
            (earlier(session).map(self::stage) != Some(stage)).then_some((session.launch, stage))
        })
        .map(|(launch, stage)| match stage {
            Stage::OnItsWay | Stage::NeedsYou | Stage::EndedBadly => Reaction::ShowStarting(launch),
            Stage::Runs | Stage::Over => Reaction::CloseStarting(launch),
        })
        .collect()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    OnItsWay,
    NeedsYou,
    Runs,
    Over,
    /// Ended for another reason than its user's: the window says why and what is kept.
    EndedBadly,
}

fn stage(session: &SessionView) -> Stage {
    match session.phase {
        Phase::Asking | Phase::Starting => Stage::OnItsWay,
        Phase::Notice => Stage::NeedsYou,
        Phase::Running | Phase::ServerLate | Phase::NoPicture | Phase::Stalled | Phase::Ending => Stage::Runs,
        Phase::Ended if session.ended.as_ref().is_some_and(|ended| ended.status != 0) => Stage::EndedBadly,
        Phase::Ended => Stage::Over,
    }
}

#[cfg(test)]
mod tests {
    use chaperone_launcher::view::Ended;

    use super::*;

    fn session(launch: u64, phase: Phase, status: Option<u8>) -> SessionView {
        let ended = status.map(|status| Ended {
            status,
            code: "x".into(),
            words: "x".into(),
            advice: None,
            opened: true,
            complete: true,
        });
        SessionView {
            launch,
            origin: "https://vault.example".into(),
            opened: None,
            phase,
            lost_at_ms: None,
            ended,
        }
    }

    fn view(sessions: &[SessionView]) -> View {
        View { sessions: sessions.to_vec(), ..View::default() }
    }

    #[test]
    fn a_launch_shows_its_window_and_takes_it_away_when_it_runs() {
        let asking = view(&[session(1, Phase::Asking, None)]);
        let starting = view(&[session(1, Phase::Starting, None)]);
        let running = view(&[session(1, Phase::Running, None)]);
        assert_eq!(to(&View::default(), &asking), [Reaction::ShowStarting(1)]);
        assert_eq!(to(&asking, &starting), []);
        assert_eq!(to(&starting, &running), [Reaction::CloseStarting(1)]);
    }

    #[test]
    fn a_notice_brings_the_window_to_the_front() {
        let asking = view(&[session(1, Phase::Asking, None)]);
        let notice = view(&[session(1, Phase::Notice, None)]);
        assert_eq!(to(&asking, &notice), [Reaction::ShowStarting(1)]);
    }

    #[test]
    fn only_a_bad_end_is_shown() {
        let running = view(&[session(1, Phase::Running, None), session(2, Phase::Ending, None)]);
        let ended = view(&[session(1, Phase::Ended, Some(7)), session(2, Phase::Ended, Some(0))]);
        assert_eq!(to(&running, &ended), [Reaction::ShowStarting(1), Reaction::CloseStarting(2)]);
    }
}
