//! The session's own log: one JSON object a line in `data/log/SESSION.jsonl`, for people who must find out later what
//! happened, and for tests that judge deadlines by the product's own stamps. It holds no secret, ticket or key.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;

use chaperone_evidence::SessionId;
use chaperone_paths::{PrivateError, private};
use chaperone_session::{EndReason, EndStamps, Moment};
use serde_json::{Value, json};

use crate::ambient;

/// Log of one session. A line that cannot be written is lost: the record itself does not lie here.
pub(crate) struct SessionLog {
    file: File,
    session: SessionId,
}

impl SessionLog {
    /// Begins the log of a session below the data folder.
    ///
    /// # Errors
    /// When the folder or file cannot be made for this user alone.
    pub(crate) fn create(data_dir: &Path, session: SessionId) -> Result<Self, PrivateError> {
        let dir = data_dir.join("log");
        private::ensure_dir(&dir)?;
        let file = private::create_file(&dir.join(format!("{session}.jsonl")))?;
        Ok(Self { file, session })
    }

    /// Writes one line: what happened, when, and `fields` (an object).
    pub(crate) fn line(&mut self, event: &str, fields: Value) {
        let mut line = json!({
            "event": event,
            "session": self.session.to_string(),
            "wall_ms": ambient::wall_ms(),
            "moment_ns": ambient::now().as_nanos(),
        });
        if let (Value::Object(line), Value::Object(fields)) = (&mut line, fields) {
            line.extend(fields);
        }
        let written = writeln!(self.file, "{line}");
        if let Err(error) = written {
            tracing::warn!(%error, "The session's log cannot be written");
        }
    }

    /// Writes why and when the session ended: the proof that it ended in time. All stamps are nanoseconds of the clock
    /// that counts sleep, the same that `moment_ns` is of.
    pub(crate) fn ended(&mut self, reason: EndReason, stamps: &EndStamps) {
        let nanos = |moment: Option<Moment>| moment.map(Moment::as_nanos);
        self.line(
            "ended",
            json!({
                "reason": reason.code(),
                "last_heartbeat_sent_ns": nanos(stamps.heartbeat_sent),
                "last_heartbeat_heard_ns": nanos(stamps.heartbeat_heard),
                "asked_ns": nanos(stamps.asked),
                "killed_ns": nanos(stamps.killed),
                "last_child_gone_ns": nanos(stamps.gone),
            }),
        );
    }
}
