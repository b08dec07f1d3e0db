//! `export`: a session's sealed record as one file, or its film.
//!
//! The bundle's form stands in `docs/format.md`, section 6.

mod film;
mod unfinished;

use std::io::Write;
use std::path::Path;

use anyhow::Context as _;
use chaperone_database::{Database, SessionRow};
use chaperone_evidence::bundle::{Form, SectionKind, section_head};
use chaperone_evidence::{OpeningRecord, SessionId, TrackKind, segment};
use chaperone_seals::{sealing::Purpose, signed};
use serde_json::json;

use self::film::KeptFilm;
use self::unfinished::Unfinished;
use super::input::refused_with;
use crate::Exit;
use crate::audit::{Action, Actor, entry};
use crate::data_folder::DataFolder;
use crate::exports::{Plan, SealedLog};
use crate::keys;
use crate::time::now_ms;

pub(super) async fn export(export: super::Export) -> anyhow::Result<Exit> {
    let Ok(session) = export.session.parse::<SessionId>() else {
        return Ok(refused_with(Exit::NotFound, "that is not a session's id"));
    };
    let (out, mp4, with_film) = (export.out, export.mp4, export.film);
    export
        .data
        .with(async |config| {
            let folder = DataFolder::open(&config.data_dir)?;
            let database = Database::open(&folder.database_path()).await?;
            let Some(row) = database.session(session).await? else {
                return Ok(refused_with(Exit::NotFound, "there is no such session"));
            };
            // SECURITY: the line stands before the first byte leaves.
            let detail = json!({ "film": mp4 || with_film });
            let line = entry(now_ms(), Actor::CommandLine, Action::SessionExported, session, &detail);
            database.audit(&line).await?;
            let exit = if mp4 {
                film_alone(&folder, &database, &row, &out).await?
            } else {
                bundle(&folder, &database, &row, with_film, &out).await?
            };
            database.close().await;
            Ok(exit)
        })
        .await
}

/// Copies the film. One that is not what was made from the record is refused.
async fn film_alone(
    folder: &DataFolder,
    database: &Database,
    row: &SessionRow,
    out: &Path,
) -> anyhow::Result<Exit> {
    let Some(film) = KeptFilm::open(folder, row.id)? else { return Ok(film::none()) };
    let unfinished = Unfinished::create(out)?;
    let mut file = unfinished.file()?;
    let hash = film.copy(&mut file)?;
    if row.custody.film() != Some(hash) {
        return film::refuse(database, row).await;
    }
    file.sync_all().context("cannot write the film")?;
    unfinished.keep();
    Ok(Exit::Done)
}

async fn bundle(
    folder: &DataFolder,
    database: &Database,
    row: &SessionRow,
    with_film: bool,
    out: &Path,
) -> anyhow::Result<Exit> {
    let (_, opening) =
        signed::read_unverified::<OpeningRecord>(&row.opening).context("cannot read the record")?;
    let tracks = database.tracks(row.id).await?;
    let mut log = SealedLog::open(&folder.segments_dir(), row.id, &opening.session_key)
        .context("cannot read the record")?;
    let opened = if with_film {
        if opening.tracks.iter().all(|plan| plan.kind != TrackKind::Video) {
            return Ok(refused_with(
                Exit::Refused,
                "only a film of recorded video can be proven by a bundle",
            ));
        }
        let Some(film) = KeptFilm::open(folder, row.id)? else { return Ok(film::none()) };
        Some((content_key(folder, &opening, &mut log)?, film))
    } else {
        None
    };
    let unfinished = Unfinished::create(out)?;
    let mut file = std::io::BufWriter::new(unfinished.file()?);
    let plan = Plan::new(Form::Bundle, keys::signed_sets(folder)?, row, &tracks, &mut log)
        .context("cannot read the record")?;
    std::io::copy(&mut plan.read(log), &mut file).context("cannot write the bundle")?;
    if let Some((key, film)) = opened {
        file.write_all(&section_head(SectionKind::ContentKey, u64::try_from(key.len())?))?;
        file.write_all(&key).context("cannot write the bundle")?;
        file.write_all(&section_head(SectionKind::Film, film.len()))?;
        if row.custody.film() != Some(film.copy(&mut file)?) {
            return film::refuse(database, row).await;
        }
    }
    file.into_inner().context("cannot write the bundle")?.sync_all().context("cannot write the bundle")?;
    unfinished.keep();
    Ok(Exit::Done)
}

/// The key that opens the session's payloads, as the first segment of a track holds it sealed.
fn content_key(folder: &DataFolder, opening: &OpeningRecord, log: &mut SealedLog) -> anyhow::Result<Vec<u8>> {
    let recording = keys::recording(folder)?;
    let ours = recording.sealing_key().public().id();
    for track in log.tracks() {
        let Some(bytes) = log.first(track).context("cannot read the record")? else { continue };
        let Some((first, _)) = segment::read_next(&bytes).context("cannot read the record")? else {
            continue;
        };
        let wrapped = first.header.keys.unwrap_or_default().into_iter().find(|key| key.recipient == ours);
        if let Some(wrapped) = wrapped {
            let key = recording.open(Purpose::ContentKey, opening.session.as_bytes(), &wrapped.wrapped);
            return Ok(key.context("cannot open the record's key")?.to_vec());
        }
    }
    anyhow::bail!("the record's key is not there: the first segment of every track is missing")
}
