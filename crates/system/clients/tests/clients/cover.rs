//! The cover window on a screen of its own: what is typed and clicked meanwhile, and whoever is in its way.

use std::sync::mpsc::{Receiver, sync_channel};

use chaperone_clients::cover::{Cover, CoverError, Look, Notice};
use chaperone_clients::now_ns;
use chaperone_clients::sign::{Line, Sign};
use x11rb::connection::Connection as _;
use x11rb::protocol::Event;
use x11rb::protocol::xinput::{
    ConnectionExt as _, EventMask as DeviceEvents, GrabOwner, HierarchyChange, HierarchyChangeData,
    HierarchyChangeDataAddMaster, XIEventMask,
};
use x11rb::protocol::xproto::{
    ConnectionExt as _, CreateWindowAux, EventMask, GrabMode, GrabStatus, ImageFormat, InputFocus,
    WindowClass,
};
use x11rb::protocol::xtest::ConnectionExt as _;
use x11rb::rust_connection::RustConnection;
use x11rb::{CURRENT_TIME, NONE};

use crate::support::{on_own_screen, until};

const PRESS: u8 = 2;
const RELEASE: u8 = 3;
const BUTTON_PRESS: u8 = 4;
const BUTTON_RELEASE: u8 = 5;
const MOTION: u8 = 6;
/// Key codes, as every keyboard has them.
const BEFORE: u8 = 38;
const DURING: u8 = 39;
const AFTER: u8 = 40;
/// Master devices, in requests of the input extension.
const ALL_MASTERS: u16 = 1;
/// The ground of the panel in the dark look, as the screen gives it: blue, green, red.
const PANEL: [u8; 3] = [0x20, 0x15, 0x2e];

/// One more program on the screen.
struct Program {
    connection: RustConnection,
    root: u32,
}

/// How a window asks for its input.
#[derive(Clone, Copy, Debug)]
enum Asks {
    Core,
    Extension,
}

impl Program {
    fn connect() -> Self {
        let (connection, number) = x11rb::connect(None).unwrap();
        let root = connection.setup().roots.get(number).unwrap().root;
        connection.xinput_xi_query_version(2, 2).unwrap().reply().unwrap();
        Self { connection, root }
    }

    /// A window over the whole screen that has the focus and wants every key and button.
    fn window(&self, asks: Asks) -> u32 {
        let window = self.connection.generate_id().unwrap();
        let wanted = match asks {
            Asks::Core => EventMask::KEY_PRESS | EventMask::BUTTON_PRESS | EventMask::POINTER_MOTION,
            Asks::Extension => EventMask::NO_EVENT,
        };
        let attributes = CreateWindowAux::new().override_redirect(1).background_pixel(0).event_mask(wanted);
        let kind = WindowClass::INPUT_OUTPUT;
        self.connection
            .create_window(24, window, self.root, 0, 0, 1280, 800, 0, kind, 0, &attributes)
            .unwrap();
        if matches!(asks, Asks::Extension) {
            let mask = XIEventMask::KEY_PRESS | XIEventMask::BUTTON_PRESS | XIEventMask::MOTION;
            let wanted = DeviceEvents { deviceid: ALL_MASTERS, mask: vec![mask] };
            self.connection.xinput_xi_select_events(window, &[wanted]).unwrap().check().unwrap();
        }
        self.connection.map_window(window).unwrap().check().unwrap();
        self.connection.set_input_focus(InputFocus::PARENT, window, CURRENT_TIME).unwrap().check().unwrap();
        window
    }

    fn fake(&self, kind: u8, detail: u8, x: i16, y: i16) {
        self.connection.xtest_fake_input(kind, detail, 0, self.root, x, y, 0).unwrap().check().unwrap();
    }

    /// Types a key, and moves and clicks, as a person would.
    fn work(&self, key: u8) {
        self.fake(PRESS, key, 0, 0);
        self.fake(RELEASE, key, 0, 0);
        self.fake(MOTION, 0, 300 + i16::from(key), 200);
        self.fake(BUTTON_PRESS, 1, 0, 0);
        self.fake(BUTTON_RELEASE, 1, 0, 0);
    }

    /// What has arrived since: the keys, and how many clicks.
    #[expect(clippy::wildcard_enum_match_arm, reason = "the server's events are an open list")]
    fn arrived(&self) -> (Vec<u32>, usize) {
        let (mut keys, mut clicks) = (Vec::new(), 0);
        while let Some(event) = self.connection.poll_for_event().unwrap() {
            match event {
                Event::KeyPress(event) => keys.push(u32::from(event.detail)),
                Event::XinputKeyPress(event) => keys.push(event.detail),
                Event::ButtonPress(_) | Event::XinputButtonPress(_) => clicks += 1,
                _ => {}
            }
        }
        (keys, clicks)
    }

    /// The windows of the screen, the lowest first.
    fn windows(&self) -> Vec<u32> {
        self.connection.query_tree(self.root).unwrap().reply().unwrap().children
    }

    fn has_colour(&self, window: u32, colour: [u8; 3]) -> bool {
        let all =
            self.connection.get_image(ImageFormat::Z_PIXMAP, window, 0, 0, 1280, 800, u32::MAX).unwrap();
        all.reply().is_ok_and(|image| image.data.chunks(4).any(|pixel| pixel.starts_with(&colour)))
    }

    fn grab_keyboard(&self) -> GrabStatus {
        let asked =
            self.connection.grab_keyboard(false, self.root, CURRENT_TIME, GrabMode::ASYNC, GrabMode::ASYNC);
        asked.unwrap().reply().unwrap().status
    }
}

fn notice() -> Notice {
    let why = "The server cannot be reached.".to_owned();
    Notice { why, ends_ns: Some(now_ns() + 7_000_000_000) }
}

/// Starts a cover; what breaks it comes over the channel.
fn start() -> Result<(Cover, Receiver<CoverError>), CoverError> {
    let (tell, told) = sync_channel(1);
    let cover = Cover::start(Look::Dark, notice(), move |error| tell.send(error).unwrap())?;
    Ok((cover, told))
}

fn nothing_reaches_a_window_that_asks(asks: Asks) {
    let (client, person) = (Program::connect(), Program::connect());
    client.window(asks);
    person.work(BEFORE);
    let (mut keys, mut clicks) = (Vec::new(), 0);
    until("a key and a click arrive", || {
        let (more_keys, more_clicks) = client.arrived();
        keys.extend(more_keys);
        clicks += more_clicks;
        (keys.as_slice(), clicks) == (&[u32::from(BEFORE)], 1)
    });

    let (cover, told) = start().unwrap();
    person.work(DURING);
    // A window that comes up over everything meanwhile, and asks for the focus, gets as little.
    client.window(asks);
    person.work(DURING);
    until("the cover is over the new window", || person.has_colour(*person.windows().last().unwrap(), PANEL));
    person.work(DURING);
    drop(cover);

    // Released by the end of a connection, which the server takes note of in its own time.
    until("a key and a click arrive again", || {
        person.work(AFTER);
        let (more_keys, more_clicks) = client.arrived();
        keys.extend(more_keys);
        clicks += more_clicks;
        keys.contains(&u32::from(AFTER)) && clicks > 1
    });
    assert!(!keys.contains(&u32::from(DURING)), "{asks:?}: {keys:?}");
    assert!(told.try_recv().is_err());
}

#[test]
fn what_is_typed_and_clicked_meanwhile_reaches_nobody() {
    on_own_screen("cover::what_is_typed_and_clicked_meanwhile_reaches_nobody", || {
        nothing_reaches_a_window_that_asks(Asks::Core);
        nothing_reaches_a_window_that_asks(Asks::Extension);
    });
}

#[test]
fn a_program_that_holds_the_keyboard_is_reason_to_refuse() {
    on_own_screen("cover::a_program_that_holds_the_keyboard_is_reason_to_refuse", || {
        let (other, looker) = (Program::connect(), Program::connect());
        assert_eq!(other.grab_keyboard(), GrabStatus::SUCCESS);
        assert!(matches!(start(), Err(CoverError::Refused)));
        until("no window is left", || looker.windows().is_empty());
        other.connection.ungrab_keyboard(CURRENT_TIME).unwrap().check().unwrap();
        let (_cover, _told) = start().unwrap();
    });
}

#[test]
fn a_program_that_lets_go_in_time_is_waited_for() {
    on_own_screen("cover::a_program_that_lets_go_in_time_is_waited_for", || {
        let (other, looker) = (Program::connect(), Program::connect());
        assert_eq!(other.grab_keyboard(), GrabStatus::SUCCESS);
        let starting = std::thread::spawn(start);
        until("it tries", || !looker.windows().is_empty());
        other.connection.ungrab_keyboard(CURRENT_TIME).unwrap().check().unwrap();
        let (_cover, _told) = starting.join().unwrap().unwrap();
    });
}

#[test]
fn a_server_that_answers_nobody_is_not_waited_for() {
    on_own_screen("cover::a_server_that_answers_nobody_is_not_waited_for", || {
        let other = Program::connect();
        other.connection.grab_server().unwrap().check().unwrap();
        assert!(matches!(start(), Err(CoverError::Late)));
        other.connection.ungrab_server().unwrap().check().unwrap();
        // What was begun too late is given up, and holds nothing.
        until("keyboard and pointer are free", || other.grab_keyboard() == GrabStatus::SUCCESS);
    });
}

#[test]
fn every_keyboard_and_pointer_is_held() {
    on_own_screen("cover::every_keyboard_and_pointer_is_held", || {
        let other = Program::connect();
        let second = HierarchyChangeDataAddMaster { send_core: true, enable: true, name: b"second".to_vec() };
        // Four units of four bytes.
        let change = HierarchyChange { len: 4, data: HierarchyChangeData::AddMaster(second) };
        other.connection.xinput_xi_change_hierarchy(&[change]).unwrap().check().unwrap();
        let masters = other.connection.xinput_xi_query_device(ALL_MASTERS).unwrap().reply().unwrap().infos;
        assert_eq!(masters.len(), 4);
        let (_cover, _told) = start().unwrap();
        for master in masters {
            let asked = other.connection.xinput_xi_grab_device(
                other.root,
                CURRENT_TIME,
                NONE,
                master.deviceid,
                GrabMode::ASYNC,
                GrabMode::ASYNC,
                GrabOwner::NO_OWNER,
                &[0],
            );
            let name = String::from_utf8_lossy(&master.name).into_owned();
            assert_eq!(asked.unwrap().reply().unwrap().status, GrabStatus::ALREADY_GRABBED, "{name}");
        }
    });
}

#[test]
fn whoever_takes_it_away_breaks_the_hold_and_it_is_told() {
    on_own_screen("cover::whoever_takes_it_away_breaks_the_hold_and_it_is_told", || {
        let other = Program::connect();
        let cover_window = || *other.windows().last().unwrap();
        let patience = std::time::Duration::from_secs(30);

        let (_cover, told) = start().unwrap();
        other.connection.unmap_window(cover_window()).unwrap().check().unwrap();
        assert!(matches!(told.recv_timeout(patience), Ok(CoverError::TakenAway)));
        until("its window is gone", || other.windows().is_empty());

        let (_cover, told) = start().unwrap();
        other.connection.destroy_window(cover_window()).unwrap().check().unwrap();
        assert!(matches!(told.recv_timeout(patience), Ok(CoverError::TakenAway)));

        let (_cover, told) = start().unwrap();
        other.connection.kill_client(cover_window()).unwrap().check().unwrap();
        assert!(matches!(told.recv_timeout(patience), Ok(CoverError::Connect(_))));
    });
}

#[test]
fn it_stands_over_every_window_but_the_sign() {
    on_own_screen("cover::it_stands_over_every_window_but_the_sign", || {
        let other = Program::connect();
        let sign = Sign::start(Look::Dark, Line::recording("alice", "db01", now_ns())).unwrap();
        let (cover, told) = start().unwrap();
        let order = |expected: &[u32]| other.windows() == expected;
        until("the sign is over the cover", || other.windows().last().copied() == sign.window());
        let cover_window = other.windows()[0];
        let late = other.window(Asks::Core);
        until("all are in their order", || order(&[late, cover_window, sign.window().unwrap()]));
        until("it has its panel", || other.has_colour(cover_window, PANEL));
        drop(cover);
        until("it is gone", || order(&[late, sign.window().unwrap()]));
        assert!(told.try_recv().is_err());
    });
}
