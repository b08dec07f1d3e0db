//! The little of a sequence parameter set that its sample description repeats (ITU-T H.264, 7.3.2.1.1).

use super::PictureSize;
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

/// The size of the pictures a decoder puts out under `sps`; nothing where it is not a sequence parameter set of the video
/// written here, or states its size in a way no encoder used here does.
pub(super) fn picture_size(sps: &[u8]) -> Option<PictureSize> {
    let [_, profile, _, _, coded @ ..] = sps else {
        return None;
    };
    if chroma(sps) != Some(Chroma::Yuv420EightBit) {
        return None;
    }
    let rest = without_emulation_prevention(coded);
    let mut bits = Bits::new(&rest);
    let _id = bits.unsigned()?;
    if HIGH_PROFILES.contains(profile) {
        let _format_and_depths = (bits.unsigned()?, bits.unsigned()?, bits.unsigned()?);
        let _bypass = bits.bit()?;
        // Scaling matrices are long, and nobody here writes them.
        if bits.bit()? == 1 {
            return None;
        }
    }
    let _frame_number_bits = bits.unsigned()?;
    match bits.unsigned()? {
        0 => {
            let _order_bits = bits.unsigned()?;
        }
        2 => {}
        // Order by a cycle: pictures come in their own order here.
        _ => return None,
    }
    let _references_and_gaps = (bits.unsigned()?, bits.bit()?);
    let width = (bits.unsigned()? + 1) * 16;
    let map_units = (bits.unsigned()? + 1) * 16;
    let frames_only = bits.bit()?;
    if frames_only == 0 {
        // Interlaced.
        return None;
    }
    let _direct_8x8 = bits.bit()?;
    let mut crop = [0; 4];
    if bits.bit()? == 1 {
        for side in &mut crop {
            *side = bits.unsigned()? * 2;
        }
    }
    let [left, right, top, bottom] = crop;
    let cropped = |whole: u32, cut: u32| u16::try_from(whole.checked_sub(cut)?).ok();
    Some(PictureSize { width: cropped(width, left + right)?, height: cropped(map_units, top + bottom)? })
}

/// The bytes without those put in so that no start code appears (7.4.1.1).
fn without_emulation_prevention(coded: &[u8]) -> Vec<u8> {
    let mut zeros = 0;
    let kept = coded.iter().filter(|byte| {
        let put_in = zeros >= 2 && **byte == 3;
        zeros = if **byte == 0 { zeros + 1 } else { 0 };
        !put_in
    });
    kept.copied().collect()
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

    #[test]
    fn size_is_read_with_its_cropping() {
        let size = |width, height| Some(PictureSize { width, height });
        for (sps, expected) in [
            // 1 1 011 010 0, 00100 011, 1 1 0: 4 by 3 macroblocks
            (&[0x67, 66, 0xc0, 30, 0b1101_1010, 0b0001_0001, 0b1110_0100][..], size(64, 48)),
            // cropped by 1 right and 2 below: 1 1 1, 1 010 1 011
            (&[0x67, 66, 0xc0, 30, 0b1101_1010, 0b0001_0001, 0b1111_1010, 0b1011_0100], size(62, 44)),
            // interlaced
            (&[0x67, 66, 0xc0, 30, 0b1101_1010, 0b0001_0001, 0b1010_0100], None),
            // cut short
            (&[0x67, 66, 0xc0, 30, 0b1101_1010], None),
            (&[0x68, 66, 0xc0, 30, 0b1101_1010, 0b0001_0001, 0b1110_0100], None),
            // 1920x1080 of libx264, High 4.0: a byte was put in
            (
                &[
                    0x67, 0x64, 0x00, 0x28, 0xac, 0xd9, 0x40, 0x78, 0x02, 0x27, 0xe5, 0xc0, 0x44, 0x00, 0x00,
                    0x03, 0x00, 0x04, 0x00, 0x00, 0x03, 0x00, 0xf0, 0x3c, 0x60, 0xc6, 0x58,
                ],
                size(1920, 1080),
            ),
        ] {
            assert_eq!(picture_size(sps), expected, "{sps:x?}");
        }
    }
}
