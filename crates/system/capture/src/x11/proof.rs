//! Proving that pictures can be had before a session depends on it.

use x11rb::COPY_DEPTH_FROM_PARENT;
use x11rb::connection::Connection as _;
use x11rb::protocol::composite::{ConnectionExt as _, Redirect};
use x11rb::protocol::xproto::{
    ConnectionExt as _, CreateGCAux, CreateWindowAux, Rectangle, Window, WindowClass,
};

use super::damage::Damage;
use super::display::{DEEP, Display, Lost, answer};
use super::reader::Reader;
use crate::area::Area;
use crate::canvas::{Canvas, Pixels};
use crate::{CaptureError, Picture, Size, sample};

/// Off every screen, so that nobody sees it.
const POSITION: i16 = -4096;

/// Reads the screen as it is.
pub(super) fn of_screen(display: &Display, reader: &mut Reader) -> Result<Picture, CaptureError> {
    let size = display.screen_size().map_err(failed)?;
    let whole = Area::new(0, 0, size.width, size.height);
    let pixels = reader.read(display, display.root, display.depth, whole).map_err(failed)?;
    Ok(picture(size, pixels.ok_or(CaptureError::NotProven)?))
}

/// Draws a window of our own off the screen and reads it as the client's windows are read: redirected, told of by
/// DAMAGE, out of its pixmap.
pub(super) fn of_windows(display: &Display, reader: &mut Reader) -> Result<Picture, CaptureError> {
    let window = create_window(display).map_err(failed)?;
    let taken = take(display, reader, window);
    let destroyed = display.connection.destroy_window(window);
    destroyed.map_err(|error| failed(error.into()))?;
    let taken = taken.map_err(failed)?.ok_or(CaptureError::NotProven)?;
    if taken != sample::expected() {
        return Err(CaptureError::NotProven);
    }
    Ok(taken)
}

fn create_window(display: &Display) -> Result<Window, Lost> {
    let window = display.connection.generate_id()?;
    let side = u16::try_from(sample::SIDE).unwrap_or(u16::MAX);
    let attributes = CreateWindowAux::new().background_pixel(0).border_pixel(0).override_redirect(1);
    display.connection.create_window(
        COPY_DEPTH_FROM_PARENT,
        window,
        display.root,
        POSITION,
        POSITION,
        side,
        side,
        0,
        WindowClass::INPUT_OUTPUT,
        x11rb::COPY_FROM_PARENT,
        &attributes,
    )?;
    Ok(window)
}

fn take(display: &Display, reader: &mut Reader, window: Window) -> Result<Option<Picture>, Lost> {
    let connection = &display.connection;
    connection.composite_redirect_window(window, Redirect::AUTOMATIC)?;
    connection.map_window(window)?;
    let pixmap = connection.generate_id()?;
    if answer(connection.composite_name_window_pixmap(window, pixmap)?.check())?.is_none() {
        return Ok(None);
    }
    let damage = Damage::begin(display, window)?;
    draw(display, window)?;
    let is_told = !damage.take(display)?.is_empty();
    let size = Size::new(sample::SIDE, sample::SIDE);
    let pixels = reader.read(display, pixmap, display.depth, Area::of(size))?;
    let taken = pixels.filter(|_| is_told).map(|pixels| picture(size, pixels));
    damage.end(display, false)?;
    connection.free_pixmap(pixmap)?;
    Ok(taken)
}

fn draw(display: &Display, window: Window) -> Result<(), Lost> {
    for (quarter, colour) in sample::quarters() {
        let context = display.connection.generate_id()?;
        display.connection.create_gc(
            context,
            window,
            &CreateGCAux::new().foreground(in_depth(display.depth, colour)),
        )?;
        let place = |length: u32| i16::try_from(length).unwrap_or(i16::MAX);
        let part = Rectangle {
            x: place(quarter.x),
            y: place(quarter.y),
            width: place(quarter.width).unsigned_abs(),
            height: place(quarter.height).unsigned_abs(),
        };
        display.connection.poly_fill_rectangle(window, context, &[part])?;
        display.connection.free_gc(context)?;
    }
    Ok(())
}

/// The pixel value of a colour on a screen of this depth.
fn in_depth(depth: u8, colour: u32) -> u32 {
    if depth != DEEP {
        return colour;
    }
    let [blue, green, red, _] = colour.to_le_bytes();
    [red, green, blue]
        .into_iter()
        .fold(0, |pixel, part| pixel << 10 | u32::from(part) << 2 | u32::from(part) >> 6)
}

fn picture(size: Size, pixels: Pixels<'_>) -> Picture {
    let mut canvas = Canvas::default();
    canvas.reset(size);
    canvas.paint(0, 0, pixels);
    Picture { pixels: canvas.bytes().to_vec(), size }
}

fn failed(lost: Lost) -> CaptureError {
    CaptureError::Request { operation: "prove that pictures can be taken", source: lost.into() }
}
