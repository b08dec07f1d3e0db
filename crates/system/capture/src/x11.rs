//! Capture on X11.
//!
//! The server tells of changes by DAMAGE and is asked for nothing while there are none; pixels come through
//! MIT-SHM in memory that only the server and this process hold (passed as a descriptor), or over the connection
//! where that cannot be had. Windows are redirected by Composite, so that covered ones are recorded as well.
//! Several monitors are one canvas, the X screen; the pointer is drawn on it.

mod away;
mod damage;
mod display;
mod memory;
mod owner;
mod pointer;
mod proof;
mod reader;
mod scene;
mod screen;
mod source;
mod surfaces;
mod survey;
mod tree;
mod watch;

pub(crate) use self::source::open;
pub(crate) use self::survey::finding;
pub(crate) use self::watch::Watch;
