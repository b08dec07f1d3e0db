//! Any recording joins into a file whose samples are the recorded bytes at the recorded times.

use std::ops::Range;

use chaperone_media::{
    AccessUnit, Content, Ending, JoinError, Joiner, NoPicture, Payload, PictureSize, Piece, SegmentWriter,
    Ticks, VideoFormat,
};
use mp4_atom::{Atom, Codec, Decode, DecodeAtom, Header, Moov};
use proptest::prelude::*;

use crate::film::{SECOND, Stored, assemble};

/// A made-up recording: what is recorded, second for second.
#[derive(Clone, Debug)]
struct Script {
    /// Pictures of each second: offset within it, length, key, format.
    seconds: Vec<Vec<(Ticks, usize, bool, u16)>>,
    lost: Vec<bool>,
}

fn scripts() -> impl Strategy<Value = Script> {
    let picture = (0..SECOND, 1..300_usize, any::<bool>(), 0..3_u16);
    let second = prop::collection::vec(picture, 0..6);
    let seconds = prop::collection::vec(second, 1..12);
    (seconds, prop::collection::vec(prop::bool::weighted(0.15), 12))
        .prop_map(|(seconds, lost)| Script { seconds, lost })
}

fn format(index: u16) -> VideoFormat {
    let size = PictureSize { width: 64 + 2 * index, height: 48 };
    VideoFormat::new(size, size, &[0x67, 0x42, 0xc0, 0x0a, 0xd9], &[0x68, 0xcb, 0x83, 0xcb])
        .expect("a format")
}

/// A NAL unit of `len` bytes after its first that a reader takes for a picture.
fn picture(len: usize, key: bool, seed: u64) -> Vec<u8> {
    let mut unit = vec![if key { 0x65 } else { 0x41 }];
    unit.extend((0..len as u64).map(|n| (n.wrapping_mul(31).wrapping_add(seed * 7) % 251) as u8));
    chaperone_media::avcc_from_nals([unit.as_slice()]).expect("a unit")
}

/// What was put in, in order: time, bytes as they stand in the segment, key.
type Put = (Ticks, Vec<u8>, bool, u64);

fn recorded(script: &Script) -> (Vec<Stored>, Vec<Put>) {
    let mut writer = SegmentWriter::new();
    let (mut stored, mut put): (Vec<Stored>, Vec<Put>) = (Vec::new(), Vec::new());
    let mut current = None;
    let mut start = 0;
    for (index, second) in script.seconds.iter().enumerate() {
        let mut pictures = second.clone();
        pictures.sort_unstable_by_key(|picture| picture.0);
        pictures.dedup_by_key(|picture| picture.0);
        for (offset, len, key, wanted) in pictures {
            let time = index as Ticks * SECOND + offset;
            let key = key || current.is_none();
            if key {
                current = Some(wanted);
            }
            let format = format(current.expect("a format"));
            let data = picture(len, key, time);
            let unit = AccessUnit { data: &data, time, key };
            if let Some(closed) = writer.push(&unit, &format).expect("a picture") {
                let number = stored.len() as u64;
                stored.push(Stored { number, span: start..time, payload: Some(closed.payload) });
                start = time;
            }
            let mut bytes = Vec::new();
            if key {
                bytes = chaperone_media::avcc_from_nals([format.sps(), format.pps()]).expect("units");
            }
            bytes.extend_from_slice(&data);
            put.push((time, bytes, key, stored.len() as u64));
        }
        let end = (index as Ticks + 1) * SECOND;
        let number = stored.len() as u64;
        let payload = writer.close(end).map(|segment| segment.payload);
        stored.push(Stored { number, span: start..end, payload });
        start = end;
    }
    (stored, put)
}

/// The samples of a joined file as another reader finds them: time, bytes range, key, width.
fn read_joined(file: &[u8]) -> Vec<(Ticks, Range<usize>, bool, u16)> {
    let mut rest = file;
    let ftyp = Header::decode(&mut rest).expect("ftyp");
    rest = &rest[ftyp.size.expect("a size")..];
    let header = Header::decode(&mut rest).expect("moov");
    assert_eq!(header.kind, Moov::KIND);
    let moov = Moov::decode_atom(&header, &mut rest).expect("moov");
    let stbl = &moov.trak[0].mdia.minf.stbl;
    let durations = stbl.stts.entries.iter();
    let mut durations =
        durations.flat_map(|run| std::iter::repeat_n(run.sample_delta, run.sample_count as usize));
    let sizes = match &stbl.stsz.samples {
        mp4_atom::StszSamples::Different { sizes } => sizes.clone(),
        mp4_atom::StszSamples::Identical { .. } => panic!("sizes are always listed"),
    };
    let keys = &stbl.stss.as_ref().expect("stss").entries;
    let offsets = &stbl.stco.as_ref().expect("stco").entries;
    let (mut samples, mut time) = (Vec::new(), 0);
    let mut sizes = sizes.into_iter();
    for (chunk, offset) in (1_u32..).zip(offsets) {
        let run = stbl.stsc.entries.iter().rev().find(|run| run.first_chunk <= chunk);
        let run = run.expect("a run");
        let entry = &stbl.stsd.codecs[run.sample_description_index as usize - 1];
        let Codec::Avc1(entry) = entry else { panic!("not avc1") };
        let mut at = *offset as usize;
        for _ in 0..run.samples_per_chunk {
            let size = sizes.next().expect("a size") as usize;
            let key = keys.contains(&(samples.len() as u32 + 1));
            samples.push((time, at..at + size, key, entry.visual.width));
            time += Ticks::from(durations.next().expect("a duration"));
            at += size;
        }
    }
    assert!(sizes.next().is_none() && durations.next().is_none());
    assert_eq!(time, moov.trak[0].mdia.mdhd.duration);
    samples
}

proptest! {
    #[test]
    fn joined_samples_are_the_recorded_bytes_at_the_recorded_times(script in scripts()) {
        let (mut stored, put) = recorded(&script);
        let segments = stored.len() as u64;
        stored.retain(|segment| !script.lost.get(segment.number as usize).copied().unwrap_or(false));
        // What can be decoded: from the start or after a loss, nothing before the next key picture.
        let mut whole = false;
        let mut next = 0;
        let mut expected = Vec::new();
        let mut left_out = 0;
        for segment in &stored {
            whole &= segment.number == next;
            next = segment.number + 1;
            for put in put.iter().filter(|put| put.3 == segment.number) {
                whole |= put.2;
                if whole { expected.push(put) } else { left_out += 1 }
            }
        }

        let end = script.seconds.len() as Ticks * SECOND;
        let mut joiner = Joiner::new();
        let added = stored.iter().try_for_each(|segment| joiner.add(&segment.piece()));
        // The segment that states the first format may be lost, and these parameter sets say no size.
        if let Err(error) = added {
            let named_missing = matches!(error, JoinError::NoFormat { .. });
            prop_assert!(named_missing, "{error}");
            return Ok(());
        }
        let plan = match joiner.finish(&Ending { end, segments, created: 0 }) {
            Err(NoPicture { gaps }) => {
                prop_assert!(expected.is_empty());
                let missing: u64 = gaps.iter().map(|gap| gap.missing.end - gap.missing.start).sum();
                prop_assert_eq!(missing, segments - stored.len() as u64);
                return Ok(());
            }
            Ok(plan) => plan,
        };
        let file = assemble(&plan, &stored);
        let found = read_joined(&file);
        prop_assert_eq!(found.len(), expected.len());
        for (index, (found, expected)) in found.iter().zip(&expected).enumerate() {
            let time = if index == 0 { 0 } else { expected.0 };
            prop_assert_eq!(found.0, time);
            prop_assert_eq!(&file[found.1.clone()], expected.1.as_slice());
            prop_assert_eq!(found.2, expected.2);
        }
        prop_assert_eq!(plan.duration, end);
        prop_assert_eq!(plan.gaps.iter().map(|gap| gap.left_out).sum::<usize>(), left_out);
        let missing: u64 = plan.gaps.iter().map(|gap| gap.missing.end - gap.missing.start).sum();
        prop_assert_eq!(missing, segments - stored.len() as u64);

        // Every second leads to the picture shown then, and to the segment that holds it.
        prop_assert_eq!(plan.seconds.len(), script.seconds.len());
        for (second, mark) in plan.seconds.iter().enumerate() {
            let at = second as Ticks * SECOND;
            let shown = found.iter().rposition(|sample| sample.0 <= at).expect("a picture");
            prop_assert_eq!(mark.offset, found[shown].1.start as u64);
            prop_assert_eq!(mark.segment, expected[shown].3);
            prop_assert_eq!(mark.end, found[shown].1.end as u64);
            let key = found[..=shown].iter().rfind(|sample| sample.2).expect("a key picture");
            prop_assert_eq!(mark.key, key.1.start as u64);
        }

        // A time leads to the bytes that show its second, and to the gap it lies in.
        for at in (0..end).step_by(17_001) {
            let sight = plan.sight(at).expect("within the session");
            let mark = plan.seconds[(at / SECOND) as usize];
            prop_assert_eq!((sight.bytes, sight.segment), (mark.key..mark.end, mark.segment));
            let recorded = stored.iter().any(|segment| segment.span.contains(&at));
            prop_assert_eq!(sight.gap.is_some(), !recorded, "at {}", at);
        }
        prop_assert_eq!(plan.sight(end), None);
    }

    #[test]
    fn segments_read_back_as_they_were_written(script in scripts()) {
        let (stored, put) = recorded(&script);
        let mut put = put.into_iter();
        for payload in stored.iter().filter_map(|stored| stored.payload.as_deref()) {
            let read = Payload::read(payload).expect("a payload");
            let mut at = read.fragment.data.start;
            for sample in &read.fragment.samples {
                let (time, bytes, key, _) = put.next().expect("a picture");
                let size = sample.size as usize;
                prop_assert_eq!((sample.time, sample.key), (time, key));
                prop_assert_eq!(&payload[at..at + size], bytes.as_slice());
                at += size;
            }
        }
        prop_assert!(put.next().is_none());
    }
}

#[test]
fn picture_held_for_a_day_keeps_its_time() {
    let day = 24 * 3600 * SECOND;
    let mut writer = SegmentWriter::new();
    let mut joiner = Joiner::new();
    for (number, time) in [(0, 0), (1, day)] {
        let data = picture(10, number == 0, 1);
        let unit = AccessUnit { data: &data, time, key: number == 0 };
        assert_eq!(writer.push(&unit, &format(0)), Ok(None));
        let segment = writer.close(time + SECOND).expect("a segment");
        let piece = Piece {
            number,
            start: if number == 0 { 0 } else { SECOND },
            end: time + SECOND,
            content: Content::Media(&segment.payload),
        };
        joiner.add(&piece).expect("a segment");
    }
    let ending = Ending { end: day + SECOND, segments: 2, created: 0 };
    let plan = joiner.finish(&ending).expect("a plan");
    let mut rest = plan.header.as_slice();
    let ftyp = Header::decode(&mut rest).expect("ftyp");
    rest = &rest[ftyp.size.expect("a size")..];
    let moov = Moov::decode(&mut rest).expect("moov");
    let mdia = &moov.trak[0].mdia;
    assert_eq!(mdia.mdhd.timescale, 1000);
    assert_eq!(mdia.mdhd.duration, 86_401_000);
    assert_eq!(mdia.minf.stbl.stts.entries[0].sample_delta, 86_400_000);
    assert_eq!(plan.seconds.len(), 86_401);
}
