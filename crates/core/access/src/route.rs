/// The HTTP methods the server speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// Reads.
    Get,
    /// Creates or acts.
    Post,
    /// Replaces.
    Put,
    /// Removes.
    Delete,
}

impl Method {
    /// The method's name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }

    /// Whether a call with this method changes something, so that a cookie alone is not enough to make it.
    #[must_use]
    pub const fn changes(self) -> bool {
        match self {
            Self::Get => false,
            Self::Post | Self::Put | Self::Delete => true,
        }
    }
}

/// Every route of the server. What each one needs stands in [`Route::spec`](crate::Route::spec).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Route {
    /// What the console must know before anybody has logged in.
    State,
    /// Makes the first administrator, once, with the set-up code.
    FirstAdministrator,
    /// Opens a login.
    Login,
    /// Ends the login that calls.
    Logout,
    /// Who is calling.
    Me,
    /// Changes the caller's own password.
    OwnPassword,

    /// Lists the secrets the caller may see.
    SecretList,
    /// Stores a secret.
    SecretAdd,
    /// Changes a secret's fields, and its value where a new one is given.
    SecretChange,
    /// Removes a secret.
    SecretRemove,
    /// Replaces who may see and launch a secret.
    SecretRights,
    /// Asks for one launch: answers with a link.
    SecretLaunch,

    /// Makes an enrolment code for the caller.
    DeviceCode,
    /// Lists devices.
    DeviceList,
    /// Revokes a device.
    DeviceRevoke,

    /// Lists people.
    PersonList,
    /// Adds a person.
    PersonAdd,
    /// Changes a person's name and role; disables and enables.
    PersonChange,
    /// Replaces a person's password.
    PersonPassword,
    /// Removes a person.
    PersonRemove,

    /// Lists sessions.
    SessionList,
    /// Shows one session.
    SessionShow,
    /// Ends a session that is running.
    SessionEnd,
    /// Says something to the person in a session that is running.
    SessionMessage,
    /// Plays a session's recording.
    SessionRecording,
    /// What a page needs to judge a session's record: all of it but the payloads.
    SessionOutline,
    /// A session's sealed record with its proofs, which leaves the server.
    SessionBundle,
    /// The stream of changes for lists.
    Events,

    /// Reads the audit log.
    AuditList,
    /// Lists the alarms nobody has acknowledged.
    AlarmList,
    /// Says that an alarm was seen.
    AlarmAcknowledge,

    /// The signed key set.
    WireKeySet,
    /// Enrols a device.
    WireEnrol,
    /// Redeems a ticket.
    WireRedeem,
    /// Takes sealed segments.
    WireSegments,
    /// Closes a session's record.
    WireClose,
    /// The control channel of a session.
    WireControl,
    /// One heartbeat of a session whose channel cannot be had.
    WireHeartbeat,

    /// The console's first page.
    ConsoleHome,
    /// Every other page and file of the console.
    Console,
}

impl Route {
    /// Every route. A test of this crate checks that none is missing.
    pub const ALL: [Self; 40] = [
        Self::State,
        Self::FirstAdministrator,
        Self::Login,
        Self::Logout,
        Self::Me,
        Self::OwnPassword,
        Self::SecretList,
        Self::SecretAdd,
        Self::SecretChange,
        Self::SecretRemove,
        Self::SecretRights,
        Self::SecretLaunch,
        Self::DeviceCode,
        Self::DeviceList,
        Self::DeviceRevoke,
        Self::PersonList,
        Self::PersonAdd,
        Self::PersonChange,
        Self::PersonPassword,
        Self::PersonRemove,
        Self::SessionList,
        Self::SessionShow,
        Self::SessionEnd,
        Self::SessionMessage,
        Self::SessionRecording,
        Self::SessionOutline,
        Self::SessionBundle,
        Self::Events,
        Self::AuditList,
        Self::AlarmList,
        Self::AlarmAcknowledge,
        Self::WireKeySet,
        Self::WireEnrol,
        Self::WireRedeem,
        Self::WireSegments,
        Self::WireClose,
        Self::WireControl,
        Self::WireHeartbeat,
        Self::ConsoleHome,
        Self::Console,
    ];
}
