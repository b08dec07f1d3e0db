//! The film of a session: its video joined without transcoding, or its stills encoded.

use chaperone_blobs::{BlobError, BlobKey, BlobWriter, KeyError};
use chaperone_custody::{Ending as SessionEnding, GapReason, NamedGap, pace};
use chaperone_database::SessionRow;
use chaperone_evidence::{Body, GapCause, OpeningRecord, SessionId, TrackKind};
use chaperone_intake::{HeldTrack, IntakeError};
use chaperone_media::{Content, Ending, Gap, Joiner, NoPicture, Piece, Plan, Ticks};
use chaperone_seals::signed::{self, SignedError};
use chaperone_seals::{Digest, Hasher};
use thiserror::Error;

use super::pictures::Pictures;
use super::track::{Opened, TrackError, TrackReader};
use crate::app::Shared;
use crate::jobs::worker::Lane;
use crate::time::now_ms;

/// A session has no film.
#[derive(Debug, Error)]
pub(crate) enum FilmError {
    #[error("the opening record is damaged")]
    Opening(#[source] SignedError),
    #[error("cannot read the record")]
    Intake(#[from] IntakeError),
    #[error("the session has neither video nor stills")]
    NoPictures,
    #[error(transparent)]
    Track(#[from] TrackError),
    #[error("no segment that holds a picture can be shown")]
    Damaged(#[source] NoPicture),
    #[error("segment {number} changed while it was read")]
    Changed { number: u64 },
    #[error("the film has no name")]
    Key(#[from] KeyError),
    #[error("cannot keep the film")]
    Keep(#[from] BlobError),
    #[error("encoding the stills was broken off")]
    Stopped(#[from] tokio::task::JoinError),
    #[error("the encoded stills cannot be read back")]
    ReadBack(#[source] std::io::Error),
}

/// What became of making a film.
pub(super) enum Made {
    Film(Film),
    /// The whole record says that there was nothing to see, but for these gaps.
    NothingSeen(Vec<NamedGap>),
    /// It is this lane's work.
    OtherLane(Lane),
}

/// A film that is written and has no name yet.
pub(super) struct Film {
    pub(super) writer: BlobWriter,
    pub(super) hash: Digest,
    pub(super) length_ms: u64,
    pub(super) bytes: u64,
    pub(super) gaps: Vec<NamedGap>,
}

/// A stretch the recorder itself says it did not record.
struct Admitted {
    start: Ticks,
    end: Ticks,
    cause: GapCause,
}

/// The name under which a session's film is kept.
pub(crate) fn film_key(session: SessionId) -> Result<BlobKey, KeyError> {
    BlobKey::new(["films", &format!("{session}.mp4")])
}

/// Makes the film, where that is the lane's work.
pub(super) async fn make(app: &Shared, row: &SessionRow, lane: Lane) -> Result<Made, FilmError> {
    let opening: OpeningRecord =
        signed::verify(&row.opening, &app.keys.launch().public()).map_err(FilmError::Opening)?;
    let held = app.intake.held(row.id).await?.unwrap_or_default();
    let of_kind = |kind| {
        let of = |held: &HeldTrack| opening.kind_of(held.through.track);
        held.iter().find(|held| of(held) == Some(kind) && !held.segments.is_empty())
    };
    let (shown, own_lane) = match (of_kind(TrackKind::Video), of_kind(TrackKind::Stills)) {
        (Some(video), _) => (video, Lane::Compose),
        (None, Some(stills)) => (stills, Lane::Encode),
        (None, None) => return Err(FilmError::NoPictures),
    };
    if lane != own_lane {
        return Ok(Made::OtherLane(own_lane));
    }
    let reader = TrackReader::new(&app.intake, &opening, shown, app.keys.recording()).await?;
    let mut pictures = match own_lane {
        Lane::Compose => Pictures::video(&reader),
        Lane::Encode => Pictures::stills(&reader, &app.blobs, row.id).await?,
    };
    let made = join(app, row, shown, &mut pictures).await;
    pictures.forget().await?;
    made
}

/// Both passes over the segments.
async fn join(
    app: &Shared,
    row: &SessionRow,
    shown: &HeldTrack,
    pictures: &mut Pictures<'_>,
) -> Result<Made, FilmError> {
    let longest_ms = pace::longest_ms(row.opened_ms, now_ms());
    let (plan, admitted) = plan(pictures, shown, row, longest_ms).await?;
    let track = shown.through.track;
    let named = |gaps: &[Gap], end_ms| {
        let gaps = gaps.iter().map(|gap| named(row, track, gap, &admitted));
        gaps.chain(broken_off(row, track, end_ms, longest_ms)).collect()
    };
    let plan = match plan {
        Ok(plan) => plan,
        // A disk may give tomorrow what it does not give today; what was never there does not come.
        Err(none) if none.gaps.iter().any(|gap| !gap.damaged.is_empty()) => {
            return Err(FilmError::Damaged(none));
        }
        Err(none) => {
            let end_ms = shown.segments.last().map_or(0, |last| last.end_ms.min(longest_ms));
            return Ok(Made::NothingSeen(named(&none.gaps, end_ms)));
        }
    };
    pictures.settle().await?;

    let mut film = app.blobs.create(&film_key(row.id)?).await?;
    let mut hasher = Hasher::new();
    let bytes = plan.file_len();
    hasher.update(&plan.header);
    film.write(plan.header).await?;
    for copy in &plan.copies {
        let part = pictures.again(copy).await?;
        hasher.update(&part);
        film.write(part).await?;
    }

    let length_ms = millis(plan.duration);
    Ok(Made::Film(Film {
        writer: film,
        hash: hasher.finish(),
        length_ms,
        bytes,
        gaps: named(&plan.gaps, length_ms),
    }))
}

/// The first pass over the segments. What is said to be later than `longest_ms` is not believed.
async fn plan(
    pictures: &mut Pictures<'_>,
    held: &HeldTrack,
    row: &SessionRow,
    longest_ms: u64,
) -> Result<(Result<Plan, NoPicture>, Vec<Admitted>), FilmError> {
    let mut joiner = Joiner::new();
    let mut admitted = Vec::new();
    let mut last_end_ms = 0;
    for stored in &held.segments {
        let (session, number) = (row.id, stored.number);
        let end_ms = stored.end_ms.min(longest_ms);
        let (start, end) = (ticks(stored.start_ms.min(end_ms)), ticks(end_ms));
        let opened = pictures.open(number).await?;
        let content = match &opened {
            Opened::Segment(Body::Media(_), plain) => Content::Media(plain),
            Opened::Segment(Body::Unchanged, _) => Content::Unchanged,
            Opened::Segment(Body::Gap(cause), _) => {
                admitted.push(Admitted { start, end, cause: *cause });
                Content::Gap
            }
            Opened::Damaged(damage) => {
                tracing::error!(%session, number, error = damage as &dyn std::error::Error, "Segment cannot be shown");
                Content::Damaged
            }
        };
        if let Err(error) = joiner.add(&Piece { number, start, end, content }) {
            tracing::error!(%session, number, error = &error as &dyn std::error::Error, "Segment cannot be shown");
        }
        last_end_ms = end_ms;
    }
    let track = held.through.track;
    let announced =
        row.custody.tracks().find(|(known, _)| *known == track).map_or(0, |(_, facts)| facts.announced);
    let end_ms = match row.custody.ending() {
        // The recorder's own word on how long it was.
        Some(SessionEnding::Closed(_)) => row.length_ms.min(longest_ms).max(last_end_ms),
        // What came after the last segment is not known to have been.
        Some(SessionEnding::Recovered) | None => last_end_ms,
    };
    let ending = Ending { end: ticks(end_ms), segments: announced, created: row.opened_ms / 1000 };
    Ok((joiner.finish(&ending), admitted))
}

/// What lies between the last that is known of a session that broke off, at `end_ms`, and its last sign of life; it may
/// have gone on longer.
fn broken_off(row: &SessionRow, track: u32, end_ms: u64, longest_ms: u64) -> Option<NamedGap> {
    let reason = GapReason::Recorder(GapCause::RecorderLost);
    (row.custody.ending() == Some(SessionEnding::Recovered)).then(|| NamedGap {
        track,
        start_ms: end_ms,
        end_ms: row.length_ms.min(longest_ms).max(end_ms),
        reason,
    })
}

fn named(row: &SessionRow, track: u32, gap: &Gap, admitted: &[Admitted]) -> NamedGap {
    let facts = row.custody.tracks().find(|(known, _)| *known == track).map(|(_, facts)| facts);
    // A segment that was receipted and is not found any more did arrive.
    let missing = &gap.missing;
    let rotted = !missing.is_empty()
        && facts.is_some_and(|facts| {
            facts.held.ranges().iter().any(|held| held.start < missing.end && missing.start < held.end)
        });
    let own = admitted.iter().find(|own| own.start < gap.end && gap.start < own.end);
    let reason = match own {
        _ if rotted || !gap.damaged.is_empty() => GapReason::Damaged,
        Some(own) => GapReason::Recorder(own.cause),
        None if !gap.missing.is_empty() => GapReason::NeverArrived,
        None => GapReason::Unaccounted,
    };
    NamedGap { track, start_ms: millis(gap.start), end_ms: millis(gap.end), reason }
}

const fn ticks(ms: u64) -> Ticks {
    ms.saturating_mul(chaperone_media::TIMESCALE as u64 / 1000)
}

const fn millis(ticks: Ticks) -> u64 {
    ticks / (chaperone_media::TIMESCALE as u64 / 1000)
}
