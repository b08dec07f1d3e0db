//! The clock of every video track.

/// Ticks in a second on every video track.
pub const TIMESCALE: u32 = 90_000;

/// A point in or length of session time, in 1/[`TIMESCALE`] seconds.
pub type Ticks = u64;

/// The longest session a track can hold: 31 days.
pub const MAX_SESSION_TICKS: Ticks = 31 * 24 * 3600 * TIMESCALE as u64;

/// Session time in ticks, rounded down, from nanoseconds since the session's start.
#[must_use]
pub fn ticks_from_nanos(nanos: u64) -> Ticks {
    const NANOS_PER_SECOND: u64 = 1_000_000_000;
    let scale = u64::from(TIMESCALE);
    // Seconds and rest apart, so that no product leaves 64 bits.
    (nanos / NANOS_PER_SECOND) * scale + (nanos % NANOS_PER_SECOND) * scale / NANOS_PER_SECOND
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nanoseconds_become_ticks_rounded_down() {
        for (nanos, ticks) in
            [(0, 0), (11_111, 0), (11_112, 1), (1_000_000_000, 90_000), (u64::MAX, 1_660_206_966_633_859)]
        {
            assert_eq!(ticks_from_nanos(nanos), ticks, "{nanos} ns");
        }
    }
}
