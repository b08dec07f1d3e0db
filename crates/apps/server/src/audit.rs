//! Lines of the audit log, spelled in one place.

pub(crate) mod heads;
pub(crate) mod routes;
mod view;

use chaperone_database::{ALARM_ACKNOWLEDGED, AuditEntry, EndAsked, Withdrawal};
use chaperone_evidence::{EndCause, UserId};
use chaperone_seals::KeyId;
use serde_json::json;

/// Who did something.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Actor {
    /// A person who is logged in.
    Person(UserId),
    /// A machine, by its device key.
    Device(KeyId),
    /// Somebody who is not logged in.
    Nobody,
    /// Whoever holds the server's command line.
    CommandLine,
}

impl Actor {
    fn text(self) -> String {
        match self {
            Self::Person(id) => format!("person {id}"),
            Self::Device(id) => format!("device {id}"),
            Self::Nobody => "nobody".to_owned(),
            Self::CommandLine => "command-line".to_owned(),
        }
    }
}

/// Who does something, and the name people know them by.
#[derive(Clone, Copy, Debug)]
pub(crate) struct By<'a> {
    pub(crate) actor: Actor,
    pub(crate) name: &'a str,
}

impl By<'static> {
    /// Whoever holds the server's command line.
    pub(crate) const COMMAND_LINE: Self =
        Self { actor: Actor::CommandLine, name: "the server's command line" };
}

/// What happened. The words are stable; other systems filter by them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    FirstAdministrator,
    PersonAdded,
    PersonChanged,
    PersonRemoved,
    PasswordChanged,
    LoggedIn,
    LoginRefused,
    LoggedOut,
    SecretAdded,
    SecretChanged,
    SecretRemoved,
    RightsChanged,
    LaunchAsked,
    LaunchRefused,
    EnrolmentCodeMade,
    DeviceEnrolled,
    DeviceRevoked,
    TicketRedeemed,
    TicketRefused,
    TicketReused,
    SessionEndAsked,
    MessageSent,
    SessionClosed,
    RecordingViewed,
    FilmAltered,
    RecordDamaged,
    SessionExported,
    AuditExported,
    BackupMade,
    StoreRestored,
    AlarmAcknowledged,
}

impl Action {
    /// What somebody must have seen: a link in two hands, a film that is not the one made, a disk that lost what it had, a log
    /// that lost its end.
    const ALARMS: [Self; 4] =
        [Self::TicketReused, Self::FilmAltered, Self::RecordDamaged, Self::StoreRestored];

    /// The actions that are alarms, as they stand in the log.
    pub(crate) fn alarms() -> [&'static str; 4] {
        Self::ALARMS.map(Self::text)
    }

    const fn text(self) -> &'static str {
        match self {
            Self::FirstAdministrator => "first-administrator",
            Self::PersonAdded => "person-added",
            Self::PersonChanged => "person-changed",
            Self::PersonRemoved => "person-removed",
            Self::PasswordChanged => "password-changed",
            Self::LoggedIn => "logged-in",
            Self::LoginRefused => "login-refused",
            Self::LoggedOut => "logged-out",
            Self::SecretAdded => "secret-added",
            Self::SecretChanged => "secret-changed",
            Self::SecretRemoved => "secret-removed",
            Self::RightsChanged => "rights-changed",
            Self::LaunchAsked => "launch-asked",
            Self::LaunchRefused => "launch-refused",
            Self::EnrolmentCodeMade => "enrolment-code-made",
            Self::DeviceEnrolled => "device-enrolled",
            Self::DeviceRevoked => "device-revoked",
            Self::TicketRedeemed => "ticket-redeemed",
            Self::TicketRefused => "ticket-refused",
            Self::TicketReused => "ticket-reused-alarm",
            Self::SessionEndAsked => "session-end-asked",
            Self::MessageSent => "message-sent",
            Self::SessionClosed => "session-closed",
            Self::RecordingViewed => "recording-viewed",
            Self::FilmAltered => "film-altered",
            Self::RecordDamaged => "record-damaged",
            Self::SessionExported => "session-exported",
            Self::AuditExported => "audit-exported",
            Self::BackupMade => "backup-made",
            Self::StoreRestored => "store-restored",
            Self::AlarmAcknowledged => ALARM_ACKNOWLEDGED,
        }
    }
}

/// A line: who did what to what, with further facts.
pub(crate) fn entry(
    now_ms: u64,
    actor: Actor,
    action: Action,
    subject: impl ToString,
    detail: &serde_json::Value,
) -> AuditEntry {
    AuditEntry {
        at_ms: now_ms,
        actor: actor.text(),
        action: action.text(),
        subject: subject.to_string(),
        detail: detail.to_string(),
    }
}

/// A change that withdraws something: its own line, and what every session is asked that runs under it.
pub(crate) fn withdrawal(now_ms: u64, by: By<'_>, change: AuditEntry, cause: EndCause) -> Withdrawal {
    let words = format!("Withdrawn by {}.", by.name);
    let detail = json!({ "cause": cause.code(), "message": words });
    let ended = entry(now_ms, by.actor, Action::SessionEndAsked, "", &detail);
    Withdrawal { change, end: EndAsked { cause, words }, ended }
}
