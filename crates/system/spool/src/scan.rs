//! Reading a session's folder after a restart: what is whole is taken, what is torn is cut, what is wrong is set aside.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use chaperone_evidence::segment::{self, MAX_BODY_LEN, RawSegment};
use chaperone_evidence::{OpeningRecord, Receipt, SessionId};
use chaperone_paths::{PrivateError, private};
use chaperone_seals::signed::{self, MAX_SIGNED_LEN};

use crate::SpoolError;
use crate::disk::Disk;
use crate::index::{Index, Marked};
use crate::names::{self, SessionFile};
use crate::quarantine::{self, Quarantined, Reason};
use crate::session::Closing;

/// A session as found on the disk.
#[derive(Debug)]
pub(crate) enum Found {
    /// It can go on.
    Session(Box<Contents>, Vec<Quarantined>),
    /// It never began: a folder without a word in it. Taken away.
    NeverBegan,
    /// It has no readable opening record. All of it lies in quarantine.
    Unreadable(Quarantined),
}

#[derive(Debug)]
pub(crate) struct Contents {
    pub(crate) opening: OpeningRecord,
    pub(crate) signed_opening: Vec<u8>,
    pub(crate) index: Index,
    pub(crate) closing: Option<Closing>,
}

/// Reads `dir`, the folder of `session`, whose lock is held.
pub(crate) fn scan(disk: &impl Disk, root: &Path, session: SessionId) -> Result<Found, SpoolError> {
    let dir = root.join(session.to_string());
    let mut scan = Scan { disk, root, session, quarantined: Vec::new() };
    let Files { segments, receipts, foreign, any } = scan.sort(&dir)?;

    let Some((opening, signed_opening)) = scan.opening(&dir.join(names::OPENING))? else {
        if !any {
            std::fs::remove_dir(&dir).map_err(|source| SpoolError::Remove { path: dir.clone(), source })?;
            return Ok(Found::NeverBegan);
        }
        return quarantine::put_away(disk, root, None, &dir, Reason::NoOpening).map(Found::Unreadable);
    };
    for path in foreign {
        scan.set_aside(&path, Reason::Foreign)?;
    }
    let mut index = Index::new(&opening, &signed_opening);
    for ((track, number), path) in segments {
        scan.segment(&opening, &mut index, track, number, &path)?;
    }
    for (track, path) in receipts {
        scan.receipt(&mut index, track, &path)?;
    }
    let closing = scan.closing(&dir)?;
    Ok(Found::Session(Box::new(Contents { opening, signed_opening, index, closing }), scan.quarantined))
}

/// What lies in a folder, by name.
#[derive(Default)]
struct Files {
    segments: BTreeMap<(u32, u64), PathBuf>,
    receipts: BTreeMap<u32, PathBuf>,
    foreign: Vec<PathBuf>,
    /// Whether anything but unfinished writes was found.
    any: bool,
}

struct Scan<'a, D: Disk> {
    disk: &'a D,
    root: &'a Path,
    session: SessionId,
    quarantined: Vec<Quarantined>,
}

impl<D: Disk> Scan<'_, D> {
    fn sort(&self, dir: &Path) -> Result<Files, SpoolError> {
        let mut files = Files::default();
        for path in quarantine::entries(dir)? {
            match SessionFile::parse(quarantine::file_name(&path)) {
                // Whoever wrote it never heard that it is durable, and never sent it: nothing recorded is lost.
                Some(SessionFile::Unfinished) => {
                    tracing::info!(path = %path.display(), "Unfinished write taken away");
                    std::fs::remove_file(&path).map_err(|source| SpoolError::Remove { path, source })?;
                    continue;
                }
                Some(SessionFile::Segment { track, number }) => {
                    files.segments.insert((track, number), path);
                }
                Some(SessionFile::Receipt { track }) => {
                    files.receipts.insert(track, path);
                }
                Some(SessionFile::Opening | SessionFile::Closing | SessionFile::Recovery) => {}
                None => files.foreign.push(path),
            }
            files.any = true;
        }
        Ok(files)
    }

    /// The opening record, if there is a readable one of this session.
    fn opening(&self, path: &Path) -> Result<Option<(OpeningRecord, Vec<u8>)>, SpoolError> {
        let Read::Bytes(bytes) = read(path, MAX_SIGNED_LEN)? else { return Ok(None) };
        // Only the server's key set could tell whether the signature holds; the server itself will check it.
        let opening = signed::read_unverified::<OpeningRecord>(&bytes).ok();
        Ok(opening
            .filter(|(_, opening)| opening.session == self.session)
            .map(|(_, opening)| (opening, bytes)))
    }

    fn segment(
        &mut self,
        opening: &OpeningRecord,
        index: &mut Index,
        track: u32,
        number: u64,
        path: &Path,
    ) -> Result<(), SpoolError> {
        let bytes = match read(path, MAX_BODY_LEN)? {
            Read::Bytes(bytes) => bytes,
            Read::Missing => return Ok(()),
            Read::Refused => return self.set_aside(path, Reason::Foreign),
        };
        let whole = match segment::read_next(&bytes) {
            Ok(Some((raw, []))) => Some(raw),
            Ok(_) | Err(_) => None,
        };
        let ours = whole.filter(|raw| {
            raw.header.session == self.session
                && (raw.header.track, raw.header.number) == (track, number)
                && raw.verify(&opening.session_key).is_ok()
        });
        let (Some(raw), Some(known)) = (ours, index.track_mut(track)) else {
            return self.set_aside(path, Reason::Corrupt);
        };
        let RawSegment { header, .. } = &raw;
        let len = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        if known.hold(header, raw.link(), len).is_err() {
            return self.set_aside(path, Reason::Corrupt);
        }
        Ok(())
    }

    fn receipt(&mut self, index: &mut Index, track: u32, path: &Path) -> Result<(), SpoolError> {
        let bytes = match read(path, MAX_SIGNED_LEN)? {
            Read::Bytes(bytes) => bytes,
            Read::Missing => return Ok(()),
            Read::Refused => return self.set_aside(path, Reason::Foreign),
        };
        let receipt = signed::read_unverified::<Receipt>(&bytes).ok().map(|(_, receipt)| receipt);
        let ours =
            receipt.filter(|receipt| receipt.session == self.session && receipt.through.track == track);
        let (Some(receipt), Some(known)) = (ours, index.track_mut(track)) else {
            return self.set_aside(path, Reason::Corrupt);
        };
        // A mark that is lost only costs sending once more.
        match known.judge(&receipt) {
            Marked::Stored(_) => known.take(receipt),
            Marked::Older | Marked::Disagrees => self.set_aside(path, Reason::Corrupt)?,
        }
        Ok(())
    }

    fn closing(&mut self, dir: &Path) -> Result<Option<Closing>, SpoolError> {
        for name in [names::CLOSING, names::RECOVERY] {
            let path = dir.join(name);
            match read(&path, MAX_SIGNED_LEN)? {
                Read::Missing => {}
                Read::Refused => self.set_aside(&path, Reason::Foreign)?,
                Read::Bytes(bytes) => match Closing::read(bytes) {
                    Ok(closing) if closing.session() == self.session && closing.file_name() == name => {
                        return Ok(Some(closing));
                    }
                    Ok(_) | Err(_) => self.set_aside(&path, Reason::Corrupt)?,
                },
            }
        }
        Ok(None)
    }

    fn set_aside(&mut self, path: &Path, reason: Reason) -> Result<(), SpoolError> {
        let moved = quarantine::put_away(self.disk, self.root, Some(self.session), path, reason)?;
        self.quarantined.push(moved);
        Ok(())
    }
}

enum Read {
    Bytes(Vec<u8>),
    Missing,
    /// Not a file of ours: a link, another owner, rights for others, too long.
    Refused,
}

/// A failure of the disk is an error, and moves nothing: it may pass.
fn read(path: &Path, limit: usize) -> Result<Read, SpoolError> {
    let limit = u64::try_from(limit).unwrap_or(u64::MAX);
    let is_link = path.symlink_metadata().is_ok_and(|metadata| metadata.is_symlink());
    match private::read_file(path, limit) {
        Ok(Some(bytes)) => Ok(Read::Bytes(bytes)),
        Ok(None) => Ok(Read::Missing),
        Err(PrivateError::Read { source, .. }) if source.kind() == io::ErrorKind::IsADirectory => {
            Ok(Read::Refused)
        }
        Err(
            PrivateError::WrongKind { .. }
            | PrivateError::ForeignOwner { .. }
            | PrivateError::OpenToOthers { .. }
            | PrivateError::TooLong { .. },
        ) => Ok(Read::Refused),
        Err(PrivateError::Open { .. }) if is_link => Ok(Read::Refused),
        Err(error) => Err(SpoolError::Read(error)),
    }
}
