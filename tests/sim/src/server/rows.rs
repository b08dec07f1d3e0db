//! What the database learns, and what follows from it.

use chaperone_custody::{Composition, Custody, Ending, GapReason, NamedGap, Numbers, State};
use chaperone_evidence::{Body, EndCause, OpeningRecord, SessionId, TrackHead, segment};
use chaperone_intake::TrackProgress;

use super::{Row, Server};

impl Server {
    /// A ticket is redeemed: the session is opened, in the intake first.
    pub(crate) fn open(
        &mut self,
        opening: OpeningRecord,
        signed_opening: Vec<u8>,
        now_ms: u64,
    ) -> anyhow::Result<()> {
        let Some(intake) = &self.intake else { anyhow::bail!("the server is down") };
        self.runtime.block_on(intake.begin(signed_opening.clone()))?;
        let tracks = opening.tracks.iter().map(|plan| plan.track);
        let row = Row {
            custody: Custody::opened(tracks, self.time(now_ms)),
            signed_opening,
            length_ms: 0,
            heartbeat: None,
            receipts: Default::default(),
            closing: None,
            closing_receipt: None,
            end_asked: None,
            opening,
        };
        self.rows.insert(row.opening.session, row);
        Ok(())
    }

    /// An operator asks a session to end.
    pub(crate) fn ask_end(&mut self, session: SessionId) {
        if let Some(row) = self.rows.get_mut(&session) {
            row.end_asked.get_or_insert(EndCause::Operator);
        }
    }

    pub(super) fn learn_heartbeat(
        &mut self,
        session: SessionId,
        signed: &[u8],
        at_ms: u64,
        heads: &[TrackHead],
        time: u64,
    ) {
        let Some(row) = self.rows.get_mut(&session) else { return };
        // Heartbeats may overtake each other: the newest by the recorder's clock is kept.
        if at_ms >= row.length_ms {
            row.heartbeat = Some(signed.to_vec());
        }
        row.length_ms = row.length_ms.max(at_ms);
        row.custody.heartbeat(heads, time);
    }

    pub(super) fn learn_stored(&mut self, progress: TrackProgress, time: u64) {
        let Some(row) = self.rows.get_mut(&progress.session) else { return };
        let mut numbers = Numbers::default();
        numbers.insert_range(0..progress.through.count);
        for number in progress.added {
            numbers.insert(number);
        }
        row.custody.stored_all(progress.through.track, &numbers, time);
        row.receipts.insert(progress.through.track, progress.receipt);
    }

    /// Answers whether it stands.
    pub(super) fn learn_closing(
        &mut self,
        session: SessionId,
        signed: &[u8],
        ending: Option<Ending>,
        heads: &[TrackHead],
        time: u64,
    ) -> bool {
        let Some(row) = self.rows.get_mut(&session) else { return false };
        match &row.closing {
            Some(known) if known != signed => return false,
            Some(_) => {}
            None => row.closing = Some(signed.to_vec()),
        }
        if let Some(ending) = ending {
            row.custody.ended(ending, heads, time);
        }
        true
    }

    /// After a start: tells the database what is stored.
    pub(super) fn reconcile(&mut self, session: SessionId, time: u64) -> anyhow::Result<()> {
        let Some(intake) = &self.intake else { return Ok(()) };
        let held = self.runtime.block_on(intake.held(session))?.unwrap_or_default();
        let progress = self.runtime.block_on(intake.progress(session, time))?.unwrap_or_default();
        for mut progress in progress {
            let segments = held.iter().filter(|held| held.through.track == progress.through.track);
            progress.added = segments.flat_map(|held| &held.segments).map(|segment| segment.number).collect();
            self.learn_stored(progress, time);
        }
        Ok(())
    }

    /// Composes what is to be composed: reads every segment, and names what lacks.
    pub(crate) fn compose(&mut self, session: SessionId, now_ms: u64) -> anyhow::Result<Option<State>> {
        let time = self.time(now_ms);
        let Some(row) = self.rows.get(&session) else { return Ok(None) };
        let Some(Composition { generation, tracks, .. }) = row.custody.composition(time) else {
            return Ok(Some(row.custody.state(time)));
        };
        let stored = self.stored(session)?;
        let mut gaps = Vec::new();
        for track in tracks {
            let mut end_ms = 0;
            for ((_, _), bytes) in stored.range((track, 0)..=(track, u64::MAX)) {
                let Some((segment, _)) = segment::read_next(bytes)? else { continue };
                let start_ms = segment.header.start_ms;
                if start_ms > end_ms && segment.header.number > 0 {
                    gaps.push(NamedGap {
                        track,
                        start_ms: end_ms,
                        end_ms: start_ms,
                        reason: GapReason::Unaccounted,
                    });
                }
                end_ms = start_ms + u64::from(segment.header.duration_ms);
                if let Body::Gap(cause) = segment.header.body {
                    gaps.push(NamedGap { track, start_ms, end_ms, reason: GapReason::Recorder(cause) });
                }
            }
        }
        let Some(row) = self.rows.get_mut(&session) else { return Ok(None) };
        row.custody.composed(generation, gaps);
        Ok(Some(row.custody.state(time)))
    }
}
