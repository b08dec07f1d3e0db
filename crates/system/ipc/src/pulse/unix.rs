//! Unix: one stream socket carries both directions.

use std::io::{self, Read as _, Write as _};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::SILENCE;
use super::watch::Arrival;

#[derive(Debug)]
pub(super) struct End(UnixStream);

#[derive(Debug)]
pub(super) struct Reader(UnixStream);

#[derive(Debug)]
pub(super) struct Writer(UnixStream);

impl End {
    pub(super) fn new(stream: UnixStream) -> io::Result<Self> {
        stream.set_nonblocking(false)?;
        // A peer that takes nothing for so long is gone anyway.
        stream.set_write_timeout(Some(SILENCE))?;
        Ok(Self(stream))
    }

    pub(super) fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all(bytes)
    }

    pub(super) fn split(self) -> io::Result<(Reader, Writer)> {
        Ok((Reader(self.0.try_clone()?), Writer(self.0)))
    }
}

impl Reader {
    /// Waits for bytes, at most `within`.
    pub(super) fn read(&mut self, buffer: &mut [u8], within: Duration) -> Arrival {
        let timeout = Timespec::try_from(within).unwrap_or_default();
        match poll(&mut [PollFd::new(&self.0, PollFlags::IN)], Some(&timeout)) {
            Ok(0) | Err(rustix::io::Errno::INTR) => return Arrival::Nothing,
            Ok(_) => {}
            Err(_) => return Arrival::Ended,
        }
        match self.0.read(buffer) {
            Ok(0) => Arrival::Ended,
            Ok(count) => Arrival::Bytes(count),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Arrival::Nothing,
            // Reset by a peer that died with our bytes unread, above all.
            Err(_) => Arrival::Ended,
        }
    }
}

impl Writer {
    pub(super) fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all(bytes)
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if let Err(error) = self.0.shutdown(Shutdown::Write) {
            tracing::debug!(%error, "The pipe was closed before");
        }
    }
}
