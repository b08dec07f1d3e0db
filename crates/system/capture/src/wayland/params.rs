//! What is told to PipeWire of the stream we want, in its own format.

use std::io::Cursor;

use pipewire::spa::param::ParamType;
use pipewire::spa::param::format::{FormatProperties, MediaSubtype, MediaType};
use pipewire::spa::param::video::VideoFormat;
use pipewire::spa::pod::serialize::{GenError, PodSerializer};
use pipewire::spa::pod::{ChoiceValue, Object, Property, Value, object, property};
use pipewire::spa::sys;
use pipewire::spa::utils::{Choice, ChoiceEnum, ChoiceFlags, Fraction, Id, Rectangle, SpaTypes};

use crate::FrameRate;

/// The formats we read, best first, and the rate above which pictures are of no use.
///
/// No modifier is named, so that pixels come in plain memory.
pub(super) fn formats(rate: FrameRate) -> Result<Vec<u8>, GenError> {
    let per_second = |num| Fraction { num, denom: 1 };
    let interval_ms = u32::try_from(rate.interval().as_millis()).unwrap_or(u32::MAX);
    let most = Fraction { num: 1_000, denom: interval_ms };
    let side = |width| Rectangle { width, height: width };
    bytes(object!(
        SpaTypes::ObjectParamFormat,
        ParamType::EnumFormat,
        property!(FormatProperties::MediaType, Id, MediaType::Video),
        property!(FormatProperties::MediaSubtype, Id, MediaSubtype::Raw),
        property!(
            FormatProperties::VideoFormat,
            Choice,
            Enum,
            Id,
            VideoFormat::BGRx,
            VideoFormat::BGRx,
            VideoFormat::BGRA,
            VideoFormat::RGBx,
            VideoFormat::RGBA
        ),
        property!(FormatProperties::VideoSize, Choice, Range, Rectangle, side(1024), side(1), side(16_384)),
        // Zero: pictures come when something changes.
        property!(
            FormatProperties::VideoFramerate,
            Choice,
            Range,
            Fraction,
            per_second(0),
            per_second(0),
            per_second(1_000)
        ),
        property!(FormatProperties::VideoMaxFramerate, Choice, Range, Fraction, most, per_second(1), most),
    ))
}

/// Buffers in plain memory, and what has to come with each: its time and state, and which part of it is the picture.
pub(super) fn buffers() -> Result<[Vec<u8>; 3], GenError> {
    let memory = [sys::SPA_DATA_MemFd, sys::SPA_DATA_MemPtr].iter().fold(0, |all, kind| all | 1 << kind);
    let kinds = ChoiceEnum::Flags { default: memory, flags: Vec::new() };
    let buffers = Object {
        type_: SpaTypes::ObjectParamBuffers.as_raw(),
        id: ParamType::Buffers.as_raw(),
        properties: vec![Property::new(
            sys::SPA_PARAM_BUFFERS_dataType,
            Value::Choice(ChoiceValue::Int(Choice(ChoiceFlags::empty(), kinds))),
        )],
    };
    Ok([
        bytes(buffers)?,
        meta::<sys::spa_meta_header>(sys::SPA_META_Header)?,
        meta::<sys::spa_meta_region>(sys::SPA_META_VideoCrop)?,
    ])
}

fn meta<T>(kind: u32) -> Result<Vec<u8>, GenError> {
    bytes(Object {
        type_: SpaTypes::ObjectParamMeta.as_raw(),
        id: ParamType::Meta.as_raw(),
        properties: vec![
            Property::new(sys::SPA_PARAM_META_type, Value::Id(Id(kind))),
            Property::new(
                sys::SPA_PARAM_META_size,
                Value::Int(i32::try_from(size_of::<T>()).unwrap_or(i32::MAX)),
            ),
        ],
    })
}

fn bytes(object: Object) -> Result<Vec<u8>, GenError> {
    Ok(PodSerializer::serialize(Cursor::new(Vec::new()), &Value::Object(object))?.0.into_inner())
}
