//! Real video to build segments of: two tiny streams made by x264, 20 pictures each, a key picture every ten.
//!
//! Made by `ffmpeg -f lavfi -i testsrc2=size=64x48:rate=10 -frames:v 20 -c:v libx264 -profile:v baseline -crf 35
//! -x264-params keyint=10:scenecut=0:threads=1:slices=1:repeat-headers=1 -bsf:v filter_units=remove_types=6`, and the same
//! with 96x64 and High.

use chaperone_media::{
    AccessUnit, Content, CopyRange, MediaSegment, PictureSize, Piece, Plan, SegmentWriter, TIMESCALE, Ticks,
    VideoFormat, annex_b_nals, avcc_from_nals,
};

pub(crate) const SECOND: Ticks = TIMESCALE as Ticks;
/// Time between two pictures of the streams.
pub(crate) const STEP: Ticks = SECOND / 10;

pub(crate) struct Stream {
    pub(crate) format: VideoFormat,
    /// Samples without parameter sets, and whether each is a key picture.
    pub(crate) units: Vec<(Vec<u8>, bool)>,
}

pub(crate) fn baseline() -> Stream {
    let shown = PictureSize { width: 63, height: 47 };
    stream(include_bytes!("fixtures/baseline-64x48.h264"), 64, 48, shown)
}

pub(crate) fn high() -> Stream {
    let shown = PictureSize { width: 96, height: 64 };
    stream(include_bytes!("fixtures/high-96x64.h264"), 96, 64, shown)
}

fn stream(bytes: &[u8], width: u16, height: u16, shown: PictureSize) -> Stream {
    let (mut sps, mut pps) = (Vec::new(), Vec::new());
    let mut units = Vec::new();
    for unit in annex_b_nals(bytes) {
        match unit[0] & 0x1f {
            7 => sps = unit.to_vec(),
            8 => pps = unit.to_vec(),
            kind => units.push((avcc_from_nals([unit]).expect("a unit"), kind == 5)),
        }
    }
    let coded = PictureSize { width, height };
    let format = VideoFormat::new(coded, shown, &sps, &pps).expect("a format");
    Stream { format, units }
}

/// A segment as it would come out of the store.
pub(crate) struct Stored {
    pub(crate) number: u64,
    pub(crate) span: std::ops::Range<Ticks>,
    pub(crate) payload: Option<Vec<u8>>,
}

impl Stored {
    pub(crate) fn piece(&self) -> Piece<'_> {
        Piece {
            number: self.number,
            start: self.span.start,
            end: self.span.end,
            content: self.payload.as_deref().map_or(Content::Unchanged, Content::Media),
        }
    }
}

/// Records `parts` one after another, each beginning at its own time, in segments of one second with unchanged seconds
/// between. Segments follow one another without a gap from 0 to `end`.
pub(crate) fn record(parts: &[(&Stream, Ticks)], end: Ticks) -> Vec<Stored> {
    let mut pictures = parts.iter().flat_map(|(stream, start)| {
        (0_u64..).zip(&stream.units).map(move |(index, (data, key))| {
            let unit = AccessUnit { data, time: start + index * STEP, key: *key };
            (unit, &stream.format)
        })
    });
    let mut next = pictures.next();
    let mut writer = SegmentWriter::new();
    let mut stored: Vec<Stored> = Vec::new();
    let mut from = 0;
    let mut keep = |closed: Option<MediaSegment>, until: Ticks| {
        stored.push(Stored {
            number: stored.len() as u64,
            span: from..until,
            payload: closed.map(|segment| segment.payload),
        });
        from = until;
    };
    for close_at in (1..).map(|second| second * SECOND).take_while(|at| *at <= end) {
        while let Some((unit, format)) = next.filter(|(unit, _)| unit.time < close_at) {
            if let Some(closed) = writer.push(&unit, format).expect("a picture") {
                keep(Some(closed), unit.time);
            }
            next = pictures.next();
        }
        let closed = writer.close(close_at);
        keep(closed, close_at);
    }
    stored
}

/// The file a plan describes.
pub(crate) fn assemble(plan: &Plan, stored: &[Stored]) -> Vec<u8> {
    let mut file = plan.header.clone();
    for CopyRange { segment, range } in &plan.copies {
        let from = stored.iter().find(|stored| stored.number == *segment);
        let payload = from.and_then(|stored| stored.payload.as_deref());
        file.extend_from_slice(&payload.expect("a payload")[range.clone()]);
    }
    assert_eq!(file.len() as u64, plan.file_len());
    file
}
