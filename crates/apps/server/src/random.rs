//! The system's randomness.

use uuid::Uuid;

/// Fresh random bytes.
///
/// # Errors
/// The system has none to give.
pub(crate) fn bytes<const N: usize>() -> Result<[u8; N], getrandom::Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}

/// A fresh identifier that sorts by `now_ms` (UUID version 7).
///
/// # Errors
/// The system has no randomness to give.
pub(crate) fn id(now_ms: u64) -> Result<Uuid, getrandom::Error> {
    let random: [u8; 10] = bytes()?;
    Ok(uuid::Builder::from_unix_timestamp_millis(now_ms, &random).into_uuid())
}
