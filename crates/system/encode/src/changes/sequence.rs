//! The sequence parameter set: the codec's own, with room for more earlier pictures (Rec. ITU-T H.264 clause 7.3.2.1).
//!
//! The codec predicts from the last picture alone and its slices are the same under the wider set, so both encoders
//! share it.

use super::bits::{BitReader, BitWriter, add_escaped, plain_payload};

/// Earlier pictures asked for: what a decoder holds at 1080p is then 19 MB, and the encoder about twice that.
pub(super) const MOST_REFERENCES: usize = 6;
const REFERENCES: u32 = 6;

/// Levels and the macroblocks of all pictures a decoder holds under them (table A-1, `MaxDpbMbs`).
const LEVELS: [(u8, u32); 12] = [
    (10, 396),
    (11, 900),
    (12, 2_376),
    (21, 4_752),
    (22, 8_100),
    (31, 18_000),
    (32, 20_480),
    (40, 32_768),
    (42, 34_816),
    (50, 110_400),
    (51, 184_320),
    (52, 184_320),
];

/// The codec's set for more earlier pictures, and a level that allows them; `None` if the set is of a kind that was
/// never seen of it.
pub(super) fn with_more_references(unit: &[u8]) -> Option<Vec<u8>> {
    let payload = plain_payload(unit);
    let mut copy = Copy { from: BitReader::new(&payload), to: BitWriter::default() };
    copy.bits(16)?;
    let level_of_codec = u8::try_from(copy.from.bits(8)?).ok()?;
    // The level depends on what is read further on; eight bits are kept for it.
    let level_place = 2;
    copy.to.bits(0, 8);
    copy.unsigned()?;
    // Chroma format, both depths, lossless coding, scaling lists.
    let is_plain = copy.unsigned()? == 1
        && copy.unsigned()? == 0
        && copy.unsigned()? == 0
        && copy.bits(1)? == 0
        && copy.bits(1)? == 0;
    if !is_plain {
        return None;
    }
    copy.unsigned()?;
    match copy.unsigned()? {
        0 => {
            copy.unsigned()?;
        }
        2 => {}
        _ => return None,
    }
    let fewest = copy.from.unsigned()?;
    let mut ahead = copy.from.clone();
    ahead.bit()?;
    let macroblocks = ahead.unsigned()?.checked_add(1)?.checked_mul(ahead.unsigned()?.checked_add(1)?)?;
    let (level, references) = level_for(level_of_codec, macroblocks, fewest)?;
    copy.to.unsigned(references);
    copy.bits(1)?;
    copy.unsigned()?;
    copy.unsigned()?;
    // Progressive, direct inference.
    copy.bits(2)?;
    if copy.bits(1)? == 1 {
        for _ in 0..4 {
            copy.unsigned()?;
        }
    }
    copy.usability(references)?;
    if !copy.from.at_end() {
        return None;
    }
    let mut payload = copy.to.ended();
    *payload.get_mut(level_place)? = level;
    let mut set = vec![*unit.first()?];
    add_escaped(&mut set, &payload);
    Some(set)
}

/// The lowest level from the codec's own on that holds the pictures asked for, or the highest with fewer.
fn level_for(least: u8, macroblocks: u32, fewest: u32) -> Option<(u8, u32)> {
    let holds = |pictures: u32| {
        LEVELS.iter().find(|(level, all)| *level >= least && macroblocks.saturating_mul(pictures) <= *all)
    };
    (fewest.max(1)..=REFERENCES.max(fewest))
        .rev()
        .find_map(|pictures| holds(pictures).map(|(level, _)| (*level, pictures)))
}

/// A set being read and written at once.
struct Copy<'a> {
    from: BitReader<'a>,
    to: BitWriter,
}

impl Copy<'_> {
    fn bits(&mut self, count: u32) -> Option<u32> {
        let value = self.from.bits(count)?;
        self.to.bits(value, count);
        Some(value)
    }

    fn unsigned(&mut self) -> Option<u32> {
        let value = self.from.unsigned()?;
        self.to.unsigned(value);
        Some(value)
    }

    /// Annex E: colours and what a decoder must hold, as the codec writes them.
    fn usability(&mut self, references: u32) -> Option<()> {
        const COLOURS: u32 = 24;

        if self.bits(1)? == 0 {
            return Some(());
        }
        // Aspect ratio, overscan.
        if self.bits(2)? != 0 {
            return None;
        }
        if self.bits(1)? == 1 {
            self.bits(4)?;
            if self.bits(1)? == 1 {
                self.bits(COLOURS)?;
            }
        }
        // Place of chroma, timing, both kinds of buffer models, structure of pictures.
        if self.bits(5)? != 0 {
            return None;
        }
        if self.bits(1)? == 1 {
            self.bits(1)?;
            // Sizes of pictures and macroblocks, lengths of motion both ways, pictures out of order.
            for _ in 0..5 {
                self.unsigned()?;
            }
            self.from.unsigned()?;
            self.to.unsigned(references);
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_level_holds_the_pictures() {
        assert_eq!(level_for(40, 8_160, 1), Some((50, 6)));
        assert_eq!(level_for(31, 3_600, 1), Some((40, 6)));
        assert_eq!(level_for(10, 1, 1), Some((10, 6)));
        assert_eq!(level_for(51, 34_560, 1), Some((51, 5)), "4096x2160");
        assert_eq!(level_for(51, 28_800, 1), Some((51, 6)), "5120x1440");
        assert_eq!(level_for(51, 36_864, 1), Some((51, 5)), "the largest");
        assert_eq!(level_for(52, 200_000, 1), None);
    }
}
