//! What the launcher shows: plain data for the command line, the tray and the windows.

use serde::{Deserialize, Serialize};

/// Everything at a glance.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct Status {
    /// Sessions since the launcher started, newest first; ended ones stay for a while.
    pub sessions: Vec<SessionView>,
    /// What is kept here, newest first.
    pub queue: Vec<QueueView>,
}

/// One session of this launcher.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct SessionView {
    /// The launcher's own number for it, known before the session has an id.
    pub launch: u64,
    /// Origin of its server.
    pub origin: String,
    /// Who, what and where; known once the ticket is redeemed.
    pub opened: Option<Opened>,
    /// How far it is.
    pub phase: Phase,
    /// While its server is late: when it ends unless the server is heard again. Unix milliseconds of this machine's
    /// clock, to count down to; what is decided goes by a clock that counts sleep and cannot be set.
    pub lost_at_ms: Option<u64>,
    /// How it ended, once it has.
    pub ended: Option<Ended>,
}

impl SessionView {
    pub(crate) fn reached(&mut self, phase: Phase, lost_at_ms: Option<u64>) {
        self.phase = phase;
        self.lost_at_ms = lost_at_ms;
    }
}

/// Who, what and where: from the signed instructions.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Opened {
    /// The session's id.
    pub session: String,
    /// Login name of the user.
    pub user: String,
    /// The secret's name: the session's title.
    pub title: String,
    /// `host:port`.
    pub target: String,
    /// Whether video is recorded.
    pub recorded: bool,
    /// The notice to be acknowledged, if any.
    pub notice: Option<String>,
}

/// How far a session is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// The server is asked for the instructions.
    Asking,
    /// The notice waits for an answer.
    Notice,
    /// The client starts.
    Starting,
    /// Under way and recorded.
    Running,
    /// The server is late; input is held where policy asks for it.
    ServerLate,
    /// There is no picture.
    NoPicture,
    /// The record does not reach the server.
    Stalled,
    /// The client is gone; the rest is being sent.
    Ending,
    /// Over.
    Ended,
}

impl Phase {
    /// Words for people.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Asking => "asking the server",
            Self::Notice => "waiting for the notice to be acknowledged",
            Self::Starting => "starting the client",
            Self::Running => "running",
            Self::ServerLate => "the server is late",
            Self::NoPicture => "no picture to record",
            Self::Stalled => "the record does not reach the server",
            Self::Ending => "ending",
            Self::Ended => "ended",
        }
    }
}

/// How a session ended.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Ended {
    /// Exit status that tells it, see [`crate::exit::Exit`].
    pub status: u8,
    /// Stable code of the reason.
    pub code: String,
    /// What happened, in words.
    pub words: String,
    /// What to do, where something can be done.
    pub advice: Option<String>,
    /// Whether a session had been opened: then there is a record of it.
    pub opened: bool,
    /// Whether the server holds all of the record.
    pub complete: bool,
}

/// What is kept of one session.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct QueueView {
    /// The session.
    pub session: String,
    /// Its title, where its opening record can be read.
    pub title: Option<String>,
    /// Origin of its server, likewise.
    pub origin: Option<String>,
    /// How it stands.
    pub state: QueueState,
    /// Segments that lie here until the server has signed for all of the session.
    pub segments: u64,
    /// Their bytes.
    pub bytes: u64,
    /// When sending is tried again, if not sooner because the server answers. Unix milliseconds of this machine's clock.
    pub next_try_ms: Option<u64>,
    /// Segments among them that cannot be read; the others are sent.
    pub unreadable: u64,
}

/// How the record of a session stands here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum QueueState {
    /// The session goes on, or was cut off and not looked at yet.
    Live,
    /// It is being sent, or will be tried again.
    Waiting,
    /// It is not sent until restart, Retry or contact with its server.
    Parked,
    /// The server misses announced segments that cannot be had here: looked for again after restart or Retry.
    LostHere,
}

impl QueueState {
    /// Words for people.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Waiting => "waiting",
            Self::Parked => "parked",
            Self::LostHere => "lost here",
        }
    }
}
