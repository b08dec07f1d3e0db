//! What ends a recording on Windows.

use windows::Win32::Foundation::E_FAIL;

/// Windows refused something that nothing can be recorded without.
#[derive(Debug, thiserror::Error)]
#[error("Windows refused to {operation}: {said}")]
pub(crate) struct Lost {
    /// What was tried, as "make a bitmap".
    pub(crate) operation: &'static str,
    /// What Windows said.
    pub(crate) said: windows::core::Error,
}

impl Lost {
    /// The failure of the call just made on this thread.
    pub(crate) fn last(operation: &'static str) -> Self {
        Self { operation, said: windows::core::Error::from_thread() }
    }

    /// A failure Windows has no number for, in words.
    pub(crate) fn of(operation: &'static str, words: &str) -> Self {
        Self { operation, said: windows::core::Error::new(E_FAIL, words) }
    }

    pub(crate) fn because(operation: &'static str) -> impl FnOnce(windows::core::Error) -> Self {
        move |said| Self { operation, said }
    }
}
