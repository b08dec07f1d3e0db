//! What the user's answer does, on mutter.

use chaperone_capture::{Backend, CaptureError, Consent, Gone, Size, Target, survey};

use super::desktop::kept;
use super::drawing::{count, is_all};
use super::mutter::{Mutter, a_window};
use super::recorder::Recorder;
use super::user::{Answer, Asked};

const GROUND: u32 = 0x0010_2030;
const INK: u32 = 0x00ff_8001;

#[test]
fn the_monitor_the_user_shares_is_recorded() {
    let mut mutter = Mutter::start();
    let terminal = mutter.terminal();
    let mut recorder = Recorder::open(mutter.desktop(Consent::Ask), Target::Screen).unwrap();
    let proof = recorder.source.prove().unwrap();
    assert_eq!(proof.size, Size::new(800, 600));
    for (colour, other) in [(GROUND, INK), (INK, GROUND)] {
        recorder.until_drawn(
            "a window of one colour",
            || terminal.clear(colour),
            |picture| {
                picture.size == Size::new(800, 600)
                    && count(picture, colour) > 100_000
                    && count(picture, other) == 0
            },
        );
    }
}

#[test]
fn the_window_the_user_shares_is_recorded_without_what_is_around_it() {
    let mut mutter = Mutter::start();
    let found = survey(&mutter.desktop(Consent::Ask));
    assert_eq!((found.for_screen(), found.for_windows()), (Some(Backend::Wayland), Some(Backend::Wayland)));
    let terminal = mutter.terminal();
    let mut recorder = mutter.record_window();
    for colour in [GROUND, INK] {
        recorder.until_drawn(
            "nothing but the window",
            || terminal.clear(colour),
            |picture| is_all(picture, colour),
        );
    }
    let size = recorder.picture.size;
    assert!(size.width < 800 && size.height < 600, "{size:?} is no window's");

    mutter.base.kill("terminal");
    let gone = recorder.expect_gone();
    assert!(matches!(gone, Gone::Lost { .. }), "{gone:?} is no loss");
}

#[test]
fn what_was_not_asked_for_is_not_recorded() {
    let mut mutter = Mutter::start();
    let terminal = mutter.terminal();
    terminal.clear(GROUND);
    drop(mutter.record_window());
    for (answer, target) in [(Answer::Monitor, a_window()), (Answer::Window, Target::Screen)] {
        mutter.user.will(answer);
        let refused = Recorder::open(mutter.desktop(Consent::Ask), target).err().unwrap();
        let CaptureError::NotAvailable { reason } = &refused else { panic!("{answer:?}: {refused}") };
        assert!(reason.contains("something other than what was asked for"), "{answer:?}: {reason}");
    }
}

#[test]
fn a_no_and_a_failure_are_told_apart() {
    let mutter = Mutter::start();
    mutter.user.will(Answer::No);
    let refused = Recorder::open(mutter.desktop(Consent::Ask), Target::Screen).err().unwrap();
    assert!(matches!(refused, CaptureError::Declined), "{refused}");
    mutter.user.will(Answer::Failure);
    let failed = Recorder::open(mutter.desktop(Consent::Ask), Target::Screen).err().unwrap();
    assert!(matches!(failed, CaptureError::Request { .. }), "{failed}");
}

#[test]
fn an_answer_that_is_kept_comes_along_the_next_time() {
    let mutter = Mutter::start();
    let open = |consent| {
        let recorder = Recorder::open(mutter.desktop(consent), Target::Screen).unwrap();
        recorder.source.restore_token().cloned()
    };
    let token = open(kept(None)).unwrap();
    assert_eq!(open(kept(Some(&token))), Some(token));
    let asked = [false, true].map(|has_answer| Asked { kinds: 1, has_answer });
    assert_eq!(mutter.user.asked(), asked);
}

#[test]
fn a_user_who_stops_sharing_ends_the_capture() {
    let mutter = Mutter::start();
    let mut recorder = Recorder::open(mutter.desktop(Consent::Ask), Target::Screen).unwrap();
    recorder.source.prove().unwrap();
    mutter.user.stop();
    let gone = recorder.expect_gone();
    assert!(
        matches!(&gone, Gone::Lost { reason } if reason.contains("on the desktop") || reason.contains("by the user")),
        "{gone:?}"
    );
}
