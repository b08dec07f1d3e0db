//! Reading a bundle file piece by piece and having it judged.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;

use anyhow::{Context as _, bail, ensure};
use chaperone_evidence::bundle::{HEAD, Layout, SECTION_HEAD_LEN, Section, SectionKind};
use chaperone_evidence::verify::{MAX_FILM_HEAD_LEN, Report, Statements, film_head};
use chaperone_seals::Digest;

/// How much of the segments is read at a time, in bytes.
const PIECE_LEN: usize = 1 << 18;

/// Judges a file, with further key sets that are known. Blocks while it reads.
///
/// # Errors
/// It cannot be read, is no bundle, or a known key set is not this root's.
pub(crate) fn judge(path: &Path, root: Digest, known_key_sets: &[Vec<u8>]) -> anyhow::Result<Report> {
    let mut statements = Statements::new(root);
    for bytes in known_key_sets {
        statements.known_key_set(bytes).context("the key set given is of no use")?;
    }
    let mut file = File::open(path).context("cannot be opened")?;
    let file_len = file.metadata().context("cannot be read")?.len();
    let mut start = Vec::new();
    (&mut file).take(HEAD.len() as u64).read_to_end(&mut start).context("cannot be read")?;
    let Some(mut layout) = Layout::new(file_len, &start) else {
        bail!("this is not a bundle: it does not begin with \"chaperone-bundle 1\"");
    };
    while let Some(at) = layout.wants() {
        let mut head = [0; SECTION_HEAD_LEN];
        file.seek(SeekFrom::Start(at)).context("cannot be read")?;
        file.read_exact(&mut head).context("became shorter while it was read")?;
        layout.head(head);
    }
    let (sections, findings) = layout.finish();
    statements.layout(findings);
    for section in
        sections.iter().filter(|section| !matches!(section.kind, SectionKind::Segments | SectionKind::Film))
    {
        statements.take(section.kind, &content(&mut file, section)?);
    }
    let film = sections.iter().find(|section| section.kind == SectionKind::Film);
    let film_data = film.map(|film| take_film(&mut file, film, &mut statements)).transpose()?;
    let mut tracks = statements.tracks();
    for section in sections.iter().filter(|section| section.kind == SectionKind::Segments) {
        tracks.begin();
        pieces(&mut file, section, |piece| tracks.push(piece))?;
        tracks.end();
    }
    tracks.segments_end();
    while let Some((offset, length)) = tracks.film_wants() {
        let start = film_data.unwrap_or_default().saturating_add(offset);
        let part = Section { kind: SectionKind::Film, start, length };
        pieces(&mut file, &part, |piece| tracks.film_piece(piece))?;
    }
    Ok(tracks.finish())
}

/// Hands the film's tables in; where its media data begin in the file.
fn take_film(file: &mut File, film: &Section, statements: &mut Statements) -> anyhow::Result<u64> {
    let end = film.start.saturating_add(film.length);
    let (mut at, mut data) = (film.start, None);
    while data.is_none() && end.saturating_sub(at) >= 8 {
        let mut start = [0; 16];
        let wanted = if end - at < 16 { 8 } else { 16 };
        file.seek(SeekFrom::Start(at)).context("cannot be read")?;
        file.read_exact(start.get_mut(..wanted).unwrap_or_default())
            .context("became shorter while it was read")?;
        let Some((kind, head, length)) = film_head(&start) else { break };
        if kind == *b"mdat" {
            data = Some((at.saturating_add(head), length.saturating_sub(head)));
        } else {
            at = at.saturating_add(length);
        }
    }
    let Some((start, length)) = data.filter(|(start, length)| start.saturating_add(*length) == end) else {
        statements.film(None, 0, 0);
        return Ok(film.start);
    };
    let head_len = at - film.start;
    if head_len > MAX_FILM_HEAD_LEN {
        statements.film(None, 0, 0);
    } else {
        let head = content(file, &Section { length: head_len, ..*film })?;
        statements.film(Some(&head), start - film.start, length);
    }
    Ok(start)
}

/// Reads a whole file of at most `limit` bytes.
///
/// # Errors
/// It cannot be read, or is longer.
pub(crate) fn read_limited(path: &Path, limit: u64) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = File::open(path).context("cannot be opened")?;
    let read = file.take(limit + 1).read_to_end(&mut bytes).context("cannot be read")?;
    ensure!(read as u64 <= limit, "is longer than {limit} bytes");
    Ok(bytes)
}

/// The content of a statement's section, which the layout has found to be short.
fn content(file: &mut File, section: &Section) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    pieces(file, section, |piece| bytes.extend_from_slice(piece))?;
    Ok(bytes)
}

fn pieces(file: &mut File, section: &Section, mut take: impl FnMut(&[u8])) -> anyhow::Result<()> {
    file.seek(SeekFrom::Start(section.start)).context("cannot be read")?;
    let mut left = section.length;
    let mut buffer = vec![0; PIECE_LEN];
    while left > 0 {
        let wanted = usize::try_from(left).unwrap_or(PIECE_LEN).min(PIECE_LEN);
        let piece = buffer.get_mut(..wanted).unwrap_or_default();
        file.read_exact(piece).context("became shorter while it was read")?;
        take(piece);
        left -= wanted as u64;
    }
    Ok(())
}
