//! H.264 of a foreign encoder, taken apart into what segments are made of.

use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};
use chaperone_media::{PictureSize, VideoFormat, annex_b_nals, avcc_from_nals};

/// A stream taken apart.
pub struct Coded {
    /// What a decoder has to know of it.
    pub format: VideoFormat,
    /// One slice each, as segments carry it, and whether decoding can begin there.
    pub pictures: Vec<(Vec<u8>, bool)>,
}

/// Runs an `ffmpeg` whose input and encoder are already among its arguments; it must write one slice a picture, and no
/// B pictures.
///
/// # Errors
/// When ffmpeg fails, or gives something else than such a stream.
pub fn encode(ffmpeg: &mut Command, size: (u32, u32)) -> anyhow::Result<Coded> {
    let output = ffmpeg.args(["-f", "h264", "-"]).stdin(Stdio::null()).output().context("start ffmpeg")?;
    ensure!(output.status.success(), "ffmpeg: {}", String::from_utf8_lossy(&output.stderr));
    let (mut sps, mut pps, mut pictures) = (Vec::new(), Vec::new(), Vec::new());
    for unit in annex_b_nals(&output.stdout) {
        // Rec. ITU-T H.264, table 7-1.
        match unit.first().map_or(0, |first| first & 0x1f) {
            7 => sps = unit.to_vec(),
            8 => pps = unit.to_vec(),
            kind @ (1 | 5) => pictures.push((avcc_from_nals([unit])?, kind == 5)),
            _ => {}
        }
    }
    let side = |length| u16::try_from(length).context("a side longer than a picture's can be");
    let size = PictureSize { width: side(size.0)?, height: side(size.1)? };
    Ok(Coded { format: VideoFormat::new(size, size, &sps, &pps)?, pictures })
}
