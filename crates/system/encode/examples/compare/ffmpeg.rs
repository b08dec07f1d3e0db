//! The system's ffmpeg: reads recordings and decodes streams.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread;

use chaperone_encode::Size;

use crate::Outcome;

/// A recording and what it says of itself.
pub(crate) struct Recording {
    pub(crate) path: PathBuf,
    pub(crate) size: Size,
    /// Pictures a second.
    pub(crate) rate: u32,
}

impl Recording {
    pub(crate) fn probe(path: &Path) -> Outcome<Self> {
        let output = Command::new("ffprobe")
            .args(["-v", "error", "-select_streams", "v:0", "-of", "csv=p=0"])
            .args(["-show_entries", "stream=width,height,r_frame_rate"])
            .arg(path)
            .output()?;
        let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        let numbers: Vec<u32> = said.split([',', '/']).map_while(|number| number.parse().ok()).collect();
        let [width, height, pictures, seconds] = numbers[..] else {
            return Err(format!("ffprobe says {said:?} of {}", path.display()).into());
        };
        Ok(Self { path: path.to_owned(), size: Size::new(width, height), rate: pictures / seconds.max(1) })
    }

    /// Every picture, four bytes a pixel.
    pub(crate) fn pictures(&self) -> Outcome<Pictures> {
        let mut command = Command::new("ffmpeg");
        command.args(["-v", "error", "-i"]).arg(&self.path).args(["-pix_fmt", "bgra"]);
        Pictures::of(command, self.size.width as usize * self.size.height as usize * 4)
    }
}

/// Raw pictures out of a process.
pub(crate) struct Pictures {
    child: Child,
    output: ChildStdout,
    bytes: usize,
}

impl Pictures {
    fn of(mut command: Command, bytes: usize) -> Outcome<Self> {
        command.args(["-fps_mode", "passthrough", "-f", "rawvideo", "pipe:1"]);
        let mut child = command.stdout(Stdio::piped()).spawn()?;
        let output = child.stdout.take().ok_or("ffmpeg has no output")?;
        Ok(Self { child, output, bytes })
    }

    /// The next picture; `None` at the end.
    pub(crate) fn next(&mut self, picture: &mut Vec<u8>) -> Outcome<Option<()>> {
        picture.resize(self.bytes, 0);
        match self.output.read_exact(picture) {
            Ok(()) => Ok(Some(())),
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
                let status = self.child.wait()?;
                if status.success() { Ok(None) } else { Err(format!("ffmpeg ended: {status}").into()) }
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// Hands the luma of every picture of an Annex B stream to `see`.
pub(crate) fn decode_luma(
    stream: Vec<u8>,
    size: Size,
    mut see: impl FnMut(&[u8]) -> Outcome<()>,
) -> Outcome<()> {
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-f", "h264", "-i", "pipe:0", "-pix_fmt", "yuv420p"]).stdin(Stdio::piped());
    let luma = size.width as usize * size.height as usize;
    let mut pictures = Pictures::of(command, luma * 3 / 2)?;
    let mut input = pictures.child.stdin.take().ok_or("ffmpeg has no input")?;
    thread::scope(|scope| {
        let fed = scope.spawn(move || input.write_all(&stream));
        let mut picture = Vec::new();
        while pictures.next(&mut picture)?.is_some() {
            see(&picture[..luma])?;
        }
        fed.join().map_err(|_| "feeding ffmpeg failed")??;
        Ok(())
    })
}
