//! What can go wrong between a recorder and its server.

use std::error::Error as StdError;
use std::io;
use std::time::Duration;

use chaperone_protocol::Problem;
use chaperone_protocol::redeem::AnswerError;
use chaperone_seals::keyset::KeySetError;
use chaperone_seals::signed::SignedError;
use thiserror::Error;

use crate::pin::PinError;

/// Why a request gave no result.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum UplinkError {
    /// The server presented a key that its key set does not name: somebody stands between, or the key set is old.
    /// Nothing was sent.
    #[error(
        "this is not the enrolled server: its certificate does not stand in the server's key set; nothing was sent"
    )]
    NotOurServer(#[source] PinError),
    /// No connection, or it broke.
    #[error("the server cannot be reached")]
    Unreachable(#[source] Box<dyn StdError + Send + Sync>),
    /// No answer in time, or no byte of the request was taken for too long.
    #[error("the server did not answer in time")]
    TimedOut,
    /// The server refuses, by its own word.
    #[error("the server refused")]
    Refused {
        /// What it says.
        #[source]
        problem: Problem,
        /// `Retry-After`, if given.
        retry_after: Option<Duration>,
    },
    /// Some other answer than a result or a problem this program knows: of a proxy on the way, or of a newer server.
    #[error("the answer has status {status} and is not understood")]
    Unknown {
        /// HTTP status.
        status: u16,
        /// `Retry-After`, if given.
        retry_after: Option<Duration>,
    },
    /// The server points elsewhere. It is never followed.
    #[error("the server points to another address, which is not followed")]
    Redirected,
    /// The answer is longer than it may be.
    #[error("the answer is longer than {limit} bytes")]
    TooLong {
        /// The cap in bytes.
        limit: usize,
    },
    /// The key set is not the enrolled server's, or not acceptable.
    #[error("the server's key set cannot be trusted")]
    KeySet(#[source] KeySetError),
    /// What was received is not signed as it must be.
    #[error("the answer is not signed by a key of the server's key set")]
    Signature(#[source] SignedError),
    /// The instructions cannot be opened or are not for this request.
    #[error("the instructions received cannot be trusted")]
    Instructions(#[source] AnswerError),
    /// The answer does not have the form it must have, or is for something else.
    #[error("the answer is not what was asked for: {what}")]
    Malformed {
        /// What is wrong.
        what: &'static str,
    },
    /// The client could not be set up. Says nothing about the server.
    #[error("cannot set up the connection")]
    Setup(#[source] Box<dyn StdError + Send + Sync>),
}

impl UplinkError {
    /// Whether the same request may succeed a moment later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable(_) | Self::TimedOut => true,
            Self::Unknown { status, .. } => matches!(status, 429 | 502 | 503 | 504),
            Self::Refused { problem, .. } => matches!(problem.code.status(), 429 | 503),
            Self::NotOurServer(_)
            | Self::Redirected
            | Self::TooLong { .. }
            | Self::KeySet(_)
            | Self::Signature(_)
            | Self::Instructions(_)
            | Self::Malformed { .. }
            | Self::Setup(_) => false,
        }
    }

    /// What failed underneath a request.
    pub(crate) fn of_transport(error: impl StdError + Send + Sync + 'static) -> Self {
        if let Some(pin) = find_pin_error(&error) {
            return Self::NotOurServer(pin);
        }
        Self::Unreachable(Box::new(error))
    }
}

impl From<reqwest::Error> for UplinkError {
    fn from(error: reqwest::Error) -> Self {
        if error.is_timeout() {
            return Self::TimedOut;
        }
        // The address may hold nothing secret, but adds nothing either.
        Self::of_transport(error.without_url())
    }
}

/// Looks through every layer for the verifier's own refusal.
fn find_pin_error(error: &(dyn StdError + 'static)) -> Option<PinError> {
    let mut next = Some(error);
    while let Some(error) = next {
        // An I/O error that wraps another shows that one's source as its own, so it is looked into as well.
        let inside = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        if let Some(pin) = inside.and_then(|inside| find_pin_error(inside)) {
            return Some(pin);
        }
        if let Some(rustls::Error::InvalidCertificate(rustls::CertificateError::Other(other))) =
            error.downcast_ref::<rustls::Error>()
        {
            return other.0.downcast_ref::<PinError>().cloned();
        }
        next = error.source();
    }
    None
}
