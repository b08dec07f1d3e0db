//! A session's sealed record, read past the intake, which only one process may use: the server may be running and writing.
//! What it has receipted never changes, and what it has not finished writing is left out.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{ErrorKind, Read, Seek as _, SeekFrom, Write};
use std::path::Path;

use anyhow::Context as _;
use chaperone_evidence::segment::{MAX_HEADER_LEN, MAX_PAYLOAD_LEN};
use chaperone_evidence::{Body, SegmentHeader, SessionId};
use chaperone_seals::signed;

/// The log of one session, with a table of what is where.
pub(super) struct SealedLog {
    file: Option<File>,
    /// Offset and length of each segment, by track and number.
    places: BTreeMap<(u32, u64), (u64, u64)>,
}

impl SealedLog {
    /// Reads the table. A session without a log has no segments.
    pub(super) fn open(segments_dir: &Path, session: SessionId) -> anyhow::Result<Self> {
        let path = segments_dir.join(session.to_string()).join("segments");
        let mut file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Ok(Self { file: None, places: BTreeMap::new() });
            }
            Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
        };
        let end = file.metadata().context("cannot read the record")?.len();
        let mut places = BTreeMap::new();
        let mut offset = 0;
        while let Some((header, length)) = next(&mut file, end - offset)? {
            places.insert((header.track, header.number), (offset, length));
            offset += length;
            file.seek(SeekFrom::Start(offset)).context("cannot read the record")?;
        }
        Ok(Self { file: Some(file), places })
    }

    /// The tracks that have segments.
    pub(super) fn tracks(&self) -> Vec<u32> {
        let mut tracks: Vec<u32> = self.places.keys().map(|(track, _)| *track).collect();
        tracks.dedup();
        tracks
    }

    /// Bytes of all segments of a track.
    pub(super) fn track_len(&self, track: u32) -> u64 {
        self.places.range((track, 0)..=(track, u64::MAX)).map(|(_, (_, length))| length).sum()
    }

    /// Writes all segments of a track back to back, by number.
    pub(super) fn copy_track(&mut self, track: u32, out: &mut impl Write) -> anyhow::Result<()> {
        let Some(file) = &mut self.file else { return Ok(()) };
        for (offset, length) in self.places.range((track, 0)..=(track, u64::MAX)).map(|(_, place)| place) {
            file.seek(SeekFrom::Start(*offset)).context("cannot read the record")?;
            let copied = std::io::copy(&mut file.take(*length), out).context("cannot copy the record")?;
            anyhow::ensure!(copied == *length, "the record became shorter while it was read");
        }
        Ok(())
    }
}

/// The segment at the file's position with its whole length; nothing where the rest is not a whole segment.
fn next(file: &mut File, rest: u64) -> anyhow::Result<Option<(SegmentHeader, u64)>> {
    let mut length = [0; 4];
    if rest < 4 {
        return Ok(None);
    }
    file.read_exact(&mut length).context("cannot read the record")?;
    let header_len = u32::from_be_bytes(length);
    if u64::from(header_len) > rest - 4 || usize::try_from(header_len)? > MAX_HEADER_LEN {
        return Ok(None);
    }
    let mut header = vec![0; usize::try_from(header_len)?];
    file.read_exact(&mut header).context("cannot read the record")?;
    let Ok((_, header)) = signed::read_unverified::<SegmentHeader>(&header) else { return Ok(None) };
    let payload_len = match header.body {
        Body::Media(media) => media.sealed_len,
        Body::Unchanged | Body::Gap(_) => 0,
    };
    let whole = 4 + u64::from(header_len) + u64::from(payload_len);
    let fits = whole <= rest && usize::try_from(payload_len)? <= MAX_PAYLOAD_LEN;
    Ok(fits.then_some((header, whole)))
}
