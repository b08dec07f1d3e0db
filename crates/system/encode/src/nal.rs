//! Taking a codec's Annex B output apart and writing it with lengths.

use crate::{EncodeError, ParameterSets};

const SEQUENCE_PARAMETER_SET: u8 = 7;
const PICTURE_PARAMETER_SET: u8 = 8;

/// What one access unit of Annex B bytes holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Parts {
    /// Everything but parameter sets, each NAL unit behind its length in four bytes.
    pub(crate) data: Vec<u8>,
    sps: Option<Vec<u8>>,
    pps: Option<Vec<u8>>,
}

impl Parts {
    /// Adds one NAL unit with the start code of three or four bytes the codec puts before it.
    pub(crate) fn add(&mut self, with_start_code: &[u8]) -> Result<(), EncodeError> {
        let unit = with_start_code
            .strip_prefix(&[0, 0, 0, 1])
            .or_else(|| with_start_code.strip_prefix(&[0, 0, 1]))
            .ok_or(EncodeError::BadStream("a NAL unit has no start code"))?;
        let header = unit.first().ok_or(EncodeError::BadStream("a NAL unit is empty"))?;
        match header & 0x1f {
            SEQUENCE_PARAMETER_SET => self.sps = Some(unit.to_vec()),
            PICTURE_PARAMETER_SET => self.pps = Some(unit.to_vec()),
            _ => {
                let length = u32::try_from(unit.len())
                    .map_err(|_| EncodeError::BadStream("a NAL unit exceeds four gibibytes"))?;
                self.data.extend_from_slice(&length.to_be_bytes());
                self.data.extend_from_slice(unit);
            }
        }
        Ok(())
    }

    /// The parameter sets, if both were there.
    pub(crate) fn take_parameter_sets(&mut self) -> Option<ParameterSets> {
        Some(ParameterSets { sps: self.sps.take()?, pps: self.pps.take()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameter_sets_are_kept_apart_and_slices_get_lengths() {
        let mut parts = Parts::default();
        for unit in [
            &[0, 0, 0, 1, 0x67, 100, 0, 31][..],
            &[0, 0, 0, 1, 0x68, 0xee],
            &[0, 0, 1, 0x65, 1, 2, 3],
            &[0, 0, 0, 1, 0x06, 9],
        ] {
            parts.add(unit).unwrap();
        }
        let sets = parts.take_parameter_sets().unwrap();
        assert_eq!(sets.sps, [0x67, 100, 0, 31]);
        assert_eq!(sets.pps, [0x68, 0xee]);
        assert_eq!(parts.data, [0, 0, 0, 4, 0x65, 1, 2, 3, 0, 0, 0, 2, 0x06, 9]);
    }

    #[test]
    fn bytes_without_start_code_are_refused() {
        let mut parts = Parts::default();
        for broken in [&[][..], &[0, 0, 0, 1], &[0x65, 1, 2], &[0, 0, 2, 1]] {
            assert!(parts.add(broken).is_err(), "{broken:?}");
        }
        assert_eq!(parts, Parts::default());
    }
}
