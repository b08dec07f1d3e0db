//! macOS: there is always a menu bar, and it colours templates itself.

use super::Panel;

#[derive(Clone, Debug)]
pub(super) struct Surroundings;

impl Surroundings {
    pub(super) const fn listen() -> Self {
        Self
    }

    #[expect(clippy::unused_self, reason = "the same surface on every system")]
    pub(super) const fn panel(&self) -> Panel {
        Panel::Template
    }

    #[expect(clippy::unused_self, reason = "the same surface on every system")]
    pub(super) const fn shows_tray(&self) -> Option<bool> {
        Some(true)
    }
}
