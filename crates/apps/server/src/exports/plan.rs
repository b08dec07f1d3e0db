//! A file about to be written: what stands in it, what lies in the log, and so how long it will be.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read, Seek as _, SeekFrom};
use std::ops::Range;

use chaperone_database::{SessionRow, TrackRow};
use chaperone_evidence::bundle::{Form, SectionKind, section_head};

use super::SealedLog;

/// All of a bundle or an outline but the film and its key. What it says was true at one moment; of a session that still
/// runs more has come since.
#[derive(Debug)]
pub(crate) struct Plan {
    pieces: VecDeque<Piece>,
    len: u64,
}

#[derive(Debug)]
enum Piece {
    Bytes(Vec<u8>),
    Log(Range<u64>),
}

impl Plan {
    /// Plans a file of this form. The rows must be older than the log, so that no receipt is for what is not there. Blocks.
    ///
    /// # Errors
    /// The log cannot be read.
    pub(crate) fn new(
        form: Form,
        key_sets: Vec<Vec<u8>>,
        row: &SessionRow,
        tracks: &[TrackRow],
        log: &mut SealedLog,
    ) -> io::Result<Self> {
        let mut plan = Self { pieces: VecDeque::new(), len: 0 };
        plan.bytes(form.head().to_vec());
        for set in key_sets {
            plan.section(SectionKind::KeySet, set);
        }
        plan.section(SectionKind::Opening, row.opening.clone());
        plan.section(SectionKind::DeviceKey, row.device_key.as_bytes().to_vec());
        for track in log.tracks() {
            let ranges = log.ranges(track, form)?;
            let len = ranges.iter().map(|range| range.end - range.start).sum();
            plan.bytes(section_head(SectionKind::Segments, len).to_vec());
            ranges.into_iter().for_each(|range| plan.log(range));
        }
        for track in tracks {
            plan.optional(SectionKind::Receipt, track.receipt.as_ref());
        }
        plan.optional(SectionKind::Heartbeat, row.heartbeat.as_ref());
        plan.optional(SectionKind::Closing, row.closing.as_ref());
        plan.optional(SectionKind::ClosingReceipt, row.closing_receipt.as_ref());
        Ok(plan)
    }

    /// How long the file will be, in bytes.
    pub(crate) const fn len(&self) -> u64 {
        self.len
    }

    /// The file's bytes.
    pub(crate) fn read(self, log: SealedLog) -> Reading {
        Reading { log: log.into_file(), pieces: self.pieces, at: 0 }
    }

    fn section(&mut self, kind: SectionKind, content: Vec<u8>) {
        let mut bytes = section_head(kind, content.len() as u64).to_vec();
        bytes.extend(content);
        self.bytes(bytes);
    }

    fn optional(&mut self, kind: SectionKind, content: Option<&Vec<u8>>) {
        if let Some(content) = content {
            self.section(kind, content.clone());
        }
    }

    fn bytes(&mut self, bytes: Vec<u8>) {
        self.len += bytes.len() as u64;
        match self.pieces.back_mut() {
            Some(Piece::Bytes(before)) => before.extend(bytes),
            Some(Piece::Log(_)) | None => self.pieces.push_back(Piece::Bytes(bytes)),
        }
    }

    fn log(&mut self, range: Range<u64>) {
        self.len += range.end - range.start;
        match self.pieces.back_mut() {
            Some(Piece::Log(before)) if before.end == range.start => before.end = range.end,
            Some(Piece::Log(_) | Piece::Bytes(_)) | None => self.pieces.push_back(Piece::Log(range)),
        }
    }
}

/// The bytes of a planned file, one after another. Blocks.
#[derive(Debug)]
pub(crate) struct Reading {
    log: Option<File>,
    pieces: VecDeque<Piece>,
    /// How much of the first piece was read.
    at: u64,
}

impl Read for Reading {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            let Some(piece) = self.pieces.front() else { return Ok(0) };
            let read = match piece {
                Piece::Bytes(bytes) => {
                    let start = usize::try_from(self.at).unwrap_or(bytes.len()).min(bytes.len());
                    bytes.get(start..).unwrap_or_default().read(into)?
                }
                Piece::Log(range) => read_log(self.log.as_mut(), range.start + self.at..range.end, into)?,
            };
            if read > 0 || into.is_empty() {
                self.at += read as u64;
                return Ok(read);
            }
            self.pieces.pop_front();
            self.at = 0;
        }
    }
}

/// Reads of the range what is there; nothing at its end.
fn read_log(log: Option<&mut File>, range: Range<u64>, into: &mut [u8]) -> io::Result<usize> {
    if range.is_empty() {
        return Ok(0);
    }
    let log = log.ok_or(io::ErrorKind::UnexpectedEof)?;
    log.seek(SeekFrom::Start(range.start))?;
    let read = log.take(range.end - range.start).read(into)?;
    // SECURITY: a file that ends before its length is told apart from a whole one; one that silently lacks a piece is not.
    if read == 0 { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(read) }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn reading(log: &[u8], pieces: impl IntoIterator<Item = Piece>) -> Reading {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(log).unwrap();
        Reading { log: Some(file), pieces: pieces.into_iter().collect(), at: 0 }
    }

    #[test]
    fn pieces_come_one_after_another() {
        let pieces = [
            Piece::Bytes(b"head".to_vec()),
            Piece::Log(2..5),
            Piece::Bytes(Vec::new()),
            Piece::Log(0..1),
            Piece::Bytes(b"end".to_vec()),
        ];
        let mut read = Vec::new();
        reading(b"abcdef", pieces).read_to_end(&mut read).unwrap();
        assert_eq!(read, b"headcdeaend");
    }

    #[test]
    fn a_log_that_became_shorter_is_an_error_and_no_end() {
        let mut read = Vec::new();
        let outcome = reading(b"abc", [Piece::Log(1..9)]).read_to_end(&mut read);
        assert_eq!(outcome.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }
}
