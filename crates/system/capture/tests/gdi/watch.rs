//! Waiting for a session's first window.

use std::process;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use chaperone_capture::windows::WindowWatch;
use chaperone_capture::{Desktop, Size, WindowId};

use super::desk::Desk;
use super::program::Program;

#[test]
fn a_window_that_comes_is_found_and_others_are_not() {
    let desk = Desk::start();
    let _other = Program::show([60, 70], [30, 30]);
    let own = Arc::new(|pid| pid == process::id());
    let mut watch = WindowWatch::open(&Desktop::default(), own).unwrap();
    assert_eq!(watch.wait(Instant::now()).unwrap(), None);
    let waiting = thread::spawn(move || watch.wait(Instant::now() + Duration::from_secs(20)).unwrap());
    let window = desk.show([50, 60], [301, 203], 0x0000_8000);
    let appeared = waiting.join().unwrap().unwrap();
    assert_eq!(appeared.window, WindowId(window.0 as u64));
    assert_eq!((appeared.pid, appeared.size), (process::id(), Size::new(301, 203)));
}
