//! A monitor, copied from the screen.

use crate::Size;
use crate::area::Area;
use crate::canvas::Pixels;
use crate::win32::{Bitmap, Content, Lost, Monitor, Read, Shown};

/// The memory it is copied to.
pub(super) struct Copied {
    area: Area,
    bitmap: Bitmap,
    has_picture: bool,
}

impl Copied {
    pub(super) fn new(monitor: &Monitor) -> Result<Self, Lost> {
        let area = monitor.area;
        let bitmap = Bitmap::new(Size::new(area.width(), area.height()))?;
        Ok(Self { area, bitmap, has_picture: false })
    }
}

impl Content for Copied {
    fn read(&mut self) -> Result<Read, Lost> {
        let shown = Shown::of_screen()?;
        let copied = self.bitmap.draw(|context| context.copy([0, 0], shown.context(), self.area))?;
        self.has_picture |= copied.is_ok();
        Ok(if copied.is_ok() { Read::Anew } else { Read::Refused })
    }

    fn pixels(&self) -> Option<Pixels<'_>> {
        self.has_picture.then(|| self.bitmap.pixels())
    }
}
