//! Monitors that are added, moved, resized and taken away, on the X server of real desktops.

use std::fs;
use std::path::Path;
use std::process::Command;

use chaperone_capture::{Gone, Size, Target};

use super::recorder::{Drawing, Recorder, assert_same};
use super::xvfb::Xvfb;

const CONFIGURATION: &str = r#"
Section "Device"
    Identifier "device"
    Driver "dummy"
    VideoRam 65536
EndSection
Section "Monitor"
    Identifier "monitor"
    HorizSync 5.0 - 1000.0
    VertRefresh 5.0 - 200.0
EndSection
Section "Screen"
    Identifier "screen"
    Device "device"
    Monitor "monitor"
    DefaultDepth 24
    SubSection "Display"
        Depth 24
        Modes "1024x768"
        Virtual 5120 2880
    EndSubSection
EndSection
Section "ServerFlags"
    Option "AutoAddDevices" "false"
    Option "AutoEnableDevices" "false"
EndSection
"#;

const GREEN: u32 = 0x0000_8000;
const BLUE: u32 = 0x0000_00ff;

/// Xorg with monitors made of memory. Whether it runs as root or not, it takes no terminal and no device.
fn xorg() -> (Xvfb, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let configuration = folder.path().join("xorg.conf");
    fs::write(&configuration, CONFIGURATION).unwrap();
    let mut command = Command::new(xorg_path());
    command.arg("-config").arg(&configuration);
    command.arg("-logfile").arg(folder.path().join("log"));
    let server = Xvfb::run(&mut command, "Xorg and its dummy driver (package xserver-xorg-video-dummy)");
    (server, folder)
}

/// Debian's program itself: the `Xorg` on PATH may be a wrapper that wants its user at the console.
fn xorg_path() -> &'static str {
    const ITSELF: &str = "/usr/lib/xorg/Xorg";
    if Path::new(ITSELF).exists() { ITSELF } else { "Xorg" }
}

#[test]
fn every_monitor_is_on_the_one_canvas() {
    let (server, _folder) = xorg();
    let client = server.client();
    client.lay_out(&[([0, 0], [1024, 768])]);
    let window = client.show([1100, 50], [300, 200], GREEN);
    let mut recorder = Recorder::open(server.desktop(), Target::Screen);
    let check = |recorder: &mut Recorder, [width, height]: [u16; 2]| {
        client.fill(window, [5, 5], [20, 20], BLUE);
        recorder.rest();
        assert_same(&recorder.picture, &client.screenshot([0, 0], [width, height]), "on these monitors");
    };
    check(&mut recorder, [1024, 768]);
    let layouts: [&[_]; 7] = [
        // Added to the right, moved below, made larger, put askew, the first one taken away, and back.
        &[([0, 0], [1024, 768]), ([1024, 0], [800, 600])],
        &[([0, 0], [1024, 768]), ([0, 768], [800, 600])],
        &[([0, 0], [1024, 768]), ([1024, 0], [1600, 900])],
        &[([0, 0], [1024, 768]), ([1024, 300], [800, 600]), ([200, 768], [640, 480])],
        &[([0, 0], [800, 600])],
        &[([0, 0], [1920, 1080]), ([1920, 0], [1920, 1080]), ([3840, 0], [1024, 768])],
        &[([0, 0], [1024, 768])],
    ];
    for monitors in layouts {
        client.lay_out(monitors);
        let width = monitors.iter().map(|([x, _], [width, _])| x + width).max().unwrap();
        let height = monitors.iter().map(|([_, y], [_, height])| y + height).max().unwrap();
        check(&mut recorder, [width, height]);
        assert_eq!(recorder.picture.size, Size::new(width.into(), height.into()));
    }
}

#[test]
fn a_window_is_recorded_whole_on_whichever_monitor_it_lies() {
    let (server, _folder) = xorg();
    let session = server.client();
    session.lay_out(&[([0, 0], [1024, 768]), ([1024, 0], [800, 600])]);
    let window = session.show([100, 100], [301, 203], GREEN);
    let mut recorder = Recorder::of_process(server.desktop(), session.pid());
    let mut expected = Drawing::new([301, 203], GREEN);
    recorder.expect(&expected);
    // Onto the other monitor, over the seam, beyond all of them.
    for place in [[1200, 100], [900, 500], [1800, 700]] {
        session.place(window, place);
        let at = i16::try_from(place[0] / 10).unwrap();
        session.fill(window, [at, 5], [20, 20], BLUE);
        recorder.expect(expected.fill([at, 5], [20, 20], BLUE));
    }
    // Its monitor is taken away from under it, and comes back.
    session.place(window, [1200, 100]);
    for monitors in [&[([0, 0], [1024, 768])][..], &[([0, 0], [1024, 768]), ([1024, 0], [1280, 720])]] {
        session.lay_out(monitors);
        // Here the server forgets what windows held, and programs draw anew.
        let at = i16::try_from(200 + monitors.len() * 20).unwrap();
        expected = Drawing::new([301, 203], GREEN);
        session.fill(window, [0, 0], [301, 203], GREEN);
        session.fill(window, [at, 100], [20, 20], BLUE);
        recorder.expect(expected.fill([at, 100], [20, 20], BLUE));
    }
    assert_eq!(recorder.sizes, [Size::new(301, 203)]);
}

#[test]
fn an_xorg_server_that_goes_away_is_told_with_its_cause() {
    let (mut server, _folder) = xorg();
    let mut recorder = Recorder::open(server.desktop(), Target::Screen);
    recorder.rest();
    server.end();
    let Gone::Lost { reason } = recorder.expect_gone() else { panic!("the display is lost") };
    assert!(reason.contains("the connection to the display server ended"), "{reason}");
}
