//! Capture on real Wayland desktops without a screen: their own portals, PipeWire, and a terminal that draws.

#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test fails by panicking, in its helpers as well, and shows what its programs said"
)]

mod wayland {
    #[path = "../shared/copied.rs"]
    pub(crate) mod copied;
    pub(crate) mod desktop;
    pub(crate) mod drawing;
    pub(crate) mod mutter;
    pub(crate) mod program;
    pub(crate) mod recorder;
    pub(crate) mod sway;
    pub(crate) mod terminal;
    pub(crate) mod user;

    mod choice;
    mod consent;
    mod end;
    mod screen;
}
