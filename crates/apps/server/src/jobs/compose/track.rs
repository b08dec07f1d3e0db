//! One track of a session, opened segment by segment.

use chaperone_evidence::segment::{RawSegment, SegmentError, read_next};
use chaperone_evidence::{Body, OpeningRecord, SegmentHeader, SessionId};
use chaperone_intake::{HeldTrack, Intake, IntakeError};
use chaperone_seals::content::Place;
use chaperone_seals::sealing::SealingError;
use chaperone_seals::{ContentKey, OpeningKey, signed};
use thiserror::Error;

use super::stills::StillFilmError;

/// A track cannot be read at all.
#[derive(Debug, Error)]
pub(crate) enum TrackError {
    #[error("cannot read the record")]
    Intake(#[from] IntakeError),
    #[error("the head of segment 0, which holds the key to all others, is damaged")]
    KeyDamaged(#[source] SegmentError),
    #[error("segment 0 is missing, and with it the key to all others")]
    NoKey,
    #[error("the track's key is not wrapped to this server's recording key")]
    OtherKey,
    #[error("the track's key does not open")]
    Unwrap(#[source] SealingError),
}

/// One segment cannot be shown; the others can.
#[derive(Debug, Error)]
pub(super) enum Damage {
    #[error("the segment is stored no more")]
    Lost,
    #[error("the disk does not give the segment back")]
    Unreadable(#[source] IntakeError),
    #[error("the segment is damaged")]
    Segment(#[source] SegmentError),
    #[error("another segment stands in its place")]
    Other,
    #[error("the segment is no still that can be shown")]
    Still(#[source] StillFilmError),
}

/// What became of opening a segment.
pub(super) enum Opened {
    /// What it says it holds, and its payload.
    Segment(Body, Vec<u8>),
    Damaged(Damage),
}

/// Reads a track.
pub(super) struct TrackReader<'a> {
    intake: &'a Intake,
    session: SessionId,
    opening: &'a OpeningRecord,
    track: u32,
    key: ContentKey,
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
        let (first, _) = read_next(&first).map_err(TrackError::KeyDamaged)?.ok_or(TrackError::NoKey)?;
        // The head alone: what rotted in its payload takes no more with it than its own second.
        let head: SegmentHeader = signed::verify(first.header_bytes, &opening.session_key)
            .map_err(|error| TrackError::KeyDamaged(error.into()))?;
        let own = recording.sealing_key().public().id();
        let keys = head.keys.ok_or(TrackError::NoKey)?;
        let wrapped = keys.iter().find(|key| key.recipient == own).ok_or(TrackError::OtherKey)?;
        let key = ContentKey::unwrap(&wrapped.wrapped, recording, session.as_bytes())
            .map_err(TrackError::Unwrap)?;
        Ok(Self { intake, session, opening, track, key })
    }

    /// Opens segment `number`, proven once more: disks forget.
    pub(super) async fn open(&self, number: u64) -> Result<Opened, IntakeError> {
        let place = Place { track: self.track, number };
        let bytes = match self.intake.read(self.session, place).await {
            Ok(Some(bytes)) => bytes,
            Ok(None) => return Ok(Opened::Damaged(Damage::Lost)),
            Err(error @ IntakeError::Unreadable { .. }) => {
                return Ok(Opened::Damaged(Damage::Unreadable(error)));
            }
            Err(error) => return Err(error),
        };
        Ok(match self.open_bytes(place, &bytes) {
            Ok((body, plain)) => Opened::Segment(body, plain),
            Err(damage) => Opened::Damaged(damage),
        })
    }

    fn open_bytes(&self, place: Place, bytes: &[u8]) -> Result<(Body, Vec<u8>), Damage> {
        let (raw, _): (RawSegment<'_>, _) = read_next(bytes).map_err(Damage::Segment)?.ok_or(Damage::Lost)?;
        raw.verify(&self.opening.session_key).map_err(Damage::Segment)?;
        if raw.header.session != self.session || raw.place() != place {
            return Err(Damage::Other);
        }
        let plain = raw.open(&self.key).map_err(Damage::Segment)?;
        Ok((raw.header.body, plain))
    }
}
