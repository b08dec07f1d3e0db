//! One `moof` and `mdat` (ISO/IEC 14496-12, 8.8), written in one form and read back in that form only: offsets from the
//! `moof`, 64-bit start time, and duration, size and flags stated for every sample.

use super::{Fragment, PayloadError, Sample, TRACK_ID, check_sample_count};
use crate::boxes::{BoxError, BoxWriter, Boxes, Fields, HEADER_LEN};
use crate::nal;
use crate::ticks::{MAX_SESSION_TICKS, Ticks};

/// `tfhd`: offsets count from the `moof`.
const DEFAULT_BASE_IS_MOOF: u32 = 0x02_0000;

/// `trun`: data offset; each sample's duration, size and flags.
const RUN_FIELDS: u32 = 0x01 | 0x100 | 0x200 | 0x400;

/// Sample flags: depends on no other / depends on others and is no sync sample.
const KEY_FLAGS: u32 = 0x0200_0000;
const OTHER_FLAGS: u32 = 0x0101_0000;

/// Length of a `moof` with no samples: every box in it has a fixed length but for 12 bytes a sample.
const MOOF_LEN_WITHOUT_SAMPLES: usize = 8 + 16 + 8 + 16 + 20 + 20;
const RUN_ENTRY_LEN: usize = 12;

pub(crate) fn write_fragment(w: &mut BoxWriter, sequence: u32, samples: &[Sample], end: Ticks, data: &[u8]) {
    let moof_len = MOOF_LEN_WITHOUT_SAMPLES + samples.len() * RUN_ENTRY_LEN;
    let start = samples.first().map_or(end, |sample| sample.time);
    w.boxed(b"moof", |w| {
        w.full(b"mfhd", 0, 0, |w| w.u32(sequence));
        w.boxed(b"traf", |w| {
            w.full(b"tfhd", 0, DEFAULT_BASE_IS_MOOF, |w| w.u32(TRACK_ID));
            w.full(b"tfdt", 1, 0, |w| w.u64(start));
            w.full(b"trun", 0, RUN_FIELDS, |w| {
                w.u32(saturated(samples.len()));
                w.u32(saturated(moof_len + HEADER_LEN));
                let ends = samples.iter().skip(1).map(|sample| sample.time).chain([end]);
                for (sample, end) in samples.iter().zip(ends) {
                    w.u32(u32::try_from(end - sample.time).unwrap_or(u32::MAX));
                    w.u32(sample.size);
                    w.u32(if sample.key { KEY_FLAGS } else { OTHER_FLAGS });
                }
            });
        });
    });
    w.boxed(b"mdat", |w| w.bytes(data));
}

/// INVARIANT: counts and lengths here are bounded by the segment limits, far below 32 bits.
fn saturated(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// Reads the body of a `moof` and checks it against the `data` that follows it at `data_start` of the payload.
pub(super) fn read_fragment(moof: &[u8], data: &[u8], data_start: usize) -> Result<Fragment, PayloadError> {
    let mut boxes = Boxes::new(moof);
    let mut mfhd = Fields::new(boxes.expect(b"mfhd", "mfhd")?);
    mfhd.expect_u32(0, "version and flags of mfhd")?;
    mfhd.u32()?;
    mfhd.end("the end of mfhd")?;
    let traf = boxes.expect(b"traf", "traf")?;
    boxes.end()?;

    let mut boxes = Boxes::new(traf);
    let mut tfhd = Fields::new(boxes.expect(b"tfhd", "tfhd")?);
    tfhd.expect_u32(DEFAULT_BASE_IS_MOOF, "version and flags of tfhd")?;
    tfhd.expect_u32(TRACK_ID, "the track")?;
    tfhd.end("the end of tfhd")?;
    let mut tfdt = Fields::new(boxes.expect(b"tfdt", "tfdt")?);
    tfdt.expect_u32(1 << 24, "version and flags of tfdt")?;
    let start = tfdt.u64()?;
    tfdt.end("the end of tfdt")?;
    let trun = boxes.expect(b"trun", "trun")?;
    boxes.end()?;

    let (samples, end) = read_run(trun, start, moof.len() + HEADER_LEN)?;
    check_samples(&samples, data)?;
    Ok(Fragment { samples, end, data: data_start..data_start + data.len() })
}

fn read_run(trun: &[u8], start: Ticks, moof_len: usize) -> Result<(Vec<Sample>, Ticks), BoxError> {
    let mut fields = Fields::new(trun);
    fields.expect_u32(RUN_FIELDS, "version and flags of trun")?;
    let count = fields.usize()?;
    check_sample_count(count)?;
    if fields.usize()? != moof_len + HEADER_LEN {
        return Err(BoxError::Value("the offset of the media data"));
    }
    let mut samples = Vec::with_capacity(count);
    let mut time = start;
    for _ in 0..count {
        let duration = fields.u32()?;
        let size = fields.u32()?;
        let key = match fields.u32()? {
            KEY_FLAGS => true,
            OTHER_FLAGS => false,
            _ => return Err(BoxError::Value("the flags of a sample")),
        };
        if duration == 0 {
            return Err(BoxError::Value("the duration of a sample"));
        }
        samples.push(Sample { time, size, key });
        time = time
            .checked_add(u64::from(duration))
            .filter(|_| time <= MAX_SESSION_TICKS)
            .ok_or(BoxError::Limit("the time of a sample"))?;
    }
    fields.end("the end of trun")?;
    Ok((samples, time))
}

/// Every byte of the media data belongs to one sample, and every sample is H.264 that is what its flags say.
fn check_samples(samples: &[Sample], data: &[u8]) -> Result<(), PayloadError> {
    let mut fields = Fields::new(data);
    for (index, sample) in samples.iter().enumerate() {
        let size = usize::try_from(sample.size).map_err(|_| BoxError::Truncated)?;
        let shape = nal::sample_shape(fields.bytes(size)?)
            .map_err(|source| PayloadError::Sample { index, source })?;
        if shape.key != sample.key {
            return Err(PayloadError::KeyFlag { index });
        }
    }
    fields.end("the end of mdat")?;
    Ok(())
}
