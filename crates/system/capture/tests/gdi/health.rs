//! Proof, survey, and the signs of health.

use std::process;
use std::sync::{Arc, mpsc};
use std::thread;

use chaperone_capture::{Backend, Desktop, FrameRate, Request, Size, Target, Verdict, open, survey};

use windows::Win32::Foundation::GENERIC_ALL;
use windows::Win32::System::StationsAndDesktops::{CreateDesktopW, DESKTOP_CONTROL_FLAGS, SetThreadDesktop};
use windows::core::w;

use super::desk::Desk;
use super::recorder::{Drawing, Recorder, Step};

#[test]
fn windows_are_proven_before_there_is_one() {
    let _desk = Desk::start();
    let target = Target::Processes(Arc::new(|pid| pid == process::id()));
    let request = Request { desktop: Desktop::default(), target, rate: FrameRate::DEFAULT };
    let mut source = open(&request).unwrap();
    let proven = source.prove().unwrap();
    assert_eq!(proven.size, Size::new(64, 64));
    assert_eq!(proven.pixels[..4], [0x20, 0x20, 0xc8, 0xff]);
    source.prove().unwrap();
}

#[test]
fn gdi_takes_over_where_the_better_ways_refuse_with_words() {
    let _desk = Desk::start();
    let found = survey(&Desktop::default());
    let backends: Vec<Backend> = found.findings.iter().map(|finding| finding.backend).collect();
    assert_eq!(backends, [Backend::GraphicsCapture, Backend::Duplication, Backend::Gdi]);
    for finding in &found.findings[..2] {
        for verdict in [&finding.screen, &finding.windows] {
            let Verdict::Unavailable(reason) = verdict else { panic!("Wine has no {}", finding.backend) };
            assert!(reason.len() > 30, "{}: {reason}", finding.backend);
            println!("{}: {reason}", finding.backend);
        }
    }
    assert_eq!((found.for_screen(), found.for_windows()), (Some(Backend::Gdi), Some(Backend::Gdi)));
    assert_eq!(found.findings[2].remarks.len(), 1);
}

#[test]
fn a_black_picture_is_told() {
    let desk = Desk::start();
    let window = desk.show([50, 60], [200, 100], 0);
    let mut recorder = Recorder::of_process(Desktop::default(), process::id());
    recorder.expect(&Drawing::new([200, 100], 0));
    let signs = recorder.source.signs();
    assert!(signs.is_black && !signs.is_away && !signs.is_refused, "{signs:?}");
    desk.fill(window, [100, 50], [1, 1], 0x0001_0000);
    recorder.expect(Drawing::new([200, 100], 0).fill([100, 50], [1, 1], 0x0001_0000));
    assert!(!recorder.source.signs().is_black);
}

#[test]
fn a_desktop_that_is_not_on_the_monitors_is_told_and_not_recorded() {
    let desk = Desk::start();
    let window = desk.show([50, 60], [200, 100], 0x0000_8000);
    let mut recorder = Recorder::of_process(Desktop::default(), process::id());
    recorder.expect(&Drawing::new([200, 100], 0x0000_8000));
    desk.fill(window, [0, 0], [10, 10], 0x0000_00ff);
    on_another_desktop(|| {
        assert_eq!(recorder.step(), Step::Unchanged);
        assert!(recorder.source.signs().is_away);
        assert!(!survey(&Desktop::default()).findings[2].windows.is_ready());
    });
    recorder.expect(Drawing::new([200, 100], 0x0000_8000).fill([0, 0], [10, 10], 0x0000_00ff));
    assert!(!recorder.source.signs().is_away);
}

#[test]
fn a_window_that_does_not_answer_keeps_its_last_picture_and_holds_nothing_up() {
    let desk = Desk::start();
    let window = desk.show([50, 60], [200, 100], 0x0000_8000);
    let mut recorder = Recorder::of_process(Desktop::default(), process::id());
    recorder.expect(&Drawing::new([200, 100], 0x0000_8000));
    while_busy(&desk, || {
        assert_eq!(recorder.step(), Step::Unchanged);
        assert!(!recorder.source.signs().is_refused, "it draws nothing meanwhile");
        let mut late = Recorder::of_process(Desktop::default(), process::id());
        late.step();
        assert!(late.source.signs().is_refused, "nobody knows what it shows");
    });
    desk.fill(window, [0, 0], [10, 10], 0x0000_00ff);
    recorder.expect(Drawing::new([200, 100], 0x0000_8000).fill([0, 0], [10, 10], 0x0000_00ff));
}

/// Does something while the windows' thread answers nobody.
fn while_busy(desk: &Desk, work: impl FnOnce()) {
    let (busy, is_busy) = mpsc::sync_channel(1);
    let (done, is_done) = mpsc::sync_channel::<()>(1);
    thread::scope(|scope| {
        let busy = move || {
            busy.send(()).unwrap();
            is_done.recv().unwrap_err();
        };
        scope.spawn(move || desk.run(busy));
        is_busy.recv().unwrap();
        work();
        drop(done);
    });
}

/// Does something on a desktop that is not on the monitors.
fn on_another_desktop(work: impl FnOnce() + Send) {
    thread::scope(|scope| {
        let done = scope.spawn(|| {
            let (name, flags) = (w!("ChaperoneOther"), DESKTOP_CONTROL_FLAGS(0));
            // SAFETY: the name is constant. The desktop ends with the process.
            let made = unsafe { CreateDesktopW(name, None, None, flags, GENERIC_ALL.0, None) };
            // SAFETY: the handle is ours; this thread has no windows.
            unsafe { SetThreadDesktop(made.unwrap()) }.unwrap();
            work();
        });
        done.join().unwrap();
    });
}
