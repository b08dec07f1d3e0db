//! One track of a session, opened segment by segment.

use chaperone_evidence::segment::{RawSegment, SegmentError, read_next};
use chaperone_evidence::{OpeningRecord, SessionId};
use chaperone_intake::{HeldTrack, Intake, IntakeError};
use chaperone_seals::content::Place;
use chaperone_seals::sealing::SealingError;
use chaperone_seals::{ContentKey, OpeningKey};
use thiserror::Error;

/// A track's segment cannot be opened.
#[derive(Debug, Error)]
pub(crate) enum TrackError {
    #[error("cannot read the record")]
    Intake(#[from] IntakeError),
    #[error("segment {number} is stored no more")]
    Lost { number: u64 },
    #[error("segment {number} is damaged")]
    Damaged {
        number: u64,
        #[source]
        source: SegmentError,
    },
    #[error("segment 0 is missing, and with it the key to all others")]
    NoKey,
    #[error("the track's key is not wrapped to this server's recording key")]
    OtherKey,
    #[error("the track's key does not open")]
    Unwrap(#[source] SealingError),
}

/// Reads a track.
pub(super) struct TrackReader<'a> {
    intake: &'a Intake,
    session: SessionId,
    opening: &'a OpeningRecord,
    track: u32,
    key: ContentKey,
}

/// A segment as it is stored.
pub(super) struct SegmentBytes {
    number: u64,
    bytes: Vec<u8>,
}

impl<'a> TrackReader<'a> {
    /// Finds the track's key, which stands in its first segment.
    pub(super) async fn new(
        intake: &'a Intake,
        opening: &'a OpeningRecord,
        held: &HeldTrack,
        recording: &OpeningKey,
    ) -> Result<Self, TrackError> {
        let (session, track) = (opening.session, held.through.track);
        let first = intake.read(session, Place { track, number: 0 }).await?.ok_or(TrackError::NoKey)?;
        let first = SegmentBytes { number: 0, bytes: first };
        let own = recording.sealing_key().public().id();
        let keys = first.parse(opening)?.header.keys.ok_or(TrackError::NoKey)?;
        let wrapped = keys.iter().find(|key| key.recipient == own).ok_or(TrackError::OtherKey)?;
        let key = ContentKey::unwrap(&wrapped.wrapped, recording, session.as_bytes())
            .map_err(TrackError::Unwrap)?;
        Ok(Self { intake, session, opening, track, key })
    }

    /// The bytes of one segment.
    pub(super) async fn read(&self, number: u64) -> Result<SegmentBytes, TrackError> {
        let place = Place { track: self.track, number };
        let bytes = self.intake.read(self.session, place).await?.ok_or(TrackError::Lost { number })?;
        Ok(SegmentBytes { number, bytes })
    }

    /// A segment's header and opened payload, both proven once more: disks forget.
    pub(super) fn open<'b>(
        &self,
        segment: &'b SegmentBytes,
    ) -> Result<(RawSegment<'b>, Vec<u8>), TrackError> {
        let raw = segment.parse(self.opening)?;
        let plain =
            raw.open(&self.key).map_err(|source| TrackError::Damaged { number: segment.number, source })?;
        Ok((raw, plain))
    }
}

impl SegmentBytes {
    fn parse(&self, opening: &OpeningRecord) -> Result<RawSegment<'_>, TrackError> {
        let damaged = |source| TrackError::Damaged { number: self.number, source };
        let (raw, _) =
            read_next(&self.bytes).map_err(damaged)?.ok_or(TrackError::Lost { number: self.number })?;
        raw.verify(&opening.session_key).map_err(damaged)?;
        Ok(raw)
    }
}
