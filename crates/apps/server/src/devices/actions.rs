use chaperone_database::{Database, DatabaseError, Enrolled, NewDevice};
use chaperone_evidence::{DeviceId, EndCause, SessionId, UserId};
use chaperone_protocol::enrolment::EnrolmentSecret;
use chaperone_protocol::{EnrolAnswer, EnrolRequest, EnrolmentCode, Origin};
use chaperone_seals::{Digest, SigningKey, signed};
use serde_json::json;
use thiserror::Error;

use crate::audit::{Action, Actor, By, entry, withdrawal};
use crate::random;

/// How long an enrolment code can be used.
const CODE_LIFE_MS: u64 = 10 * 60 * 1000;
const MAX_NAME_CHARS: usize = 64;

/// A use case about devices failed.
#[derive(Debug, Error)]
pub(crate) enum CodeError {
    #[error(transparent)]
    Database(#[from] DatabaseError),
    #[error("the system gives no randomness")]
    Random(#[from] getrandom::Error),
}

/// An enrolment code that can be used once.
pub(crate) struct CodeMade {
    pub(crate) code: String,
    pub(crate) expires_ms: u64,
}

/// What became of an enrolment.
#[derive(Debug)]
pub(super) enum EnrolOutcome {
    /// The signed answer.
    Done(Vec<u8>),
    /// Not a request in the form it must have, signed by the key it names.
    Malformed(signed::SignedError),
    OtherServer,
    /// The words say what is not accepted.
    Refused(&'static str),
    CodeRefused,
    KeyRefused,
}

/// Makes an enrolment code for a person.
pub(crate) async fn make_code(
    database: &Database,
    origin: &Origin,
    root: Digest,
    actor: Actor,
    person: UserId,
    now_ms: u64,
) -> Result<CodeMade, CodeError> {
    let secret = EnrolmentSecret::from_bytes(random::bytes()?);
    let expires_ms = now_ms + CODE_LIFE_MS;
    let line = entry(now_ms, actor, Action::EnrolmentCodeMade, person, &json!({}));
    database.add_enrolment(&secret.hash(), person, expires_ms, &line).await?;
    let code = EnrolmentCode { origin: origin.clone(), root, secret };
    Ok(CodeMade { code: code.to_text(), expires_ms })
}

/// Enrols the device that signed a request with a code of ours.
pub(super) async fn enrol(
    database: &Database,
    origin: &Origin,
    launch_key: &SigningKey,
    request: &[u8],
    now_ms: u64,
) -> Result<EnrolOutcome, CodeError> {
    // The key is named inside: the signature proves that whoever asks holds it.
    let verified = signed::read_unverified::<EnrolRequest>(request)
        .and_then(|(_, claimed)| signed::verify::<EnrolRequest>(request, &claimed.device_key));
    let asked = match verified {
        Ok(asked) => asked,
        Err(error) => return Ok(EnrolOutcome::Malformed(error)),
    };
    if asked.origin != origin.as_str() {
        return Ok(EnrolOutcome::OtherServer);
    }
    let (Some(name), Some(system)) = (label(&asked.device_name), label(&asked.system)) else {
        return Ok(EnrolOutcome::Refused("a device's name and system are 1 to 64 characters on one line"));
    };
    let device = NewDevice { id: DeviceId::new(random::id(now_ms)?), name, system, key: asked.device_key };
    let detail = json!({ "name": device.name, "system": device.system });
    let actor = Actor::Device(device.key.id());
    let line = entry(now_ms, actor, Action::DeviceEnrolled, device.id, &detail);
    Ok(match database.enrol(&asked.secret.hash(), &device, now_ms, &line).await? {
        Enrolled::Done { device, person_name, .. } => {
            let answer = EnrolAnswer {
                request: Digest::of(request),
                device,
                user_name: person_name,
                enrolled_ms: now_ms,
            };
            EnrolOutcome::Done(signed::sign(&answer, launch_key))
        }
        Enrolled::CodeRefused => EnrolOutcome::CodeRefused,
        Enrolled::KeyRefused => EnrolOutcome::KeyRefused,
    })
}

/// Revokes a device of `owner`, or of whomever without one, and asks what runs on it to end; answers these sessions, or
/// nothing where there is no such device.
pub(crate) async fn revoke(
    database: &Database,
    by: By<'_>,
    owner: Option<UserId>,
    device: DeviceId,
    now_ms: u64,
) -> Result<Option<Vec<SessionId>>, DatabaseError> {
    let found = database.device(device).await?;
    let Some(found) = found.filter(|found| owner.is_none_or(|owner| owner == found.person)) else {
        return Ok(None);
    };
    let detail = json!({ "name": found.name, "person": found.person.to_string() });
    let line = entry(now_ms, by.actor, Action::DeviceRevoked, device, &detail);
    let revocation = withdrawal(now_ms, by, line, EndCause::DeviceWithdrawn);
    database.revoke_device(device, now_ms, &revocation).await
}

fn label(text: &str) -> Option<String> {
    let text = text.trim();
    let fits =
        !text.is_empty() && text.chars().count() <= MAX_NAME_CHARS && !text.chars().any(char::is_control);
    fits.then(|| text.to_owned())
}
