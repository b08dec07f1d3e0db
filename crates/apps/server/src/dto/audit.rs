use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// `GET /api/audit`: lines of the audit log, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AuditPage {
    /// The lines.
    pub lines: Vec<AuditLine>,
    /// What to give as `before` for the page after this one, if there is one.
    pub next: Option<u64>,
    /// What a walk along the whole chain found; only on the first page.
    pub chain: Option<AuditChain>,
    /// How many alarms nobody has acknowledged.
    pub open_alarms: u64,
}

/// `GET /api/alarms`: the alarms nobody has acknowledged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AlarmList {
    /// How many there are.
    pub count: u64,
    /// The newest of them, newest first.
    pub newest: Vec<AuditLine>,
}

/// Whether every line carries the hash of the one before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "is", rename_all = "kebab-case")]
#[ts(tag = "is", rename_all = "kebab-case")]
pub enum AuditChain {
    /// Every one does, and none is missing.
    Unbroken {
        /// How many lines there are.
        lines: u64,
        /// Hash of the last one, to compare with a copy kept elsewhere.
        head: String,
    },
    /// One was changed or is missing.
    Broken {
        /// The first that does not fit.
        line: u64,
    },
}

/// One line of the audit log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AuditLine {
    /// Its number, from 1. An alarm is acknowledged by it.
    pub id: u64,
    /// When.
    pub at_ms: u64,
    /// Who, in words.
    pub actor: String,
    /// What: a stable code.
    pub action: String,
    /// Whether it is an alarm: somebody must say that it was seen.
    pub alarm: bool,
    /// Who said so, if somebody did.
    pub acknowledged: Option<AuditAcknowledged>,
    /// Name of the person it is about, where known.
    pub person: Option<String>,
    /// Name of the secret it is about, where known.
    pub secret: Option<String>,
    /// Name of the device it is about, where known.
    pub device: Option<String>,
    /// The session it is about, where known.
    pub session: Option<AuditSession>,
    /// Who, as it stands in the log: a kind and an id.
    pub actor_id: String,
    /// To what, as it stands in the log: an id, a number or nothing.
    pub subject: String,
    /// Further facts.
    pub detail: Vec<AuditFact>,
    /// Hash of this line.
    pub hash: String,
}

/// That an alarm was seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AuditAcknowledged {
    /// When.
    pub at_ms: u64,
    /// By whom.
    pub by: String,
}

/// A session that a line is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AuditSession {
    /// The session.
    pub id: String,
    /// Name of the secret it was opened with.
    pub title: String,
    /// Whose session it is.
    pub user_name: String,
}

/// A further fact of a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AuditFact {
    /// What it says.
    pub name: String,
    /// The value as text; what is no text stands as JSON.
    pub value: String,
}
