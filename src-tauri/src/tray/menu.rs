//! The tray's menu, as data.

use chaperone_launcher::view::{Phase, SessionView};

use crate::view::View;

/// What can be chosen in the menu.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
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
    const ALL: [Self; 4] = [Self::Sessions, Self::Console, Self::Enrol, Self::Quit];

    pub(super) const fn id(self) -> &'static str {
        match self {
            Self::Sessions => "sessions",
            Self::Console => "console",
            Self::Enrol => "enrol",
            Self::Quit => "quit",
        }
    }

    pub(super) fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|choice| choice.id() == id)
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

pub(super) fn lines(view: &View) -> Vec<Line> {
    let mut lines = vec![Line::Words(super::sign::of(view).words().to_owned())];
    let live = view.sessions.iter().filter(|session| session.phase != Phase::Ended);
    lines.extend(live.map(|session| Line::Words(session_words(session))));
    let waiting: u64 = view.queue.iter().map(|kept| kept.segments).sum();
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

    #[test]
    fn an_idle_launcher_offers_to_enrol_and_quit() {
        assert_eq!(
            words(&View::default()),
            [
                "Chaperone: no session",
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
                ended: None,
            }],
            queue: vec![QueueView {
                session: "018f4e9a-0000-7000-8000-00000000000a".into(),
                title: Some("db01".into()),
                origin: Some("https://vault.example".into()),
                state: QueueState::Live,
                segments: 3,
                bytes: 100,
            }],
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
    fn every_choice_is_found_by_its_id() {
        for choice in Choice::ALL {
            assert_eq!(Choice::from_id(choice.id()), Some(choice));
        }
        assert_eq!(Choice::from_id("x"), None);
    }
}
