//! Changing, disabling and removing people, and their passwords.

use chaperone_access::{Decision, Role, Route};
use chaperone_database::{Database, DatabaseError, PersonChange, PersonChanged, PersonRow};
use chaperone_evidence::{EndCause, UserId};
use chaperone_seals::Digest;
use serde_json::json;
use zeroize::Zeroizing;

use super::actions::{Entrance, PersonError, check_name, check_password};
use super::passwords::Passwords;
use crate::audit::{Action, By, entry, withdrawal};

/// What became of changing or removing a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ChangeOutcome {
    Changed(PersonChanged),
    /// The words say what is not accepted.
    Refused(&'static str),
}

/// What became of replacing a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PasswordOutcome {
    Done,
    NotFound,
    /// The password until now is another one.
    WrongPassword,
    Refused(&'static str),
    TooMany {
        wait_s: u64,
    },
}

/// Changes a person. Disabling ends what runs of theirs, and so does a role that launches nothing.
pub(crate) async fn change_person(
    database: &Database,
    by: By<'_>,
    stored: &PersonRow,
    change: PersonChange,
    now_ms: u64,
) -> Result<ChangeOutcome, DatabaseError> {
    if let Err(words) = check_name(&change.name) {
        return Ok(ChangeOutcome::Refused(words));
    }
    let cause = if change.disabled { EndCause::UserWithdrawn } else { EndCause::RightWithdrawn };
    let withdraws = change.disabled || !launches(change.role);
    let detail = json!({
        "before": { "name": stored.name, "role": stored.role.as_str(), "disabled": stored.disabled_ms.is_some() },
        "after": { "name": change.name, "role": change.role.as_str(), "disabled": change.disabled },
    });
    let line = entry(now_ms, by.actor, Action::PersonChanged, stored.id, &detail);
    let withdrawal = withdrawal(now_ms, by, line, cause);
    let changed = database.change_person(stored.id, &change, withdraws, now_ms, &withdrawal).await?;
    Ok(ChangeOutcome::Changed(changed))
}

/// Removes a person. Their sessions and audit lines stay.
pub(crate) async fn remove_person(
    database: &Database,
    by: By<'_>,
    person: &PersonRow,
    now_ms: u64,
) -> Result<PersonChanged, DatabaseError> {
    let detail = json!({ "name": person.name, "role": person.role.as_str() });
    let line = entry(now_ms, by.actor, Action::PersonRemoved, person.id, &detail);
    let removal = withdrawal(now_ms, by, line, EndCause::UserWithdrawn);
    database.remove_person(person.id, now_ms, &removal).await
}

/// Replaces a person's password and ends their logins, all but `kept`.
pub(crate) async fn replace_password(
    database: &Database,
    passwords: &Passwords,
    by: By<'_>,
    person: UserId,
    password: Zeroizing<String>,
    kept: Option<&Digest>,
    now_ms: u64,
) -> Result<PasswordOutcome, PersonError> {
    if let Err(words) = check_password(&password) {
        return Ok(PasswordOutcome::Refused(words));
    }
    let stored = passwords.hash(password).await?;
    let line = entry(now_ms, by.actor, Action::PasswordChanged, person, &json!({}));
    let found = database.change_password(person, &stored, kept, &line).await?;
    Ok(if found { PasswordOutcome::Done } else { PasswordOutcome::NotFound })
}

impl Entrance<'_> {
    /// Replaces the caller's own password, which takes the one until now: a login left open is not enough.
    pub(super) async fn change_own_password(
        &self,
        by: By<'_>,
        login: &Digest,
        current: Zeroizing<String>,
        password: Zeroizing<String>,
    ) -> Result<PasswordOutcome, PersonError> {
        if let Err(wait_s) = self.limiter.take(by.name, self.address, self.now_ms) {
            return Ok(PasswordOutcome::TooMany { wait_s });
        }
        let Some((person, stored)) = self.database.person_by_name(by.name).await? else {
            return Ok(PasswordOutcome::NotFound);
        };
        if !self.passwords.matches(current, Some(stored)).await? {
            return Ok(PasswordOutcome::WrongPassword);
        }
        self.limiter.give_back(by.name, self.address);
        let (database, passwords) = (self.database, self.passwords);
        replace_password(database, passwords, by, person.id, password, Some(login), self.now_ms).await
    }
}

/// Whether people of this role launch at all.
fn launches(role: Role) -> bool {
    Route::SecretLaunch.decide(Some(role)) == Decision::Allowed
}
