//! Hours of video: a minute of a desktop's worth of H.264, over and over.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};
use chaperone_media::{AccessUnit, SegmentWriter, TIMESCALE, Ticks};
use chaperone_suite::coded::{self, Coded};
use chaperone_suite::programs;

use super::cost::{self, Cost};

const SECOND: Ticks = TIMESCALE as Ticks;
const PICTURES_A_SECOND: u64 = 10;
const MINUTE: u64 = 60;

/// Encodes a minute of pictures, a key picture every ten seconds: 1920×1080, about as many bytes a second as work at a
/// desktop gives.
pub(super) fn minute() -> anyhow::Result<Coded> {
    let mut ffmpeg = Command::new(programs::installed(&["ffmpeg"])?);
    ffmpeg.args(["-v", "error", "-f", "lavfi", "-i"]);
    ffmpeg.arg(format!("testsrc2=s=1920x1080:r={PICTURES_A_SECOND}:d={MINUTE}"));
    ffmpeg.args([
        "-pix_fmt",
        "yuv420p",
        "-c:v",
        "libx264",
        "-preset",
        "ultrafast",
        "-bf",
        "0",
        "-b:v",
        "400k",
    ]);
    ffmpeg.args(["-x264-params", "keyint=100:scenecut=0:threads=1:slices=1:log-level=error"]);
    let minute = coded::encode(&mut ffmpeg, (1920, 1080))?;
    let count = minute.pictures.len();
    ensure!(count as u64 == MINUTE * PICTURES_A_SECOND, "{count} pictures");
    Ok(minute)
}

/// The payloads of `seconds`, each made when it is asked for.
pub(super) fn payloads(
    minute: &Coded,
    seconds: u64,
) -> anyhow::Result<impl Iterator<Item = Option<Vec<u8>>> + '_> {
    let mut writer = SegmentWriter::new();
    Ok((0..seconds).map(move |second| payload(minute, &mut writer, second).ok()))
}

fn payload(minute: &Coded, writer: &mut SegmentWriter, second: u64) -> anyhow::Result<Vec<u8>> {
    let first = usize::try_from(second % MINUTE * PICTURES_A_SECOND)?;
    let pictures = minute.pictures.iter().skip(first);
    for (index, (data, key)) in (0..PICTURES_A_SECOND).zip(pictures) {
        let time = second * SECOND + index * SECOND / PICTURES_A_SECOND;
        writer.push(&AccessUnit { data, time, key: *key }, &minute.format)?;
    }
    Ok(writer.close((second + 1) * SECOND).context("a second without pictures")?.payload)
}

/// The same seconds as ffmpeg wants them: a whole file each, and a list of them.
pub(super) fn write_parts(minute: &Coded, seconds: u64, dir: &Path) -> anyhow::Result<PathBuf> {
    let parts_dir = dir.join("parts");
    std::fs::create_dir(&parts_dir)?;
    let mut list = String::new();
    // Each part begins with what a decoder must know, which a track says once.
    let mut head = Vec::new();
    let mut writer = SegmentWriter::new();
    for second in 0..seconds {
        let payload = payload(minute, &mut writer, second)?;
        let fragment = payload.windows(4).position(|kind| kind == b"moof").context("no fragment")? - 4;
        if fragment > 0 {
            head = payload.get(..fragment).unwrap_or_default().to_vec();
        }
        let payload = [&head, payload.get(fragment..).unwrap_or_default()].concat();
        let path = parts_dir.join(format!("{second:05}.mp4"));
        std::fs::write(&path, payload).context("write a part")?;
        writeln!(list, "file '{}'", path.display())?;
    }
    let list_path = dir.join("parts.txt");
    std::fs::write(&list_path, list).context("write the list of parts")?;
    Ok(list_path)
}

/// ffmpeg joins the parts.
pub(super) fn rival(list: &Path, dir: &Path) -> anyhow::Result<Cost> {
    let mut ffmpeg = Command::new(programs::installed(&["ffmpeg"])?);
    ffmpeg.args(["-v", "error", "-y", "-f", "concat", "-safe", "0", "-i"]).arg(list);
    ffmpeg.args(["-c", "copy"]).arg(dir.join("rival.mp4"));
    cost::of_command(&mut ffmpeg)
}
