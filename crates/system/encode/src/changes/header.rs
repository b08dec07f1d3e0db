//! What stands before a slice's data (Rec. ITU-T H.264 clause 7.3.3).

use super::bits::BitWriter;
use super::parameters::Parameters;

/// Two numbers from here on mark key frames in turn, apart from the codec's, which count from 0: neighbouring key
/// frames must differ.
const KEY_NUMBERS: u32 = 65_534;
const MOVED: u32 = 5;
const INTRA: u32 = 7;

/// What becomes of earlier pictures (clause 7.4.3.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Marking {
    /// All are forgotten; `turn` is 0 or 1, another one for each key frame.
    Key { turn: u32 },
    /// The last one is forgotten, for this one takes its place.
    Replace,
    /// The last one is kept for long, in that slot of so many.
    Keep { slot: usize, slots: usize },
}

/// One slice that is a whole picture.
pub(super) struct SliceHeader<'a> {
    pub(super) parameters: &'a Parameters,
    pub(super) frame_number: u32,
    pub(super) order: u32,
    /// Earlier pictures the slice knows: the last one, then those kept for long.
    pub(super) references: usize,
    pub(super) quantiser: u8,
    pub(super) marking: Marking,
}

impl SliceHeader<'_> {
    /// The header, filled up to the byte where slice data begins.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut bits = BitWriter::default();
        let is_key = matches!(self.marking, Marking::Key { .. });
        bits.unsigned(0);
        bits.unsigned(if is_key { INTRA } else { MOVED });
        bits.unsigned(self.parameters.pps_id);
        bits.bits(self.frame_number, self.parameters.frame_number_bits);
        if let Marking::Key { turn } = self.marking {
            bits.unsigned(KEY_NUMBERS + turn);
        }
        if let Some(count) = self.parameters.order_bits {
            bits.bits(self.order, count);
        }
        if !is_key {
            bits.bit(self.references > 1);
            if self.references > 1 {
                bits.unsigned(number(self.references - 1));
            }
            // In the order a decoder lists them by itself.
            bits.bit(false);
        }
        self.mark(&mut bits);
        if !is_key {
            // Contexts begin as table 0 says.
            bits.unsigned(0);
        }
        bits.signed(i32::from(self.quantiser) - self.parameters.first_quantiser);
        // No loop filter.
        bits.unsigned(1);
        bits.aligned_with_ones()
    }

    /// Clause 7.3.3.3. Each operation is a number with what it needs; 0 ends them.
    fn mark(&self, bits: &mut BitWriter) {
        const FORGET: u32 = 1;
        const KEEP: u32 = 3;
        const SET_SLOTS: u32 = 4;
        const END: u32 = 0;
        /// How far back from this picture, less one.
        const LAST: u32 = 0;

        match self.marking {
            // Earlier pictures are still shown; none is kept for long.
            Marking::Key { .. } => bits.bits(0b00, 2),
            // A decoder would replace pictures by age, but only once it holds as many as it may.
            Marking::Replace => {
                bits.bit(true);
                for value in [FORGET, LAST, END] {
                    bits.unsigned(value);
                }
            }
            Marking::Keep { slot, slots } => {
                bits.bit(true);
                for value in [SET_SLOTS, number(slots), KEEP, LAST, number(slot), END] {
                    bits.unsigned(value);
                }
            }
        }
    }
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(0)
}
