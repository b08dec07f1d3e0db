//! From a ticket to verified instructions: everything that is checked before anything is believed.

use chaperone_evidence::OpeningRecord;
use chaperone_protocol::{Instructions, Origin, PROTOCOL_VERSION, RedeemRequest, Ticket};
use chaperone_seals::signed::{self, SignedError};
use chaperone_seals::{Digest, KeyRole, KeySet, Nonce, OpeningKey, PublicKey, SigningKey};

/// Why the server's answer was not believed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum RedeemError {
    /// The opening record inside is not signed by the server.
    #[error("the opening record is not to be believed")]
    Opening(#[from] SignedError),
    /// The opening record does not belong to this launch.
    #[error("the opening record is for another {0}")]
    Mismatch(&'static str),
}

/// What a launch asks with: its own keys, made for it alone and kept in memory only.
pub(crate) struct Asking {
    origin: Origin,
    device: PublicKey,
    launch: OpeningKey,
    session: SigningKey,
    request: Vec<u8>,
}

/// Fresh randomness for one launch.
pub(crate) struct Seeds {
    pub(crate) launch: [u8; 32],
    pub(crate) session: [u8; 32],
    pub(crate) nonce: [u8; 16],
}

impl Asking {
    /// Makes the launch's keys and the request, signed by the device key.
    pub(crate) fn new(origin: Origin, ticket: Ticket, device: &SigningKey, seeds: &Seeds) -> Self {
        let launch = OpeningKey::from_seed(seeds.launch);
        let session = SigningKey::from_seed(&seeds.session);
        let request = RedeemRequest {
            versions: vec![PROTOCOL_VERSION],
            origin: origin.as_str().to_owned(),
            ticket,
            launch_key: *launch.sealing_key().public(),
            session_key: session.public(),
            nonce: Nonce::from_bytes(seeds.nonce),
        };
        let request = signed::sign(&request, device);
        Self { origin, device: device.public(), launch, session, request }
    }

    /// The signed request. The same one may be sent again within a minute and gets the same answer.
    pub(crate) fn request(&self) -> &[u8] {
        &self.request
    }

    /// The key the answer is sealed to.
    pub(crate) fn launch(&self) -> &OpeningKey {
        &self.launch
    }

    /// Believes instructions, which `uplink` has opened with this launch's key, found signed by a launch key of the pinned
    /// key set and bound to this request, only if their opening record is the server's word for exactly this launch.
    pub(crate) fn believe(
        self,
        instructions: Instructions,
        keys: &KeySet,
        now_ms: u64,
    ) -> Result<Redeemed, RedeemError> {
        let signed_opening = instructions.opening.to_vec();
        let (signer, _) = signed::read_unverified::<OpeningRecord>(&signed_opening)?;
        let key = keys.find(KeyRole::Launch, &signer, now_ms).ok_or(SignedError::Signature)?;
        let opening: OpeningRecord = signed::verify(&signed_opening, key)?;
        self.check(&opening, &instructions)?;
        let known: Vec<&PublicKey> = keys.valid(KeyRole::Recording, now_ms).collect();
        if !opening.recording_keys.iter().all(|key| known.contains(&key)) {
            return Err(RedeemError::Mismatch("recording key"));
        }
        Ok(Redeemed { instructions, opening, signed_opening, session_key: self.session })
    }

    fn check(&self, opening: &OpeningRecord, instructions: &Instructions) -> Result<(), RedeemError> {
        let notice = instructions.notice.as_ref().map(|text| Digest::of(text.as_bytes()));
        let is_recorded = instructions.policy.recording.is_some();
        let checks = [
            ("format", opening.format == chaperone_evidence::FORMAT),
            ("server", opening.origin == self.origin.as_str()),
            ("device", opening.device == self.device.id()),
            ("session key", opening.session_key == self.session.public()),
            ("policy", opening.policy == instructions.policy.hash()),
            ("notice", opening.notice == notice),
            ("set of tracks", opening.tracks.is_empty() != is_recorded),
            ("set of recording keys", !is_recorded || !opening.recording_keys.is_empty()),
        ];
        match checks.into_iter().find(|(_, holds)| !holds) {
            Some((what, _)) => Err(RedeemError::Mismatch(what)),
            None => Ok(()),
        }
    }
}

/// Verified instructions and what belongs to them.
pub(crate) struct Redeemed {
    pub(crate) instructions: Instructions,
    pub(crate) opening: OpeningRecord,
    /// The opening record as the server signed it: its hash is the first link of every chain.
    pub(crate) signed_opening: Vec<u8>,
    /// Signs headers, heartbeats and the closing record; lives in this process's memory only.
    pub(crate) session_key: SigningKey,
}

#[cfg(test)]
mod tests {
    use chaperone_evidence::{SecretId, SessionId, TrackKind, TrackPlan, UserId};
    use chaperone_protocol::{
        ClientKind, Credential, LossPolicy, Policy, RecordedArea, RecordingPolicy, Route, SecretText,
        SshClient,
    };
    use chaperone_seals::KeyEntry;
    use uuid::Uuid;

    use super::*;

    struct Server {
        launch: SigningKey,
        recording: OpeningKey,
        keys: KeySet,
    }

    fn server() -> Server {
        let (root, launch) = (SigningKey::from_seed(&[1; 32]), SigningKey::from_seed(&[2; 32]));
        let recording = OpeningKey::from_seed([3; 32]);
        let entry = |role, key| KeyEntry { role, key, from_ms: 0, until_ms: 1_000 };
        let keys = KeySet {
            version: 1,
            root: root.public(),
            issued_ms: 0,
            expires_ms: 1_000,
            keys: vec![
                entry(KeyRole::Launch, launch.public()),
                entry(KeyRole::Recording, *recording.sealing_key().public()),
            ],
            revoked: Vec::new(),
        };
        Server { launch, recording, keys }
    }

    fn asking() -> Asking {
        let device = SigningKey::from_seed(&[9; 32]);
        let seeds = Seeds { launch: [4; 32], session: [5; 32], nonce: [6; 16] };
        Asking::new("https://a.example".parse().unwrap(), Ticket::from_bytes([7; 32]), &device, &seeds)
    }

    /// What an honest server answers, after `change` had its way with it.
    fn answer(
        server: &Server,
        asking: &Asking,
        change: impl FnOnce(&mut OpeningRecord, &mut Instructions),
    ) -> Instructions {
        let policy = Policy {
            recording: Some(RecordingPolicy { area: RecordedArea::ClientWindows, frames_per_second: 10 }),
            loss: LossPolicy::default(),
        };
        let mut opening = OpeningRecord {
            format: chaperone_evidence::FORMAT,
            session: SessionId::new(Uuid::from_u128(1)),
            origin: "https://a.example".to_owned(),
            user: UserId::new(Uuid::from_u128(2)),
            user_name: "alice".to_owned(),
            secret: SecretId::new(Uuid::from_u128(3)),
            secret_name: "db".to_owned(),
            target: "db:22".to_owned(),
            device: asking.device.id(),
            session_key: asking.session.public(),
            tracks: vec![TrackPlan { track: 0, kind: TrackKind::Video }],
            policy: policy.hash(),
            notice: None,
            recording_keys: vec![*server.recording.sealing_key().public()],
            epoch: 1,
            opened_ms: 10,
        };
        let mut instructions = Instructions {
            request: Digest::of(&asking.request),
            opening: Vec::new().into(),
            client: ClientKind::Ssh(SshClient { host_key: "ssh-ed25519 AAAA".to_owned() }),
            route: Route::Direct {
                host: "db".to_owned(),
                port: 22,
                account: "root".to_owned(),
                credential: Credential::Password(SecretText::new("x".to_owned())),
            },
            policy,
            notice: None,
        };
        change(&mut opening, &mut instructions);
        instructions.opening = signed::sign(&opening, &server.launch).into();
        instructions
    }

    fn refused(change: impl FnOnce(&mut OpeningRecord, &mut Instructions)) {
        let (server, asking) = (server(), asking());
        let answer = answer(&server, &asking, change);
        assert!(asking.believe(answer, &server.keys, 10).is_err());
    }

    #[test]
    fn an_honest_answer_is_believed() {
        let (server, asking) = (server(), asking());
        let answer = answer(&server, &asking, |_, _| {});
        let redeemed = asking.believe(answer, &server.keys, 10).unwrap();
        assert_eq!(redeemed.opening.user_name, "alice");
        assert_eq!(redeemed.session_key.public(), redeemed.opening.session_key);
    }

    #[test]
    fn an_answer_for_another_launch_is_not() {
        refused(|opening, _| opening.origin = "https://b.example".to_owned());
        refused(|opening, _| opening.device = Digest::of(b"other"));
        refused(|opening, _| opening.session_key = SigningKey::from_seed(&[1; 32]).public());
    }

    #[test]
    fn what_the_opening_record_does_not_say_is_not_done() {
        refused(|_, instructions| instructions.policy.recording = None);
        refused(|opening, _| opening.tracks.clear());
        refused(|opening, _| opening.recording_keys.clear());
        refused(|opening, _| opening.recording_keys = vec![PublicKey::from_bytes([1; 32])]);
        refused(|_, instructions| instructions.notice = Some("read this".to_owned()));
    }

    #[test]
    fn a_key_outside_the_pinned_set_signs_nothing() {
        let (server, mut stranger, asking) = (server(), server(), asking());
        stranger.launch = SigningKey::from_seed(&[77; 32]);
        let answer = answer(&stranger, &asking, |_, _| {});
        assert!(asking.believe(answer, &server.keys, 10).is_err());
    }
}
