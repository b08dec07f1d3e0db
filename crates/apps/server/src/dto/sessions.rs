use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::SecretKind;

/// Where a session and its recording stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
#[ts(rename_all = "kebab-case")]
pub enum SessionState {
    /// Redeemed; nothing of it has arrived yet.
    Opening,
    /// A minute went by without a segment.
    NeverStarted,
    /// Heartbeats arrive.
    Live,
    /// No heartbeats any more, or ended; segments may still arrive.
    Receiving,
    /// Everything arrived; the recording is being composed.
    Processing,
    /// The recording plays and nothing is missing.
    Ready,
    /// The recording plays and has named gaps.
    Incomplete,
    /// The recording could not be composed; reason and next try are said.
    Failed,
}

impl SessionState {
    /// The state's stable code, as it stands in JSON.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Opening => "opening",
            Self::NeverStarted => "never-started",
            Self::Live => "live",
            Self::Receiving => "receiving",
            Self::Processing => "processing",
            Self::Ready => "ready",
            Self::Incomplete => "incomplete",
            Self::Failed => "failed",
        }
    }
}

/// Who vouches for a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
#[ts(rename_all = "kebab-case")]
pub enum Witness {
    /// The user's own workstation.
    Workstation,
}

/// What a track holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
#[ts(rename_all = "kebab-case")]
pub enum TrackKind {
    /// Screen video.
    Video,
    /// Single pictures.
    Stills,
    /// Keystrokes.
    Keystrokes,
    /// Terminal text.
    Terminal,
    /// Processes and windows.
    Processes,
}

/// One row of the session list, and one `session` event of `GET /api/events`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SessionSummary {
    /// The session.
    pub id: String,
    /// The secret's name, or user on machine where there is no secret.
    pub title: String,
    /// Whose session it is.
    pub user: String,
    /// That person's name.
    pub user_name: String,
    /// The target's host name or address.
    pub host: String,
    /// The target's port.
    pub port: u16,
    /// The account on the target.
    pub account: String,
    /// Which kind of secret opened it.
    pub kind: SecretKind,
    /// The device it runs on, by name.
    pub device_name: String,
    /// Where it stands.
    pub state: SessionState,
    /// Whether it is recorded at all.
    pub recorded: bool,
    /// Who vouches for the recording.
    pub witness: Witness,
    /// When the ticket was redeemed.
    pub opened_ms: u64,
    /// When it ended, by the server's clock, once known.
    pub ended_ms: Option<u64>,
    /// Its length, once it ended; while it runs, up to the last sign of life.
    pub duration_ms: u64,
    /// Why it ended, as a stable code in kebab-case.
    pub end_reason: Option<String>,
    /// Why it was asked to end, as the same code, where the server asked for it.
    pub end_asked: Option<String>,
    /// Bytes of sealed record stored.
    pub size_bytes: u64,
    /// How many gaps are named.
    pub gap_count: u32,
    /// When the last valid heartbeat came, if any did.
    pub last_heartbeat_ms: Option<u64>,
    /// Whether the caller may play it now.
    pub may_play: bool,
    /// Whether the caller may end it now.
    pub may_end: bool,
    /// Whether the caller may send a message into it now.
    pub may_message: bool,
}

/// One `beat` event of `GET /api/events`: a sign of life of a session that changes nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SessionBeat {
    /// The session.
    pub id: String,
    /// When the heartbeat came.
    pub last_heartbeat_ms: u64,
    /// How long the session was by it.
    pub duration_ms: u64,
}

/// Words that were sent into a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Message {
    /// Its place among the session's messages, from 1.
    pub number: u64,
    /// Who said what.
    pub text: String,
    /// When it was sent.
    pub sent_ms: u64,
    /// When the session said that it was shown, if it did.
    pub shown_ms: Option<u64>,
}

/// `GET /api/sessions?state=&user=&text=&before=&limit=`, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SessionList {
    /// The sessions of this page.
    pub sessions: Vec<SessionSummary>,
    /// Give this as `before` to get the next page; absent on the last one.
    pub next: Option<String>,
}

/// One track of a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Track {
    /// The track's number within the session.
    pub number: u32,
    /// What it holds.
    pub kind: TrackKind,
    /// Segments stored without a hole from the first one.
    pub stored: u64,
    /// Segments stored above a hole.
    pub held_above: u64,
    /// Segments the recorder has announced by heartbeat or closing record.
    pub announced: u64,
    /// Bytes of sealed record stored.
    pub size_bytes: u64,
    /// Chain hash at the last segment stored without a hole, in hex.
    pub chain: Option<String>,
}

/// A stretch without record, with its cause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Gap {
    /// The track it is in.
    pub track: u32,
    /// Where it begins, milliseconds from the session's start.
    pub from_ms: u64,
    /// Where it ends, milliseconds from the session's start.
    pub to_ms: u64,
    /// Its cause, as a stable code in kebab-case.
    pub cause: String,
}

/// `GET /api/sessions/{id}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SessionPage {
    /// The session's row.
    pub summary: SessionSummary,
    /// Its tracks.
    pub tracks: Vec<Track>,
    /// Its gaps, in order.
    pub gaps: Vec<Gap>,
    /// Words of whoever asked for its end, where the server asked for it.
    pub end_words: Option<String>,
    /// What was said to the person in it, oldest first.
    pub messages: Vec<Message>,
    /// Hash of the opening record, the first link of every chain, in hex.
    pub opening_hash: String,
    /// Hash of the closing record, once there is one, in hex.
    pub closing_hash: Option<String>,
    /// Whether the record was closed by the device after a crash instead of by the session.
    pub closed_by_recovery: bool,
    /// Up to when the record is proven: the end of the last second before which no track lacks a receipt.
    pub proven_to_ms: Option<u64>,
    /// Fingerprint of the device that recorded, in hex.
    pub device_fingerprint: String,
    /// Length of the recording that plays.
    pub recording_ms: Option<u64>,
    /// Size of the recording that plays.
    pub recording_bytes: Option<u64>,
    /// Whether the viewer may have the record judged: there is one, and the viewer may watch it.
    pub may_judge: bool,
    /// Whether the viewer may take the sealed record away.
    pub may_export: bool,
    /// Why composing failed, where it did.
    pub failure: Option<String>,
    /// When composing is tried again, where it failed.
    pub next_try_ms: Option<u64>,
}

/// `POST /api/sessions/{id}/end`.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct SessionEnd {
    /// Words shown to the user whose session ends; may be empty.
    pub message: String,
}

/// `POST /api/sessions/{id}/message`.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct SessionMessage {
    /// Words for the person in the session: 1 to 500 characters on one line.
    pub text: String,
}
