//! H.264 NAL units, in the two ways they are strung together.
//!
//! *Annex B* puts a start code before each unit, as encoders write them; *AVCC* puts a 32-bit length before each, as
//! MP4 samples hold them.

/// NAL unit types this product looks at (ITU-T H.264, table 7-1).
pub(crate) const IDR_SLICE: u8 = 5;
pub(crate) const SPS: u8 = 7;
pub(crate) const PPS: u8 = 8;

/// Why bytes are not a sample of length-prefixed NAL units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NalError {
    #[error("a sample holds no NAL unit")]
    NoUnit,
    #[error("a NAL unit is empty")]
    EmptyUnit,
    #[error("a NAL unit is cut short")]
    Truncated,
    #[error("a NAL unit is longer than its length field can say")]
    TooLong,
}

/// The NAL units of one AVCC sample, each without its length.
#[derive(Clone, Debug)]
pub struct Nals<'a> {
    rest: &'a [u8],
}

impl<'a> Nals<'a> {
    /// Walks `sample`; an error ends the walk.
    #[must_use]
    pub fn new(sample: &'a [u8]) -> Self {
        Self { rest: sample }
    }

    fn split_first(&mut self) -> Result<&'a [u8], NalError> {
        let (length, rest) = self.rest.split_first_chunk::<4>().ok_or(NalError::Truncated)?;
        let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_| NalError::Truncated)?;
        let (unit, rest) = rest.split_at_checked(length).ok_or(NalError::Truncated)?;
        if unit.is_empty() {
            return Err(NalError::EmptyUnit);
        }
        self.rest = rest;
        Ok(unit)
    }
}

impl<'a> Iterator for Nals<'a> {
    type Item = Result<&'a [u8], NalError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let unit = self.split_first();
        if unit.is_err() {
            self.rest = &[];
        }
        Some(unit)
    }
}

/// What a well-formed AVCC sample holds, as far as MP4 tables care.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SampleShape {
    /// It can be decoded without any picture before it.
    pub(crate) key: bool,
    /// It brings its own parameter sets.
    pub(crate) parameter_sets: bool,
}

/// Checks that `sample` is NAL units from its first byte to its last.
pub(crate) fn sample_shape(sample: &[u8]) -> Result<SampleShape, NalError> {
    if sample.is_empty() {
        return Err(NalError::NoUnit);
    }
    let mut shape = SampleShape { key: false, parameter_sets: false };
    for unit in Nals::new(sample) {
        match unit_type(unit?) {
            Some(IDR_SLICE) => shape.key = true,
            Some(SPS) => shape.parameter_sets = true,
            _ => {}
        }
    }
    Ok(shape)
}

/// The type of a NAL unit; nothing for an empty one.
pub(crate) fn unit_type(unit: &[u8]) -> Option<u8> {
    unit.first().map(|byte| byte & 0x1f)
}

/// One AVCC sample made of `units`.
///
/// # Errors
/// A unit is empty or longer than 32 bits can say, or there is none.
pub fn avcc_from_nals<'a>(units: impl IntoIterator<Item = &'a [u8]>) -> Result<Vec<u8>, NalError> {
    let mut sample = Vec::new();
    for unit in units {
        if unit.is_empty() {
            return Err(NalError::EmptyUnit);
        }
        let length = u32::try_from(unit.len()).map_err(|_| NalError::TooLong)?;
        sample.extend_from_slice(&length.to_be_bytes());
        sample.extend_from_slice(unit);
    }
    if sample.is_empty() {
        return Err(NalError::NoUnit);
    }
    Ok(sample)
}

/// The NAL units of an Annex B stream, without start codes and trailing zeros. Bytes before the first start code and
/// empty units are left out.
pub fn annex_b_nals(stream: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = after_start_code(stream);
    std::iter::from_fn(move || {
        let unit_and_more = rest?;
        let end = start_code(unit_and_more).unwrap_or(unit_and_more.len());
        let (unit, more) = unit_and_more.split_at(end);
        rest = after_start_code(more);
        let zeros = unit.iter().rev().take_while(|&&byte| byte == 0).count();
        Some(unit.split_at(unit.len() - zeros).0)
    })
    .filter(|unit| !unit.is_empty())
}

fn after_start_code(stream: &[u8]) -> Option<&[u8]> {
    let at = start_code(stream)?;
    stream.get(at + 3..)
}

fn start_code(stream: &[u8]) -> Option<usize> {
    stream.windows(3).position(|bytes| bytes == [0, 0, 1])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn annex_b_splits_at_both_start_codes() {
        let stream = [0, 0, 0, 1, 0x67, 1, 2, 0, 0, 1, 0x68, 3, 0, 0, 0, 1, 0, 0, 1, 0x65];
        let units: Vec<&[u8]> = annex_b_nals(&stream).collect();
        assert_eq!(units, [&[0x67, 1, 2][..], &[0x68, 3], &[0x65]]);
    }

    #[test]
    fn annex_b_without_start_code_holds_nothing() {
        assert_eq!(annex_b_nals(&[1, 2, 3]).count(), 0);
        assert_eq!(annex_b_nals(&[]).count(), 0);
    }

    #[test]
    fn sample_is_units_from_end_to_end() {
        let sample = avcc_from_nals([&[0x67, 9][..], &[0x65, 1, 2]]).expect("units");
        let shape = sample_shape(&sample).expect("sample");
        assert!(shape.key && shape.parameter_sets);
        assert_eq!(sample_shape(&[]), Err(NalError::NoUnit));
        assert_eq!(sample_shape(&[0, 0, 0, 0]), Err(NalError::EmptyUnit));
        for cut in 1..sample.len() {
            // Six bytes are the whole first unit.
            assert_eq!(sample_shape(&sample[..cut]).is_ok(), cut == 6, "cut at {cut}");
        }
    }
}
