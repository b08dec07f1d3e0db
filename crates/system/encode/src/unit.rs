//! What an encoder gives.

use std::time::Duration;

use crate::Size;

/// One coded picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessUnit {
    /// NAL units, each behind its length in four bytes, big endian ("AVCC"); without parameter sets.
    pub data: Vec<u8>,
    /// Whether decoding can begin here (an IDR picture).
    pub is_key: bool,
    /// The time of the picture as handed in.
    pub at: Duration,
    /// Size a decoder shows: the true size padded to even numbers and at least 16.
    pub coded_size: Size,
    /// Size of the picture as handed in: what lies right of or below it in the coded picture is padding.
    pub true_size: Size,
    /// Present when they differ from those given before, always with a key frame: at the start and when the
    /// coded size changes.
    pub parameter_sets: Option<ParameterSets>,
}

/// Sequence and picture parameter set, each one NAL unit without start code or length.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParameterSets {
    /// Sequence parameter set (NAL type 7); bytes 1 to 3 are profile, constraints and level.
    pub sps: Vec<u8>,
    /// Picture parameter set (NAL type 8).
    pub pps: Vec<u8>,
}
