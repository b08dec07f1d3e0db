//! The cover's words on their panel: that input is held, why, and what comes.

use crate::paint::{Canvas, Painter, Picture};

/// Sizes before scaling, in pixels.
const HEADING: f32 = 24.0;
const TEXT: f32 = 15.0;
const GAP: f32 = 8.0;
const EDGE: f32 = 32.0;
/// The panel does not shrink below it, so that it keeps its width from second to second.
const LEAST_WIDTH: f32 = 480.0;

/// The panel with `why` and `countdown`, at most `max_width` pixels wide.
pub(super) fn picture(painter: &mut Painter, why: &str, countdown: &str, max_width: u16) -> Picture {
    let [gap, edge, least] = [GAP, EDGE, LEAST_WIDTH].map(|size| size * painter.scale);
    let colours = painter.colours;
    let (ground, strong) = colours.danger;
    let lines = [
        ("Input is held", HEADING, strong),
        (why, TEXT, colours.text),
        ("What you type and click goes nowhere.", TEXT, colours.dim),
        (countdown, TEXT, strong),
    ];
    let most = f32::from(max_width);
    let lines = lines.map(|(text, size, colour)| {
        let mut words = painter.lay_out(text, size);
        painter.fit(&mut words, (most - edge * 2.0).max(0.0));
        (words, colour)
    });
    let widest = lines.iter().map(|(words, _)| words.width).fold(0.0, f32::max);
    let height: f32 = lines.iter().map(|(words, _)| words.height + gap).sum();
    let width = (widest + edge * 2.0).max(least).min(most);
    let mut canvas = Canvas::new(width, height - gap + edge * 2.0, ground, strong);
    let mut top = edge;
    for (words, colour) in lines {
        let height = words.height;
        canvas.write(painter, words, (edge, top), colour);
        top += height + gap;
    }
    canvas.into_picture()
}
