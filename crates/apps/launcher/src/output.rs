//! Where answers go: words for people on a terminal, or one JSON value for programs.
//!
//! A browser starts the handler with a pipe nobody reads and may close at any time, so a line that cannot be written
//! is no error.

use std::io::Write as _;

use serde::Serialize;

use crate::failure::Failure;

/// How to answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// Words.
    Words,
    /// One JSON value on one line.
    Json,
}

impl Output {
    /// What `--json` asks for.
    #[must_use]
    pub fn new(json: bool) -> Self {
        if json { Self::Json } else { Self::Words }
    }

    /// Answers with `value` in JSON or `words`.
    pub fn answer(self, value: &impl Serialize, words: impl FnOnce() -> String) {
        match self {
            Self::Words => line(&words()),
            Self::Json => line(&serde_json::to_string(value).unwrap_or_else(|error| {
                serde_json::json!({ "error": { "code": "failed", "what": error.to_string() } }).to_string()
            })),
        }
    }

    /// Says on standard error what failed, why, and what to do; with `--json` on standard output as
    /// `{"error":{"code","what","why","do"}}`.
    pub fn failure(self, failure: &Failure) {
        match self {
            Self::Words => complain(&failure.to_string()),
            Self::Json => line(&serde_json::json!({ "error": failure.to_json() }).to_string()),
        }
    }
}

fn line(text: &str) {
    let mut out = std::io::stdout().lock();
    written(writeln!(out, "{text}").and_then(|()| out.flush()));
}

fn complain(text: &str) {
    let mut out = std::io::stderr().lock();
    written(writeln!(out, "chaperone: {text}").and_then(|()| out.flush()));
}

/// Nobody may be reading; that changes nothing for the session.
fn written(result: std::io::Result<()>) {
    if let Err(error) = result {
        tracing::debug!(%error, "Nobody reads our answer");
    }
}
