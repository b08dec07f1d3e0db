//! Pictures of a session's windows or of the screen, given only when something changed.
//!
//! This crate owns: choosing the back end of the system it runs on, finding the windows of a session's
//! processes, composing them, drawing the pointer, pacing on a fixed grid, and the last gate that keeps
//! unchanged 64×64 tiles from the encoder, and the signs of its own health ([`Signs`]). It leaves to others: turning pictures into video (`encode`), deciding
//! what a loss of capture means (`core/session`), and knowing which processes belong to a session (handed in as
//! [`ProcessSet`]). It reads no environment variables; names of displays are handed in as [`Desktop`].
//!
//! A recorder opens a [`FrameSource`] with [`open`], proves it once with [`FrameSource::prove`], then calls
//! [`FrameSource::next`] in a loop on a thread of its own: every call blocks.

mod area;
#[cfg(feature = "capture-scrap")]
pub mod baseline;
mod canvas;
#[cfg(any(target_os = "macos", windows, test))]
mod changes;
#[cfg(any(windows, test))]
mod choice;
#[cfg(windows)]
mod direct3d;
#[cfg(windows)]
mod duplication;
mod error;
mod frame;
#[cfg(windows)]
mod gdi;
#[cfg(windows)]
mod graphics_capture;
mod grid;
#[cfg(any(target_os = "macos", windows, test))]
mod layers;
mod least;
mod paced;
mod pacing;
mod placement;
mod platform;
#[cfg(any(target_os = "linux", windows, test))]
mod sample;
#[cfg(target_os = "macos")]
mod screen_capture_kit;
#[cfg(any(target_os = "macos", windows, test))]
mod sheet;
mod signs;
mod source;
mod survey;
#[cfg(any(windows, test))]
mod turn;
#[cfg(target_os = "linux")]
mod wayland;
mod wayland_desktop;
#[cfg(windows)]
mod win32;
pub mod windows;
#[cfg(target_os = "linux")]
mod x11;

pub use error::CaptureError;
pub use frame::{Frame, Gone, Next, Picture, Rect, Size};
pub use pacing::FrameRate;
pub use signs::{Looked, Signs};
pub use source::{Desktop, FrameSource, ProcessSet, Request, Target, WindowId, open};
pub use survey::{Backend, Finding, Survey, Verdict, survey};
pub use wayland_desktop::{Consent, RestoreToken, Wayland};
