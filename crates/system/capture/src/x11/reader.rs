//! Reading pixels of a window, a pixmap or the screen.

use x11rb::protocol::shm::{self, ConnectionExt as _};
use x11rb::protocol::xproto::{ConnectionExt as _, Drawable, ImageFormat};

use super::display::{DEEP, Display, Lost, answer};
use super::memory::Memory;
use crate::area::Area;
use crate::canvas::Pixels;

const ALL_PLANES: u32 = u32::MAX;
const BYTES_PER_PIXEL: usize = 4;

/// Reads rectangles, over shared memory where the server offers it.
#[derive(Debug)]
pub(super) struct Reader {
    way: Way,
    /// Pixels of ten bits a colour, brought to eight.
    narrowed: Vec<u8>,
}

#[derive(Debug)]
enum Way {
    /// The segment grows with the largest rectangle read.
    Shared(Option<Segment>),
    /// Over the connection: slower, and the only way to a display on another machine.
    Connection(Vec<u8>),
}

#[derive(Debug)]
struct Segment {
    id: shm::Seg,
    memory: Memory,
}

impl Reader {
    pub(super) fn new(display: &Display) -> Self {
        let is_shared = display.offers.shared_memory;
        let way = if is_shared { Way::Shared(None) } else { Way::Connection(Vec::new()) };
        Self { way, narrowed: Vec::new() }
    }

    /// Reads `area` of a drawable of this depth, in its own coordinates. `None` if the drawable is gone or smaller by
    /// now.
    pub(super) fn read(
        &mut self,
        display: &Display,
        drawable: Drawable,
        depth: u8,
        area: Area,
    ) -> Result<Option<Pixels<'_>>, Lost> {
        let read = self.way.read(display, drawable, area)?;
        if depth != DEEP {
            return Ok(read);
        }
        let Some(pixels) = read else { return Ok(None) };
        self.narrowed.clear();
        let rows = pixels.rows().flat_map(|row| row.as_chunks().0);
        self.narrowed.extend(rows.flat_map(|pixel| narrow(*pixel)));
        Ok(Some(Pixels::packed(&self.narrowed, pixels.size().width)))
    }
}

impl Way {
    fn read(
        &mut self,
        display: &Display,
        drawable: Drawable,
        area: Area,
    ) -> Result<Option<Pixels<'_>>, Lost> {
        let Some((x, y, width, height)) = wire(area) else { return Ok(None) };
        let length = usize::from(width) * usize::from(height) * BYTES_PER_PIXEL;
        if let Self::Shared(segment) = self
            && segment.as_ref().is_none_or(|segment| segment.memory.len() < length)
        {
            if let Some(old) = segment.take() {
                display.connection.shm_detach(old.id)?;
            }
            match Segment::attach(display, length)? {
                Some(attached) => *segment = Some(attached),
                None => *self = Self::Connection(Vec::new()),
            }
        }
        let format = ImageFormat::Z_PIXMAP;
        match self {
            Self::Shared(Some(segment)) => {
                let request = display.connection.shm_get_image(
                    drawable,
                    x,
                    y,
                    width,
                    height,
                    ALL_PLANES,
                    format.into(),
                    segment.id,
                    0,
                )?;
                let Some(reply) = answer(request.reply())? else { return Ok(None) };
                let bytes = segment.memory.bytes().get(..length);
                let is_whole = usize::try_from(reply.size).is_ok_and(|size| size >= length);
                Ok(bytes.filter(|_| is_whole).map(|bytes| Pixels::packed(bytes, width.into())))
            }
            Self::Shared(None) => Ok(None),
            Self::Connection(buffer) => {
                let request =
                    display.connection.get_image(format, drawable, x, y, width, height, ALL_PLANES)?;
                let Some(reply) = answer(request.reply())? else { return Ok(None) };
                *buffer = reply.data;
                let bytes = buffer.get(..length);
                Ok(bytes.map(|bytes| Pixels::packed(bytes, width.into())))
            }
        }
    }
}

impl Segment {
    /// `None` if the server or the system refuses, as a server on another machine does.
    fn attach(display: &Display, length: usize) -> Result<Option<Self>, Lost> {
        // Whole mebibytes, so that growing damage does not attach a new segment each time.
        let length = length.next_multiple_of(1 << 20);
        let (memory, descriptor) = match Memory::new(length) {
            Ok(made) => made,
            Err(error) => {
                tracing::warn!(%error, "No shared memory for pixels; reading them over the connection");
                return Ok(None);
            }
        };
        let id = x11rb::connection::Connection::generate_id(&display.connection)?;
        let attached = display.connection.shm_attach_fd(id, descriptor, false)?;
        if answer(attached.check())?.is_none() {
            tracing::warn!("Display server takes no shared memory; reading pixels over the connection");
            return Ok(None);
        }
        Ok(Some(Self { id, memory }))
    }
}

/// The upper eight bits of each ten.
fn narrow(pixel: [u8; BYTES_PER_PIXEL]) -> [u8; BYTES_PER_PIXEL] {
    let pixel = u32::from_le_bytes(pixel);
    let [[blue, ..], [green, ..], [red, ..]] = [2, 12, 22].map(|low| (pixel >> low).to_le_bytes());
    [blue, green, red, u8::MAX]
}

/// The area in the protocol's numbers, if it has any pixel and fits them.
fn wire(area: Area) -> Option<(i16, i16, u16, u16)> {
    if area.is_empty() {
        return None;
    }
    let x = i16::try_from(area.left).ok()?;
    let y = i16::try_from(area.top).ok()?;
    Some((x, y, u16::try_from(area.width()).ok()?, u16::try_from(area.height()).ok()?))
}
