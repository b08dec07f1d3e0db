//! The person at this process's terminal: shown words, and asked.

use std::io::{BufRead as _, IsTerminal as _, Write as _};

use chaperone_tasks::Thread;
use tokio::sync::mpsc::{Receiver, channel};

/// Whether somebody can be shown words and asked: standard input and output are a terminal. A browser starts its
/// handlers without one.
pub(crate) fn is_there() -> bool {
    std::io::stdin().is_terminal() && std::io::stdout().is_terminal()
}

/// Shows words. A terminal that is gone is no error: nobody acknowledges anything then either.
pub(crate) fn show(words: &str) {
    let mut out = std::io::stdout().lock();
    if let Err(error) = out.write_all(words.as_bytes()).and_then(|()| out.flush()) {
        tracing::debug!(%error, "The terminal is gone");
    }
}

/// Who types at the terminal.
pub(crate) struct Person(Receiver<String>);

impl Person {
    /// Begins to read what is typed, on a thread of its own: nothing interrupts a read of a terminal, so the thread ends
    /// with the process.
    pub(crate) fn listen() -> std::io::Result<Self> {
        // Full: the thread reads no further until the line is taken.
        let (sender, lines) = channel(1);
        let thread = Thread::start("terminal", move || {
            for line in std::io::stdin().lock().lines() {
                let Ok(line) = line else { return };
                if sender.blocking_send(line).is_err() {
                    return;
                }
            }
        })?;
        thread.detach();
        Ok(Self(lines))
    }

    /// Forgets what was read so far, then shows the question: what was typed before is no answer to it, and nothing typed
    /// after is lost.
    pub(crate) fn ask(&mut self, question: &str) {
        while self.0.try_recv().is_ok() {}
        show(question);
    }

    /// The next line typed; `None` once nothing more can be typed. Cancel safe.
    pub(crate) async fn answer(&mut self) -> Option<String> {
        self.0.recv().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[ignore = "run at a terminal by the test below"]
    fn play_the_program() {
        assert!(is_there());
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let mut person = Person::listen().unwrap();
        for question in ["first? ", "second? ", "third? "] {
            person.ask(question);
            println!("<{:?}>", runtime.block_on(person.answer()));
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn what_is_typed_at_a_terminal_answers() {
        use std::io::Read as _;
        use std::process::{Command, Stdio};

        let program = std::env::current_exe().unwrap();
        let role =
            format!("{} terminal::tests::play_the_program --exact --ignored --nocapture", program.display());
        let mut script = Command::new("script");
        script.args(["--quiet", "--flush", "--command", &role, "/dev/null"]);
        let mut script = script.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (mut keys, mut screen) = (script.stdin.take().unwrap(), script.stdout.take().unwrap());
        let mut shown = Vec::new();
        for (question, typed) in [("first? ", &b"yes\n"[..]), ("second? ", b"no\n"), ("third? ", b"\x04")] {
            while !String::from_utf8_lossy(&shown).contains(question) {
                let mut byte = [0];
                screen.read_exact(&mut byte).unwrap();
                shown.extend(byte);
            }
            keys.write_all(typed).unwrap();
        }
        screen.read_to_end(&mut shown).unwrap();
        assert!(script.wait().unwrap().success());
        let shown = String::from_utf8_lossy(&shown);
        for answer in [r#"<Some("yes")>"#, r#"<Some("no")>"#, "<None>"] {
            assert!(shown.contains(answer), "{answer} in {shown}");
        }
    }

    #[test]
    fn without_a_terminal_nobody_is_there() {
        let program = std::env::current_exe().unwrap();
        let role = ["terminal::tests::play_the_program", "--exact", "--ignored", "--nocapture"];
        let played = std::process::Command::new(program).args(role).output().unwrap();
        assert!(!played.status.success());
        assert!(String::from_utf8_lossy(&played.stderr).contains("is_there()"), "{played:?}");
    }
}
