//! The segments of a bundle, section by section.

use std::collections::BTreeMap;

use super::film::FilmJudge;
use super::finding::{Code, Finding, Findings};
use super::opened::Opened;
use super::report::{Report, TrackReport, Verdict};
use super::scan::{Found, Plain, Scanner};
use super::track::{Known, TrackJudge};
use crate::Body;
use crate::bundle::Form;

/// Takes the sections of segments in their order, each in pieces, and ends in a [`Report`].
#[derive(Debug)]
pub struct Tracks {
    opened: Option<Opened>,
    key_set: Option<u64>,
    form: Form,
    board: Board,
    section: Option<Section>,
    /// Tracks that had their section, and whether bytes are left over behind it.
    done: Vec<(TrackJudge, bool)>,
    /// A section held nothing that is proven.
    strange: bool,
}

/// What all sections have in common.
#[derive(Debug)]
struct Board {
    findings: Findings,
    /// Tracks of which no section has come.
    waiting: BTreeMap<u32, TrackJudge>,
    /// The track of the section before.
    last: Option<u32>,
}

#[derive(Debug)]
struct Section {
    scanner: Scanner,
    judged: Judged,
    /// A proven segment of another track stands before the next one.
    foreign: bool,
}

/// Which track a section is of.
#[derive(Debug)]
enum Judged {
    /// Nothing proven has come yet.
    Unknown,
    Track(u32, Box<TrackJudge>),
    /// It has no place in the bundle.
    Aside,
}

impl Tracks {
    pub(super) fn new(opened: Option<Opened>, key_set: Option<u64>, findings: Findings, form: Form) -> Self {
        let waiting = opened.iter().flat_map(|opened| {
            let judge =
                |plan: &crate::TrackPlan| (plan.track, TrackJudge::new(plan.track, plan.kind, opened.link));
            opened.opening.tracks.iter().map(judge)
        });
        let board = Board { findings, waiting: waiting.collect(), last: None };
        Self { opened, key_set, form, board, section: None, done: Vec::new(), strange: false }
    }

    /// Begins a section of segments.
    pub fn begin(&mut self) {
        self.section = self.opened.as_ref().map(|opened| Section {
            scanner: Scanner::new(
                opened.opening.session,
                opened.opening.session_key,
                opened.content.clone(),
                self.form,
            ),
            judged: Judged::Unknown,
            foreign: false,
        });
    }

    /// Takes the next bytes of the section.
    pub fn push(&mut self, bytes: &[u8]) {
        let (Some(opened), Some(section)) = (&mut self.opened, &mut self.section) else { return };
        let Section { scanner, judged, foreign } = section;
        let board = &mut self.board;
        scanner.push(bytes, |found| judged.take(found, foreign, opened, board));
    }

    /// Ends the section.
    pub fn end(&mut self) {
        let (Some(opened), Some(section)) = (&mut self.opened, self.section.take()) else { return };
        let Section { scanner, mut judged, mut foreign } = section;
        let board = &mut self.board;
        let damage = scanner.finish(|found| judged.take(found, &mut foreign, opened, board));
        match judged {
            Judged::Track(_, judge) => self.done.push((*judge, damage || foreign)),
            Judged::Unknown => self.strange = true,
            Judged::Aside => {}
        }
    }

    /// All sections of segments were taken; the film's media data are next, if there is a film.
    pub fn segments_end(&mut self) {
        self.end();
        if let Some(film) = self.opened.as_mut().and_then(|opened| opened.film.as_mut()) {
            film.segments_end(&mut self.board.findings);
        }
    }

    /// Where in the film's media data to read next and how much, in bytes; nothing when all is compared.
    pub fn film_wants(&mut self) -> Option<(u64, u64)> {
        self.opened.as_mut()?.film.as_mut()?.wants()
    }

    /// Takes bytes of what [`Self::film_wants`] asked for, in pieces of any size.
    pub fn film_piece(&mut self, bytes: &[u8]) {
        if let Some(film) = self.opened.as_mut().and_then(|opened| opened.film.as_mut()) {
            film.piece(bytes, &mut self.board.findings);
        }
    }

    /// All sections were taken.
    #[must_use]
    pub fn finish(self) -> Report {
        let Self { opened, key_set, board: Board { mut findings, waiting, .. }, done, strange, .. } = self;
        let mut tracks = Vec::new();
        if let Some(opened) = &opened {
            // What is there and is no segment stands where a track is not, if one is not.
            let rest = waiting.into_values().map(|judge| (judge, strange));
            for (judge, damage) in done.into_iter().chain(rest) {
                tracks.push(opened.finish(judge, damage, &mut findings));
            }
            tracks.sort_by_key(|track| track.track);
            if strange {
                let words = "a section of segments holds none that is proven".to_owned();
                findings.add(Finding::whole(Code::Altered, words));
            }
        }
        let verdict = Verdict::from(findings.worst());
        let (findings, left_out) = findings.finish();
        let (ended, whole_ms) =
            opened.as_ref().map_or((None, None), |opened| (opened.ended, opened.whole_ms));
        let link = opened.as_ref().map(|opened| opened.link);
        let opening = opened.map(|opened| opened.opening);
        Report { verdict, opening, link, ended, whole_ms, key_set, tracks, findings, left_out }
    }
}

impl Judged {
    fn take(&mut self, mut found: Found, foreign: &mut bool, opened: &mut Opened, board: &mut Board) {
        let track = found.header.track;
        if matches!(self, Self::Unknown) {
            let ascends = board.last.is_none_or(|last| last < track);
            *self = match board.waiting.remove(&track) {
                Some(judge) if ascends => {
                    board.last = Some(track);
                    Self::Track(track, Box::new(judge))
                }
                kept => {
                    board.waiting.extend(kept.map(|judge| (track, judge)));
                    let words = "a section of segments is of a track that has no place here".to_owned();
                    board.findings.add(Finding::of_track(Code::Misplaced, track, words));
                    Self::Aside
                }
            };
        }
        match self {
            Self::Track(own, judge) if *own == track => {
                found.after_damage |= std::mem::take(foreign);
                if let Some(announced) = opened.announced.get(own) {
                    let taken = judge.take(&found, announced, &mut board.findings);
                    let film = opened.film.as_mut().filter(|film| taken && film.track() == track);
                    if let Some(film) = film {
                        film_takes(film, &found, &mut board.findings);
                    }
                }
            }
            Self::Track(..) => *foreign = true,
            Self::Unknown | Self::Aside => {}
        }
    }
}

fn film_takes(film: &mut FilmJudge, found: &Found, findings: &mut Findings) {
    let plain = match &found.plain {
        Plain::Opened(plain) => Some(plain.as_slice()),
        Plain::Closed | Plain::Refused => None,
    };
    film.take(&found.header, matches!(found.header.body, Body::Media(_)), plain, findings);
}

impl Opened {
    fn finish(&self, judge: TrackJudge, damage: bool, findings: &mut Findings) -> TrackReport {
        let track = judge.track();
        let nothing = super::heads::Announced::default();
        let known = Known {
            announced: self.announced.get(&track).unwrap_or(&nothing),
            end: self.ends.get(&track),
            closed_ms: self.closed_ms,
            latest_ms: self.latest_ms,
            received_ms: self.received.get(&track).copied(),
        };
        judge.finish(damage, &self.link, &known, findings)
    }
}
