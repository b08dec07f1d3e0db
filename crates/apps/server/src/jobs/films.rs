//! Whether a film is the one that was made from the record.
//!
//! A film lies unsealed in the data folder, and its SHA-256 in the database. It is compared before the film is given out for
//! the first time after a start, and whenever the system says that the file is another one. One that differs is not given
//! out; it is made again, for the sealed segments are the record.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use chaperone_blobs::{BlobError, BlobStamp, KeyError};
use chaperone_custody::State;
use chaperone_database::{DatabaseError, JobKind};
use chaperone_evidence::SessionId;
use chaperone_seals::{Digest, Hasher};
use serde_json::json;
use thiserror::Error;
use tokio::fs::File;
use tokio::io::AsyncReadExt as _;

use super::compose::film_key;
use crate::app::Shared;
use crate::audit::{Action, Actor, entry};
use crate::time::now_ms;

/// How much of a film is read at a time, in bytes.
const PIECE: usize = 1 << 20;

/// What is known of the films, and the right to replace or judge one.
#[derive(Debug, Default)]
pub(crate) struct Films {
    known: Mutex<HashMap<SessionId, (BlobStamp, Digest)>>,
    /// Held from before a film gets its name until its hash is in the database, and while one is judged.
    pub(super) settling: tokio::sync::Mutex<()>,
}

/// What became of opening a film.
pub(crate) enum FilmOpened {
    /// The film that was made from the record, and its length in bytes.
    Film(File, u64),
    /// There is none.
    Missing,
    /// What is kept is not the film that was made. It is being made again.
    Altered,
}

/// It cannot be told what a film is.
#[derive(Debug, Error)]
pub(crate) enum OpenFilmError {
    #[error("the film has no name")]
    Key(#[from] KeyError),
    #[error("the film cannot be opened")]
    Open(#[from] BlobError),
    #[error("the film cannot be read")]
    Read(#[from] std::io::Error),
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

/// Opens a session's film to give it out.
pub(crate) async fn open_film(app: &Shared, session: SessionId) -> Result<FilmOpened, OpenFilmError> {
    let key = film_key(session)?;
    let made = async || {
        Ok::<_, DatabaseError>(app.database.session(session).await?.and_then(|row| row.custody.film()))
    };
    if let (Some(made), Some((film, length))) = (made().await?, app.blobs.open(&key).await?)
        && app.films.is_known(session, BlobStamp::of(&film).await?, made)
    {
        return Ok(FilmOpened::Film(film, length));
    }
    let _settling = app.films.settling.lock().await;
    let (made, found) = (made().await?, app.blobs.open(&key).await?);
    if let (Some(made), Some((film, length))) = (made, found) {
        let stamp = BlobStamp::of(&film).await?;
        let (found, film) = hash(film).await?;
        if found == made && BlobStamp::of(&film).await? == stamp {
            app.films.note(session, stamp, made);
            return Ok(FilmOpened::Film(film, length));
        }
        tracing::error!(%session, %made, %found, "Film is not the one that was made");
    } else if made.is_none() {
        return Ok(FilmOpened::Missing);
    }
    altered(app, session).await?;
    Ok(FilmOpened::Altered)
}

/// Notes that a film was altered and has it made again.
async fn altered(app: &Shared, session: SessionId) -> Result<(), DatabaseError> {
    let now_ms = now_ms();
    let line = entry(now_ms, Actor::Nobody, Action::FilmAltered, session, &json!({}));
    if app.database.film_altered(session, now_ms, &line).await? == Some(State::Processing) {
        app.database.add_job(JobKind::Compose, session, now_ms).await?;
        app.jobs.ring();
    }
    app.changes.tell(session);
    Ok(())
}

/// SHA-256 of all of `film`, which is at its end after that.
async fn hash(mut film: File) -> std::io::Result<(Digest, File)> {
    let mut hasher = Hasher::new();
    let mut piece = vec![0; PIECE];
    loop {
        match film.read(&mut piece).await? {
            0 => return Ok((hasher.finish(), film)),
            read => hasher.update(piece.get(..read).unwrap_or_default()),
        }
    }
}

impl Films {
    fn is_known(&self, session: SessionId, stamp: BlobStamp, made: Digest) -> bool {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).get(&session) == Some(&(stamp, made))
    }

    fn note(&self, session: SessionId, stamp: BlobStamp, made: Digest) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(session, (stamp, made));
    }
}
