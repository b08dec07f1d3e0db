use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// One line of `GET /api/devices`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Device {
    /// The device.
    pub id: String,
    /// The name it gave itself when it enrolled, usually the machine's.
    pub name: String,
    /// Its operating system, as it said.
    pub system: String,
    /// Whose device it is.
    pub person: String,
    /// The person's name.
    pub person_name: String,
    /// SHA-256 fingerprint of its key, in hex.
    pub fingerprint: String,
    /// When it enrolled.
    pub enrolled_ms: u64,
    /// When it last redeemed a ticket, if ever.
    pub last_seen_ms: Option<u64>,
    /// When it was revoked, if it was.
    pub revoked_ms: Option<u64>,
    /// How many sessions run on it now.
    pub running: u32,
    /// Seconds of record that were announced and are not here, of sessions that are not running. Counted in segments, which
    /// are a second long but for gaps.
    pub missing_s: u64,
}

/// The answer of `POST /api/devices/code`.
#[derive(Clone, Serialize, Deserialize, TS)]
pub struct DeviceCode {
    /// The enrolment code to paste into the launcher; works once.
    pub code: String,
    /// When it expires.
    pub expires_ms: u64,
}
