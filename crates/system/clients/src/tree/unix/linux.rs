//! What the sweep asks of Linux: `/proc`, pidfds, the subreaper.

use std::fs;
use std::io;
use std::sync::Weak;

use rustix::process::{
    PidfdFlags, Signal, WaitId, WaitIdOptions, getpid, pidfd_open, pidfd_send_signal, set_child_subreaper,
    waitid,
};

use super::members::{Process, ProcessId};
use super::{Sweep, to_pid};

pub(super) fn become_subreaper() -> io::Result<()> {
    Ok(set_child_subreaper(Some(getpid()))?)
}

/// Orphans come back to us here, so nobody has to be remembered between two looks.
#[expect(clippy::unnecessary_wraps, reason = "the same signature on every system")]
pub(super) fn keep_looking(_: Weak<Sweep>) -> io::Result<()> {
    Ok(())
}

/// All processes there are. One that ends while they are listed may be missing.
pub(super) fn processes() -> io::Result<Vec<Process>> {
    let mut all = Vec::new();
    for entry in fs::read_dir("/proc")? {
        let Some(pid) = entry?.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        all.extend(process(pid));
    }
    Ok(all)
}

/// What is known of one process, if there is such a process and it may be looked at.
pub(super) fn process(pid: u32) -> Option<Process> {
    parse_stat(pid, &fs::read(format!("/proc/{pid}/stat")).ok()?)
}

/// Reads a line of proc(5) `stat`: `pid (name) state ppid pgrp session … num_threads … starttime …`. The name may hold
/// anything, also `)`, so the fields count from the last one.
fn parse_stat(pid: u32, line: &[u8]) -> Option<Process> {
    let name_end = line.iter().rposition(|b| *b == b')')?;
    let rest = str::from_utf8(line.get(name_end.checked_add(1)?..)?).ok()?;
    let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
    // Field 3 of the manual page is the first one here.
    let field = |number: usize| fields.get(number.checked_sub(3)?).copied();
    let threads: u64 = field(20)?.parse().ok()?;
    let has_ended = matches!(field(3)?, "Z" | "X" | "x");
    Some(Process {
        id: ProcessId { pid, started: field(22)?.parse().ok()? },
        parent: field(4)?.parse().ok()?,
        group: field(5)?.parse().ok()?,
        session: field(6)?.parse().ok()?,
        // The first thread may end while others go on: such a process looks dead and is not.
        is_dead: has_ended && threads <= 1,
    })
}

/// Sends a signal to that very process; nothing happens if it is gone.
pub(super) fn signal(id: ProcessId, signal: Signal) {
    let Some(pid) = to_pid(id.pid) else { return };
    let Ok(handle) = pidfd_open(pid, PidfdFlags::empty()) else { return };
    // The handle is to whoever has the id now: the same process only if it was started at the same time.
    if process(id.pid).is_some_and(|now| now.id == id)
        && let Err(errno) = pidfd_send_signal(&handle, signal)
        && errno != rustix::io::Errno::SRCH
    {
        tracing::warn!(pid = id.pid, %errno, "A process of the tree takes no signal from us");
    }
}

/// Whether this process has no children, living or dead, and so, being the subreaper, nobody below it at all. The one
/// answer about a tree that is not a list read line by line while the tree changes.
pub(super) fn has_no_children() -> bool {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    matches!(waitid(WaitId::All, options), Err(rustix::io::Errno::CHILD))
}

/// The mark in a process's environment, where it may be read.
pub(super) fn mark_of(pid: u32) -> Option<String> {
    let environment = fs::read(format!("/proc/{pid}/environ")).ok()?;
    let prefix = format!("{}=", crate::environment::MARK_VARIABLE);
    environment
        .split(|b| *b == 0)
        .find_map(|variable| variable.strip_prefix(prefix.as_bytes()))
        .and_then(|mark| String::from_utf8(mark.to_vec()).ok())
}

/// Closes every descriptor but 0, 1 and 2 at exec, also those a library made inheritable. Between fork and exec: one
/// system call, no allocation. Kernels before 5.11 refuse it; ours are close-on-exec anyhow.
pub(super) fn keep_standard_descriptors_only() {
    // SAFETY: close_range with CLOEXEC only sets a flag of descriptors; it touches no memory.
    unsafe { libc::syscall(libc::SYS_close_range, 3, libc::c_uint::MAX, libc::CLOSE_RANGE_CLOEXEC) };
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, expected: Option<(u32, u32, u64, bool)>) {
        let parsed = parse_stat(7, line.as_bytes());
        assert_eq!(parsed.map(|p| (p.parent, p.session, p.id.started, p.is_dead)), expected, "{line}");
    }

    #[test]
    fn a_stat_line_is_read_whatever_the_name_is() {
        let tail = "5 7 6 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 1 0 987 1 2 3";
        check(&format!("7 (sh) S {tail}"), Some((5, 6, 987, false)));
        check(&format!("7 (a) Z 1 2) R {tail}"), Some((5, 6, 987, false)));
        check(&format!("7 (sh) Z {tail}"), Some((5, 6, 987, true)));
        check("7 (sh) S 5", None);
        check("", None);
    }

    #[test]
    fn a_process_whose_first_thread_ended_is_alive() {
        check("7 (t) Z 5 7 6 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 3 0 987 1 2 3", Some((5, 6, 987, false)));
    }

    #[test]
    fn this_process_is_in_the_list() {
        assert!(
            processes()
                .unwrap()
                .iter()
                .any(|process| process.id.pid == std::process::id() && !process.is_dead)
        );
    }
}
