//! Every signature and every cipher of Chaperone.
//!
//! This is the only crate that names a cryptographic algorithm. It owns the canonical encoding that makes a
//! signature mean one thing ([`canonical`]), the signed envelope ([`signed`]), the key set a server's working
//! keys stand in ([`keyset`]), sealing to a recipient ([`sealing`]), sealing of recorded payloads ([`content`]),
//! secrets at rest ([`vault`]) and stored passwords ([`passwords`]).
//!
//! What is signed (opening records, segment headers, receipts) belongs to `evidence` and `protocol`; where keys
//! are kept belongs to `keystore` and the server. Randomness is handed in, never drawn here.
//!
//! | purpose | algorithm | source |
//! |---|---|---|
//! | signatures | Ed25519 in COSE_Sign1, strict verification | RFC 8032, RFC 9052 |
//! | hashes | SHA-256 | FIPS 180-4 |
//! | sealing to a key | HPKE base mode: X25519, HKDF-SHA256, ChaCha20-Poly1305 | RFC 9180 |
//! | recorded payloads | ChaCha20-Poly1305 | RFC 8439 |
//! | secrets at rest | XChaCha20-Poly1305 | draft-irtf-cfrg-xchacha-03 |
//! | passwords | Argon2id | RFC 9106 |
#![forbid(unsafe_code)]

pub mod canonical;
pub mod content;
mod digest;
mod fixed_bytes;
mod keys;
pub mod keyset;
pub mod passwords;
mod random;
pub mod sealing;
pub mod signed;
pub mod vault;

pub use content::ContentKey;
pub use digest::{Digest, Hasher};
pub use keys::{KeyId, Nonce, PublicKey, SigningKey};
pub use keyset::{KeyEntry, KeyRole, KeySet};
pub use sealing::{OpeningKey, SealingKey};
pub use signed::Statement;
pub use vault::MasterKey;
