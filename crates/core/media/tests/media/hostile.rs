//! Payloads made to break the reader.

use chaperone_media::{Content, JoinError, Joiner, Payload, Piece};
use proptest::prelude::*;

use crate::film::{SECOND, baseline, record};

fn payload() -> Vec<u8> {
    let stored = record(&[(&baseline(), 0)], SECOND);
    stored[0].payload.clone().expect("a payload")
}

fn add(number: u64, payload: &[u8], joiner: &mut Joiner) -> Result<(), JoinError> {
    joiner.add(&Piece {
        number,
        start: number * SECOND,
        end: (number + 1) * SECOND,
        content: Content::Media(payload),
    })
}

#[test]
fn every_cut_is_refused() {
    let bytes = payload();
    for cut in 0..bytes.len() {
        assert!(Payload::read(&bytes[..cut]).is_err(), "cut at {cut}");
    }
}

#[test]
fn bytes_after_the_media_data_are_refused() {
    let bytes = payload();
    for more in [&[0][..], &[0; 8], b"\0\0\0\x08free", &bytes] {
        assert!(Payload::read(&[&bytes, more].concat()).is_err());
    }
}

#[test]
fn every_box_size_and_count_set_to_an_extreme_is_refused() {
    let bytes = payload();
    let moof = bytes.windows(4).position(|kind| kind == b"moof").expect("moof") - 4;
    let data = bytes.windows(4).position(|kind| kind == b"mdat").expect("mdat") + 4;
    for at in moof..data {
        for value in [0_u32, 1, 7, 0x7fff_ffff, 0x8000_0000, u32::MAX] {
            let mut wrong = bytes.clone();
            let Some(field) = wrong.get_mut(at..at + 4) else { continue };
            field.copy_from_slice(&value.to_be_bytes());
            let mut joiner = Joiner::new();
            // Sequence number, start time and durations are free; nothing may panic, and sizes stay true.
            if let Ok(read) = Payload::read(&wrong) {
                let sizes: usize = read.fragment.samples.iter().map(|s| s.size as usize).sum();
                assert_eq!(sizes, read.fragment.data.len());
            }
            if add(0, &wrong, &mut joiner).is_ok() {
                let ending = chaperone_media::Ending { end: 0, segments: u64::MAX, created: u64::MAX };
                if let Ok(plan) = joiner.finish(&ending) {
                    assert!(plan.duration > 0);
                }
            }
        }
    }
}

#[test]
fn order_and_time_must_rise() {
    let bytes = payload();
    let mut joiner = Joiner::new();
    assert_eq!(add(3, &bytes, &mut joiner), Ok(()));
    assert_eq!(add(3, &bytes, &mut joiner), Err(JoinError::Order { number: 3 }));
    assert_eq!(add(4, &bytes, &mut joiner), Err(JoinError::TimeNotRising { number: 4 }));
}

#[test]
fn pictures_of_a_format_that_nothing_stated_are_shown_from_a_key_picture_that_says_it() {
    let stored = record(&[(&baseline(), 0)], 2 * SECOND);
    let second = stored[1].payload.as_deref().expect("a payload");
    let mut joiner = Joiner::new();
    add(1, second, &mut joiner).expect("a segment");
    let ending = chaperone_media::Ending { end: 2 * SECOND, segments: 2, created: 0 };
    assert_eq!(joiner.finish(&ending).expect("a plan").samples, 10);

    // The same without a set that says a size.
    let set = baseline().format.sps().to_vec();
    let at = second.windows(set.len()).position(|bytes| bytes == set).expect("its parameter set");
    let mut without = second.to_vec();
    without[at + 4..at + set.len()].fill(0);
    assert_eq!(add(1, &without, &mut Joiner::new()), Err(JoinError::NoFormat { number: 1 }));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn changed_bytes_never_panic(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        cut in any::<Option<prop::sample::Index>>(),
    ) {
        let mut bytes = payload();
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        if let Ok(read) = Payload::read(&bytes) {
            prop_assert!(read.fragment.data.end <= bytes.len());
        }
    }

    #[test]
    fn noise_is_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(Payload::read(&bytes).is_err());
    }
}
