//! Whatever is shown, stills give it back without loss.

use chaperone_media::{
    Area, PictureSize, StillError, StillPicture, StillReader, StillWriter, Ticks, WHOLE_EVERY,
};
use proptest::prelude::*;

use crate::film::SECOND;

/// A screen of `size` whose pixels are as good as random.
fn screen(size: PictureSize, seed: u64) -> Vec<u8> {
    let mut state = seed | 1;
    let count = usize::from(size.width) * usize::from(size.height);
    let mut colour = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    (0..count).flat_map(|_| [colour(), colour(), colour(), 255]).collect()
}

fn push(writer: &mut StillWriter, pixels: &[u8], size: PictureSize, damage: &[Area], time: Ticks) {
    let stride = usize::from(size.width) * 4;
    writer.push(&StillPicture { pixels, stride, size, damage, time }).expect("a picture");
}

const SIZE: PictureSize = PictureSize { width: 130, height: 70 };

/// The payload of one whole still.
fn one() -> (Vec<u8>, Vec<u8>) {
    let pixels = screen(SIZE, 7);
    let mut writer = StillWriter::new();
    push(&mut writer, &pixels, SIZE, &[], 5);
    (pixels, writer.close(SECOND).expect("compressed").expect("a still").payload)
}

/// What happens in a second: nothing, a change of a rectangle, another size.
#[derive(Clone, Debug)]
enum Step {
    Nothing,
    Change(Area, u64),
    Resize(u16, u16),
}

fn steps() -> impl Strategy<Value = Vec<(Step, bool)>> {
    let area = (0..150_u16, 0..90_u16, 1..150_u16, 1..90_u16).prop_map(|(x, y, width, height)| Area {
        x,
        y,
        width,
        height,
    });
    let step = prop_oneof![
        1 => Just(Step::Nothing),
        6 => (area, any::<u64>()).prop_map(|(area, seed)| Step::Change(area, seed)),
        1 => (1..150_u16, 1..90_u16).prop_map(|(width, height)| Step::Resize(width, height)),
    ];
    prop::collection::vec((step, prop::bool::weighted(0.1)), 1..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn every_still_shows_the_screen_of_its_time_or_says_that_it_cannot(steps in steps()) {
        let (mut size, mut pixels) = (SIZE, screen(SIZE, 3));
        let (mut writer, mut reader) = (StillWriter::new(), StillReader::new());
        let mut whole = false;
        for (second, (step, lost)) in (0..).zip(steps) {
            let time = second * SECOND + 17;
            match step {
                Step::Nothing => {}
                Step::Change(area, seed) => {
                    let other = screen(size, seed);
                    for y in area.y..(area.y + area.height).min(size.height) {
                        for x in area.x..(area.x + area.width).min(size.width) {
                            let at = 4 * (usize::from(y) * usize::from(size.width) + usize::from(x));
                            pixels[at..at + 4].copy_from_slice(&other[at..at + 4]);
                        }
                    }
                    push(&mut writer, &pixels, size, &[area], time);
                }
                Step::Resize(width, height) => {
                    size = PictureSize { width, height };
                    pixels = screen(size, second + 9);
                    push(&mut writer, &pixels, size, &[], time);
                }
            }
            let Some(still) = writer.close((second + 1) * SECOND).expect("compressed") else { continue };
            prop_assert_eq!((still.start, still.end), (time, (second + 1) * SECOND));
            if lost {
                reader.lost();
                whole = false;
                continue;
            }
            whole |= still.starts_with_key;
            match reader.read(&still.payload) {
                Ok(shown) => {
                    prop_assert!(whole);
                    prop_assert_eq!((shown.time, shown.size), (time, size));
                    prop_assert!(shown.pixels == pixels, "the picture at {second} s is another");
                }
                Err(error) => prop_assert!(!whole && matches!(error, StillError::Depends), "{error}"),
            }
        }
    }

    #[test]
    fn changed_bytes_are_refused_or_harmless(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in any::<Option<prop::sample::Index>>(),
    ) {
        let (_, mut bytes) = one();
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        if let Ok(shown) = StillReader::new().read(&bytes) {
            prop_assert_eq!(shown.pixels.len(), usize::from(shown.size.width) * usize::from(shown.size.height) * 4);
        }
    }
}

#[test]
fn a_whole_still_comes_first_after_a_gap_and_twice_a_minute() {
    let mut writer = StillWriter::new();
    let mut pixels = screen(SIZE, 1);
    let corner = [Area { x: 0, y: 0, width: 1, height: 1 }];
    let mut whole = Vec::new();
    for second in 0..70 {
        if second == 40 {
            writer.restart();
        }
        pixels[0] ^= 1;
        push(&mut writer, &pixels, SIZE, &corner, second * SECOND);
        let still = writer.close((second + 1) * SECOND).expect("compressed").expect("a still");
        if still.starts_with_key {
            whole.push(second);
        } else {
            assert!(still.payload.len() < 64 * 64 * 4 + 200, "a change of one tile costs one tile");
        }
    }
    assert_eq!(whole, [0, WHOLE_EVERY / SECOND, 40]);
}

#[test]
fn only_the_last_picture_of_a_second_is_kept_and_nothing_where_nothing_came() {
    let mut writer = StillWriter::new();
    assert!(writer.close(SECOND).expect("nothing to do").is_none());
    let pictures = [screen(SIZE, 1), screen(SIZE, 2)];
    for (time, pixels) in (0..).zip(&pictures) {
        push(&mut writer, pixels, SIZE, &[Area::whole(SIZE)], time);
    }
    let still = writer.close(SECOND).expect("compressed").expect("a still");
    let mut reader = StillReader::new();
    assert!(reader.read(&still.payload).expect("a still").pixels == pictures[1]);
    assert!(writer.close(2 * SECOND).expect("nothing to do").is_none());
    assert!(matches!(reader.read(&still.payload), Err(StillError::TimeNotRising)));
}

#[test]
fn a_picture_no_still_can_hold_is_refused() {
    let check = |pixels: &[u8], stride, width, height| {
        let size = PictureSize { width, height };
        StillWriter::new().push(&StillPicture { pixels, stride, size, damage: &[], time: 0 })
    };
    assert!(matches!(check(&[], 0, 0, 5), Err(StillError::Size(_))));
    assert!(matches!(check(&[], 0, 5000, 5000), Err(StillError::Size(_))));
    assert!(matches!(check(&[0; 15], 8, 2, 2), Err(StillError::TooFewBytes)));
    assert!(matches!(check(&[0; 16], 7, 2, 2), Err(StillError::TooFewBytes)));
    assert!(check(&[0; 16], 8, 2, 2).is_ok());
}

#[test]
fn every_cut_and_every_larger_claim_is_refused() {
    let (pixels, bytes) = one();
    for cut in 0..bytes.len() {
        assert!(StillReader::new().read(&bytes[..cut]).is_err(), "cut at {cut}");
    }
    assert!(StillReader::new().read(&[&bytes[..], &[0]].concat()).is_err());
    // A part that is larger than its place, and a size beyond all screens: refused before anything is allocated.
    for (at, value) in [(16, 0x0100_u16), (16, u16::MAX), (18, u16::MAX), (22, 0), (22, 2), (28, 64)] {
        let mut wrong = bytes.clone();
        wrong[at..at + 2].copy_from_slice(&value.to_be_bytes());
        assert!(StillReader::new().read(&wrong).is_err(), "{value} at {at}");
    }
    assert!(StillReader::new().read(&bytes).expect("a still").pixels == pixels);
}
