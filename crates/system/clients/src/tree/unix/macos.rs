//! What the sweep asks of macOS: libproc for the list, a thread that remembers (there is no subreaper).

use std::io;
use std::mem::MaybeUninit;
use std::sync::Weak;
use std::time::Duration;

use rustix::process::{Signal, kill_process};

use super::members::{Process, ProcessId};
use super::{Sweep, to_pid};

/// How often descendants are looked at, so that one that is handed to launchd is remembered.
const LOOK_EVERY: Duration = Duration::from_millis(100);

#[expect(clippy::unnecessary_wraps, reason = "the same signature on every system")]
pub(super) fn become_subreaper() -> io::Result<()> {
    Ok(())
}

pub(super) fn keep_looking(sweep: Weak<Sweep>) -> io::Result<()> {
    std::thread::Builder::new().name("client-look".to_owned()).spawn(move || {
        while let Some(sweep) = sweep.upgrade() {
            if let Err(error) = sweep.look(&std::collections::BTreeSet::new()) {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "The client tree could not be looked at"
                );
            }
            drop(sweep);
            std::thread::sleep(LOOK_EVERY);
        }
    })?;
    Ok(())
}

/// All processes there are.
pub(super) fn processes() -> io::Result<Vec<Process>> {
    let mut pids: Vec<libc::pid_t> = vec![0; 16 * 1024];
    let size = i32::try_from(size_of_val(pids.as_slice())).unwrap_or(i32::MAX);
    // SAFETY: the buffer is ours and `size` bytes long.
    let count = unsafe { libc::proc_listallpids(pids.as_mut_ptr().cast(), size) };
    let count = usize::try_from(count).map_err(|_| io::Error::last_os_error())?;
    pids.truncate(count);
    Ok(pids.into_iter().filter_map(|pid| process(u32::try_from(pid).ok()?)).collect())
}

/// What is known of one process, if there is such a process and it may be looked at.
pub(super) fn process(pid: u32) -> Option<Process> {
    let pid = libc::pid_t::try_from(pid).ok()?;
    let mut facts = MaybeUninit::<libc::proc_bsdinfo>::zeroed();
    let size = i32::try_from(size_of::<libc::proc_bsdinfo>()).ok()?;
    // SAFETY: the buffer is ours and `size` bytes long.
    let got = unsafe { libc::proc_pidinfo(pid, libc::PROC_PIDTBSDINFO, 0, facts.as_mut_ptr().cast(), size) };
    if got != size {
        return None;
    }
    // SAFETY: the structure is plain data, was zeroed, and has been filled whole.
    let facts = unsafe { facts.assume_init() };
    Some(Process {
        id: ProcessId {
            pid: facts.pbi_pid,
            started: facts.pbi_start_tvsec.saturating_mul(1_000_000).saturating_add(facts.pbi_start_tvusec),
        },
        parent: facts.pbi_ppid,
        group: facts.pbi_pgid,
        session: facts.pbi_pgid,
        is_dead: facts.pbi_status == libc::SZOMB,
    })
}

/// Sends a signal to that very process; nothing happens if it is gone.
pub(super) fn signal(id: ProcessId, signal: Signal) {
    let Some(pid) = to_pid(id.pid) else { return };
    if process(id.pid).is_some_and(|now| now.id == id)
        && let Err(errno) = kill_process(pid, signal)
    {
        tracing::debug!(pid = id.pid, %errno, "A process of the tree takes no signal from us");
    }
}

/// Orphans leave this process here: having no children says nothing.
pub(super) fn has_no_children() -> bool {
    false
}

/// macOS shows a process's environment to nobody else.
pub(super) fn mark_of(_: u32) -> Option<String> {
    None
}

/// Descriptors of ours are close-on-exec; there is no call to make sure of the rest.
pub(super) fn keep_standard_descriptors_only() {}
