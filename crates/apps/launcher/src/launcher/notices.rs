//! Notices of sessions, where there is a terminal and no window.

use std::collections::BTreeSet;

use chaperone_tasks::Task;

use super::Launcher;
use crate::terminal::{self, Person};
use crate::view::{Opened, Phase, SessionView};

/// What must be typed to acknowledge a notice: a word, so that no key pressed by accident does.
const ACKNOWLEDGED: &str = "yes";

impl Launcher {
    /// Shows the notices of all sessions in this process's terminal, one at a time, and takes the answers there, until
    /// the task is dropped. Does nothing where standard input or output is no terminal: then session processes decline
    /// by themselves.
    #[must_use = "a dropped task asks nobody"]
    pub fn ask_notices_in_terminal(&self) -> Option<Task<()>> {
        let launcher = self.clone();
        terminal::is_there()
            .then(|| self.0.tasks.spawn("notices", async move { launcher.ask_notices().await }))
    }

    async fn ask_notices(&self) {
        let mut changes = self.watch();
        let mut asked = BTreeSet::new();
        let mut person: Option<Person> = None;
        loop {
            changes.borrow_and_update();
            let views = self.0.sessions.views();
            let waits = |view: &&SessionView| view.phase == Phase::Notice && !asked.contains(&view.launch);
            let Some((launch, opened)) =
                views.iter().rev().find(waits).and_then(|view| Some((view.launch, view.opened.clone()?)))
            else {
                if changes.changed().await.is_err() {
                    return;
                }
                continue;
            };
            asked.insert(launch);
            if person.is_none() {
                person =
                    Person::listen().map_err(|error| tracing::error!(%error, "Nobody can be asked")).ok();
            }
            let Some(person) = &mut person else {
                self.answer_notice(launch, false);
                continue;
            };
            person.ask(&question(&opened));
            tokio::select! {
                answer = person.answer() => {
                    let acknowledged = answer.is_some_and(|answer| is_acknowledged(&answer));
                    terminal::show(if acknowledged { "Acknowledged.\n" } else { "Declined.\n" });
                    self.answer_notice(launch, acknowledged);
                }
                () = self.notice_left(launch) => terminal::show("\nThe notice is no longer waited for.\n"),
            }
        }
    }

    /// Waits until a session asks for no answer any more: nobody gave one in time, or it was ended.
    async fn notice_left(&self, launch: u64) {
        let mut changes = self.watch();
        let is_waiting = |view: &SessionView| view.launch == launch && view.phase == Phase::Notice;
        while self.0.sessions.views().iter().any(is_waiting) {
            if changes.changed().await.is_err() {
                return;
            }
        }
    }
}

/// What is shown. The words are the server's: nothing in them may steer the terminal.
fn question(opened: &Opened) -> String {
    let plain = |text: &str| -> String { text.chars().filter(|c| !c.is_control() || *c == '\n').collect() };
    let notice: String = plain(opened.notice.as_deref().unwrap_or_default())
        .lines()
        .map(|line| format!("    {line}\n"))
        .collect();
    format!(
        "\n{} at {} shows this notice before it starts:\n\n{notice}\nType {ACKNOWLEDGED} to acknowledge it and start, \
         anything else to decline: ",
        plain(&opened.title).replace('\n', " "),
        plain(&opened.target).replace('\n', " "),
    )
}

fn is_acknowledged(answer: &str) -> bool {
    answer.trim().eq_ignore_ascii_case(ACKNOWLEDGED)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened(notice: &str) -> Opened {
        Opened {
            session: "s".to_owned(),
            user: "alice".to_owned(),
            title: "db01\n\u{1b}[2J".to_owned(),
            target: "db01:22".to_owned(),
            recorded: true,
            notice: Some(notice.to_owned()),
        }
    }

    #[test]
    fn a_notice_cannot_steer_the_terminal() {
        let shown = question(&opened("Work is recorded.\r\u{1b}[8m\nReally\u{9b}1A."));
        assert!(shown.contains("    Work is recorded.[8m\n    Really1A.\n"), "{shown}");
        assert!(shown.starts_with("\ndb01 [2J at db01:22 "), "{shown}");
        assert!(shown.chars().all(|c| !c.is_control() || c == '\n'), "{shown:?}");
    }

    #[test]
    fn only_the_word_itself_acknowledges() {
        for (answer, acknowledged) in
            [("yes\n", true), (" YES \r\n", true), ("y\n", false), ("\n", false), ("yes, but", false)]
        {
            assert_eq!(is_acknowledged(answer), acknowledged, "{answer:?}");
        }
    }
}
