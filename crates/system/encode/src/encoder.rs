//! The seam every codec stands behind.

use std::time::Duration;

use crate::track::Track;
use crate::{AccessUnit, Picture, Size};

/// Turns pictures into access units of one video track.
pub trait VideoEncoder: Send {
    /// Encodes one changed picture. Blocks while the codec works.
    ///
    /// # Errors
    /// Any [`EncodeError`]. After one the next picture is encoded as a key frame, so the track stays decodable.
    fn encode(&mut self, picture: &Picture<'_>) -> Result<AccessUnit, EncodeError>;

    /// Encodes the picture given last once more, as a key frame: for a viewer who joins while nothing changes.
    ///
    /// # Errors
    /// [`EncodeError::NoPicture`] before the first picture, else as [`VideoEncoder::encode`].
    fn encode_again(&mut self, at: Duration) -> Result<AccessUnit, EncodeError>;

    /// Makes the next picture a key frame: after a gap, or when a viewer joins.
    fn request_key_frame(&mut self);
}

/// How fine the picture is kept; the quantiser stays fixed, so quality does not depend on what is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Quality {
    /// Quantiser 20, 24 for films: about a sixth larger, for archives that are zoomed into.
    Archive,
    /// Quantiser 22, 26 for films: text is indistinguishable from the source.
    #[default]
    Standard,
    /// Quantiser 24, 28 for films: for thin lines.
    Lean,
}

/// A screen's content stands and is read, and is coded once; a film's picture is gone after a tenth of a second.
const FINER_THAN_FILM: u8 = 4;

impl Quality {
    /// The H.264 quantiser of what changes on a screen.
    #[must_use]
    pub const fn quantiser(self) -> u8 {
        self.film_quantiser() - FINER_THAN_FILM
    }

    /// The H.264 quantiser of films.
    #[must_use]
    pub const fn film_quantiser(self) -> u8 {
        match self {
            Self::Archive => 24,
            Self::Standard => 26,
            Self::Lean => 28,
        }
    }
}

/// How a track is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Fineness of the picture.
    pub quality: Quality,
    /// Key frames are at most this far apart while something changes.
    pub key_interval: Duration,
    /// Pictures a second at most; only informs the codec.
    pub frames_per_second: u8,
}

impl Default for Settings {
    fn default() -> Self {
        Self { quality: Quality::default(), key_interval: Duration::from_secs(10), frames_per_second: 10 }
    }
}

/// Opens the encoder of this build: a writer of changes, and OpenH264, compiled in, for films.
#[must_use]
pub fn open(settings: Settings) -> Box<dyn VideoEncoder> {
    Box::new(Track::new(settings))
}

/// Why a picture was not encoded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// The pixels are fewer than size and stride ask for, or the picture is empty.
    #[error("picture of {width}x{height} does not match its {bytes} bytes with stride {stride}")]
    BadPicture {
        /// Width as handed in.
        width: u32,
        /// Height as handed in.
        height: u32,
        /// Bytes from row to row as handed in.
        stride: usize,
        /// Bytes handed in.
        bytes: usize,
    },
    /// Larger than the codec takes: 9 437 184 pixels (a frame of level 5.2), as 4096×2304.
    #[error("picture of {}x{} is larger than the codec takes", .0.width, .0.height)]
    TooLarge(Size),
    /// There is no picture to encode again.
    #[error("no picture was encoded yet")]
    NoPicture,
    /// Colours could not be converted.
    #[error("cannot convert the picture's colours")]
    Convert(#[from] yuv::YuvError),
    /// The codec refused one of its calls.
    #[error("codec failed to {operation} (code {code})")]
    Codec {
        /// What it was asked to do, as "encode a picture".
        operation: &'static str,
        /// The codec's own number.
        code: i32,
    },
    /// The codec gave a stream that cannot be taken apart, or none at all.
    #[error("codec gave no usable stream: {0}")]
    BadStream(&'static str),
}
