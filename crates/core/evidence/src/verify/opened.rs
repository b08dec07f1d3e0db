//! What a bundle's statements say, once its opening record is proven.

use std::collections::BTreeMap;
use std::sync::Arc;

use chaperone_seals::{ContentKey, Digest, KeyRole, PublicKey, Statement, signed};

use super::film::{FilmJudge, FilmTables};
use super::finding::{Code, Finding};
use super::heads::Announced;
use super::keys::KeyHistory;
use super::report::Ended;
use crate::{
    ClosingReceipt, ClosingRecord, Heartbeat, OpeningRecord, Receipt, RecoveryRecord, SessionId, TrackEnd,
    TrackHead, TrackKind,
};

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
    /// Opens the payloads, where the bundle brings it.
    pub(super) content: Option<Arc<ContentKey>>,
    pub(super) film: Option<FilmJudge>,
    device: Option<PublicKey>,
    heartbeat: bool,
    /// The record that closes: its hash and what it says of the tracks.
    closing: Option<(Digest, Vec<TrackEnd>)>,
}

/// Why a statement does not count.
pub(super) type Refused = String;

impl Opened {
    /// The bundle that this signed opening record opens.
    pub(super) fn new(keys: &KeyHistory, bytes: &[u8]) -> Result<Self, Refused> {
        let (_, claimed) = signed::read_unverified::<OpeningRecord>(bytes).map_err(said("opening record"))?;
        let by = (KeyRole::Launch, claimed.opened_ms);
        let opening: OpeningRecord = of_server(keys, bytes, by, "opening record")?;
        if opening.format != crate::FORMAT {
            return Err(format!("opening record is of format {}", opening.format));
        }
        let mut numbers: Vec<u32> = opening.tracks.iter().map(|plan| plan.track).collect();
        numbers.sort_unstable();
        numbers.dedup();
        if numbers.len() != opening.tracks.len() || numbers.len() > crate::MAX_TRACKS {
            return Err("opening record plans a track twice, or too many".to_owned());
        }
        Ok(Self {
            link: OpeningRecord::link(bytes),
            announced: numbers.into_iter().map(|track| (track, Announced::default())).collect(),
            opening,
            received: BTreeMap::new(),
            ended: None,
            ends: BTreeMap::new(),
            closed_ms: None,
            latest_ms: None,
            whole_ms: None,
            content: None,
            film: None,
            device: None,
            heartbeat: false,
            closing: None,
        })
    }

    pub(super) fn device_key(&mut self, bytes: &[u8]) -> Result<(), Refused> {
        let key =
            <[u8; 32]>::try_from(bytes).map(PublicKey::from_bytes).map_err(|_| "not a key".to_owned())?;
        if key.id() != self.opening.device {
            return Err("the key is not that of the device the opening record names".to_owned());
        }
        self.device = Some(key);
        Ok(())
    }

    pub(super) fn receipt(&mut self, keys: &KeyHistory, bytes: &[u8]) -> Result<(), Refused> {
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
        announced.receipted(&receipt);
        self.received.insert(track, receipt.server_ms);
        Ok(())
    }

    pub(super) fn heartbeat(&mut self, bytes: &[u8]) -> Result<(), Refused> {
        let beat: Heartbeat = signed::verify(bytes, &self.opening.session_key).map_err(said("heartbeat"))?;
        self.own(beat.session, "heartbeat")?;
        self.announce("heartbeat", &beat.tracks)?;
        self.heartbeat = true;
        self.latest_ms = self.latest_ms.max(Some(beat.at_ms));
        Ok(())
    }

    pub(super) fn closing(&mut self, bytes: &[u8]) -> Result<(), Refused> {
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

    pub(super) fn closing_receipt(&mut self, keys: &KeyHistory, bytes: &[u8]) -> Result<(), Refused> {
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
        for head in &receipt.tracks {
            self.planned(head.track, "closing receipt")?.whole(head.count);
        }
        self.whole_ms = Some(receipt.server_ms);
        Ok(())
    }

    /// Takes the key that opens the payloads. Whether it is the right one shows when they are opened.
    pub(super) fn content_key(&mut self, bytes: &[u8]) {
        let key = <[u8; 32]>::try_from(bytes).ok();
        self.content = key.map(|key| Arc::new(ContentKey::from_bytes(key)));
    }

    /// Takes the tables of the film.
    pub(super) fn film(
        &mut self,
        head: Option<&[u8]>,
        data_start: u64,
        data_len: u64,
    ) -> Result<(), Refused> {
        let video = self.opening.tracks.iter().filter(|plan| plan.kind == TrackKind::Video);
        let track =
            video.map(|plan| plan.track).min().ok_or("no video was planned that the film could be of")?;
        if self.content.is_none() {
            return Err("the film cannot be compared without the content key".to_owned());
        }
        let tables = head.and_then(|head| FilmTables::read(head, data_start, data_len));
        let tables = tables.ok_or("the film's tables are not those of one film of one track")?;
        self.film = Some(FilmJudge::new(track, tables));
        Ok(())
    }

    /// What a bundle must hold and this one does not.
    pub(super) fn lacking(&self) -> Vec<Finding> {
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
