//! What the compositor hands over of one window or monitor.

use std::sync::{Arc, Mutex};

use windows::Foundation::{TimeSpan, TypedEventHandler};
use windows::Graphics::Capture::{
    Direct3D11CaptureFrame, Direct3D11CaptureFramePool, GraphicsCaptureDirtyRegionMode, GraphicsCaptureItem,
    GraphicsCaptureSession,
};
use windows::Graphics::DirectX::Direct3D11::IDirect3DDevice;
use windows::Graphics::DirectX::DirectXPixelFormat;
use windows::Graphics::SizeInt32;
use windows::Win32::Graphics::Direct3D11::ID3D11Texture2D;
use windows::Win32::Graphics::Dxgi::IDXGIDevice;
use windows::Win32::System::WinRT::Direct3D11::{
    CreateDirect3D11DeviceFromDXGIDevice, IDirect3DDxgiInterfaceAccess,
};
use windows::Win32::System::WinRT::Graphics::Capture::IGraphicsCaptureItemInterop;
use windows::core::{Interface as _, Ref, factory};

use super::inbox::{self, Inbox};
use crate::area::Area;
use crate::canvas::Pixels;
use crate::direct3d::{Device, Readback, size_of_texture};
use crate::sheet::Sheet;
use crate::win32::{Content, Lost, Monitor, Read, TopLevel};
use crate::{FrameRate, Size};

/// Pictures the compositor may have on the way: one that waits to be read, one that comes, one in its hands.
const BUFFERS: i32 = 3;
const FORMAT: DirectXPixelFormat = DirectXPixelFormat::B8G8R8A8UIntNormalized;
/// Windows counts time in tenths of a microsecond.
const NANOS_PER_TICK: u128 = 100;

/// What all streams of a recording share.
pub(super) struct Maker {
    device: Device,
    interval: TimeSpan,
}

impl Maker {
    pub(super) fn new(rate: FrameRate) -> Result<Self, Lost> {
        let device = Device::usual()?;
        let ticks = rate.interval().as_nanos() / NANOS_PER_TICK;
        let interval = TimeSpan { Duration: i64::try_from(ticks).unwrap_or(0) };
        Ok(Self { device, interval })
    }

    /// Another one where the graphics card was taken away or began anew, as with a new driver.
    fn device(&mut self) -> Result<Device, Lost> {
        if self.device.is_gone() {
            self.device = Device::usual()?;
        }
        Ok(self.device.clone())
    }
}

/// The pictures of one window or monitor.
pub(super) struct Stream {
    item: GraphicsCaptureItem,
    closed: i64,
    pool: Direct3D11CaptureFramePool,
    arrived: i64,
    session: GraphicsCaptureSession,
    device: Device,
    inbox: Arc<Mutex<Inbox>>,
    /// Of the pool's textures.
    size: SizeInt32,
    readback: Readback,
    sheet: Sheet,
}

impl Stream {
    pub(super) fn of_window(maker: &mut Maker, top_level: &TopLevel) -> Result<Self, Lost> {
        let window = top_level.window.handle();
        // SAFETY: Windows checks the handle.
        let item = unsafe { items()?.CreateForWindow(window) };
        Self::begin(maker, item.map_err(Lost::because("hand over a window"))?)
    }

    pub(super) fn of_monitor(maker: &mut Maker, monitor: &Monitor) -> Result<Self, Lost> {
        // SAFETY: Windows checks the handle.
        let item = unsafe { items()?.CreateForMonitor(monitor.handle()) };
        Self::begin(maker, item.map_err(Lost::because("hand over a monitor"))?)
    }

    fn begin(maker: &mut Maker, item: GraphicsCaptureItem) -> Result<Self, Lost> {
        const BEGIN: &str = "begin to hand over pictures";
        let failed = || Lost::because(BEGIN);
        let size = item.Size().map_err(failed())?;
        let device = maker.device()?;
        let card = shared(&device).map_err(failed())?;
        let pool =
            Direct3D11CaptureFramePool::CreateFreeThreaded(&card, FORMAT, BUFFERS, size).map_err(failed())?;
        let inbox = Arc::new(Mutex::new(Inbox::default()));
        let told = Arc::clone(&inbox);
        let on_closed = TypedEventHandler::new(move |_, _| {
            inbox::lock(&told).is_closed = true;
            Ok(())
        });
        let closed = item.Closed(&on_closed).map_err(failed())?;
        let told = Arc::clone(&inbox);
        let on_arrived = TypedEventHandler::new(move |pool: Ref<'_, Direct3D11CaptureFramePool>, _| {
            if let Some(pool) = pool.as_ref() {
                inbox::lock(&told).take_in(pool);
            }
            Ok(())
        });
        let arrived = pool.FrameArrived(&on_arrived).map_err(failed())?;
        let session = pool.CreateCaptureSession(&item).map_err(failed())?;
        set_up(&session, maker.interval);
        session.StartCapture().map_err(failed())?;
        Ok(Self {
            item,
            closed,
            pool,
            arrived,
            session,
            readback: Readback::new(device.clone()),
            device,
            inbox,
            size,
            sheet: Sheet::default(),
        })
    }

    /// Brings what was handed over into memory.
    fn take(
        &mut self,
        frame: &Direct3D11CaptureFrame,
        changed: Option<Vec<Area>>,
    ) -> windows::core::Result<Read> {
        let content = frame.ContentSize()?;
        let access: IDirect3DDxgiInterfaceAccess = frame.Surface()?.cast()?;
        // SAFETY: asks for the interface every such surface has.
        let texture: ID3D11Texture2D = unsafe { access.GetInterface() }?;
        let size = within(content, size_of_texture(&texture));
        let whole = Area::of(size);
        let changed = changed.filter(|_| size == self.sheet.size());
        if changed.is_none() {
            self.sheet.reset(size);
        }
        let is_whole = changed.is_none();
        let parts: Vec<Area> = match changed {
            Some(parts) => parts.into_iter().map(|part| part.common(whole)).collect(),
            None => vec![whole],
        };
        let parts: Vec<Area> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        let sheet = &mut self.sheet;
        let read = self.readback.read(&texture, &parts, |part, pixels| {
            if let Some(rect) = part.in_picture_of(whole) {
                sheet.put(rect.x, rect.y, pixels);
            }
        });
        read.map_err(|lost| lost.said)?;
        if content != self.size && content.Width > 0 && content.Height > 0 {
            // What was beyond the textures comes with the first picture in the new ones.
            self.size = content;
            self.pool.Recreate(&shared(&self.device)?, FORMAT, BUFFERS, content)?;
        }
        Ok(if is_whole { Read::Whole } else { Read::Parts(parts) })
    }
}

impl Content for Stream {
    fn read(&mut self) -> Result<Read, Lost> {
        let taken = {
            let mut inbox = inbox::lock(&self.inbox);
            if inbox.is_closed {
                return Ok(Read::Ended);
            }
            inbox.take()
        };
        let Some((frame, changed)) = taken else {
            return Ok(if self.sheet.pixels().is_some() { Read::Same } else { Read::Refused });
        };
        let read = self.take(&frame, changed);
        inbox::close(Some(frame));
        Ok(read.unwrap_or_else(|error| {
            tracing::debug!(%error, "What the compositor handed over cannot be read");
            Read::Ended
        }))
    }

    fn resizes(&self) -> bool {
        true
    }

    fn pixels(&self) -> Option<Pixels<'_>> {
        self.sheet.pixels()
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        let ended = [
            self.item.RemoveClosed(self.closed),
            self.pool.RemoveFrameArrived(self.arrived),
            self.session.Close(),
            self.pool.Close(),
        ];
        for error in ended.into_iter().filter_map(Result::err) {
            tracing::debug!(%error, "The compositor was not told that nobody looks any more");
        }
    }
}

fn items() -> Result<IGraphicsCaptureItemInterop, Lost> {
    factory::<GraphicsCaptureItem, _>().map_err(Lost::because("reach the compositor"))
}

/// The graphics card as the compositor knows it.
fn shared(device: &Device) -> windows::core::Result<IDirect3DDevice> {
    let card: IDXGIDevice = device.device.cast()?;
    // SAFETY: takes the card, which outlives the call.
    unsafe { CreateDirect3D11DeviceFromDXGIDevice(&card) }?.cast()
}

/// Asks for what newer versions of Windows can: no frame drawn around what is recorded, no pointer in it, no more pictures
/// than are taken, and word of what changed. Each is done without where it is not known.
fn set_up(session: &GraphicsCaptureSession, interval: TimeSpan) {
    let asked = [
        ("no border", session.SetIsBorderRequired(false)),
        ("no pointer", session.SetIsCursorCaptureEnabled(false)),
        ("no more pictures than are taken", session.SetMinUpdateInterval(interval)),
        ("changes", session.SetDirtyRegionMode(GraphicsCaptureDirtyRegionMode::ReportOnly)),
    ];
    for (what, result) in asked {
        if let Err(error) = result {
            tracing::debug!(what, %error, "The compositor cannot do this");
        }
    }
}

/// The content's size, as far as the texture reaches.
fn within(content: SizeInt32, texture: Size) -> Size {
    let length = |length: i32, most: u32| u32::try_from(length).unwrap_or(0).min(most);
    Size::new(length(content.Width, texture.width), length(content.Height, texture.height))
}
