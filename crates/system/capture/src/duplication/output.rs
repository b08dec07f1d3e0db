//! One monitor, duplicated.

use windows::Win32::Foundation::RECT;
use windows::Win32::Graphics::Direct3D11::ID3D11Texture2D;
use windows::Win32::Graphics::Dxgi::Common::{
    DXGI_MODE_ROTATION, DXGI_MODE_ROTATION_ROTATE90, DXGI_MODE_ROTATION_ROTATE180,
    DXGI_MODE_ROTATION_ROTATE270,
};
use windows::Win32::Graphics::Dxgi::{
    CreateDXGIFactory1, DXGI_ERROR_MORE_DATA, DXGI_ERROR_WAIT_TIMEOUT, DXGI_OUTDUPL_FRAME_INFO,
    DXGI_OUTDUPL_MOVE_RECT, IDXGIAdapter1, IDXGIFactory1, IDXGIOutput, IDXGIOutput1, IDXGIOutputDuplication,
    IDXGIResource,
};
use windows::core::Interface as _;

use crate::Size;
use crate::area::Area;
use crate::canvas::Pixels;
use crate::changes::Changes;
use crate::direct3d::{Device, Readback, size_of_texture};
use crate::sheet::Sheet;
use crate::turn::Turn;
use crate::win32::{Content, Lost, Monitor, Read};

/// A monitor's pictures, as the card gives them.
pub(super) struct Output {
    duplication: IDXGIOutputDuplication,
    readback: Readback,
    turn: Turn,
    upright: Size,
    sheet: Sheet,
    changes: Changes,
}

impl Output {
    pub(super) fn duplicate(monitor: &Monitor) -> Result<Self, Lost> {
        let (adapter, output) = find(monitor)?;
        let device = Device::of(&adapter.cast().map_err(Lost::because("open the graphics card"))?)?;
        // SAFETY: takes the device, which outlives the call.
        let made = unsafe { output.DuplicateOutput(&device.device) };
        let duplication = made.map_err(Lost::because("duplicate a monitor"))?;
        // SAFETY: takes no arguments.
        let turn = turn(unsafe { duplication.GetDesc() }.Rotation);
        let upright = Size::new(monitor.area.width(), monitor.area.height());
        Ok(Self {
            duplication,
            readback: Readback::new(device),
            turn,
            upright,
            sheet: Sheet::default(),
            changes: Changes::default(),
        })
    }

    /// Takes in what changed. Nothing was drawn yet where the picture is of the pointer alone.
    fn take(&mut self, frame: &Acquired<'_>) -> Result<Read, Lost> {
        let is_first = self.sheet.pixels().is_none();
        if frame.info.LastPresentTime == 0 {
            return Ok(if is_first { Read::Refused } else { Read::Same });
        }
        let Some(texture) = frame.texture() else { return Ok(Read::Refused) };
        let panel = size_of_texture(&texture);
        if panel != self.turn.panel(self.upright) {
            // The mode changed in this moment; the list of monitors is about to say so.
            return Ok(Read::Ended);
        }
        if is_first {
            self.sheet.reset(self.upright);
        }
        self.changes.add(frame.changed());
        let whole = Area::of(panel);
        let changed = self.changes.take();
        let is_whole = changed.is_none();
        let parts: Vec<Area> =
            changed.unwrap_or_else(|| vec![whole]).into_iter().map(|part| part.common(whole)).collect();
        let (turn, sheet, mut places) = (self.turn, &mut self.sheet, Vec::new());
        self.readback.read(&texture, &parts, |part, pixels| {
            places.push(sheet.put_turned(turn, part, pixels));
        })?;
        Ok(if is_whole { Read::Whole } else { Read::Parts(places) })
    }
}

impl Content for Output {
    fn read(&mut self) -> Result<Read, Lost> {
        let duplication = self.duplication.clone();
        match Acquired::acquire(&duplication) {
            Ok(Some(frame)) => Ok(self.take(&frame).unwrap_or_else(|lost| {
                tracing::debug!(%lost, "A duplicated monitor cannot be read");
                Read::Ended
            })),
            Ok(None) if self.sheet.pixels().is_none() => Ok(Read::Refused),
            Ok(None) => Ok(Read::Same),
            Err(error) => {
                // Access lost: another mode, another desktop, a full-screen program, a card that was reset.
                tracing::debug!(%error, "A duplicated monitor was lost");
                Ok(Read::Ended)
            }
        }
    }

    fn pixels(&self) -> Option<Pixels<'_>> {
        self.sheet.pixels()
    }
}

/// A picture of the card's, given back at its end.
struct Acquired<'a> {
    duplication: &'a IDXGIOutputDuplication,
    info: DXGI_OUTDUPL_FRAME_INFO,
    resource: Option<IDXGIResource>,
}

impl<'a> Acquired<'a> {
    /// What changed since the last one; `None` if nothing did.
    fn acquire(duplication: &'a IDXGIOutputDuplication) -> windows::core::Result<Option<Self>> {
        let (mut info, mut resource) = (DXGI_OUTDUPL_FRAME_INFO::default(), None);
        // SAFETY: both pointers outlive the call, which waits for nothing.
        match unsafe { duplication.AcquireNextFrame(0, &raw mut info, &raw mut resource) } {
            Ok(()) => Ok(Some(Self { duplication, info, resource })),
            Err(error) if error.code() == DXGI_ERROR_WAIT_TIMEOUT => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn texture(&self) -> Option<ID3D11Texture2D> {
        self.resource.as_ref()?.cast().ok()
    }

    /// Where on the panel it differs from the picture before; `None` if that is not told. Moved parts are where they are
    /// now: what they left is told as drawn.
    fn changed(&self) -> Option<Vec<Area>> {
        if self.info.TotalMetadataBufferSize == 0 {
            return None;
        }
        // SAFETY: the pointer and the bytes are those of the list, see `list`.
        let moved =
            list(|bytes, to, needed| unsafe { self.duplication.GetFrameMoveRects(bytes, to, needed) })?;
        // SAFETY: as above.
        let drawn =
            list(|bytes, to, needed| unsafe { self.duplication.GetFrameDirtyRects(bytes, to, needed) })?;
        let moved = moved.into_iter().map(|moved: DXGI_OUTDUPL_MOVE_RECT| moved.DestinationRect);
        let area = |RECT { left, top, right, bottom }| Area { left, top, right, bottom };
        Some(moved.chain(drawn).map(area).collect())
    }
}

impl Drop for Acquired<'_> {
    fn drop(&mut self) {
        self.resource = None;
        // SAFETY: gives back the picture acquired by this.
        if let Err(error) = unsafe { self.duplication.ReleaseFrame() } {
            tracing::debug!(%error, "A monitor's picture was not given back");
        }
    }
}

/// Asks for a list whose length is known only when it is asked for.
fn list<T: Default + Clone>(
    ask: impl Fn(u32, *mut T, *mut u32) -> windows::core::Result<()>,
) -> Option<Vec<T>> {
    let mut listed: Vec<T> = Vec::new();
    for _ in 0..2 {
        let bytes = u32::try_from(listed.len() * size_of::<T>()).ok()?;
        let mut needed = 0;
        match ask(bytes, listed.as_mut_ptr(), &raw mut needed) {
            Ok(()) => {
                listed.truncate(needed as usize / size_of::<T>());
                return Some(listed);
            }
            Err(error) if error.code() == DXGI_ERROR_MORE_DATA => {
                listed.resize(needed as usize / size_of::<T>(), T::default());
            }
            Err(error) => {
                tracing::debug!(%error, "It is not told what changed on a monitor");
                return None;
            }
        }
    }
    None
}

/// The card a monitor is plugged into, and its place there.
fn find(monitor: &Monitor) -> Result<(IDXGIAdapter1, IDXGIOutput1), Lost> {
    const FIND: &str = "find the graphics card of a monitor";
    // SAFETY: takes no pointers.
    let factory: IDXGIFactory1 = unsafe { CreateDXGIFactory1() }.map_err(Lost::because(FIND))?;
    // SAFETY: takes a number; past the last one it fails.
    let adapters = (0..).map_while(|index| unsafe { factory.EnumAdapters1(index) }.ok());
    for adapter in adapters {
        // SAFETY: takes a number; past the last one it fails.
        let outputs = (0..).map_while(|index| unsafe { adapter.EnumOutputs(index) }.ok());
        for output in outputs {
            if is_of(&output, monitor) {
                let output = output.cast().map_err(Lost::because("duplicate a monitor"))?;
                return Ok((adapter, output));
            }
        }
    }
    Err(Lost::of(FIND, "no card says that it is plugged in there"))
}

fn is_of(output: &IDXGIOutput, monitor: &Monitor) -> bool {
    // SAFETY: takes no arguments.
    let description = unsafe { output.GetDesc() };
    description.is_ok_and(|description| description.Monitor == monitor.handle())
}

const fn turn(rotation: DXGI_MODE_ROTATION) -> Turn {
    match rotation {
        DXGI_MODE_ROTATION_ROTATE90 => Turn::Quarter,
        DXGI_MODE_ROTATION_ROTATE180 => Turn::Half,
        DXGI_MODE_ROTATION_ROTATE270 => Turn::ThreeQuarters,
        _ => Turn::None,
    }
}
