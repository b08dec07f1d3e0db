//! Writing to a session's log: at its end, durably, and back to what is durable when the disk refuses.

use std::fs::File;
use std::sync::PoisonError;

use chaperone_custody::pace;
use chaperone_evidence::segment::RawSegment;

use super::{Session, Touched, refused};
use crate::folder::Part;
use crate::index::{Fit, StoredSegment};
use crate::{IntakeError, Refusal, Refused};

/// How far a body is written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Written {
    /// Where its last segment ends.
    end: u64,
    /// What [`State::given_up`] was then.
    given_up: u64,
}

impl Session {
    /// Writes what is new of `segments` to the end of the log; says how far the log must be synced for all of them.
    pub(super) fn append(
        &self,
        file: &File,
        segments: &[&RawSegment<'_>],
        touched: &mut [Touched],
        refusals: &mut Vec<Refused>,
        now_ms: u64,
    ) -> Result<Written, IntakeError> {
        let mut state = self.state();
        if state.failed {
            return Err(IntakeError::LogFailed(self.folder.session));
        }
        let start = state.end;
        let mut batch = Vec::new();
        for segment in segments {
            let header = &segment.header;
            if let Some(refusal) = state.refusal_of_ended(header.track, header.number, now_ms) {
                refusals.push(refused(segment, refusal));
                continue;
            }
            let Some(index) = state.tracks.get_mut(&header.track) else { continue };
            let offset = start + batch.len() as u64;
            let stored = StoredSegment::new(header, segment.link(), offset, segment.bytes.len() as u64);
            match index.fit(&stored) {
                Fit::Known => {}
                Fit::Refused(refusal) => refusals.push(refused(segment, refusal)),
                Fit::New => {
                    if let Some(what) = ahead(&stored, self.opening.opened_ms, now_ms) {
                        refusals.push(refused(segment, Refusal::Ahead { what }));
                        continue;
                    }
                    if let Some(touched) = touched.iter_mut().find(|known| known.track == header.track) {
                        touched.bytes += stored.len;
                        touched.numbers.push(stored.number);
                    }
                    index.insert(stored);
                    batch.extend_from_slice(segment.bytes);
                }
            }
        }
        let given_up = state.given_up;
        if let Err(error) = self.log.write(file, start, &batch) {
            // Part of it may stand there. Nobody writes behind that meanwhile.
            state.failed = true;
            drop(state);
            self.give_up(file)?;
            return Err(error);
        }
        state.end = start + batch.len() as u64;
        Ok(Written { end: state.end, given_up })
    }

    /// Makes the log durable up to `written` at least.
    pub(super) fn sync_to(&self, file: &File, written: Written) -> Result<(), IntakeError> {
        let syncing = self.syncing.lock().unwrap_or_else(PoisonError::into_inner);
        let end = {
            let state = self.state();
            if state.failed || state.given_up != written.given_up {
                return Err(IntakeError::LogFailed(self.folder.session));
            }
            if state.synced >= written.end {
                return Ok(());
            }
            state.end
        };
        if let Err(error) = self.log.sync(file) {
            // The system may have dropped what it could not write, will not say so twice, and may give it back when read.
            self.state().failed = true;
            drop(syncing);
            self.give_up(file)?;
            return Err(error);
        }
        let mut state = self.state();
        state.synced = end;
        state.tracks.values_mut().for_each(|index| index.settle(end));
        Ok(())
    }

    /// After a failure: cuts the log back to what is durable and forgets the rest, of which no receipt speaks. Where that
    /// fails too, the next start is told to do it.
    pub(super) fn give_up(&self, file: &File) -> Result<(), IntakeError> {
        let _syncing = self.syncing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut state = self.state();
        if !state.failed {
            return Ok(());
        }
        let durable = state.synced;
        state.tracks.values_mut().for_each(|index| index.forget_from(durable));
        state.end = durable;
        state.given_up += 1;
        let session = self.folder.session;
        match self.log.cut(file, durable) {
            Ok(()) => {
                self.folder.remove(Part::Durable)?;
                state.failed = false;
                tracing::warn!(%session, durable, "Log was cut back to what is durable");
                Ok(())
            }
            Err(error) => {
                tracing::error!(%session, durable, error = &error as &dyn std::error::Error, "Log cannot be cut back");
                self.folder.write(Part::Durable, &durable.to_be_bytes())?;
                Err(IntakeError::LogFailed(session))
            }
        }
    }
}

/// What a segment that is to be stored is ahead of its session with, if with anything: a session key alone does not open the
/// disk to any amount.
pub(super) fn ahead(stored: &StoredSegment, opened_ms: u64, now_ms: u64) -> Option<&'static str> {
    if stored.number >= pace::most_segments(opened_ms, now_ms) {
        Some("more segments than seconds")
    } else if stored.end_ms > pace::longest_ms(opened_ms, now_ms) {
        Some("later than now")
    } else if stored.end() > pace::most_bytes(opened_ms, now_ms) {
        Some("more bytes than its seconds can hold")
    } else {
        None
    }
}
