//! The start of a fragmented stream: `ftyp` and a `moov` without samples.

use super::VideoFormat;
use super::description::{read_descriptions, write_description};
use crate::boxes::{BoxError, BoxWriter, Boxes, Fields};
use crate::movie::{self, Times};
use crate::payload::{PayloadError, TRACK_ID};
use crate::ticks::TIMESCALE;

/// The longest `moov` a segment may bring, in bytes. Ours is under 1 KiB.
const MAX_MOOV_LEN: usize = 16 << 10;

/// Flags of samples that say nothing of themselves: not a key picture.
const DEFAULT_SAMPLE_FLAGS: u32 = 0x0101_0000;

pub(crate) fn write_init(w: &mut BoxWriter, format: &VideoFormat) {
    // A fragmented stream has no length, and its times are labels the segment headers carry.
    let times = Times { created: 0, timescale: TIMESCALE, duration: 0 };
    w.boxed(b"ftyp", |w| {
        w.bytes(b"iso6");
        w.u32(0);
        w.bytes(b"iso6avc1mp41");
    });
    w.boxed(b"moov", |w| {
        movie::write_movie_header(w, &times);
        movie::write_track(w, &times, format.coded, |w| {
            w.full(b"stsd", 0, 0, |w| {
                w.u32(1);
                write_description(w, format);
            });
            for (kind, zeros) in [(b"stts", 4), (b"stsc", 4), (b"stsz", 8), (b"stco", 4)] {
                w.full(kind, 0, 0, |w| w.zeros(zeros));
            }
        });
        w.boxed(b"mvex", |w| {
            w.full(b"trex", 0, 0, |w| {
                w.u32(TRACK_ID);
                w.u32(1); // sample description
                w.u32(0); // duration
                w.u32(0); // size
                w.u32(DEFAULT_SAMPLE_FLAGS);
            });
        });
    });
}

/// Reads the bodies of `ftyp` and `moov`. Of all they say only the sample description and the timescale are taken;
/// every other table must be empty or is written anew when joined.
pub(crate) fn read_init(ftyp: &[u8], moov: &[u8]) -> Result<VideoFormat, PayloadError> {
    if ftyp.len() > 64 || moov.len() > MAX_MOOV_LEN {
        return Err(BoxError::Limit("the start of the stream").into());
    }
    let [trak] = children(moov, [b"trak"], &[b"mvhd", b"mvex"])?;
    let [mdia] = children(trak, [b"mdia"], &[b"tkhd"])?;
    let [mdhd, minf] = children(mdia, [b"mdhd", b"minf"], &[b"hdlr"])?;
    let [stbl] = children(minf, [b"stbl"], &[b"vmhd", b"dinf"])?;
    let [stsd] = children(stbl, [b"stsd"], &[b"stts", b"stsc", b"stsz", b"stco"])?;
    read_timescale(mdhd)?;
    read_descriptions(stsd)
}

/// The bodies of the boxes `wanted` in `body`, each exactly once; boxes in `ignored` may stand between them.
fn children<'a, const N: usize>(
    body: &'a [u8],
    wanted: [&'static [u8; 4]; N],
    ignored: &[&[u8; 4]],
) -> Result<[&'a [u8]; N], BoxError> {
    let mut found = [None; N];
    let mut boxes = Boxes::new(body);
    while let Some((kind, body)) = boxes.next()? {
        match wanted.iter().position(|wanted| **wanted == kind) {
            Some(at) => match found.get_mut(at) {
                Some(slot @ None) => *slot = Some(body),
                _ => return Err(BoxError::Twice("in the start of the stream")),
            },
            None if ignored.contains(&&kind) => {}
            None => return Err(BoxError::unexpected(kind)),
        }
    }
    let mut bodies: [&[u8]; N] = [&[]; N];
    for (slot, body) in bodies.iter_mut().zip(found) {
        *slot = body.ok_or(BoxError::Missing("in the start of the stream"))?;
    }
    Ok(bodies)
}

fn read_timescale(mdhd: &[u8]) -> Result<(), BoxError> {
    let mut fields = Fields::new(mdhd);
    fields.expect_u32(1 << 24, "version and flags of mdhd")?;
    fields.bytes(16)?;
    fields.expect_u32(TIMESCALE, "the timescale")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PictureSize;
    use crate::format::tests::{PPS, SPS, format};

    fn written(format: &VideoFormat) -> Vec<u8> {
        let mut w = BoxWriter::default();
        write_init(&mut w, format);
        w.into_bytes()
    }

    fn read(bytes: &[u8]) -> Result<VideoFormat, PayloadError> {
        let mut boxes = Boxes::new(bytes);
        let ftyp = boxes.expect(b"ftyp", "ftyp")?;
        let moov = boxes.expect(b"moov", "moov")?;
        boxes.end()?;
        read_init(ftyp, moov)
    }

    #[test]
    fn format_survives_writing_and_reading() {
        let coded = PictureSize { width: 802, height: 602 };
        let shown = PictureSize { width: 801, height: 601 };
        let odd = VideoFormat::new(coded, shown, &SPS, &PPS).expect("a format");
        for format in [format(64, 48), odd] {
            assert_eq!(read(&written(&format)).expect("readable"), format);
        }
    }

    #[test]
    fn any_cut_and_any_wrong_size_is_refused() {
        let bytes = written(&format(64, 48));
        for cut in 0..bytes.len() {
            assert!(read(&bytes[..cut]).is_err(), "cut at {cut}");
        }
        for at in 0..bytes.len() {
            let mut wrong = bytes.clone();
            wrong[at] ^= 0xff;
            // Ignored fields may change; nothing may panic, and what is read must be a format again.
            if let Ok(format) = read(&wrong) {
                assert!(format.coded().width > 0);
            }
        }
    }
}
