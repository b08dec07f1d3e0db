//! The little of a sequence parameter set that its sample description repeats (ITU-T H.264, 7.3.2.1.1).

use crate::nal::{self, unit_type};

/// How colour is coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Chroma {
    /// The one kind this product records.
    Yuv420EightBit,
    Other,
}

/// Profiles whose parameter set says how colour is coded; all others are 8-bit 4:2:0 by definition.
pub(super) const HIGH_PROFILES: [u8; 13] = [100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135];

/// How the pictures under `sps` are coded; nothing if it is not a sequence parameter set.
pub(super) fn chroma(sps: &[u8]) -> Option<Chroma> {
    let [_, profile, _, _, rest @ ..] = sps else {
        return None;
    };
    if unit_type(sps) != Some(nal::SPS) || rest.is_empty() {
        return None;
    }
    if !HIGH_PROFILES.contains(profile) {
        return Some(Chroma::Yuv420EightBit);
    }
    let mut bits = Bits::new(rest);
    let _id = bits.unsigned()?;
    let format = bits.unsigned()?;
    // Only format 3 puts a bit between these fields, and it is `Other` by its first one already.
    let depth_luma_minus_8 = bits.unsigned()?;
    let depth_chroma_minus_8 = bits.unsigned()?;
    Some(match (format, depth_luma_minus_8, depth_chroma_minus_8) {
        (1, 0, 0) => Chroma::Yuv420EightBit,
        _ => Chroma::Other,
    })
}

/// Bits of a byte string, highest first.
struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Bits<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    fn bit(&mut self) -> Option<u32> {
        let byte = self.bytes.get(self.at / 8)?;
        let bit = byte >> (7 - self.at % 8) & 1;
        self.at += 1;
        Some(u32::from(bit))
    }

    /// An Exp-Golomb coded number (9.1).
    fn unsigned(&mut self) -> Option<u32> {
        let mut zeros = 0_u32;
        while self.bit()? == 0 {
            zeros += 1;
            if zeros > 16 {
                return None;
            }
        }
        let mut value = 1_u32;
        for _ in 0..zeros {
            value = value << 1 | self.bit()?;
        }
        Some(value - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour_is_read_out_of_high_profiles() {
        for (sps, chroma_of) in [
            // id 0, format 1, depths 0 and 0: 1 010 1 1 ..
            (&[0x67, 100, 0, 31, 0b1010_1100][..], Some(Chroma::Yuv420EightBit)),
            // format 2: 1 011 1 1
            (&[0x67, 122, 0, 31, 0b1011_1100], Some(Chroma::Other)),
            // depth 2: 1 010 011 1
            (&[0x67, 110, 0, 31, 0b1010_0111], Some(Chroma::Other)),
            (&[0x67, 66, 0xc0, 31, 0], Some(Chroma::Yuv420EightBit)),
            (&[0x67, 100, 0, 31, 0], None),
            (&[0x68, 66, 0xc0, 31, 0], None),
            (&[0x67, 66, 0xc0], None),
        ] {
            assert_eq!(chroma(sps), chroma_of, "{sps:x?}");
        }
    }
}
