//! Capture on macOS by ScreenCaptureKit, from 12.3 on.
//!
//! Each display or window is a stream of its own: the system hands over what was drawn, covered or not, with word of what
//! changed, and draws the pointer into it. They are composed on one canvas, in pixels of the main display. Nothing tells of
//! windows that come, go or move, so they are listed at each picture and four times a second. The user allows recording
//! once, in System Settings; whether it is allowed is asked before anything else.

mod capturer;
mod displays;
mod frame;
mod handler;
mod permission;
mod scale;
mod shareable;
mod stream;
mod toll_free;
mod watch;
mod window_list;

pub(crate) use self::capturer::open;
pub(crate) use self::permission::is_granted;
pub(crate) use self::watch::Watch;

/// What the user is told who has not allowed it.
pub(crate) const NOT_ALLOWED: &str = "recording the screen is not allowed: switch it on for Chaperone in System Settings, Privacy & Security, Screen & System Audio Recording, then start Chaperone again";
