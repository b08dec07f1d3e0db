//! Capture on Wayland, through the desktop portal and PipeWire.
//!
//! The portal asks the user and hands out a stream of one monitor, or of one window the user picks; which windows
//! belong to a session it cannot say. Pictures come when something changed, perhaps none at all on a still screen:
//! that the stream lives is told by its state and by the portal's session, never by pictures. What a desktop says of
//! damage is not asked for, as it is absent on some and wrong on others; the canvas compares instead.
//!
//! Portals lose pictures on a busy machine: that of wlroots when the size changes, mutter's now and then for a window.
//! What is on the screen is then told with the next change only.
//!
//! Two threads stand behind a source: one holds the portal's session, the other runs PipeWire's loop and only copies.

mod age;
mod buffer;
mod choice;
mod flow;
mod inbox;
mod params;
mod portal;
mod source;
mod stream;
mod survey;

pub(crate) use self::choice::Kind;
pub(crate) use self::source::open;
pub(crate) use self::survey::finding;
