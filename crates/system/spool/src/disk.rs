//! What the queue asks of the disk besides reading: the seam at which tests let it fail.

use std::io;
use std::path::Path;

use chaperone_paths::durable;

/// A point after which a crash leaves a state of its own on the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Within a durable write of one file.
    File(durable::Step),
    /// The folder of a new session exists, and nothing in it.
    SessionDirMade,
    /// A closed session's folder has been renamed and is no longer a session.
    SessionDirRenamed,
    /// Something has been moved into quarantine.
    Quarantined,
}

/// The disk under the queue.
pub trait Disk: Clone + Send + Sync + 'static {
    /// Bytes that may still be written below `dir`.
    fn free_bytes(&self, dir: &Path) -> io::Result<u64>;

    /// Called after each step with the file or folder it made. An error stops the operation there, leaving everything as
    /// it is, as a crash would.
    fn after(&self, step: Step, path: &Path) -> io::Result<()>;
}

/// The disk itself.
#[derive(Debug, Clone, Copy, Default)]
pub struct RealDisk;

impl Disk for RealDisk {
    fn free_bytes(&self, dir: &Path) -> io::Result<u64> {
        chaperone_paths::free_bytes(dir)
    }

    fn after(&self, _step: Step, _path: &Path) -> io::Result<()> {
        Ok(())
    }
}

/// Writes one file durably.
pub(crate) fn write(disk: &impl Disk, path: &Path, bytes: &[u8]) -> io::Result<()> {
    durable::atomic_write_with(path, bytes, |step, path| disk.after(Step::File(step), path))
}
