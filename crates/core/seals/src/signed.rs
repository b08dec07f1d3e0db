//! The signed envelope: COSE_Sign1 (RFC 9052) around a canonically encoded statement.
//!
//! The protected header holds exactly the algorithm (EdDSA), the content type of the statement and the signer's
//! key id; the unprotected header is empty. The content type separates domains: a receipt can never be taken for
//! a heartbeat. Verification is over the bytes as received, which must be the one encoding we would have written.

use coset::{CoseSign1, CoseSign1Builder, HeaderBuilder, TaggedCborSerializable as _, iana};
use minicbor::{Decode, Encode};

use crate::{KeyId, PublicKey, SigningKey, canonical};

/// Largest envelope that is read, in bytes.
pub const MAX_SIGNED_LEN: usize = 256 * 1024;

/// Something that can be signed.
pub trait Statement: Encode<()> + for<'b> Decode<'b, ()> {
    /// The content type in the protected header; distinct for every kind of statement.
    const CONTENT_TYPE: &'static str;
}

/// Why an envelope was refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignedError {
    /// Longer than [`MAX_SIGNED_LEN`].
    #[error("signed statement is longer than {MAX_SIGNED_LEN} bytes")]
    TooLong,
    /// Not a COSE_Sign1 envelope in the one form we write.
    #[error("not a signed statement in the expected form")]
    Envelope,
    /// A statement of another kind.
    #[error("signed statement is of another kind than {expected}")]
    OtherKind {
        /// The content type that was expected.
        expected: &'static str,
    },
    /// Signed by another key than the one it was checked against.
    #[error("signed by key {found}, not by {expected}")]
    OtherKey {
        /// The key it was checked against.
        expected: KeyId,
        /// The key the envelope names.
        found: KeyId,
    },
    /// The signature does not match.
    #[error("signature does not match")]
    Signature,
    /// The statement inside is not canonical.
    #[error("statement inside the envelope: {0}")]
    Statement(#[from] canonical::CanonicalError),
}

/// Signs `statement`.
#[must_use]
pub fn sign<T: Statement>(statement: &T, key: &SigningKey) -> Vec<u8> {
    let envelope = envelope(T::CONTENT_TYPE, &key.public().id(), canonical::encode(statement))
        .create_signature(&[], |message| key.sign(message))
        .build();
    to_bytes(envelope)
}

/// Verifies that `bytes` is a `T` signed by `key` and returns it.
///
/// # Errors
/// [`SignedError`] when it is anything else.
pub fn verify<T: Statement>(bytes: &[u8], key: &PublicKey) -> Result<T, SignedError> {
    let parts = parse::<T>(bytes)?;
    let expected = key.id();
    if parts.key_id != expected {
        return Err(SignedError::OtherKey { expected, found: parts.key_id });
    }
    parts.envelope.verify_signature(&[], |signature, message| {
        if key.verifies(message, signature) { Ok(()) } else { Err(SignedError::Signature) }
    })?;
    Ok(parts.statement)
}

/// Reads a statement WITHOUT checking its signature, to learn which key it has to be checked against.
///
/// # Errors
/// [`SignedError`] when it is not a well-formed `T`.
pub fn read_unverified<T: Statement>(bytes: &[u8]) -> Result<(KeyId, T), SignedError> {
    let parts = parse::<T>(bytes)?;
    Ok((parts.key_id, parts.statement))
}

struct Parts<T> {
    envelope: CoseSign1,
    key_id: KeyId,
    statement: T,
}

fn parse<T: Statement>(bytes: &[u8]) -> Result<Parts<T>, SignedError> {
    if bytes.len() > MAX_SIGNED_LEN {
        return Err(SignedError::TooLong);
    }
    let found = CoseSign1::from_tagged_slice(bytes).map_err(|_| SignedError::Envelope)?;
    let header = &found.protected.header;
    match &header.content_type {
        Some(coset::ContentType::Text(kind)) if kind == T::CONTENT_TYPE => {}
        Some(_) | None => return Err(SignedError::OtherKind { expected: T::CONTENT_TYPE }),
    }
    let key_id = <[u8; 32]>::try_from(header.key_id.as_slice())
        .map(KeyId::from_bytes)
        .map_err(|_| SignedError::Envelope)?;
    let payload = found.payload.clone().ok_or(SignedError::Envelope)?;

    // Written once more from its parts and compared: whatever else stood in the envelope makes a difference.
    let written = to_bytes(
        envelope(T::CONTENT_TYPE, &key_id, payload.clone()).signature(found.signature.clone()).build(),
    );
    if written != bytes {
        return Err(SignedError::Envelope);
    }
    let statement = canonical::decode(&payload)?;
    Ok(Parts { envelope: found, key_id, statement })
}

fn envelope(content_type: &str, key_id: &KeyId, payload: Vec<u8>) -> CoseSign1Builder {
    let header = HeaderBuilder::new()
        .algorithm(iana::Algorithm::EdDSA)
        .content_type(content_type.to_owned())
        .key_id(key_id.as_bytes().to_vec())
        .build();
    CoseSign1Builder::new().protected(header).payload(payload)
}

fn to_bytes(envelope: CoseSign1) -> Vec<u8> {
    #[expect(
        clippy::expect_used,
        reason = "the header holds only fields that coset can encode, and memory accepts every write"
    )]
    envelope.to_tagged_vec().expect("encoding an envelope of known fields")
}

#[cfg(test)]
mod tests {
    use coset::CborSerializable as _;

    use super::*;

    #[derive(Debug, PartialEq, Encode, Decode)]
    #[cbor(map)]
    struct Note {
        #[n(0)]
        text: String,
    }
    impl Statement for Note {
        const CONTENT_TYPE: &'static str = "application/chaperone.note";
    }

    #[derive(Debug, PartialEq, Encode, Decode)]
    #[cbor(map)]
    struct OtherNote {
        #[n(0)]
        text: String,
    }
    impl Statement for OtherNote {
        const CONTENT_TYPE: &'static str = "application/chaperone.other-note";
    }

    fn note() -> Note {
        Note { text: "kept".into() }
    }

    #[test]
    fn a_signed_statement_reads_back() {
        let key = SigningKey::from_seed(&[7; 32]);
        let bytes = sign(&note(), &key);
        assert_eq!(verify::<Note>(&bytes, &key.public()).unwrap(), note());
        let (id, read) = read_unverified::<Note>(&bytes).unwrap();
        assert_eq!((id, read), (key.public().id(), note()));
    }

    #[test]
    fn every_flipped_bit_is_found() {
        let key = SigningKey::from_seed(&[7; 32]);
        let bytes = sign(&note(), &key);
        for bit in 0..bytes.len() * 8 {
            let mut changed = bytes.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(verify::<Note>(&changed, &key.public()).is_err(), "bit {bit}");
        }
    }

    #[test]
    fn another_kind_and_another_key_are_told_apart() {
        let key = SigningKey::from_seed(&[7; 32]);
        let bytes = sign(&note(), &key);
        assert!(matches!(verify::<OtherNote>(&bytes, &key.public()), Err(SignedError::OtherKind { .. })));
        let other = SigningKey::from_seed(&[8; 32]);
        assert!(matches!(verify::<Note>(&bytes, &other.public()), Err(SignedError::OtherKey { .. })));
    }

    #[test]
    fn an_unprotected_header_is_refused() {
        let key = SigningKey::from_seed(&[7; 32]);
        let mut envelope = CoseSign1::from_tagged_slice(&sign(&note(), &key)).unwrap();
        envelope.unprotected = HeaderBuilder::new().iv(vec![1]).build();
        let bytes = envelope.to_tagged_vec().unwrap();
        assert!(matches!(verify::<Note>(&bytes, &key.public()), Err(SignedError::Envelope)));
    }

    #[test]
    fn a_missing_tag_is_refused() {
        let key = SigningKey::from_seed(&[7; 32]);
        let envelope = CoseSign1::from_tagged_slice(&sign(&note(), &key)).unwrap();
        let bytes = envelope.to_vec().unwrap();
        assert!(verify::<Note>(&bytes, &key.public()).is_err());
    }
}
