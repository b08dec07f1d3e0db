//! One line that says how far the recording is, for who sits before it.

use std::io::{IsTerminal as _, Write as _};
use std::time::Duration;

use super::answer::megabytes;
use crate::output::Output;

/// Goes to the beginning of the line and empties it.
const FRESH_LINE: &str = "\r\x1b[K";

/// Shows progress on standard error where that is a terminal.
#[derive(Debug)]
pub(super) struct Progress {
    is_shown: bool,
}

impl Progress {
    /// Programs that ask for JSON are told nothing in between.
    pub(super) fn of(output: Output) -> Self {
        Self { is_shown: output == Output::Words && std::io::stderr().is_terminal() }
    }

    /// Says how far it is.
    pub(super) fn tell(&self, elapsed: Duration, pictures: u64, bytes: u64) {
        self.show(&format!("{FRESH_LINE}{}", line(elapsed, pictures, bytes)));
    }

    /// Takes the line away: what follows begins at its place.
    pub(super) fn clear(&self) {
        self.show(FRESH_LINE);
    }

    fn show(&self, text: &str) {
        if !self.is_shown {
            return;
        }
        let mut out = std::io::stderr().lock();
        if let Err(error) = out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            tracing::debug!(%error, "The terminal is gone");
        }
    }
}

fn line(elapsed: Duration, pictures: u64, bytes: u64) -> String {
    let seconds = elapsed.as_secs();
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    let size = megabytes(bytes);
    format!("recording {hours}:{minutes:02}:{seconds:02}, {pictures} pictures, {size}; Ctrl-C ends it")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_how_far_it_is() {
        let line = line(Duration::from_secs(3_725), 17, 2_500_000);
        assert_eq!(line, "recording 1:02:05, 17 pictures, 2.5 MB; Ctrl-C ends it");
    }
}
