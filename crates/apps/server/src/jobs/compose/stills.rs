//! Stills become video at the times they were taken.
//!
//! Two pictures are held, whatever the length: the reader's and the encoder's. What is encoded lies on the disk until the
//! film's header can be written, as a blob beside the films; one that a crash left is replaced by the next try.

use std::io::SeekFrom;
use std::time::Duration;

use chaperone_blobs::{BlobKey, BlobStore, BlobWriter, KeyError};
use chaperone_encode::{EncodeError, Picture, Rect, Settings, Size, VideoEncoder};
use chaperone_evidence::{Body, SessionId};
use chaperone_media::{
    AccessUnit, CopyRange, FormatError, PictureSize, SegmentWriter, StillError, StillReader, TIMESCALE,
    Ticks, VideoFormat, WHOLE_EVERY, WriteError,
};
use thiserror::Error;
use tokio::fs::File;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _};

use super::film::FilmError;
use super::track::{Damage, Opened};

/// A still does not become video; the next whole one may.
#[derive(Debug, Error)]
pub(in crate::jobs) enum StillFilmError {
    #[error("the still cannot be read")]
    Still(#[from] StillError),
    #[error("the still cannot be encoded")]
    Encode(#[from] EncodeError),
    #[error("the codec gave another kind of video than asked for")]
    Format(#[from] FormatError),
    #[error("the codec gave a picture before its parameter sets, or one too large")]
    NoFormat,
    #[error("the picture cannot be put into its segment")]
    Write(#[from] WriteError),
}

/// The stills of one session on their way to a film.
pub(super) struct Stills {
    blobs: BlobStore,
    key: BlobKey,
    /// Elsewhere while it works.
    coder: Option<Box<Coder>>,
    writing: Option<BlobWriter>,
    reading: Option<File>,
    /// Where each segment's payload begins in the blob, in rising order.
    places: Vec<(u64, u64)>,
    written: u64,
}

impl Stills {
    pub(super) async fn new(blobs: &BlobStore, session: SessionId) -> Result<Self, FilmError> {
        let key = key(session)?;
        let writing = Some(blobs.create(&key).await?);
        let (blobs, coder) = (blobs.clone(), Some(Box::new(Coder::new())));
        Ok(Self { blobs, key, coder, writing, reading: None, places: Vec::new(), written: 0 })
    }

    /// Encodes the still of segment `number`.
    pub(super) async fn encode(
        &mut self,
        number: u64,
        body: Body,
        still: Vec<u8>,
    ) -> Result<Opened, FilmError> {
        let mut coder = self.coder.take().unwrap_or_else(|| Box::new(Coder::new()));
        // One thread at most, and none of those that answer requests.
        let (coder, encoded) = tokio::task::spawn_blocking(move || {
            let encoded = coder.encode(&still);
            (coder, encoded)
        })
        .await?;
        self.coder = Some(coder);
        let payload = match encoded {
            Ok(payload) => payload,
            Err(error) => return Ok(Opened::Damaged(Damage::Still(error))),
        };
        if let Some(writing) = &mut self.writing {
            writing.write(payload.clone()).await?;
        }
        self.places.push((number, self.written));
        self.written += payload.len() as u64;
        Ok(Opened::Segment(body, payload))
    }

    /// A still is missing.
    pub(super) fn lost(&mut self) {
        if let Some(coder) = &mut self.coder {
            coder.lost();
        }
    }

    /// No more stills come.
    pub(super) async fn settle(&mut self) -> Result<(), FilmError> {
        self.coder = None;
        if let Some(writing) = self.writing.take() {
            writing.finish().await?;
        }
        self.reading = self.blobs.open(&self.key).await?.map(|(file, _)| file);
        Ok(())
    }

    /// A part of what was encoded.
    pub(super) async fn again(&mut self, copy: &CopyRange) -> Result<Vec<u8>, FilmError> {
        let changed = || FilmError::Changed { number: copy.segment };
        let place = self.places.binary_search_by_key(&copy.segment, |(number, _)| *number);
        let (_, offset) = place.ok().and_then(|place| self.places.get(place)).ok_or_else(changed)?;
        let file = self.reading.as_mut().ok_or_else(changed)?;
        let mut part = vec![0; copy.range.len()];
        let from = SeekFrom::Start(offset + copy.range.start as u64);
        file.seek(from).await.map_err(FilmError::ReadBack)?;
        file.read_exact(&mut part).await.map_err(FilmError::ReadBack)?;
        Ok(part)
    }

    /// Removes what was kept.
    pub(super) async fn forget(mut self) -> Result<(), FilmError> {
        // Closed before it is removed, as Windows asks.
        self.reading = None;
        self.writing = None;
        self.blobs.delete(&self.key).await?;
        Ok(())
    }
}

/// Under which the encoded stills are kept until the film has them.
fn key(session: SessionId) -> Result<BlobKey, KeyError> {
    BlobKey::new(["stills", &format!("{session}.parts")])
}

/// Still after still to the payloads of video segments. Its calls block for the codec's work.
struct Coder {
    reader: StillReader,
    encoder: Box<dyn VideoEncoder>,
    writer: SegmentWriter,
    format: Option<VideoFormat>,
}

impl Coder {
    fn new() -> Self {
        let settings = Settings {
            key_interval: Duration::from_secs(WHOLE_EVERY / Ticks::from(TIMESCALE)),
            frames_per_second: 1,
            ..Settings::default()
        };
        Self {
            reader: StillReader::new(),
            encoder: chaperone_encode::open(settings),
            writer: SegmentWriter::new(),
            format: None,
        }
    }

    fn encode(&mut self, still: &[u8]) -> Result<Vec<u8>, StillFilmError> {
        let encoded = self.try_encode(still);
        if encoded.is_err() {
            self.lost();
        }
        encoded
    }

    fn try_encode(&mut self, still: &[u8]) -> Result<Vec<u8>, StillFilmError> {
        let shown = self.reader.read(still)?;
        let damage: Vec<Rect> = shown
            .damage
            .iter()
            .map(|area| Rect {
                x: area.x.into(),
                y: area.y.into(),
                width: area.width.into(),
                height: area.height.into(),
            })
            .collect();
        let unit = self.encoder.encode(&Picture {
            pixels: shown.pixels,
            stride: shown.stride,
            size: Size::new(shown.size.width.into(), shown.size.height.into()),
            damage: &damage,
            at: duration(shown.time),
        })?;
        if let Some(sets) = &unit.parameter_sets {
            let (coded, true_size) = (size(unit.coded_size)?, size(unit.true_size)?);
            self.format = Some(VideoFormat::new(coded, true_size, &sets.sps, &sets.pps)?);
        }
        let format = self.format.as_ref().ok_or(StillFilmError::NoFormat)?;
        let picture = AccessUnit { data: &unit.data, time: shown.time, key: unit.is_key };
        self.writer.push(&picture, format)?;
        // How long it lasts is for the joined film to say: until the next.
        let closed = self.writer.close(shown.time + 1);
        closed.map(|segment| segment.payload).ok_or(StillFilmError::NoFormat)
    }

    /// A still is missing: what builds on it must not be shown.
    fn lost(&mut self) {
        self.reader.lost();
        self.encoder.request_key_frame();
    }
}

fn duration(time: Ticks) -> Duration {
    const NANOS_PER_SECOND: u64 = 1_000_000_000;
    let scale = Ticks::from(TIMESCALE);
    Duration::from_secs(time / scale) + Duration::from_nanos(time % scale * NANOS_PER_SECOND / scale)
}

fn size(size: Size) -> Result<PictureSize, StillFilmError> {
    let side = |length: u32| u16::try_from(length).map_err(|_| StillFilmError::NoFormat);
    Ok(PictureSize { width: side(size.width)?, height: side(size.height)? })
}
