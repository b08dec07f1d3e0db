//! What a recorder does towards the server: enrols, redeems, seals, uploads, closes.

use anyhow::Context as _;
use chaperone_evidence::{ClosingRecord, Cut, CutContent, EndReason, OpeningRecord, TrackWriter};
use chaperone_protocol::{
    EnrolRequest, EnrolmentCode, LaunchLink, PROTOCOL_VERSION, RedeemRequest, open_answer,
};
use chaperone_seals::{ContentKey, Digest, Nonce, OpeningKey, PublicKey, SigningKey, signed};

use super::site::{Site, now_ms};

/// How much is sent at a time, in bytes: as much as a server takes, less a segment.
const BODY: usize = 8 << 20;

/// An enrolled device.
pub(super) struct Device {
    key: SigningKey,
    pub(super) root: Digest,
    salt: std::cell::Cell<u8>,
}

/// A ticket being redeemed.
pub(super) struct Redemption {
    pub(super) signed: Vec<u8>,
    salt: u8,
}

/// A session being recorded.
pub(super) struct Recording {
    key: SigningKey,
    content: ContentKey,
    opening: OpeningRecord,
    writer: TrackWriter,
}

impl Device {
    pub(super) fn new(code: &EnrolmentCode) -> Self {
        Self { key: SigningKey::from_seed(&[1; 32]), root: code.root, salt: std::cell::Cell::new(1) }
    }

    pub(super) fn enrolment(&self, code: &EnrolmentCode) -> Vec<u8> {
        let request = EnrolRequest {
            origin: code.origin.to_string(),
            secret: code.secret.clone(),
            device_key: self.key.public(),
            device_name: "bench".into(),
            system: "Linux".into(),
            nonce: Nonce::from_bytes([1; 16]),
        };
        signed::sign(&request, &self.key)
    }

    /// A request to redeem a link; each has keys of its own.
    pub(super) fn redemption(&self, link: &str) -> anyhow::Result<Redemption> {
        let link = LaunchLink::parse(link).context("the link")?;
        let salt = self.salt.get() + 1;
        self.salt.set(salt);
        let request = RedeemRequest {
            versions: vec![PROTOCOL_VERSION],
            origin: link.server.to_string(),
            ticket: link.ticket,
            launch_key: *OpeningKey::from_seed([salt; 32]).sealing_key().public(),
            session_key: SigningKey::from_seed(&[salt; 32]).public(),
            nonce: Nonce::from_bytes([salt; 16]),
        };
        Ok(Redemption { signed: signed::sign(&request, &self.key), salt })
    }
}

impl Recording {
    pub(super) fn open(asked: &Redemption, answer: &[u8], launch_key: &PublicKey) -> anyhow::Result<Self> {
        let opening_key = OpeningKey::from_seed([asked.salt; 32]);
        let instructions = open_answer(answer, &asked.signed, &opening_key, [launch_key])?;
        let opening: OpeningRecord = signed::verify(&instructions.opening, launch_key)?;
        let content = ContentKey::from_bytes([asked.salt; 32]);
        let track = opening.tracks.first().context("no track")?.track;
        let writer = TrackWriter::new(&opening, &instructions.opening, track, &content, || [7; 32])?;
        Ok(Self { key: SigningKey::from_seed(&[asked.salt; 32]), content, opening, writer })
    }

    pub(super) fn id(&self) -> String {
        self.opening.session.to_string()
    }

    /// Seals and sends one segment a second.
    pub(super) async fn upload(
        &mut self,
        site: &Site,
        payloads: impl Iterator<Item = Option<Vec<u8>>>,
    ) -> anyhow::Result<()> {
        let mut body = Vec::new();
        for (second, payload) in (0..).zip(payloads) {
            let content = payload.as_deref().map_or(CutContent::Unchanged, CutContent::Media);
            let cut =
                Cut { start_ms: second * 1000, duration_ms: 1000, wall_ms: now_ms()?, heard: None, content };
            let segment = self.writer.write(&cut, &self.content, &self.key)?;
            if body.len() + segment.len() > BODY && !body.is_empty() {
                site.post("/wire/segments", std::mem::take(&mut body)).await?;
            }
            body.extend_from_slice(&segment);
        }
        site.post("/wire/segments", body).await.map(drop)
    }

    /// The last word on a recording of `seconds`.
    pub(super) fn closing(&self, seconds: u64) -> Vec<u8> {
        let record = ClosingRecord {
            session: self.opening.session,
            reason: EndReason::UserEnded,
            at_ms: seconds * 1000,
            wall_ms: 0,
            tracks: vec![self.writer.end()],
            loss: None,
        };
        signed::sign(&record, &self.key)
    }
}
