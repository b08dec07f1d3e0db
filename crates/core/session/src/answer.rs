//! What an answer to an upload means for the segments that were sent: one table, no exceptions elsewhere.
//!
//! Nothing here deletes. Segments leave the spool on a receipt only, and what is not understood is kept.

use std::time::Duration;

/// What came back for one upload that brought no receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The server itself refused: the connection was verified against the pinned key set and the body was a problem
    /// with a code this program knows.
    Refused {
        /// What the server says is wrong.
        refusal: Refusal,
        /// `Retry-After`, if given.
        retry_after: Option<Duration>,
    },
    /// Some answer that is not provably the server's own word: a captive portal, a proxy, a newer server's code.
    Unknown {
        /// HTTP status.
        status: u16,
        /// `Retry-After`, if given.
        retry_after: Option<Duration>,
    },
    /// No answer: no connection, timeout, answer cut off or its signature false.
    Nothing,
}

/// The ways a server refuses an upload by its own word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The body is larger than the server takes.
    TooLarge,
    /// The server has too much to do.
    Busy,
    /// The server cannot store durably at present.
    NotStoring,
    /// A segment is malformed, its signature false, or its chain broken.
    Damaged,
    /// The server knows no such session, or holds it closed.
    UnknownSession,
}

/// What to do with the segments that were sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Send the same again after the retry machine's wait.
    Again,
    /// Send again in smaller batches.
    Smaller,
    /// Send again after at least this long.
    Wait(Duration),
    /// Set the refused segment aside, kept and shown, and go on with the others.
    Quarantine,
    /// Keep everything of this session and stop sending it until restart, Retry or contact.
    Park,
}

/// Wait where a busy server names no time.
const BUSY_WAIT: Duration = Duration::from_secs(5);

/// The action for `answer` to an upload of `segments` segments.
#[must_use]
pub fn answer_action(answer: Answer, segments: usize) -> Action {
    match answer {
        Answer::Refused { refusal, retry_after } => match refusal {
            Refusal::TooLarge if segments > 1 => Action::Smaller,
            Refusal::Damaged if segments > 1 => Action::Smaller,
            // One segment alone can neither be split nor blamed on its neighbours.
            Refusal::TooLarge | Refusal::Damaged => Action::Quarantine,
            Refusal::Busy | Refusal::NotStoring => Action::Wait(retry_after.unwrap_or(BUSY_WAIT)),
            Refusal::UnknownSession => Action::Park,
        },
        Answer::Unknown { status, retry_after } => match (status, retry_after) {
            (413, _) if segments > 1 => Action::Smaller,
            (429 | 503, after) => Action::Wait(after.unwrap_or(BUSY_WAIT)),
            (_, Some(after)) => Action::Wait(after),
            (_, None) => Action::Again,
        },
        Answer::Nothing => Action::Again,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn refused(refusal: Refusal) -> Answer {
        Answer::Refused { refusal, retry_after: None }
    }

    fn unknown(status: u16) -> Answer {
        Answer::Unknown { status, retry_after: None }
    }

    #[test]
    fn the_table() {
        let second = Duration::from_secs(1);
        let cases = [
            (Answer::Nothing, 9, Action::Again),
            (refused(Refusal::TooLarge), 9, Action::Smaller),
            (refused(Refusal::TooLarge), 1, Action::Quarantine),
            (refused(Refusal::Damaged), 9, Action::Smaller),
            (refused(Refusal::Damaged), 1, Action::Quarantine),
            (refused(Refusal::Busy), 1, Action::Wait(BUSY_WAIT)),
            (
                Answer::Refused { refusal: Refusal::NotStoring, retry_after: Some(second) },
                1,
                Action::Wait(second),
            ),
            (refused(Refusal::UnknownSession), 1, Action::Park),
            (unknown(413), 2, Action::Smaller),
            (unknown(413), 1, Action::Again),
            (unknown(503), 1, Action::Wait(BUSY_WAIT)),
            (Answer::Unknown { status: 500, retry_after: Some(second) }, 1, Action::Wait(second)),
            (unknown(500), 1, Action::Again),
            (unknown(200), 1, Action::Again),
            (unknown(302), 1, Action::Again),
            (unknown(404), 1, Action::Again),
        ];
        for (answer, segments, action) in cases {
            assert_eq!(answer_action(answer, segments), action, "{answer:?} for {segments}");
        }
    }

    proptest! {
        #[test]
        fn what_is_not_the_servers_own_word_never_marks_parks_or_quarantines(
            status in any::<u16>(), after in prop::option::of(0_u64..10_000), segments in 1_usize..100,
        ) {
            let retry_after = after.map(Duration::from_secs);
            let action = answer_action(Answer::Unknown { status, retry_after }, segments);
            prop_assert!(matches!(action, Action::Again | Action::Smaller | Action::Wait(_)), "{:?}", action);
        }
    }
}
