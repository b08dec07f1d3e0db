//! A window that says in its own picture what was drawn last: each tick changes a few places, in one step towards every
//! other client, and writes the tick's number beside. Whoever has a picture of it can tell which tick it shows, and
//! whether every place shows that tick and no other.

pub mod pattern;

use std::time::{Duration, Instant};

use anyhow::Context as _;
use x11rb::connection::Connection as _;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    ConfigureWindowAux, ConnectionExt as _, CreateGCAux, CreateWindowAux, EventMask, Gcontext, ImageFormat,
    Rectangle, StackMode, WindowClass,
};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;
use x11rb::{COPY_DEPTH_FROM_PARENT, COPY_FROM_PARENT, NONE};

use self::pattern::{Place, Ticks};

/// When a tick was drawn: it cannot be seen before the first moment, and is seen from the second on.
#[derive(Clone, Copy, Debug)]
pub struct Drawn {
    /// Before the display server was asked.
    pub before: Instant,
    /// After it said it was done.
    pub after: Instant,
}

/// The window.
pub struct Marked {
    connection: RustConnection,
    root: u32,
    window: u32,
    gcs: Vec<(u8, Gcontext)>,
    size: (u16, u16),
    ticks: Ticks,
    drawn: Vec<Drawn>,
}

impl Marked {
    /// Shows the window at a place of the screen, showing tick 0. Without a frame no window manager touches it. The
    /// pointer goes to the screen's last corner, out of the way.
    ///
    /// # Errors
    /// When the display refuses.
    pub fn show(
        display: &str,
        (x, y): (i16, i16),
        size: (u16, u16),
        is_framed: bool,
        places_a_tick: u32,
    ) -> anyhow::Result<Self> {
        let (connection, screen) = x11rb::connect(Some(display)).context("connect to the display")?;
        let screen = connection.setup().roots.get(screen).context("a display without a screen")?;
        let (root, far) = (screen.root, (screen.width_in_pixels, screen.height_in_pixels));
        let window = connection.generate_id()?;
        let attributes = CreateWindowAux::new()
            .override_redirect(u32::from(!is_framed))
            .background_pixel(0)
            .event_mask(EventMask::EXPOSURE | EventMask::STRUCTURE_NOTIFY);
        let (width, height) = size;
        connection.create_window(
            COPY_DEPTH_FROM_PARENT,
            window,
            root,
            x,
            y,
            width,
            height,
            0,
            WindowClass::INPUT_OUTPUT,
            COPY_FROM_PARENT,
            &attributes,
        )?;
        let mut gcs = Vec::new();
        for shade in pattern::SHADES {
            let gc = connection.generate_id()?;
            let foreground = u32::from(shade) * 0x01_0101;
            connection.create_gc(
                gc,
                window,
                &CreateGCAux::new().foreground(foreground).graphics_exposures(0),
            )?;
            gcs.push((shade, gc));
        }
        connection.map_window(window)?;
        let corner = |side: u16| i16::try_from(side.saturating_sub(1)).unwrap_or(i16::MAX);
        connection.warp_pointer(NONE, root, 0, 0, 0, 0, corner(far.0), corner(far.1))?;
        connection.sync()?;
        let ticks = Ticks::new(u32::from(width), u32::from(height), places_a_tick);
        let mut marked = Self { connection, root, window, gcs, size, ticks, drawn: Vec::new() };
        marked.wait_exposed()?;
        let before = Instant::now();
        marked.draw_all()?;
        marked.drawn.push(Drawn { before, after: Instant::now() });
        Ok(marked)
    }

    /// The window's number.
    pub fn id(&self) -> u32 {
        self.window
    }

    /// What each tick looks like.
    pub fn ticks(&self) -> &Ticks {
        &self.ticks
    }

    /// When each tick was drawn, from tick 0 on.
    pub fn drawn(&self) -> &[Drawn] {
        &self.drawn
    }

    /// Draws the next tick; it stands on the screen when this returns.
    ///
    /// # Errors
    /// When the display is gone.
    pub fn tick(&mut self) -> anyhow::Result<()> {
        self.redraw_what_was_lost()?;
        let before = Instant::now();
        let places = self.ticks.advance();
        self.draw(&places)?;
        self.drawn.push(Drawn { before, after: Instant::now() });
        Ok(())
    }

    /// Ticks that often a second for so long.
    ///
    /// # Errors
    /// When the display is gone.
    pub fn tick_for(&mut self, length: Duration, a_second: u32) -> anyhow::Result<()> {
        let start = Instant::now();
        let mut number = 0;
        while start.elapsed() < length {
            self.tick()?;
            number += 1;
            let next = Duration::from_secs(1) * number / a_second;
            std::thread::sleep(next.saturating_sub(start.elapsed()));
        }
        Ok(())
    }

    /// Draws again what the display server lost, and follows a size that changed.
    ///
    /// # Errors
    /// When the display is gone.
    pub fn redraw_what_was_lost(&mut self) -> anyhow::Result<()> {
        let mut is_lost = false;
        while let Some(event) = self.connection.poll_for_event()? {
            if let Event::ConfigureNotify(news) = &event
                && (news.width, news.height) != self.size
            {
                self.size = (news.width, news.height);
                self.ticks = self.ticks.resized(u32::from(news.width), u32::from(news.height));
                is_lost = true;
            }
            is_lost |= matches!(event, Event::Expose(_));
        }
        if is_lost {
            self.draw_all()?;
        }
        Ok(())
    }

    /// Moves and resizes it, as its program would.
    ///
    /// # Errors
    /// When the display is gone.
    pub fn place(&mut self, (x, y): (i16, i16), (width, height): (u16, u16)) -> anyhow::Result<()> {
        let place = ConfigureWindowAux::new().x(i32::from(x)).y(i32::from(y));
        let place = place.width(u32::from(width)).height(u32::from(height));
        self.connection.configure_window(self.window, &place)?;
        self.connection.sync()?;
        self.redraw_what_was_lost()
    }

    /// Puts it above all others.
    ///
    /// # Errors
    /// When the display is gone.
    pub fn raise(&self) -> anyhow::Result<()> {
        self.connection
            .configure_window(self.window, &ConfigureWindowAux::new().stack_mode(StackMode::ABOVE))?;
        Ok(self.connection.sync()?)
    }

    /// Takes it off the screen.
    ///
    /// # Errors
    /// When the display is gone.
    pub fn hide(&self) -> anyhow::Result<()> {
        self.connection.unmap_window(self.window)?;
        Ok(self.connection.sync()?)
    }

    /// Brings it back, drawn. A window without a frame is never seen undrawn.
    ///
    /// # Errors
    /// When the display is gone.
    pub fn bring_back(&mut self) -> anyhow::Result<()> {
        let places = self.ticks.all();
        self.connection.grab_server()?;
        self.connection.map_window(self.window)?;
        self.fill(&places)?;
        self.connection.ungrab_server()?;
        self.connection.sync()?;
        self.redraw_what_was_lost()
    }

    /// Closes it.
    ///
    /// # Errors
    /// When the display is gone.
    pub fn close(&self) -> anyhow::Result<()> {
        self.connection.destroy_window(self.window)?;
        Ok(self.connection.sync()?)
    }

    /// What the screen shows of a rectangle of it, as luma; asked of the server by its oldest request.
    ///
    /// # Errors
    /// When the rectangle is not on the screen.
    pub fn screen_luma(&self, (x, y): (i16, i16), (width, height): (u16, u16)) -> anyhow::Result<Vec<u8>> {
        let image =
            self.connection.get_image(ImageFormat::Z_PIXMAP, self.root, x, y, width, height, u32::MAX)?;
        let bytes = image.reply().context("read the screen")?.data;
        Ok(bytes
            .chunks_exact(4)
            .map(|pixel| match pixel {
                [blue, green, red, _] => pattern::luma(*red, *green, *blue),
                _ => 0,
            })
            .collect())
    }

    fn draw_all(&mut self) -> anyhow::Result<()> {
        let places = self.ticks.all();
        self.draw(&places)
    }

    fn draw(&self, places: &[Place]) -> anyhow::Result<()> {
        // Nobody else is served meanwhile, so nobody can see half of a tick.
        self.connection.grab_server()?;
        self.fill(places)?;
        self.connection.ungrab_server()?;
        Ok(self.connection.sync()?)
    }

    fn fill(&self, places: &[Place]) -> anyhow::Result<()> {
        for (shade, gc) in &self.gcs {
            let rectangles: Vec<Rectangle> =
                places.iter().filter(|place| place.shade == *shade).map(Place::rectangle).collect();
            if !rectangles.is_empty() {
                self.connection.poly_fill_rectangle(self.window, *gc, &rectangles)?;
            }
        }
        Ok(())
    }

    fn wait_exposed(&mut self) -> anyhow::Result<()> {
        let connection = &self.connection;
        crate::wait::until_true("the window on the screen", Duration::from_secs(20), || {
            matches!(connection.poll_for_event(), Ok(Some(Event::Expose(_))))
        })
    }
}
