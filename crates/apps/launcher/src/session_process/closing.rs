//! The last link of a session.

use chaperone_evidence::{ClosingRecord, LossStamps, SessionId, TrackEnd};
use chaperone_seals::{SigningKey, signed};
use chaperone_session::{EndReason, EndStamps, Moment};

/// What a closing record says.
pub(crate) struct Close<'a> {
    pub(crate) session: SessionId,
    pub(crate) reason: EndReason,
    pub(crate) stamps: &'a EndStamps,
    /// When the session began.
    pub(crate) began: Moment,
    /// When the session ended, milliseconds since then: what lies behind the last segment and before this is a gap.
    pub(crate) ended_ms: u64,
    pub(crate) wall_ms: u64,
    pub(crate) tracks: Vec<TrackEnd>,
}

/// Writes and signs the closing record.
pub(crate) fn close(close: Close<'_>, key: &SigningKey) -> Vec<u8> {
    let record = ClosingRecord {
        session: close.session,
        reason: close.reason.recorded(),
        at_ms: close.ended_ms,
        wall_ms: close.wall_ms,
        loss: loss(&close),
        tracks: close.tracks,
    };
    signed::sign(&record, key)
}

/// Stamps of a lost server; only where a client was there to be ended and is gone.
fn loss(close: &Close<'_>) -> Option<LossStamps> {
    if close.reason.recorded() != chaperone_evidence::EndReason::ServerLost {
        return None;
    }
    let ms = |moment| since_ms(close.began, moment);
    Some(LossStamps {
        last_heard_ms: ms(close.stamps.heartbeat_sent?),
        asked_ms: ms(close.stamps.asked?),
        killed_ms: close.stamps.killed.map(ms),
        gone_ms: ms(close.stamps.gone?),
    })
}

/// Milliseconds from the session's beginning.
pub(crate) fn since_ms(began: Moment, moment: Moment) -> u64 {
    u64::try_from(moment.since(began).as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn at(ms: u64) -> Moment {
        Moment::from_nanos(ms * 1_000_000)
    }

    fn record(reason: EndReason, stamps: &EndStamps) -> ClosingRecord {
        let key = SigningKey::from_seed(&[1; 32]);
        let signed = close(
            Close {
                session: SessionId::new(Uuid::from_u128(1)),
                reason,
                stamps,
                began: at(1_000),
                ended_ms: 15_000,
                wall_ms: 7,
                tracks: Vec::new(),
            },
            &key,
        );
        signed::verify(&signed, &key.public()).unwrap()
    }

    #[test]
    fn a_lost_server_is_proven_by_stamps_from_the_sessions_beginning() {
        let stamps = EndStamps {
            heartbeat_sent: Some(at(5_000)),
            heartbeat_heard: Some(at(5_010)),
            asked: Some(at(15_000)),
            killed: None,
            gone: Some(at(15_100)),
        };
        let lost = record(EndReason::ServerLost, &stamps);
        assert_eq!(lost.at_ms, 15_000);
        let wanted = LossStamps { last_heard_ms: 4_000, asked_ms: 14_000, killed_ms: None, gone_ms: 14_100 };
        assert_eq!(lost.loss, Some(wanted));
        assert_eq!(record(EndReason::ClientEnded, &stamps).loss, None);
        assert_eq!(record(EndReason::ServerLost, &EndStamps { gone: None, ..stamps }).loss, None);
    }
}
