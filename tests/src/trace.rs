//! The system's own account of what a program did: which calls it made, with their strings.

use std::path::Path;
use std::process::Command;

use crate::programs;
use crate::workstation::Workstation;

/// A command of a machine that writes the named calls of whatever is appended to it, and of all its descendants, to
/// `trace_path`; append a program and its arguments.
///
/// The launcher hides its memory from all but root. An ordinary user therefore traces inside a user namespace, where he
/// may read what was started there; where the system allows none, the trace lacks every string, and the test must say
/// so.
///
/// # Errors
/// When strace or unshare is not installed.
pub fn command(
    workstation: &Workstation,
    calls: &str,
    options: &[&str],
    trace_path: &Path,
) -> anyhow::Result<Command> {
    let strace = programs::installed(&["strace"])?;
    let mut command = if programs::is_root() {
        workstation.command(&strace)
    } else {
        let mut inside = workstation.command(&programs::installed(&["unshare"])?);
        inside.args(["--user", "--map-current-user", "--keep-caps", "--"]).arg(strace);
        inside
    };
    command.args(["-f", "-qq", "--seccomp-bpf", "-e", "signal=none", "-e"]).arg(format!("trace={calls}"));
    command.args(options).arg("-o").arg(trace_path).arg("--");
    Ok(command)
}

/// What to say of a trace that does not show what the test knows to have happened.
pub const SHOWS_NOTHING: &str = "the trace does not show what is known to have happened, so it proves nothing; this \
                                 system may keep an ordinary user from making user namespaces: run the tests as root";
