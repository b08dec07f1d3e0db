use std::time::Duration;

use super::*;

/// A picture in which every pixel differs from its neighbours.
fn noise(size: Size, stride: usize, seed: u32) -> Vec<u8> {
    let mut state = seed.wrapping_mul(2_654_435_761).max(1);
    (0..stride * size.height as usize)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            state.to_le_bytes()[1]
        })
        .collect()
}

fn picture(pixels: &[u8], stride: usize, size: Size) -> Picture<'_> {
    Picture { pixels, stride, size, damage: &[], at: Duration::ZERO }
}

/// The whole picture in one call, padded by hand first: what block by block has to equal.
fn converted_whole(pixels: &[u8], stride: usize, size: Size) -> [Vec<u8>; 3] {
    let coded = coded_size(size);
    let filled = Size::new(coded.width.next_multiple_of(16), coded.height.next_multiple_of(16));
    let (width, height) = (filled.width as usize, filled.height as usize);
    let mut padded = Vec::new();
    for row in 0..height {
        for column in 0..width {
            let row = row.min(size.height as usize - 1);
            let column = column.min(size.width as usize - 1);
            padded.extend_from_slice(&pixels[row * stride + column * 4..][..4]);
        }
    }
    let mut planes = [vec![0; width * height], vec![0; width * height / 4], vec![0; width * height / 4]];
    let [y, u, v] = &mut planes;
    let mut target = YuvPlanarImageMut {
        y_plane: BufferStoreMut::Borrowed(y),
        y_stride: filled.width,
        u_plane: BufferStoreMut::Borrowed(u),
        u_stride: filled.width / 2,
        v_plane: BufferStoreMut::Borrowed(v),
        v_stride: filled.width / 2,
        width: filled.width,
        height: filled.height,
    };
    bgra_to_yuv420(&mut target, &padded, filled.width * 4, YuvRange::Limited, YuvStandardMatrix::Bt709, MODE)
        .unwrap();
    planes
}

fn assert_equal(planes: &Planes, whole: &[Vec<u8>; 3], what: &str) {
    for ((name, plane), expected) in ["luma", "blue", "red"].into_iter().zip(planes.all()).zip(whole) {
        assert!(plane.bytes()[..expected.len()] == expected[..], "{name} differs: {what}");
    }
}

#[test]
fn blocks_equal_the_whole_picture_byte_for_byte() {
    for (width, height) in
        [(1, 1), (16, 16), (15, 17), (64, 64), (65, 63), (128, 130), (333, 211), (1366, 768), (1367, 767)]
    {
        let size = Size::new(width, height);
        for spare in [0, 4, 60] {
            let stride = width as usize * 4 + spare;
            let pixels = noise(size, stride, width + height);
            let mut planes = Planes::new(size);
            let whole = Rect { x: 0, y: 0, width, height };
            planes.update(&picture(&pixels, stride, size), &[whole]).unwrap();
            let expected = converted_whole(&pixels, stride, size);
            assert_equal(&planes, &expected, &format!("{width}x{height}, {spare} bytes between rows"));
        }
    }
}

/// Half a step and what a sum of rounded factors adds. Darkness shows errors of a whole one.
const NEAREST: f64 = 0.502;

#[test]
fn every_colour_becomes_the_nearest_luma() {
    let size = Size::new(256, 64);
    // Grey in the first row of each block, then every mixture in steps.
    let colour = |x: u32, y: u32| if y < 2 { [x, x, x] } else { [x, y * 4, (x * 7 + y * 13) % 256] };
    let pixels: Vec<u8> = (0..64)
        .flat_map(|y| (0..256).flat_map(move |x| colour(x, y).into_iter().chain([255])))
        .map(|value| u8::try_from(value).unwrap())
        .collect();
    let mut planes = Planes::new(size);
    planes.update(&picture(&pixels, 256 * 4, size), &[Rect { x: 0, y: 0, width: 256, height: 64 }]).unwrap();
    let luma = planes.all()[0].bytes();
    for (index, pixel) in pixels.chunks_exact(4).enumerate() {
        let [blue, green, red] = [0, 1, 2].map(|channel| f64::from(pixel[channel]));
        // Rec. ITU-R BT.709, table 3, items 3.2 and 3.4, for 8 bits.
        let exact = 16.0 + (0.2126 * red + 0.7152 * green + 0.0722 * blue) * 219.0 / 255.0;
        let found = f64::from(luma[index]);
        assert!((found - exact).abs() <= NEAREST, "{pixel:?} became {found}, not {exact}");
    }
}

#[test]
fn damaged_rectangles_bring_the_planes_up_to_date() {
    let size = Size::new(301, 187);
    let stride = 301 * 4;
    let mut pixels = noise(size, stride, 1);
    let mut planes = Planes::new(size);
    planes.update(&picture(&pixels, stride, size), &[Rect { x: 0, y: 0, width: 301, height: 187 }]).unwrap();
    for (turn, rect) in [
        Rect { x: 3, y: 5, width: 1, height: 1 },
        Rect { x: 63, y: 63, width: 2, height: 2 },
        Rect { x: 299, y: 185, width: 2, height: 2 },
        Rect { x: 0, y: 130, width: 301, height: 9 },
    ]
    .into_iter()
    .enumerate()
    {
        let other = noise(size, stride, 100 + u32::try_from(turn).unwrap());
        for row in rect.y..rect.y + rect.height {
            let start = row as usize * stride + rect.x as usize * 4;
            let bytes = rect.width as usize * 4;
            pixels[start..start + bytes].copy_from_slice(&other[start..start + bytes]);
        }
        planes.update(&picture(&pixels, stride, size), &[rect]).unwrap();
        assert_equal(&planes, &converted_whole(&pixels, stride, size), &format!("{rect:?}"));
    }
}

#[test]
fn undamaged_blocks_are_left_alone() {
    let size = Size::new(256, 128);
    let stride = 256 * 4;
    let before = noise(size, stride, 7);
    let after = noise(size, stride, 8);
    let mut planes = Planes::new(size);
    planes.update(&picture(&before, stride, size), &[Rect { x: 0, y: 0, width: 256, height: 128 }]).unwrap();
    planes.update(&picture(&after, stride, size), &[Rect { x: 64, y: 64, width: 64, height: 64 }]).unwrap();
    let mut mixed = before;
    for row in 64..128 {
        let start = row * stride + 64 * 4;
        mixed[start..start + 256].copy_from_slice(&after[start..start + 256]);
    }
    assert_equal(&planes, &converted_whole(&mixed, stride, size), "one block changed");
}

#[test]
fn damage_outside_the_picture_is_ignored() {
    let size = Size::new(70, 70);
    let pixels = noise(size, 280, 3);
    let mut planes = Planes::new(size);
    let outside = [
        Rect { x: 500, y: 0, width: 5, height: 5 },
        Rect { x: 0, y: 500, width: 5, height: 5 },
        Rect { x: u32::MAX, y: u32::MAX, width: u32::MAX, height: u32::MAX },
        Rect { x: 1, y: 1, width: 0, height: 9 },
    ];
    planes.update(&picture(&pixels, 280, size), &outside).unwrap();
    assert!(planes.luma().bytes().iter().all(|byte| *byte == 0));
}

#[test]
fn white_and_black_use_the_limited_range() {
    for (value, luma) in [(255, 235), (0, 16)] {
        let size = Size::new(64, 64);
        let pixels = vec![value; 64 * 64 * 4];
        let mut planes = Planes::new(size);
        planes.update(&picture(&pixels, 256, size), &[Rect { x: 0, y: 0, width: 64, height: 64 }]).unwrap();
        assert!(planes.luma().bytes()[..64 * 64].iter().all(|byte| *byte == luma));
        assert!(planes.all()[1].bytes()[..32 * 32].iter().all(|byte| *byte == 128));
        assert!(planes.all()[2].bytes()[..32 * 32].iter().all(|byte| *byte == 128));
    }
}

#[test]
fn a_buffer_too_small_for_its_size_is_refused() {
    let check = |bytes: usize, stride: usize, size: Size| {
        let pixels = vec![0; bytes];
        Planes::new(size).update(&picture(&pixels, stride, size), &[]).is_ok()
    };
    assert!(check(20 * 80, 80, Size::new(20, 20)));
    assert!(check(19 * 100 + 80, 100, Size::new(20, 20)), "the last row may end after its last pixel");
    assert!(!check(20 * 80 - 1, 80, Size::new(20, 20)));
    assert!(!check(20 * 80, 79, Size::new(20, 20)));
    assert!(!check(20 * 80, 80, Size::new(0, 20)));
    assert!(!check(20 * 80, 80, Size::new(20, 0)));
}
