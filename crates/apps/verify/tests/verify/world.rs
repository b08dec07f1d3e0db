//! Fixed keys, and the sessions recorded under them. Nothing here is random, so every bundle is the same each time.

use chaperone_evidence::{
    ClosingReceipt, ClosingRecord, Cut, CutContent, EndReason, GapCause, Heartbeat, HeldRange, LossStamps,
    OpeningRecord, Receipt, RecoveryRecord, SecretId, SessionId, TrackEnd, TrackHead, TrackKind, TrackPlan,
    TrackWriter, UserId,
};
use chaperone_seals::{ContentKey, Digest, KeyEntry, KeyRole, KeySet, Nonce, OpeningKey, SigningKey, signed};

use crate::film;
use crate::parts::Parts;

/// 2026-11-22 00:00:00 UTC: when the sessions were opened.
pub(crate) const NOW: u64 = 1_795_305_600_000;
const DAY: u64 = 24 * 60 * 60 * 1000;

/// The keys of everybody, each made from one repeated byte.
pub(crate) struct Keys {
    pub(crate) root: SigningKey,
    /// Signed opening records until a year before the sessions.
    pub(crate) old_launch: SigningKey,
    pub(crate) launch: SigningKey,
    pub(crate) node: SigningKey,
    /// A node's key that a later key set revokes.
    pub(crate) stolen_node: SigningKey,
    pub(crate) device: SigningKey,
    pub(crate) session: SigningKey,
    /// Nobody's.
    pub(crate) stranger: SigningKey,
    /// Signs heads of the audit log.
    pub(crate) audit: SigningKey,
}

pub(crate) fn keys() -> Keys {
    let key = |byte| SigningKey::from_seed(&[byte; 32]);
    Keys {
        root: key(1),
        old_launch: key(2),
        launch: key(3),
        node: key(4),
        stolen_node: key(5),
        device: key(6),
        session: key(7),
        stranger: key(8),
        audit: key(11),
    }
}

/// The key sets, oldest first. Bundles hold the first two; the third was signed after they were written.
pub(crate) fn key_sets() -> [Vec<u8>; 3] {
    let keys = keys();
    let set = |version, from_ms, until_ms, launch: &SigningKey, nodes: &[&SigningKey], revoked| {
        let entry = |role, key: &SigningKey| KeyEntry { role, key: key.public(), from_ms, until_ms };
        let mut entries = vec![entry(KeyRole::Launch, launch)];
        entries.extend(nodes.iter().map(|node| entry(KeyRole::Receipt, node)));
        KeySet {
            version,
            root: keys.root.public(),
            issued_ms: from_ms,
            expires_ms: until_ms,
            keys: entries,
            revoked,
        }
        .sign(&keys.root)
    };
    let nodes = [&keys.node, &keys.stolen_node];
    let stolen = vec![keys.stolen_node.public().id()];
    [
        set(1, NOW - 800 * DAY, NOW - 365 * DAY, &keys.old_launch, &nodes, vec![]),
        set(2, NOW - 366 * DAY, NOW + 365 * DAY, &keys.launch, &nodes, vec![]),
        set(3, NOW + DAY, NOW + 700 * DAY, &keys.launch, &[&keys.node], stolen),
    ]
}

/// A key set that names the audit key, as it stands in an exported audit log; bundles were written before it.
pub(crate) fn audit_key_set() -> Vec<u8> {
    let Keys { root, audit, .. } = keys();
    let (from_ms, until_ms) = (NOW - 366 * DAY, NOW + 365 * DAY);
    let entry = KeyEntry { role: KeyRole::Audit, key: audit.public(), from_ms, until_ms };
    let (version, issued_ms, expires_ms) = (2, from_ms, until_ms);
    KeySet { version, root: root.public(), issued_ms, expires_ms, keys: vec![entry], revoked: vec![] }
        .sign(&root)
}

/// A session: who it is of, and what is written about it.
pub(crate) struct Session {
    pub(crate) opening: OpeningRecord,
    pub(crate) signed_opening: Vec<u8>,
    content: ContentKey,
}

/// The content key of every session.
pub(crate) const CONTENT_KEY: [u8; 32] = [10; 32];

/// One track as its recorder wrote it.
pub(crate) struct Track {
    pub(crate) segments: Vec<Vec<u8>>,
    pub(crate) end: TrackEnd,
}

/// What a second holds.
#[derive(Clone, Copy)]
pub(crate) enum Second {
    Media,
    Unchanged,
    /// Cause and length in milliseconds.
    Gap(GapCause, u32),
}

impl Session {
    /// The session whose id is one repeated byte, with these tracks.
    pub(crate) fn new(byte: u8, tracks: &[TrackKind]) -> Self {
        let keys = keys();
        let id = |byte| uuid::Uuid::from_bytes([byte; 16]);
        let recording = OpeningKey::from_seed([9; 32]);
        let opening = OpeningRecord {
            format: chaperone_evidence::FORMAT,
            session: SessionId::new(id(byte)),
            origin: "https://vault.example".into(),
            user: UserId::new(id(0x12)),
            user_name: "alice".into(),
            secret: SecretId::new(id(0x13)),
            secret_name: "db01 root".into(),
            target: "db01.example:22".into(),
            device: keys.device.public().id(),
            session_key: keys.session.public(),
            tracks: (0..).zip(tracks).map(|(track, kind)| TrackPlan { track, kind: *kind }).collect(),
            policy: Digest::of(b"policy"),
            notice: None,
            recording_keys: vec![*recording.sealing_key().public()],
            epoch: 1,
            opened_ms: NOW,
        };
        let signed_opening = signed::sign(&opening, &keys.launch);
        Self { opening, signed_opening, content: ContentKey::from_bytes(CONTENT_KEY) }
    }

    pub(crate) fn link(&self) -> Digest {
        OpeningRecord::link(&self.signed_opening)
    }

    /// A track of these seconds.
    pub(crate) fn track(&self, track: u32, seconds: &[Second]) -> Track {
        let payload =
            |number: u8| (0..120_u8).map(|byte| byte.wrapping_mul(7).wrapping_add(number)).collect();
        self.track_of(track, seconds, payload)
    }

    /// A track of these seconds, those with media holding what `payload` gives for their number.
    pub(crate) fn track_of(
        &self,
        track: u32,
        seconds: &[Second],
        mut payload: impl FnMut(u8) -> Vec<u8>,
    ) -> Track {
        let keys = keys();
        let mut writer =
            TrackWriter::new(&self.opening, &self.signed_opening, track, &self.content, || [11; 32]).unwrap();
        let mut start_ms = 0;
        let mut segments = Vec::new();
        for (number, second) in (0..).zip(seconds) {
            let payload = if matches!(second, Second::Media) { payload(number) } else { Vec::new() };
            let (content, duration_ms) = match second {
                Second::Media => (CutContent::Media(&payload), 1000),
                Second::Unchanged => (CutContent::Unchanged, 1000),
                Second::Gap(cause, duration_ms) => (CutContent::Gap(*cause), *duration_ms),
            };
            let heard = (number > 0).then(|| Nonce::from_bytes([number; 16]));
            let cut = Cut { start_ms, duration_ms, wall_ms: NOW + start_ms, heard, content };
            segments.push(writer.write(&cut, &self.content, &keys.session).unwrap());
            start_ms += u64::from(duration_ms);
        }
        Track { segments, end: writer.end() }
    }

    pub(crate) fn receipt(&self, through: TrackHead, above: &[(u64, u64)], by: &SigningKey) -> Vec<u8> {
        let above = above.iter().map(|(first, last)| HeldRange { first: *first, last: *last }).collect();
        let receipt =
            Receipt { session: self.opening.session, through, above, epoch: 1, server_ms: NOW + 20_000 };
        signed::sign(&receipt, by)
    }

    pub(crate) fn heartbeat(&self, at_ms: u64, heads: &[TrackHead]) -> Vec<u8> {
        let nonce = Nonce::from_bytes([0x61; 16]);
        let beat =
            Heartbeat { session: self.opening.session, nonce, at_ms, tracks: heads.to_vec(), shown: None };
        signed::sign(&beat, &keys().session)
    }

    pub(crate) fn closing(&self, reason: EndReason, at_ms: u64, tracks: &[TrackEnd]) -> Vec<u8> {
        let loss = (reason == EndReason::ServerLost).then_some(LossStamps {
            last_heard_ms: at_ms.saturating_sub(10_100),
            asked_ms: at_ms.saturating_sub(100),
            killed_ms: None,
            gone_ms: at_ms,
        });
        let (session, wall_ms, tracks) = (self.opening.session, NOW + at_ms, tracks.to_vec());
        signed::sign(&ClosingRecord { session, reason, at_ms, wall_ms, tracks, loss }, &keys().session)
    }

    pub(crate) fn recovery(&self, tracks: &[TrackEnd], by: &SigningKey) -> Vec<u8> {
        let device = by.public().id();
        let (session, opening, wall_ms) = (self.opening.session, self.link(), NOW + 60_000);
        signed::sign(&RecoveryRecord { session, device, opening, tracks: tracks.to_vec(), wall_ms }, by)
    }

    pub(crate) fn closing_receipt(&self, closing: &[u8], heads: &[TrackHead], by: &SigningKey) -> Vec<u8> {
        let (closing, tracks) = (Digest::of(closing), heads.to_vec());
        let server_ms = NOW + 30_000;
        signed::sign(
            &ClosingReceipt { session: self.opening.session, closing, tracks, epoch: 1, server_ms },
            by,
        )
    }

    /// The bundle of a session that was closed, with all its segments.
    pub(crate) fn closed(&self, tracks: Vec<Track>, reason: EndReason, at_ms: u64) -> Parts {
        let ends: Vec<TrackEnd> = tracks.iter().map(|track| track.end).collect();
        let closing = self.closing(reason, at_ms, &ends);
        self.bundle(tracks, closing, at_ms.saturating_sub(300))
    }

    /// The bundle of a session with all its segments and this record of its end.
    pub(crate) fn bundle(&self, tracks: Vec<Track>, closing: Vec<u8>, beat_ms: u64) -> Parts {
        let keys = keys();
        let [first, second, _] = key_sets();
        let heads: Vec<TrackHead> = tracks.iter().map(|track| track.end.head).collect();
        Parts {
            key_sets: vec![first, second],
            opening: Some(self.signed_opening.clone()),
            device: Some(keys.device.public().as_bytes().to_vec()),
            receipts: heads.iter().map(|head| self.receipt(*head, &[], &keys.node)).collect(),
            heartbeat: Some(self.heartbeat(beat_ms, &heads)),
            closing_receipt: Some(self.closing_receipt(&closing, &heads, &keys.node)),
            closing: Some(closing),
            content: None,
            film: None,
            tracks: tracks.into_iter().map(|track| track.segments).collect(),
        }
    }
}

/// Eight seconds of video, ended by the client.
pub(crate) const WHOLE: [Second; 8] = [
    Second::Media,
    Second::Media,
    Second::Media,
    Second::Media,
    Second::Unchanged,
    Second::Unchanged,
    Second::Media,
    Second::Media,
];

/// The bundles that are kept, by name.
pub(crate) fn golden() -> Vec<(&'static str, Parts)> {
    let one = |byte| Session::new(byte, &[TrackKind::Video]);
    let whole = one(0x21);
    let whole = whole.closed(vec![whole.track(0, &WHOLE)], EndReason::ClientExited, 8200);

    let gaps = one(0x22);
    let seconds = [
        Second::Media,
        Second::Media,
        Second::Gap(GapCause::ScreenLocked, 1000),
        Second::Gap(GapCause::ScreenLocked, 1000),
        Second::Media,
        Second::Gap(GapCause::Asleep, 9000),
        Second::Media,
    ];
    let gaps = gaps.closed(vec![gaps.track(0, &seconds)], EndReason::ServerLost, 15_000);

    let two = Session::new(0x23, &[TrackKind::Video, TrackKind::Stills]);
    let stills: Vec<Second> = WHOLE.into_iter().rev().collect();
    let tracks = vec![two.track(0, &WHOLE), two.track(1, &stills)];
    let two = two.closed(tracks, EndReason::UserEnded, 8100);

    let recovered = one(0x24);
    let track = recovered.track(0, &WHOLE[..6]);
    let recovery = recovered.recovery(&[track.end], &keys().device);
    let recovered = recovered.bundle(vec![track], recovery, 5900);

    let missing = one(0x25);
    let mut parts = missing.closed(vec![missing.track(0, &WHOLE)], EndReason::RecordStalled, 8000);
    let head = missing.track(0, &WHOLE[..3]).end.head;
    parts.receipts = vec![missing.receipt(head, &[(4, 5), (7, 7)], &keys().node)];
    parts.tracks[0].remove(6);
    parts.tracks[0].remove(3);
    let missing = Parts { closing_receipt: None, ..parts };

    let open = one(0x26);
    let parts = open.closed(vec![open.track(0, &WHOLE[..4])], EndReason::UserEnded, 4000);
    let open = Parts { closing: None, closing_receipt: None, ..parts };

    let unrecorded = Session::new(0x27, &[]);
    let unrecorded = unrecorded.closed(vec![], EndReason::UserEnded, 60_000);

    let (filmed, _) = film::session(0x28);

    vec![
        ("whole", whole),
        ("gaps", gaps),
        ("two-tracks", two),
        ("recovered", recovered),
        ("missing", missing),
        ("open", open),
        ("unrecorded", unrecorded),
        ("film", filmed),
    ]
}
