//! What changed in one window or on the screen, as the server saw it.

use x11rb::NONE;
use x11rb::connection::Connection as _;
use x11rb::protocol::damage::{self, ConnectionExt as _, ReportLevel};
use x11rb::protocol::xfixes::{self, ConnectionExt as _};
use x11rb::protocol::xproto::{Drawable, Rectangle};

use super::display::{Display, Lost, answer};
use crate::area::Area;

/// More rectangles than this are read as the one around them: each costs a request.
const MOST_RECTANGLES: usize = 24;

/// Collects the damage of one drawable in the server; one event tells that there is any.
#[derive(Debug)]
pub(super) struct Damage {
    id: damage::Damage,
    region: xfixes::Region,
}

impl Damage {
    /// Begins collecting. Whatever was drawn before has to be read as a whole.
    pub(super) fn begin(display: &Display, drawable: Drawable) -> Result<Self, Lost> {
        let connection = &display.connection;
        let id = connection.generate_id()?;
        connection.damage_create(id, drawable, ReportLevel::NON_EMPTY)?;
        let region = connection.generate_id()?;
        connection.xfixes_create_region(region, &[])?;
        // A new object may be born damaged, and at this level it then never reports: empty it first.
        connection.damage_subtract(id, NONE, NONE)?;
        Ok(Self { id, region })
    }

    pub(super) const fn is(&self, id: damage::Damage) -> bool {
        self.id == id
    }

    /// Forgets what was collected; what is drawn from now on is reported again.
    pub(super) fn discard(&self, display: &Display) -> Result<(), Lost> {
        display.connection.damage_subtract(self.id, NONE, NONE)?;
        Ok(())
    }

    /// Takes what was collected, in coordinates of the drawable, and goes on collecting.
    pub(super) fn take(&self, display: &Display) -> Result<Vec<Area>, Lost> {
        display.connection.damage_subtract(self.id, NONE, self.region)?;
        let request = display.connection.xfixes_fetch_region(self.region)?;
        // Refused when the drawable is gone: then there is nothing left to read either.
        let Some(reply) = answer(request.reply())? else { return Ok(Vec::new()) };
        let rectangles =
            if reply.rectangles.len() > MOST_RECTANGLES { vec![reply.extents] } else { reply.rectangles };
        Ok(rectangles.into_iter().map(area).collect())
    }

    /// Gives it back to the server. The server does so itself with the damage of a window that is gone.
    pub(super) fn end(self, display: &Display, drawable_is_gone: bool) -> Result<(), Lost> {
        if !drawable_is_gone {
            display.connection.damage_destroy(self.id)?;
        }
        display.connection.xfixes_destroy_region(self.region)?;
        Ok(())
    }
}

fn area(rectangle: Rectangle) -> Area {
    Area::new(rectangle.x.into(), rectangle.y.into(), rectangle.width.into(), rectangle.height.into())
}
