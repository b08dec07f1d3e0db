//! The owned handle of one OpenH264 encoder: the only place of this crate with unsafe code.
//!
//! The raw interface is used because the safe crate cannot set entropy coding and the fixed quantiser.

use std::ffi::{c_int, c_longlong, c_void};
use std::ptr::{self, NonNull};
use std::time::Duration;

use openh264_sys2 as sys;
use sys::source::APILoader;

use crate::convert::Planes;
use crate::nal::Parts;
use crate::{EncodeError, ParameterSets, Settings, Size};

/// An initialised encoder for one size.
///
/// INVARIANT: `handle` came from the codec's own constructor, is used by this value alone and stays valid until
/// it is dropped.
#[derive(Debug)]
pub(crate) struct Codec {
    handle: NonNull<sys::ISVCEncoder>,
}

// SAFETY: the encoder has no thread affinity (one internal thread, no thread-local state), and `Codec` owns it
// alone, so it may move to another thread.
unsafe impl Send for Codec {}

impl Codec {
    /// Makes an encoder for pictures of `size`, even and at least 16 both ways.
    pub(crate) fn new(size: Size, settings: &Settings) -> Result<Self, EncodeError> {
        let mut handle = ptr::null_mut();
        // SAFETY: the pointer is valid for one write.
        let code = unsafe { APILoader::WelsCreateSVCEncoder(&raw mut handle) };
        check("be created", code)?;
        let handle = NonNull::new(handle).ok_or(failed("be created", code))?;
        let codec = Self { handle };

        let mut level: c_int = sys::WELS_LOG_QUIET;
        let set_option = codec.table().SetOption.ok_or(missing())?;
        // SAFETY: the option reads one int, which outlives the call.
        let code = unsafe {
            set_option(
                codec.handle.as_ptr(),
                sys::ENCODER_OPTION_TRACE_LEVEL,
                (&raw mut level).cast::<c_void>(),
            )
        };
        check("be kept quiet", code)?;

        let mut parameters = sys::SEncParamExt::default();
        let defaults = codec.table().GetDefaultParams.ok_or(missing())?;
        // SAFETY: the parameters are valid for writes and outlive the call.
        let code = unsafe { defaults(codec.handle.as_ptr(), &raw mut parameters) };
        check("give its defaults", code)?;
        configure(&mut parameters, size, settings)?;
        let initialise = codec.table().InitializeExt.ok_or(missing())?;
        // SAFETY: the parameters are complete and outlive the call, which copies them.
        let code = unsafe { initialise(codec.handle.as_ptr(), &raw const parameters) };
        check("take its settings", code)?;
        Ok(codec)
    }

    /// The parameter sets of every key frame to come.
    pub(crate) fn parameter_sets(&mut self) -> Result<ParameterSets, EncodeError> {
        let mut output = sys::SFrameBSInfo::default();
        let encode = self.table().EncodeParameterSets.ok_or(missing())?;
        // SAFETY: the handle is an initialised encoder, and the output outlives the call.
        let code = unsafe { encode(self.handle.as_ptr(), &raw mut output) };
        check("give its parameter sets", code)?;
        let mut parts = Parts::default();
        for_each_unit(&output, |unit| parts.add(unit))?;
        parts.take_parameter_sets().ok_or(EncodeError::BadStream("the codec has no parameter sets"))
    }

    /// Encodes the planes, adds the NAL units to `parts` and says whether the picture is a key frame.
    pub(crate) fn encode(
        &mut self,
        planes: &Planes,
        at: Duration,
        as_key: bool,
        parts: &mut Parts,
    ) -> Result<bool, EncodeError> {
        if as_key {
            let force = self.table().ForceIntraFrame.ok_or(missing())?;
            // SAFETY: the handle is an initialised encoder.
            let code = unsafe { force(self.handle.as_ptr(), true) };
            check("begin a key frame", code)?;
        }
        let source = source_picture(planes, at)?;
        let mut output = sys::SFrameBSInfo::default();
        let encode = self.table().EncodeFrame.ok_or(missing())?;
        // SAFETY: the planes outlive the call and have `stride * height` bytes each, as `Planes` allocates them;
        // the codec only reads them, though its interface takes mutable pointers. The output outlives the call.
        let code = unsafe { encode(self.handle.as_ptr(), &raw const source, &raw mut output) };
        check("encode a picture", code)?;
        let is_key = match output.eFrameType {
            sys::videoFrameTypeIDR => true,
            sys::videoFrameTypeI | sys::videoFrameTypeP | sys::videoFrameTypeIPMixed => false,
            _ => return Err(EncodeError::BadStream("the codec skipped a picture")),
        };
        if as_key && !is_key {
            return Err(EncodeError::BadStream("the codec made no key frame when told to"));
        }
        for_each_unit(&output, |unit| parts.add(unit))?;
        Ok(is_key)
    }

    fn table(&self) -> &sys::ISVCEncoderVtbl {
        // SAFETY: by the type's invariant the handle points at the encoder, whose first word is its table.
        let table: *const sys::ISVCEncoderVtbl = unsafe { *self.handle.as_ptr() };
        // SAFETY: the table is static data of the codec.
        unsafe { &*table }
    }
}

impl Drop for Codec {
    fn drop(&mut self) {
        // SAFETY: by the type's invariant this is the last use of a valid handle. Destroying uninitialises first.
        unsafe { APILoader::WelsDestroySVCEncoder(self.handle.as_ptr()) };
    }
}

/// The settings measured best for desktops; `docs/measured.md` holds the figures.
fn configure(parameters: &mut sys::SEncParamExt, size: Size, settings: &Settings) -> Result<(), EncodeError> {
    let (width, height) = (int(size.width)?, int(size.height)?);
    let rate = f32::from(settings.frames_per_second.max(1));

    // Finds scrolled and moved parts: scrolling text is six times smaller than in camera mode.
    parameters.iUsageType = sys::SCREEN_CONTENT_REAL_TIME;
    parameters.iComplexityMode = sys::LOW_COMPLEXITY;
    parameters.iPicWidth = width;
    parameters.iPicHeight = height;
    parameters.fMaxFrameRate = rate;

    // Fixed quality. Rate control coarsens text while it moves, and frame skip drops pictures.
    parameters.iRCMode = sys::RC_OFF_MODE;
    parameters.bEnableFrameSkip = false;

    // Arithmetic coding, a High profile feature, saves up to 30 %.
    parameters.iEntropyCodingModeFlag = 1;

    // Key frames come from our own schedule, with parameter sets that stay the same.
    parameters.uiIntraPeriod = 0;
    parameters.eSpsPpsIdStrategy = sys::CONSTANT_ID;
    parameters.bEnableFrameCroppingFlag = true;

    parameters.iMultipleThreadIdc = 1;
    parameters.iTemporalLayerNum = 1;
    parameters.iSpatialLayerNum = 1;

    let layer = &mut parameters.sSpatialLayers[0];
    layer.iVideoWidth = width;
    layer.iVideoHeight = height;
    layer.fFrameRate = rate;
    layer.iDLayerQp = c_int::from(settings.quality.film_quantiser());
    layer.uiProfileIdc = sys::PRO_HIGH;
    layer.uiLevelIdc = sys::LEVEL_UNKNOWN;
    layer.sSliceArgument.uiSliceMode = sys::SM_SINGLE_SLICE;

    // What `convert` does, said in the stream (Rec. ITU-T H.264 table E-3 to E-5: 1 is BT.709).
    layer.bVideoSignalTypePresent = true;
    layer.uiVideoFormat = byte(sys::VF_UNDEF)?;
    layer.bFullRange = false;
    layer.bColorDescriptionPresent = true;
    layer.uiColorPrimaries = byte(sys::CP_BT709)?;
    layer.uiTransferCharacteristics = byte(sys::TRC_BT709)?;
    layer.uiColorMatrix = byte(sys::CM_BT709)?;
    Ok(())
}

fn source_picture(planes: &Planes, at: Duration) -> Result<sys::SSourcePicture, EncodeError> {
    let mut source = sys::SSourcePicture {
        iColorFormat: sys::videoFormatI420,
        iPicWidth: int(planes.coded_size.width)?,
        iPicHeight: int(planes.coded_size.height)?,
        uiTimeStamp: c_longlong::try_from(at.as_millis())
            .map_err(|_| EncodeError::BadStream("a time exceeds the codec's clock"))?,
        ..sys::SSourcePicture::default()
    };
    for (index, plane) in planes.all().iter().enumerate() {
        source.iStride[index] = int(plane.stride)?;
        source.pData[index] = plane.bytes().as_ptr().cast_mut();
    }
    Ok(source)
}

/// Hands over every NAL unit of a picture, with its start code, in order.
fn for_each_unit(
    output: &sys::SFrameBSInfo,
    mut take: impl FnMut(&[u8]) -> Result<(), EncodeError>,
) -> Result<(), EncodeError> {
    const NEGATIVE: EncodeError = EncodeError::BadStream("the codec gave a negative length");

    let layers = usize::try_from(output.iLayerNum).map_err(|_| NEGATIVE)?;
    for layer in output.sLayerInfo.iter().take(layers) {
        let units = usize::try_from(layer.iNalCount).map_err(|_| NEGATIVE)?;
        if units == 0 {
            continue;
        }
        if layer.pNalLengthInByte.is_null() || layer.pBsBuf.is_null() {
            return Err(EncodeError::BadStream("the codec gave a layer without bytes"));
        }
        // SAFETY: the codec keeps `iNalCount` lengths there until its next call, and `output` came from the last.
        let lengths = unsafe { std::slice::from_raw_parts(layer.pNalLengthInByte, units) };
        let mut start = 0;
        for length in lengths {
            let length = usize::try_from(*length).map_err(|_| NEGATIVE)?;
            // SAFETY: the layer's buffer holds the sum of its units' lengths, and `start` sums those before.
            let first = unsafe { layer.pBsBuf.add(start) };
            // SAFETY: as above; the bytes stay unchanged until the codec's next call.
            take(unsafe { std::slice::from_raw_parts(first, length) })?;
            start += length;
        }
    }
    Ok(())
}

fn check(operation: &'static str, code: c_int) -> Result<(), EncodeError> {
    if code == 0 { Ok(()) } else { Err(failed(operation, code)) }
}

const fn failed(operation: &'static str, code: c_int) -> EncodeError {
    EncodeError::Codec { operation, code }
}

const fn missing() -> EncodeError {
    EncodeError::BadStream("the codec lacks a function of its interface")
}

fn int(value: u32) -> Result<c_int, EncodeError> {
    c_int::try_from(value).map_err(|_| EncodeError::BadStream("a number exceeds the codec's range"))
}

fn byte(value: c_int) -> Result<u8, EncodeError> {
    u8::try_from(value).map_err(|_| EncodeError::BadStream("a number exceeds the codec's range"))
}
