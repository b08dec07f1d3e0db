//! What of a session's record is sent next, and what an answer to it means: batches of segments, and once the server has
//! signed for all of them the last link.
//!
//! The caller asks [`Delivery::next`], does that one thing, and tells how it went. Nothing here deletes: a segment leaves
//! the spool on receipts alone.

mod batch;

use std::collections::BTreeSet;
use std::time::Duration;

use self::batch::Batch;
use crate::{Action, Answer, Moment, NextTry, Retry, Schedule, answer_action};

/// A segment that waits to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pending {
    /// Track number.
    pub track: u32,
    /// Number within the track.
    pub number: u64,
    /// Its length in bytes.
    pub len: u64,
}

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// Send these segments as one body.
    Send(Vec<Pending>),
    /// The server has signed for all that waits: send the last link, if there is one yet.
    Close,
    /// Nothing may be sent before this moment.
    Wait(Moment),
    /// Nothing is sent until restart, Retry or contact.
    Parked,
    /// The server misses announced segments that cannot be had here any more. Only a restart or Retry looks again.
    LostHere,
}

/// What a failed upload asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AfterFailure {
    /// Nothing is sent before this moment.
    Wait(Moment),
    /// Nothing is sent until restart, Retry or contact.
    Parked,
    /// The server refused this segment by its own word: set it aside, kept and shown, and go on at once with the others.
    SetAside(Pending),
}

/// What to do about segments that the server misses though its receipts had covered them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AfterMissing {
    /// Forget all receipts: everything that lies here is offered once more.
    OfferAgain,
    /// It was offered, and is still missing: it is lost here.
    LostHere,
}

/// What the server said it misses of what its receipts had covered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Missed {
    Nothing,
    OfferedAgain,
    LostHere,
}

/// The decisions about one session on its way to its server.
#[derive(Clone, Debug)]
pub struct Delivery {
    retry: Retry,
    batch: Batch,
    /// Segments, by track and number, that lie here and cannot be read: they hold up no other.
    unreadable: BTreeSet<(u32, u64)>,
    missed: Missed,
    /// The newest store epoch a receipt was signed in.
    epoch: u64,
}

impl Delivery {
    /// A session of which anything may be sent at once.
    #[must_use]
    pub fn new(schedule: Schedule) -> Self {
        let retry = Retry::new(schedule);
        let (batch, unreadable, missed) = (Batch::default(), BTreeSet::new(), Missed::Nothing);
        Self { retry, batch, unreadable, missed, epoch: 0 }
    }

    /// What to do at `now`, when `waiting` lies here without a receipt, in the order of tracks and numbers.
    #[must_use]
    pub fn next(&self, now: Moment, waiting: impl Iterator<Item = Pending>) -> Next {
        if self.missed == Missed::LostHere {
            return Next::LostHere;
        }
        match self.retry.next_try(now) {
            NextTry::Now => {}
            NextTry::At(moment) => return Next::Wait(moment),
            NextTry::Parked => return Next::Parked,
        }
        let batch = self.batch.take(self.readable(waiting));
        if batch.is_empty() { Next::Close } else { Next::Send(batch) }
    }

    /// What of `waiting` can be read, as far as is known.
    pub fn readable(&self, waiting: impl Iterator<Item = Pending>) -> impl Iterator<Item = Pending> {
        waiting.filter(|pending| !self.unreadable.contains(&(pending.track, pending.number)))
    }

    /// How many segments lie here and cannot be read.
    #[must_use]
    pub fn unreadable(&self) -> u64 {
        u64::try_from(self.unreadable.len()).unwrap_or(u64::MAX)
    }

    /// A segment lies here and cannot be read.
    pub fn cannot_read(&mut self, segment: Pending) {
        self.unreadable.insert((segment.track, segment.number));
    }

    /// The server signed a receipt in this store epoch, whether or not it says anything new. What a store missed that was
    /// restored since, it was not offered.
    pub fn receipt_of(&mut self, epoch: u64) {
        if epoch > self.epoch {
            self.epoch = epoch;
            self.missed = Missed::Nothing;
        }
    }

    /// The server signed, `time` after it was sent, for something that waited.
    pub fn receipted(&mut self, time: Duration) {
        self.retry.receipt();
        self.batch.took(time);
    }

    /// `batch`, or the last link where it is empty, got `answer` at `now` instead of a receipt for any of it. `randomness`
    /// spreads the wait.
    pub fn failed(
        &mut self,
        now: Moment,
        answer: Answer,
        batch: &[Pending],
        randomness: u64,
    ) -> AfterFailure {
        match (answer_action(answer, batch.len()), batch) {
            (Action::Smaller, _) => {
                self.batch.smaller(batch.len());
                return AfterFailure::Wait(now);
            }
            (Action::Quarantine, [refused]) => return AfterFailure::SetAside(*refused),
            (Action::Quarantine | Action::Again, _) => self.retry.failed(now, None, randomness),
            (Action::Wait(wait), _) => self.retry.failed(now, Some(wait), randomness),
            (Action::Park, _) => self.retry.refused(now),
        }
        match self.retry.next_try(now) {
            NextTry::At(moment) => AfterFailure::Wait(moment),
            NextTry::Now => AfterFailure::Wait(now),
            NextTry::Parked => AfterFailure::Parked,
        }
    }

    /// The last link was sent, and the server misses announced segments though nothing waits here.
    pub fn missing(&mut self) -> AfterMissing {
        match self.missed {
            Missed::Nothing => {
                // It may once have signed for what it now misses: its store was restored. One segment of a track brings a
                // receipt that says what it holds today, and only the rest of that track is sent.
                self.batch = Batch::one();
                self.missed = Missed::OfferedAgain;
                AfterMissing::OfferAgain
            }
            Missed::OfferedAgain | Missed::LostHere => {
                self.missed = Missed::LostHere;
                AfterMissing::LostHere
            }
        }
    }

    /// The same server gave a signed sign of life.
    pub fn contact(&mut self, now: Moment) {
        self.retry.contact(now);
    }

    /// The user pressed Retry: what could not be read or was missing may be there again.
    pub fn asked(&mut self) {
        self.unreadable.clear();
        self.missed = Missed::Nothing;
        self.retry.asked();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Refusal;

    fn at(s: u64) -> Moment {
        Moment::from_nanos(s * 1_000_000_000)
    }

    fn pending(number: u64) -> Pending {
        Pending { track: 0, number, len: 1 }
    }

    fn delivery() -> Delivery {
        Delivery::new(Schedule::FIVE_OVER_ONE_HOUR)
    }

    fn refused(refusal: Refusal) -> Answer {
        Answer::Refused { refusal, retry_after: None }
    }

    #[test]
    fn what_waits_goes_first_and_the_last_link_when_nothing_does() {
        let delivery = delivery();
        let waiting = [pending(3), pending(4)];
        assert_eq!(delivery.next(at(0), waiting.into_iter()), Next::Send(waiting.to_vec()));
        assert_eq!(delivery.next(at(0), std::iter::empty()), Next::Close);
    }

    #[test]
    fn what_cannot_be_read_holds_up_no_other_until_retry() {
        let mut delivery = delivery();
        delivery.cannot_read(pending(3));
        assert_eq!(delivery.unreadable(), 1);
        let waiting = || [pending(3), pending(4)].into_iter();
        assert_eq!(delivery.next(at(0), waiting()), Next::Send(vec![pending(4)]));
        delivery.asked();
        assert_eq!(delivery.next(at(0), waiting()), Next::Send(waiting().collect()));
    }

    #[test]
    fn a_refused_batch_is_halved_until_one_segment_alone_is_set_aside() {
        let mut delivery = delivery();
        let waiting = || (0..4).map(pending);
        let mut sizes = Vec::new();
        let aside = loop {
            let Next::Send(batch) = delivery.next(at(0), waiting()) else { panic!("nothing is sent") };
            sizes.push(batch.len());
            match delivery.failed(at(0), refused(Refusal::Damaged), &batch, 0) {
                AfterFailure::Wait(moment) => assert_eq!(moment, at(0)),
                AfterFailure::SetAside(segment) => break segment,
                AfterFailure::Parked => panic!("one segment parks the others"),
            }
        };
        assert_eq!((sizes, aside), (vec![4, 2, 1], pending(0)));
    }

    #[test]
    fn five_failures_over_an_hour_park_and_contact_lifts_that() {
        let mut delivery = delivery();
        let (mut now, mut tries) = (at(0), 0);
        while let AfterFailure::Wait(next) = delivery.failed(now, Answer::Nothing, &[pending(0)], 0) {
            assert_eq!(delivery.next(now, [pending(0)].into_iter()), Next::Wait(next));
            (now, tries) = (next, tries + 1);
        }
        assert_eq!((tries, now), (5, at(3_600)));
        assert_eq!(delivery.next(at(90_000), [pending(0)].into_iter()), Next::Parked);
        delivery.contact(at(90_000));
        assert_eq!(delivery.next(at(90_000), [pending(0)].into_iter()), Next::Send(vec![pending(0)]));
    }

    #[test]
    fn what_a_server_misses_is_offered_once_and_then_called_lost() {
        let mut delivery = delivery();
        assert_eq!(delivery.missing(), AfterMissing::OfferAgain);
        let one = Next::Send(vec![pending(0)]);
        assert_eq!(delivery.next(at(0), (0..9).map(pending)), one, "one receipt tells what is missing");
        assert_eq!(delivery.missing(), AfterMissing::LostHere);
        delivery.contact(at(0));
        assert_eq!(delivery.next(at(0), (0..9).map(pending)), Next::LostHere, "nothing is sent by itself");
        delivery.asked();
        assert_ne!(delivery.next(at(0), (0..9).map(pending)), Next::LostHere);
    }

    #[test]
    fn a_store_restored_again_is_offered_everything_again() {
        let mut delivery = delivery();
        delivery.receipt_of(1);
        for epoch in 2..5 {
            assert_eq!(delivery.missing(), AfterMissing::OfferAgain);
            delivery.receipt_of(epoch);
            delivery.receipt_of(epoch - 1);
        }
        assert_eq!(delivery.missing(), AfterMissing::OfferAgain);
        delivery.receipt_of(4);
        assert_eq!(delivery.missing(), AfterMissing::LostHere, "the same store was offered all of it");
    }
}
