//! What a decoder must know before the first picture: parameter sets and sizes, and their sample description (`avc1`).

mod description;
mod init;
mod sps;

pub(crate) use description::write_description;
pub(crate) use init::{read_init, write_init};

use crate::nal::{self, Nals, unit_type};

/// Width and height in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PictureSize {
    pub width: u16,
    pub height: u16,
}

/// How the pictures of a stretch of video are coded: 8-bit 4:2:0 H.264, BT.709 in limited range.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct VideoFormat {
    coded: PictureSize,
    shown: PictureSize,
    sps: Vec<u8>,
    pps: Vec<u8>,
}

/// The longest parameter set taken, in bytes.
const MAX_PARAMETER_SET_LEN: usize = 1024;

/// Why sizes and parameter sets do not make a format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FormatError {
    #[error("a picture has no size")]
    NoSize,
    #[error("the shown picture is larger than the coded one")]
    ShownLargerThanCoded,
    #[error("the sequence parameter set is not one of 8-bit 4:2:0 video")]
    SequenceParameterSet,
    #[error("the picture parameter set is not one")]
    PictureParameterSet,
}

impl VideoFormat {
    /// A format of pictures `coded` large as a decoder puts them out, of which the upper left `shown` large part is
    /// screen (an odd width or height is coded one larger). `sps` and `pps` are NAL units without start code or length.
    ///
    /// # Errors
    /// A size is zero or contradicts the other, or a parameter set is not of the video written here.
    pub fn new(coded: PictureSize, shown: PictureSize, sps: &[u8], pps: &[u8]) -> Result<Self, FormatError> {
        if shown.width == 0 || shown.height == 0 {
            return Err(FormatError::NoSize);
        }
        if shown.width > coded.width || shown.height > coded.height {
            return Err(FormatError::ShownLargerThanCoded);
        }
        if sps.len() > MAX_PARAMETER_SET_LEN || sps::chroma(sps) != Some(sps::Chroma::Yuv420EightBit) {
            return Err(FormatError::SequenceParameterSet);
        }
        if pps.len() > MAX_PARAMETER_SET_LEN || pps.len() < 2 || unit_type(pps) != Some(nal::PPS) {
            return Err(FormatError::PictureParameterSet);
        }
        Ok(Self { coded, shown, sps: sps.to_vec(), pps: pps.to_vec() })
    }

    /// The format that the first picture of `data` brings itself, where it is a key picture of the video written here.
    /// What of it was on the screen does not stand there: all of it is taken to be.
    pub(crate) fn of_key_picture(data: &[u8]) -> Option<Self> {
        let units = Nals::new(data).map_while(Result::ok);
        let (mut sps, mut pps) = (None, None);
        for unit in units.take_while(|unit| unit_type(unit) != Some(nal::IDR_SLICE)) {
            match unit_type(unit) {
                Some(nal::SPS) => sps = Some(unit),
                Some(nal::PPS) => pps = Some(unit),
                _ => {}
            }
        }
        let (sps, pps) = (sps?, pps?);
        let size = sps::picture_size(sps)?;
        Self::new(size, size, sps, pps).ok()
    }

    /// Size of the pictures a decoder puts out.
    #[must_use]
    pub fn coded(&self) -> PictureSize {
        self.coded
    }

    /// Size of the part of them that was on the screen.
    #[must_use]
    pub fn shown(&self) -> PictureSize {
        self.shown
    }

    /// The sequence parameter set, a NAL unit.
    #[must_use]
    pub fn sps(&self) -> &[u8] {
        &self.sps
    }

    /// The picture parameter set, a NAL unit.
    #[must_use]
    pub fn pps(&self) -> &[u8] {
        &self.pps
    }

    /// The codec's name for a browser's `MediaSource` (RFC 6381), such as `avc1.64001f`.
    #[must_use]
    pub fn codec_name(&self) -> String {
        let [profile, compatibility, level] = self.profile();
        format!("avc1.{profile:02x}{compatibility:02x}{level:02x}")
    }

    /// Profile, compatibility flags and level: the three bytes after the NAL unit's first.
    fn profile(&self) -> [u8; 3] {
        match self.sps.as_slice() {
            [_, profile, compatibility, level, ..] => [*profile, *compatibility, *level],
            // INVARIANT: `new` refuses parameter sets this short.
            _ => [0; 3],
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Parameter sets of 64x48 Constrained Baseline, made by x264.
    pub(crate) const SPS: [u8; 5] = [0x67, 0x42, 0xc0, 0x0a, 0xd9];
    pub(crate) const PPS: [u8; 4] = [0x68, 0xcb, 0x83, 0xcb];

    pub(crate) fn format(width: u16, height: u16) -> VideoFormat {
        let size = PictureSize { width, height };
        VideoFormat::new(size, size, &SPS, &PPS).expect("a format")
    }

    #[test]
    fn sizes_and_parameter_sets_are_checked() {
        let size = |width, height| PictureSize { width, height };
        let check = |coded, shown, sps: &[u8], pps: &[u8]| {
            VideoFormat::new(coded, shown, sps, pps).map(|format| format.codec_name())
        };
        let good = size(802, 602);
        assert_eq!(check(good, size(801, 601), &SPS, &PPS), Ok("avc1.42c00a".into()));
        assert_eq!(check(good, size(0, 2), &SPS, &PPS), Err(FormatError::NoSize));
        assert_eq!(check(good, size(803, 2), &SPS, &PPS), Err(FormatError::ShownLargerThanCoded));
        for bad in [&PPS[..], &[], &[0x67], &[0x67, 0x42, 0xc0, 0x0a], &[0x67; 2000]] {
            let outcome = check(good, good, bad, &PPS);
            assert_eq!(outcome, Err(FormatError::SequenceParameterSet), "{bad:?}");
        }
        assert_eq!(check(good, good, &SPS, &SPS), Err(FormatError::PictureParameterSet));
    }
}
