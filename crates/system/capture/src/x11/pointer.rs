//! The pointer, which is not part of any picture the server gives.

use x11rb::protocol::Event;
use x11rb::protocol::xfixes::{ConnectionExt as _, CursorNotifyMask};
use x11rb::protocol::xinput::{ConnectionExt as _, Device, EventMask, XIEventMask};

use super::display::{Display, Lost, answer};
use crate::area::Area;
use crate::canvas::Pointer;

/// Asks to be told when the pointer moves or changes its image.
///
/// Without XInput 2 nothing tells of movements; the pointer is then drawn where it is whenever something else
/// changed.
pub(super) fn follow(display: &Display) -> Result<(), Lost> {
    display.connection.xfixes_select_cursor_input(display.root, CursorNotifyMask::DISPLAY_CURSOR)?;
    if display.offers.raw_motion {
        let mask = EventMask { deviceid: Device::ALL_MASTER.into(), mask: vec![XIEventMask::RAW_MOTION] };
        display.connection.xinput_xi_select_events(display.root, &[mask])?;
    }
    Ok(())
}

/// Whether the event tells of a moved or changed pointer.
pub(super) const fn concerns(event: &Event) -> bool {
    matches!(event, Event::XinputRawMotion(_) | Event::XfixesCursorNotify(_))
}

/// The pointer as it is now, in screen coordinates. `None` if the server does not tell.
pub(super) fn read(display: &Display) -> Result<Option<Pointer>, Lost> {
    let Some(cursor) = answer(display.connection.xfixes_get_cursor_image()?.reply())? else {
        return Ok(None);
    };
    let left = i32::from(cursor.x) - i32::from(cursor.xhot);
    let top = i32::from(cursor.y) - i32::from(cursor.yhot);
    let area = Area::new(left, top, cursor.width.into(), cursor.height.into());
    Ok(Some(Pointer { area, image: cursor.cursor_image }))
}
