//! What a source tells of its own health, and what it costs while nothing happens.

use std::fs;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use chaperone_capture::{FrameSource, Looked, Next, Target, WindowId};

use super::recorder::{Drawing, Recorder, Step};
use super::xvfb::Xvfb;

const GREEN: u32 = 0x0000_8000;
const BLUE: u32 = 0x0000_00ff;

/// How often this thread went to sleep of its own accord until now.
fn sleeps() -> u64 {
    let status = fs::read_to_string("/proc/thread-self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
    line.unwrap().trim().parse().unwrap()
}

fn unchanged(source: &mut dyn FrameSource, wait: Duration) {
    assert!(matches!(source.next(Instant::now() + wait), Next::Unchanged));
}

#[test]
fn a_target_at_rest_is_slept_over() {
    let xvfb = Xvfb::start();
    let session = xvfb.foreign_client();
    session.show([10, 10], [200, 100], GREEN);
    for target in [Target::Screen, Target::Processes(std::sync::Arc::new(|_| true))] {
        let mut recorder = Recorder::open(xvfb.desktop(), target);
        recorder.rest();
        let before = sleeps();
        unchanged(recorder.source.as_mut(), Duration::from_secs(3));
        let slept = sleeps() - before;
        assert!(slept <= 3, "one sleep and one sign of life at its end, not {slept} sleeps");
    }
}

#[test]
fn a_server_at_rest_is_asked_for_a_sign_of_life_once_a_second_at_most() {
    let xvfb = Xvfb::start();
    let mut recorder = Recorder::open(xvfb.desktop(), Target::Screen);
    recorder.rest();
    let (before, began) = (sleeps(), Instant::now());
    for _ in 0..40 {
        unchanged(recorder.source.as_mut(), Duration::from_millis(50));
    }
    let (slept, most) = (sleeps() - before, 40 + 2 * (1 + began.elapsed().as_secs()));
    assert!(slept <= most, "{slept} sleeps are more than 40 waits and the signs of life, {most}");
}

#[test]
fn what_is_drawn_and_where_the_pointer_moves_is_told() {
    let xvfb = Xvfb::start();
    let (session, other) = (xvfb.client(), xvfb.foreign_client());
    session.point([700, 500]);
    let window = session.show([100, 100], [200, 100], GREEN);
    let mut recorder = Recorder::of_process(xvfb.desktop(), session.pid());
    recorder.expect(&Drawing::new([200, 100], GREEN));
    recorder.rest();
    let signs = recorder.source.signs();
    session.fill(window, [0, 0], [10, 10], GREEN);
    assert_eq!(recorder.step(), Step::Unchanged, "the same was drawn again");
    assert!(recorder.source.signs().drawn > signs.drawn, "and that is told all the same");

    let signs = recorder.source.signs();
    session.point([120, 130]);
    recorder.rest();
    assert!(recorder.source.signs().stirred > signs.stirred);
    assert_eq!(recorder.source.signs().drawn, signs.drawn);
    let signs = recorder.source.signs();
    other.point([600, 400]);
    recorder.rest();
    assert_eq!(recorder.source.signs(), signs, "a pointer elsewhere says nothing of the target");
}

#[test]
fn a_black_picture_is_told_of_whatever_the_pointer_looks_like() {
    let xvfb = Xvfb::start();
    let session = xvfb.client();
    let window = session.show([100, 100], [200, 100], 0);
    session.set_cursor(window, 8);
    session.point([150, 150]);
    let mut recorder = Recorder::of_process(xvfb.desktop(), session.pid());
    recorder.expect(Drawing::new([200, 100], 0).fill([50, 50], [8, 8], 0x00ff_ffff));
    assert!(recorder.source.signs().is_black);
    session.fill(window, [199, 99], [1, 1], BLUE);
    recorder.rest();
    assert!(!recorder.source.signs().is_black);
}

#[test]
fn a_second_look_finds_what_the_server_did_not_tell_of() {
    let memory = tempfile::tempdir().unwrap();
    let xvfb = Xvfb::with("800x600x24", &["-fbdir", memory.path().to_str().unwrap()]);
    let client = xvfb.client();
    client.fill_root([0, 0], [800, 600], GREEN);
    client.set_root_cursor(8);
    client.point([150, 150]);
    let mut recorder = Recorder::open(xvfb.desktop(), Target::Screen);
    let mut expected = Drawing::new([800, 600], GREEN);
    expected.fill([150, 150], [8, 8], 0x00ff_ffff);
    recorder.expect(&expected);
    recorder.rest();
    assert_eq!(recorder.source.look_again(), Looked::Same);
    assert_eq!(recorder.step(), Step::Unchanged, "looking changes nothing");

    poke(memory.path(), [700, 500], BLUE);
    assert_eq!(recorder.step(), Step::Unchanged, "nobody tells of it");
    assert_eq!(recorder.source.look_again(), Looked::Missed);
    expected.fill([700, 500], [1, 1], BLUE);
    assert_eq!(recorder.step(), Step::Frame);
    recorder.expect(&expected);
    assert_eq!(recorder.source.look_again(), Looked::Same);

    client.fill_root([20, 20], [10, 10], BLUE);
    assert_eq!(recorder.source.look_again(), Looked::Unclear, "what is told of is no miss");
    recorder.expect(expected.fill([20, 20], [10, 10], BLUE));
}

/// Changes a pixel in the memory Xvfb keeps its screen in, behind its back. The file is a window dump (`XWDFile.h`).
fn poke(folder: &Path, [x, y]: [u64; 2], colour: u32) {
    let file = fs::File::options().read(true).write(true).open(folder.join("Xvfb_screen0")).unwrap();
    let header = |field: u64| {
        let mut bytes = [0; 4];
        file.read_exact_at(&mut bytes, field * 4).unwrap();
        u64::from(u32::from_be_bytes(bytes))
    };
    let (size, line, colours) = (header(0), header(12), header(19));
    let start = size + colours * 12;
    file.write_all_at(&colour.to_le_bytes(), start + y * line + x * 4).unwrap();
}

#[test]
fn a_second_look_at_windows_agrees_with_the_first() {
    let xvfb = Xvfb::start();
    let session = xvfb.client();
    let window = session.show([100, 100], [200, 100], GREEN);
    session.set_cursor(window, 8);
    session.point([150, 150]);
    let mut recorder = Recorder::of_process(xvfb.desktop(), session.pid());
    assert_eq!(recorder.source.look_again(), Looked::Unclear, "there was no first");
    recorder.expect(Drawing::new([200, 100], GREEN).fill([50, 50], [8, 8], 0x00ff_ffff));
    recorder.rest();
    assert_eq!(recorder.source.look_again(), Looked::Same);
    assert_eq!(recorder.step(), Step::Unchanged);
    session.unmap(window);
    recorder.expect_gone();
    assert_eq!(recorder.source.look_again(), Looked::Unclear);
}

#[test]
fn a_desktop_that_leaves_the_monitors_is_told() {
    let xvfb = Xvfb::start();
    let client = xvfb.client();
    let window = client.show([10, 10], [200, 100], GREEN);
    let mut screen = Recorder::open(xvfb.desktop(), Target::Screen);
    let mut windows = Recorder::of_process(xvfb.desktop(), client.pid());
    for shown in [true, false, true] {
        client.set_monitors(shown);
        screen.rest();
        windows.rest();
        assert_eq!(screen.source.signs().is_away, !shown);
        assert!(!windows.source.signs().is_away, "the session's windows are kept whatever is shown");
    }
    client.set_monitors(false);
    let mut late = Recorder::open(xvfb.desktop(), Target::Screen);
    late.rest();
    assert!(late.source.signs().is_away);
    client.destroy(window);
}

#[test]
fn a_window_that_is_gone_is_not_taken_for_one_that_came_under_its_name() {
    let xvfb = Xvfb::start();
    let client = xvfb.client();
    let window = client.show([100, 100], [200, 100], GREEN);
    let mut recorder = Recorder::open(xvfb.desktop(), Target::Window(WindowId(window.into())));
    recorder.expect(&Drawing::new([200, 100], GREEN));
    client.destroy(window);
    recorder.expect_gone();
    client.show_as(window, [100, 100], [50, 50], BLUE);
    assert!(matches!(recorder.step(), Step::Gone(_)));
}
