//! Pixels that lie on the graphics card, brought into memory.

use windows::Win32::Foundation::HMODULE;
use windows::Win32::Graphics::Direct3D::{
    D3D_DRIVER_TYPE, D3D_DRIVER_TYPE_HARDWARE, D3D_DRIVER_TYPE_UNKNOWN, D3D_DRIVER_TYPE_WARP,
};
use windows::Win32::Graphics::Direct3D11::{
    D3D11_BOX, D3D11_CPU_ACCESS_READ, D3D11_CREATE_DEVICE_BGRA_SUPPORT, D3D11_MAP_READ,
    D3D11_MAPPED_SUBRESOURCE, D3D11_SDK_VERSION, D3D11_TEXTURE2D_DESC, D3D11_USAGE_STAGING,
    D3D11CreateDevice, ID3D11Device, ID3D11DeviceContext, ID3D11Multithread, ID3D11Texture2D,
};
use windows::Win32::Graphics::Dxgi::Common::{DXGI_FORMAT_B8G8R8A8_UNORM, DXGI_SAMPLE_DESC};
use windows::Win32::Graphics::Dxgi::IDXGIAdapter;
use windows::core::Interface as _;

use crate::Size;
use crate::area::Area;
use crate::canvas::Pixels;
use crate::win32::Lost;

const BYTES_PER_PIXEL: usize = 4;

/// A graphics card, or the processor in its place.
#[derive(Clone)]
pub(crate) struct Device {
    pub(crate) device: ID3D11Device,
    context: ID3D11DeviceContext,
}

impl Device {
    /// The usual card; where there is none, as on many servers, the processor does its work.
    pub(crate) fn usual() -> Result<Self, Lost> {
        Self::make(None, D3D_DRIVER_TYPE_HARDWARE).or_else(|_| Self::make(None, D3D_DRIVER_TYPE_WARP))
    }

    /// A certain card: a monitor's pictures can be had only on the one it is plugged into.
    pub(crate) fn of(adapter: &IDXGIAdapter) -> Result<Self, Lost> {
        Self::make(Some(adapter), D3D_DRIVER_TYPE_UNKNOWN)
    }

    /// Whether it was taken away or began anew, so that nothing more can be had from it.
    pub(crate) fn is_gone(&self) -> bool {
        // SAFETY: takes no arguments.
        unsafe { self.device.GetDeviceRemovedReason() }.is_err()
    }

    fn make(adapter: Option<&IDXGIAdapter>, kind: D3D_DRIVER_TYPE) -> Result<Self, Lost> {
        const MAKE: &str = "open the graphics card";
        let (mut device, mut context) = (None, None);
        // SAFETY: no module is named, as none draws in its place; all pointers outlive the call.
        let made = unsafe {
            D3D11CreateDevice(
                adapter,
                kind,
                HMODULE::default(),
                D3D11_CREATE_DEVICE_BGRA_SUPPORT,
                None,
                D3D11_SDK_VERSION,
                Some(&raw mut device),
                None,
                Some(&raw mut context),
            )
        };
        made.map_err(Lost::because(MAKE))?;
        let (Some(device), Some(context)) = (device, context) else { return Err(Lost::last(MAKE)) };
        let shared: ID3D11Multithread = context.cast().map_err(Lost::because(MAKE))?;
        // Windows puts pictures into textures of this device on threads of its own.
        // SAFETY: takes a flag. What it answers is whether it was so before.
        let _was_protected = unsafe { shared.SetMultithreadProtected(true) };
        Ok(Self { device, context })
    }
}

/// Memory that parts of a texture are brought to.
pub(crate) struct Readback {
    device: Device,
    /// As large as the largest texture read.
    staging: Option<(ID3D11Texture2D, Size)>,
}

impl Readback {
    pub(crate) const fn new(device: Device) -> Self {
        Self { device, staging: None }
    }

    /// Hands the pixels of each part, which lies within the texture, to `take`. Waits for the card to bring them.
    pub(crate) fn read(
        &mut self,
        texture: &ID3D11Texture2D,
        parts: &[Area],
        mut take: impl FnMut(Area, Pixels<'_>),
    ) -> Result<(), Lost> {
        let size = size_of_texture(texture);
        if parts.is_empty() {
            return Ok(());
        }
        let context = self.device.context.clone();
        let staging = self.staging(size)?;
        for Area { left, top, right, bottom } in parts {
            let edge = |place: i32| u32::try_from(place).unwrap_or(0);
            let (left, top, right, bottom) = (edge(*left), edge(*top), edge(*right), edge(*bottom));
            let part = D3D11_BOX { left, top, front: 0, right, bottom, back: 1 };
            // SAFETY: both textures are of this device and of one format; Direct3D cuts what lies outside.
            unsafe {
                context.CopySubresourceRegion(staging, 0, left, top, 0, texture, 0, Some(&raw const part));
            };
        }
        let mapped = Mapped::map(&context, staging)?;
        let whole = mapped.pixels(size);
        for part in parts {
            let rect = part.in_picture_of(Area::of(size)).map(|rect| rect.within(size));
            if let Some(pixels) = rect.and_then(|rect| whole?.part(rect)) {
                take(*part, pixels);
            }
        }
        Ok(())
    }

    fn staging(&mut self, size: Size) -> Result<&ID3D11Texture2D, Lost> {
        let held = self.staging.take().filter(|(_, held)| *held == size);
        let staging = match held {
            Some(held) => held,
            None => (self.make_staging(size)?, size),
        };
        Ok(&self.staging.insert(staging).0)
    }

    fn make_staging(&self, size: Size) -> Result<ID3D11Texture2D, Lost> {
        const MAKE: &str = "make memory for pixels of the graphics card";
        let description = D3D11_TEXTURE2D_DESC {
            Width: size.width,
            Height: size.height,
            MipLevels: 1,
            ArraySize: 1,
            Format: DXGI_FORMAT_B8G8R8A8_UNORM,
            SampleDesc: DXGI_SAMPLE_DESC { Count: 1, Quality: 0 },
            Usage: D3D11_USAGE_STAGING,
            CPUAccessFlags: D3D11_CPU_ACCESS_READ.0.cast_unsigned(),
            ..Default::default()
        };
        let mut made = None;
        // SAFETY: both pointers outlive the call; the texture begins without content.
        let result =
            unsafe { self.device.device.CreateTexture2D(&raw const description, None, Some(&raw mut made)) };
        result.map_err(Lost::because(MAKE))?;
        made.ok_or_else(|| Lost::last(MAKE))
    }
}

pub(crate) fn size_of_texture(texture: &ID3D11Texture2D) -> Size {
    let mut description = D3D11_TEXTURE2D_DESC::default();
    // SAFETY: `description` outlives the call.
    unsafe { texture.GetDesc(&raw mut description) };
    Size::new(description.Width, description.Height)
}

/// A texture whose memory can be read while this lives.
struct Mapped<'a> {
    context: &'a ID3D11DeviceContext,
    texture: &'a ID3D11Texture2D,
    memory: D3D11_MAPPED_SUBRESOURCE,
}

impl<'a> Mapped<'a> {
    fn map(context: &'a ID3D11DeviceContext, texture: &'a ID3D11Texture2D) -> Result<Self, Lost> {
        let mut memory = D3D11_MAPPED_SUBRESOURCE::default();
        // SAFETY: the texture was made to be read by the processor; `memory` outlives the call.
        let mapped = unsafe { context.Map(texture, 0, D3D11_MAP_READ, 0, Some(&raw mut memory)) };
        mapped.map_err(Lost::because("read pixels of the graphics card"))?;
        Ok(Self { context, texture, memory })
    }

    /// Its pixels, where it has this size.
    fn pixels(&self, size: Size) -> Option<Pixels<'_>> {
        let stride = self.memory.RowPitch as usize;
        let row = size.width as usize * BYTES_PER_PIXEL;
        let length = (size.height as usize).checked_sub(1)? * stride + row;
        let start: *const u8 = self.memory.pData.cast_const().cast();
        if start.is_null() || stride < row {
            return None;
        }
        // SAFETY: the driver gives `height` rows of `stride` bytes that stay until they are given back, and the last row
        // is at least as long as its pixels.
        let bytes = unsafe { std::slice::from_raw_parts(start, length) };
        Pixels::with_stride(bytes, size.width, stride)
    }
}

impl Drop for Mapped<'_> {
    fn drop(&mut self) {
        // SAFETY: gives back what was mapped here.
        unsafe { self.context.Unmap(self.texture, 0) };
    }
}
