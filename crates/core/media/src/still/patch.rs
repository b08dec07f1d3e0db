//! A rectangle of pixels as PNG: three bytes a pixel, eight bits each, not interlaced.

use std::io::Cursor;

use png::{BitDepth, ColorType, Compression, Decoder, Encoder, Filter, Limits, Transformations};

use super::canvas::Canvas;
use super::{Area, PIXEL, StillError};

/// Bytes of a pixel in a patch: red, green, blue.
const COLOURS: usize = 3;

/// The pixels of `area` as PNG.
pub(super) fn write(canvas: &Canvas, area: Area) -> Result<Vec<u8>, StillError> {
    let mut colours = Vec::with_capacity(usize::from(area.width) * usize::from(area.height) * COLOURS);
    for row in canvas.rows(area) {
        colours.extend(row.chunks_exact(PIXEL).flat_map(|pixel| match pixel {
            [blue, green, red, _] => [*red, *green, *blue],
            _ => [0; COLOURS],
        }));
    }
    let mut out = Vec::new();
    let mut encoder = Encoder::new(&mut out, u32::from(area.width), u32::from(area.height));
    encoder.set_color(ColorType::Rgb);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_compression(Compression::Balanced);
    // Screens are flat: what a filter gains on photographs it loses many times over on text and lines.
    encoder.set_filter(Filter::NoFilter);
    let mut writer = encoder.write_header().map_err(StillError::Compress)?;
    writer.write_image_data(&colours).map_err(StillError::Compress)?;
    writer.finish().map_err(StillError::Compress)?;
    Ok(out)
}

/// Puts a PNG into its place; one that is not exactly as large, or of another kind, is refused.
pub(super) fn read(
    png: &[u8],
    area: Area,
    canvas: &mut Canvas,
    scratch: &mut Vec<u8>,
) -> Result<(), StillError> {
    let row_len = usize::from(area.width) * COLOURS;
    let len = row_len * usize::from(area.height);
    // SECURITY: a decompressor works here on bytes of others: all it may take is bounded by the size stated before.
    let limits = Limits { bytes: len + 64 * 1024 };
    let mut decoder = Decoder::new_with_limits(Cursor::new(png), limits);
    decoder.set_transformations(Transformations::IDENTITY);
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    let mut reader = decoder.read_info().map_err(StillError::Decompress)?;
    let info = reader.info();
    let is_ours = (info.width, info.height) == (u32::from(area.width), u32::from(area.height))
        && (info.color_type, info.bit_depth, info.interlaced) == (ColorType::Rgb, BitDepth::Eight, false)
        && info.animation_control.is_none();
    if !is_ours {
        return Err(StillError::Patch);
    }
    scratch.resize(len, 0);
    reader.next_frame(scratch).map_err(StillError::Decompress)?;
    for (row, colours) in canvas.rows_mut(area).zip(scratch.chunks_exact(row_len.max(COLOURS))) {
        for (pixel, colour) in row.chunks_exact_mut(PIXEL).zip(colours.chunks_exact(COLOURS)) {
            if let ([blue, green, red, alpha], [r, g, b]) = (pixel, colour) {
                (*blue, *green, *red, *alpha) = (*b, *g, *r, u8::MAX);
            }
        }
    }
    Ok(())
}
