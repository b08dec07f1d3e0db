//! Segments back to back, as bodies and logs hold them.

use chaperone_evidence::segment::{self, SegmentError};
use chaperone_seals::{ContentKey, SigningKey};

use super::seeds::vectors;

const KEPT: [&str; 3] = ["segment-0-media", "segment-1-unchanged", "segment-2-gap"];

/// Segments cover the bytes without a hole up to the first error; none verifies that nobody signed.
pub(super) fn segments(input: &[u8]) {
    let session = SigningKey::from_seed(&[0x05; 32]).public();
    let content = ContentKey::from_bytes([0x08; 32]);
    let mut rest = input;
    for found in segment::read_all(input) {
        let Ok(found) = found else { return };
        assert!(rest.starts_with(found.bytes) && !found.bytes.is_empty(), "a segment is not where it stands");
        rest = rest.get(found.bytes.len()..).unwrap_or_default();
        let (again, _) = segment::read_header(found.header_bytes)
            .unwrap_or_else(|error| panic!("a header was read once only: {error}"));
        assert_eq!(again, found.header);
        if found.verify(&session).is_ok() {
            let was_signed = vectors(&KEPT).iter().any(|kept| kept == found.bytes);
            assert!(was_signed, "verified, and nobody signed it");
            let opened: Result<Vec<u8>, SegmentError> = found.open(&content);
            assert!(opened.is_ok(), "what is right does not open");
        }
    }
    assert!(rest.is_empty(), "bytes were passed over in silence");
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = vectors(&KEPT);
    seeds.push(seeds.concat());
    seeds
}
