//! Systems whose harness is not written yet.

/// Says so.
pub(crate) fn run() -> anyhow::Result<()> {
    anyhow::bail!(
        "not available on this system yet: the demo and the benches are made of X11 parts and need Linux"
    )
}
