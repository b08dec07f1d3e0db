//! Windows or monitors as one picture: each in its place, in order, hiding what is beneath.
//!
//! For back ends that hold the pixels of each in memory. Windows are taken as opaque.

use crate::Size;
use crate::area::Area;
use crate::canvas::{Canvas, Pixels};

/// One window or monitor, as it was read last.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Layer<'a> {
    /// Tells it from others that may take its place.
    pub(crate) id: u64,
    /// What of the screen it covers.
    pub(crate) area: Area,
    /// Its pixels from the area's corner on; they may reach less far or farther. `None` if it was never read.
    pub(crate) pixels: Option<Pixels<'a>>,
    /// What of it may differ from what was painted last, in places of the screen.
    pub(crate) changed: &'a [Area],
}

/// What was painted last.
#[derive(Debug, Default)]
pub(crate) struct Layers {
    canvas_area: Area,
    painted: Vec<Placed>,
}

#[derive(Debug, PartialEq, Eq)]
struct Placed {
    id: u64,
    area: Area,
    /// How far its pixels reach in it.
    reach: Area,
}

impl Layers {
    /// Brings the canvas up to date, whose place on the screen is `canvas_area`. The lowest layer comes first. What is
    /// changed is enough where every layer lies as it did; else all is painted, and what no pixels cover is black.
    pub(crate) fn paint(&mut self, canvas: &mut Canvas, canvas_area: Area, layers: &[Layer<'_>]) {
        let size = Size::new(canvas_area.width(), canvas_area.height());
        let place = |layer: &Layer<'_>| Placed { id: layer.id, area: layer.area, reach: layer.reach() };
        let placed: Vec<Placed> = layers.iter().map(place).collect();
        let is_anew = canvas.size() != size || self.canvas_area != canvas_area || self.painted != placed;
        if canvas.size() != size {
            canvas.reset(size);
        }
        let above = |index: usize| placed.iter().skip(index + 1).map(|placed| placed.area);
        let mut covered = Vec::new();
        for (index, (layer, Placed { reach, .. })) in layers.iter().zip(&placed).enumerate() {
            let seen = reach.common(canvas_area);
            let parts = if is_anew { std::slice::from_ref(&seen) } else { layer.changed };
            for part in parts.iter().flat_map(|part| part.common(seen).without(above(index))) {
                if let (Some(rect), Some(pixels)) = (part.in_picture_of(canvas_area), layer.part(part)) {
                    canvas.paint(rect.x, rect.y, pixels);
                    covered.push(part);
                }
            }
        }
        if is_anew {
            for part in canvas_area.without(covered) {
                if let Some(rect) = part.in_picture_of(canvas_area) {
                    canvas.blacken(rect);
                }
            }
        }
        self.canvas_area = canvas_area;
        self.painted = placed;
    }
}

impl<'a> Layer<'a> {
    /// What of its area there are pixels for.
    fn reach(&self) -> Area {
        let size = self.pixels.map_or(Size::default(), Pixels::size);
        Area::new(self.area.left, self.area.top, size.width, size.height).common(self.area)
    }

    /// The pixels of a part of what they reach.
    fn part(&self, part: Area) -> Option<Pixels<'a>> {
        self.pixels?.part(part.in_picture_of(self.area)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIDTH: u32 = 8;
    const SCREEN: Area = Area { left: -2, top: -1, right: 6, bottom: 5 };

    /// A window of one colour.
    struct Window {
        area: Area,
        bytes: Vec<u8>,
        width: u32,
        changed: Vec<Area>,
    }

    impl Window {
        fn new([left, top]: [i32; 2], [width, height]: [u32; 2], shade: u8) -> Self {
            let bytes = [shade, shade, shade, 0].repeat((width * height) as usize);
            Self { area: Area::new(left, top, width, height), bytes, width, changed: Vec::new() }
        }

        fn layer(&self) -> Layer<'_> {
            let pixels = Some(Pixels::packed(&self.bytes, self.width));
            Layer { id: u64::from(self.bytes[0]), area: self.area, pixels, changed: &self.changed }
        }
    }

    fn check(canvas: &Canvas, rows: [&str; 6]) {
        let shown = canvas.bytes().chunks_exact(4).map(|pixel| char::from(b'0' + pixel[0]));
        let shown: Vec<char> = shown.collect();
        let shown: Vec<String> = shown.chunks(WIDTH as usize).map(|row| row.iter().collect()).collect();
        assert_eq!(shown, rows);
    }

    #[test]
    fn each_lies_in_its_place_over_what_is_beneath() {
        let (low, high) = (Window::new([-2, -1], [4, 3], 1), Window::new([0, 0], [9, 2], 2));
        let (mut canvas, mut layers) = (Canvas::default(), Layers::default());
        layers.paint(&mut canvas, SCREEN, &[low.layer(), high.layer()]);
        check(&canvas, ["11110000", "11222222", "11222222", "00000000", "00000000", "00000000"]);
        layers.paint(&mut canvas, SCREEN, &[high.layer(), low.layer()]);
        check(&canvas, ["11110000", "11112222", "11112222", "00000000", "00000000", "00000000"]);
        layers.paint(&mut canvas, SCREEN, &[high.layer()]);
        check(&canvas, ["00000000", "00222222", "00222222", "00000000", "00000000", "00000000"]);
    }

    #[test]
    fn one_that_takes_anothers_place_is_painted() {
        let (one, other) = (Window::new([0, 0], [2, 2], 1), Window::new([0, 0], [2, 2], 2));
        let (mut canvas, mut layers) = (Canvas::default(), Layers::default());
        layers.paint(&mut canvas, SCREEN, &[one.layer(), other.layer()]);
        check(&canvas, ["00000000", "00220000", "00220000", "00000000", "00000000", "00000000"]);
        layers.paint(&mut canvas, SCREEN, &[other.layer(), one.layer()]);
        check(&canvas, ["00000000", "00110000", "00110000", "00000000", "00000000", "00000000"]);
    }

    #[test]
    fn only_what_changed_is_painted_where_nothing_moved() {
        let (mut low, high) = (Window::new([-2, -1], [4, 3], 1), Window::new([0, 0], [9, 2], 2));
        let (mut canvas, mut layers) = (Canvas::default(), Layers::default());
        layers.paint(&mut canvas, SCREEN, &[low.layer(), high.layer()]);
        low.bytes[4..].fill(3);
        low.changed = vec![Area::new(-1, -1, 9, 2)];
        layers.paint(&mut canvas, SCREEN, &[low.layer(), high.layer()]);
        check(&canvas, ["13330000", "13222222", "11222222", "00000000", "00000000", "00000000"]);
    }

    #[test]
    fn pixels_that_are_missing_are_black_and_too_many_are_left_away() {
        let (mut canvas, mut layers) = (Canvas::default(), Layers::default());
        let mut window = Window::new([0, 0], [2, 2], 1);
        window.area = Area::new(0, 0, 3, 3);
        layers.paint(&mut canvas, SCREEN, &[window.layer()]);
        check(&canvas, ["00000000", "00110000", "00110000", "00000000", "00000000", "00000000"]);
        window.area = Area::new(0, 0, 1, 3);
        layers.paint(&mut canvas, SCREEN, &[window.layer()]);
        check(&canvas, ["00000000", "00100000", "00100000", "00000000", "00000000", "00000000"]);
        let unread = Layer { pixels: None, ..window.layer() };
        layers.paint(&mut canvas, SCREEN, &[unread]);
        assert!(canvas.is_black());
    }
}
