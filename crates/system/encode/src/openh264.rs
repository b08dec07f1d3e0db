//! The encoder on OpenH264.

mod raw;

use std::time::Duration;

use crate::convert::Planes;
use crate::key_frames::KeyFrames;
use crate::nal::Parts;
use crate::{AccessUnit, EncodeError, ParameterSets, Picture, Rect, Settings, Size, VideoEncoder};

use self::raw::Codec;

/// The codec's own limit: 36 864 macroblocks of 16×16.
const MOST_PIXELS: u64 = 36_864 * 256;

/// One track's encoder: the planes of the last picture, and the codec once the size is known.
pub(crate) struct OpenH264 {
    settings: Settings,
    key_frames: KeyFrames,
    stream: Option<Stream>,
    /// As given out last.
    parameter_sets: Option<ParameterSets>,
}

/// What lives as long as the size stays.
struct Stream {
    planes: Planes,
    codec: Codec,
}

impl OpenH264 {
    pub(crate) fn new(settings: Settings) -> Self {
        Self {
            settings,
            key_frames: KeyFrames::new(settings.key_interval, settings.frames_per_second),
            stream: None,
            parameter_sets: None,
        }
    }

    /// The stream for pictures of `size`, and whether it is a new one.
    fn stream_for(&mut self, size: Size) -> Result<(&mut Stream, bool), EncodeError> {
        let kept = self.stream.take().filter(|stream| stream.planes.true_size == size);
        let is_new = kept.is_none();
        let stream = match kept {
            Some(stream) => stream,
            None => {
                if u64::from(size.width) * u64::from(size.height) > MOST_PIXELS {
                    return Err(EncodeError::TooLarge(size));
                }
                let planes = Planes::new(size);
                let codec = Codec::new(planes.coded_size, &self.settings)?;
                tracing::debug!(width = size.width, height = size.height, "Encoder opened for a new size");
                Stream { planes, codec }
            }
        };
        Ok((self.stream.insert(stream), is_new))
    }

    fn encode_planes(&mut self, at: Duration) -> Result<AccessUnit, EncodeError> {
        let stream = self.stream.as_mut().ok_or(EncodeError::NoPicture)?;
        let mut parts = Parts::default();
        let is_key = stream.codec.encode(&stream.planes, at, self.key_frames.due(at), &mut parts)?;
        let sets = parts.take_parameter_sets();
        if is_key {
            if sets.is_none() {
                return Err(EncodeError::BadStream("a key frame has no parameter sets"));
            }
            self.key_frames.made(at);
        }
        let parameter_sets = sets.filter(|sets| self.parameter_sets.as_ref() != Some(sets));
        if parameter_sets.is_some() {
            self.parameter_sets.clone_from(&parameter_sets);
        }
        Ok(AccessUnit {
            data: parts.data,
            is_key,
            at,
            coded_size: stream.planes.coded_size,
            true_size: stream.planes.true_size,
            parameter_sets,
        })
    }

    /// A failed picture may leave the codec's references apart from what was given out: begin anew.
    fn key_frame_after_failure<T>(&mut self, outcome: Result<T, EncodeError>) -> Result<T, EncodeError> {
        if outcome.is_err() {
            self.key_frames.request();
        }
        outcome
    }
}

impl VideoEncoder for OpenH264 {
    fn encode(&mut self, picture: &Picture<'_>) -> Result<AccessUnit, EncodeError> {
        let updated = match self.stream_for(picture.size) {
            Ok((stream, false)) => stream.planes.update(picture, picture.damage),
            Ok((stream, true)) => {
                let Size { width, height } = picture.size;
                stream.planes.update(picture, &[Rect { x: 0, y: 0, width, height }])
            }
            Err(error) => Err(error),
        };
        let encoded = updated.and_then(|()| self.encode_planes(picture.at));
        if encoded.is_err() {
            // Damage of the failed picture may not have reached the planes: read the next one whole.
            self.stream = None;
        }
        self.key_frame_after_failure(encoded)
    }

    fn encode_again(&mut self, at: Duration) -> Result<AccessUnit, EncodeError> {
        self.key_frames.request();
        let encoded = self.encode_planes(at);
        self.key_frame_after_failure(encoded)
    }

    fn request_key_frame(&mut self) {
        self.key_frames.request();
    }
}
