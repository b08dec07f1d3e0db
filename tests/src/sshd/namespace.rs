//! A user namespace in which an ordinary user's sshd finds another `/etc/shadow` and `/etc/group`: the real first is read
//! by root alone, so without it no password can be checked; the real second has a group `tty`, to which only root may
//! give a terminal.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::Context as _;

use crate::programs;

/// Whether this user may make one.
pub(super) fn is_allowed() -> bool {
    let Ok(unshare) = programs::installed(&["unshare"]) else { return false };
    let tried = Command::new(unshare)
        .args(["--user", "--map-root-user", "--mount", "true"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    tried.is_ok_and(|status| status.success())
}

/// A command that runs `program` as the present user, under the id it has outside, where `/etc/shadow` is the file at
/// `shadow_path` and there are no groups. Arguments added to it are the program's. It becomes that program: there is one
/// process.
///
/// # Errors
/// When util-linux is not installed.
pub(super) fn command(program: &Path, shadow_path: &Path) -> anyhow::Result<Command> {
    let unshare = programs::installed(&["unshare"])?;
    let mut command = Command::new(&unshare);
    command.args(["--user", "--map-root-user", "--mount", "--propagation", "private", "sh", "-c"]);
    // Root in the outer namespace mounts; the inner one gives the own id back, as which sshd asks for no privileges.
    let script =
        "mount --bind \"$1\" /etc/shadow && mount --bind /dev/null /etc/group && shift && exec \"$@\"";
    command.arg(script).arg("sh").arg(shadow_path);
    let (user, group) = (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
    command.arg(&unshare).arg("--user").args([format!("--map-user={user}"), format!("--map-group={group}")]);
    command.arg(program.to_str().context("the program's path is no text")?);
    Ok(command)
}
