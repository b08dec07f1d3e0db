//! Unix: which file it is, and when it was changed last, which a program cannot set back.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;

/// Device, number, and time of change in seconds and nanoseconds.
pub(super) type Stamp = (u64, u64, i64, i64);

pub(super) fn stamp(metadata: &Metadata) -> Stamp {
    (metadata.dev(), metadata.ino(), metadata.ctime(), metadata.ctime_nsec())
}
