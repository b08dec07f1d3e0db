//! Enrolling a device: the code a person pastes, and what is said over the wire.
//!
//! The code names the server, its root's fingerprint and a one-time secret:
//! `chaperone-enrol-1.<base64url of the canonical CBOR>.<check>`, where `check` is the first 8 hex digits of the
//! SHA-256 of what stands before the last full stop. The check catches a bad paste; trust rests on the fingerprint.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chaperone_seals::{Digest, Nonce, PublicKey, Statement, canonical};
use minicbor::{Decode, Encode};
use zeroize::ZeroizeOnDrop;

use crate::{DeviceId, Origin, origin::OriginError};

/// Longest code, in bytes.
pub const MAX_CODE_LEN: usize = 1024;

const PREFIX: &str = "chaperone-enrol-1.";
const CHECK_LEN: usize = 8;

/// The one-time secret of an enrolment code: 128 random bits. Wiped from memory when dropped; does not show itself.
#[derive(Clone, PartialEq, Eq, ZeroizeOnDrop)]
pub struct EnrolmentSecret([u8; 16]);

impl EnrolmentSecret {
    /// Wraps 16 random bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// What the server stores instead of the secret.
    #[must_use]
    pub fn hash(&self) -> Digest {
        Digest::of(&self.0)
    }
}

impl std::fmt::Debug for EnrolmentSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("EnrolmentSecret")
    }
}

impl<C> Encode<C> for EnrolmentSecret {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.bytes(&self.0)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for EnrolmentSecret {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        <[u8; 16]>::try_from(d.bytes()?)
            .map(Self)
            .map_err(|_| minicbor::decode::Error::message("enrolment secret is not 16 bytes"))
    }
}

/// What the console shows and the user pastes into the launcher.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnrolmentCode {
    /// The server.
    pub origin: Origin,
    /// What the launcher pins: the hash of the server's root key.
    pub root: Digest,
    /// Proves that whoever pastes it got it from the console.
    pub secret: EnrolmentSecret,
}

#[derive(Encode, Decode)]
#[cbor(map)]
struct CodeFields {
    #[n(0)]
    origin: String,
    #[n(1)]
    root: Digest,
    #[n(2)]
    secret: EnrolmentSecret,
}

/// Why text is not an enrolment code. Never quotes it: it may hold the secret.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CodeError {
    /// Does not begin as one.
    #[error("this is not an enrolment code: it must begin with {PREFIX}")]
    Prefix,
    /// Cut off or changed on the way.
    #[error("enrolment code is incomplete or has a typing error: copy all of it once more")]
    Damaged,
    /// The server is not an origin.
    #[error("enrolment code names no usable server: {0}")]
    Server(#[from] OriginError),
}

impl EnrolmentCode {
    /// Writes the code. It holds the one-time secret.
    #[must_use]
    pub fn to_text(&self) -> String {
        let fields = CodeFields {
            origin: self.origin.as_str().to_owned(),
            root: self.root,
            secret: self.secret.clone(),
        };
        let body = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(canonical::encode(&fields)));
        format!("{body}.{}", check(&body))
    }

    /// Reads a code; white space around it and line breaks within it, as pasting makes them, do not matter.
    ///
    /// # Errors
    /// [`CodeError`] saying what to do.
    pub fn parse(text: &str) -> Result<Self, CodeError> {
        if text.len() > MAX_CODE_LEN {
            return Err(CodeError::Damaged);
        }
        let text: String = text.split_ascii_whitespace().collect();
        if !text.starts_with(PREFIX) {
            return Err(CodeError::Prefix);
        }
        let (body, found) = text.rsplit_once('.').ok_or(CodeError::Damaged)?;
        if check(body) != found {
            return Err(CodeError::Damaged);
        }
        let encoded = body.strip_prefix(PREFIX).ok_or(CodeError::Damaged)?;
        let bytes = URL_SAFE_NO_PAD.decode(encoded).map_err(|_| CodeError::Damaged)?;
        let fields: CodeFields = canonical::decode(&bytes).map_err(|_| CodeError::Damaged)?;
        let origin = Origin::parse(&fields.origin)?;
        if origin.as_str() != fields.origin {
            return Err(CodeError::Damaged);
        }
        Ok(Self { origin, root: fields.root, secret: fields.secret })
    }
}

fn check(body: &str) -> String {
    Digest::of(body.as_bytes()).to_string().chars().take(CHECK_LEN).collect()
}

/// A device asks to be enrolled. Signed by the device key it names.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct EnrolRequest {
    /// The server it is meant for.
    #[n(0)]
    pub origin: String,
    /// The one-time secret of the code.
    #[n(1)]
    pub secret: EnrolmentSecret,
    /// The device's public key.
    #[n(2)]
    pub device_key: PublicKey,
    /// What people call the device, usually its host name; at most 64 characters.
    #[n(3)]
    pub device_name: String,
    /// Its operating system, for the console's list; at most 64 characters.
    #[n(4)]
    pub system: String,
    /// Fresh.
    #[n(5)]
    pub nonce: Nonce,
}

impl Statement for EnrolRequest {
    const CONTENT_TYPE: &'static str = "application/chaperone.enrol-request";
}

/// The device is enrolled. Signed by the server's launch key.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct EnrolAnswer {
    /// SHA-256 of the signed request it answers.
    #[n(0)]
    pub request: Digest,
    /// The device's identity on the server.
    #[n(1)]
    pub device: DeviceId,
    /// Whose device it is.
    #[n(2)]
    pub user_name: String,
    /// Server time, unix milliseconds.
    #[n(3)]
    pub enrolled_ms: u64,
}

impl Statement for EnrolAnswer {
    const CONTENT_TYPE: &'static str = "application/chaperone.enrol-answer";
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code() -> EnrolmentCode {
        EnrolmentCode {
            origin: Origin::parse("https://vault.example:8443").unwrap(),
            root: Digest::of(b"root"),
            secret: EnrolmentSecret::from_bytes([5; 16]),
        }
    }

    #[test]
    fn survives_pasting() {
        let text = code().to_text();
        assert_eq!(EnrolmentCode::parse(&text), Ok(code()));
        let (head, tail) = text.split_at(40);
        assert_eq!(EnrolmentCode::parse(&format!("  {head}\r\n{tail}\n")), Ok(code()));
    }

    #[test]
    fn a_damaged_code_says_what_to_do() {
        let text = code().to_text();
        assert_eq!(EnrolmentCode::parse(text.get(..text.len() - 1).unwrap()), Err(CodeError::Damaged));
        assert_eq!(EnrolmentCode::parse(&text.replace("1.o", "1.p")), Err(CodeError::Damaged));
        assert_eq!(EnrolmentCode::parse("chaperone://launch?"), Err(CodeError::Prefix));
    }

    #[test]
    fn every_changed_character_is_found() {
        let text = code().to_text();
        for at in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(bytes).unwrap();
            assert!(EnrolmentCode::parse(&changed).is_err(), "at {at}");
        }
    }
}
