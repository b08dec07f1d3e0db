//! The whole X screen as one picture.

use x11rb::protocol::Event;
use x11rb::protocol::xproto::{ChangeWindowAttributesAux, ConnectionExt as _, EventMask};

use super::damage::Damage;
use super::display::{Display, Lost};
use super::reader::Reader;
use super::source::Taken;
use crate::Size;
use crate::area::Area;
use crate::canvas::Canvas;

/// The root window, which shows everything.
pub(super) struct Screen {
    damage: Damage,
    is_damaged: bool,
    /// As the server told last.
    size: Size,
}

impl Screen {
    pub(super) fn begin(display: &Display) -> Result<Self, Lost> {
        let change = ChangeWindowAttributesAux::new().event_mask(EventMask::STRUCTURE_NOTIFY);
        display.connection.change_window_attributes(display.root, &change)?;
        let damage = Damage::begin(display, display.root)?;
        Ok(Self { damage, is_damaged: false, size: display.screen_size()? })
    }

    pub(super) fn note(&mut self, display: &Display, event: &Event) {
        if let Event::DamageNotify(event) = event {
            self.is_damaged |= self.damage.is(event.damage);
        }
        if let Event::ConfigureNotify(event) = event
            && event.window == display.root
        {
            self.size = Size::new(event.width.into(), event.height.into());
        }
    }

    /// Whether there is something to take; a canvas of another size is always taken anew.
    pub(super) fn is_dirty(&self, canvas: &Canvas) -> bool {
        self.is_damaged || canvas.size() != self.size
    }

    pub(super) fn take(
        &mut self,
        display: &Display,
        reader: &mut Reader,
        canvas: &mut Canvas,
    ) -> Result<Taken, Lost> {
        self.is_damaged = false;
        let mut damaged = self.damage.take(display)?;
        if canvas.size() != self.size {
            canvas.reset(self.size);
            damaged = vec![Area::new(0, 0, self.size.width, self.size.height)];
        }
        for area in damaged {
            let area = area.common(Area::new(0, 0, self.size.width, self.size.height));
            let (Ok(x), Ok(y)) = (u32::try_from(area.left), u32::try_from(area.top)) else { continue };
            // Refused while the screen shrinks; the event that tells so is under way.
            if let Some(pixels) = reader.read(display, display.root, area)? {
                canvas.paint(x, y, pixels);
            }
        }
        Ok(Taken::Painted)
    }
}
