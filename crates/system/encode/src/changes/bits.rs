//! Bits as headers and parameter sets have them (Rec. ITU-T H.264 clauses 7.2 and 9.1), and NAL units.

/// Bits being written, first bit highest.
#[derive(Debug, Default)]
pub(super) struct BitWriter {
    bytes: Vec<u8>,
    /// Bits of the last byte that are taken, 0 when it is full or there is none.
    taken: u32,
}

impl BitWriter {
    /// The lowest `count` bits of `value`.
    pub(super) fn bits(&mut self, value: u32, count: u32) {
        for position in (0..count).rev() {
            self.bit(value >> position & 1 == 1);
        }
    }

    pub(super) fn bit(&mut self, bit: bool) {
        if self.taken == 0 {
            self.bytes.push(0);
        }
        if let Some(last) = self.bytes.last_mut() {
            *last |= u8::from(bit) << (7 - self.taken);
        }
        self.taken = (self.taken + 1) % 8;
    }

    /// An unsigned number, `ue(v)`.
    pub(super) fn unsigned(&mut self, value: u32) {
        let code = value.saturating_add(1);
        let length = code.ilog2();
        self.bits(0, length);
        self.bits(code, length + 1);
    }

    /// A signed number, `se(v)`.
    pub(super) fn signed(&mut self, value: i32) {
        let magnitude = value.unsigned_abs();
        self.unsigned(if value > 0 { 2 * magnitude - 1 } else { 2 * magnitude });
    }

    /// Adds the stop bit, fills the last byte with zeros, and gives all bytes.
    pub(super) fn ended(mut self) -> Vec<u8> {
        self.bit(true);
        self.bytes
    }

    /// Fills the last byte with ones, as slice data coded arithmetically asks, and gives all bytes.
    pub(super) fn aligned_with_ones(mut self) -> Vec<u8> {
        while self.taken != 0 {
            self.bit(true);
        }
        self.bytes
    }
}

/// Bits being read; `None` at the end.
#[derive(Clone)]
pub(super) struct BitReader<'a> {
    bytes: &'a [u8],
    position: usize,
}

impl<'a> BitReader<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, position: 0 }
    }

    pub(super) fn bit(&mut self) -> Option<bool> {
        let byte = self.bytes.get(self.position / 8)?;
        let bit = byte >> (7 - self.position % 8) & 1;
        self.position += 1;
        Some(bit == 1)
    }

    /// At most 32 bits.
    pub(super) fn bits(&mut self, count: u32) -> Option<u32> {
        let mut value = 0;
        for _ in 0..count {
            value = value << 1 | u32::from(self.bit()?);
        }
        Some(value)
    }

    pub(super) fn unsigned(&mut self) -> Option<u32> {
        let mut zeros = 0;
        while !self.bit()? {
            zeros += 1;
            if zeros > 31 {
                return None;
            }
        }
        Some((1_u32 << zeros) - 1 + self.bits(zeros)?)
    }

    pub(super) fn signed(&mut self) -> Option<i32> {
        let code = self.unsigned()?;
        let magnitude = i32::try_from(code.div_ceil(2)).ok()?;
        Some(if code % 2 == 1 { magnitude } else { -magnitude })
    }

    /// Whether nothing but the stop bit and zeros is left.
    pub(super) fn at_end(&mut self) -> bool {
        if self.bit() != Some(true) {
            return false;
        }
        while let Some(bit) = self.bit() {
            if bit {
                return false;
            }
        }
        true
    }
}

/// Adds `payload` with the bytes that keep start codes out of it (clause 7.4.1). What stands before must not end with
/// a zero.
pub(super) fn add_escaped<'a>(data: &mut Vec<u8>, payload: impl IntoIterator<Item = &'a u8>) {
    let mut zeros = 0;
    for byte in payload {
        if zeros == 2 && *byte <= 3 {
            data.push(3);
            zeros = 0;
        }
        data.push(*byte);
        zeros = if *byte == 0 { zeros + 1 } else { 0 };
    }
}

/// Adds a NAL unit behind its length in four bytes: the header byte, then a slice's header and data.
pub(super) fn add_unit(data: &mut Vec<u8>, unit_header: u8, slice_header: &[u8], payload: &[u8]) {
    let start = data.len();
    data.extend_from_slice(&[0; 4]);
    data.push(unit_header);
    add_escaped(data, slice_header.iter().chain(payload));
    let length = u32::try_from(data.len() - start - 4).unwrap_or(u32::MAX);
    if let Some(prefix) = data.get_mut(start..start + 4) {
        prefix.copy_from_slice(&length.to_be_bytes());
    }
}

/// A NAL unit's payload without the bytes [`add_unit`] adds.
pub(super) fn plain_payload(unit: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(unit.len());
    let mut zeros = 0;
    for byte in unit.iter().skip(1) {
        if zeros >= 2 && *byte == 3 {
            zeros = 0;
            continue;
        }
        plain.push(*byte);
        zeros = if *byte == 0 { zeros + 1 } else { 0 };
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_back_as_written() {
        let mut writer = BitWriter::default();
        writer.bits(0b101, 3);
        for value in [0, 1, 2, 7, 8, 65_534, 65_535] {
            writer.unsigned(value);
        }
        for value in [0, 1, -1, 2, -300, 300] {
            writer.signed(value);
        }
        writer.bit(true);
        let mut bytes = writer.bytes;
        bytes.push(0);
        let mut reader = BitReader::new(&bytes);
        assert_eq!(reader.bits(3), Some(0b101));
        for value in [0, 1, 2, 7, 8, 65_534, 65_535] {
            assert_eq!(reader.unsigned(), Some(value));
        }
        for value in [0, 1, -1, 2, -300, 300] {
            assert_eq!(reader.signed(), Some(value));
        }
        assert!(reader.at_end());
    }

    #[test]
    fn units_hold_no_start_code_and_read_back() {
        let check = |payload: &[u8], coded: &[u8]| {
            let mut data = vec![9];
            let (header, payload_behind) = payload.split_at(1);
            add_unit(&mut data, 0x61, header, payload_behind);
            assert_eq!(data[..6], [9, 0, 0, 0, u8::try_from(coded.len() + 1).unwrap(), 0x61]);
            assert_eq!(&data[6..], coded);
            assert_eq!(plain_payload(&data[5..]), payload);
        };
        check(&[1, 2, 3], &[1, 2, 3]);
        check(&[0, 0, 1], &[0, 0, 3, 1]);
        check(&[0, 0, 0, 0, 0, 4], &[0, 0, 3, 0, 0, 3, 0, 4]);
        check(&[0, 0, 3, 7], &[0, 0, 3, 3, 7]);
        check(&[0, 0, 4], &[0, 0, 4]);
    }
}
