//! Deterministic CBOR (RFC 8949 section 4.2.1), so that one value has exactly one encoding.
//!
//! Writing is deterministic by construction: structures are maps with ascending integer keys, integers take their
//! shortest form, lengths are definite. Reading enforces it by encoding what was read once more and comparing:
//! unknown fields, fields given twice, reordered fields, long integer forms and trailing bytes all differ and are
//! refused alike.

use minicbor::{Decode, Encode};

/// Why bytes were refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CanonicalError {
    /// The bytes are not CBOR of the expected shape.
    #[error("not the expected structure: {0}")]
    Structure(String),
    /// The bytes hold the expected structure in another encoding than the deterministic one, or more than it.
    #[error("not in deterministic encoding, or with fields that do not belong there")]
    NotDeterministic,
}

/// Encodes `value`. Writing to memory cannot fail for the structures of this project.
#[must_use]
pub fn encode<T: Encode<()>>(value: &T) -> Vec<u8> {
    let mut out = Vec::new();
    #[expect(
        clippy::expect_used,
        reason = "a Vec accepts every write, and no structure here has a fallible encoder"
    )]
    minicbor::encode(value, &mut out).expect("encoding to memory");
    out
}

/// Decodes `bytes` as exactly one `T` in its deterministic encoding.
///
/// # Errors
/// [`CanonicalError`] when the bytes are anything else.
pub fn decode<T>(bytes: &[u8]) -> Result<T, CanonicalError>
where
    T: Encode<()> + for<'b> Decode<'b, ()>,
{
    let value: T = minicbor::decode(bytes).map_err(|e| CanonicalError::Structure(e.to_string()))?;
    if encode(&value) == bytes { Ok(value) } else { Err(CanonicalError::NotDeterministic) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Encode, Decode)]
    #[cbor(map)]
    struct Pair {
        #[n(0)]
        left: u64,
        #[n(1)]
        right: Option<String>,
    }

    #[track_caller]
    fn refused(bytes: &[u8]) {
        assert!(decode::<Pair>(bytes).is_err(), "{bytes:02x?} was accepted");
    }

    #[test]
    fn reads_what_it_writes() {
        let pair = Pair { left: 7, right: Some("r".into()) };
        assert_eq!(encode(&pair), [0xa2, 0x00, 0x07, 0x01, 0x61, b'r']);
        assert_eq!(decode::<Pair>(&encode(&pair)).unwrap(), pair);
    }

    #[test]
    fn absent_fields_are_not_written() {
        assert_eq!(encode(&Pair { left: 7, right: None }), [0xa1, 0x00, 0x07]);
    }

    #[test]
    fn every_other_encoding_is_refused() {
        refused(&[]);
        refused(&[0xa1, 0x00, 0x18, 0x07]); // 7 in two bytes
        refused(&[0xa2, 0x01, 0x61, b'r', 0x00, 0x07]); // fields out of order
        refused(&[0xa2, 0x00, 0x07, 0x00, 0x07]); // a field twice
        refused(&[0xa2, 0x00, 0x07, 0x02, 0x00]); // an unknown field
        refused(&[0xa2, 0x00, 0x07, 0x01, 0xf6]); // null in place of an absent field
        refused(&[0xbf, 0x00, 0x07, 0xff]); // indefinite length
        refused(&[0xa1, 0x00, 0x07, 0x00]); // something behind it
    }
}
