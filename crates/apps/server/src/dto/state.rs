use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::Role;

/// `GET /api/state`: what the console must know before anybody has logged in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct State {
    /// No administrator exists yet: the first page asks for the set-up code.
    pub needs_first_administrator: bool,
    /// The server program's version.
    pub version: String,
    /// The origin under which launchers and browsers reach this server.
    pub origin: String,
}

/// `POST /api/first-administrator`.
#[derive(Clone, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct FirstAdministrator {
    /// The set-up code out of the file whose path the server prints at its start.
    pub code: String,
    /// The administrator's name.
    pub name: String,
    /// The administrator's password, at least 12 characters.
    pub password: String,
}

/// `POST /api/login`.
#[derive(Clone, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Login {
    /// The person's name.
    pub name: String,
    /// The person's password.
    pub password: String,
}

/// `GET /api/me` and the answer of a login: who is calling and what their pages may offer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Me {
    /// The person.
    pub id: String,
    /// The person's name.
    pub name: String,
    /// What the person is on this server.
    pub role: Role,
    /// Whether the role launches at all; which secrets is said by each secret.
    pub launches: bool,
    /// Whether the session list shows everybody's sessions.
    pub sees_all_sessions: bool,
    /// Whether the role may end running sessions.
    pub ends_sessions: bool,
    /// Whether the role sees the pages for people, secrets and all devices.
    pub configures: bool,
    /// Reads the audit log and acknowledges its alarms.
    pub audits: bool,
}
