//! Stills of a display on which somebody works, and ffmpeg making H.264 of the same pictures.

use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail, ensure};
use chaperone_media::{Area, PictureSize, StillPicture, StillWriter, TIMESCALE, Ticks};
use chaperone_suite::display::Display;
use chaperone_suite::process::Process;
use chaperone_suite::programs;

use super::Plan;
use super::cost::{self, Cost};

const SIZE: PictureSize = PictureSize { width: 1920, height: 1080 };
const PICTURE: usize = 1920 * 1080 * 4;

/// Pictures a second apart, as PNG files `00001.png` and on, and as raw bytes.
pub(super) struct Shots {
    raw: std::path::PathBuf,
    pattern: std::path::PathBuf,
    count: u32,
}

/// Takes `count` pictures, one a second, of a terminal in which lines come and a listing scrolls now and then.
pub(super) fn shoot(count: u32, dir: &Path) -> anyhow::Result<Shots> {
    let display_dir = dir.join("display");
    std::fs::create_dir(&display_dir)?;
    let display = Display::start(&display_dir, SIZE.width.into(), SIZE.height.into())?;
    let work = "i=0; while :; do i=$((i+1)); echo \"line $i $(date)\"; \
        if [ $((i % 10)) = 0 ]; then ls -l /usr/bin | head -$((20 + i)); fi; sleep 1; done";
    let mut xterm = Command::new(programs::installed(&["xterm"])?);
    xterm.args(["-geometry", "200x60+40+40", "-e", "sh", "-c", work]).env("DISPLAY", display.name());
    let _xterm = Process::start("xterm", &mut xterm, &display_dir, false)?;
    display
        .wait_window("sh", std::time::Duration::from_secs(20))
        .or_else(|_| display.wait_window("xterm", std::time::Duration::from_secs(5)))?;
    let shots = Shots { raw: dir.join("shots.bgra"), pattern: dir.join("%05d.png"), count };
    let mut ffmpeg = Command::new(programs::installed(&["ffmpeg"])?);
    ffmpeg.args(["-v", "error", "-f", "x11grab", "-framerate", "1", "-draw_mouse", "0"]);
    ffmpeg.args(["-video_size", "1920x1080", "-i", display.name(), "-frames:v", &count.to_string()]);
    ffmpeg.args(["-pix_fmt", "bgra", "-f", "rawvideo"]).arg(&shots.raw);
    cost::of_command(&mut ffmpeg)?;
    let mut to_png = Command::new(programs::installed(&["ffmpeg"])?);
    to_png.args(["-v", "error", "-f", "rawvideo", "-pix_fmt", "bgra", "-s", "1920x1080", "-r", "1", "-i"]);
    to_png.arg(&shots.raw).args(["-pix_fmt", "rgb24", "-compression_level", "3"]).arg(&shots.pattern);
    cost::of_command(&mut to_png)?;
    Ok(shots)
}

/// What a recorder makes of them: damage is told in tiles, as capture tells it.
pub(super) fn payloads(shots: &Shots) -> anyhow::Result<Vec<Option<Vec<u8>>>> {
    let mut raw = std::fs::File::open(&shots.raw).context("open the pictures")?;
    let (mut writer, mut stills) = (StillWriter::new(), Vec::new());
    let (mut before, mut now) = (vec![0; PICTURE], vec![0; PICTURE]);
    for second in 0..Ticks::from(shots.count) {
        raw.read_exact(&mut now).context("read a picture")?;
        let damage = changed(&before, &now);
        let time = second * Ticks::from(TIMESCALE);
        // Equal pictures are none.
        if !damage.is_empty() {
            let stride = usize::from(SIZE.width) * 4;
            writer.push(&StillPicture { pixels: &now, stride, size: SIZE, damage: &damage, time })?;
        }
        let still = writer.close(time + Ticks::from(TIMESCALE))?;
        stills.push(still.map(|still| still.payload));
        std::mem::swap(&mut before, &mut now);
    }
    ensure!(stills.iter().all(Option::is_some), "the display stood still for a second");
    Ok(stills)
}

/// The tiles in which two pictures differ.
fn changed(before: &[u8], now: &[u8]) -> Vec<Area> {
    const TILE: u16 = 64;
    let stride = usize::from(SIZE.width) * 4;
    let differs = |x: u16, y: u16, height: u16| {
        (y..y + height).any(|row| {
            let start = usize::from(row) * stride + usize::from(x) * 4;
            let range = start..start + usize::from(TILE) * 4;
            before.get(range.clone()) != now.get(range)
        })
    };
    let rows = (0..SIZE.height).step_by(usize::from(TILE));
    rows.flat_map(|y| (0..SIZE.width).step_by(usize::from(TILE)).map(move |x| (x, y)))
        .map(|(x, y)| Area { x, y, width: TILE, height: TILE.min(SIZE.height - y) })
        .filter(|tile| differs(tile.x, tile.y, tile.height))
        .collect()
}

/// The leanest quality of x264 that is no worse than the film, picture by picture.
pub(super) fn rate_of_equal_quality(
    plan: &Plan,
    film: &Path,
    shots: &Shots,
    dir: &Path,
) -> anyhow::Result<u32> {
    let ours = ssim(film, shots)?;
    for rate in (12..=34).rev() {
        rival(shots, rate, dir)?;
        let found = ssim(&dir.join("rival.mp4"), shots)?;
        if found >= ours {
            plan.say("stills", &format!("SSIM (x264 at crf {rate})"), ours, Some(found), "");
            return Ok(rate);
        }
    }
    bail!("x264 does not come to SSIM {ours}")
}

/// x264 makes a film of the pictures; what it cost, and how long the film is in bytes.
pub(super) fn rival(shots: &Shots, rate: u32, dir: &Path) -> anyhow::Result<(Cost, u64)> {
    let path = dir.join("rival.mp4");
    let mut ffmpeg = Command::new(programs::installed(&["ffmpeg"])?);
    ffmpeg.args(["-v", "error", "-y", "-framerate", "1", "-i"]).arg(&shots.pattern);
    ffmpeg.args(["-vf", "scale=out_color_matrix=bt709", "-pix_fmt", "yuv420p", "-c:v", "libx264"]);
    ffmpeg.args(["-preset", "veryfast", "-crf", &rate.to_string(), "-g", "30"]).arg(&path);
    let cost = cost::of_command(&mut ffmpeg)?;
    Ok((cost, std::fs::metadata(&path).context("x264's film")?.len()))
}

/// Mean structural similarity of a film's pictures to the shots, by ffmpeg.
fn ssim(film: &Path, shots: &Shots) -> anyhow::Result<f64> {
    let mut ffmpeg = Command::new(programs::installed(&["ffmpeg"])?);
    ffmpeg.args(["-hide_banner", "-i"]).arg(film);
    ffmpeg.args(["-framerate", "1", "-i"]).arg(&shots.pattern);
    ffmpeg.args(["-lavfi", "[0:v]settb=1,setpts=N[a];[1:v]scale=out_color_matrix=bt709,format=yuv420p,settb=1,setpts=N[b];[a][b]ssim"]);
    let output = ffmpeg.args(["-f", "null", "-"]).stdin(Stdio::null()).output().context("start ffmpeg")?;
    let words = String::from_utf8_lossy(&output.stderr);
    let all = words.rsplit_once("All:").and_then(|(_, rest)| rest.split_whitespace().next());
    all.and_then(|all| all.parse().ok()).with_context(|| format!("no SSIM: {words}"))
}
