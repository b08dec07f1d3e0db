//! What a launcher does towards the server, in its simplest form.

use chaperone_evidence::{
    ClosingRecord, Cut, CutContent, EndReason, Heartbeat, OpeningRecord, RecoveryRecord, SessionId, TrackEnd,
    TrackWriter,
};
use chaperone_media::{
    AccessUnit, Area, PictureSize, SegmentWriter, StillPicture, StillWriter, TIMESCALE, VideoFormat,
};
use chaperone_protocol::{
    EnrolAnswer, EnrolRequest, EnrolmentCode, Instructions, LaunchLink, RedeemRequest, open_answer,
};
use chaperone_seals::{
    ContentKey, Digest, KeyRole, KeySet, Nonce, OpeningKey, PublicKey, SigningKey, signed,
};
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::house::{Answer, Caller, House};

/// Parameter sets of 64x48 Constrained Baseline.
const SPS: [u8; 5] = [0x67, 0x42, 0xc0, 0x0a, 0xd9];
const PPS: [u8; 4] = [0x68, 0xcb, 0x83, 0xcb];

/// An enrolled device.
pub(crate) struct Device {
    pub(crate) key: SigningKey,
    pub(crate) keys: KeySet,
}

/// A session this device has opened.
pub(crate) struct Session {
    pub(crate) key: SigningKey,
    pub(crate) content: ContentKey,
    pub(crate) instructions: Instructions,
    pub(crate) opening: OpeningRecord,
    pub(crate) writer: Option<TrackWriter>,
    pub(crate) request: Vec<u8>,
    pub(crate) answer: Vec<u8>,
}

/// The server's key set, checked against the fingerprint in an enrolment code.
pub(crate) async fn key_set(house: &House, root: &Digest) -> KeySet {
    let bytes = house.nobody().get("/wire/key-set").await.0.bytes().await.unwrap();
    KeySet::verify(&bytes, root, 0, now_ms()).unwrap()
}

pub(crate) fn now_ms() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    u64::try_from(since.as_millis()).unwrap()
}

pub(crate) async fn post(house: &House, path: &str, body: Vec<u8>) -> Answer {
    Answer(house.nobody().request(Method::POST, path).body(body).send().await.unwrap())
}

pub(crate) async fn bytes(answer: Answer) -> Vec<u8> {
    let status = answer.0.status();
    let bytes = answer.0.bytes().await.unwrap().to_vec();
    assert_eq!(status, StatusCode::OK, "{}", String::from_utf8_lossy(&bytes));
    bytes
}

pub(crate) async fn code(caller: &Caller) -> EnrolmentCode {
    let made = caller.post("/api/devices/code", &json!({})).await.expect(StatusCode::OK).await;
    EnrolmentCode::parse(made["code"].as_str().unwrap()).unwrap()
}

pub(crate) fn enrol_request(code: &EnrolmentCode, key: &SigningKey) -> Vec<u8> {
    let request = EnrolRequest {
        origin: code.origin.to_string(),
        secret: code.secret.clone(),
        device_key: key.public(),
        device_name: "laptop".into(),
        system: "Linux".into(),
        nonce: Nonce::from_bytes([1; 16]),
    };
    signed::sign(&request, key)
}

impl Device {
    /// Enrols a device with this key seed for somebody.
    pub(crate) async fn enrol(house: &House, caller: &Caller, seed: u8) -> Self {
        let key = SigningKey::from_seed(&[seed; 32]);
        let code = code(caller).await;
        let request = enrol_request(&code, &key);
        let answer = bytes(post(house, "/wire/enrol", request.clone()).await).await;
        let keys = key_set(house, &code.root).await;
        let launch = *keys.valid(KeyRole::Launch, now_ms()).next().unwrap();
        let answer: EnrolAnswer = signed::verify(&answer, &launch).unwrap();
        assert_eq!(answer.request, Digest::of(&request));
        Self { key, keys }
    }

    /// The server's key of a role.
    pub(crate) fn server_key(&self, role: KeyRole) -> PublicKey {
        *self.keys.valid(role, now_ms()).next().unwrap()
    }

    /// A signed request to redeem a link. Another `salt` makes another request.
    pub(crate) fn redeem_request(&self, link: &LaunchLink, salt: u8) -> Vec<u8> {
        let request = RedeemRequest {
            versions: vec![chaperone_protocol::PROTOCOL_VERSION],
            origin: link.server.to_string(),
            ticket: link.ticket.clone(),
            launch_key: *OpeningKey::from_seed([salt; 32]).sealing_key().public(),
            session_key: SigningKey::from_seed(&[salt; 32]).public(),
            nonce: Nonce::from_bytes([salt; 16]),
        };
        signed::sign(&request, &self.key)
    }

    /// Redeems a link.
    pub(crate) async fn redeem(&self, house: &House, link: &LaunchLink, salt: u8) -> Session {
        let request = self.redeem_request(link, salt);
        let answer = bytes(post(house, "/wire/redeem", request.clone()).await).await;
        let launch = self.server_key(KeyRole::Launch);
        let opened = open_answer(&answer, &request, &OpeningKey::from_seed([salt; 32]), [&launch]);
        let instructions = opened.unwrap();
        let opening: OpeningRecord = signed::verify(&instructions.opening, &launch).unwrap();
        let content = ContentKey::from_bytes([salt; 32]);
        let writer = opening.tracks.first().map(|plan| {
            TrackWriter::new(&opening, &instructions.opening, plan.track, &content, || [7; 32]).unwrap()
        });
        let key = SigningKey::from_seed(&[salt; 32]);
        Session { key, content, instructions, opening, writer, request, answer }
    }
}

/// A fresh link of somebody for a secret.
pub(crate) async fn link(caller: &Caller, secret: &str) -> LaunchLink {
    let path = format!("/api/secrets/{secret}/launch");
    let answer = caller.post(&path, &json!({})).await.expect(StatusCode::OK).await;
    LaunchLink::parse(answer["link"].as_str().unwrap()).unwrap()
}

impl Session {
    pub(crate) fn id(&self) -> SessionId {
        self.opening.session
    }

    fn write(&mut self, second: u64, content: CutContent<'_>) -> Vec<u8> {
        let cut = Cut { start_ms: second * 1000, duration_ms: 1000, wall_ms: now_ms(), heard: None, content };
        self.writer.as_mut().unwrap().write(&cut, &self.content, &self.key).unwrap()
    }

    /// `seconds` segments with one key picture each.
    pub(crate) fn film(&mut self, seconds: std::ops::Range<u64>) -> Vec<Vec<u8>> {
        let size = PictureSize { width: 64, height: 48 };
        let format = VideoFormat::new(size, size, &SPS, &PPS).unwrap();
        let mut writer = SegmentWriter::new();
        seconds
            .map(|second| {
                let time = second * u64::from(TIMESCALE);
                let unit = AccessUnit { data: &[0, 0, 0, 2, 0x65, 9], time, key: true };
                assert!(writer.push(&unit, &format).unwrap().is_none());
                let segment = writer.close(time + u64::from(TIMESCALE)).unwrap();
                self.write(second, CutContent::Media(&segment.payload))
            })
            .collect()
    }

    /// One still a second, in each of which the whole picture has another shade.
    pub(crate) fn stills(&mut self, seconds: std::ops::Range<u64>) -> Vec<Vec<u8>> {
        let size = PictureSize { width: 64, height: 48 };
        let mut writer = StillWriter::new();
        seconds
            .map(|second| {
                let shade = u8::try_from(second * 20 % 256).unwrap();
                let pixels = [shade, shade, shade, 255].repeat(64 * 48);
                let time = second * u64::from(TIMESCALE) + 100;
                let damage = [Area::whole(size)];
                let picture = StillPicture { pixels: &pixels, stride: 64 * 4, size, damage: &damage, time };
                writer.push(&picture).unwrap();
                let still = writer.close(time + u64::from(TIMESCALE) - 100).unwrap().unwrap();
                self.write(second, CutContent::Media(&still.payload))
            })
            .collect()
    }

    /// A second of this many bytes that are no video.
    pub(crate) fn bulk(&mut self, second: u64, bytes: usize) -> Vec<u8> {
        self.write(second, CutContent::Media(&vec![0; bytes]))
    }

    /// A second of something that is signed and sealed as it should be, and is no video.
    pub(crate) fn noise(&mut self, second: u64) -> Vec<u8> {
        self.write(second, CutContent::Media(b"this is no video"))
    }

    /// A second that the recorder says it did not record.
    pub(crate) fn unchanged(&mut self, second: u64) -> Vec<u8> {
        self.write(second, CutContent::Unchanged)
    }

    pub(crate) fn gap(&mut self, second: u64) -> Vec<u8> {
        self.write(second, CutContent::Gap(chaperone_evidence::GapCause::Asleep))
    }

    pub(crate) fn ends(&self) -> Vec<TrackEnd> {
        self.writer.iter().map(TrackWriter::end).collect()
    }

    pub(crate) fn heartbeat(&self, at_ms: u64) -> Vec<u8> {
        let tracks = self.ends().iter().map(|end| end.head).collect();
        let nonce = Nonce::from_bytes([9; 16]);
        let beat = Heartbeat { session: self.id(), nonce, at_ms, tracks, shown: None };
        signed::sign(&beat, &self.key)
    }

    pub(crate) fn closing(&self, reason: EndReason, at_ms: u64) -> Vec<u8> {
        let record = ClosingRecord {
            session: self.id(),
            reason,
            at_ms,
            wall_ms: now_ms(),
            tracks: self.ends(),
            loss: None,
        };
        signed::sign(&record, &self.key)
    }

    pub(crate) fn recovery(&self, device: &Device) -> Vec<u8> {
        let record = RecoveryRecord {
            session: self.id(),
            device: device.key.public().id(),
            opening: OpeningRecord::link(&self.instructions.opening),
            tracks: self.ends(),
            wall_ms: now_ms(),
        };
        signed::sign(&record, &device.key)
    }
}
