//! Windows: two anonymous pipes. They cannot be waited for with a limit, so they are looked at in short steps.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::windows::io::{AsRawHandle, OwnedHandle};
use std::time::{Duration, Instant};

use windows::Win32::Foundation::HANDLE;
use windows::Win32::System::Pipes::PeekNamedPipe;

use super::watch::Arrival;

#[derive(Debug)]
pub(super) struct End {
    reader: Reader,
    writer: Writer,
}

#[derive(Debug)]
pub(super) struct Reader(File);

#[derive(Debug)]
pub(super) struct Writer(File);

impl End {
    pub(super) fn new(reads: OwnedHandle, writes: OwnedHandle) -> Self {
        Self { reader: Reader(reads.into()), writer: Writer(writes.into()) }
    }

    pub(super) fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.writer.write_all(bytes)
    }

    #[expect(clippy::unnecessary_wraps, reason = "the same signature on every system")]
    pub(super) fn split(self) -> io::Result<(Reader, Writer)> {
        Ok((self.reader, self.writer))
    }
}

impl Reader {
    /// Waits for bytes, at most `within`.
    pub(super) fn read(&mut self, buffer: &mut [u8], within: Duration) -> Arrival {
        /// Between two looks.
        const STEP: Duration = Duration::from_millis(10);
        let start = Instant::now();
        loop {
            match self.waiting() {
                Ok(0) if start.elapsed() >= within => return Arrival::Nothing,
                Ok(0) => std::thread::sleep(STEP.min(within)),
                Ok(count) => {
                    let room = buffer.len().min(count);
                    let (part, _) = buffer.split_at_mut(room);
                    return match self.0.read(part) {
                        Ok(0) | Err(_) => Arrival::Ended,
                        Ok(count) => Arrival::Bytes(count),
                    };
                }
                Err(_) => return Arrival::Ended,
            }
        }
    }

    fn waiting(&self) -> io::Result<usize> {
        let mut count = 0;
        let pipe = HANDLE(self.0.as_raw_handle());
        // SAFETY: the handle is valid as long as `self`; the out pointer is a local.
        unsafe { PeekNamedPipe(pipe, None, 0, None, Some(&raw mut count), None) }?;
        usize::try_from(count).map_err(io::Error::other)
    }
}

impl Writer {
    pub(super) fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all(bytes)
    }
}
