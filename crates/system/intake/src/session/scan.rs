//! Reading a log after a start: what is whole is indexed, what is torn is set aside and cut off, and what is damaged in the
//! middle is left as it is and passed over.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

use chaperone_evidence::OpeningRecord;
use chaperone_evidence::segment::RawSegment;

use crate::IntakeError;
use crate::folder::SessionFolder;
use crate::index::{Fit, StoredSegment, TrackIndex};
use crate::log::Log;
use crate::walk::{self, Found, Trust};

/// Indexes `file` and gives the log's length.
///
/// A segment that is not right any more is left out; its recorder gets no receipt for it and sends it again. In a session
/// that is `closed`, everything was proven when it came and nothing is in the making: payloads are not proven again, and no
/// tail is cut off.
pub(super) fn scan(
    folder: &SessionFolder,
    opening: &OpeningRecord,
    log: &Log,
    file: &File,
    closed: bool,
    tracks: &mut BTreeMap<u32, TrackIndex>,
) -> Result<u64, IntakeError> {
    let session = folder.session;
    let trust = if closed { Trust::Payloads } else { Trust::Nothing };
    let walked = walk::walk(file, session, &opening.session_key, trust, |found| match found {
        Found::Segment { segment, offset, proven } => {
            let indexed = proven.map_err(|error| error.to_string());
            if let Err(reason) = indexed.and_then(|()| index(segment, offset, tracks)) {
                let (track, number) = (segment.header.track, segment.header.number);
                tracing::error!(%session, track, number, %reason, "Stored segment is not used");
            }
        }
        Found::Hole { start, end, reason } => {
            tracing::error!(%session, start, end, %reason, "Log is damaged here; what follows is used");
        }
    });
    let end = walked.map_err(|source| IntakeError::Read { path: log.path().to_owned(), source })?;
    match end.tail {
        None => {}
        Some(reason) if closed => {
            tracing::error!(%session, offset = end.whole, %reason, "Log is damaged at its end");
            return Ok(end.len);
        }
        Some(reason) => {
            tracing::warn!(%session, offset = end.whole, %reason, "Log has a torn tail");
            cut(folder, log, file, end.whole)?;
        }
    }
    Ok(end.whole)
}

fn index(
    segment: &RawSegment<'_>,
    offset: u64,
    tracks: &mut BTreeMap<u32, TrackIndex>,
) -> Result<(), String> {
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
fn cut(folder: &SessionFolder, log: &Log, mut file: &File, offset: u64) -> Result<(), IntakeError> {
    let mut tail = Vec::new();
    file.seek(SeekFrom::Start(offset))
        .and_then(|_| file.read_to_end(&mut tail))
        .map_err(|source| IntakeError::Read { path: log.path().to_owned(), source })?;
    folder.keep_torn(offset, &tail)?;
    log.cut(file, offset)
}
