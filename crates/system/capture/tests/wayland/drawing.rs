//! Looking at pictures.

use chaperone_capture::{Picture, Rect, Size};

/// Whether every pixel has this colour.
pub(crate) fn is_all(picture: &Picture, colour: u32) -> bool {
    !picture.pixels.is_empty() && colours(picture).all(|shown| shown == colour)
}

/// How many pixels have this colour.
pub(crate) fn count(picture: &Picture, colour: u32) -> usize {
    colours(picture).filter(|shown| *shown == colour).count()
}

/// The one rectangle of a colour in a picture of another; `None` for any other picture.
pub(crate) fn block(picture: &Picture, on: u32, colour: u32) -> Option<Rect> {
    let inside: Vec<u32> =
        (0..).zip(colours(picture)).filter(|(_, shown)| *shown == colour).map(|(at, _)| at).collect();
    let width = picture.size.width;
    let column = |at: &u32| at % width;
    let (first, last) = (*inside.first()?, *inside.last()?);
    let (left, right) = (inside.iter().map(column).min()?, inside.iter().map(column).max()?);
    let rect =
        Rect { x: left, y: first / width, width: right - left + 1, height: (last - first) / width + 1 };
    let is_rect = u32::try_from(inside.len()) == Ok(rect.width * rect.height);
    let others = colours(picture).filter(|shown| *shown == on).count() + inside.len();
    (is_rect && others == colours(picture).count()).then_some(rect)
}

/// A picture as `grim` writes it.
pub(crate) fn from_ppm(bytes: &[u8]) -> Picture {
    let mut fields = bytes.splitn(4, |byte| byte.is_ascii_whitespace());
    let mut number = || {
        let field = std::str::from_utf8(fields.next().unwrap()).unwrap();
        field.trim_start_matches("P6").trim().parse::<u32>().unwrap_or(0)
    };
    let (_, width, height) = (number(), number(), number());
    let rest = fields.next().unwrap();
    let start = rest.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    let pixels = rest[start..].as_chunks().0.iter().flat_map(|[red, green, blue]| [*blue, *green, *red, 255]);
    Picture { pixels: pixels.collect(), size: Size::new(width, height) }
}

/// How many colours there are.
pub(crate) fn shades(picture: &Picture) -> usize {
    colours(picture).collect::<std::collections::BTreeSet<_>>().len()
}

fn colours(picture: &Picture) -> impl Iterator<Item = u32> {
    picture.pixels.as_chunks().0.iter().map(|pixel| u32::from_le_bytes(*pixel) & 0x00ff_ffff)
}
