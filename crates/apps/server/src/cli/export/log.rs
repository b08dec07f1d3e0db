//! A session's sealed record, read past the intake, which only one process may use: the server may be running and writing.
//! What it has receipted never changes, and what it has not finished writing is left out, as is what is damaged.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{ErrorKind, Read as _, Seek as _, SeekFrom, Write};
use std::path::Path;

use anyhow::Context as _;
use chaperone_evidence::SessionId;
use chaperone_seals::PublicKey;

/// The log of one session, with a table of what is where.
pub(super) struct SealedLog {
    file: Option<File>,
    /// Offset and length of each segment, by track and number.
    places: BTreeMap<(u32, u64), (u64, u64)>,
}

impl SealedLog {
    /// Reads the table. A session without a log has no segments.
    pub(super) fn open(
        segments_dir: &Path,
        session: SessionId,
        session_key: &PublicKey,
    ) -> anyhow::Result<Self> {
        let path = segments_dir.join(session.to_string()).join("segments");
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Ok(Self { file: None, places: BTreeMap::new() });
            }
            Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
        };
        let found =
            chaperone_intake::places(&file, session, session_key).context("cannot read the record")?;
        // Of a segment that came again because it was damaged, the last one is right.
        let places = found
            .into_iter()
            .map(|(place, bytes)| ((place.track, place.number), (bytes.start, bytes.end - bytes.start)));
        let places = places.collect();
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

    /// The segment with number 0 of a track, which holds its key.
    pub(super) fn first(&mut self, track: u32) -> anyhow::Result<Option<Vec<u8>>> {
        let (Some(file), Some((offset, length))) = (&mut self.file, self.places.get(&(track, 0))) else {
            return Ok(None);
        };
        let mut bytes = Vec::new();
        file.seek(SeekFrom::Start(*offset)).context("cannot read the record")?;
        file.take(*length).read_to_end(&mut bytes).context("cannot read the record")?;
        Ok(Some(bytes))
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
