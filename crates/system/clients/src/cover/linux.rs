//! The cover on X11: its thread and the handle to it.

#[path = "linux/hold.rs"]
mod hold;
#[path = "linux/panel.rs"]
mod panel;

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chaperone_tasks::Thread;
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use self::hold::Hold;
use super::{CoverError, Look, Notice};
use crate::paint::Painter;

/// How long taking keyboard and pointer may last altogether: a server that answers nobody must not keep a session from
/// ending.
const START_WITHIN: Duration = Duration::from_millis(400);
/// Four looks a second: the countdown never skips a second, and a hold that was broken is known soon.
const LOOK_EVERY: Timespec = Timespec { tv_sec: 0, tv_nsec: 250_000_000 };

#[derive(Debug)]
pub(super) struct Cover {
    shared: Arc<Shared>,
    wake: UnixStream,
}

#[derive(Debug)]
struct Shared {
    notice: Mutex<Notice>,
    is_ending: AtomicBool,
}

impl Shared {
    fn notice(&self) -> Notice {
        self.notice.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn is_ending(&self) -> bool {
        self.is_ending.load(Ordering::Acquire)
    }
}

impl Cover {
    pub(super) fn start(
        look: Look,
        notice: Notice,
        broken: impl FnOnce(CoverError) + Send + 'static,
    ) -> Result<Self, CoverError> {
        // A client that draws on Wayland gets its input past every X window.
        if std::env::var_os("WAYLAND_DISPLAY").is_some_and(|name| !name.is_empty()) {
            return Err(CoverError::NotAvailable);
        }
        let (wake, woken) = UnixStream::pair().map_err(CoverError::Thread)?;
        wake.set_nonblocking(true).map_err(CoverError::Thread)?;
        woken.set_nonblocking(true).map_err(CoverError::Thread)?;
        let shared = Arc::new(Shared { notice: Mutex::new(notice), is_ending: AtomicBool::new(false) });
        // Made before the thread, so that it is dropped, and the thread told to end, wherever this returns early.
        let cover = Self { shared: Arc::clone(&shared), wake };
        let (tell, told) = sync_channel(1);
        let thread = Thread::start("cover", move || {
            let hold = match Hold::take(look) {
                Ok(hold) => {
                    tell.send(Ok(())).ok();
                    hold
                }
                Err(error) => {
                    tell.send(Err(error)).ok();
                    return;
                }
            };
            if let Err(error) = keep(hold, look, &shared, &woken)
                && !shared.is_ending()
            {
                broken(error);
            }
        })
        .map_err(CoverError::Thread)?;
        // Never joined: it may wait for a server that answers nobody, and what it holds ends with its connection.
        thread.detach();
        match told.recv_timeout(START_WITHIN) {
            Ok(taken) => taken.map(|()| cover),
            Err(RecvTimeoutError::Timeout) => Err(CoverError::Late),
            Err(RecvTimeoutError::Disconnected) => Err(CoverError::Thread(std::io::ErrorKind::Other.into())),
        }
    }

    pub(super) fn show(&self, notice: Notice) {
        *self.shared.notice.lock().unwrap_or_else(PoisonError::into_inner) = notice;
        self.wake_up();
    }

    fn wake_up(&self) {
        // A full pipe means that it is being woken already; a closed one that the hold is broken, which is told.
        (&self.wake).write_all(&[1]).ok();
    }
}

impl Drop for Cover {
    fn drop(&mut self) {
        self.shared.is_ending.store(true, Ordering::Release);
        self.wake_up();
    }
}

/// Keeps keyboard and pointer until they are to be given back, or are lost.
fn keep(mut hold: Hold, look: Look, shared: &Shared, mut woken: &UnixStream) -> Result<(), CoverError> {
    let mut painter: Option<Painter> = None;
    while !shared.is_ending() {
        hold.tend()?;
        // The fonts are read once everything is held: that takes 100 ms.
        let painter = painter.get_or_insert_with(|| Painter::new(look, hold.scale()));
        let notice = shared.notice();
        hold.show(&notice.why, &notice.countdown(crate::clock::now_ns()), painter)?;
        let mut waiting = [PollFd::new(hold.connection(), PollFlags::IN), PollFd::new(woken, PollFlags::IN)];
        match poll(&mut waiting, Some(&LOOK_EVERY)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(errno) => return Err(CoverError::Connect(Box::new(errno))),
        }
        while woken.read(&mut [0; 64]).is_ok_and(|count| count != 0) {}
    }
    Ok(())
}
