//! From a secret to what the launcher is told.

use chaperone_database::{DeviceRow, NewTrack, PersonRow, SecretKind, SecretRow};
use chaperone_evidence::{FORMAT, OpeningRecord, SessionId, TrackKind, TrackPlan};
use chaperone_protocol::{
    ClientKind, Credential, Instructions, LossPolicy, Origin, Policy, RdpClient, RecordedArea,
    RecordingPolicy, Route, SecretText, SshClient,
};
use chaperone_seals::{Digest, PublicKey, SigningKey, signed};

use crate::config::RecordAs;

/// Most pictures a second of video.
const FRAMES_PER_SECOND: u8 = 10;

/// Stills are one a second, and taken no more often.
const STILLS_PER_SECOND: u8 = 1;

/// What a launch is made of.
pub(super) struct Launch<'a> {
    pub(super) session: SessionId,
    pub(super) origin: &'a Origin,
    pub(super) person: &'a PersonRow,
    pub(super) secret: &'a SecretRow,
    pub(super) device: &'a DeviceRow,
    pub(super) session_key: PublicKey,
    pub(super) recording_key: PublicKey,
    /// Of the store the record will lie in.
    pub(super) epoch: u64,
    pub(super) notice: Option<&'a str>,
    pub(super) record_as: RecordAs,
    pub(super) now_ms: u64,
}

impl Launch<'_> {
    /// How it is recorded, and what happens when that fails.
    fn policy(&self) -> Policy {
        let frames_per_second = match self.record_as {
            RecordAs::Video => FRAMES_PER_SECOND,
            RecordAs::Stills => STILLS_PER_SECOND,
        };
        let recording = RecordingPolicy { area: RecordedArea::ClientWindows, frames_per_second };
        let loss = LossPolicy { freeze: self.secret.freeze, ..LossPolicy::default() };
        Policy { recording: self.secret.recorded.then_some(recording), loss }
    }

    /// The tracks it will have.
    pub(super) fn tracks(&self) -> Vec<NewTrack> {
        let kind = match self.record_as {
            RecordAs::Video => TrackKind::Video,
            RecordAs::Stills => TrackKind::Stills,
        };
        if self.secret.recorded { vec![NewTrack { track: 0, kind }] } else { Vec::new() }
    }

    /// The signed opening record.
    pub(super) fn opening(&self, launch_key: &SigningKey) -> Vec<u8> {
        let tracks =
            self.tracks().iter().map(|track| TrackPlan { track: track.track, kind: track.kind }).collect();
        let record = OpeningRecord {
            format: FORMAT,
            session: self.session,
            origin: self.origin.to_string(),
            user: self.person.id,
            user_name: self.person.name.clone(),
            secret: self.secret.id,
            secret_name: self.secret.name.clone(),
            target: target(&self.secret.host, self.secret.port),
            device: self.device.key.id(),
            session_key: self.session_key,
            tracks,
            policy: self.policy().hash(),
            notice: self.notice.map(|text| Digest::of(text.as_bytes())),
            recording_keys: vec![self.recording_key],
            epoch: self.epoch,
            opened_ms: self.now_ms,
        };
        signed::sign(&record, launch_key)
    }

    /// The instructions, with the secret's value in them. `None` when a stored field is not what this program stores.
    pub(super) fn instructions(
        &self,
        request: Digest,
        opening: Vec<u8>,
        value: SecretText,
    ) -> Option<Instructions> {
        let secret = self.secret;
        let (client, credential) = match secret.kind {
            SecretKind::SshPassword => (self.ssh(), Credential::Password(value)),
            SecretKind::SshKey => (self.ssh(), Credential::PrivateKey(value)),
            SecretKind::Rdp => {
                let certificate = secret.host_key.parse().ok()?;
                let domain = secret.domain.clone();
                let client =
                    RdpClient { certificate, domain, clipboard: false, drives: false, printers: false };
                (ClientKind::Rdp(client), Credential::Password(value))
            }
        };
        let route = Route::Direct {
            host: secret.host.clone(),
            port: secret.port,
            account: secret.account.clone(),
            credential,
        };
        let policy = self.policy();
        let notice = self.notice.map(str::to_owned);
        Some(Instructions { request, opening: opening.into(), client, route, policy, notice })
    }

    fn ssh(&self) -> ClientKind {
        ClientKind::Ssh(SshClient { host_key: self.secret.host_key.clone() })
    }
}

/// `host:port`, with an IPv6 address in brackets.
fn target(host: &str, port: u16) -> String {
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}
