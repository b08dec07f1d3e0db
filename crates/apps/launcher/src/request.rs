//! What other programs of this user ask the running launcher, over `system/ipc`: one request a connection, one reply.

use std::time::Duration;

use chaperone_ipc::{Connection, Endpoint, EndpointError, IpcError};
use chaperone_paths::Folders;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::private_text::PrivateText;
use crate::view::Status;

/// How long a launcher may take to answer.
pub const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// What is asked.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Request {
    /// Open the session of this link.
    Open {
        /// The link, with its ticket.
        link: PrivateText,
    },
    /// Tell everything.
    Status,
    /// Upload what waits, now; of one session or of all.
    Retry {
        /// The session's id.
        session: Option<String>,
    },
    /// End a session.
    End {
        /// The launcher's number for it.
        launch: u64,
    },
    /// The list of servers was changed.
    TrustChanged,
    /// Bring a window to the front: the desktop app was started once more.
    Show,
}

/// What is answered.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Reply {
    /// It is being done.
    Accepted,
    /// The launch has this number.
    Opening {
        /// The launcher's number for it.
        launch: u64,
    },
    /// Everything.
    Status(Status),
    /// It is not done.
    Refused {
        /// Exit status, see [`crate::exit::Exit`].
        status: u8,
        /// What failed.
        what: String,
        /// What to do.
        advice: Option<String>,
    },
}

/// A request that came to nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// The line broke or nothing came.
    #[error("the launcher did not answer")]
    Line(#[from] IpcError),
    /// The launcher closed the line without an answer.
    #[error("the launcher ended before it answered")]
    Closed,
    /// What came is not a message of this version.
    #[error("the launcher is of another version")]
    Message(#[from] serde_json::Error),
}

/// Where the launcher listens.
///
/// # Errors
/// Never for this name.
pub fn endpoint(folders: &Folders) -> Result<Endpoint, EndpointError> {
    Endpoint::new(folders.run_dir(), "launcher")
}

/// Asks the launcher at the other end of `connection`.
///
/// # Errors
/// [`RequestError`].
pub async fn ask(connection: &mut Connection, request: &Request) -> Result<Reply, RequestError> {
    let message = Zeroizing::new(serde_json::to_vec(request)?);
    connection.send(&message, ANSWER_WITHIN).await?;
    let reply = connection.receive(ANSWER_WITHIN).await?.ok_or(RequestError::Closed)?;
    Ok(serde_json::from_slice(&reply)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_a_closed_list() {
        for text in [r#"{"run":{}}"#, r#"{"open":{"link":"x","as":"root"}}"#, r#"{"open":{}}"#, "7"] {
            assert!(serde_json::from_str::<Request>(text).is_err(), "{text}");
        }
        assert!(matches!(serde_json::from_str(r#"{"open":{"link":"x"}}"#), Ok(Request::Open { .. })));
        assert!(matches!(serde_json::from_str(r#""status""#), Ok(Request::Status)));
    }
}
