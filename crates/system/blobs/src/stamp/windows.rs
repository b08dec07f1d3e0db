//! Windows: when the file was made and written last.

use std::fs::Metadata;
use std::os::windows::fs::MetadataExt as _;

/// Times of creation and of the last write, in 100 nanoseconds.
pub(super) type Stamp = (u64, u64);

pub(super) fn stamp(metadata: &Metadata) -> Stamp {
    (metadata.creation_time(), metadata.last_write_time())
}
