//! The pictures of a session on their way into segments: video, or stills where the opening record plans them.

use std::time::Duration;

use chaperone_capture::Frame;
use chaperone_evidence::TrackKind;
use chaperone_media::{MediaSegment, StillError};

use crate::stills::StillTrack;
use crate::video::{VideoError, VideoTrack};

/// Why a picture is not in the record.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum PictureError {
    /// It did not become video.
    #[error(transparent)]
    Video(#[from] VideoError),
    /// It did not become a still.
    #[error("the picture could not be kept as a still")]
    Still(#[from] StillError),
}

/// One track of pictures being made.
pub(super) enum Pictures {
    Video(Box<VideoTrack>),
    Stills(StillTrack),
}

impl Pictures {
    /// A track without pictures.
    pub(super) fn new(kind: TrackKind, frames_per_second: u8) -> Self {
        match kind {
            TrackKind::Video => Self::Video(Box::new(VideoTrack::new(frames_per_second))),
            TrackKind::Stills => Self::Stills(StillTrack::default()),
        }
    }

    /// Takes a frame that was on the screen `at` after the session began. Gives back a segment it closed by coming in
    /// another format. After an error the next frame has to be whole.
    pub(super) fn push(
        &mut self,
        frame: &Frame<'_>,
        at: Duration,
    ) -> Result<Option<MediaSegment>, PictureError> {
        match self {
            Self::Video(video) => Ok(video.push(frame, at)?),
            Self::Stills(stills) => {
                stills.push(frame, at)?;
                Ok(None)
            }
        }
    }

    /// Ends the open segment; nothing if no picture came in it. After an error the next is one that stands alone.
    pub(super) fn close(&mut self, at: Duration) -> Result<Option<MediaSegment>, PictureError> {
        match self {
            Self::Video(video) => Ok(video.close(at)),
            Self::Stills(stills) => Ok(stills.close(at)?),
        }
    }

    /// Makes the next picture one that stands alone: after a gap.
    pub(super) fn restart(&mut self) {
        match self {
            Self::Video(video) => video.restart(),
            Self::Stills(stills) => stills.restart(),
        }
    }
}
