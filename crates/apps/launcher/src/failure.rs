//! An error as a person meets it: what failed, why, what to do.

use std::fmt;

use crate::exit::Exit;

/// What a verb or a launch failed with. Never holds a ticket, a code or a secret.
#[derive(Debug)]
pub struct Failure {
    exit: Exit,
    what: String,
    advice: Option<String>,
    why: Option<anyhow::Error>,
}

/// Result of everything a user asks for.
pub type Outcome<T> = Result<T, Failure>;

impl Failure {
    /// `what` failed; a whole clause that begins small, as "cannot read the list of servers".
    #[must_use]
    pub fn new(exit: Exit, what: impl Into<String>) -> Self {
        Self { exit, what: what.into(), advice: None, why: None }
    }

    /// Whoever answers at `origin` is not the server it must be; `untouched` says what was not sent, and not done.
    #[must_use]
    pub fn not_our_server(origin: &str, untouched: &str, why: impl Into<anyhow::Error>) -> Self {
        let advice = format!(
            "{untouched} Somebody may stand between this computer and the server: try again from another network. If it \
             stays so, tell your administrator; the server may have been set up anew, then enrol this device again."
        );
        let what = format!("whoever answers at {origin} is not the server this device knows");
        Self::new(Exit::NotOurServer, what).because(why).advise(advice)
    }

    /// Names the cause.
    #[must_use]
    pub fn because(mut self, why: impl Into<anyhow::Error>) -> Self {
        self.why = Some(why.into());
        self
    }

    /// Says what to do; a whole sentence.
    #[must_use]
    pub fn advise(mut self, advice: impl Into<String>) -> Self {
        self.advice = Some(advice.into());
        self
    }

    /// The exit status it leads to.
    #[must_use]
    pub fn exit(&self) -> Exit {
        self.exit
    }

    /// What failed.
    #[must_use]
    pub fn what(&self) -> &str {
        &self.what
    }

    /// Why, as one line; empty where nothing more is known.
    #[must_use]
    pub fn why(&self) -> String {
        self.why.as_ref().map(|why| format!("{why:#}")).unwrap_or_default()
    }

    /// What to do, if anything can be done.
    #[must_use]
    pub fn advice(&self) -> Option<&str> {
        self.advice.as_deref()
    }

    /// As `--json` shows it: `{"code","what","why","do"}`.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        serde_json::json!({
            "code": self.exit.code(),
            "what": self.what,
            "why": self.why(),
            "do": self.advice,
        })
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        let why = self.why();
        if !why.is_empty() {
            write!(f, ": {why}")?;
        }
        if let Some(advice) = &self.advice {
            write!(f, "\n{advice}")?;
        }
        Ok(())
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        let causes: Vec<String> = error.chain().skip(1).map(ToString::to_string).collect();
        let failure = Self::new(Exit::Failed, error.to_string());
        if causes.is_empty() { failure } else { failure.because(anyhow::anyhow!(causes.join(": "))) }
    }
}

/// Gives an error its words at the place where they are known.
pub trait OrFail<T> {
    /// Turns the error into a [`Failure`] with this status and these words.
    fn or_fail(self, exit: Exit, what: impl Into<String>) -> Outcome<T>;
}

impl<T, E: Into<anyhow::Error>> OrFail<T> for Result<T, E> {
    fn or_fail(self, exit: Exit, what: impl Into<String>) -> Outcome<T> {
        self.map_err(|error| Failure::new(exit, what).because(error))
    }
}

#[cfg(test)]
mod tests {
    use anyhow::Context as _;

    use super::*;

    #[test]
    fn says_what_why_and_what_to_do() {
        let cause: anyhow::Result<()> = Err(anyhow::anyhow!("no such file")).context("cannot open it");
        let failure = cause.or_fail(Exit::Failed, "cannot list servers").unwrap_err().advise("Enrol one.");
        assert_eq!(failure.to_string(), "cannot list servers: cannot open it: no such file\nEnrol one.");
    }

    #[test]
    fn a_false_server_is_called_one_and_never_unreachable() {
        let why = anyhow::anyhow!("its key is another one");
        let failure = Failure::not_our_server("https://a.example", "The ticket was not sent.", why);
        assert_eq!((failure.exit(), failure.exit().code()), (Exit::NotOurServer, "not-our-server"));
        let said = failure.to_string();
        assert!(said.starts_with("whoever answers at https://a.example is not the server"), "{said}");
        assert!(said.contains("The ticket was not sent. Somebody may stand between"), "{said}");
        assert!(!said.contains("reached"), "{said}");
    }

    #[test]
    fn an_error_without_words_of_ours_keeps_its_own() {
        let failure = Failure::from(anyhow::anyhow!("deep").context("shallow"));
        assert_eq!((failure.what(), failure.why().as_str()), ("shallow", "deep"));
    }
}
