//! How much record is taken in at once.

use chaperone_custody::pace::Rate;
use serde::Deserialize;

use super::ConfigError;

/// A session's recorder that catches up after days must not be what it waits for.
const SESSION_MB_PER_SECOND: u64 = 64;
/// Twice what a fast line brings.
const ALL_MB_PER_SECOND: u64 = 256;
/// Bodies of eight of the longest segments.
const MEMORY_MB: u64 = 264;
/// One body must fit, with room to spare.
const LEAST_MEMORY_MB: u64 = 64;
const MOST_MB: u64 = 1 << 12;
/// As much as comes in this time may come at once, in milliseconds.
const BURST_MS: u64 = 8_000;

/// The table `ingest` of the file. Megabytes are of 2²⁰ bytes.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IngestSettings {
    /// Megabytes a second of one session, from 1; 64 by default.
    pub session_mb_per_second: Option<u64>,
    /// Megabytes a second of all sessions together, from 1; 256 by default.
    pub all_mb_per_second: Option<u64>,
    /// Megabytes of bodies held in memory at once, 64 to 4096; 264 by default.
    pub memory_mb: Option<u64>,
}

/// The same, checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IngestLimits {
    /// Of one session.
    pub session: Rate,
    /// Of all sessions together.
    pub all: Rate,
    /// Bytes of bodies held in memory at once.
    pub memory_bytes: u32,
}

impl Default for IngestLimits {
    fn default() -> Self {
        Self::new(SESSION_MB_PER_SECOND, ALL_MB_PER_SECOND, MEMORY_MB)
    }
}

impl IngestLimits {
    fn new(session: u64, all: u64, memory: u64) -> Self {
        let rate = |mb: u64| Rate { bytes_per_second: mb << 20, burst_ms: BURST_MS };
        let memory_bytes = u32::try_from(memory << 20).unwrap_or(u32::MAX);
        Self { session: rate(session), all: rate(all), memory_bytes }
    }
}

impl IngestSettings {
    pub(super) fn check(self) -> Result<IngestLimits, ConfigError> {
        let session = self.session_mb_per_second.unwrap_or(SESSION_MB_PER_SECOND);
        let all = self.all_mb_per_second.unwrap_or(ALL_MB_PER_SECOND);
        let memory = self.memory_mb.unwrap_or(MEMORY_MB);
        let fits = [session, all].iter().all(|mb| (1..=MOST_MB).contains(mb));
        if !fits || !(LEAST_MEMORY_MB..=MOST_MB).contains(&memory) {
            return Err(ConfigError::Ingest);
        }
        Ok(IngestLimits::new(session, all, memory))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_have_limits() {
        let check = |session, all, memory| {
            let (session_mb_per_second, all_mb_per_second, memory_mb) = (session, all, memory);
            IngestSettings { session_mb_per_second, all_mb_per_second, memory_mb }.check()
        };
        assert_eq!(check(None, None, None).unwrap(), IngestLimits::default());
        assert_eq!(check(Some(2), None, None).unwrap().session.bytes_per_second, 2 << 20);
        for (session, all, memory) in [
            (Some(0), None, None),
            (None, Some(0), None),
            (None, None, Some(63)),
            (None, None, Some(u64::MAX)),
        ] {
            assert!(
                matches!(check(session, all, memory), Err(ConfigError::Ingest)),
                "{session:?} {all:?} {memory:?}"
            );
        }
    }
}
