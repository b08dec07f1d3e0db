//! The pointer in the picture.

use std::process;

use chaperone_capture::Desktop;
use windows::Win32::UI::WindowsAndMessaging::{
    CreateCursor, GCLP_HCURSOR, SetClassLongPtrW, SetCursor, SetCursorPos, SetForegroundWindow,
};

use super::desk::{Desk, Shown};
use super::recorder::{Drawing, Recorder};

const GREEN: u32 = 0x0000_8000;

#[test]
fn the_pointer_is_drawn_over_the_sessions_windows_only() {
    let desk = Desk::start();
    let window = desk.show([200, 200], [300, 200], GREEN);
    let mut recorder = Recorder::of_process(Desktop::default(), process::id());
    point(&desk, [600, 600]);
    recorder.expect(&Drawing::new([300, 200], GREEN));
    let stirred = recorder.source.signs().stirred;

    make_black_square_the_pointer(&desk, window);
    point(&desk, [300, 280]);
    recorder.expect(Drawing::new([300, 200], GREEN).fill([84, 64], [32, 32], 0));
    assert_eq!(recorder.source.signs().stirred, stirred + 1);
    recorder.rest();
    point(&desk, [600, 600]);
    recorder.expect(&Drawing::new([300, 200], GREEN));
}

/// 32 by 32 pixels that point with their middle.
fn make_black_square_the_pointer(desk: &Desk, window: Shown) {
    desk.run(|| {
        let (screen, image) = ([0_u8; 128], [0_u8; 128]);
        // SAFETY: both masks hold 32 rows of 32 bits.
        let made =
            unsafe { CreateCursor(None, 16, 16, 32, 32, screen.as_ptr().cast(), image.as_ptr().cast()) };
        let cursor = made.unwrap();
        let handle = cursor.0.expose_provenance().cast_signed();
        // SAFETY: Windows checks both handles. What it answers is the pointer before.
        unsafe { SetClassLongPtrW(window.handle(), GCLP_HCURSOR, handle) };
        // Windows asks the window in front, once the pointer moves over it.
        // SAFETY: Windows checks the handle.
        assert!(unsafe { SetForegroundWindow(window.handle()) }.as_bool());
        // SAFETY: Windows checks the handle. What it answers is the pointer before.
        unsafe { SetCursor(Some(cursor)) };
    });
}

fn point(desk: &Desk, [x, y]: [i32; 2]) {
    // SAFETY: takes numbers.
    desk.run(|| unsafe { SetCursorPos(x, y) }).unwrap();
}
