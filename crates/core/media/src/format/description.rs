//! The sample description `avc1` (ISO/IEC 14496-15, 5.4.2.1): written, and read back from a recorder.

use super::{PictureSize, VideoFormat, sps};
use crate::boxes::{BoxError, BoxWriter, Boxes, Fields};
use crate::payload::PayloadError;

/// 72 dots per inch as 16.16, which stands in every sample description and means nothing.
const RESOLUTION: u32 = 0x0048_0000;

/// BT.709 in ISO/IEC 23091-2: primaries, transfer and matrix all have this number.
const BT_709: u16 = 1;

pub(crate) fn write_description(w: &mut BoxWriter, format: &VideoFormat) {
    w.boxed(b"avc1", |w| {
        w.zeros(6);
        w.u16(1); // data reference: this file
        w.zeros(16);
        w.u16(format.coded.width);
        w.u16(format.coded.height);
        w.u32(RESOLUTION);
        w.u32(RESOLUTION);
        w.u32(0);
        w.u16(1); // pictures in a sample
        w.zeros(32); // name of the compressor
        w.u16(24); // depth
        w.u16(u16::MAX);
        write_avcc(w, format);
        w.boxed(b"colr", |w| {
            w.bytes(b"nclx");
            w.u16(BT_709);
            w.u16(BT_709);
            w.u16(BT_709);
            w.u8(0); // limited range
        });
        w.boxed(b"pasp", |w| {
            w.u32(1);
            w.u32(1);
        });
        if format.shown != format.coded {
            write_clean_aperture(w, format);
        }
    });
}

/// Codec configuration: one parameter set of each kind, lengths of 4 bytes.
fn write_avcc(w: &mut BoxWriter, format: &VideoFormat) {
    let profile = format.profile();
    w.boxed(b"avcC", |w| {
        w.u8(1);
        w.bytes(&profile);
        w.u8(0b1111_1100 | 3);
        for (count, set) in [(0b1110_0000 | 1, &format.sps), (1, &format.pps)] {
            w.u8(count);
            // INVARIANT: `VideoFormat::new` bounds both far below 16 bits.
            w.u16(u16::try_from(set.len()).unwrap_or(u16::MAX));
            w.bytes(set);
        }
        if sps::HIGH_PROFILES.contains(&profile[0]) {
            w.u8(0b1111_1100 | 1); // 4:2:0
            w.u8(0b1111_1000); // 8 bits luma
            w.u8(0b1111_1000); // 8 bits chroma
            w.u8(0); // no extensions
        }
    });
}

/// `clap`: the upper left part of the picture that was on the screen. Offsets are of the centre, so they are negative
/// halves (ISO/IEC 14496-12, 12.1.4).
fn write_clean_aperture(w: &mut BoxWriter, format: &VideoFormat) {
    let offset = |shown: u16, coded: u16| i32::from(shown) - i32::from(coded);
    w.boxed(b"clap", |w| {
        for size in [format.shown.width, format.shown.height] {
            w.u32(u32::from(size));
            w.u32(1);
        }
        for (shown, coded) in
            [(format.shown.width, format.coded.width), (format.shown.height, format.coded.height)]
        {
            w.i32(offset(shown, coded));
            w.u32(2);
        }
    });
}

/// Reads the body of an `stsd` box with its one `avc1`.
pub(super) fn read_descriptions(body: &[u8]) -> Result<VideoFormat, PayloadError> {
    let mut fields = Fields::new(body);
    fields.expect_u32(0, "version and flags of stsd")?;
    fields.expect_u32(1, "the number of sample descriptions")?;
    let mut entries = Boxes::new(fields.rest());
    let mut entry = Fields::new(entries.expect(b"avc1", "avc1")?);
    entries.end()?;
    entry.bytes(24)?;
    let coded = PictureSize { width: entry.u16()?, height: entry.u16()? };
    entry.bytes(50)?;

    let (mut configuration, mut shown) = (None, None);
    let mut boxes = Boxes::new(entry.rest());
    while let Some((kind, body)) = boxes.next()? {
        match &kind {
            b"avcC" if configuration.is_none() => configuration = Some(read_avcc(body)?),
            b"avcC" => return Err(BoxError::Twice("avcC").into()),
            b"clap" if shown.is_none() => shown = Some(read_clean_aperture(body)?),
            b"clap" => return Err(BoxError::Twice("clap").into()),
            b"colr" | b"pasp" => {}
            _ => return Err(BoxError::unexpected(kind).into()),
        }
    }
    let (sps, pps) = configuration.ok_or(BoxError::Missing("avcC"))?;
    Ok(VideoFormat::new(coded, shown.unwrap_or(coded), sps, pps)?)
}

/// The two parameter sets.
fn read_avcc(body: &[u8]) -> Result<(&[u8], &[u8]), BoxError> {
    let mut fields = Fields::new(body);
    if fields.u8()? != 1 {
        return Err(BoxError::Value("the version of avcC"));
    }
    fields.bytes(3)?;
    if fields.u8()? & 3 != 3 {
        return Err(BoxError::Value("the length of NAL unit lengths"));
    }
    if fields.u8()? & 0x1f != 1 {
        return Err(BoxError::Value("the number of sequence parameter sets"));
    }
    let len = usize::from(fields.u16()?);
    let sps = fields.bytes(len)?;
    if fields.u8()? != 1 {
        return Err(BoxError::Value("the number of picture parameter sets"));
    }
    let len = usize::from(fields.u16()?);
    let pps = fields.bytes(len)?;
    // What may follow says again what the sequence parameter set says, and is written anew.
    if !matches!(fields.rest().len(), 0 | 4) {
        return Err(BoxError::Value("the end of avcC"));
    }
    Ok((sps, pps))
}

fn read_clean_aperture(body: &[u8]) -> Result<PictureSize, BoxError> {
    let mut fields = Fields::new(body);
    let mut side = || {
        let side = u16::try_from(fields.u32()?).map_err(|_| BoxError::Value("clap"))?;
        fields.expect_u32(1, "clap")?;
        Ok::<u16, BoxError>(side)
    };
    let (width, height) = (side()?, side()?);
    // The offsets follow from the sizes, as the shown part is always the upper left one.
    fields.bytes(16)?;
    fields.end("the end of clap")?;
    Ok(PictureSize { width, height })
}
