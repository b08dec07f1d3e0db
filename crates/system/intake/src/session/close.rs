//! Closing a session: checking its last link against what is stored, and signing that all of it is.

use chaperone_evidence::{ClosingReceipt, ClosingRecord, OpeningRecord, RecoveryRecord, TrackEnd};
use chaperone_seals::{Digest, PublicKey, signed};

use super::{LastLinkKept, Session, State};
use crate::folder::Part;
use crate::store::Notary;
use crate::{CloseError, CloseOutcome, Closed, LastLink, MissingRange};

impl Session {
    /// The signed last link that stands.
    pub(crate) fn last_link(&self) -> Option<Vec<u8>> {
        self.state().closing.as_ref().map(|kept| kept.signed.clone())
    }

    /// Takes the last link `signed`, or the same again.
    pub(crate) fn close(
        &self,
        signed: &[u8],
        device_key: &PublicKey,
        notary: &Notary,
        now_ms: u64,
    ) -> Result<Closed, CloseError> {
        let last = self.verify_last(signed, device_key)?;
        let mut state = self.state();
        check_heads(&state, &last)?;
        match &state.closing {
            Some(kept) if kept.signed == signed => {}
            Some(_) => return Err(CloseError::ClosedOtherwise(self.folder.session)),
            None => {
                self.folder.write(Part::Closing, signed)?;
                let since_ms = now_ms;
                state.closing = Some(LastLinkKept { signed: signed.to_vec(), last: last.clone(), since_ms });
            }
        }

        let missing = missing(&state, last.tracks());
        if !missing.is_empty() {
            return Ok(Closed { last, outcome: CloseOutcome::Missing(missing) });
        }
        let receipt = match &state.closing_receipt {
            Some(receipt) => receipt.clone(),
            None => {
                let receipt = ClosingReceipt {
                    session: self.folder.session,
                    closing: Digest::of(signed),
                    tracks: state.tracks.values().map(|index| index.through()).collect(),
                    epoch: notary.epoch,
                    server_ms: now_ms,
                };
                let receipt = signed::sign(&receipt, &notary.key);
                self.folder.write(Part::ClosingReceipt, &receipt)?;
                state.closing_receipt = Some(receipt.clone());
                receipt
            }
        };
        Ok(Closed { last, outcome: CloseOutcome::Complete(receipt) })
    }

    /// Checks who signed it, and that it names the planned tracks.
    fn verify_last(&self, bytes: &[u8], device_key: &PublicKey) -> Result<LastLink, CloseError> {
        let last = LastLink::read_unverified(bytes)?;
        match &last {
            LastLink::Closing(_) => {
                signed::verify::<ClosingRecord>(bytes, &self.opening.session_key)?;
            }
            LastLink::Recovery(recovery) => {
                if device_key.id() != self.opening.device || recovery.device != self.opening.device {
                    return Err(CloseError::OtherDevice);
                }
                signed::verify::<RecoveryRecord>(bytes, device_key)?;
                if recovery.opening != self.opening_link {
                    return Err(CloseError::OtherOpening);
                }
            }
        }
        if names_planned_tracks(&self.opening, last.tracks()) { Ok(last) } else { Err(CloseError::Tracks) }
    }
}

fn names_planned_tracks(opening: &OpeningRecord, tracks: &[TrackEnd]) -> bool {
    let named = |track: u32| tracks.iter().filter(|end| end.head.track == track).count();
    tracks.len() == opening.tracks.len() && opening.tracks.iter().all(|plan| named(plan.track) == 1)
}

/// Compares the last link with what is stored, as far as that goes yet.
fn check_heads(state: &State, last: &LastLink) -> Result<(), CloseError> {
    for end in last.tracks() {
        let head = end.head;
        let Some(index) = state.tracks.get(&head.track) else { return Err(CloseError::Tracks) };
        if let Some(stored) = index.head_at(head.count)
            && stored != head.head
        {
            return Err(CloseError::Head { track: head.track, count: head.count, found: head.head, stored });
        }
        // A spool may have lost what had arrived here already, so a recovery record may say less.
        if let (LastLink::Closing(_), Some(held)) = (last, index.last())
            && held >= head.count
        {
            return Err(CloseError::BeyondEnd { track: head.track, count: head.count, held });
        }
    }
    Ok(())
}

fn missing(state: &State, tracks: &[TrackEnd]) -> Vec<MissingRange> {
    let of_track = |end: &TrackEnd| {
        let track = end.head.track;
        let index = state.tracks.get(&track);
        let ranges = index.map(|index| index.missing_below(end.head.count, state.synced)).unwrap_or_default();
        ranges.into_iter().map(move |(first, last)| MissingRange { track, first, last })
    };
    tracks.iter().flat_map(of_track).collect()
}
