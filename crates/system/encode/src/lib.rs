//! Pictures in, H.264 access units out.
//!
//! This crate owns: converting the changed tiles of a picture to I420, the codec and its settings, when key
//! frames are made, and the form its output has (length-prefixed NAL units, parameter sets apart). It leaves to
//! others: taking pictures (`capture`), containers and segments (`core/media`), and what to do about a failing
//! encoder.
//!
//! One encoder serves one video track. It is fed changed pictures only, with real times; a picture of another
//! size begins a new coded sequence by itself. Every call blocks for the codec's work (some 10 ms at 1080p).
//!
//! All unsafe code of this crate stands in `openh264.rs`.

mod changes;
mod convert;
mod encoder;
mod key_frames;
mod load;
mod nal;
mod openh264;
mod picture;
mod track;
mod unit;

pub use encoder::{EncodeError, Quality, Settings, VideoEncoder, open};
pub use picture::{Picture, Rect, Size};
pub use unit::{AccessUnit, ParameterSets};
