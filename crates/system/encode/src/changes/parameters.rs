//! What the codec's parameter sets say, as far as slices written here depend on it.
//!
//! The writer shares the codec's sets, so that a change between the two needs no new ones. Anything it was not made
//! for is refused here, and the codec then does all the work.

use crate::{ParameterSets, Size};

use super::bits::{BitReader, plain_payload};

const MACROBLOCK: u32 = 16;

/// Parameter sets the writer can write slices for: progressive, 4:2:0 of 8 bits, arithmetic coding, 4×4 transforms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Parameters {
    pub(super) frame_number_bits: u32,
    /// Earlier pictures a decoder holds, at least 1.
    pub(super) references: u32,
    /// Bits of the low part of the picture order count; `None` where the order is that of coding.
    pub(super) order_bits: Option<u32>,
    /// Furthest a block may reach up or down, in whole samples (table A-1).
    pub(super) vertical_reach: u16,
    pub(super) pps_id: u32,
    pub(super) first_quantiser: i32,
    pub(super) chroma_quantiser_offset: i32,
}

impl Parameters {
    /// Reads the sets; `None` if they hold anything the writer was not made for, or describe another size.
    pub(super) fn read(sets: &ParameterSets, coded_size: Size) -> Option<Self> {
        let (frame_number_bits, order_bits, references, vertical_reach) = sequence(&sets.sps, coded_size)?;
        let (pps_id, first_quantiser, chroma_quantiser_offset) = picture(&sets.pps)?;
        Some(Self {
            frame_number_bits,
            references,
            order_bits,
            vertical_reach,
            pps_id,
            first_quantiser,
            chroma_quantiser_offset,
        })
    }
}

/// Clause 7.3.2.1.
fn sequence(unit: &[u8], coded_size: Size) -> Option<(u32, Option<u32>, u32, u16)> {
    const HIGH: u32 = 100;

    let payload = plain_payload(unit);
    let mut bits = BitReader::new(&payload);
    let profile = bits.bits(8)?;
    bits.bits(8)?;
    let level = bits.bits(8)?;
    bits.unsigned()?;
    // 4:2:0, eight bits each, no lossless coding, no scaling lists.
    let is_plain = profile == HIGH
        && bits.unsigned()? == 1
        && bits.unsigned()? == 0
        && bits.unsigned()? == 0
        && !bits.bit()?
        && !bits.bit()?;
    if !is_plain {
        return None;
    }
    let frame_number_bits = bits.unsigned()?.checked_add(4).filter(|bits| *bits <= 16)?;
    let order_bits = match bits.unsigned()? {
        0 => Some(bits.unsigned()?.checked_add(4).filter(|bits| *bits <= 16)?),
        2 => None,
        _ => return None,
    };
    let references = bits.unsigned()?;
    bits.bit()?;
    let across = bits.unsigned()?.checked_add(1)?;
    let down = bits.unsigned()?.checked_add(1)?;
    let is_progressive = bits.bit()?;
    let is_this_size =
        across == coded_size.width.div_ceil(MACROBLOCK) && down == coded_size.height.div_ceil(MACROBLOCK);
    if references == 0 || !is_progressive || !is_this_size {
        return None;
    }
    let vertical_reach = match level {
        0..=10 => 63,
        11..=20 => 127,
        21..=30 => 255,
        _ => 511,
    };
    Some((frame_number_bits, order_bits, references, vertical_reach))
}

/// Clause 7.3.2.2.
fn picture(unit: &[u8]) -> Option<(u32, i32, i32)> {
    let payload = plain_payload(unit);
    let mut bits = BitReader::new(&payload);
    let pps_id = bits.unsigned()?;
    bits.unsigned()?;
    let is_arithmetic = bits.bit()?;
    let has_field_order = bits.bit()?;
    let more_slice_groups = bits.unsigned()?;
    let more_references = (bits.unsigned()?, bits.unsigned()?);
    let is_weighted = bits.bit()?;
    bits.bits(2)?;
    let first_quantiser = bits.signed()?.checked_add(26)?;
    bits.signed()?;
    let chroma_quantiser_offset = bits.signed()?;
    let says_deblocking = bits.bit()?;
    let is_intra_constrained = bits.bit()?;
    let has_redundant_pictures = bits.bit()?;
    let fits = is_arithmetic
        && !has_field_order
        && more_slice_groups == 0
        && more_references.0 == 0
        && !is_weighted
        && says_deblocking
        && !is_intra_constrained
        && !has_redundant_pictures
        && bits.at_end();
    fits.then_some((pps_id, first_quantiser, chroma_quantiser_offset))
}
