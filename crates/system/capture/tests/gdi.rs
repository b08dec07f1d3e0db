//! Capture by GDI of windows this test draws itself, on a Windows desktop or on Wine's.

#![cfg(windows)]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking, in its helpers as well")]

mod gdi {
    #[path = "../shared/copied.rs"]
    pub(crate) mod copied;
    pub(crate) mod desk;
    pub(crate) mod program;
    #[path = "../x11/recorder.rs"]
    pub(crate) mod recorder;

    mod changes;
    mod health;
    mod order;
    mod pointer;
    mod screen;
    mod watch;
    mod windows;
}
