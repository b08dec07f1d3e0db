//! A session's sealed record, read past the intake, which only one process may use: the server may be running and writing.
//! What it has receipted never changes, and what it has not finished writing is left out, as is what is damaged.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, ErrorKind, Read as _, Seek as _, SeekFrom};
use std::ops::Range;
use std::path::Path;

use chaperone_evidence::SessionId;
use chaperone_evidence::bundle::Form;
use chaperone_seals::PublicKey;

/// Length of the length before a signed header, in bytes.
const LENGTH_LEN: u64 = 4;

/// The log of one session, with a table of what is where.
#[derive(Debug)]
pub(crate) struct SealedLog {
    file: Option<File>,
    /// Where each segment lies, by track and number.
    places: BTreeMap<(u32, u64), Range<u64>>,
}

impl SealedLog {
    /// Reads the table. A session without a log has no segments. Blocks.
    ///
    /// # Errors
    /// The log cannot be read.
    pub(crate) fn open(segments_dir: &Path, session: SessionId, session_key: &PublicKey) -> io::Result<Self> {
        let path = segments_dir.join(session.to_string()).join("segments");
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Ok(Self { file: None, places: BTreeMap::new() });
            }
            Err(error) => return Err(error),
        };
        let found = chaperone_intake::places(&file, session, session_key)?;
        // Of a segment that came again because it was damaged, the last one is right.
        let places = found.into_iter().map(|(place, bytes)| ((place.track, place.number), bytes)).collect();
        Ok(Self { file: Some(file), places })
    }

    /// The tracks that have segments.
    pub(crate) fn tracks(&self) -> Vec<u32> {
        let mut tracks: Vec<u32> = self.places.keys().map(|(track, _)| *track).collect();
        tracks.dedup();
        tracks
    }

    /// Where the segments of a track lie, by number, as a file of this form holds them. Blocks.
    ///
    /// # Errors
    /// The log cannot be read.
    pub(super) fn ranges(&mut self, track: u32, form: Form) -> io::Result<Vec<Range<u64>>> {
        let Some(file) = &mut self.file else { return Ok(Vec::new()) };
        let places = self.places.range((track, 0)..=(track, u64::MAX)).map(|(_, range)| range.clone());
        match form {
            Form::Bundle => Ok(places.collect()),
            Form::Outline => places.map(|range| header_of(file, range)).collect(),
        }
    }

    /// The segment with number 0 of a track, which holds its key. Blocks.
    ///
    /// # Errors
    /// The log cannot be read.
    pub(crate) fn first(&mut self, track: u32) -> io::Result<Option<Vec<u8>>> {
        let (Some(file), Some(range)) = (&mut self.file, self.places.get(&(track, 0))) else {
            return Ok(None);
        };
        let mut bytes = Vec::new();
        file.seek(SeekFrom::Start(range.start))?;
        file.take(range.end - range.start).read_to_end(&mut bytes)?;
        Ok(Some(bytes))
    }

    /// The file, for reading what the table names.
    pub(super) fn into_file(self) -> Option<File> {
        self.file
    }
}

/// Where of a segment its length and its signed header lie.
fn header_of(file: &mut File, segment: Range<u64>) -> io::Result<Range<u64>> {
    let mut length = [0; 4];
    file.seek(SeekFrom::Start(segment.start))?;
    file.read_exact(&mut length)?;
    let end = segment.start + LENGTH_LEN + u64::from(u32::from_be_bytes(length));
    Ok(segment.start..end.min(segment.end))
}
