//! The whole virtual screen: all monitors, each in its place.

use std::thread;
use std::time::{Duration, Instant};

use windows::Win32::Foundation::{LPARAM, POINT, RECT};
use windows::Win32::Graphics::Gdi::{EnumDisplayMonitors, GetMonitorInfoW, HDC, HMONITOR, MONITORINFO};
use windows::Win32::UI::WindowsAndMessaging::{
    GetSystemMetrics, SM_CXVIRTUALSCREEN, SM_CYVIRTUALSCREEN, SM_XVIRTUALSCREEN, SM_YVIRTUALSCREEN,
    SYSTEM_METRICS_INDEX,
};
use windows::core::BOOL;

use super::capturer::Scene;
use super::content::{Content, Open, Read};
use super::lost::Lost;
use super::proof;
use crate::area::Area;
use crate::canvas::Canvas;
use crate::layers::{Layer, Layers};
use crate::{CaptureError, Gone, Picture};

/// How long a proof waits for the first picture of each monitor.
const FIRST_PICTURES: Duration = Duration::from_secs(1);
const BETWEEN_LOOKS: Duration = Duration::from_millis(10);

/// A monitor and where it lies on the virtual screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Monitor {
    handle: usize,
    pub(crate) area: Area,
}

/// The monitors there are, each with its content.
pub(crate) struct Monitors {
    open: Open<Monitor>,
    held: Vec<Held>,
    layers: Layers,
    canvas_area: Area,
    /// Pixels were refused when they were due.
    is_unread: bool,
    /// Why a monitor could not be opened, as told last.
    refusal: Option<Lost>,
    was_drawn: bool,
    /// The pointer is in the pixels already.
    brings_pointer: bool,
}

struct Held {
    monitor: Monitor,
    content: Option<Box<dyn Content>>,
    /// What of it changed with the last reading, in places of the screen.
    changed: Vec<Area>,
}

impl Monitors {
    pub(crate) fn new(
        brings_pointer: bool,
        open: impl FnMut(&Monitor) -> Result<Box<dyn Content>, Lost> + Send + 'static,
    ) -> Self {
        Self {
            open: Box::new(open),
            held: Vec::new(),
            layers: Layers::default(),
            canvas_area: Area::default(),
            is_unread: false,
            refusal: None,
            was_drawn: false,
            brings_pointer,
        }
    }

    /// Holds what is there now; one that moved or changed its mode is another one.
    fn follow(&mut self, listed: &[Monitor]) {
        let is_as_held = self.held.iter().map(|held| held.monitor).eq(listed.iter().copied());
        if !is_as_held {
            let mut before = std::mem::take(&mut self.held);
            for monitor in listed {
                let known = before.iter().position(|held| held.monitor == *monitor);
                self.held.push(match known {
                    Some(index) => before.swap_remove(index),
                    None => Held { monitor: *monitor, content: None, changed: Vec::new() },
                });
            }
        }
    }

    /// Reads every monitor; `false` if one could not be.
    fn read(&mut self) -> Result<bool, Lost> {
        let mut is_read = !self.held.is_empty();
        self.was_drawn = false;
        for held in &mut self.held {
            let read = match held.read(&mut self.open) {
                Err(lost) if held.content.is_none() => {
                    tracing::debug!(%lost, "A monitor gives no pictures");
                    self.refusal = Some(lost);
                    Read::Refused
                }
                read => read?,
            };
            is_read &= !matches!(read, Read::Refused | Read::Ended);
            self.was_drawn |= matches!(read, Read::Whole | Read::Parts(_));
        }
        Ok(is_read)
    }
}

impl Held {
    /// Fails where there is no content and none can be opened, or where what there is is lost for good.
    fn read(&mut self, open: &mut Open<Monitor>) -> Result<Read, Lost> {
        self.changed.clear();
        let content = match &mut self.content {
            Some(content) => content,
            None => self.content.insert(open(&self.monitor)?),
        };
        let read = content.read()?;
        let area = self.monitor.area;
        match &read {
            Read::Whole | Read::Anew => self.changed.push(area),
            Read::Parts(parts) => {
                self.changed.extend(parts.iter().map(|part| part.moved(area.left, area.top)));
            }
            Read::Same | Read::Refused => {}
            Read::Ended => self.content = None,
        }
        Ok(read)
    }
}

impl Scene for Monitors {
    fn take(&mut self, canvas: &mut Canvas, _now: Instant) -> Result<Option<Gone>, Lost> {
        self.follow(&list());
        self.is_unread = !self.read()?;
        let areas = self.held.iter().map(|held| held.monitor.area);
        let layers: Option<Vec<Layer<'_>>> = self.held.iter().map(Held::layer).collect();
        // A monitor that was not read yet would be black in the picture.
        if let (Some(canvas_area), Some(layers)) = (areas.reduce(Area::around), layers) {
            self.canvas_area = canvas_area;
            self.layers.paint(canvas, canvas_area, &layers);
        } else {
            // What changes meanwhile is painted with the whole.
            self.layers = Layers::default();
        }
        Ok(None)
    }

    fn was_drawn(&self) -> bool {
        self.was_drawn
    }

    fn is_unread(&self) -> bool {
        self.is_unread
    }

    fn origin(&self) -> (i32, i32) {
        (self.canvas_area.left, self.canvas_area.top)
    }

    fn shows_pointer(&self, _at: POINT) -> bool {
        !self.brings_pointer
    }

    fn prove(&mut self) -> Result<Picture, CaptureError> {
        let (mut canvas, until) = (Canvas::default(), Instant::now() + FIRST_PICTURES);
        // What is painted here was not given out: the next picture is painted anew.
        self.layers = Layers::default();
        loop {
            self.take(&mut canvas, Instant::now()).map_err(proof::failed)?;
            if !self.is_unread && !canvas.size().is_empty() {
                self.layers = Layers::default();
                return Ok(Picture { pixels: canvas.bytes().to_vec(), size: canvas.size() });
            }
            if let Some(refusal) = self.refusal.take() {
                return Err(proof::failed(refusal));
            }
            if Instant::now() >= until {
                return Err(CaptureError::NotProven);
            }
            thread::sleep(BETWEEN_LOOKS);
        }
    }
}

impl Held {
    /// `None` if it was never read.
    fn layer(&self) -> Option<Layer<'_>> {
        let pixels = self.content.as_ref()?.pixels()?;
        let Monitor { handle, area } = self.monitor;
        Some(Layer { id: handle as u64, area, pixels: Some(pixels), changed: &self.changed })
    }
}

impl Monitor {
    pub(crate) fn handle(self) -> HMONITOR {
        HMONITOR(std::ptr::with_exposed_provenance_mut(self.handle))
    }
}

/// Where the virtual screen lies: its corner is left of or above the first monitor's when another monitor is.
pub(crate) fn virtual_screen() -> Area {
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

/// The monitors of the desktop; none while it has none, as when a remote session is closed.
fn list() -> Vec<Monitor> {
    let mut monitors: Vec<Monitor> = Vec::new();
    let to = LPARAM((&raw mut monitors).expose_provenance().cast_signed());
    // SAFETY: `collect` is called only before this returns, with the address of `monitors`.
    let is_listed = unsafe { EnumDisplayMonitors(None, None, Some(collect), to) };
    if !is_listed.as_bool() {
        tracing::debug!("Windows lists no monitors");
    }
    monitors
}

unsafe extern "system" fn collect(handle: HMONITOR, _: HDC, _: *mut RECT, monitors: LPARAM) -> BOOL {
    let monitors: *mut Vec<Monitor> = std::ptr::with_exposed_provenance_mut(monitors.0.cast_unsigned());
    let cb_size = u32::try_from(size_of::<MONITORINFO>()).unwrap_or(0);
    let mut info = MONITORINFO { cbSize: cb_size, ..Default::default() };
    // SAFETY: `info` says its size and outlives the call.
    let is_told = unsafe { GetMonitorInfoW(handle, &raw mut info) }.as_bool();
    let RECT { left, top, right, bottom } = info.rcMonitor;
    // SAFETY: the address is the one handed to `EnumDisplayMonitors`, whose caller waits and uses it no other way.
    if let Some(monitors) = unsafe { monitors.as_mut() }.filter(|_| is_told) {
        let area = Area { left, top, right, bottom };
        monitors.push(Monitor { handle: handle.0.expose_provenance(), area });
    }
    true.into()
}
