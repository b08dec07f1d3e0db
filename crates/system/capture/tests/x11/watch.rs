//! Waiting for a session's first window.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use chaperone_capture::windows::{Appeared, WindowWatch};
use chaperone_capture::{CaptureError, Size, WindowId};

use super::client::Client;
use super::xvfb::Xvfb;

fn watch(xvfb: &Xvfb, client: &Client) -> WindowWatch {
    let owned = client.pid();
    WindowWatch::open(&xvfb.desktop(), Arc::new(move |pid| pid == owned)).unwrap()
}

fn soon() -> Instant {
    Instant::now() + Duration::from_millis(100)
}

/// Far beyond what the test needs.
fn late() -> Instant {
    Instant::now() + Duration::from_secs(60)
}

#[test]
fn the_first_shown_window_of_the_session_is_found() {
    let xvfb = Xvfb::start();
    let (session, other) = (xvfb.client(), xvfb.foreign_client());
    let mut watch = watch(&xvfb, &session);
    other.show([0, 0], [100, 100], 0);
    let window = session.window([10, 10], [300, 200], 0);
    assert_eq!(watch.wait(soon()).unwrap(), None, "neither foreign nor hidden windows count");
    session.map(window);
    let size = Size::new(300, 200);
    let appeared = Appeared { window: WindowId(window.into()), pid: session.pid(), size };
    assert_eq!(watch.wait(late()).unwrap(), Some(appeared));
}

#[test]
fn a_window_shown_while_waiting_ends_the_wait() {
    let xvfb = Xvfb::start();
    let session = xvfb.foreign_client();
    let mut watch = watch(&xvfb, &session);
    thread::scope(|scope| {
        let waiting = scope.spawn(move || watch.wait(late()).unwrap());
        let window = session.show([10, 10], [300, 200], 0);
        let appeared = waiting.join().unwrap().unwrap();
        assert_eq!((appeared.window, appeared.pid), (WindowId(window.into()), session.pid()));
    });
}

#[test]
fn a_window_that_was_shown_and_is_gone_when_it_is_looked_at_counts() {
    let xvfb = Xvfb::start();
    let session = xvfb.client();
    let mut watch = watch(&xvfb, &session);
    let window = session.window([10, 10], [300, 200], 0);
    assert_eq!(watch.wait(soon()).unwrap(), None);
    session.map(window);
    session.destroy(window);
    let appeared = watch.wait(late()).unwrap().unwrap();
    assert_eq!((appeared.window, appeared.pid), (WindowId(window.into()), session.pid()));
}

#[test]
fn a_window_managed_in_a_frame_is_found() {
    let xvfb = Xvfb::start();
    let (session, manager) = (xvfb.client(), xvfb.foreign_client());
    let window = session.window([0, 0], [200, 100], 0);
    let frame = manager.window([100, 100], [210, 130], 0);
    manager.adopt(window, frame, [5, 25]);
    session.map(window);
    let mut watch = watch(&xvfb, &session);
    assert_eq!(watch.wait(soon()).unwrap(), None, "the frame is not shown yet");
    manager.map(frame);
    assert_eq!(watch.wait(late()).unwrap().unwrap().window, WindowId(window.into()));
}

#[test]
fn a_lost_display_ends_the_wait_with_an_error() {
    let mut xvfb = Xvfb::start();
    let session = xvfb.client();
    let mut watch = watch(&xvfb, &session);
    xvfb.end();
    assert!(matches!(watch.wait(late()), Err(CaptureError::Request { .. })));
}
