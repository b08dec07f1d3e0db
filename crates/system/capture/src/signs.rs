//! What a source says of its own health.
//!
//! It only tells what it saw. Whether that is still a true picture is judged elsewhere (`core/session`), by the same
//! rules on every system.

/// Signs of a source's health; the counters count from its opening. A source that cannot tell one leaves it at zero.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Signs {
    /// How often something was drawn in the target, changed or not, as the system told: at most once a frame.
    pub drawn: u64,
    /// How often the pointer moved over the target: at most once a frame.
    pub stirred: u64,
    /// The picture is black all over, the pointer left away.
    pub is_black: bool,
    /// Content that is due is refused by the system, again and again.
    pub is_refused: bool,
    /// The monitors show another desktop than the one recorded, or none, so that its pictures are old.
    pub is_away: bool,
}

/// What [`crate::FrameSource::look_again`] found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Looked {
    /// What is there is what was given.
    Same,
    /// Something changed and nothing told of it. It is part of the next frame.
    Missed,
    /// Changes are under way that were told of, or this back end cannot compare: nothing can be said.
    Unclear,
}
