//! Judges of a film that share no code with the product: ffprobe, ffmpeg and an OCR program.

pub mod pictures;

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};

use crate::programs;

/// What ffprobe says of a film's one video stream.
#[derive(Debug)]
pub struct Film {
    /// The codec's name; H.264 is `h264`.
    pub codec: String,
    /// Length in seconds, as the container states it.
    pub seconds: f64,
    /// Presentation times in seconds, in the order of the file.
    pub times: Vec<f64>,
    /// How many of the frames can be decoded alone, as the container states it.
    pub key_frames: usize,
    /// Width and height in pixels.
    pub size: (u64, u64),
}

impl Film {
    /// Reads the film and decodes every frame.
    ///
    /// # Errors
    /// When ffprobe or ffmpeg finds anything wrong with it.
    pub fn probe(path: &Path) -> anyhow::Result<Self> {
        let mut ffprobe = Command::new(programs::installed(&["ffprobe"])?);
        ffprobe.args(["-v", "error", "-of", "json", "-count_frames", "-show_entries"]);
        ffprobe.arg(
            "stream=codec_name,codec_type,width,height,nb_read_frames:packet=pts_time,flags:format=duration",
        );
        let output = ffprobe.arg(path).stdin(Stdio::null()).output().context("start ffprobe")?;
        ensure!(
            output.status.success() && output.stderr.is_empty(),
            "ffprobe finds fault with it: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        let json: serde_json::Value =
            serde_json::from_slice(&output.stdout).context("parse ffprobe's answer")?;
        let streams = json["streams"].as_array().context("ffprobe named no streams")?;
        let [stream] = streams.as_slice() else { anyhow::bail!("{} streams instead of one", streams.len()) };
        let number = |value: &serde_json::Value| value.as_str().and_then(|text| text.parse::<f64>().ok());
        let packets = json["packets"].as_array().context("ffprobe named no packets")?;
        let decoded = stream["nb_read_frames"].as_str().and_then(|text| text.parse::<usize>().ok());
        ensure!(decoded == Some(packets.len()), "of {} frames, {decoded:?} can be decoded", packets.len());

        Ok(Self {
            codec: stream["codec_name"].as_str().unwrap_or_default().to_owned(),
            seconds: number(&json["format"]["duration"]).context("no duration")?,
            times: packets
                .iter()
                .map(|packet| number(&packet["pts_time"]))
                .collect::<Option<_>>()
                .context("a packet without time")?,
            key_frames: packets
                .iter()
                .filter(|packet| packet["flags"].as_str().is_some_and(|flags| flags.contains('K')))
                .count(),
            size: (stream["width"].as_u64().unwrap_or(0), stream["height"].as_u64().unwrap_or(0)),
        })
    }

    /// Whether every frame is shown later than the one before.
    pub fn times_strictly_increase(&self) -> bool {
        self.times.windows(2).all(|pair| matches!(pair, [earlier, later] if earlier < later))
    }
}

/// For each frame, in the order of the file, the number of the film's bytes it needs to be shown: up to its own last.
///
/// # Errors
/// When ffprobe finds fault with the film.
pub fn positions(path: &Path) -> anyhow::Result<Vec<u64>> {
    let mut ffprobe = Command::new(programs::installed(&["ffprobe"])?);
    ffprobe.args(["-v", "error", "-of", "csv=p=0", "-show_entries", "packet=size,pos"]).arg(path);
    let listed = run(&mut ffprobe)?;
    let end = |line: &str| -> Option<u64> {
        let mut numbers = line.split(',').map(|number| number.parse::<u64>().ok());
        Some(numbers.next()?? + numbers.next()??)
    };
    listed.lines().map(|line| end(line).with_context(|| format!("a frame without place: {line}"))).collect()
}

/// The words an OCR program reads in the film's first frame not before `second`; scratch files go to `dir`.
///
/// # Errors
/// When the frame cannot be cut or read.
pub fn words_at(film_path: &Path, second: f64, dir: &Path) -> anyhow::Result<String> {
    let frame_path = dir.join(format!("frame-{second:.1}.png"));
    let mut ffmpeg = Command::new(programs::installed(&["ffmpeg"])?);
    // The first frame not before the time is cut; a time rounded up would miss the very frame it was read from.
    let from = format!("{:.3}", (second - 0.005).max(0.0));
    ffmpeg.args(["-v", "error", "-y", "-ss", &from, "-i"]).arg(film_path);
    // A terminal's letters are a few pixels high; the reader wants some thirty.
    ffmpeg.args(["-frames:v", "1", "-vf", "scale=iw*3:ih*3:flags=lanczos,format=gray"]).arg(&frame_path);
    run(&mut ffmpeg)?;
    words_in(&frame_path)
}

/// The words an OCR program reads in a picture.
///
/// # Errors
/// When the picture cannot be read.
pub fn words_in(picture_path: &Path) -> anyhow::Result<String> {
    let mut tesseract = Command::new(programs::installed(&["tesseract"])?);
    // One thread: several readers side by side would only get in each other's way.
    run(tesseract.arg(picture_path).args(["-", "--psm", "11", "-l", "eng"]).env("OMP_THREAD_LIMIT", "1"))
}

/// Whether OCR output holds the words, whatever the white space between them.
pub fn holds(read: &str, words: &str) -> bool {
    let squeeze =
        |text: &str| text.chars().filter(|c| c.is_ascii_alphanumeric()).collect::<String>().to_uppercase();
    squeeze(read).contains(&squeeze(words))
}

fn run(command: &mut Command) -> anyhow::Result<String> {
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("start {command:?}"))?;
    ensure!(
        output.status.success(),
        "{command:?} ended with {}: {}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_does_not_matter_to_words_read() {
        assert!(holds("$ echo\n HARVEST  moon\n", "HARVEST MOON"));
        assert!(!holds("HARVEST", "HARVEST MOON"));
    }
}
