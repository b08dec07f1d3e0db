//! A lossless recording shown again on a display, one picture in one step, each with its number in the last corner.

use std::io::Read as _;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use chaperone_suite::marks::pattern::Ticks;
use chaperone_suite::{programs, wait};
use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{
    ConnectionExt as _, CreateGCAux, CreateWindowAux, Gcontext, ImageFormat, WindowClass,
};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;
use x11rb::{COPY_DEPTH_FROM_PARENT, COPY_FROM_PARENT, NONE};

use super::super::delay::PATIENCE;

const INTERVAL: Duration = Duration::from_millis(100);

/// What the numbers look like.
pub(super) fn ticks(size: (u32, u32)) -> Ticks {
    Ticks::new(size.0, size.1, 0)
}

/// A window over the whole screen, showing the first picture.
pub(super) struct Replay {
    connection: RustConnection,
    window: u32,
    pixmap: u32,
    gc: Gcontext,
    depth: u8,
    size: (u16, u16),
    ticks: Ticks,
    decoder: Child,
    pictures: ChildStdout,
    /// Four bytes a pixel.
    picture: Vec<u8>,
}

impl Drop for Replay {
    fn drop(&mut self) {
        // It may have ended by itself.
        self.decoder.kill().ok();
        self.decoder.wait().ok();
    }
}

impl Replay {
    /// Shows the first picture.
    pub(super) fn prepare(display: &str, source_path: &Path, size: (u32, u32)) -> anyhow::Result<Self> {
        let (connection, screen) = x11rb::connect(Some(display)).context("connect to the display")?;
        let screen = connection.setup().roots.get(screen).context("a display without a screen")?;
        let (root, depth) = (screen.root, screen.root_depth);
        let (width, height) = (u16::try_from(size.0)?, u16::try_from(size.1)?);
        let [window, pixmap, gc] =
            [connection.generate_id()?, connection.generate_id()?, connection.generate_id()?];
        let attributes = CreateWindowAux::new().override_redirect(1).background_pixel(0);
        connection.create_window(
            COPY_DEPTH_FROM_PARENT,
            window,
            root,
            0,
            0,
            width,
            height,
            0,
            WindowClass::INPUT_OUTPUT,
            COPY_FROM_PARENT,
            &attributes,
        )?;
        connection.create_pixmap(depth, pixmap, window, width, height)?;
        connection.create_gc(gc, window, &CreateGCAux::new().graphics_exposures(0))?;
        connection.map_window(window)?;
        // The recorders draw the pointer, the source has its own.
        connection.warp_pointer(
            NONE,
            root,
            0,
            0,
            0,
            0,
            i16::try_from(width - 1)?,
            i16::try_from(height / 2)?,
        )?;
        connection.sync()?;
        let mut ffmpeg = Command::new(programs::installed(&["ffmpeg"])?);
        ffmpeg.args(["-v", "error", "-i"]).arg(source_path).args([
            "-fps_mode",
            "passthrough",
            "-enc_time_base",
            "1:90000",
        ]);
        ffmpeg.args(["-f", "rawvideo", "-pix_fmt", "bgr0", "-"]).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut decoder = ffmpeg.spawn().context("start ffmpeg")?;
        let pictures = decoder.stdout.take().context("ffmpeg has no output")?;
        let picture = vec![0; usize::try_from(size.0 * size.1 * 4)?];
        let ticks = ticks(size);
        let size = (width, height);
        let mut replay =
            Self { connection, window, pixmap, gc, depth, size, ticks, decoder, pictures, picture };
        replay.next()?;
        Ok(replay)
    }

    /// Shows the others, once every one of these files is there; gives back how many pictures were shown in all.
    pub(super) fn run(mut self, films: &[&Path]) -> anyhow::Result<u32> {
        wait::until_true("the recorders' files", PATIENCE, || films.iter().all(|film| film.exists()))?;
        // A file is there before the first picture is taken.
        std::thread::sleep(Duration::from_secs(1));
        let start = Instant::now();
        let mut shown = 1;
        while self.next()? {
            shown += 1;
            std::thread::sleep((INTERVAL * shown).saturating_sub(start.elapsed()));
        }
        Ok(shown)
    }

    /// Shows the next picture; false if there is none.
    fn next(&mut self) -> anyhow::Result<bool> {
        match self.pictures.read_exact(&mut self.picture) {
            Ok(()) => {}
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => return Ok(false),
            Err(error) => return Err(error).context("read a picture"),
        }
        self.number_it();
        self.ticks.advance();
        let (width, height) = self.size;
        // A request holds a part of a picture; nobody sees it before all of it is copied in one.
        let rows = 128;
        let bytes_a_row = usize::from(width) * 4;
        for (part, bytes) in self.picture.chunks(bytes_a_row * rows).enumerate() {
            let top = i16::try_from(part * rows)?;
            let part_height = u16::try_from(bytes.len() / bytes_a_row)?;
            self.connection.put_image(
                ImageFormat::Z_PIXMAP,
                self.pixmap,
                self.gc,
                width,
                part_height,
                0,
                top,
                0,
                self.depth,
                bytes,
            )?;
        }
        self.connection.copy_area(self.pixmap, self.window, self.gc, 0, 0, 0, 0, width, height)?;
        self.connection.sync()?;
        Ok(true)
    }

    fn number_it(&mut self) {
        let width = usize::from(self.size.0);
        for place in self.ticks.last_mark() {
            let (left, top, side, height) = place.area;
            for row in top..top + height {
                let start =
                    (usize::try_from(row).unwrap_or(0) * width + usize::try_from(left).unwrap_or(0)) * 4;
                let end = start + usize::try_from(side).unwrap_or(0) * 4;
                if let Some(bytes) = self.picture.get_mut(start..end) {
                    bytes.fill(place.shade);
                }
            }
        }
    }
}
