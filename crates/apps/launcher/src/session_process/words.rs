//! What somebody said about the session's end, where that is more than its reason.

use std::sync::{Arc, Mutex, PoisonError};

/// Longest text kept, in characters.
const MOST: usize = 500;

/// The first words said; clones are the same.
#[derive(Clone, Debug, Default)]
pub(crate) struct Words(Arc<Mutex<Option<String>>>);

impl Words {
    /// Keeps these words, unless some were said before.
    pub(crate) fn say(&self, text: &str) {
        let plain: String = text.chars().filter(|c| !c.is_control() || *c == '\n').take(MOST).collect();
        if !plain.is_empty() {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(plain);
        }
    }

    /// What was said.
    pub(crate) fn said(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
