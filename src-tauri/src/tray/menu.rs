//! The tray's menu, as data.

use chaperone_launcher::view::{Phase, QueueState, SessionView};

use crate::view::View;

/// What can be chosen in the menu.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    /// End this launch's session, or cancel its start.
    End(u64),
    /// Show sessions and queue.
    Sessions,
    /// Open the console of the enrolled server in the browser.
    Console,
    /// Show the servers, to enrol with one.
    Enrol,
    /// End the launcher. Running sessions end with it.
    Quit,
}

impl Choice {
    /// Its name in the menu, and back by [`Choice::from_id`].
    pub(super) fn id(self) -> String {
        match self {
            Self::End(launch) => format!("end-{launch}"),
            Self::Sessions => "sessions".to_owned(),
            Self::Console => "console".to_owned(),
            Self::Enrol => "enrol".to_owned(),
            Self::Quit => "quit".to_owned(),
        }
    }

    pub(super) fn from_id(id: &str) -> Option<Self> {
        match id {
            "sessions" => Some(Self::Sessions),
            "console" => Some(Self::Console),
            "enrol" => Some(Self::Enrol),
            "quit" => Some(Self::Quit),
            _ => id.strip_prefix("end-")?.parse().ok().map(Self::End),
        }
    }
}

/// One line of the menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// Words that cannot be chosen.
    Words(String),
    /// Something to choose.
    Choice(Choice, String),
    /// A separator.
    Rule,
}

impl Line {
    /// What it says; nothing for a separator.
    pub(super) fn words(&self) -> Option<&str> {
        match self {
            Self::Words(words) | Self::Choice(_, words) => Some(words),
            Self::Rule => None,
        }
    }

    /// Whether the line may stay where it is and only say something else.
    pub(super) fn differs_in_words_alone(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Words(_), Self::Words(_)) | (Self::Rule, Self::Rule) => true,
            (Self::Choice(one, _), Self::Choice(two, _)) => one == two,
            (Self::Words(_) | Self::Choice(..) | Self::Rule, _) => false,
        }
    }
}

pub(super) fn lines(view: &View) -> Vec<Line> {
    let mut lines = vec![Line::Words(super::sign::of(view).words().to_owned())];
    if view.servers.is_empty() {
        lines.push(Line::Words("This machine is not enrolled with a server".to_owned()));
    }
    for session in view.sessions.iter().filter(|session| session.phase != Phase::Ended) {
        lines.push(Line::Words(session_words(session)));
        if session.phase != Phase::Ending {
            lines.push(Line::Choice(Choice::End(session.launch), end_words(session)));
        }
    }
    // What a running session has on its way changes all the time and is no news.
    let kept = view.queue.iter().filter(|kept| kept.state != QueueState::Live);
    let waiting: u64 = kept.map(|kept| kept.segments).sum();
    if waiting > 0 {
        lines.push(Line::Words(format!("{waiting} s of record are kept until the server has them")));
    }
    lines.push(Line::Rule);
    lines.push(Line::Choice(Choice::Sessions, "Sessions and queue".to_owned()));
    if !view.servers.is_empty() {
        lines.push(Line::Choice(Choice::Console, "Open console".to_owned()));
    }
    lines.push(Line::Choice(Choice::Enrol, "Enrol with a server…".to_owned()));
    lines.push(Line::Rule);
    lines.push(Line::Choice(Choice::Quit, quit_words(view)));
    lines
}

fn session_words(session: &SessionView) -> String {
    match &session.opened {
        Some(opened) => format!("{} → {}: {}", opened.user, opened.title, session.phase.words()),
        None => session.phase.words().to_owned(),
    }
}

/// The effect is named in the line: what is not running yet is cancelled.
fn end_words(session: &SessionView) -> String {
    let title = session.opened.as_ref().map_or("the launch", |opened| &opened.title);
    match session.phase {
        Phase::Asking | Phase::Notice | Phase::Starting => format!("Cancel {title}"),
        Phase::Running
        | Phase::ServerLate
        | Phase::NoPicture
        | Phase::Stalled
        | Phase::Ending
        | Phase::Ended => {
            format!("End {title}")
        }
    }
}

/// The effect is named in the line: quitting ends what runs.
fn quit_words(view: &View) -> String {
    let live = view.sessions.iter().filter(|session| session.phase != Phase::Ended).count();
    match live {
        0 => "Quit Chaperone".to_owned(),
        1 => "Quit Chaperone and end 1 session".to_owned(),
        n => format!("Quit Chaperone and end {n} sessions"),
    }
}

#[cfg(test)]
mod tests {
    use chaperone_launcher::view::{Opened, QueueState, QueueView};

    use super::*;
    use crate::view::ServerView;

    fn words(view: &View) -> Vec<String> {
        lines(view)
            .into_iter()
            .map(|line| match line {
                Line::Words(words) => words,
                Line::Choice(choice, words) => format!("[{}] {words}", choice.id()),
                Line::Rule => "--".to_owned(),
            })
            .collect()
    }

    fn kept(state: QueueState, segments: u64) -> QueueView {
        QueueView {
            session: "018f4e9a-0000-7000-8000-00000000000a".into(),
            title: Some("db01".into()),
            origin: Some("https://vault.example".into()),
            state,
            segments,
            bytes: 100,
            next_try_ms: None,
            unreadable: 0,
        }
    }

    #[test]
    fn an_idle_launcher_offers_to_enrol_and_quit() {
        assert_eq!(
            words(&View::default()),
            [
                "Chaperone: no session",
                "This machine is not enrolled with a server",
                "--",
                "[sessions] Sessions and queue",
                "[enrol] Enrol with a server…",
                "--",
                "[quit] Quit Chaperone",
            ]
        );
    }

    #[test]
    fn a_busy_launcher_says_who_is_where_what_waits_and_what_quitting_ends() {
        let opened = Opened {
            session: "018f4e9a-0000-7000-8000-00000000000a".into(),
            user: "alice".into(),
            title: "db01".into(),
            target: "db01.example:22".into(),
            recorded: true,
            notice: None,
        };
        let view = View {
            sessions: vec![SessionView {
                launch: 1,
                origin: "https://vault.example".into(),
                opened: Some(opened),
                phase: Phase::Running,
                lost_at_ms: None,
                ended: None,
            }],
            queue: vec![kept(QueueState::Live, 2), kept(QueueState::Waiting, 3)],
            servers: vec![ServerView {
                origin: "https://vault.example".into(),
                fingerprint: String::new(),
                enrolled_ms: 0,
                by: "alice".into(),
            }],
        };
        assert_eq!(
            words(&view),
            [
                "Chaperone: recording",
                "alice → db01: running",
                "[end-1] End db01",
                "3 s of record are kept until the server has them",
                "--",
                "[sessions] Sessions and queue",
                "[console] Open console",
                "[enrol] Enrol with a server…",
                "--",
                "[quit] Quit Chaperone and end 1 session",
            ]
        );
    }

    #[test]
    fn a_launch_that_does_not_run_yet_is_cancelled_and_one_that_ends_is_left_alone() {
        let session = |launch, phase| SessionView {
            launch,
            origin: "https://vault.example".into(),
            opened: None,
            phase,
            lost_at_ms: None,
            ended: None,
        };
        let sessions = vec![session(3, Phase::Ending), session(2, Phase::Asking), session(1, Phase::Ended)];
        let said = words(&View { sessions, ..View::default() });
        assert!(said.contains(&"[end-2] Cancel the launch".to_owned()), "{said:?}");
        assert!(
            !said.iter().any(|line| line.starts_with("[end-3]") || line.starts_with("[end-1]")),
            "{said:?}"
        );
    }

    #[test]
    fn every_choice_is_found_by_its_id() {
        for choice in [Choice::End(7), Choice::Sessions, Choice::Console, Choice::Enrol, Choice::Quit] {
            assert_eq!(Choice::from_id(&choice.id()), Some(choice));
        }
        for id in ["x", "end-", "end-x", "end--1"] {
            assert_eq!(Choice::from_id(id), None, "{id}");
        }
    }

    #[test]
    fn only_lines_of_the_same_kind_and_choice_keep_their_place() {
        let words = |text: &str| Line::Words(text.to_owned());
        let choice = |choice, text: &str| Line::Choice(choice, text.to_owned());
        assert!(words("a").differs_in_words_alone(&words("b")));
        assert!(choice(Choice::Quit, "a").differs_in_words_alone(&choice(Choice::Quit, "b")));
        assert!(!choice(Choice::End(1), "a").differs_in_words_alone(&choice(Choice::End(2), "a")));
        assert!(!words("a").differs_in_words_alone(&choice(Choice::Quit, "a")));
        assert!(!Line::Rule.differs_in_words_alone(&words("a")));
    }
}
