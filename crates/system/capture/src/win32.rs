//! What all ways of taking pictures on Windows share: the desktop, its windows, its monitors, the pointer.
//!
//! A way brings the [`Content`] of windows or monitors into memory; the rest is the same for all of them. Windows tells
//! of no window that moved without hooks of ours, so places are asked for at each tick of the grid; what may be asked for
//! its pixels then depends on the way. Several monitors are one canvas, the virtual screen; the pointer is drawn on it.
//! All coordinates are of real pixels, whatever the scaling of a monitor.

mod awareness;
mod away;
mod bitmap;
mod capturer;
mod content;
mod lost;
mod monitors;
mod pointer;
mod proof;
mod surfaces;
mod top_level;
mod watch;

pub(crate) use self::awareness::Awareness;
pub(crate) use self::away::is_away;
pub(crate) use self::bitmap::{Bitmap, Shown};
pub(crate) use self::capturer::open;
pub(crate) use self::content::{Content, Read};
pub(crate) use self::lost::Lost;
pub(crate) use self::monitors::{Monitor, Monitors};
pub(crate) use self::proof::of_windows as prove_windows;
pub(crate) use self::surfaces::Surfaces;
pub(crate) use self::top_level::{Members, TopLevel, Window};
pub(crate) use self::watch::Watch;
