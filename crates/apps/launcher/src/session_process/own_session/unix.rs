//! Unix: `setsid`.

pub(super) fn begin() -> std::io::Result<()> {
    match rustix::process::setsid() {
        // A process that leads its group already (started by a shell, for instance) stays in it.
        Ok(_) | Err(rustix::io::Errno::PERM) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
