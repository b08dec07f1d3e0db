//! Capture on a real X server, of windows this test draws itself.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking, in its helpers as well")]

mod x11 {
    pub(crate) mod client;
    #[path = "../shared/copied.rs"]
    pub(crate) mod copied;
    pub(crate) mod recorder;
    pub(crate) mod xvfb;

    #[cfg(feature = "capture-scrap")]
    mod baseline;
    mod depths;
    mod health;
    mod monitors;
    mod prove;
    mod random;
    mod screen;
    mod sizes;
    mod watch;
    mod windows;
}
