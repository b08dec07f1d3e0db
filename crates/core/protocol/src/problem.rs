//! Errors over the wire: problem details (RFC 9457) with stable codes.

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $status:literal, $title:literal;)*) => {
        /// What went wrong, as a stable code. People quote it; programs act on it; nobody matches text.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ErrorCode { $($(#[$doc])* $name,)* }

        impl ErrorCode {
            /// Every code, for tables and tests.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The code as it stands in `code`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// The HTTP status it goes with.
            #[must_use]
            pub const fn status(self) -> u16 {
                match self { $(Self::$name => $status,)* }
            }

            /// A short title for people.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }

            /// Reads a code; `None` for one this program does not know.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|code| code.as_str() == text)
            }
        }
    };
}

codes! {
    /// The request does not have the form it must have.
    Malformed = "malformed", 400, "Request is malformed";
    /// A field has a value that is not accepted.
    Invalid = "invalid", 422, "A value is not accepted";
    /// Nobody is logged in.
    LoginNeeded = "login-needed", 401, "Log in first";
    /// Name or password is wrong.
    LoginFailed = "login-failed", 401, "Name or password is wrong";
    /// The role or right does not allow it.
    Forbidden = "forbidden", 403, "Not allowed";
    /// No such thing, or not visible to the caller.
    NotFound = "not-found", 404, "Not found";
    /// The path exists, the method does not.
    MethodNotAllowed = "method-not-allowed", 405, "Method not allowed";
    /// Somebody else was first, or the name is taken.
    Conflict = "conflict", 409, "Conflict";
    /// The body is above the route's limit.
    TooLarge = "too-large", 413, "Request is too large";
    /// Too many tries; wait.
    TooMany = "too-many", 429, "Too many requests";
    /// Took longer than the route allows.
    TimedOut = "timed-out", 503, "Took too long";
    /// The server failed.
    Internal = "internal", 500, "The server failed";
    /// No protocol version in common.
    VersionUnsupported = "version-unsupported", 400, "No protocol version in common";
    /// The request names another server.
    OtherServer = "other-server", 400, "Meant for another server";
    /// The enrolment code is unknown, used or expired.
    EnrolmentCodeInvalid = "enrolment-code-invalid", 403, "Enrolment code is not valid";
    /// The device is not enrolled, or was revoked.
    DeviceUnknown = "device-unknown", 403, "Device is not enrolled";
    /// The ticket is unknown.
    TicketUnknown = "ticket-unknown", 403, "Ticket is not valid";
    /// The ticket was not used in time.
    TicketExpired = "ticket-expired", 403, "Ticket has expired";
    /// The ticket was already used.
    TicketUsed = "ticket-used", 403, "Ticket was already used";
    /// The ticket belongs to another person than the device.
    TicketForeign = "ticket-foreign", 403, "Ticket belongs to somebody else";
    /// The right to launch was withdrawn in the meantime.
    LaunchWithdrawn = "launch-withdrawn", 403, "Launch is no longer allowed";
    /// No such session.
    SessionUnknown = "session-unknown", 404, "Session is not known";
    /// A segment's signature, hash or chain is wrong.
    SegmentRefused = "segment-refused", 422, "Segment is refused";
    /// Announced segments have not arrived.
    SegmentsMissing = "segments-missing", 409, "Segments are missing";
    /// The store takes nothing at the moment.
    StorageUnavailable = "storage-unavailable", 503, "Storage is not available";
}

/// A problem as read from a response.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} ({}): {detail}", code.title(), code.as_str())]
pub struct Problem {
    /// What went wrong.
    pub code: ErrorCode,
    /// What, why, and what to do.
    pub detail: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_kebab_case_and_read_back() {
        for code in ErrorCode::ALL {
            let text = code.as_str();
            assert!(text.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{text}");
            assert_eq!(ErrorCode::parse(text), Some(*code));
            assert!((400..600).contains(&code.status()));
        }
        assert_eq!(ErrorCode::parse("nonsense"), None);
    }
}
