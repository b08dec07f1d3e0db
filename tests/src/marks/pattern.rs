//! What a tick looks like, and reading it back from a picture. No display is needed here.

use x11rb::protocol::xproto::Rectangle;

/// Side of a place that changes; no multiple of the sizes video is coded in, so that places lie across their borders.
const CELL: u32 = 40;
/// Side of one bit of a mark.
const BIT: u32 = 16;
const BITS: u32 = 24;
/// Bits of a mark's one row.
const ROW_BITS: u32 = 12;
const MARK_SIZE: (u32, u32) = (BIT * ROW_BITS, BIT * BITS / ROW_BITS);
/// What a coded shade may differ from the drawn one; drawn ones lie further apart.
const TOLERANCE: i32 = 11;

/// Every shade of grey that is drawn: black and white for marks, the others for places.
pub const SHADES: [u8; 8] = [0, 255, 48, 78, 108, 138, 168, 198];
const FIRST_GREY: usize = 2;

/// A rectangle of one shade.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Left, top, width, height.
    pub area: (u32, u32, u32, u32),
    /// The grey it has.
    pub shade: u8,
}

impl Place {
    /// In the display protocol's numbers.
    pub fn rectangle(&self) -> Rectangle {
        let (x, y, width, height) = self.area;
        Rectangle {
            x: i16::try_from(x).unwrap_or(i16::MAX),
            y: i16::try_from(y).unwrap_or(i16::MAX),
            width: u16::try_from(width).unwrap_or(u16::MAX),
            height: u16::try_from(height).unwrap_or(u16::MAX),
        }
    }
}

/// A picture's luma, one byte a pixel, without gaps between rows.
#[derive(Clone, Copy, Debug)]
pub struct Luma<'a> {
    /// `width * height` bytes.
    pub bytes: &'a [u8],
    /// Pixels in a row.
    pub width: u32,
}

/// The state of the window after a number of ticks.
#[derive(Clone, Debug)]
pub struct Ticks {
    size: (u32, u32),
    places_a_tick: u32,
    number: u32,
    /// The shade of each cell, row by row.
    cells: Vec<u8>,
}

impl Ticks {
    /// Tick 0 of a window; every tick changes `places_a_tick` places, or all of them if there are fewer.
    pub fn new(width: u32, height: u32, places_a_tick: u32) -> Self {
        let cells = (width / CELL) * (height / CELL);
        let cells = (0..cells).map(|cell| shade_of(0, cell)).collect();
        Self { size: (width, height), places_a_tick, number: 0, cells }
    }

    /// The same tick in a window of another size.
    pub fn resized(&self, width: u32, height: u32) -> Self {
        Self { number: self.number, ..Self::new(width, height, self.places_a_tick) }
    }

    /// The tick's number.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// Goes one tick on; what it changes.
    pub fn advance(&mut self) -> Vec<Place> {
        self.number += 1;
        let mut places = Vec::new();
        for index in touched(self.number, self.places_a_tick, self.cells.len()) {
            let shade = shade_of(self.number, u32::try_from(index).unwrap_or(0));
            if let Some(cell) = self.cells.get_mut(index) {
                *cell = shade;
            }
            places.push(Place { area: self.cell_area(index), shade });
        }
        // A place drawn twice in a tick would differ by the order of drawing.
        places.retain(|place| !self.is_under_mark(place.area));
        places.extend(self.marks());
        places
    }

    /// Everything of this tick.
    pub fn all(&self) -> Vec<Place> {
        let cells = self.cells.iter().enumerate();
        let cells = cells.map(|(index, shade)| Place { area: self.cell_area(index), shade: *shade });
        cells.filter(|place| !self.is_under_mark(place.area)).chain(self.marks()).collect()
    }

    /// The tick a picture shows, by its first mark; `None` if there is none to read.
    pub fn read(&self, picture: Luma<'_>) -> Option<u32> {
        read_mark(picture, *self.mark_corners().first()?)
    }

    /// The tick a picture shows, by its last mark.
    pub fn read_last(&self, picture: Luma<'_>) -> Option<u32> {
        read_mark(picture, *self.mark_corners().last()?)
    }

    /// The last mark alone.
    pub fn last_mark(&self) -> Vec<Place> {
        self.mark_corners().last().map_or_else(Vec::new, |corner| self.mark(*corner))
    }

    /// What of a picture of the window is not as this tick has it, in words; empty if all is.
    pub fn faults(&self, picture: Luma<'_>) -> Vec<String> {
        let mut faults = Vec::new();
        for corner in self.mark_corners() {
            let read = read_mark(picture, corner);
            if read != Some(self.number) {
                faults.push(format!("the mark at {corner:?} says {read:?}"));
            }
        }
        for (index, shade) in self.cells.iter().enumerate() {
            let area = self.cell_area(index);
            if self.is_under_mark(area) {
                continue;
            }
            let seen = quarters(area).map(|quarter| mean(picture, quarter));
            if seen.iter().any(|seen| (seen - i32::from(*shade)).abs() > TOLERANCE) {
                faults.push(format!("the place {area:?} has the shades {seen:?} instead of {shade}"));
            }
        }
        faults
    }

    fn cell_area(&self, index: usize) -> (u32, u32, u32, u32) {
        let columns = (self.size.0 / CELL).max(1);
        let index = u32::try_from(index).unwrap_or(0);
        (index % columns * CELL, index / columns * CELL, CELL, CELL)
    }

    /// First, middle and last corner of the window.
    fn mark_corners(&self) -> Vec<(u32, u32)> {
        let (width, height) = self.size;
        let (mark_width, mark_height) = MARK_SIZE;
        if width < mark_width || height < 3 * mark_height {
            return Vec::new();
        }
        let (right, bottom) = (width - mark_width, height - mark_height);
        vec![(0, 0), (right / 2, bottom / 2), (right, bottom)]
    }

    fn is_under_mark(&self, (x, y, width, height): (u32, u32, u32, u32)) -> bool {
        self.mark_corners().iter().any(|(left, top)| {
            x < left + MARK_SIZE.0 && *left < x + width && y < top + MARK_SIZE.1 && *top < y + height
        })
    }

    fn marks(&self) -> Vec<Place> {
        self.mark_corners().into_iter().flat_map(|corner| self.mark(corner)).collect()
    }

    fn mark(&self, (left, top): (u32, u32)) -> Vec<Place> {
        let word = word(self.number);
        let bit = |number: u32| Place {
            area: (left + number % ROW_BITS * BIT, top + number / ROW_BITS * BIT, BIT, BIT),
            shade: if word >> number & 1 == 1 { 255 } else { 0 },
        };
        (0..BITS).map(bit).collect()
    }
}

/// Luma of a colour as BT.709 has it, over the whole range of a byte.
pub fn luma(red: u8, green: u8, blue: u8) -> u8 {
    let weighted = 2126 * u32::from(red) + 7152 * u32::from(green) + 722 * u32::from(blue);
    u8::try_from((weighted + 5000) / 10_000).unwrap_or(u8::MAX)
}

/// The cells a tick changes: all of them, or some that seem to follow no rule.
fn touched(number: u32, count: u32, cells: usize) -> Vec<usize> {
    if usize::try_from(count).is_ok_and(|count| count >= cells) {
        return (0..cells).collect();
    }
    let mut picked: Vec<usize> = (0..count)
        .map(|nth| usize::try_from(scrambled(u64::from(number) << 16 | u64::from(nth))).unwrap_or(0) % cells)
        .collect();
    picked.sort_unstable();
    picked.dedup();
    picked
}

/// A shade that differs from the one a tick before.
fn shade_of(number: u32, cell: u32) -> u8 {
    let greys = SHADES.get(FIRST_GREY..).unwrap_or(&SHADES);
    let index = usize::try_from(number.wrapping_add(cell)).unwrap_or(0) % greys.len();
    greys.get(index).copied().unwrap_or(0)
}

/// A number and its check, as the bits of a mark.
fn word(number: u32) -> u32 {
    let number = number & 0xffff;
    number << 8 | check(number)
}

fn check(number: u32) -> u32 {
    u32::try_from(scrambled(u64::from(number)) & 0xff).unwrap_or(0)
}

/// The mixing step of SplitMix64.
fn scrambled(seed: u64) -> u64 {
    let mut mixed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    (mixed ^ mixed >> 31) >> 1
}

fn read_mark(picture: Luma<'_>, (left, top): (u32, u32)) -> Option<u32> {
    let mut word = 0;
    for number in 0..BITS {
        let area = (left + number % ROW_BITS * BIT, top + number / ROW_BITS * BIT, BIT, BIT);
        if mean(picture, inner(area)) > 127 {
            word |= 1 << number;
        }
    }
    let number = word >> 8;
    (word & 0xff == check(number)).then_some(number)
}

/// Without the edge, which coding blurs.
fn inner((x, y, width, height): (u32, u32, u32, u32)) -> (u32, u32, u32, u32) {
    (x + 3, y + 3, width.saturating_sub(6).max(1), height.saturating_sub(6).max(1))
}

fn quarters(area: (u32, u32, u32, u32)) -> [(u32, u32, u32, u32); 4] {
    let (x, y, width, height) = inner(area);
    let (half_width, half_height) = (width / 2, height / 2);
    [(0, 0), (half_width, 0), (0, half_height), (half_width, half_height)]
        .map(|(right, down)| (x + right, y + down, half_width, half_height))
}

/// Mean luma of a rectangle; far from every shade where the picture does not hold it.
fn mean(picture: Luma<'_>, (x, y, width, height): (u32, u32, u32, u32)) -> i32 {
    let mut sum = 0_i32;
    for row in y..y + height {
        let start = usize::try_from(row * picture.width + x).unwrap_or(usize::MAX);
        let end = start.saturating_add(usize::try_from(width).unwrap_or(0));
        let Some(bytes) = picture.bytes.get(start..end) else { return -1000 };
        sum += bytes.iter().copied().map(i32::from).sum::<i32>();
    }
    sum / i32::try_from(width * height).unwrap_or(i32::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: (u32, u32) = (407, 303);

    fn painted(places: &[Place], on: &mut [u8]) {
        for Place { area: (x, y, width, height), shade } in places {
            for row in *y..y + height {
                let start = usize::try_from(row * SIZE.0 + x).unwrap();
                on[start..start + usize::try_from(*width).unwrap()].fill(*shade);
            }
        }
    }

    #[test]
    fn a_picture_tells_its_tick_and_no_other() {
        let mut ticks = Ticks::new(SIZE.0, SIZE.1, 5);
        let mut picture = vec![0; usize::try_from(SIZE.0 * SIZE.1).unwrap()];
        painted(&ticks.all(), &mut picture);
        for number in 1..400 {
            let before = ticks.clone();
            painted(&ticks.advance(), &mut picture);
            let luma = Luma { bytes: &picture, width: SIZE.0 };
            assert_eq!(ticks.read(luma), Some(number));
            assert_eq!(ticks.faults(luma), [""; 0]);
            assert!(before.faults(luma).len() >= 3, "{:?}", before.faults(luma));
        }
    }

    #[test]
    fn one_stale_place_is_a_fault() {
        let mut ticks = Ticks::new(SIZE.0, SIZE.1, 3);
        let mut picture = vec![0; usize::try_from(SIZE.0 * SIZE.1).unwrap()];
        painted(&ticks.all(), &mut picture);
        let mut places = ticks.advance();
        let stale = places.remove(0);
        painted(&places, &mut picture);
        let faults = ticks.faults(Luma { bytes: &picture, width: SIZE.0 });
        assert_eq!(faults.len(), 1, "{faults:?}");
        assert!(faults[0].contains(&format!("{:?}", stale.area)), "{faults:?}");
    }

    #[test]
    fn all_places_can_change_at_once() {
        let mut ticks = Ticks::new(SIZE.0, SIZE.1, u32::MAX);
        assert_eq!(ticks.advance().len(), ticks.all().len());
    }
}
