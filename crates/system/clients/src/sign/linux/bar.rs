//! The sign's picture: ground, dot, words, time.

use super::super::{Line, Tone};
use crate::paint::{Canvas, Colours, Painter, Picture, Rgb};

/// Sizes before scaling, in pixels: the product's text size 13 and its spacing 8 and 12.
const TEXT: f32 = 13.0;
const HEIGHT: f32 = 28.0;
const DOT: f32 = 9.0;
const GAP: f32 = 8.0;
const EDGE: f32 = 12.0;

/// The line's picture, at most `max_width` pixels wide.
pub(super) fn picture(painter: &mut Painter, line: &Line, time: Option<&str>, max_width: u16) -> Picture {
    let (ground, text, dim, sign) = of_tone(&painter.colours, line.tone);
    let [dot, gap, edge] = [DOT, GAP, EDGE].map(|size| size * painter.scale);
    let time = time.map(|time| format!("\u{b7} {time}"));
    let mut words = painter.lay_out(&line.words, TEXT);
    // Wide enough for every time, so that the bar keeps its width from second to second.
    let time_width = time.as_ref().map_or(0.0, |time| {
        let widest: String = time.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
        painter.lay_out(&widest, TEXT).width + gap / 2.0
    });
    let around = edge * 2.0 + dot + gap + time_width;
    painter.fit(&mut words, (f32::from(max_width) - around).max(0.0));
    let height = HEIGHT * painter.scale;
    let mut canvas = Canvas::new(around + words.width, height, ground, painter.colours.line);
    let top = (f32::from(canvas.height) - words.height) / 2.0;
    canvas.dot(edge + dot / 2.0, dot / 2.0, sign);
    canvas.write(painter, words, (edge + dot + gap, top), text);
    if let Some(time) = time {
        let time = painter.lay_out(&time, TEXT);
        let left = f32::from(canvas.width) - edge - time_width + gap / 2.0;
        canvas.write(painter, time, (left, top), dim);
    }
    canvas.into_picture()
}

/// Ground, words, time and sign of a tone.
fn of_tone(colours: &Colours, tone: Tone) -> (Rgb, Rgb, Rgb, Rgb) {
    match tone {
        Tone::Recording => (colours.ground, colours.text, colours.dim, colours.rec),
        Tone::Warning => (colours.warn.0, colours.warn.1, colours.warn.1, colours.warn.1),
        Tone::Danger => (colours.danger.0, colours.danger.1, colours.danger.1, colours.danger.1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::look::Look;

    fn count(picture: &Picture, [red, green, blue]: Rgb) -> usize {
        picture.pixels.chunks(4).filter(|pixel| *pixel == [blue, green, red, 0]).count()
    }

    #[test]
    fn only_a_recording_line_has_the_red_of_recording() {
        let mut painter = Painter::new(Look::Dark, 1.0);
        let line = Line::recording("alice", "db01", 0);
        let rec = Colours::of(Look::Dark).rec;
        let drawn = picture(&mut painter, &line, Some("00:00:01"), 1000);
        assert_eq!((drawn.height, drawn.pixels.len()), (28, usize::from(drawn.width) * 28 * 4));
        assert!(count(&drawn, rec) > 30);
        for tone in [Tone::Warning, Tone::Danger] {
            assert_eq!(count(&picture(&mut painter, &Line { tone, ..line.clone() }, None, 1000), rec), 0);
        }
    }

    #[test]
    fn the_width_stays_from_second_to_second_and_below_its_limit() {
        let mut painter = Painter::new(Look::Light, 2.0);
        let line = Line::recording("alice", "db01", 0);
        let mut width = |line: &Line, time| picture(&mut painter, line, Some(time), 900).width;
        assert_eq!(width(&line, "00:11:11"), width(&line, "00:48:59"));
        let long = Line { words: "word ".repeat(200), ..line };
        assert_eq!(width(&long, "00:00:00"), 900);
    }
}
