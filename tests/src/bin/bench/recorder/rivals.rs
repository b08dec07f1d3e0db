//! The recorders that are compared, each as a command that ends by itself.

use std::path::Path;
use std::process::Command;

use chaperone_suite::{programs, recorder};

use super::plan::Plan;

/// A recorder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Recorder {
    /// `chaperone record`.
    Ours,
    /// ffmpeg's x11grab with x264, a second between key frames.
    X264,
    /// The same with ten seconds between key frames, as ours has.
    X264Sparse,
    /// ffmpeg's x11grab alone: what asking for every picture costs before one is coded.
    Polling,
    /// ffmpeg's x11grab without any loss, for judging the others.
    Lossless,
}

impl Recorder {
    /// What it is called beside a figure.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Ours => "chaperone record",
            Self::X264 => "x264 veryfast crf 28",
            Self::X264Sparse => "x264, key frames 10 s",
            Self::Polling => "x11grab alone",
            Self::Lossless => "x264rgb without loss",
        }
    }

    /// What its film ends with.
    pub(super) const fn suffix(self) -> &'static str {
        match self {
            Self::Ours | Self::X264 | Self::X264Sparse => "mp4",
            Self::Polling => "raw",
            Self::Lossless => "mkv",
        }
    }

    /// Records a display of that size at ten pictures a second for so long.
    pub(super) fn command(
        self,
        plan: &Plan,
        screen: (&str, (u32, u32)),
        film_path: &Path,
        seconds: u32,
    ) -> anyhow::Result<Command> {
        let (display, (width, height)) = screen;
        let dir = film_path.parent().unwrap_or(Path::new("."));
        if self == Self::Ours {
            let mut command = recorder::command(plan.program(), Some(display), film_path, dir);
            command.args(["--fps", "10", "--seconds", &seconds.to_string()]);
            return Ok(command);
        }
        let mut command = Command::new(programs::installed(&["ffmpeg"])?);
        command.args(["-v", "error", "-y", "-f", "x11grab", "-framerate", "10", "-video_size"]);
        command.arg(format!("{width}x{height}")).args(["-i", display, "-t", &seconds.to_string()]);
        match self {
            Self::X264 | Self::X264Sparse => {
                command.args([
                    "-c:v",
                    "libx264",
                    "-preset",
                    "veryfast",
                    "-tune",
                    "zerolatency",
                    "-crf",
                    "28",
                ]);
                command.args(["-g", if self == Self::X264 { "10" } else { "100" }, "-pix_fmt", "yuv420p"]);
            }
            Self::Polling => {
                command.args(["-c:v", "copy", "-f", "null"]);
            }
            Self::Lossless | Self::Ours => {
                command.args(["-c:v", "libx264rgb", "-qp", "0", "-preset", "ultrafast"]);
            }
        }
        command.arg(film_path).env("HOME", dir);
        Ok(command)
    }
}
