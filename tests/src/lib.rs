//! The world around the programs, for tests, demo and benches: displays, targets, a workstation with its own home and
//! keyring, a browser that clicks, a desktop with a tray, and judges of the film.
//!
//! Owns starting real counterparts and ending exactly what was started. Leaves what is expected of the programs to the
//! suite. The counterparts are X11 and OpenSSH parts, so the harness exists on Linux only.
#![cfg(target_os = "linux")]

pub mod browser;
pub mod coded;
pub mod desktop;
pub mod display;
pub mod film;
pub mod hostile_links;
pub mod interrupt;
pub mod keyring;
pub mod marks;
pub mod port;
pub mod process;
pub mod programs;
pub mod rdp;
pub mod recorder;
pub mod scene;
pub mod scratch;
pub mod server;
pub mod spill;
pub mod sshd;
pub mod trace;
pub mod wait;
pub mod workload;
pub mod workstation;
