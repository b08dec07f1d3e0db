//! One track: its chain, its seconds, and what is announced of it.

use chaperone_seals::Digest;

use super::finding::{Code, Finding, Findings, Weight};
use super::heads::Announced;
use super::report::TrackReport;
use super::scan::{Found, Plain};
use super::stretch::{Standing, Stretches};
use crate::{Body, GapCause, TrackEnd, TrackKind};

/// Time outside all segments that is not a stretch left out, in milliseconds: clocks are rounded, and a session ends
/// a moment after its last second was closed.
const SLACK_MS: u64 = 1000;

/// The track as far as it has been read.
#[derive(Debug)]
pub(super) struct TrackJudge {
    track: u32,
    kind: TrackKind,
    /// The number that comes next.
    next: u64,
    /// Hash of the header before it.
    link: Digest,
    /// Where the segment before it began and ended.
    before: (u64, u64),
    segments: u64,
    gaps: u64,
    /// Something is not there, so that it cannot be counted.
    holes: bool,
    /// A stretch of gaps that may go on.
    gap: Option<Gap>,
    stretches: Stretches,
}

#[derive(Debug)]
struct Gap {
    cause: GapCause,
    first: u64,
    last: u64,
    from_ms: u64,
    to_ms: u64,
}

/// What is known of a track besides its segments.
pub(super) struct Known<'a> {
    pub(super) announced: &'a Announced,
    /// What the closing or recovery record says.
    pub(super) end: Option<&'a TrackEnd>,
    /// When the session ended, by its closing record.
    pub(super) closed_ms: Option<u64>,
    /// The latest time of the session anybody speaks of.
    pub(super) latest_ms: Option<u64>,
    /// Server time of its receipt, if it has one.
    pub(super) received_ms: Option<u64>,
}

impl TrackJudge {
    pub(super) fn new(track: u32, kind: TrackKind, opening: Digest) -> Self {
        Self {
            track,
            kind,
            next: 0,
            link: opening,
            before: (0, 0),
            segments: 0,
            gaps: 0,
            holes: false,
            gap: None,
            stretches: Stretches::default(),
        }
    }

    /// Its number.
    pub(super) const fn track(&self) -> u32 {
        self.track
    }

    /// Takes the next proven segment of the track as it stands in the file.
    /// Whether it is a link of the chain now.
    pub(super) fn take(&mut self, found: &Found, announced: &Announced, findings: &mut Findings) -> bool {
        let header = &found.header;
        let number = header.number;
        let (start, end) = (header.start_ms, header.start_ms.saturating_add(u64::from(header.duration_ms)));
        let numbers = Some((number, Some(number)));
        let stretch = (start, Some(end));
        if number < self.next {
            let words = "a segment stands behind one of the same or a higher number".to_owned();
            self.find(Code::OutOfOrder, numbers, stretch, words, findings);
            return false;
        }
        let (before_start, before_end) = self.before;
        let is_next = number == self.next;
        if !is_next {
            let (code, words) = if found.after_damage {
                (Code::Altered, "what stands here is no segment of this track")
            } else {
                (Code::Missing, "left out")
            };
            let left_out = Some((self.next, Some(number - 1)));
            self.find(code, left_out, (before_end, Some(start)), words.to_owned(), findings);
        } else if found.after_damage {
            let words = "between two segments stands what is none".to_owned();
            self.find(Code::Altered, None, (before_end, Some(start)), words, findings);
        }
        if is_next && self.link != header.previous {
            let words =
                "does not carry the hash of the header before it: one of the two was changed".to_owned();
            let first = number.saturating_sub(1);
            let both = Some((first, Some(number)));
            self.find(Code::Unlinked, both, (before_start, Some(end)), words, findings);
        }
        if start < before_end {
            let words = "begins before the one before it ends".to_owned();
            self.find(Code::Overlapping, numbers, stretch, words, findings);
        } else if is_next && number > 0 && start > before_end.saturating_add(SLACK_MS) {
            let words = "no segment is of this stretch, and no gap names it".to_owned();
            self.find(Code::Unnamed, None, (before_end, Some(start)), words, findings);
        }
        if !found.payload_fits {
            let words = "the payload is not the one the header names".to_owned();
            self.find(Code::Payload, numbers, stretch, words, findings);
        }
        if matches!(found.plain, Plain::Refused) {
            let words = "the payload does not open to what the header names".to_owned();
            self.find(Code::Content, numbers, stretch, words, findings);
        }
        if let Some(who) = announced.contradicting(number.saturating_add(1), &found.link) {
            let words = format!("another segment stood here according to: {who}");
            self.find(Code::Head, numbers, stretch, words, findings);
        }
        let standing = match header.body {
            Body::Gap(_) => Standing::Gap,
            Body::Media(_) | Body::Unchanged if announced.stores(number) => Standing::Proven,
            Body::Media(_) | Body::Unchanged => Standing::Unreceipted,
        };
        self.stretches.add(standing, start, end);
        self.note_gap(found, (start, end), findings);
        self.holes |= !is_next;
        self.segments += 1;
        self.next = number.saturating_add(1);
        self.link = found.link;
        self.before = (start, end);
        true
    }

    /// Ends the track. `after_damage`: behind its last proven segment stand bytes that are none.
    pub(super) fn finish(
        mut self,
        after_damage: bool,
        opening: &Digest,
        known: &Known<'_>,
        findings: &mut Findings,
    ) -> TrackReport {
        self.end_gap(findings);
        let (_, end_ms) = self.before;
        let latest = known.latest_ms.map(|latest| latest.max(end_ms));
        let announced = known.announced.count();
        let lacks = announced > self.next;
        if after_damage {
            let words = "behind the last segment stands what is none".to_owned();
            let (numbers, to) = match () {
                () if lacks => (Some((self.next, Some(announced - 1))), latest),
                () if known.end.is_some() => (None, Some(end_ms)),
                () => (Some((self.next, None)), latest),
            };
            self.find(Code::Altered, numbers, (end_ms, to), words, findings);
        } else if lacks {
            let words = "announced, and not there".to_owned();
            let numbers = Some((self.next, Some(announced - 1)));
            self.find(Code::Missing, numbers, (end_ms, latest), words, findings);
        }
        self.holes |= lacks;
        if let Some(end) = known.end {
            self.compare(end, known.closed_ms, findings);
        }
        if let Some(who) = known.announced.contradicting(0, opening) {
            let words = format!("the track begins elsewhere according to: {who}");
            findings.add(Finding::of_track(Code::Head, self.track, words));
        }
        if self.segments > 0 && known.received_ms.is_none() {
            let words = "the server's word is missing that it stored this track".to_owned();
            findings.add(Finding::of_track(Code::Unreceipted, self.track, words));
        }
        if self.next == 0 && announced == 0 && !after_damage {
            let words = "nothing was recorded of this track".to_owned();
            findings.add(Finding::of_track(Code::Empty, self.track, words));
        }
        TrackReport {
            track: self.track,
            kind: self.kind,
            segments: self.segments,
            end_ms,
            gaps: self.gaps,
            received_ms: known.received_ms,
            stretches: self.stretches.finish(),
        }
    }

    /// Compares with what the session was closed with.
    fn compare(&mut self, end: &TrackEnd, closed_ms: Option<u64>, findings: &mut Findings) {
        let (last_start, end_ms) = self.before;
        if self.next > end.head.count {
            let words = format!("the session was closed with {} segments", end.head.count);
            let from = if self.next == end.head.count.saturating_add(1) { last_start } else { 0 };
            let numbers = Some((end.head.count, Some(self.next.saturating_sub(1))));
            self.find(Code::Surplus, numbers, (from, Some(end_ms)), words, findings);
            return;
        }
        if self.holes {
            return;
        }
        if end.gaps != self.gaps {
            let words = format!("closed with {} gaps, and there are {}", end.gaps, self.gaps);
            findings.add(Finding::of_track(Code::GapCount, self.track, words));
        }
        if self.segments > 0 && closed_ms.is_some_and(|closed| closed > end_ms.saturating_add(SLACK_MS)) {
            let words = "the session went on without record, and no gap names it".to_owned();
            self.find(Code::Unnamed, None, (end_ms, closed_ms), words, findings);
        }
    }

    /// Joins gaps of one cause that follow each other.
    fn note_gap(&mut self, found: &Found, (from_ms, to_ms): (u64, u64), findings: &mut Findings) {
        let number = found.header.number;
        let cause = match found.header.body {
            Body::Gap(cause) => Some(cause),
            Body::Media(_) | Body::Unchanged => None,
        };
        self.gaps += u64::from(cause.is_some());
        if let Some(gap) = &mut self.gap
            && cause == Some(gap.cause)
            && number == self.next
        {
            (gap.last, gap.to_ms) = (number, to_ms);
            return;
        }
        self.end_gap(findings);
        self.gap = cause.map(|cause| Gap { cause, first: number, last: number, from_ms, to_ms });
    }

    fn end_gap(&mut self, findings: &mut Findings) {
        if let Some(gap) = self.gap.take() {
            let numbers = Some((gap.first, Some(gap.last)));
            let words = gap.cause.code().to_owned();
            self.find(Code::Gap, numbers, (gap.from_ms, Some(gap.to_ms)), words, findings);
        }
    }

    /// Adds a finding, and marks its stretch where it is a fault.
    fn find(
        &mut self,
        code: Code,
        numbers: Option<(u64, Option<u64>)>,
        (from_ms, to_ms): (u64, Option<u64>),
        words: String,
        findings: &mut Findings,
    ) {
        if code.weight() == Weight::Fault {
            let nothing_there = matches!(code, Code::Missing | Code::Unnamed);
            let standing = if nothing_there { Standing::Missing } else { Standing::Damaged };
            self.stretches.add(standing, from_ms, to_ms.unwrap_or(from_ms));
        }
        findings.add(Finding {
            code,
            track: Some(self.track),
            first: numbers.map(|(first, _)| first),
            last: numbers.and_then(|(_, last)| last),
            from_ms: Some(from_ms),
            to_ms,
            words,
        });
    }
}
