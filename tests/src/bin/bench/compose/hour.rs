//! Hours of video: a minute of a desktop's worth of H.264, over and over.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};
use chaperone_media::{
    AccessUnit, PictureSize, SegmentWriter, TIMESCALE, Ticks, VideoFormat, annex_b_nals, avcc_from_nals,
};
use chaperone_suite::programs;

use super::cost::{self, Cost};

const SECOND: Ticks = TIMESCALE as Ticks;
const PICTURES_A_SECOND: u64 = 10;
const MINUTE: u64 = 60;

/// A minute of pictures, a key picture every ten seconds.
pub(super) struct Minute {
    format: VideoFormat,
    pictures: Vec<(Vec<u8>, bool)>,
}

/// Encodes the minute: 1920×1080, about as many bytes a second as work at a desktop gives.
pub(super) fn minute() -> anyhow::Result<Minute> {
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
    ffmpeg.args([
        "-x264-params",
        "keyint=100:scenecut=0:threads=1:slices=1:log-level=error",
        "-f",
        "h264",
        "-",
    ]);
    let output = ffmpeg.stdin(Stdio::null()).output().context("start ffmpeg")?;
    ensure!(output.status.success(), "ffmpeg: {}", String::from_utf8_lossy(&output.stderr));
    let (mut sps, mut pps, mut pictures) = (Vec::new(), Vec::new(), Vec::new());
    for unit in annex_b_nals(&output.stdout) {
        match unit.first().map_or(0, |first| first & 0x1f) {
            7 => sps = unit.to_vec(),
            8 => pps = unit.to_vec(),
            kind @ (1 | 5) => pictures.push((avcc_from_nals([unit])?, kind == 5)),
            _ => {}
        }
    }
    ensure!(pictures.len() as u64 == MINUTE * PICTURES_A_SECOND, "{} pictures", pictures.len());
    let size = PictureSize { width: 1920, height: 1080 };
    Ok(Minute { format: VideoFormat::new(size, size, &sps, &pps)?, pictures })
}

/// The payloads of `seconds`, each made when it is asked for.
pub(super) fn payloads(
    minute: &Minute,
    seconds: u64,
) -> anyhow::Result<impl Iterator<Item = Option<Vec<u8>>> + '_> {
    let mut writer = SegmentWriter::new();
    Ok((0..seconds).map(move |second| payload(minute, &mut writer, second).ok()))
}

fn payload(minute: &Minute, writer: &mut SegmentWriter, second: u64) -> anyhow::Result<Vec<u8>> {
    let first = usize::try_from(second % MINUTE * PICTURES_A_SECOND)?;
    let pictures = minute.pictures.iter().skip(first);
    for (index, (data, key)) in (0..PICTURES_A_SECOND).zip(pictures) {
        let time = second * SECOND + index * SECOND / PICTURES_A_SECOND;
        writer.push(&AccessUnit { data, time, key: *key }, &minute.format)?;
    }
    Ok(writer.close((second + 1) * SECOND).context("a second without pictures")?.payload)
}

/// The same seconds as ffmpeg wants them: a whole file each, and a list of them.
pub(super) fn write_parts(minute: &Minute, seconds: u64, dir: &Path) -> anyhow::Result<PathBuf> {
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
