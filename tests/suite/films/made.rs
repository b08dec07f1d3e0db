//! A film whose every second has a colour of its own, joined of segments as a recorder makes them.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, ensure};
use chaperone_media::{AccessUnit, Content, Ending, Joiner, Piece, SegmentWriter, TIMESCALE, Ticks};
use chaperone_suite::coded::{self, Coded};
use chaperone_suite::programs;

/// Before and after the window was resized.
pub(super) const SMALL: (u32, u32) = (320, 240);
pub(super) const LARGE: (u32, u32) = (480, 360);

const SECOND: Ticks = TIMESCALE as Ticks;
const PICTURES_A_SECOND: u64 = 10;

type Colour = [u8; 3];

/// What the screen showed: seconds 0 to 3, then nothing changed until 6, then the record is lost until 8.
const BEFORE: [(&str, Colour); 4] =
    [("red", [255, 0, 0]), ("lime", [0, 255, 0]), ("blue", [0, 0, 255]), ("yellow", [255, 255, 0])];
const LOST: std::ops::Range<u64> = 6..8;
/// Seconds 8 to 10; nothing changed until 12.
const AFTER: [(&str, Colour); 3] =
    [("magenta", [255, 0, 255]), ("cyan", [0, 255, 255]), ("white", [255, 255, 255])];
const END: u64 = 12;

/// Size and colour of the picture that a person must see at a time.
pub(super) fn shown_at(second: f64) -> ((u32, u32), Colour) {
    let after = (0_u32..).zip(AFTER).filter(|(index, _)| f64::from(index + 8) <= second).last();
    let before = (0_u32..).zip(BEFORE).filter(|(index, _)| f64::from(*index) <= second).last();
    match (after, before) {
        (Some((_, (_, colour))), _) => (LARGE, colour),
        (None, Some((_, (_, colour)))) => (SMALL, colour),
        (None, None) => unreachable!("the film begins with a picture"),
    }
}

/// Writes the film.
pub(super) fn film(path: &Path) -> anyhow::Result<()> {
    let mut payloads: Vec<Option<Vec<u8>>> = vec![None; usize::try_from(END)?];
    let mut writer = SegmentWriter::new();
    for (first, size, colours) in [(0, SMALL, &BEFORE[..]), (LOST.end, LARGE, &AFTER[..])] {
        let Coded { format, pictures } = encode(size, colours)?;
        for (index, (data, key)) in (0..).zip(&pictures) {
            let time = first * SECOND + index * SECOND / PICTURES_A_SECOND;
            writer.push(&AccessUnit { data, time, key: *key }, &format)?;
            if index % PICTURES_A_SECOND == PICTURES_A_SECOND - 1 {
                let second = time / SECOND;
                let closed = writer.close((second + 1) * SECOND).map(|segment| segment.payload);
                *payloads.get_mut(usize::try_from(second)?).context("a second too many")? = closed;
            }
        }
    }

    let mut joiner = Joiner::new();
    for (number, payload) in (0..).zip(&payloads).filter(|(number, _)| !LOST.contains(number)) {
        let content = payload.as_deref().map_or(Content::Unchanged, Content::Media);
        joiner.add(&Piece { number, start: number * SECOND, end: (number + 1) * SECOND, content })?;
    }
    let plan = joiner.finish(&Ending { end: END * SECOND, segments: END, created: 0 })?;
    ensure!(plan.gaps.len() == 1, "one gap: {:?}", plan.gaps);
    let mut file = plan.header;
    for copy in &plan.copies {
        let payload = payloads.get(usize::try_from(copy.segment)?).and_then(Option::as_ref);
        file.extend_from_slice(
            payload.and_then(|payload| payload.get(copy.range.clone())).context("a payload")?,
        );
    }
    std::fs::write(path, file).context("write the film")
}

/// A second of each colour as H.264, a key picture every two seconds.
fn encode(size: (u32, u32), colours: &[(&str, Colour)]) -> anyhow::Result<Coded> {
    let mut ffmpeg = Command::new(programs::installed(&["ffmpeg"])?);
    ffmpeg.args(["-v", "error"]);
    for (name, _) in colours {
        ffmpeg.args(["-f", "lavfi", "-i"]);
        ffmpeg.arg(format!("color=c={name}:s={}x{}:r={PICTURES_A_SECOND}:d=1", size.0, size.1));
    }
    ffmpeg.arg("-filter_complex").arg(format!("concat=n={}:v=1,scale=out_color_matrix=bt709", colours.len()));
    ffmpeg.args(["-pix_fmt", "yuv420p", "-c:v", "libx264", "-bf", "0"]);
    ffmpeg
        .args(["-x264-params", "keyint=20:scenecut=0:threads=1:slices=1:colormatrix=bt709:log-level=error"]);
    coded::encode(&mut ffmpeg, size)
}
