//! Streams of the encoder judged by another decoder: the system's ffmpeg.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking, in its helpers as well")]

mod stream {
    pub(crate) mod ffmpeg;
    pub(crate) mod scene;
}

use std::time::Duration;

use chaperone_encode::{AccessUnit, EncodeError, Picture, Rect, Settings, Size, VideoEncoder, open};

use stream::ffmpeg::{decode_luma, probe_frames, probe_stream};
use stream::scene::{Scene, luma_psnr};

const FRAME: Duration = Duration::from_millis(100);

/// Quantiser 26 steps by 13, which costs a picture full of texture 13² / 12 on average: 36.7 dB, and a little more
/// where rounding favours zero. A stale or misplaced part costs far more.
const FAITHFUL: f64 = 36.0;

fn whole(size: Size) -> Rect {
    Rect { x: 0, y: 0, width: size.width, height: size.height }
}

fn encode(encoder: &mut dyn VideoEncoder, scene: &Scene, damage: &[Rect], at: Duration) -> AccessUnit {
    let picture = Picture { pixels: &scene.pixels, stride: scene.stride(), size: scene.size, damage, at };
    encoder.encode(&picture).unwrap()
}

#[test]
fn every_decoded_picture_is_the_one_given() {
    let mut scene = Scene::new(Size::new(640, 400));
    let mut encoder = open(Settings::default());
    let (mut units, mut given) = (Vec::new(), Vec::new());
    for frame in 0..30_u32 {
        let damage = if frame % 5 == 4 { scene.scroll(12) } else { scene.type_letter(frame) };
        units.push(encode(encoder.as_mut(), &scene, &[damage], FRAME * frame));
        given.push(scene.clone());
    }
    let decoded = decode_luma(&units);
    assert_eq!(decoded.len(), given.len(), "every picture comes out");
    for (number, (decoded, given)) in decoded.iter().zip(&given).enumerate() {
        let psnr = luma_psnr(decoded, given);
        assert!(psnr > FAITHFUL, "picture {number} has a PSNR of {psnr:.1} dB");
    }
    let after_first: usize = units.iter().skip(1).map(|unit| unit.data.len()).sum();
    assert!(
        after_first < units[0].data.len(),
        "changes cost less than the first picture: {after_first} bytes"
    );
}

#[test]
fn damage_alone_gives_the_same_stream_as_the_whole_picture() {
    let mut scene = Scene::new(Size::new(333, 211));
    let mut by_damage = open(Settings::default());
    let mut by_whole = open(Settings::default());
    for frame in 0..20_u32 {
        let damage = if frame % 7 == 6 { scene.scroll(5) } else { scene.type_letter(frame) };
        let at = FRAME * frame;
        let sparing = encode(by_damage.as_mut(), &scene, &[damage], at);
        let thorough = encode(by_whole.as_mut(), &scene, &[whole(scene.size)], at);
        assert!(sparing == thorough, "picture {frame}");
    }
}

#[test]
fn the_stream_says_what_it_is() {
    let scene = Scene::new(Size::new(320, 240));
    let unit = encode(open(Settings::default()).as_mut(), &scene, &[], Duration::ZERO);
    let said = probe_stream(&[unit]);
    for line in [
        "codec_name=h264",
        "profile=High",
        "width=320",
        "height=240",
        "pix_fmt=yuv420p",
        "color_range=tv",
        "color_space=bt709",
        "color_transfer=bt709",
        "color_primaries=bt709",
        "has_b_frames=0",
    ] {
        assert!(said.lines().any(|said| said == line), "{line} is missing in\n{said}");
    }
}

#[test]
fn another_size_begins_a_new_sequence_in_the_same_track() {
    let sizes = [(640, 400), (333, 211), (9, 5), (1367, 767), (16, 16), (640, 400)];
    let mut encoder = open(Settings::default());
    let mut all = Vec::new();
    for (turn, (width, height)) in (0..).zip(sizes) {
        let mut scene = Scene::new(Size::new(width, height));
        let first = encode(encoder.as_mut(), &scene, &[], FRAME * (2 * turn));
        let coded = Size::new(width.max(16).next_multiple_of(2), height.max(16).next_multiple_of(2));
        assert!(first.is_key && first.parameter_sets.is_some(), "{width}x{height}");
        assert_eq!((first.true_size, first.coded_size), (scene.size, coded));
        let damage = scene.type_letter(turn);
        let second = encode(encoder.as_mut(), &scene, &[damage], FRAME * (2 * turn + 1));
        assert_eq!(second.parameter_sets, None, "{width}x{height}");

        let sequence = [first, second];
        let decoded = decode_luma(&sequence);
        assert_eq!(decoded.len(), 2);
        assert_eq!(decoded[1].size, coded);
        let psnr = luma_psnr(&decoded[1], &scene);
        assert!(psnr > FAITHFUL, "{width}x{height} has a PSNR of {psnr:.1} dB");
        all.extend(sequence);
    }
    assert_eq!(probe_frames(&all).len(), all.len(), "the whole track decodes in one go");
}

#[test]
fn key_frames_come_by_time_and_on_demand() {
    let mut scene = Scene::new(Size::new(64, 48));
    let mut encoder = open(Settings::default());
    let mut units = Vec::new();
    let mut step = |encoder: &mut dyn VideoEncoder, at: Duration| {
        let damage = scene.type_letter(u32::try_from(units.len()).unwrap());
        units.push(encode(encoder, &scene, &[damage], at));
    };
    for frame in 0..=250 {
        step(encoder.as_mut(), FRAME * frame);
    }
    // Nothing changes for a while, then something does.
    step(encoder.as_mut(), Duration::from_secs(100));
    step(encoder.as_mut(), Duration::from_secs(101));
    encoder.request_key_frame();
    step(encoder.as_mut(), Duration::from_secs(102));
    step(encoder.as_mut(), Duration::from_secs(103));
    units.push(encoder.encode_again(Duration::from_secs(104)).unwrap());

    let keys: Vec<u128> = units.iter().filter(|unit| unit.is_key).map(|unit| unit.at.as_millis()).collect();
    assert_eq!(keys, [0, 10_000, 20_000, 100_000, 102_000, 104_000]);
    assert_eq!(units.iter().filter(|unit| unit.parameter_sets.is_some()).count(), 1, "sets are given once");
    let probed = probe_frames(&units);
    let marked: Vec<bool> = units.iter().map(|unit| unit.is_key).collect();
    assert_eq!(probed, marked, "the decoder sees the same key frames");
}

#[test]
fn encoding_again_needs_a_picture_and_shows_it() {
    let mut encoder = open(Settings::default());
    assert!(matches!(encoder.encode_again(Duration::ZERO), Err(EncodeError::NoPicture)));
    let scene = Scene::new(Size::new(320, 200));
    encode(encoder.as_mut(), &scene, &[], Duration::ZERO);
    let again = encoder.encode_again(FRAME).unwrap();
    assert!(again.is_key);
    // A key frame alone is decodable once the parameter sets are known.
    let first = encode(open(Settings::default()).as_mut(), &scene, &[], Duration::ZERO);
    let alone = AccessUnit { parameter_sets: first.parameter_sets, ..again };
    let psnr = luma_psnr(&decode_luma(&[alone])[0], &scene);
    assert!(psnr > FAITHFUL, "{psnr:.1} dB");
}

#[test]
fn after_a_bad_picture_the_track_goes_on_with_a_key_frame() {
    let mut scene = Scene::new(Size::new(320, 200));
    let mut encoder = open(Settings::default());
    let first = encode(encoder.as_mut(), &scene, &[], Duration::ZERO);
    scene.scroll(40);
    let cut = Picture {
        pixels: &scene.pixels[..1000],
        stride: scene.stride(),
        size: scene.size,
        damage: &[whole(scene.size)],
        at: FRAME,
    };
    assert!(matches!(encoder.encode(&cut), Err(EncodeError::BadPicture { bytes: 1000, .. })));
    let huge = Picture { size: Size::new(5000, 5000), ..cut };
    assert!(matches!(encoder.encode(&huge), Err(EncodeError::TooLarge(_))));

    // The scroll was never read, and its damage is not told again.
    let next = encode(encoder.as_mut(), &scene, &[], FRAME * 2);
    assert!(next.is_key);
    let decoded = decode_luma(&[first, next]);
    assert!(luma_psnr(&decoded[1], &scene) > FAITHFUL);
}

#[test]
fn wide_and_high_screens_are_taken_and_what_comes_back_on_them_is_found() {
    for (width, height) in [(4096, 2160), (5120, 1440)] {
        let mut scene = Scene::new(Size::new(width, height));
        let first = scene.clone();
        let mut encoder = open(Settings::default());
        let all = whole(scene.size);
        let mut units = vec![encode(encoder.as_mut(), &scene, &[], Duration::ZERO)];
        scene.pixels.reverse();
        units.push(encode(encoder.as_mut(), &scene, &[all], FRAME * 10));
        units.push(encode(encoder.as_mut(), &first, &[all], FRAME * 20));
        let decoded = decode_luma(&units);
        for (decoded, given) in decoded.iter().zip([&first, &scene, &first]) {
            assert_eq!(decoded.size, given.size);
            assert!(luma_psnr(decoded, given) > FAITHFUL);
        }
        let (new, known) = (units[1].data.len(), units[2].data.len());
        assert!(known * 10 < new, "{known} bytes, where the page took {new}");
    }
}

/// New content over and over, as a film brings it: noise in a window of the screen.
fn play(scene: &mut Scene, frame: u32) -> Rect {
    let rect = Rect { x: 64, y: 64, width: 256, height: 192 };
    for y in rect.y..rect.y + rect.height {
        for x in rect.x..rect.x + rect.width {
            let shade = ((x * 3 + y * 5) / 8 + frame * 40) % 200 + (x * y + frame * 7) % 9;
            let start = y as usize * scene.stride() + x as usize * 4;
            scene.pixels[start..start + 3].fill(shade.to_le_bytes()[0]);
        }
    }
    rect
}

#[test]
fn a_film_and_what_follows_it_decode_as_one_track() {
    let mut scene = Scene::new(Size::new(640, 400));
    let mut encoder = open(Settings::default());
    let (mut units, mut given) = (Vec::new(), Vec::new());
    for frame in 0..75_u32 {
        let damage =
            if (10..50).contains(&frame) { play(&mut scene, frame) } else { scene.type_letter(frame) };
        units.push(encode(encoder.as_mut(), &scene, &[damage], FRAME * frame));
        given.push(scene.clone());
    }
    let keys: Vec<usize> = (0..units.len()).filter(|index| units[*index].is_key).collect();
    assert_eq!(keys, [0, 30, 59], "the codec takes over after two seconds and is left after one calm second");
    assert_eq!(units.iter().filter(|unit| unit.parameter_sets.is_some()).count(), 1, "one kind of stream");
    let decoded = decode_luma(&units);
    assert_eq!(decoded.len(), given.len());
    for (number, (decoded, given)) in decoded.iter().zip(&given).enumerate() {
        let psnr = luma_psnr(decoded, given);
        assert!(psnr > FAITHFUL, "picture {number} has a PSNR of {psnr:.1} dB");
    }
    let probed = probe_frames(&units);
    assert!(probed.iter().zip(&units).all(|(probed, unit)| *probed == unit.is_key));
}
