//! Reading a log after a start: what is whole is indexed, what is torn is set aside and cut off.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use chaperone_evidence::segment::{self, MAX_BODY_LEN, RawSegment, SegmentError};
use chaperone_seals::PublicKey;

use crate::IntakeError;
use crate::folder::SessionFolder;
use crate::index::{Fit, StoredSegment, TrackIndex};

/// How much of a log is read at a time, in bytes.
const WINDOW_LEN: usize = 1 << 20;

/// Indexes `log` and gives its length, which is then that of its whole segments.
///
/// With `session_key` every segment is proven again; one that is not right any more is left out, and its recorder, who gets
/// no receipt for it, sends it again.
pub(super) fn scan(
    folder: &SessionFolder,
    log: &File,
    session_key: Option<&PublicKey>,
    tracks: &mut BTreeMap<u32, TrackIndex>,
) -> Result<u64, IntakeError> {
    let cannot_read = |source| IntakeError::Read { path: folder.log_path(), source };
    let mut window = Window::new(log).map_err(cannot_read)?;
    loop {
        window.fill().map_err(cannot_read)?;
        let read = match segment::read_next(window.unread()) {
            Ok(None) => return Ok(window.offset()),
            Ok(Some((segment, _))) => {
                if let Err(reason) = index(&segment, window.offset(), session_key, tracks) {
                    let (track, number) = (segment.header.track, segment.header.number);
                    tracing::error!(session = %folder.session, track, number, %reason, "Stored segment is not used");
                }
                Ok(segment.bytes.len())
            }
            Err(error) => Err(error),
        };
        match read {
            Ok(used) => window.advance(used),
            Err(SegmentError::Truncated) if window.grow() => {}
            Err(error) => {
                tracing::warn!(session = %folder.session, offset = window.offset(), %error, "Log has a torn tail");
                cut(folder, log, window.offset())?;
                return Ok(window.offset());
            }
        }
    }
}

fn index(
    segment: &RawSegment<'_>,
    offset: u64,
    session_key: Option<&PublicKey>,
    tracks: &mut BTreeMap<u32, TrackIndex>,
) -> Result<(), String> {
    if let Some(key) = session_key {
        segment.verify(key).map_err(|error| error.to_string())?;
    }
    let header = &segment.header;
    let index = tracks.get_mut(&header.track).ok_or("track is not in the opening record")?;
    let stored = StoredSegment::new(header, segment.link(), offset, segment.bytes.len() as u64);
    match index.fit(&stored) {
        Fit::New => index.insert(stored),
        Fit::Known => {}
        Fit::Refused(refusal) => return Err(refusal.to_string()),
    }
    Ok(())
}

/// Cuts the log at `offset`, after what stood behind it is durably kept beside it.
fn cut(folder: &SessionFolder, log: &File, offset: u64) -> Result<(), IntakeError> {
    let path = folder.log_path();
    let mut tail = Vec::new();
    let mut reader = log;
    reader
        .seek(SeekFrom::Start(offset))
        .and_then(|_| reader.read_to_end(&mut tail))
        .map_err(|source| IntakeError::Read { path: path.clone(), source })?;
    folder.keep_torn(offset, &tail)?;
    log.set_len(offset).and_then(|()| log.sync_all()).map_err(|source| IntakeError::Write { path, source })
}

/// The stretch of a log that is in memory.
struct Window<'a> {
    log: &'a File,
    /// How much of the log is not read into memory yet.
    left: u64,
    bytes: Vec<u8>,
    /// How many of `bytes` are done with.
    done: usize,
    /// Where in the log `bytes` begin.
    start: u64,
    /// How many unread bytes are wanted.
    wanted: usize,
}

impl<'a> Window<'a> {
    fn new(mut log: &'a File) -> io::Result<Self> {
        let left = log.metadata()?.len();
        log.seek(SeekFrom::Start(0))?;
        Ok(Self { log, left, bytes: Vec::new(), done: 0, start: 0, wanted: WINDOW_LEN })
    }

    fn unread(&self) -> &[u8] {
        self.bytes.get(self.done..).unwrap_or_default()
    }

    /// Where in the log the unread bytes begin.
    fn offset(&self) -> u64 {
        self.start + self.done as u64
    }

    fn advance(&mut self, used: usize) {
        self.done += used;
        self.wanted = WINDOW_LEN;
    }

    /// Reads more when little is left of what was read, until as much is there as is wanted or the log ends.
    fn fill(&mut self) -> io::Result<()> {
        if self.left == 0 || self.unread().len() >= self.wanted.div_ceil(2) {
            return Ok(());
        }
        self.bytes.drain(..self.done);
        self.start += self.done as u64;
        self.done = 0;
        let more = self.wanted.saturating_sub(self.bytes.len()) as u64;
        let read = self.log.take(more.min(self.left)).read_to_end(&mut self.bytes)?;
        self.left = if read == 0 { 0 } else { self.left - read as u64 };
        Ok(())
    }

    /// Asks for more of the log at once; says whether there is more to be had. Twice the longest segment is enough: it is
    /// read up to when less than half of it is left.
    fn grow(&mut self) -> bool {
        const ENOUGH: usize = 2 * MAX_BODY_LEN;
        let can = self.left > 0 && self.wanted < ENOUGH;
        self.wanted = self.wanted.saturating_mul(4).min(ENOUGH);
        can
    }
}
