//! A recording through this encoder, as a recorder feeds it.

use std::time::Duration;

use chaperone_encode::{AccessUnit, Picture, Rect, Settings, Size, open};

use crate::clock::thread_time;
use crate::ffmpeg::{Recording, decode_luma};
use crate::likeness::{Likeness, ssim};
use crate::{Arguments, Figures, Outcome};

/// Luma of every picture of the recording; unchanged pictures are told by the number of the one they repeat.
pub(crate) struct Truth {
    pub(crate) size: Size,
    lumas: Vec<Vec<u8>>,
    shown: Vec<usize>,
}

impl Truth {
    /// Pictures of the recording.
    pub(crate) fn len(&self) -> usize {
        self.shown.len()
    }

    pub(crate) fn luma(&self, picture: usize) -> Option<&[u8]> {
        self.shown.get(picture).map(|index| self.lumas[*index].as_slice())
    }
}

pub(crate) fn measure(recording: &Recording, options: &Arguments) -> Outcome<(Figures, Truth)> {
    let size = recording.size;
    let mut encoder = open(Settings { quality: options.quality, ..Settings::default() });
    let mut truth = Truth { size, lumas: Vec::new(), shown: Vec::new() };
    let mut pictures = recording.pictures()?;
    let (mut before, mut now, mut stream) = (Vec::new(), Vec::new(), Vec::new());
    let (mut spent, mut bytes, mut keys, mut number) = (Duration::ZERO, 0, Vec::new(), 0_u32);
    while pictures.next(&mut now)?.is_some() {
        let damage = changed_tiles(&before, &now, size);
        if !damage.is_empty() {
            let at = Duration::from_secs(1) * number / recording.rate;
            let stride = size.width as usize * 4;
            let picture = Picture { pixels: &now, stride, size, damage: &damage, at };
            let began = thread_time();
            let unit = encoder.encode(&picture)?;
            let took = thread_time() - began;
            spent += took;
            if options.tells_pictures {
                println!(
                    "  {number}: {} bytes, {} us, {} tiles{}",
                    unit.data.len(),
                    took.as_micros(),
                    damage.len(),
                    if unit.is_key { ", key frame" } else { "" }
                );
            }
            bytes += unit.data.len();
            if unit.is_key {
                keys.push(unit.data.len());
            }
            add_annex_b(&mut stream, &unit);
            truth.lumas.push(luma(&now));
            std::mem::swap(&mut before, &mut now);
        }
        truth.shown.push(truth.lumas.len() - 1);
        number += 1;
    }
    if let Some(path) = &options.stream {
        std::fs::write(path, &stream)?;
    }
    let mut coded = Vec::new();
    decode_luma(stream, size, |decoded| {
        let source = truth.lumas.get(coded.len()).ok_or("more pictures come out than went in")?;
        coded.push(ssim(source, decoded, size));
        Ok(())
    })?;
    if coded.len() != truth.lumas.len() {
        return Err("not every picture comes out".into());
    }
    let shown: Vec<f64> = truth.shown.iter().map(|index| coded[*index]).collect();
    let pictures = coded.len();
    let figures =
        Figures { seconds: spent.as_secs_f64(), bytes, pictures, keys, likeness: Likeness::of(&shown) };
    Ok((figures, truth))
}

/// The 64×64 tiles in which two pictures differ; all where there is none before.
fn changed_tiles(before: &[u8], now: &[u8], size: Size) -> Vec<Rect> {
    const TILE: u32 = 64;

    let mut changed = Vec::new();
    for y in (0..size.height).step_by(TILE as usize) {
        for x in (0..size.width).step_by(TILE as usize) {
            let (width, height) = (TILE.min(size.width - x), TILE.min(size.height - y));
            let differs = before.is_empty()
                || (y..y + height).any(|row| {
                    let start = (row * size.width + x) as usize * 4;
                    let run = start..start + width as usize * 4;
                    before[run.clone()] != now[run]
                });
            if differs {
                changed.push(Rect { x, y, width, height });
            }
        }
    }
    changed
}

/// Luma of BGRA as Rec. ITU-R BT.709 has it, to the nearest step, by nobody's library.
fn luma(pixels: &[u8]) -> Vec<u8> {
    let factor = |of_ten_thousand: u64| of_ten_thousand * 219;
    let pixels = pixels.chunks_exact(4).map(|pixel| [0, 1, 2].map(|channel| u64::from(pixel[channel])));
    let sums =
        pixels.map(|[blue, green, red]| factor(722) * blue + factor(7152) * green + factor(2126) * red);
    const WHOLE: u64 = 255 * 10_000;
    sums.map(|sum| u8::try_from(16 + (sum + WHOLE / 2) / WHOLE).unwrap_or(u8::MAX)).collect()
}

fn add_annex_b(stream: &mut Vec<u8>, unit: &AccessUnit) {
    const START: [u8; 4] = [0, 0, 0, 1];
    for set in unit.parameter_sets.iter().flat_map(|sets| [&sets.sps, &sets.pps]) {
        stream.extend_from_slice(&START);
        stream.extend_from_slice(set);
    }
    let mut rest = unit.data.as_slice();
    while let Some((length, tail)) = rest.split_first_chunk() {
        let (nal, tail) = tail.split_at(u32::from_be_bytes(*length) as usize);
        stream.extend_from_slice(&START);
        stream.extend_from_slice(nal);
        rest = tail;
    }
}
