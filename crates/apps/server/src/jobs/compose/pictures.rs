//! The pictures of a track as joining asks for them: each payload once to plan the film, its part of it once more to copy.

use chaperone_blobs::BlobStore;
use chaperone_evidence::{Body, SessionId};
use chaperone_media::CopyRange;

use super::film::FilmError;
use super::stills::Stills;
use super::track::{Opened, TrackReader};

/// Where the payloads of a film come from.
pub(super) enum Pictures<'a> {
    /// A video track: they are the recorded ones.
    Video(&'a TrackReader<'a>),
    /// A track of stills: they are made here, and kept on the disk between the two times.
    Stills(&'a TrackReader<'a>, Box<Stills>),
}

impl<'a> Pictures<'a> {
    pub(super) const fn video(reader: &'a TrackReader<'a>) -> Self {
        Self::Video(reader)
    }

    pub(super) async fn stills(
        reader: &'a TrackReader<'a>,
        blobs: &BlobStore,
        session: SessionId,
    ) -> Result<Self, FilmError> {
        Ok(Self::Stills(reader, Box::new(Stills::new(blobs, session).await?)))
    }

    /// Opens segment `number`; where it holds pictures, its payload is video. To be called for each segment in order.
    pub(super) async fn open(&mut self, number: u64) -> Result<Opened, FilmError> {
        match self {
            Self::Video(reader) => Ok(reader.open(number).await?),
            Self::Stills(reader, stills) => match reader.open(number).await? {
                Opened::Segment(body @ Body::Media(_), still) => stills.encode(number, body, still).await,
                Opened::Segment(body @ (Body::Unchanged | Body::Gap(_)), plain) => {
                    Ok(Opened::Segment(body, plain))
                }
                Opened::Damaged(damage) => {
                    stills.lost();
                    Ok(Opened::Damaged(damage))
                }
            },
        }
    }

    /// Ends the first time.
    pub(super) async fn settle(&mut self) -> Result<(), FilmError> {
        match self {
            Self::Video(_) => Ok(()),
            Self::Stills(_, stills) => stills.settle().await,
        }
    }

    /// The bytes to copy.
    pub(super) async fn again(&mut self, copy: &CopyRange) -> Result<Vec<u8>, FilmError> {
        match self {
            Self::Video(reader) => {
                let changed = || FilmError::Changed { number: copy.segment };
                // What rots between the two readings is found damaged by the next try.
                let Opened::Segment(_, mut plain) = reader.open(copy.segment).await? else {
                    return Err(changed());
                };
                if plain.len() < copy.range.end {
                    return Err(changed());
                }
                plain.truncate(copy.range.end);
                plain.drain(..copy.range.start);
                Ok(plain)
            }
            Self::Stills(_, stills) => stills.again(copy).await,
        }
    }

    /// Removes what was kept between the two times.
    pub(super) async fn forget(self) -> Result<(), FilmError> {
        match self {
            Self::Video(_) => Ok(()),
            Self::Stills(_, stills) => stills.forget().await,
        }
    }
}
