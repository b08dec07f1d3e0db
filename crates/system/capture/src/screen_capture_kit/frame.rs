//! One sample of a stream: how the stream stands, what changed, the pixels.

use std::ffi::c_void;

use objc2_core_foundation::{CFRetained, CGRect};
use objc2_core_media::CMSampleBuffer;
use objc2_core_video::{
    CVPixelBuffer, CVPixelBufferGetBaseAddress, CVPixelBufferGetBytesPerRow, CVPixelBufferGetHeight,
    CVPixelBufferGetWidth, CVPixelBufferLockBaseAddress, CVPixelBufferLockFlags,
    CVPixelBufferUnlockBaseAddress, kCVReturnSuccess,
};
use objc2_foundation::{NSArray, NSNumber, NSValue};
use objc2_screen_capture_kit::{SCFrameStatus, SCStreamFrameInfoDirtyRects, SCStreamFrameInfoStatus};

use super::scale::Scale;
use super::toll_free::{self, Told};
use crate::Size;
use crate::area::Area;
use crate::canvas::Pixels;

const BYTES_PER_PIXEL: usize = 4;

/// What a sample says.
pub(super) enum Sample {
    /// Something was drawn; `changed` is where, if that is told.
    Drawn { picture: Picture, changed: Option<Vec<Area>> },
    /// Nothing changed.
    Idle,
    /// The display shows nothing, as while it sleeps or the screen is locked.
    Dark,
    /// The stream begins or ends.
    Passing,
}

/// A picture in memory that the system shares with us.
pub(super) struct Picture(CFRetained<CVPixelBuffer>);

// SAFETY: the system hands the buffer over and changes it no more while it is kept; it is counted safely by any thread.
unsafe impl Send for Picture {}

pub(super) fn read(sample: &CMSampleBuffer) -> Sample {
    // SAFETY: the sample is whole while its handler is called; nothing is made.
    let Some(list) = (unsafe { sample.sample_attachments_array(false) }) else { return Sample::Passing };
    // SAFETY: the attachments are documented to be dictionaries with texts as keys.
    let told = unsafe { toll_free::dictionaries(&list) };
    let Some(told) = told.first() else { return Sample::Passing };
    // SAFETY: the name is a constant of the system.
    let status = told.objectForKey(unsafe { SCStreamFrameInfoStatus });
    let status = status.and_then(|status| status.downcast::<NSNumber>().ok());
    match status.map(|status| SCFrameStatus(status.as_isize())) {
        Some(SCFrameStatus::Complete) => {
            // SAFETY: the sample is whole while its handler is called.
            let Some(picture) = (unsafe { sample.image_buffer() }) else { return Sample::Idle };
            Sample::Drawn { picture: Picture(picture), changed: changed(told) }
        }
        Some(SCFrameStatus::Idle) => Sample::Idle,
        Some(SCFrameStatus::Blank | SCFrameStatus::Suspended) => Sample::Dark,
        Some(_) | None => Sample::Passing,
    }
}

/// Where it differs from the picture before, in its own pixels.
fn changed(told: &Told) -> Option<Vec<Area>> {
    // SAFETY: the name is a constant of the system.
    let rects = told.objectForKey(unsafe { SCStreamFrameInfoDirtyRects })?;
    let rects = rects.downcast::<NSArray>().ok()?;
    let area = |value: objc2::rc::Retained<objc2::runtime::AnyObject>| {
        let rect: CGRect = value.downcast::<NSValue>().ok()?.get_rect()?;
        Some(Scale(1.0).area(rect))
    };
    rects.to_vec().into_iter().map(area).collect()
}

impl Picture {
    pub(super) fn size(&self) -> Size {
        let length = |length: usize| u32::try_from(length).unwrap_or(0);
        Size::new(length(CVPixelBufferGetWidth(&self.0)), length(CVPixelBufferGetHeight(&self.0)))
    }

    /// Lets `work` see its pixels, if the system lets us.
    pub(super) fn look(&self, work: impl FnOnce(Pixels<'_>)) {
        // SAFETY: the buffer is alive; what is locked is unlocked below.
        let locked = unsafe { CVPixelBufferLockBaseAddress(&self.0, CVPixelBufferLockFlags::ReadOnly) };
        if locked != kCVReturnSuccess {
            tracing::debug!(error = locked, "A picture cannot be read");
            return;
        }
        let size = self.size();
        let stride = CVPixelBufferGetBytesPerRow(&self.0);
        let start: *mut c_void = CVPixelBufferGetBaseAddress(&self.0);
        let row = size.width as usize * BYTES_PER_PIXEL;
        if !start.is_null() && !size.is_empty() && stride >= row {
            let length = (size.height as usize - 1) * stride + row;
            // SAFETY: a locked buffer has `height` rows of `stride` bytes, the last one at least as long as its pixels.
            let bytes = unsafe { std::slice::from_raw_parts(start.cast_const().cast::<u8>(), length) };
            if let Some(pixels) = Pixels::with_stride(bytes, size.width, stride) {
                work(pixels);
            }
        }
        // SAFETY: unlocks what was locked above, with the same flags.
        let unlocked = unsafe { CVPixelBufferUnlockBaseAddress(&self.0, CVPixelBufferLockFlags::ReadOnly) };
        debug_assert!(unlocked == kCVReturnSuccess, "what was locked can be unlocked");
    }
}
