//! Redeeming a ticket. The same request again gets the same answer for a while; any other second use is refused, ends the
//! session the first one opened, and stands in the audit log as an alarm.

use chaperone_access::{Decision, Role, Route};
use chaperone_database::{
    Database, DatabaseError, DeviceRow, EndAsked, EndNoted, NewSession, Redeemed, TicketRow, TicketUse,
};
use chaperone_evidence::{EndCause, SessionId};
use chaperone_intake::{Intake, IntakeError};
use chaperone_protocol::{Origin, PROTOCOL_VERSION, RedeemRequest, SecretText, seal_answer};
use chaperone_seals::sealing::SealingError;
use chaperone_seals::vault::VaultError;
use chaperone_seals::{Digest, KeyId, MasterKey, signed};
use serde_json::json;
use thiserror::Error;

use super::actions::TICKET_LIFE_MS;
use super::instructions::Launch;
use crate::audit::{Action, Actor, entry};
use crate::config::RecordAs;
use crate::keys::Keys;
use crate::{random, secrets};

/// How long the same request gets the same answer.
const REPEAT_MS: u64 = TICKET_LIFE_MS;

/// Redeeming a ticket failed on the server's side.
#[derive(Debug, Error)]
pub(super) enum RedeemError {
    #[error(transparent)]
    Database(#[from] DatabaseError),
    #[error("the system gives no randomness")]
    Random(#[from] getrandom::Error),
    #[error("cannot get ready for a session's record")]
    Intake(#[from] IntakeError),
    #[error("a stored secret does not open")]
    Vault(#[from] VaultError),
    #[error("a stored secret is not what this program stores")]
    Damaged,
    #[error("the ticket changes under every attempt to redeem it")]
    Raced,
}

/// What a request to redeem a ticket gets.
#[derive(Debug)]
pub(super) enum RedeemOutcome {
    /// The sealed answer: a session is open.
    Answer {
        answer: Vec<u8>,
        session: SessionId,
    },
    Malformed(signed::SignedError),
    /// The launch's own key is not usable.
    BadLaunchKey(SealingError),
    VersionUnsupported,
    OtherServer,
    DeviceUnknown,
    TicketUnknown,
    TicketExpired,
    /// A second use. The session that the first one opened is to end.
    TicketUsed {
        first: SessionId,
    },
    TicketForeign,
    Withdrawn,
}

/// What redeeming needs.
pub(super) struct Redeemer<'a> {
    pub(super) database: &'a Database,
    pub(super) intake: &'a Intake,
    pub(super) keys: &'a Keys,
    pub(super) master: &'a MasterKey,
    pub(super) origin: &'a Origin,
    pub(super) epoch: u64,
    /// Text to be acknowledged before the start, if any.
    pub(super) notice: Option<&'a str>,
    pub(super) record_as: RecordAs,
}

/// A request whose signature is an enrolled device's.
struct Asked<'a> {
    bytes: &'a [u8],
    hash: Digest,
    request: RedeemRequest,
    device: DeviceRow,
}

impl Redeemer<'_> {
    /// Redeems a ticket.
    pub(super) async fn redeem(&self, bytes: &[u8], now_ms: u64) -> Result<RedeemOutcome, RedeemError> {
        let (key, claimed) = match signed::read_unverified::<RedeemRequest>(bytes) {
            Ok(read) => read,
            Err(error) => return Ok(RedeemOutcome::Malformed(error)),
        };
        if !claimed.versions.contains(&PROTOCOL_VERSION) {
            return Ok(RedeemOutcome::VersionUnsupported);
        }
        if claimed.origin != self.origin.as_str() {
            return Ok(RedeemOutcome::OtherServer);
        }
        let Some(device) = self.device(&key).await? else { return Ok(RedeemOutcome::DeviceUnknown) };
        let request = match signed::verify::<RedeemRequest>(bytes, &device.key) {
            Ok(request) => request,
            Err(error) => return Ok(RedeemOutcome::Malformed(error)),
        };
        let asked = Asked { bytes, hash: Digest::of(bytes), request, device };
        // Between reading and using the ticket another request may use it; then it is read once more and is used.
        for _ in 0..2 {
            let ticket = asked.request.ticket.hash();
            let Some(row) = self.database.ticket(&ticket).await? else {
                return self.refused(&asked, now_ms, "unknown", RedeemOutcome::TicketUnknown).await;
            };
            if let Some(redeemed) = &row.redeemed {
                return self.second_use(&asked, redeemed, now_ms).await;
            }
            if let Some(outcome) = self.first_use(&asked, &row, now_ms).await? {
                return Ok(outcome);
            }
        }
        Err(RedeemError::Raced)
    }

    async fn device(&self, key: &KeyId) -> Result<Option<DeviceRow>, DatabaseError> {
        let device = self.database.device_by_key(key).await?;
        Ok(device.filter(|device| device.revoked_ms.is_none()))
    }

    /// Opens the session; nothing when somebody else used the ticket meanwhile.
    async fn first_use(
        &self,
        asked: &Asked<'_>,
        ticket: &TicketRow,
        now_ms: u64,
    ) -> Result<Option<RedeemOutcome>, RedeemError> {
        if ticket.person != asked.device.person {
            return self.refused(asked, now_ms, "foreign", RedeemOutcome::TicketForeign).await.map(Some);
        }
        if now_ms >= ticket.expires_ms {
            return self.refused(asked, now_ms, "expired", RedeemOutcome::TicketExpired).await.map(Some);
        }
        let allowed = secrets::rights_over(self.database, ticket.secret, ticket.person).await?;
        let allowed = allowed.filter(|(_, right)| right.launches());
        let person = self.database.person(ticket.person).await?;
        let person = person.filter(|person| person.disabled_ms.is_none() && launches(person.role));
        let sealed_value = self.database.sealed_value(ticket.secret).await?;
        let (Some((secret, _)), Some(person), Some(sealed_value)) = (allowed, person, sealed_value) else {
            return self.refused(asked, now_ms, "withdrawn", RedeemOutcome::Withdrawn).await.map(Some);
        };
        let mut value = self.master.open(&secrets::belongs_to(secret.id), &sealed_value)?;
        let text = String::from_utf8(std::mem::take(&mut *value)).map_err(|_| RedeemError::Damaged)?;
        let launch = Launch {
            session: SessionId::new(random::id(now_ms)?),
            origin: self.origin,
            person: &person,
            secret: &secret,
            device: &asked.device,
            session_key: asked.request.session_key,
            recording_key: *self.keys.recording().sealing_key().public(),
            notice: self.notice,
            record_as: self.record_as,
            epoch: self.epoch,
            now_ms,
        };
        let opening = launch.opening(self.keys.launch());
        let instructions = launch
            .instructions(asked.hash, opening.clone(), SecretText::new(text))
            .ok_or(RedeemError::Damaged)?;
        let sealed = seal_answer(
            &instructions,
            asked.bytes,
            &asked.request.launch_key,
            self.keys.launch(),
            random::bytes()?,
        );
        let answer = match sealed {
            Ok(answer) => answer,
            Err(error) => return Ok(Some(RedeemOutcome::BadLaunchKey(error))),
        };
        // First, so that no session can be open whose record could not be taken.
        self.intake.begin(opening.clone()).await?;
        let detail = json!({
            "opening": Digest::of(&opening).to_string(),
            "person": person.id.to_string(),
            "secret": secret.id.to_string(),
            "recorded": secret.recorded,
        });
        let actor = Actor::Device(asked.device.key.id());
        let line = entry(now_ms, actor, Action::TicketRedeemed, launch.session, &detail);
        let session = NewSession {
            id: launch.session,
            person: person.id,
            secret: secret.clone(),
            device: asked.device.id,
            opening,
            tracks: launch.tracks(),
            opened_ms: now_ms,
        };
        let hash = asked.request.ticket.hash();
        match self.database.redeem(&hash, &asked.hash, &answer, person.role, &session, &line).await? {
            TicketUse::Done => Ok(Some(RedeemOutcome::Answer { answer, session: session.id })),
            TicketUse::UsedBefore => Ok(None),
            TicketUse::Withdrawn => {
                self.refused(asked, now_ms, "withdrawn", RedeemOutcome::Withdrawn).await.map(Some)
            }
        }
    }

    async fn second_use(
        &self,
        asked: &Asked<'_>,
        first: &Redeemed,
        now_ms: u64,
    ) -> Result<RedeemOutcome, RedeemError> {
        let same = asked.hash.equals_in_constant_time(&first.request_hash);
        if let Some(answer) = &first.answer
            && same
            && now_ms < first.at_ms + REPEAT_MS
        {
            return Ok(RedeemOutcome::Answer { answer: answer.clone(), session: first.session });
        }
        if same {
            // Whoever repeats the very same request holds nothing new: late, but no second use.
            return self.refused(asked, now_ms, "repeated too late", RedeemOutcome::TicketExpired).await;
        }
        let actor = Actor::Device(asked.device.key.id());
        let detail = json!({ "person": asked.device.person.to_string() });
        let alarm = entry(now_ms, actor, Action::TicketReused, first.session, &detail);
        let words = "Tell your administrator: somebody else may hold the link.".to_owned();
        let end = EndAsked { cause: EndCause::TicketReused, words };
        match self.database.ask_end(first.session, &end, &alarm).await? {
            EndNoted::Done => {}
            EndNoted::AlreadyAsked | EndNoted::Over => self.database.audit(&alarm).await?,
        }
        Ok(RedeemOutcome::TicketUsed { first: first.session })
    }

    async fn refused(
        &self,
        asked: &Asked<'_>,
        now_ms: u64,
        why: &str,
        outcome: RedeemOutcome,
    ) -> Result<RedeemOutcome, RedeemError> {
        let actor = Actor::Device(asked.device.key.id());
        let detail = json!({ "why": why, "person": asked.device.person.to_string() });
        let ticket = asked.request.ticket.hash();
        self.database.audit(&entry(now_ms, actor, Action::TicketRefused, ticket, &detail)).await?;
        Ok(outcome)
    }
}

/// Whether people of this role launch at all.
fn launches(role: Role) -> bool {
    Route::SecretLaunch.decide(Some(role)) == Decision::Allowed
}
