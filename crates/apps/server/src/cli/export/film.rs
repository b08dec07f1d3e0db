//! The film that is kept, read past the store, which only one process may use: the server may be running.

use std::fs::File;
use std::io::{ErrorKind, Read as _, Write};

use anyhow::Context as _;
use chaperone_custody::State;
use chaperone_database::{Database, JobKind, SessionRow};
use chaperone_evidence::SessionId;
use chaperone_seals::{Digest, Hasher};
use serde_json::json;

use super::super::input::refused_with;
use crate::Exit;
use crate::audit::{Action, Actor, entry};
use crate::data_folder::DataFolder;
use crate::jobs::film_key;
use crate::time::now_ms;

/// How much of a film is copied at a time, in bytes.
const PIECE: usize = 1 << 20;

/// A film as it lies on the disk; whether it is the one that was made shows when it is copied.
pub(super) struct KeptFilm {
    file: File,
    len: u64,
}

impl KeptFilm {
    /// Opens a session's film; nothing where there is none.
    pub(super) fn open(folder: &DataFolder, session: SessionId) -> anyhow::Result<Option<Self>> {
        let key = film_key(session)?;
        let path = key.parts().fold(folder.recordings_dir(), |path, part| path.join(part));
        match File::open(&path) {
            Ok(file) => {
                let len = file.metadata().context("cannot read the film")?.len();
                Ok(Some(Self { file, len }))
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).context("cannot read the film"),
        }
    }

    /// Its length in bytes.
    pub(super) const fn len(&self) -> u64 {
        self.len
    }

    /// Copies it and says its hash.
    pub(super) fn copy(mut self, out: &mut impl Write) -> anyhow::Result<Digest> {
        let mut hasher = Hasher::new();
        let mut piece = vec![0; PIECE];
        let mut left = self.len;
        while left > 0 {
            let wanted = usize::try_from(left).unwrap_or(PIECE).min(PIECE);
            let piece = piece.get_mut(..wanted).unwrap_or_default();
            self.file.read_exact(piece).context("cannot read the film")?;
            hasher.update(piece);
            out.write_all(piece).context("cannot write the film")?;
            left -= wanted as u64;
        }
        Ok(hasher.finish())
    }
}

/// A film was copied that is not the one `before` names. Where no other was made meanwhile, the one that is kept was
/// altered, and a running server is to make it again.
pub(super) async fn refuse(database: &Database, before: &SessionRow) -> anyhow::Result<Exit> {
    let (session, now_ms) = (before.id, now_ms());
    let after = database.session(session).await?;
    let custody = after.as_ref().map(|row| &row.custody);
    let was_made_anew = before.custody.film().is_none()
        || custody.is_none_or(|custody| {
            custody.film() != before.custody.film() || custody.state(now_ms) == State::Processing
        });
    if was_made_anew {
        return Ok(refused_with(
            Exit::Refused,
            "the film was made anew meanwhile; export it again in a minute",
        ));
    }
    let line = entry(now_ms, Actor::CommandLine, Action::FilmAltered, session, &json!({}));
    if database.film_altered(session, now_ms, &line).await? == Some(State::Processing) {
        database.add_job(JobKind::Compose, session, now_ms).await?;
    }
    let words = "what is kept is not the film that was made from the record; a running server makes it again";
    Ok(refused_with(Exit::Refused, words))
}

/// There is no film to export.
pub(super) fn none() -> Exit {
    refused_with(Exit::NotFound, "the session has no film; its page in the console says why")
}
