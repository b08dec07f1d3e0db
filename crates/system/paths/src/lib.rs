//! Where Chaperone's files live on this system, and how they are made so that only their owner reaches them.
//!
//! Owns: the folders of this program ([`Folders`]), owner-only folders and files ([`private`]), durable writes
//! ([`atomic_write`], [`durable`]) and the free space under a folder ([`free_bytes`]).
//!
//! Leaves to others: what stands in the files. Nothing here reads or interprets content.
//!
//! Every function blocks on the file system and is meant for a plain thread or the blocking pool.

mod disk;
pub mod durable;
mod folders;
#[cfg(windows)]
pub mod owner_only;
pub mod private;
#[cfg(any(windows, test))]
mod sddl;

pub use disk::free_bytes;
pub use durable::atomic_write;
pub use folders::{Folders, FoldersError, HOME_VARIABLE};
pub use private::PrivateError;
