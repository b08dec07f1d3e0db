//! Unix: `statvfs`, counting only blocks an ordinary user may take.

use std::io;
use std::path::Path;

pub(super) fn free_bytes(dir: &Path) -> io::Result<u64> {
    let system = rustix::fs::statvfs(dir)?;
    Ok(system.f_bavail.saturating_mul(system.f_frsize))
}
