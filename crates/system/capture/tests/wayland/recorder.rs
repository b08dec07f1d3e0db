//! Recorders of desktops that are drawn on by other programs, as well as those manage.

use std::collections::BTreeMap;

use chaperone_capture::{CaptureError, Desktop, Picture, Target};

use super::copied::CALLS;
pub(crate) use super::copied::{Recorder, Step};

const CALLS_A_SECOND: u32 = 10;

impl Recorder {
    pub(crate) fn open(desktop: Desktop, target: Target) -> Result<Self, CaptureError> {
        Self::begin(desktop, target, 30)
    }

    /// Records what `draw` draws, until the picture is as it should be.
    ///
    /// It is drawn again each second: portals lose pictures when the machine is busy, that of xdg-desktop-portal-wlr
    /// after a change of size above all, and tell of what is on the screen only when it changes again.
    pub(crate) fn until_drawn(&mut self, what: &str, draw: impl Fn(), holds: impl Fn(&Picture) -> bool) {
        for call in 0..CALLS {
            if holds(&self.picture) {
                return;
            }
            if call % CALLS_A_SECOND == 0 {
                draw();
            }
            let step = self.step();
            assert!(!matches!(step, Step::Gone(_)), "{what}: {step:?}");
        }
        panic!("the picture of {:?} never showed {what}, but {}", self.picture.size, palette(&self.picture));
    }
}

/// The colours of most pixels.
fn palette(picture: &Picture) -> String {
    let mut counts = BTreeMap::new();
    for pixel in picture.pixels.as_chunks::<4>().0 {
        *counts.entry(u32::from_le_bytes(*pixel) & 0x00ff_ffff).or_insert(0_u32) += 1;
    }
    let mut counts: Vec<(u32, u32)> = counts.into_iter().map(|(colour, count)| (count, colour)).collect();
    counts.sort_unstable();
    let most = counts.iter().rev().take(4).map(|(count, colour)| format!("{colour:06x} {count} times"));
    most.collect::<Vec<_>>().join(", ")
}
