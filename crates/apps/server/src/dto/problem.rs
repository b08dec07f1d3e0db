use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What every failed call answers with (RFC 9457, `application/problem+json`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Problem {
    /// A name of the problem as a URI: `urn:chaperone:problem:` and the code.
    pub r#type: String,
    /// What failed, in a few words; the same for every problem of this code.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// Why, and what to do now.
    pub detail: String,
    /// The stable code programs look at, in kebab-case.
    pub code: String,
}
