//! The sign on X11: its thread and the handle to it.

#[path = "linux/bar.rs"]
mod bar;
#[path = "linux/window.rs"]
pub(super) mod window;

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use self::window::Window;
use super::{Line, Look, SignError};
use crate::paint::Painter;

/// Four looks a second: the clock never skips a second, and whoever covers the sign does not for long.
const LOOK_EVERY: Timespec = Timespec { tv_sec: 0, tv_nsec: 250_000_000 };

#[derive(Debug)]
pub(super) struct Sign {
    shared: Arc<Shared>,
    wake: UnixStream,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    line: Mutex<Line>,
    /// The window's id; 0 when there is none.
    window: AtomicU32,
    is_ending: AtomicBool,
}

impl Shared {
    fn line(&self) -> Line {
        self.line.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Sign {
    pub(super) fn start(look: Look, line: Line) -> Result<Self, SignError> {
        let (wake, woken) = UnixStream::pair().map_err(SignError::Thread)?;
        wake.set_nonblocking(true).map_err(SignError::Thread)?;
        woken.set_nonblocking(true).map_err(SignError::Thread)?;
        let shared = Arc::new(Shared {
            line: Mutex::new(line),
            window: AtomicU32::new(0),
            is_ending: AtomicBool::new(false),
        });
        let (tell, told) = sync_channel(1);
        let inside = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("recording-sign".to_owned())
            .spawn(move || {
                let opened = Window::open(look);
                let window = match opened {
                    Ok(window) => {
                        inside.window.store(window.id(), Ordering::Release);
                        tell.send(Ok(())).ok();
                        window
                    }
                    Err(error) => {
                        tell.send(Err(error)).ok();
                        return;
                    }
                };
                if let Err(error) = stand(window, look, &inside, &woken) {
                    tracing::error!(error = &error as &dyn std::error::Error, "The recording sign is gone");
                }
                inside.window.store(0, Ordering::Release);
            })
            .map_err(SignError::Thread)?;
        let opened = told.recv().map_err(|_| SignError::Thread(std::io::ErrorKind::Other.into()))?;
        opened.map(|()| Self { shared, wake, thread: Some(thread) })
    }

    pub(super) fn show(&self, line: Line) {
        *self.shared.line.lock().unwrap_or_else(PoisonError::into_inner) = line;
        self.wake_up();
    }

    pub(super) fn window(&self) -> Option<u32> {
        Some(self.shared.window.load(Ordering::Acquire)).filter(|id| *id != 0)
    }

    fn wake_up(&self) {
        // A full pipe means that it is being woken already; a closed one that the screen is gone.
        (&self.wake).write_all(&[1]).ok();
    }
}

impl Drop for Sign {
    fn drop(&mut self) {
        self.shared.is_ending.store(true, Ordering::Release);
        self.wake_up();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("The recording sign's thread panicked");
        }
    }
}

/// Keeps the sign on the screen until it is to end or the screen is gone.
fn stand(mut window: Window, look: Look, shared: &Shared, mut woken: &UnixStream) -> Result<(), SignError> {
    let mut painter = Painter::new(look, window.scale());
    while !shared.is_ending.load(Ordering::Acquire) {
        let line = shared.line();
        let time = line.time(crate::clock::now_ns());
        window.show(bar::picture(&mut painter, &line, time.as_deref(), window.max_width()))?;
        shared.window.store(window.id(), Ordering::Release);
        let mut waiting =
            [PollFd::new(window.connection(), PollFlags::IN), PollFd::new(woken, PollFlags::IN)];
        match poll(&mut waiting, Some(&LOOK_EVERY)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(errno) => return Err(SignError::Connect(Box::new(errno))),
        }
        while woken.read(&mut [0; 64]).is_ok_and(|count| count != 0) {}
        window.tend()?;
    }
    Ok(())
}
