//! What the server asks of a recorder that runs.

use minicbor::{Decode, Encode};

use crate::EndReason;

/// What a pulse asks of the recorder besides going on.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Command {
    /// End the session. Asked again with each pulse until the session has closed.
    #[n(0)]
    End {
        /// Why.
        #[n(0)]
        cause: EndCause,
        /// Who asked, and what they say to the person in the session; may be empty.
        #[n(1)]
        words: String,
    },
    /// Show a message to the person in the session. Asked again until a heartbeat says that it was shown.
    #[n(1)]
    Message {
        /// Its place among the session's messages, from 1: one that was shown is not shown again.
        #[n(0)]
        number: u64,
        /// Who says what.
        #[n(1)]
        text: String,
    },
}

/// The closed list of causes for which the server ends a session that runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode)]
#[cbor(index_only)]
pub enum EndCause {
    /// An operator asked for it.
    #[n(0)]
    Operator,
    /// The ticket was used a second time.
    #[n(1)]
    TicketReused,
    /// The person was disabled or removed.
    #[n(2)]
    UserWithdrawn,
    /// The device was revoked.
    #[n(3)]
    DeviceWithdrawn,
    /// The person may no longer launch this secret, or the secret was removed.
    #[n(4)]
    RightWithdrawn,
    /// A rule of the server.
    #[n(5)]
    ServerPolicy,
}

impl EndCause {
    /// Every cause, for tables and tests.
    pub const ALL: [Self; 6] = [
        Self::Operator,
        Self::TicketReused,
        Self::UserWithdrawn,
        Self::DeviceWithdrawn,
        Self::RightWithdrawn,
        Self::ServerPolicy,
    ];

    /// The reason that stands in the closing record of a session ended for this cause.
    #[must_use]
    pub const fn reason(self) -> EndReason {
        match self {
            Self::Operator => EndReason::EndedByOperator,
            Self::TicketReused => EndReason::TicketReused,
            Self::UserWithdrawn => EndReason::UserWithdrawn,
            Self::DeviceWithdrawn => EndReason::DeviceWithdrawn,
            Self::RightWithdrawn => EndReason::RightWithdrawn,
            Self::ServerPolicy => EndReason::ServerPolicy,
        }
    }

    /// A stable code for JSON, tables and logs: that of its [reason](Self::reason).
    #[must_use]
    pub const fn code(self) -> &'static str {
        self.reason().code()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_cause_has_a_reason_of_its_own() {
        let reasons: HashSet<_> = EndCause::ALL.into_iter().map(EndCause::reason).collect();
        assert_eq!(reasons.len(), EndCause::ALL.len());
    }
}
