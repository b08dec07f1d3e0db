//! Programs that show windows.

use std::process::Child;

use chaperone_capture::{Picture, Size};
use x11rb::connection::Connection as _;
use x11rb::protocol::randr::{ConnectionExt as _, Rotation, SetConfig};
use x11rb::protocol::xproto::{
    AtomEnum, ChangeWindowAttributesAux, ConfigureWindowAux, ConnectionExt as _, CreateGCAux,
    CreateWindowAux, ImageFormat, PropMode, Rectangle, StackMode, Window, WindowClass,
};
use x11rb::protocol::xtest::ConnectionExt as _;
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;
use x11rb::{COPY_DEPTH_FROM_PARENT, COPY_FROM_PARENT, NONE};

const MOTION_NOTIFY: u8 = 6;

/// A connection that draws; every call has taken effect when it returns.
pub(crate) struct Client {
    connection: RustConnection,
    root: Window,
    process: Option<Child>,
}

impl Client {
    pub(crate) fn new(connection: RustConnection, process: Option<Child>) -> Self {
        let root = connection.setup().roots[0].root;
        let client = Self { connection, root, process };
        client.set_cursor(root, 0);
        client
    }

    /// The process the server takes the client for.
    pub(crate) fn pid(&self) -> u32 {
        self.process.as_ref().map_or_else(std::process::id, Child::id)
    }

    /// Makes a window of one colour without showing it.
    pub(crate) fn window(&self, place: [i16; 2], size: [u16; 2], colour: u32) -> Window {
        let window = self.connection.generate_id().unwrap();
        self.create(window, place, size, colour);
        window
    }

    /// Makes and shows a window under a name that was another's.
    pub(crate) fn show_as(&self, window: Window, place: [i16; 2], size: [u16; 2], colour: u32) {
        self.create(window, place, size, colour);
        self.map(window);
    }

    fn create(&self, window: Window, [x, y]: [i16; 2], [width, height]: [u16; 2], colour: u32) {
        let attributes = CreateWindowAux::new().background_pixel(colour).border_pixel(0);
        self.connection
            .create_window(
                COPY_DEPTH_FROM_PARENT,
                window,
                self.root,
                x,
                y,
                width,
                height,
                0,
                WindowClass::INPUT_OUTPUT,
                COPY_FROM_PARENT,
                &attributes,
            )
            .unwrap();
        self.done();
    }

    /// Makes a window and shows it on top of all others.
    pub(crate) fn show(&self, place: [i16; 2], size: [u16; 2], colour: u32) -> Window {
        let window = self.window(place, size, colour);
        self.map(window);
        window
    }

    pub(crate) fn map(&self, window: Window) {
        self.connection.map_window(window).unwrap();
        self.done();
    }

    pub(crate) fn unmap(&self, window: Window) {
        self.connection.unmap_window(window).unwrap();
        self.done();
    }

    pub(crate) fn destroy(&self, window: Window) {
        self.connection.destroy_window(window).unwrap();
        self.done();
    }

    /// Does all of it before any other program is served.
    pub(crate) fn hold(&self, act: impl FnOnce()) {
        self.connection.grab_server().unwrap();
        act();
        self.connection.ungrab_server().unwrap();
        self.done();
    }

    pub(crate) fn fill(&self, window: Window, [x, y]: [i16; 2], [width, height]: [u16; 2], colour: u32) {
        let context = self.connection.generate_id().unwrap();
        self.connection.create_gc(context, window, &CreateGCAux::new().foreground(colour)).unwrap();
        self.connection.poly_fill_rectangle(window, context, &[Rectangle { x, y, width, height }]).unwrap();
        self.connection.free_gc(context).unwrap();
        self.done();
    }

    pub(crate) fn place(&self, window: Window, [x, y]: [i32; 2]) {
        self.configure(window, &ConfigureWindowAux::new().x(x).y(y));
    }

    pub(crate) fn resize(&self, window: Window, [width, height]: [u32; 2]) {
        self.configure(window, &ConfigureWindowAux::new().width(width).height(height));
    }

    pub(crate) fn raise(&self, window: Window) {
        self.configure(window, &ConfigureWindowAux::new().stack_mode(StackMode::ABOVE));
    }

    /// Puts another client's window into a frame, as a window manager does.
    pub(crate) fn adopt(&self, window: Window, frame: Window, [x, y]: [i16; 2]) {
        self.connection.reparent_window(window, frame, x, y).unwrap();
        self.done();
    }

    /// Moves the pointer as a mouse would.
    pub(crate) fn point(&self, [x, y]: [i16; 2]) {
        self.connection.xtest_fake_input(MOTION_NOTIFY, 0, 0, self.root, x, y, 0).unwrap();
        self.done();
    }

    /// Gives a window a white cursor of `side` by `side` pixels, its hot spot in the upper left corner; 0 hides it.
    pub(crate) fn set_cursor(&self, window: Window, side: u16) {
        let connection = &self.connection;
        let (bits, context) = (connection.generate_id().unwrap(), connection.generate_id().unwrap());
        connection.create_pixmap(1, bits, self.root, 32, 32).unwrap();
        connection.create_gc(context, bits, &CreateGCAux::new().foreground(0)).unwrap();
        let fill = |width, height| {
            let all = Rectangle { x: 0, y: 0, width, height };
            connection.poly_fill_rectangle(bits, context, &[all]).unwrap();
        };
        fill(32, 32);
        connection.change_gc(context, &x11rb::protocol::xproto::ChangeGCAux::new().foreground(1)).unwrap();
        if side > 0 {
            fill(side, side);
        }
        let cursor = connection.generate_id().unwrap();
        let white = u16::MAX;
        connection.create_cursor(cursor, bits, bits, white, white, white, 0, 0, 0, 0, 0).unwrap();
        let change = ChangeWindowAttributesAux::new().cursor(cursor);
        connection.change_window_attributes(window, &change).unwrap();
        connection.free_pixmap(bits).unwrap();
        connection.free_gc(context).unwrap();
        self.done();
    }

    /// The same for the screen where no window has one.
    pub(crate) fn set_root_cursor(&self, side: u16) {
        self.set_cursor(self.root, side);
    }

    pub(crate) fn fill_root(&self, place: [i16; 2], size: [u16; 2], colour: u32) {
        self.fill(self.root, place, size, colour);
    }

    /// Changes the size of the X screen.
    pub(crate) fn resize_screen(&self, [width, height]: [u16; 2]) {
        let connection = &self.connection;
        let resources = connection.randr_get_screen_resources(self.root).unwrap().reply().unwrap();
        for crtc in resources.crtcs {
            let rotation = Rotation::ROTATE0;
            let time = resources.config_timestamp;
            connection
                .randr_set_crtc_config(crtc, 0, time, 0, 0, NONE, rotation, &[])
                .unwrap()
                .reply()
                .unwrap();
        }
        connection.randr_set_screen_size(self.root, width, height, 200, 200).unwrap().check().unwrap();
    }

    /// Moves content within a window, as scrolling does.
    pub(crate) fn scroll(&self, window: Window, from: [i16; 2], to: [i16; 2], [width, height]: [u16; 2]) {
        let context = self.connection.generate_id().unwrap();
        self.connection.create_gc(context, window, &CreateGCAux::new().graphics_exposures(0)).unwrap();
        let ([x, y], [to_x, to_y]) = (from, to);
        self.connection.copy_area(window, window, context, x, y, to_x, to_y, width, height).unwrap();
        self.connection.free_gc(context).unwrap();
        self.done();
    }

    /// Puts monitors of these sizes at these places, and no others; the X screen becomes the box around them, as with
    /// every tool that sets monitors up.
    pub(crate) fn lay_out(&self, monitors: &[([u16; 2], [u16; 2])]) {
        let width = monitors.iter().map(|([x, _], [width, _])| x + width).max().unwrap();
        let height = monitors.iter().map(|([_, y], [_, height])| y + height).max().unwrap();
        self.resize_screen([width, height]);
        let connection = &self.connection;
        let resources = connection.randr_get_screen_resources(self.root).unwrap().reply().unwrap();
        for (index, ([x, y], size)) in monitors.iter().enumerate() {
            let (crtc, output) = (resources.crtcs[index], resources.outputs[index]);
            let mode = resources.modes.iter().find(|mode| [mode.width, mode.height] == *size).unwrap().id;
            connection.randr_add_output_mode(output, mode).unwrap();
            let [x, y] = [*x, *y].map(|value| i16::try_from(value).unwrap());
            let (time, rotation) = (resources.config_timestamp, Rotation::ROTATE0);
            let set = connection.randr_set_crtc_config(crtc, 0, time, x, y, mode, rotation, &[output]);
            let status = set.unwrap().reply().unwrap().status;
            assert_eq!(status, SetConfig::SUCCESS, "monitor {index}");
        }
        let now = connection.randr_get_monitors(self.root, true).unwrap().reply().unwrap().monitors;
        assert_eq!(now.len(), monitors.len(), "the server has these monitors: {now:?}");
    }

    /// What is on a part of the screen now, as any screenshot program reads it.
    pub(crate) fn screenshot(&self, [x, y]: [i16; 2], [width, height]: [u16; 2]) -> Picture {
        let (format, all) = (ImageFormat::Z_PIXMAP, u32::MAX);
        let asked = self.connection.get_image(format, self.root, x, y, width, height, all).unwrap();
        let mut pixels = asked.reply().unwrap().data;
        pixels.chunks_exact_mut(4).for_each(|pixel| pixel[3] = 255);
        Picture { pixels, size: Size::new(width.into(), height.into()) }
    }

    /// Says on the root window, as the server does, whether the monitors show this desktop.
    pub(crate) fn set_monitors(&self, shown: bool) {
        let name = self.connection.intern_atom(false, b"XFree86_has_VT").unwrap().reply().unwrap().atom;
        let (mode, kind) = (PropMode::REPLACE, AtomEnum::INTEGER);
        self.connection.change_property32(mode, self.root, name, kind, &[u32::from(shown)]).unwrap();
        self.done();
    }

    fn configure(&self, window: Window, change: &ConfigureWindowAux) {
        self.connection.configure_window(window, change).unwrap();
        self.done();
    }

    fn done(&self) {
        self.connection.get_input_focus().unwrap().reply().unwrap();
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        if let Some(process) = &mut self.process {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }
}
