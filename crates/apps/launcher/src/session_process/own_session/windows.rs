//! Windows: the launcher keeps us in a job of our own; there is nothing to leave.

#[expect(clippy::unnecessary_wraps, reason = "the same signature on every system")]
pub(super) fn begin() -> std::io::Result<()> {
    Ok(())
}
