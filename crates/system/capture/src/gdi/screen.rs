//! The whole virtual screen, all monitors, as one picture.

use windows::Win32::UI::WindowsAndMessaging::{
    GetSystemMetrics, SM_CXVIRTUALSCREEN, SM_CYVIRTUALSCREEN, SM_XVIRTUALSCREEN, SM_YVIRTUALSCREEN,
    SYSTEM_METRICS_INDEX,
};

use super::bitmap::{Bitmap, Source};
use super::lost::Lost;
use crate::Size;
use crate::area::Area;
use crate::canvas::Canvas;

/// The screen and the memory it is copied to.
#[derive(Default)]
pub(super) struct Screen {
    bitmap: Option<Bitmap>,
    /// Pixels were refused when they were due.
    is_unread: bool,
    /// Where the canvas lies.
    area: Area,
}

impl Screen {
    /// Brings the canvas up to date; it keeps what it shows while Windows refuses the pixels.
    pub(super) fn take(&mut self, canvas: &mut Canvas) -> Result<(), Lost> {
        let area = area();
        let size = Size::new(area.width(), area.height());
        if size.is_empty() {
            self.is_unread = true;
            return Ok(());
        }
        let bitmap = Bitmap::of(&mut self.bitmap, size)?;
        let shown = Source::of_screen()?;
        let copied = bitmap.draw(|context| context.copy([0, 0], shown.context(), area))?;
        self.is_unread = copied.is_err();
        if copied.is_ok() {
            self.area = area;
            if canvas.size() != size {
                canvas.reset(size);
            }
            canvas.paint(0, 0, bitmap.pixels());
        }
        Ok(())
    }

    pub(super) const fn is_unread(&self) -> bool {
        self.is_unread
    }

    pub(super) const fn origin(&self) -> (i32, i32) {
        (self.area.left, self.area.top)
    }
}

/// Where the virtual screen lies: its corner is left of or above the first monitor's when another monitor is.
pub(super) fn area() -> Area {
    let length = |metric| u32::try_from(ask(metric)).unwrap_or(0);
    Area::new(
        ask(SM_XVIRTUALSCREEN),
        ask(SM_YVIRTUALSCREEN),
        length(SM_CXVIRTUALSCREEN),
        length(SM_CYVIRTUALSCREEN),
    )
}

fn ask(metric: SYSTEM_METRICS_INDEX) -> i32 {
    // SAFETY: takes and gives numbers.
    unsafe { GetSystemMetrics(metric) }
}
