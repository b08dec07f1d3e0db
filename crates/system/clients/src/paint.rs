//! Drawing words on a plain ground, in the product's colours: for the recording sign and the cover window.

use cosmic_text::{
    Attrs, Buffer, Color, Ellipsize, EllipsizeHeightLimit, Family, FontSystem, Metrics, Shaping, SwashCache,
    Wrap,
};

use crate::look::Look;

/// A line's height, of the size of its letters.
const LINE: f32 = 18.0 / 13.0;

/// A picture, four bytes a pixel in the order blue, green, red, unused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Picture {
    pub(crate) width: u16,
    pub(crate) height: u16,
    pub(crate) pixels: Vec<u8>,
}

/// Red, green, blue.
pub(crate) type Rgb = [u8; 3];

/// The colours of the product (`ui/shared/src/tokens.css`), as far as they are needed here.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Colours {
    pub(crate) ground: Rgb,
    pub(crate) line: Rgb,
    pub(crate) text: Rgb,
    pub(crate) dim: Rgb,
    pub(crate) rec: Rgb,
    /// Ground and words.
    pub(crate) warn: (Rgb, Rgb),
    /// Ground and words.
    pub(crate) danger: (Rgb, Rgb),
}

impl Colours {
    pub(crate) fn of(look: Look) -> Self {
        match look {
            Look::Light => Self {
                ground: [0xff, 0xff, 0xff],
                line: [0x77, 0x85, 0x85],
                text: [0x13, 0x20, 0x1f],
                dim: [0x4d, 0x5c, 0x5b],
                rec: [0xd0, 0x12, 0x1f],
                warn: ([0xfb, 0xf1, 0xdc], [0x80, 0x53, 0x00]),
                danger: ([0xfa, 0xea, 0xf0], [0x8f, 0x1d, 0x46]),
            },
            Look::Dark => Self {
                ground: [0x1b, 0x25, 0x25],
                line: [0x6f, 0x81, 0x80],
                text: [0xe4, 0xec, 0xeb],
                dim: [0x9b, 0xb0, 0xae],
                rec: [0xff, 0x5a, 0x57],
                warn: ([0x2b, 0x22, 0x0f], [0xe2, 0xb4, 0x57]),
                danger: ([0x2e, 0x15, 0x20], [0xf2, 0x9a, 0xb3]),
            },
        }
    }

    pub(crate) fn ground_pixel(&self) -> u32 {
        let [red, green, blue] = self.ground;
        u32::from_be_bytes([0, red, green, blue])
    }
}

/// Lays words out. Holds the machine's fonts.
pub(crate) struct Painter {
    pub(crate) colours: Colours,
    /// How much larger than 96 dots an inch everything is drawn.
    pub(crate) scale: f32,
    fonts: FontSystem,
    glyphs: SwashCache,
}

impl Painter {
    /// Reads the list of fonts: some 100 ms.
    pub(crate) fn new(look: Look, scale: f32) -> Self {
        let fonts = FontSystem::new();
        if fonts.db().is_empty() {
            tracing::warn!("No font is installed: nothing drawn here has words");
        }
        Self { colours: Colours::of(look), scale, fonts, glyphs: SwashCache::new() }
    }

    /// One line of words in letters of `size` pixels before scaling.
    pub(crate) fn lay_out(&mut self, text: &str, size: f32) -> Words {
        let height = (size * LINE * self.scale).round();
        if self.fonts.db().is_empty() {
            return Words { buffer: None, width: 0.0, height };
        }
        let mut buffer = Buffer::new(&mut self.fonts, Metrics::new(size * self.scale, height));
        buffer.set_wrap(Wrap::None);
        buffer.set_text(text, &Attrs::new().family(Family::SansSerif), Shaping::Advanced, None);
        buffer.shape_until_scroll(&mut self.fonts, false);
        let width = buffer.layout_runs().map(|run| run.line_w).fold(0.0, f32::max).ceil();
        Words { buffer: Some(buffer), width, height }
    }

    /// Cuts what does not fit into `room` pixels.
    pub(crate) fn fit(&mut self, words: &mut Words, room: f32) {
        if words.width > room
            && let Some(buffer) = &mut words.buffer
        {
            buffer.set_ellipsize(Ellipsize::End(EllipsizeHeightLimit::Lines(1)));
            buffer.set_size(Some(room), None);
            buffer.shape_until_scroll(&mut self.fonts, false);
            words.width = room;
        }
    }
}

/// One line that was laid out, and the room it takes in pixels.
pub(crate) struct Words {
    buffer: Option<Buffer>,
    pub(crate) width: f32,
    pub(crate) height: f32,
}

/// What is drawn on.
pub(crate) struct Canvas {
    pub(crate) width: u16,
    pub(crate) height: u16,
    pixels: Vec<u8>,
}

impl Canvas {
    /// A ground with a line of one pixel around it.
    pub(crate) fn new(width: f32, height: f32, ground: Rgb, line: Rgb) -> Self {
        let (width, height) = (to_pixels(width), to_pixels(height));
        let mut canvas = Self { width, height, pixels: Vec::new() };
        for y in 0..height {
            for x in 0..width {
                let is_edge =
                    x == 0 || y == 0 || x.saturating_add(1) == width || y.saturating_add(1) == height;
                let [red, green, blue] = if is_edge { line } else { ground };
                canvas.pixels.extend_from_slice(&[blue, green, red, 0]);
            }
        }
        canvas
    }

    /// A round dot at half height, its rim smoothed.
    pub(crate) fn dot(&mut self, middle: f32, radius: f32, colour: Rgb) {
        for y in 0..self.height {
            for x in 0..self.width {
                let (across, down) =
                    (f32::from(x) + 0.5 - middle, f32::from(y) + 0.5 - f32::from(self.height) / 2.0);
                let inside = radius + 0.5 - across.hypot(down);
                self.blend(i32::from(x), i32::from(y), colour, inside.clamp(0.0, 1.0));
            }
        }
    }

    /// Writes a line with its upper left corner there.
    pub(crate) fn write(
        &mut self,
        painter: &mut Painter,
        words: Words,
        (left, top): (f32, f32),
        colour: Rgb,
    ) {
        let Some(mut buffer) = words.buffer else { return };
        let (left, top) = (i32::from(to_pixels(left)), i32::from(to_pixels(top)));
        let [red, green, blue] = colour;
        buffer.draw(
            &mut painter.fonts,
            &mut painter.glyphs,
            Color::rgb(red, green, blue),
            |x, y, width, height, drawn| {
                let colour = [drawn.r(), drawn.g(), drawn.b()];
                for down in 0..height.cast_signed() {
                    for across in 0..width.cast_signed() {
                        self.blend(
                            left.saturating_add(x).saturating_add(across),
                            top.saturating_add(y).saturating_add(down),
                            colour,
                            f32::from(drawn.a()) / 255.0,
                        );
                    }
                }
            },
        );
    }

    fn blend(&mut self, x: i32, y: i32, colour: Rgb, cover: f32) {
        let (Ok(x), Ok(y)) = (usize::try_from(x), usize::try_from(y)) else { return };
        let width = usize::from(self.width);
        if x >= width || cover <= 0.0 {
            return;
        }
        let at = y.saturating_mul(width).saturating_add(x).saturating_mul(4);
        let Some(pixel) = self.pixels.get_mut(at..at.saturating_add(3)) else { return };
        for (below, above) in pixel.iter_mut().zip(colour.into_iter().rev()) {
            *below = to_byte(f32::from(*below) + (f32::from(above) - f32::from(*below)) * cover);
        }
    }

    /// What was drawn.
    pub(crate) fn into_picture(self) -> Picture {
        Picture { width: self.width, height: self.height, pixels: self.pixels }
    }
}

impl Picture {
    /// Nothing drawn yet.
    pub(crate) fn empty() -> Self {
        Self { width: 0, height: 0, pixels: Vec::new() }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the value is brought into range before"
)]
fn to_pixels(size: f32) -> u16 {
    size.round().clamp(0.0, f32::from(u16::MAX)) as u16
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the value is brought into range before"
)]
fn to_byte(value: f32) -> u8 {
    value.round().clamp(0.0, 255.0) as u8
}
