//! The same recording through libx264.

use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::thread;

use crate::ffmpeg::{Recording, decode_luma};
use crate::likeness::{Likeness, ssim};
use crate::ours::Truth;
use crate::{Figures, Outcome};

pub(crate) fn measure(recording: &Recording, truth: &Truth) -> Outcome<Figures> {
    let rate = recording.rate.to_string();
    let mut child = Command::new("ffmpeg")
        .args(["-hide_banner", "-nostats", "-benchmark", "-f", "rawvideo", "-pix_fmt", "bgra"])
        .args(["-video_size", &format!("{}x{}", recording.size.width, recording.size.height)])
        .args(["-framerate", &rate, "-i", "pipe:0"])
        .args(["-vf", "scale=out_color_matrix=bt709:out_range=tv", "-pix_fmt", "yuv420p"])
        .args(["-c:v", "libx264", "-preset", "veryfast", "-tune", "zerolatency", "-crf", "28", "-g", &rate])
        .args(["-f", "h264", "pipe:1"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let mut input = child.stdin.take().ok_or("ffmpeg has no input")?;
    let mut output = child.stdout.take().ok_or("ffmpeg has no output")?;
    let mut said = child.stderr.take().ok_or("ffmpeg has no messages")?;
    let (stream, said) = thread::scope(|scope| -> Outcome<_> {
        let stream = scope.spawn(move || {
            let mut stream = Vec::new();
            output.read_to_end(&mut stream).map(|_| stream)
        });
        let said = scope.spawn(move || {
            let mut text = String::new();
            said.read_to_string(&mut text).map(|_| text)
        });
        let mut pictures = recording.pictures()?;
        let mut picture = Vec::new();
        while pictures.next(&mut picture)?.is_some() {
            input.write_all(&picture)?;
        }
        drop(input);
        Ok((stream.join().map_err(|_| "reading failed")??, said.join().map_err(|_| "reading failed")??))
    })?;
    if !child.wait()?.success() {
        return Err(format!("ffmpeg failed: {said}").into());
    }
    let seconds = said
        .lines()
        .find_map(|line| line.strip_prefix("bench: utime="))
        .and_then(|rest| rest.split('s').next())
        .and_then(|seconds| seconds.parse().ok())
        .ok_or("ffmpeg did not say what it took")?;
    let bytes = stream.len();
    let mut shown = Vec::new();
    decode_luma(stream, truth.size, |decoded| {
        let source = truth.luma(shown.len()).ok_or("more pictures come out than went in")?;
        shown.push(ssim(source, decoded, truth.size));
        Ok(())
    })?;
    let pictures = shown.len();
    Ok(Figures { seconds, bytes, pictures, keys: Vec::new(), likeness: Likeness::of(&shown) })
}
