//! Up to when a session's record is proven.

use chaperone_database::{SessionRow, TrackRow};
use chaperone_intake::{Intake, IntakeError};

/// Wall time up to which receipts have been given for every track without a hole, as the recorder dated it; nothing
/// while a track has no receipt.
///
/// It says how far the record reaches, not when the newest receipt was given: a late upload proves little.
///
/// # Errors
/// The disk fails.
pub(super) async fn proven_to_ms(
    intake: &Intake,
    session: &SessionRow,
    tracks: &[TrackRow],
) -> Result<Option<u64>, IntakeError> {
    if tracks.is_empty() {
        return Ok(None);
    }
    let is_whole = session.closing.is_some()
        && session.custody.tracks().all(|(_, facts)| facts.held.through() == facts.announced);
    if is_whole {
        // Nothing has to be read for a session that is over.
        return Ok(Some(session.opened_ms + session.length_ms));
    }
    let held = intake.held(session.id).await?.unwrap_or_default();
    let ends = tracks.iter().map(|track| {
        let held = held.iter().find(|held| held.through.track == track.head.track)?;
        end_of(held.through.count, held.segments.iter().map(|segment| (segment.number, segment.end_ms)))
    });
    Ok(earliest(ends).map(|end_ms| session.opened_ms + end_ms))
}

/// Where the last of the first `count` segments ends.
fn end_of(count: u64, mut segments: impl Iterator<Item = (u64, u64)>) -> Option<u64> {
    let last = count.checked_sub(1)?;
    segments.find(|(number, _)| *number == last).map(|(_, end_ms)| end_ms)
}

/// The earliest end, and nothing when a track has none.
fn earliest(mut ends: impl Iterator<Item = Option<u64>>) -> Option<u64> {
    ends.try_fold(u64::MAX, |earliest, end| Some(earliest.min(end?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_above_a_hole_prove_nothing() {
        let segments = [(0, 1_000), (1, 2_000), (3, 4_000)];
        assert_eq!(end_of(2, segments.into_iter()), Some(2_000));
        assert_eq!(end_of(0, segments.into_iter()), None);
    }

    #[test]
    fn the_track_that_is_furthest_behind_decides() {
        assert_eq!(earliest([Some(5), Some(3)].into_iter()), Some(3));
        assert_eq!(earliest([Some(5), None].into_iter()), None);
    }
}
