use chaperone_database::{Database, DatabaseError, NewTicket};
use chaperone_evidence::{SecretId, UserId};
use chaperone_protocol::{LaunchLink, Origin, Ticket};
use serde_json::json;
use thiserror::Error;

use crate::audit::{Action, Actor, entry};
use crate::{random, secrets};

/// How long a ticket can be redeemed, by the server's clock.
pub(super) const TICKET_LIFE_MS: u64 = 60_000;

/// Asking for a launch failed.
#[derive(Debug, Error)]
pub(super) enum LaunchError {
    #[error(transparent)]
    Database(#[from] DatabaseError),
    #[error("the system gives no randomness")]
    Random(#[from] getrandom::Error),
}

/// What became of asking for a launch.
pub(super) enum Launched {
    /// The link, good for one use until then.
    Link { link: LaunchLink, expires_ms: u64 },
    /// The person sees the secret and may not launch it.
    NotAllowed,
    /// There is no such secret, or the person may not know of it.
    NotFound,
}

/// Makes a ticket for one launch of a secret by a person.
pub(super) async fn launch(
    database: &Database,
    origin: &Origin,
    person: UserId,
    secret: SecretId,
    now_ms: u64,
) -> Result<Launched, LaunchError> {
    let actor = Actor::Person(person);
    let Some((_, right)) = secrets::rights_over(database, secret, person).await? else {
        return Ok(Launched::NotFound);
    };
    if !right.launches() {
        database.audit(&entry(now_ms, actor, Action::LaunchRefused, secret, &json!({}))).await?;
        return Ok(Launched::NotAllowed);
    }
    let ticket = Ticket::from_bytes(random::bytes()?);
    let expires_ms = now_ms + TICKET_LIFE_MS;
    let new = NewTicket { hash: ticket.hash(), person, secret, issued_ms: now_ms, expires_ms };
    let line = entry(now_ms, actor, Action::LaunchAsked, secret, &json!({ "ticket": new.hash.to_string() }));
    database.add_ticket(&new, &line).await?;
    Ok(Launched::Link { link: LaunchLink { server: origin.clone(), ticket }, expires_ms })
}
