//! Composing: the sealed segments of a session become one film. The segments stay the record; the film can be made again.

mod film;
mod pictures;
mod stills;
mod track;

use chaperone_custody::State;
use chaperone_database::{Composed, ComposedFilm, DatabaseError, Job, Settled};
use thiserror::Error;

use super::lease::Lease;
use super::worker::Lane;
use crate::app::Shared;
use crate::time::now_ms;

pub(crate) use film::film_key;
use film::{Film, FilmError, Made};

/// What became of a job to compose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The film is there, or it is known why it is not and when it is tried again.
    Done,
    /// There was nothing to compose.
    Nothing,
    /// More has arrived since.
    Overtaken,
    /// It is work of another lane.
    OtherLane(Lane),
    /// Another worker has the job: the outcome is its to keep.
    Lost,
}

/// The outcome could not be kept.
#[derive(Debug, Error)]
pub(super) enum ComposeError {
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

/// Composes a session's recording, if that is due and of this lane.
pub(super) async fn compose(
    app: &Shared,
    job: &Job,
    lane: Lane,
    lease: Lease,
) -> Result<Outcome, ComposeError> {
    let session = job.session;
    let Some(row) = app.database.session(session).await? else { return Ok(Outcome::Nothing) };
    let Some(composition) = row.custody.composition(now_ms()) else { return Ok(Outcome::Nothing) };
    let generation = composition.generation;
    let made = film::make(app, &row, lane).await;
    // Nobody finds a new film and an old hash, or the other way round.
    let _settling = app.films.settling.lock().await;
    // A film of one that stood still must not take the place of the film another made.
    if !app.database.renew_job(job, now_ms().saturating_add(lease.ms())).await? {
        return Ok(Outcome::Lost);
    }
    let kept = match made {
        Ok(Made::OtherLane(lane)) => return Ok(Outcome::OtherLane(lane)),
        Ok(Made::Film(Film { writer, hash, length_ms, bytes, gaps })) => {
            let film = Some(ComposedFilm { length_ms, bytes, hash });
            writer.finish().await.map(|()| Composed { generation, gaps, film }).map_err(FilmError::from)
        }
        Ok(Made::NothingSeen(gaps)) => Ok(Composed { generation, gaps, film: None }),
        Err(error) => Err(error),
    };
    let settled = match kept {
        Ok(composed) => app.database.composed(job, composed, now_ms()).await?,
        Err(error) => {
            let reason = reason(&error);
            tracing::warn!(%session, error = &error as &dyn std::error::Error, "Composing failed");
            app.database.composing_failed(job, generation, reason, now_ms()).await?
        }
    };
    // What is remembered of its segments is of no more use.
    app.intake.forget(session);
    Ok(match settled {
        Settled::JobLost => Outcome::Lost,
        Settled::Kept(Some(State::Processing)) => Outcome::Overtaken,
        Settled::Kept(_) => Outcome::Done,
    })
}

/// The error and its causes as one line.
fn reason(error: &FilmError) -> String {
    let causes = std::iter::successors(Some(error as &dyn std::error::Error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
