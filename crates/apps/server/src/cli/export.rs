//! `export`: a session's sealed record as one file, or its film.
//!
//! The bundle's form stands in `docs/format.md`, section 6.

mod log;

use std::fs::File;
use std::io::{ErrorKind, Read as _, Write};
use std::path::Path;

use anyhow::Context as _;
use chaperone_custody::State;
use chaperone_database::{Database, JobKind, SessionRow};
use chaperone_evidence::{OpeningRecord, SessionId};
use chaperone_paths::private;
use chaperone_seals::{Hasher, signed};
use serde_json::json;

use self::log::SealedLog;
use super::input::refused_with;
use crate::Exit;
use crate::audit::{Action, Actor, entry};
use crate::data_folder::DataFolder;
use crate::jobs::film_key;
use crate::keys;
use crate::time::now_ms;

/// How much of a film is copied at a time, in bytes.
const PIECE: usize = 1 << 20;
const HEAD: &[u8] = b"chaperone-bundle 1\n";

#[derive(Clone, Copy)]
#[repr(u8)]
enum Section {
    KeySet = 1,
    Opening = 2,
    Segments = 3,
    Receipt = 4,
    Heartbeat = 5,
    Closing = 6,
    ClosingReceipt = 7,
}

pub(super) async fn export(export: super::Export) -> anyhow::Result<Exit> {
    let Ok(session) = export.session.parse::<SessionId>() else {
        return Ok(refused_with(Exit::NotFound, "that is not a session's id"));
    };
    let (out, mp4) = (export.out, export.mp4);
    export
        .data
        .with(async |config| {
            let folder = DataFolder::open(&config.data_dir)?;
            let database = Database::open(&folder.database_path()).await?;
            let Some(row) = database.session(session).await? else {
                return Ok(refused_with(Exit::NotFound, "there is no such session"));
            };
            // SECURITY: the line stands before the first byte leaves.
            let detail = json!({ "film": mp4 });
            let line = entry(now_ms(), Actor::CommandLine, Action::SessionExported, session, &detail);
            database.audit(&line).await?;
            let exit = if mp4 {
                film(&folder, &database, &row, &out).await?
            } else {
                bundle(&folder, &database, &row, &out).await?;
                Exit::Done
            };
            database.close().await;
            Ok(exit)
        })
        .await
}

/// Copies the film. It is read past the store, which only one process may use: the server may be running.
/// One that is not what was made from the record is refused, and made again when the server runs.
async fn film(
    folder: &DataFolder,
    database: &Database,
    row: &SessionRow,
    out: &Path,
) -> anyhow::Result<Exit> {
    let session = row.id;
    let key = film_key(session)?;
    let path = key.parts().fold(folder.recordings_dir(), |path, part| path.join(part));
    let mut film = match File::open(&path) {
        Ok(film) => film,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Ok(refused_with(Exit::NotFound, "the session has no film yet"));
        }
        Err(error) => return Err(error).context("cannot read the film"),
    };
    let mut file = private::create_file(out)?;
    let mut hasher = Hasher::new();
    let mut piece = vec![0; PIECE];
    loop {
        let read = film.read(&mut piece).context("cannot read the film")?;
        let Some(piece @ [_, ..]) = piece.get(..read) else { break };
        hasher.update(piece);
        file.write_all(piece).context("cannot write the film")?;
    }
    if row.custody.film() == Some(hasher.finish()) {
        file.sync_all().context("cannot write the film")?;
        return Ok(Exit::Done);
    }
    drop(file);
    std::fs::remove_file(out).context("cannot remove the film that was not exported")?;
    let now_ms = now_ms();
    let line = entry(now_ms, Actor::CommandLine, Action::FilmAltered, session, &json!({}));
    if database.film_altered(session, now_ms, &line).await? == Some(State::Processing) {
        database.add_job(JobKind::Compose, session, now_ms).await?;
    }
    let words = "what is kept is not the film that was made from the record; a running server makes it again";
    Ok(refused_with(Exit::Refused, words))
}

async fn bundle(
    folder: &DataFolder,
    database: &Database,
    row: &SessionRow,
    out: &Path,
) -> anyhow::Result<()> {
    let (_, opening) =
        signed::read_unverified::<OpeningRecord>(&row.opening).context("cannot read the record")?;
    let mut log = SealedLog::open(&folder.segments_dir(), row.id, &opening.session_key)?;
    let mut file = std::io::BufWriter::new(private::create_file(out)?);
    file.write_all(HEAD)?;
    optional(&mut file, Section::KeySet, keys::signed_set(folder)?.as_deref())?;
    section(&mut file, Section::Opening, &row.opening)?;
    for track in log.tracks() {
        head(&mut file, Section::Segments, log.track_len(track))?;
        log.copy_track(track, &mut file)?;
    }
    for track in database.tracks(row.id).await? {
        optional(&mut file, Section::Receipt, track.receipt.as_deref())?;
    }
    optional(&mut file, Section::Heartbeat, row.heartbeat.as_deref())?;
    optional(&mut file, Section::Closing, row.closing.as_deref())?;
    optional(&mut file, Section::ClosingReceipt, row.closing_receipt.as_deref())?;
    file.into_inner().context("cannot write the bundle")?.sync_all().context("cannot write the bundle")
}

fn optional(out: &mut impl Write, kind: Section, bytes: Option<&[u8]>) -> anyhow::Result<()> {
    bytes.map_or(Ok(()), |bytes| section(out, kind, bytes))
}

fn section(out: &mut impl Write, kind: Section, bytes: &[u8]) -> anyhow::Result<()> {
    head(out, kind, u64::try_from(bytes.len())?)?;
    out.write_all(bytes).context("cannot write the bundle")
}

fn head(out: &mut impl Write, kind: Section, length: u64) -> anyhow::Result<()> {
    out.write_all(&[kind as u8])?;
    out.write_all(&length.to_be_bytes()).context("cannot write the bundle")
}
