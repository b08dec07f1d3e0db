//! The whole X screen as one picture.

use std::time::Instant;

use x11rb::protocol::Event;
use x11rb::protocol::xproto::{ChangeWindowAttributesAux, ConnectionExt as _, EventMask};

use super::away::Away;
use super::damage::Damage;
use super::display::{Display, Lost};
use super::reader::Reader;
use crate::Size;
use crate::area::Area;
use crate::canvas::Canvas;
use crate::paced::Taken;

/// The root window, which shows everything.
pub(super) struct Screen {
    damage: Damage,
    is_damaged: bool,
    /// Pixels were refused when they were due; the whole screen is due again.
    is_unread: bool,
    /// The screen's size was changed: what the server keeps of its content is its own affair.
    is_changed: bool,
    /// As the server told last.
    size: Size,
    away: Away,
}

impl Screen {
    pub(super) fn begin(display: &Display) -> Result<Self, Lost> {
        let change = ChangeWindowAttributesAux::new()
            .event_mask(EventMask::STRUCTURE_NOTIFY | EventMask::PROPERTY_CHANGE);
        display.connection.change_window_attributes(display.root, &change)?;
        let away = Away::begin(display)?;
        let damage = Damage::begin(display, display.root)?;
        let size = display.screen_size()?;
        Ok(Self { damage, is_damaged: false, is_unread: false, is_changed: false, size, away })
    }

    pub(super) fn note(&mut self, display: &Display, event: &Event) -> Result<(), Lost> {
        if let Event::DamageNotify(event) = event {
            self.is_damaged |= self.damage.is(event.damage);
        }
        if let Event::ConfigureNotify(event) = event
            && event.window == display.root
        {
            self.size = Size::new(event.width.into(), event.height.into());
            self.is_changed = true;
        }
        self.away.note(display, event)
    }

    /// Whether another desktop than this one is on the monitors.
    pub(super) const fn is_away(&self) -> bool {
        self.away.is_away()
    }

    pub(super) const fn is_damaged(&self) -> bool {
        self.is_damaged
    }

    /// Whether there is something to take; a canvas of another size is always taken anew.
    pub(super) fn is_dirty(&self, canvas: &Canvas) -> bool {
        self.is_damaged || self.is_unread || self.is_changed || canvas.size() != self.size
    }

    /// Whether content that is due was refused when it was asked for last.
    pub(super) const fn is_unread(&self) -> bool {
        self.is_unread
    }

    pub(super) fn take(
        &mut self,
        display: &Display,
        reader: &mut Reader,
        canvas: &mut Canvas,
        now: Instant,
    ) -> Result<Taken, Lost> {
        self.is_damaged = false;
        let mut damaged = self.damage.take(display)?;
        let is_resized = canvas.size() != self.size;
        if is_resized {
            canvas.reset(self.size);
        }
        if is_resized | std::mem::take(&mut self.is_changed) | self.is_unread {
            damaged = vec![self.whole()];
        }
        self.is_unread = !self.read(display, reader, canvas, damaged)?;
        Ok(Taken::Painted(now))
    }

    /// Reads everything, whatever the server told.
    pub(super) fn look(
        &mut self,
        display: &Display,
        reader: &mut Reader,
        canvas: &mut Canvas,
    ) -> Result<(), Lost> {
        let whole = self.whole();
        self.is_unread = !self.read(display, reader, canvas, vec![whole])?;
        Ok(())
    }

    fn whole(&self) -> Area {
        Area::of(self.size)
    }

    /// Paints these parts; `false` if some were refused.
    fn read(
        &self,
        display: &Display,
        reader: &mut Reader,
        canvas: &mut Canvas,
        parts: Vec<Area>,
    ) -> Result<bool, Lost> {
        let mut is_read = true;
        for part in parts {
            let area = part.common(self.whole());
            if area.is_empty() {
                continue;
            }
            let (Ok(x), Ok(y)) = (u32::try_from(area.left), u32::try_from(area.top)) else { continue };
            // Refused while the screen shrinks; the event that tells so is under way.
            match reader.read(display, display.root, display.depth, area)? {
                Some(pixels) => canvas.paint(x, y, pixels),
                None => is_read = false,
            }
        }
        Ok(is_read)
    }
}
