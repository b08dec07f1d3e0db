//! One track: its planes, its key frames, and which encoder makes the next picture.

use std::time::Duration;

use crate::changes::ChangeEncoder;
use crate::convert::Planes;
use crate::key_frames::KeyFrames;
use crate::load::Load;
use crate::nal::Parts;
use crate::openh264::Codec;
use crate::{AccessUnit, EncodeError, ParameterSets, Picture, Rect, Settings, Size, VideoEncoder};

/// The codec's own limit: 36 864 macroblocks of 16×16.
const MOST_PIXELS: u64 = 36_864 * 256;

/// One track's encoder: the planes of the last picture, and the codec once the size is known.
pub(crate) struct Track {
    settings: Settings,
    key_frames: KeyFrames,
    stream: Option<Stream>,
    /// As given out last.
    parameter_sets: Option<ParameterSets>,
}

/// What lives as long as the size stays.
struct Stream {
    planes: Planes,
    parameter_sets: ParameterSets,
    /// Codes what changed; absent where the codec's parameter sets are of a kind it does not write.
    changes: Option<ChangeEncoder>,
    /// Codes everything; kept while it does.
    codec: Option<Codec>,
    load: Load,
    /// Whether a picture was coded.
    has_begun: bool,
}

impl Stream {
    fn open(size: Size, settings: &Settings) -> Result<Self, EncodeError> {
        if u64::from(size.width) * u64::from(size.height) > MOST_PIXELS {
            return Err(EncodeError::TooLarge(size));
        }
        let planes = Planes::new(size);
        let mut codec = Codec::new(planes.coded_size, settings)?;
        let of_codec = codec.parameter_sets()?;
        let wider = ChangeEncoder::parameter_sets(&of_codec);
        let changes =
            wider.as_ref().and_then(|sets| ChangeEncoder::new(sets, &planes, settings.quality.quantiser()));
        let parameter_sets = wider.filter(|_| changes.is_some()).unwrap_or(of_codec);
        tracing::debug!(
            width = size.width,
            height = size.height,
            by_changes = changes.is_some(),
            "Encoder opened for a new size"
        );
        let codec = changes.is_none().then_some(codec);
        Ok(Self { planes, parameter_sets, changes, codec, load: Load::new(), has_begun: false })
    }

    /// Codes the planes: data, whether decoding can begin there, and the parameter sets if it can.
    fn encode(
        &mut self,
        settings: &Settings,
        at: Duration,
        as_key: bool,
    ) -> Result<(Vec<u8>, bool, Option<ParameterSets>), EncodeError> {
        let Some(changes) = &mut self.changes else {
            let (data, is_key) = encode_all(&mut self.codec, &self.planes, settings, at, as_key)?;
            return Ok((data, is_key, is_key.then(|| self.parameter_sets.clone())));
        };
        let converted = self.planes.converted();
        let was_film = self.load.is_film();
        if was_film && self.load.goes_on(converted.len(), self.planes.blocks(), at, as_key) {
            let (data, is_key) = encode_all(&mut self.codec, &self.planes, settings, at, as_key)?;
            return Ok((data, is_key, is_key.then(|| self.parameter_sets.clone())));
        }
        // The codec holds several pictures; where it is not needed, it is not kept.
        self.codec = None;
        let is_key = as_key || was_film;
        if is_key {
            let data = changes.encode_key(&self.planes, at);
            return Ok((data, true, Some(self.parameter_sets.clone())));
        }
        let coded = changes.encode(&self.planes, converted, at);
        self.load.coded_changes(coded.new, changes.macroblocks(), at);
        Ok((coded.data, false, None))
    }
}

/// Codes the planes by the codec, which begins with a key frame where there is none yet.
fn encode_all(
    codec: &mut Option<Codec>,
    planes: &Planes,
    settings: &Settings,
    at: Duration,
    as_key: bool,
) -> Result<(Vec<u8>, bool), EncodeError> {
    let codec = match codec {
        Some(codec) => codec,
        None => codec.insert(Codec::new(planes.coded_size, settings)?),
    };
    let mut parts = Parts::default();
    let is_key = codec.encode(planes, at, as_key, &mut parts)?;
    Ok((parts.data, is_key))
}

impl Track {
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
            None => Stream::open(size, &self.settings)?,
        };
        Ok((self.stream.insert(stream), is_new))
    }

    fn encode_planes(&mut self, at: Duration) -> Result<AccessUnit, EncodeError> {
        let stream = self.stream.as_mut().ok_or(EncodeError::NoPicture)?;
        let as_key = self.key_frames.due(at) || !stream.has_begun;
        let (data, is_key, sets) = stream.encode(&self.settings, at, as_key)?;
        stream.has_begun = true;
        if is_key {
            self.key_frames.made(at);
        }
        let parameter_sets = sets.filter(|sets| self.parameter_sets.as_ref() != Some(sets));
        if parameter_sets.is_some() {
            self.parameter_sets.clone_from(&parameter_sets);
        }
        Ok(AccessUnit {
            data,
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

impl VideoEncoder for Track {
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
