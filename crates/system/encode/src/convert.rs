//! BGRA to I420, BT.709 limited range, changed tiles only.
//!
//! Work is done in blocks of 64×64 on a fixed grid: chroma averages pairs of pixels both ways, and the vector
//! code's tails begin where the blocks do, so a picture converted block by block equals one converted whole.
//!
//! The conversion library takes the *length* of the slices it is given for the height: a slice must hold exactly
//! `rows * stride` bytes, also behind the last row's last pixel. Planes therefore have one row to spare, and blocks
//! of the source that have no such tail, or lie across the true edge, go through a buffer of their own.

use yuv::{
    BufferStoreMut, YuvConversionMode, YuvPlanarImageMut, YuvRange, YuvStandardMatrix, bgra_to_yuv420,
};

use crate::{EncodeError, Picture, Rect, Size};

const BLOCK: u32 = 64;
/// Rounds to the nearest luma. The library's usual mode is one off in a quarter of all colours, which darkness shows.
const MODE: YuvConversionMode = YuvConversionMode::Professional;
const BYTES_PER_PIXEL: usize = 4;
/// Least width and height the codec takes.
const LEAST: u32 = 16;
/// Planes are filled up to multiples of this, by repeating their last column and row.
const MACROBLOCK: u32 = 16;

/// Size a picture is coded in: even, as 4:2:0 asks, and at least what the codec takes.
pub(crate) fn coded_size(true_size: Size) -> Size {
    let pad = |length: u32| length.max(LEAST).next_multiple_of(2);
    Size::new(pad(true_size.width), pad(true_size.height))
}

/// The planes of one picture, kept from picture to picture so that only what changed is converted.
#[derive(Debug)]
pub(crate) struct Planes {
    pub(crate) true_size: Size,
    pub(crate) coded_size: Size,
    /// Luma, blue, red. Each is filled up to whole macroblocks.
    planes: [Plane; 3],
    block: Vec<u8>,
    pending: Vec<bool>,
    converted: Vec<(usize, usize)>,
}

/// One plane without gaps between its rows.
#[derive(Debug, Clone)]
pub(crate) struct Plane {
    bytes: Vec<u8>,
    /// Samples in a row, and bytes from row to row.
    pub(crate) stride: u32,
}

impl Plane {
    fn new(width: u32, height: u32) -> Self {
        // One row to spare: see the module's header.
        let rows = height as usize + 1;
        Self { bytes: vec![0; width as usize * rows], stride: width }
    }

    /// All rows, and the spare one.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(crate) const fn columns(&self) -> usize {
        self.stride as usize
    }

    pub(crate) fn rows(&self) -> usize {
        (self.bytes.len() / self.columns()).saturating_sub(1)
    }

    /// `N` samples from column `x` of row `y` on, which must exist.
    #[inline]
    pub(crate) fn run<const N: usize>(&self, x: usize, y: usize) -> [u8; N] {
        let start = y * self.columns() + x;
        let mut run = [0; N];
        run.copy_from_slice(&self.bytes[start..start + N]);
        run
    }

    /// Replaces `N` samples from column `x` of row `y` on, which must exist.
    #[inline]
    pub(crate) fn set_run<const N: usize>(&mut self, x: usize, y: usize, run: &[u8; N]) {
        let start = y * self.columns() + x;
        self.bytes[start..start + N].copy_from_slice(run);
    }

    /// Becomes equal to a plane of the same size, without new memory.
    pub(crate) fn copy_from(&mut self, other: &Self) {
        self.bytes.copy_from_slice(&other.bytes);
    }

    fn block(&mut self, x: u32, y: u32, rows: u32) -> Option<&mut [u8]> {
        let start = offset(self.stride as usize, y, x as usize);
        self.bytes.get_mut(start..start + rows as usize * self.stride as usize)
    }
}

impl Planes {
    pub(crate) fn new(true_size: Size) -> Self {
        let coded_size = coded_size(true_size);
        let width = coded_size.width.next_multiple_of(MACROBLOCK);
        let height = coded_size.height.next_multiple_of(MACROBLOCK);
        let blocks = width.div_ceil(BLOCK) as usize * height.div_ceil(BLOCK) as usize;
        Self {
            true_size,
            coded_size,
            planes: [
                Plane::new(width, height),
                Plane::new(width / 2, height / 2),
                Plane::new(width / 2, height / 2),
            ],
            block: Vec::new(),
            pending: vec![false; blocks],
            converted: Vec::new(),
        }
    }

    /// Luma, blue, red.
    pub(crate) const fn all(&self) -> &[Plane; 3] {
        &self.planes
    }

    pub(crate) const fn luma(&self) -> &Plane {
        &self.planes[0]
    }

    /// Column and row of the 64×64 blocks the last [`Planes::update`] converted.
    pub(crate) fn converted(&self) -> &[(usize, usize)] {
        &self.converted
    }

    /// How many such blocks there are.
    pub(crate) const fn blocks(&self) -> usize {
        self.pending.len()
    }

    /// Width and height of the luma plane.
    fn filled(&self) -> (u32, u32) {
        let height = self.coded_size.height.next_multiple_of(MACROBLOCK);
        (self.planes[0].stride, height)
    }

    /// Converts every block that `damage` touches. The picture must have the planes' true size.
    pub(crate) fn update(&mut self, picture: &Picture<'_>, damage: &[Rect]) -> Result<(), EncodeError> {
        check(picture)?;
        let (width, height) = self.filled();
        let (across, down) = (width.div_ceil(BLOCK), height.div_ceil(BLOCK));
        self.converted.clear();
        for rect in damage.iter().filter(|rect| rect.width > 0 && rect.height > 0) {
            let end = |first: u32, length: u32, blocks: u32| {
                first.saturating_add(length).div_ceil(BLOCK).min(blocks)
            };
            for row in rect.y / BLOCK..end(rect.y, rect.height, down) {
                let first = (row * across + (rect.x / BLOCK).min(across)) as usize;
                let last = (row * across + end(rect.x, rect.width, across)) as usize;
                if let Some(run) = self.pending.get_mut(first..last) {
                    run.fill(true);
                }
            }
        }
        for row in 0..down {
            for column in 0..across {
                let index = (row * across + column) as usize;
                if self.pending.get_mut(index).is_some_and(std::mem::take) {
                    self.convert_block(picture, column * BLOCK, row * BLOCK)?;
                    self.converted.push((column as usize, row as usize));
                }
            }
        }
        Ok(())
    }

    fn convert_block(&mut self, picture: &Picture<'_>, x: u32, y: u32) -> Result<(), EncodeError> {
        const NO_ROOM: EncodeError = EncodeError::BadStream("a plane has no room for a block");

        let (all_columns, all_rows) = self.filled();
        let width = (all_columns - x).min(BLOCK);
        let height = (all_rows - y).min(BLOCK);
        let (source, stride) = match whole_rows(picture, x, y, width, height) {
            Some(rows) => (rows, picture.stride),
            None => {
                copy_padded(&mut self.block, picture, x, y, width, height);
                (self.block.as_slice(), width as usize * BYTES_PER_PIXEL)
            }
        };
        let source_stride =
            u32::try_from(stride).map_err(|_| EncodeError::BadStream("a row exceeds four gibibytes"))?;
        let [luma, blue, red] = &mut self.planes;
        let mut target = YuvPlanarImageMut {
            y_stride: luma.stride,
            u_stride: blue.stride,
            v_stride: red.stride,
            y_plane: BufferStoreMut::Borrowed(luma.block(x, y, height).ok_or(NO_ROOM)?),
            u_plane: BufferStoreMut::Borrowed(blue.block(x / 2, y / 2, height / 2).ok_or(NO_ROOM)?),
            v_plane: BufferStoreMut::Borrowed(red.block(x / 2, y / 2, height / 2).ok_or(NO_ROOM)?),
            width,
            height,
        };
        bgra_to_yuv420(
            &mut target,
            source,
            source_stride,
            YuvRange::Limited,
            YuvStandardMatrix::Bt709,
            MODE,
        )?;
        Ok(())
    }
}

fn check(picture: &Picture<'_>) -> Result<(), EncodeError> {
    let Size { width, height } = picture.size;
    let row = width as usize * BYTES_PER_PIXEL;
    let fits = width > 0
        && height > 0
        && picture.stride >= row
        && picture.pixels.len() >= offset(picture.stride, height - 1, row);
    if fits {
        return Ok(());
    }
    Err(EncodeError::BadPicture { width, height, stride: picture.stride, bytes: picture.pixels.len() })
}

/// The block's rows as they lie in the picture, if it lies within the true size and has its tail.
fn whole_rows<'a>(picture: &Picture<'a>, x: u32, y: u32, width: u32, height: u32) -> Option<&'a [u8]> {
    if x + width > picture.size.width || y + height > picture.size.height {
        return None;
    }
    let start = offset(picture.stride, y, x as usize * BYTES_PER_PIXEL);
    picture.pixels.get(start..start + height as usize * picture.stride)
}

/// Copies the block without gaps, repeating the picture's last column and row beyond its true edge.
fn copy_padded(block: &mut Vec<u8>, picture: &Picture<'_>, x: u32, y: u32, width: u32, height: u32) {
    let last_column = picture.size.width - 1;
    let last_row = picture.size.height - 1;
    block.clear();
    for row in y..y + height {
        let row_start = picture.stride * row.min(last_row) as usize;
        let (mut from, mut copied) = (x.min(last_column), 0);
        while copied < width {
            // A run of true columns, then the last one again and again.
            let run = (picture.size.width - from).min(width - copied);
            let start = row_start + from as usize * BYTES_PER_PIXEL;
            block.extend_from_slice(&picture.pixels[start..start + run as usize * BYTES_PER_PIXEL]);
            copied += run;
            from = last_column;
        }
    }
}

const fn offset(stride: usize, row: u32, column_bytes: usize) -> usize {
    stride * row as usize + column_bytes
}

#[cfg(test)]
mod tests;
