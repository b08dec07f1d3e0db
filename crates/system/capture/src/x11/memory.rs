//! Memory shared with the display server and with nobody else: the only unsafe code of this crate.
//!
//! SECURITY: the memory has no name anywhere; the server gets it as a descriptor. System V segments would be open
//! to every process of the user.

use std::ffi::c_void;
use std::io;
use std::os::fd::OwnedFd;
use std::ptr::{self, NonNull};

use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, ftruncate, memfd_create};
use rustix::mm::{MapFlags, ProtFlags, mmap, munmap};

/// A readable mapping of private memory.
///
/// INVARIANT: `address` begins a mapping of `length` bytes that belongs to this value alone, over memory sealed
/// against changes of its size.
#[derive(Debug)]
pub(super) struct Memory {
    address: NonNull<c_void>,
    length: usize,
}

// SAFETY: a mapping belongs to the process, not to a thread, and `Memory` owns it alone.
unsafe impl Send for Memory {}

impl Memory {
    /// Makes `length` bytes of zeroes, and a descriptor to hand to the display server.
    pub(super) fn new(length: usize) -> io::Result<(Self, OwnedFd)> {
        let descriptor = memfd_create("chaperone-pixels", MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING)?;
        let bytes = u64::try_from(length).map_err(|_| io::ErrorKind::InvalidInput)?;
        ftruncate(&descriptor, bytes)?;
        // A server that could shorten the memory could make our next read fault.
        fcntl_add_seals(&descriptor, SealFlags::SHRINK | SealFlags::GROW | SealFlags::SEAL)?;
        // SAFETY: the address is left to the system, so nothing that exists is replaced.
        let address =
            unsafe { mmap(ptr::null_mut(), length, ProtFlags::READ, MapFlags::SHARED, &descriptor, 0) }?;
        let address = NonNull::new(address).ok_or(io::ErrorKind::OutOfMemory)?;
        Ok((Self { address, length }, descriptor))
    }

    /// What the server wrote by its last answer. To be called between that answer and the next request only: the
    /// server writes at no other time.
    pub(super) fn bytes(&self) -> &[u8] {
        // SAFETY: by the type's invariant the mapping is readable and keeps its length; the server does not write
        // while the slice lives, as its only request that writes is sent through `Reader::read`, which needs the
        // reader, and so this value, mutably.
        unsafe { std::slice::from_raw_parts(self.address.as_ptr().cast::<u8>(), self.length) }
    }

    pub(super) const fn len(&self) -> usize {
        self.length
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        // SAFETY: by the type's invariant the mapping is ours, and no slice of it outlives this value.
        let unmapped = unsafe { munmap(self.address.as_ptr(), self.length) };
        if let Err(error) = unmapped {
            tracing::warn!(%error, "Pixel memory could not be unmapped");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::Write as _;

    use super::*;

    #[test]
    fn what_the_other_side_writes_is_read() {
        let (memory, descriptor) = Memory::new(10_000).unwrap();
        assert!(memory.bytes().iter().all(|byte| *byte == 0));
        File::from(descriptor).write_all(b"pixels").unwrap();
        assert_eq!(&memory.bytes()[..7], b"pixels\0");
    }

    #[test]
    fn the_other_side_cannot_change_its_size() {
        let (_memory, descriptor) = Memory::new(10_000).unwrap();
        assert!(ftruncate(&descriptor, 0).is_err());
        assert!(ftruncate(&descriptor, 20_000).is_err());
    }
}
