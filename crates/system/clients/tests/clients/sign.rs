//! The recording sign on a screen of its own.

use chaperone_clients::now_ns;
use chaperone_clients::sign::{Clock, Line, Look, Sign, Tone};
use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{
    ConfigureWindowAux, ConnectionExt as _, CreateWindowAux, ImageFormat, MapState, StackMode, WindowClass,
};
use x11rb::protocol::xtest::ConnectionExt as _;
use x11rb::rust_connection::RustConnection;

use crate::support::{on_own_screen, until};

/// The red of recording in the dark look, as the screen gives it: blue, green, red.
const REC: [u8; 3] = [0x57, 0x5a, 0xff];

struct Screen {
    connection: RustConnection,
    root: u32,
}

impl Screen {
    fn connect() -> Self {
        let (connection, number) = x11rb::connect(None).unwrap();
        let root = connection.setup().roots.get(number).unwrap().root;
        Self { connection, root }
    }

    fn top_most(&self) -> Option<u32> {
        self.connection.query_tree(self.root).unwrap().reply().unwrap().children.last().copied()
    }

    fn place_of(&self, window: u32) -> (i16, i16, u16, u16) {
        let place = self.connection.get_geometry(window).unwrap().reply().unwrap();
        (place.x, place.y, place.width, place.height)
    }

    fn has_colour(&self, window: u32, colour: [u8; 3]) -> bool {
        let (_, _, width, height) = self.place_of(window);
        let wanted =
            self.connection.get_image(ImageFormat::Z_PIXMAP, window, 0, 0, width, height, u32::MAX).unwrap();
        wanted.reply().is_ok_and(|image| image.data.chunks(4).any(|pixel| pixel.starts_with(&colour)))
    }

    /// A window over everything, as a hostile or careless program would have it.
    fn cover(&self) -> u32 {
        let window = self.connection.generate_id().unwrap();
        let attributes = CreateWindowAux::new().override_redirect(1).background_pixel(0);
        let kind = WindowClass::INPUT_OUTPUT;
        self.connection
            .create_window(24, window, self.root, 0, 0, 1280, 800, 0, kind, 0, &attributes)
            .unwrap();
        self.connection.map_window(window).unwrap();
        let above = ConfigureWindowAux::new().stack_mode(StackMode::ABOVE);
        self.connection.configure_window(window, &above).unwrap().check().unwrap();
        window
    }

    fn pointer(&self, kind: u8, detail: u8, x: i16, y: i16) {
        self.connection.xtest_fake_input(kind, detail, 0, self.root, x, y, 0).unwrap().check().unwrap();
    }
}

fn recording() -> Line {
    Line::recording("alice", "db01", now_ns())
}

#[test]
fn it_stands_on_top_with_the_red_dot_and_goes_with_its_handle() {
    on_own_screen("sign::it_stands_on_top_with_the_red_dot_and_goes_with_its_handle", || {
        let screen = Screen::connect();
        let sign = Sign::start(Look::Dark, recording()).unwrap();
        let window = sign.window().unwrap();
        let attributes = screen.connection.get_window_attributes(window).unwrap().reply().unwrap();
        assert_eq!((attributes.map_state, attributes.override_redirect), (MapState::VIEWABLE, true));
        until("it is drawn", || screen.has_colour(window, REC));
        let (x, y, width, height) = screen.place_of(window);
        assert!(
            y == 0 && height == 28 && width > 150 && (i32::from(x) + i32::from(width) / 2 - 640).abs() <= 1
        );

        sign.show(Line {
            tone: Tone::Danger,
            words: "Server lost".into(),
            clock: Clock::Until(now_ns() + 9_000_000_000),
        });
        until("the red of recording is gone", || !screen.has_colour(window, REC));
        drop(sign);
        // The server takes note of the connection's end in its own time.
        until("it is gone", || screen.top_most().is_none());
    });
}

#[test]
fn whoever_covers_unmaps_or_destroys_it_gets_it_back() {
    on_own_screen("sign::whoever_covers_unmaps_or_destroys_it_gets_it_back", || {
        let screen = Screen::connect();
        let sign = Sign::start(Look::Dark, recording()).unwrap();
        let window = sign.window().unwrap();
        screen.cover();
        until("it is on top again", || screen.top_most() == Some(window));
        screen.connection.unmap_window(window).unwrap().check().unwrap();
        until("it is mapped again", || {
            let attributes = screen.connection.get_window_attributes(window).unwrap().reply().unwrap();
            attributes.map_state == MapState::VIEWABLE
        });
        screen.connection.destroy_window(window).unwrap().check().unwrap();
        until("it is made anew", || {
            sign.window().is_some_and(|id| id != window && screen.top_most() == Some(id))
        });
        until("it is drawn", || screen.has_colour(sign.window().unwrap(), REC));
    });
}

#[test]
fn it_follows_the_pointer_and_stays_on_the_screen() {
    on_own_screen("sign::it_follows_the_pointer_and_stays_on_the_screen", || {
        let screen = Screen::connect();
        let sign = Sign::start(Look::Light, recording()).unwrap();
        let window = sign.window().unwrap();
        until("it has its width", || screen.place_of(window).2 > 150);
        let (x, y, width, height) = screen.place_of(window);
        let (press, release, motion) = (4, 5, 6);
        screen.pointer(motion, 0, x + 20, y + 10);
        screen.pointer(press, 1, 0, 0);
        screen.pointer(motion, 0, x + 120, y + 310);
        until("it has moved", || screen.place_of(window) == (x + 100, y + 300, width, height));
        screen.pointer(motion, 0, 1279, 799);
        let corner =
            (1280 - i16::try_from(width).unwrap(), 800 - i16::try_from(height).unwrap(), width, height);
        until("it is in the corner", || screen.place_of(window) == corner);
        screen.pointer(release, 1, 0, 0);
    });
}
