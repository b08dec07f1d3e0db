//! Capture on Windows by GDI, which every Windows has.
//!
//! GDI tells of nothing that was drawn: at each tick of the grid everything is read and compared, which costs more than
//! capture that is told. Windows are asked to draw themselves (`PrintWindow`), so that covered ones are recorded as
//! well; the screen is copied as it is. Several monitors are one canvas, the virtual screen; the pointer is drawn on
//! it. All coordinates are of real pixels, whatever the scaling of a monitor.

mod awareness;
mod away;
mod bitmap;
mod lost;
mod pointer;
mod proof;
mod screen;
mod source;
mod surfaces;
mod survey;
mod top_level;
mod watch;

pub(crate) use self::source::open;
pub(crate) use self::survey::finding;
pub(crate) use self::watch::Watch;
