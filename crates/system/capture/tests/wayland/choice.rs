//! What may be asked for, and what is said when it may not.

use std::sync::Arc;

use chaperone_capture::{Backend, CaptureError, Consent, Desktop, Size, Target, Verdict, survey};

use super::desktop::kept;
use super::recorder::Recorder;
use super::sway::Sway;

#[test]
fn a_window_is_refused_with_words_where_only_monitors_are_shared() {
    let sway = Sway::start();
    let desktop = sway.desktop(Consent::Ask);
    let refused = Recorder::open(desktop.clone(), Target::Processes(Arc::new(|_| true))).err().unwrap();
    let CaptureError::NotAvailable { reason } = &refused else { panic!("{refused}") };
    assert!(reason.contains("offers whole monitors only"), "{reason}");

    let survey = survey(&desktop);
    assert_eq!(survey.for_screen(), Some(Backend::Wayland));
    assert_eq!(survey.for_windows(), None);
    let windows = survey.findings.iter().map(|finding| finding.windows.clone());
    assert!(windows.eq([
        Verdict::Unavailable("no X11 display is named".to_owned()),
        Verdict::Unavailable(reason.clone())
    ]));
}

#[test]
fn the_screen_of_a_wayland_desktop_is_never_its_x11_servers() {
    let mut sway = Sway::start();
    let x11 = Some(sway.base.run_x11());
    let desktop = Desktop { x11, ..sway.desktop(Consent::Ask) };
    let found = survey(&desktop);
    assert_eq!((found.for_screen(), found.for_windows()), (Some(Backend::Wayland), Some(Backend::X11)));
    let mut recorder = Recorder::open(desktop.clone(), Target::Screen).unwrap();
    assert_eq!(recorder.source.backend(), Backend::Wayland);
    assert_eq!(recorder.source.prove().unwrap().size, Size::new(800, 600));
    let recorder = Recorder::open(desktop, Target::Processes(Arc::new(|_| true))).unwrap();
    assert_eq!(recorder.source.backend(), Backend::X11, "the windows of X11 programs are");
}

#[test]
fn a_token_is_given_for_an_answer_that_is_kept_and_taken_the_next_time() {
    let sway = Sway::start();
    let open = |consent| {
        let mut recorder = Recorder::open(sway.desktop(consent), Target::Screen).unwrap();
        recorder.source.prove().unwrap();
        recorder.source.restore_token().cloned()
    };
    assert_eq!(open(Consent::Ask), None, "nothing is kept unless that is asked for");
    let first = open(kept(None)).unwrap();
    let second = open(kept(Some(&first))).unwrap();
    assert!(open(kept(Some(&second))).is_some());
}

#[test]
fn a_desktop_without_a_portal_is_refused_with_words() {
    let desktop = |address: String| {
        let wayland = chaperone_capture::Wayland {
            display: "wayland-0".to_owned(),
            session_bus: Some(address),
            consent: Consent::Ask,
        };
        Desktop { x11: None, wayland: Some(wayland) }
    };
    let dir = tempfile::tempdir().unwrap();
    let nowhere = desktop(format!("unix:path={}", dir.path().join("bus").display()));
    let refused = Recorder::open(nowhere.clone(), Target::Screen).err().unwrap();
    assert_eq!(refused.to_string(), "cannot connect to the session bus");
    assert_eq!(survey(&nowhere).for_screen(), None);
}
