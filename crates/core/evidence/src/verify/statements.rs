//! Everything of a bundle but its segments: whose word each statement is, and what it announces.

use std::collections::BTreeMap;

use chaperone_seals::{Digest, KeyRole, PublicKey, Statement, signed};

use super::finding::{Code, Finding, Findings};
use super::heads::Announced;
use super::keys::KeyHistory;
use super::report::Ended;
use super::tracks::Tracks;
use crate::bundle::SectionKind;
use crate::{
    ClosingReceipt, ClosingRecord, Heartbeat, OpeningRecord, Receipt, RecoveryRecord, SessionId, TrackEnd,
    TrackHead,
};

/// Takes the statements of a bundle in the order of its sections.
#[derive(Debug)]
pub struct Statements {
    keys: KeyHistory,
    /// Version of the newest key set of the bundle itself.
    version: Option<u64>,
    opened: Option<Opened>,
    findings: Findings,
}

/// A bundle whose opening record is proven, and what is known of it.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) opening: OpeningRecord,
    /// The first link of every track.
    pub(super) link: Digest,
    pub(super) announced: BTreeMap<u32, Announced>,
    /// Server time of each track's receipt.
    pub(super) received: BTreeMap<u32, u64>,
    pub(super) ended: Option<Ended>,
    /// What the closing or recovery record says of each track.
    pub(super) ends: BTreeMap<u32, TrackEnd>,
    /// When the session ended, by its closing record, milliseconds since it began.
    pub(super) closed_ms: Option<u64>,
    /// The latest time of the session that the recorder speaks of.
    pub(super) latest_ms: Option<u64>,
    /// Server time of the closing receipt.
    pub(super) whole_ms: Option<u64>,
    device: Option<PublicKey>,
    heartbeat: bool,
    /// The record that closes: its hash and what it says of the tracks.
    closing: Option<(Digest, Vec<TrackEnd>)>,
}

/// Why a statement does not count.
type Refused = String;

impl Statements {
    /// Nothing yet of a bundle of the server whose root key has this fingerprint.
    #[must_use]
    pub fn new(root: Digest) -> Self {
        Self { keys: KeyHistory::new(root), version: None, opened: None, findings: Findings::default() }
    }

    /// Takes a key set that the reader has from elsewhere.
    ///
    /// # Errors
    /// It is not one of this root.
    pub fn known_key_set(&mut self, bytes: &[u8]) -> Result<(), chaperone_seals::keyset::KeySetError> {
        self.keys.take(bytes).map(drop)
    }

    /// Takes what the layout of the file was found to be.
    pub fn layout(&mut self, findings: Vec<Finding>) {
        findings.into_iter().for_each(|finding| self.findings.add(finding));
    }

    /// Takes the content of a section; one of segments is not a statement and changes nothing.
    pub fn take(&mut self, kind: SectionKind, bytes: &[u8]) {
        let outcome = match (kind, &mut self.opened) {
            (SectionKind::Segments, _) => Ok(()),
            (SectionKind::KeySet, _) => self.key_set(bytes).map_err(|words| (Code::KeySet, words)),
            (SectionKind::Opening, _) => self.opening(bytes).map_err(|words| (Code::Opening, words)),
            // SECURITY: without a proven opening record nothing says whose word anything else would have to be.
            (_, None) => Ok(()),
            (SectionKind::DeviceKey, Some(opened)) => {
                opened.device_key(bytes).map_err(|words| (Code::DeviceKey, words))
            }
            (SectionKind::Receipt, Some(opened)) => {
                opened.receipt(&self.keys, bytes).map_err(|words| (Code::Receipt, words))
            }
            (SectionKind::Heartbeat, Some(opened)) => {
                opened.heartbeat(bytes).map_err(|words| (Code::Heartbeat, words))
            }
            (SectionKind::Closing, Some(opened)) => {
                opened.closing(bytes).map_err(|words| (Code::Closing, words))
            }
            (SectionKind::ClosingReceipt, Some(opened)) => {
                opened.closing_receipt(&self.keys, bytes).map_err(|words| (Code::ClosingReceipt, words))
            }
        };
        if let Err((code, words)) = outcome {
            self.findings.add(Finding::whole(code, words));
        }
    }

    /// All statements were taken; the segments are next.
    #[must_use]
    pub fn tracks(mut self) -> Tracks {
        match &self.opened {
            None if self.findings.has(Code::Opening) => {}
            None => {
                let words = "there is no opening record, so nothing else can be proven".to_owned();
                self.findings.add(Finding::whole(Code::Opening, words));
            }
            Some(opened) => opened.lacking().into_iter().for_each(|finding| self.findings.add(finding)),
        }
        Tracks::new(self.opened, self.keys.newest(), self.findings)
    }

    fn key_set(&mut self, bytes: &[u8]) -> Result<(), Refused> {
        let version = self.keys.take(bytes).map_err(|error| error.to_string())?;
        let before = self.version.replace(version);
        match before {
            Some(before) if before >= version => {
                Err(format!("key set {version} stands behind key set {before}"))
            }
            Some(_) | None => Ok(()),
        }
    }

    fn opening(&mut self, bytes: &[u8]) -> Result<(), Refused> {
        let (_, claimed) = signed::read_unverified::<OpeningRecord>(bytes).map_err(said("opening record"))?;
        let by = (KeyRole::Launch, claimed.opened_ms);
        let opening: OpeningRecord = of_server(&self.keys, bytes, by, "opening record")?;
        if opening.format != crate::FORMAT {
            return Err(format!("opening record is of format {}", opening.format));
        }
        let mut numbers: Vec<u32> = opening.tracks.iter().map(|plan| plan.track).collect();
        numbers.sort_unstable();
        numbers.dedup();
        if numbers.len() != opening.tracks.len() || numbers.len() > crate::MAX_TRACKS {
            return Err("opening record plans a track twice, or too many".to_owned());
        }
        self.opened = Some(Opened {
            link: OpeningRecord::link(bytes),
            announced: numbers.into_iter().map(|track| (track, Announced::default())).collect(),
            opening,
            received: BTreeMap::new(),
            ended: None,
            ends: BTreeMap::new(),
            closed_ms: None,
            latest_ms: None,
            whole_ms: None,
            device: None,
            heartbeat: false,
            closing: None,
        });
        Ok(())
    }
}

impl Opened {
    fn device_key(&mut self, bytes: &[u8]) -> Result<(), Refused> {
        let key =
            <[u8; 32]>::try_from(bytes).map(PublicKey::from_bytes).map_err(|_| "not a key".to_owned())?;
        if key.id() != self.opening.device {
            return Err("the key is not that of the device the opening record names".to_owned());
        }
        self.device = Some(key);
        Ok(())
    }

    fn receipt(&mut self, keys: &KeyHistory, bytes: &[u8]) -> Result<(), Refused> {
        let (_, claimed) = signed::read_unverified::<Receipt>(bytes).map_err(said("receipt"))?;
        let by = (KeyRole::Receipt, claimed.server_ms);
        let receipt: Receipt = of_server(keys, bytes, by, "receipt")?;
        self.own(receipt.session, "receipt")?;
        if receipt.epoch < self.opening.epoch {
            return Err("receipt is of a store that was restored before the session".to_owned());
        }
        let track = receipt.through.track;
        if self.received.keys().any(|before| *before >= track) {
            return Err(format!("receipt for track {track} stands behind one of the same or a higher track"));
        }
        let announced = self.planned(track, "receipt")?;
        announced.add("receipt", &receipt.through);
        for range in &receipt.above {
            announced.at_least(range.last.saturating_add(1));
        }
        self.received.insert(track, receipt.server_ms);
        Ok(())
    }

    fn heartbeat(&mut self, bytes: &[u8]) -> Result<(), Refused> {
        let beat: Heartbeat = signed::verify(bytes, &self.opening.session_key).map_err(said("heartbeat"))?;
        self.own(beat.session, "heartbeat")?;
        self.announce("heartbeat", &beat.tracks)?;
        self.heartbeat = true;
        self.latest_ms = self.latest_ms.max(Some(beat.at_ms));
        Ok(())
    }

    fn closing(&mut self, bytes: &[u8]) -> Result<(), Refused> {
        let (ended, at_ms, by, ends) = match signed::read_unverified::<RecoveryRecord>(bytes) {
            Ok(_) => {
                let device = self.device.ok_or("recovery record: the device's key is not in the bundle")?;
                let record: RecoveryRecord =
                    signed::verify(bytes, &device).map_err(said("recovery record"))?;
                self.own(record.session, "recovery record")?;
                if record.device != self.opening.device || record.opening != self.link {
                    return Err("recovery record is of another device or opening record".to_owned());
                }
                (Ended::Recovered, None, "recovery record", record.tracks)
            }
            Err(_) => {
                let record: ClosingRecord =
                    signed::verify(bytes, &self.opening.session_key).map_err(said("closing record"))?;
                self.own(record.session, "closing record")?;
                (Ended::Closed(record.reason), Some(record.at_ms), "closing record", record.tracks)
            }
        };
        let mut named: Vec<u32> = ends.iter().map(|end| end.head.track).collect();
        named.sort_unstable();
        if !named.iter().eq(self.announced.keys()) {
            return Err(format!("{by} does not name each planned track once"));
        }
        let heads: Vec<TrackHead> = ends.iter().map(|end| end.head).collect();
        self.announce(by, &heads)?;
        self.ends = ends.iter().map(|end| (end.head.track, *end)).collect();
        self.closed_ms = at_ms;
        self.latest_ms = self.latest_ms.max(at_ms);
        self.ended = Some(ended);
        self.closing = Some((Digest::of(bytes), ends));
        Ok(())
    }

    fn closing_receipt(&mut self, keys: &KeyHistory, bytes: &[u8]) -> Result<(), Refused> {
        let (_, claimed) =
            signed::read_unverified::<ClosingReceipt>(bytes).map_err(said("closing receipt"))?;
        let by = (KeyRole::Receipt, claimed.server_ms);
        let receipt: ClosingReceipt = of_server(keys, bytes, by, "closing receipt")?;
        self.own(receipt.session, "closing receipt")?;
        if receipt.epoch < self.opening.epoch {
            return Err("closing receipt is of a store that was restored before the session".to_owned());
        }
        self.announce("closing receipt", &receipt.tracks)?;
        let Some((closing, ends)) = &self.closing else {
            return Err("closing receipt: no record that it is for is proven".to_owned());
        };
        let heads = |head: &TrackHead| (head.track, head.count, head.head);
        let (mut said, mut closed): (Vec<_>, Vec<_>) =
            (receipt.tracks.iter().map(heads).collect(), ends.iter().map(|end| heads(&end.head)).collect());
        said.sort_unstable();
        closed.sort_unstable();
        if receipt.closing != *closing || said != closed {
            return Err("closing receipt is for another record".to_owned());
        }
        self.whole_ms = Some(receipt.server_ms);
        Ok(())
    }

    /// What a bundle must hold and this one does not.
    fn lacking(&self) -> Vec<Finding> {
        let mut lacking = Vec::new();
        let mut note = |code, words: &str| lacking.push(Finding::whole(code, words.to_owned()));
        match self.ended {
            None => note(Code::Unclosed, "no closing or recovery record is proven: the end may be cut off"),
            Some(Ended::Recovered) => {
                note(
                    Code::Recovered,
                    "the recorder ended without closing; its device said later what it found",
                );
                if !self.heartbeat {
                    note(Code::Unannounced, "no heartbeat says how far the recorder had come");
                }
            }
            Some(Ended::Closed(_)) => {}
        }
        if self.whole_ms.is_none() {
            note(
                Code::Unreceipted,
                "no closing receipt is proven: the server's word is missing that it has all",
            );
        }
        lacking
    }

    fn own(&self, session: SessionId, what: &str) -> Result<(), Refused> {
        if session == self.opening.session { Ok(()) } else { Err(format!("{what} is of session {session}")) }
    }

    /// Takes the heads a statement names; none of them where one is of a track nobody planned.
    fn announce(&mut self, by: &'static str, heads: &[TrackHead]) -> Result<(), Refused> {
        for head in heads {
            self.planned(head.track, by)?;
        }
        for head in heads {
            self.planned(head.track, by)?.add(by, head);
        }
        Ok(())
    }

    fn planned(&mut self, track: u32, what: &str) -> Result<&mut Announced, Refused> {
        self.announced
            .get_mut(&track)
            .ok_or_else(|| format!("{what} names track {track}, which was not planned"))
    }
}

/// Verifies a statement under the key it names, if the key sets give that key this role at this time.
fn of_server<T: Statement>(
    keys: &KeyHistory,
    bytes: &[u8],
    (role, at_ms): (KeyRole, u64),
    what: &'static str,
) -> Result<T, Refused> {
    let (id, _) = signed::read_unverified::<T>(bytes).map_err(said(what))?;
    let key = keys.find(role, &id, at_ms).ok_or_else(|| {
        format!("{what} is signed by key {id}, which no key set names for this at that time")
    })?;
    signed::verify(bytes, &key).map_err(said(what))
}

fn said(what: &'static str) -> impl Fn(signed::SignedError) -> Refused {
    move |error| format!("{what}: {error}")
}
