//! Going through a bundle from where its bytes are to the judgement on it.

use chaperone_seals::Digest;

use super::{MAX_FILM_HEAD_LEN, Report, Statements, film_head};
use crate::bundle::{Form, Layout, SECTION_HEAD_LEN, Section, SectionKind};

/// How much of segments and films is read at a time, in bytes.
const PIECE_LEN: usize = 1 << 18;

/// Where a bundle's bytes are: a file, memory.
pub trait Source {
    /// Why bytes could not be read.
    type Error;

    /// How many bytes there are.
    fn len(&self) -> u64;

    /// Fills `into` with the bytes at `at`, which are there by [`Self::len`].
    ///
    /// # Errors
    /// They could not be read.
    fn read(&mut self, at: u64, into: &mut [u8]) -> Result<(), Self::Error>;

    /// Whether there is nothing.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Bytes that are there by the length of the source were not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it became shorter while it was read")]
pub struct BecameShorter;

impl Source for &[u8] {
    type Error = BecameShorter;

    fn len(&self) -> u64 {
        <[u8]>::len(self) as u64
    }

    fn read(&mut self, at: u64, into: &mut [u8]) -> Result<(), BecameShorter> {
        let start = usize::try_from(at).map_err(|_| BecameShorter)?;
        let from = self.get(start..).and_then(|rest| rest.get(..into.len())).ok_or(BecameShorter)?;
        into.copy_from_slice(from);
        Ok(())
    }
}

/// Judges a bundle of the server whose root key has the fingerprint `root`; `None` when the bytes are none.
/// `known_key_sets` are key sets that are known from elsewhere; one that is not of this root is passed over.
///
/// # Errors
/// The bytes cannot be read.
pub fn judge<S: Source>(
    source: &mut S,
    root: Digest,
    known_key_sets: &[Vec<u8>],
) -> Result<Option<Report>, S::Error> {
    judge_form(source, root, known_key_sets, Form::Bundle)
}

/// Judges an outline: a bundle without payloads. What is said of payloads, and of a film, is then nobody's word.
///
/// # Errors
/// The bytes cannot be read.
pub fn judge_outline<S: Source>(source: &mut S, root: Digest) -> Result<Option<Report>, S::Error> {
    judge_form(source, root, &[], Form::Outline)
}

fn judge_form<S: Source>(
    source: &mut S,
    root: Digest,
    known_key_sets: &[Vec<u8>],
    form: Form,
) -> Result<Option<Report>, S::Error> {
    let mut statements = Statements::new(root);
    for bytes in known_key_sets {
        // One that is not of this root says nothing here; the caller who needs to know has asked before.
        statements.known_key_set(bytes).unwrap_or_default();
    }
    let Some((sections, findings)) = layout(source, form)? else { return Ok(None) };
    statements.layout(findings);
    for section in
        sections.iter().filter(|section| !matches!(section.kind, SectionKind::Segments | SectionKind::Film))
    {
        statements.take(section.kind, &content(source, section)?);
    }
    let film = sections.iter().find(|section| section.kind == SectionKind::Film);
    let film_data = film.map(|film| take_film(source, film, &mut statements)).transpose()?;
    let mut tracks = statements.tracks(form);
    for section in sections.iter().filter(|section| section.kind == SectionKind::Segments) {
        tracks.begin();
        pieces(source, section, |piece| tracks.push(piece))?;
        tracks.end();
    }
    tracks.segments_end();
    while let Some((offset, length)) = tracks.film_wants() {
        let start = film_data.unwrap_or_default().saturating_add(offset);
        let part = Section { kind: SectionKind::Film, start, length };
        pieces(source, &part, |piece| tracks.film_piece(piece))?;
    }
    Ok(Some(tracks.finish()))
}

type Found = (Vec<Section>, Vec<super::Finding>);

fn layout<S: Source>(source: &mut S, form: Form) -> Result<Option<Found>, S::Error> {
    let head_len = source.len().min(form.head().len() as u64);
    let mut start = vec![0; usize::try_from(head_len).unwrap_or_default()];
    source.read(0, &mut start)?;
    let Some(mut layout) = Layout::new(form, source.len(), &start) else { return Ok(None) };
    while let Some(at) = layout.wants() {
        let mut head = [0; SECTION_HEAD_LEN];
        source.read(at, &mut head)?;
        layout.head(head);
    }
    Ok(Some(layout.finish()))
}

/// Hands the film's tables in; where its media data begin in the file.
fn take_film<S: Source>(
    source: &mut S,
    film: &Section,
    statements: &mut Statements,
) -> Result<u64, S::Error> {
    let end = film.start.saturating_add(film.length);
    let (mut at, mut data) = (film.start, None);
    while data.is_none() && end.saturating_sub(at) >= 8 {
        let mut start = [0; 16];
        let wanted = if end - at < 16 { 8 } else { 16 };
        source.read(at, start.get_mut(..wanted).unwrap_or_default())?;
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
        let head = content(source, &Section { length: head_len, ..*film })?;
        statements.film(Some(&head), start - film.start, length);
    }
    Ok(start)
}

/// The content of a statement's section, which the layout has found to be short.
fn content<S: Source>(source: &mut S, section: &Section) -> Result<Vec<u8>, S::Error> {
    let mut bytes = Vec::new();
    pieces(source, section, |piece| bytes.extend_from_slice(piece))?;
    Ok(bytes)
}

fn pieces<S: Source>(source: &mut S, section: &Section, mut take: impl FnMut(&[u8])) -> Result<(), S::Error> {
    let (mut at, mut left) = (section.start, section.length);
    let mut buffer = vec![0; usize::try_from(left).unwrap_or(PIECE_LEN).min(PIECE_LEN)];
    while left > 0 {
        let wanted = usize::try_from(left).unwrap_or(PIECE_LEN).min(PIECE_LEN);
        let piece = buffer.get_mut(..wanted).unwrap_or_default();
        source.read(at, piece)?;
        take(piece);
        at = at.saturating_add(wanted as u64);
        left -= wanted as u64;
    }
    Ok(())
}
