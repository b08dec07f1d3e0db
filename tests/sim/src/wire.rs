//! What is said between recorder and server, in bytes where the real ones are signed bytes.

use chaperone_evidence::SessionId;
use chaperone_session::Answer;

use crate::faults::Strange;

/// Who waits for an answer. `life` tells a process from the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Caller {
    /// The process of a session, by its place in the plan.
    Process { session: usize },
    /// The launcher, for a session.
    Launcher { session: SessionId, life: u64 },
}

/// Up.
#[derive(Clone, Debug)]
pub(crate) enum Request {
    Heartbeat {
        session: usize,
        signed: Vec<u8>,
    },
    Segments {
        body: Vec<u8>,
    },
    Close {
        signed: Vec<u8>,
    },
    /// Whether the server is there at all.
    Probe,
}

/// Down.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    Pulse(Vec<u8>),
    Receipts(Vec<Vec<u8>>),
    ClosingReceipt(Vec<u8>),
    /// The server misses what the last link announces.
    Missing,
    Failed(Answer),
    /// The key set, signed: it is there.
    Here,
}

/// Whether a message is a heartbeat or its pulse; everything else is an upload.
pub(crate) const fn is_beat(request: &Request) -> bool {
    matches!(request, Request::Heartbeat { .. })
}

/// What the client makes of a strange answer.
pub(crate) fn strange_answer(strange: Strange) -> Answer {
    use chaperone_session::Refusal;
    let after = |seconds: u64| (seconds > 0).then(|| std::time::Duration::from_secs(seconds));
    let refused = |refusal, seconds| Answer::Refused { refusal, retry_after: after(seconds) };
    match strange {
        Strange::Busy(seconds) => refused(Refusal::Busy, seconds),
        Strange::TooLarge => refused(Refusal::TooLarge, 0),
        Strange::Damaged => refused(Refusal::Damaged, 0),
        Strange::Status(status, seconds) => Answer::Unknown { status, retry_after: after(seconds) },
        Strange::Nonsense => Answer::Nothing,
    }
}
