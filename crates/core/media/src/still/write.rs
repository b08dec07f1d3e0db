//! From pictures to stills.

use super::area::Tiles;
use super::canvas::Canvas;
use super::payload::{self, MAX_PATCHES, Still};
use super::{Area, PIXEL, StillError, WHOLE_EVERY, patch};
use crate::ticks::Ticks;
use crate::{MediaSegment, PictureSize};

/// What is on the screen.
#[derive(Clone, Copy, Debug)]
pub struct StillPicture<'a> {
    /// At least `size.height` rows of `stride` bytes, the last of which may end after its last pixel; four bytes a pixel:
    /// blue, green, red, and one that is ignored.
    pub pixels: &'a [u8],
    /// Bytes from one row to the next.
    pub stride: usize,
    pub size: PictureSize,
    /// What changed since the picture before; everything else is not looked at. For the first picture, and one of another
    /// size, all of it.
    pub damage: &'a [Area],
    /// When it was on the screen, from the start of the session.
    pub time: Ticks,
}

/// Makes stills of whatever was shown last before each is closed. Holds one picture.
#[derive(Debug, Default)]
pub struct StillWriter {
    screen: Option<Screen>,
    /// When the last still was shown.
    last: Option<Ticks>,
    /// When the last whole one was, unless the next has to be one.
    whole_since: Option<Ticks>,
}

#[derive(Debug)]
struct Screen {
    canvas: Canvas,
    changed: Tiles,
    /// When what it shows was on the screen, if no still shows it yet.
    since: Option<Ticks>,
}

impl StillWriter {
    /// A writer that has seen nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes what is on the screen now. Nothing is compressed before [`StillWriter::close`].
    ///
    /// # Errors
    /// It has no size a still can have, or too few bytes. Nothing is changed then.
    pub fn push(&mut self, picture: &StillPicture<'_>) -> Result<(), StillError> {
        payload::check_size(picture.size)?;
        let row = usize::from(picture.size.width) * PIXEL;
        let rows = usize::from(picture.size.height);
        if picture.stride < row || picture.pixels.len() < picture.stride * (rows - 1) + row {
            return Err(StillError::TooFewBytes);
        }
        let whole = [Area::whole(picture.size)];
        let is_new = self.screen.as_ref().is_none_or(|screen| screen.canvas.size != picture.size);
        let damage = if is_new { &whole } else { picture.damage };
        if is_new {
            self.whole_since = None;
        }
        let fresh =
            || Screen { canvas: Canvas::new(picture.size), changed: Tiles::none(picture.size), since: None };
        let screen = self.screen.take().filter(|_| !is_new).unwrap_or_else(fresh);
        self.screen.insert(screen).take(picture, damage);
        Ok(())
    }

    /// The still that ends at `end`; nothing where nothing was pushed since the one before.
    ///
    /// # Errors
    /// It cannot be compressed, or is longer than a segment. The next one is whole then.
    pub fn close(&mut self, end: Ticks) -> Result<Option<MediaSegment>, StillError> {
        let Some(screen) = &mut self.screen else { return Ok(None) };
        let Some(shown) = screen.since.take() else { return Ok(None) };
        let time = self.last.map_or(shown, |last| shown.max(last + 1));
        let whole_since = self.whole_since.take().filter(|since| time < since.saturating_add(WHOLE_EVERY));
        let written = screen.write(time, whole_since.is_none()).inspect_err(|_| screen.since = Some(shown));
        let written = written?;
        screen.changed.clear();
        self.whole_since = Some(whole_since.unwrap_or(time));
        self.last = Some(time);
        Ok(Some(MediaSegment {
            payload: written,
            start: time,
            end: end.max(time + 1),
            samples: 1,
            starts_with_key: whole_since.is_none(),
        }))
    }

    /// Makes the next still a whole one: after a gap.
    pub fn restart(&mut self) {
        self.whole_since = None;
    }
}

impl Screen {
    fn take(&mut self, picture: &StillPicture<'_>, damage: &[Area]) {
        for area in damage.iter().filter_map(|area| area.within(picture.size)) {
            let start = usize::from(area.x) * PIXEL;
            let columns = start..start + usize::from(area.width) * PIXEL;
            let rows = picture.pixels.chunks(picture.stride).skip(usize::from(area.y));
            for (to, from) in self.canvas.rows_mut(area).zip(rows) {
                if let Some(from) = from.get(columns.clone()) {
                    to.copy_from_slice(from);
                }
            }
            self.changed.mark(area);
        }
        self.since = Some(picture.time);
    }

    fn write(&self, time: Ticks, whole: bool) -> Result<Vec<u8>, StillError> {
        let size = self.canvas.size;
        let mut areas = if whole { vec![Area::whole(size)] } else { self.changed.areas() };
        // A picture taken for a change that touched nothing stands as one tile.
        if areas.is_empty() {
            areas.extend(Area { x: 0, y: 0, width: 1, height: 1 }.within(size));
        }
        if areas.len() > MAX_PATCHES {
            areas = vec![around(&areas)];
        }
        let pngs: Vec<Vec<u8>> =
            areas.iter().map(|area| patch::write(&self.canvas, *area)).collect::<Result<_, _>>()?;
        let patches = areas.into_iter().zip(pngs.iter().map(Vec::as_slice)).collect();
        Still { time, size, whole, patches }.write()
    }
}

/// The smallest rectangle that holds them all.
fn around(areas: &[Area]) -> Area {
    let (mut left, mut top, mut right, mut bottom) = (u16::MAX, u16::MAX, 0, 0);
    for area in areas {
        left = left.min(area.x);
        top = top.min(area.y);
        right = right.max(area.x + area.width);
        bottom = bottom.max(area.y + area.height);
    }
    Area { x: left, y: top, width: right.saturating_sub(left), height: bottom.saturating_sub(top) }
}
