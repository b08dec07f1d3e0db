//! How a capture ends.

use chaperone_capture::{Consent, Gone, Target};

use super::drawing::is_all;
use super::recorder::{Recorder, Step};
use super::sway::Sway;

/// Kills a part of a desktop that is being recorded; the loss has to be told with these words, and for good.
fn check(part: &str, words: &str) {
    let mut sway = Sway::start();
    let mut recorder = Recorder::open(sway.desktop(Consent::Ask), Target::Screen).unwrap();
    let terminal = sway.terminal();
    let draw = || terminal.clear(0x0010_2030);
    recorder.until_drawn("the ground", draw, |picture| is_all(picture, 0x0010_2030));
    sway.base.kill(part);
    let gone = recorder.expect_gone();
    let Gone::Lost { reason } = &gone else { panic!("{gone:?} is no loss") };
    assert!(reason.contains(words), "without {part}: {reason}");
    assert_eq!(recorder.step(), Step::Gone(gone));
}

#[test]
fn a_portal_back_end_that_ends_is_a_loss() {
    check("back end", "the desktop stopped the capture");
}

#[test]
fn a_portal_that_ends_is_a_loss() {
    check("portal", "the desktop's portal ended");
}

#[test]
fn a_compositor_that_ends_is_a_loss() {
    check("sway", "the desktop");
}
