//! The sign's picture: ground, dot, words, time.

use cosmic_text::{
    Attrs, Buffer, Color, Ellipsize, EllipsizeHeightLimit, Family, FontSystem, Metrics, Shaping, SwashCache,
    Wrap,
};

use super::super::{Line, Look, Tone};

/// Sizes before scaling, in pixels: the product's text size 13 and its spacing 8 and 12.
const TEXT: f32 = 13.0;
const LINE: f32 = 18.0;
const HEIGHT: f32 = 28.0;
const DOT: f32 = 9.0;
const GAP: f32 = 8.0;
const EDGE: f32 = 12.0;

/// A picture, four bytes a pixel in the order blue, green, red, unused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Picture {
    pub(super) width: u16,
    pub(super) height: u16,
    pub(super) pixels: Vec<u8>,
}

type Rgb = [u8; 3];

/// The colours of the product (`ui/shared/src/tokens.css`), as far as the sign needs them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Colours {
    ground: Rgb,
    line: Rgb,
    text: Rgb,
    dim: Rgb,
    rec: Rgb,
    warn: (Rgb, Rgb),
    danger: (Rgb, Rgb),
}

impl Colours {
    pub(super) fn of(look: Look) -> Self {
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

    pub(super) fn ground_pixel(&self) -> u32 {
        let [red, green, blue] = self.ground;
        u32::from_be_bytes([0, red, green, blue])
    }

    /// Ground, words, time and sign of a tone.
    fn of_tone(&self, tone: Tone) -> (Rgb, Rgb, Rgb, Rgb) {
        match tone {
            Tone::Recording => (self.ground, self.text, self.dim, self.rec),
            Tone::Warning => (self.warn.0, self.warn.1, self.warn.1, self.warn.1),
            Tone::Danger => (self.danger.0, self.danger.1, self.danger.1, self.danger.1),
        }
    }
}

/// Draws lines. Holds the machine's fonts.
pub(super) struct Painter {
    colours: Colours,
    scale: f32,
    fonts: FontSystem,
    glyphs: SwashCache,
}

impl Painter {
    /// Reads the list of fonts: some 100 ms.
    pub(super) fn new(look: Look, scale: f32) -> Self {
        let fonts = FontSystem::new();
        if fonts.db().is_empty() {
            tracing::warn!("No font is installed: the recording sign has no words");
        }
        Self { colours: Colours::of(look), scale, fonts, glyphs: SwashCache::new() }
    }

    /// The line's picture, at most `max_width` pixels wide.
    pub(super) fn picture(&mut self, line: &Line, time: Option<&str>, max_width: u16) -> Picture {
        let (ground, text, dim, sign) = self.colours.of_tone(line.tone);
        let [dot, gap, edge] = [DOT, GAP, EDGE].map(|size| size * self.scale);
        let time = time.map(|time| format!("\u{b7} {time}"));
        let mut words = self.lay_out(&line.words);
        // Wide enough for every time, so that the bar keeps its width from second to second.
        let time_width = time.as_ref().map_or(0.0, |time| {
            let widest: String = time.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
            self.lay_out(&widest).width + gap / 2.0
        });
        let around = edge * 2.0 + dot + gap + time_width;
        let room = (f32::from(max_width) - around).max(0.0);
        words.fit(&mut self.fonts, room);
        let mut canvas =
            Canvas::new(around + words.width.min(room), HEIGHT * self.scale, ground, self.colours.line);
        canvas.dot(edge + dot / 2.0, dot / 2.0, sign);
        canvas.write(self, words, edge + dot + gap, text);
        if let Some(time) = time {
            let time = self.lay_out(&time);
            let left = f32::from(canvas.width) - edge - time_width + gap / 2.0;
            canvas.write(self, time, left, dim);
        }
        canvas.into_picture()
    }

    fn lay_out(&mut self, text: &str) -> Words {
        if self.fonts.db().is_empty() {
            return Words { buffer: None, width: 0.0 };
        }
        let mut buffer = Buffer::new(&mut self.fonts, Metrics::new(TEXT * self.scale, LINE * self.scale));
        buffer.set_wrap(Wrap::None);
        buffer.set_text(text, &Attrs::new().family(Family::SansSerif), Shaping::Advanced, None);
        buffer.shape_until_scroll(&mut self.fonts, false);
        let width = buffer.layout_runs().map(|run| run.line_w).fold(0.0, f32::max).ceil();
        Words { buffer: Some(buffer), width }
    }
}

/// Words that were laid out, and how wide they are.
struct Words {
    buffer: Option<Buffer>,
    width: f32,
}

impl Words {
    /// Cuts what does not fit into `room` pixels.
    fn fit(&mut self, fonts: &mut FontSystem, room: f32) {
        if self.width > room
            && let Some(buffer) = &mut self.buffer
        {
            buffer.set_ellipsize(Ellipsize::End(EllipsizeHeightLimit::Lines(1)));
            buffer.set_size(Some(room), None);
            buffer.shape_until_scroll(fonts, false);
        }
    }
}

/// What is drawn on.
struct Canvas {
    width: u16,
    height: u16,
    pixels: Vec<u8>,
}

impl Canvas {
    /// A ground with a line of one pixel around it.
    fn new(width: f32, height: f32, ground: Rgb, line: Rgb) -> Self {
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
    fn dot(&mut self, middle: f32, radius: f32, colour: Rgb) {
        for y in 0..self.height {
            for x in 0..self.width {
                let (across, down) =
                    (f32::from(x) + 0.5 - middle, f32::from(y) + 0.5 - f32::from(self.height) / 2.0);
                let inside = radius + 0.5 - across.hypot(down);
                self.blend(i32::from(x), i32::from(y), colour, inside.clamp(0.0, 1.0));
            }
        }
    }

    fn write(&mut self, painter: &mut Painter, words: Words, left: f32, colour: Rgb) {
        let Some(mut buffer) = words.buffer else { return };
        let top = to_pixels((f32::from(self.height) - LINE * painter.scale) / 2.0);
        let (left, top) = (i32::from(to_pixels(left)), i32::from(top));
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

    fn into_picture(self) -> Picture {
        Picture { width: self.width, height: self.height, pixels: self.pixels }
    }
}

impl Picture {
    /// Nothing drawn yet.
    pub(super) fn empty() -> Self {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn count(picture: &Picture, [red, green, blue]: Rgb) -> usize {
        picture.pixels.chunks(4).filter(|pixel| *pixel == [blue, green, red, 0]).count()
    }

    #[test]
    fn only_a_recording_line_has_the_red_of_recording() {
        let mut painter = Painter::new(Look::Dark, 1.0);
        let line = Line::recording("alice", "db01", 0);
        let rec = Colours::of(Look::Dark).rec;
        let picture = painter.picture(&line, Some("00:00:01"), 1000);
        assert_eq!((picture.height, picture.pixels.len()), (28, usize::from(picture.width) * 28 * 4));
        assert!(count(&picture, rec) > 30);
        for tone in [Tone::Warning, Tone::Danger] {
            assert_eq!(count(&painter.picture(&Line { tone, ..line.clone() }, None, 1000), rec), 0);
        }
    }

    #[test]
    fn the_width_stays_from_second_to_second_and_below_its_limit() {
        let mut painter = Painter::new(Look::Light, 2.0);
        let line = Line::recording("alice", "db01", 0);
        let mut width = |line: &Line, time| painter.picture(line, Some(time), 900).width;
        assert_eq!(width(&line, "00:11:11"), width(&line, "00:48:59"));
        let long = Line { words: "word ".repeat(200), ..line };
        assert_eq!(width(&long, "00:00:00"), 900);
    }
}
