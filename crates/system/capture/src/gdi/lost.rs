//! What ends a recording on Windows.

/// Windows refused something that nothing can be recorded without.
#[derive(Debug, thiserror::Error)]
#[error("Windows refused to {operation}: {source}")]
pub(super) struct Lost {
    /// What was tried, as "make a bitmap".
    pub(super) operation: &'static str,
    /// What Windows said.
    pub(super) source: windows::core::Error,
}

impl Lost {
    /// The failure of the call just made on this thread.
    pub(super) fn last(operation: &'static str) -> Self {
        Self { operation, source: windows::core::Error::from_thread() }
    }

    pub(super) fn because(operation: &'static str) -> impl FnOnce(windows::core::Error) -> Self {
        move |source| Self { operation, source }
    }
}
