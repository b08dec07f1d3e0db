//! A session with its film, and films that are not of their session.

use chaperone_evidence::{EndReason, GapCause, TrackKind};
use chaperone_media::{
    AccessUnit, Content, Ending, Joiner, PictureSize, Piece, SegmentWriter, TIMESCALE, VideoFormat,
};

use crate::parts::Parts;
use crate::world::{CONTENT_KEY, Second, Session};

/// Parameter sets of 64x48 Constrained Baseline.
const SPS: [u8; 5] = [0x67, 0x42, 0xc0, 0x0a, 0xd9];
const PPS: [u8; 4] = [0x68, 0xcb, 0x83, 0xcb];

const SECONDS: [Second; 7] = [
    Second::Media,
    Second::Media,
    Second::Unchanged,
    Second::Media,
    Second::Gap(GapCause::ScreenLocked, 1000),
    Second::Media,
    Second::Media,
];

/// The payload of each second that has one.
pub(crate) type Payloads = Vec<Option<Vec<u8>>>;

/// A session of the id made of one repeated byte, whose bundle holds its film, and what the film is made of.
pub(crate) fn session(byte: u8) -> (Parts, Payloads) {
    let session = Session::new(byte, &[TrackKind::Video]);
    let mut payloads = vec![None; SECONDS.len()];
    let mut writer = SegmentWriter::new();
    let track = session.track_of(0, &SECONDS, |number| {
        let payload = second(&mut writer, number);
        payloads[usize::from(number)] = Some(payload.clone());
        payload
    });
    let mut parts = session.closed(vec![track], EndReason::UserEnded, 7000);
    parts.content = Some(CONTENT_KEY.to_vec());
    parts.film = Some(film(&payloads));
    (parts, payloads)
}

/// Two pictures; the first of second 0 and of second 5 is a key picture.
fn second(writer: &mut SegmentWriter, number: u8) -> Vec<u8> {
    let size = PictureSize { width: 64, height: 48 };
    let format = VideoFormat::new(size, size, &SPS, &PPS).unwrap();
    let start = u64::from(number) * u64::from(TIMESCALE);
    let key = number.is_multiple_of(5);
    let kind = if key { 0x65 } else { 0x41 };
    let pictures: [(u64, &[u8], bool); 2] =
        [(10, &[0, 0, 0, 3, kind, 1, number], key), (40_000, &[0, 0, 0, 4, 0x41, 2, number, 7], false)];
    for (at, data, key) in pictures {
        writer.push(&AccessUnit { data, time: start + at, key }, &format).unwrap();
    }
    writer.close(start + u64::from(TIMESCALE)).unwrap().payload
}

/// A second that was never recorded.
pub(crate) fn made_up(number: u8) -> Vec<u8> {
    let mut writer = SegmentWriter::new();
    second(&mut writer, 0);
    second(&mut writer, number)
}

/// The film of these payloads, as the server makes it. A second that has none was unchanged.
pub(crate) fn film(payloads: &Payloads) -> Vec<u8> {
    let mut joiner = Joiner::new();
    for (number, payload) in (0..).zip(payloads) {
        let start = number * u64::from(TIMESCALE);
        let content = payload.as_deref().map_or(Content::Unchanged, Content::Media);
        joiner.add(&Piece { number, start, end: start + u64::from(TIMESCALE), content }).unwrap();
    }
    let segments = payloads.len() as u64;
    let end = segments * u64::from(TIMESCALE);
    let plan = joiner.finish(&Ending { end, segments, created: 1_795_305_600 }).unwrap();
    plan.copies.iter().fold(plan.header.clone(), |mut film, copy| {
        let payload = payloads[usize::try_from(copy.segment).unwrap()].as_ref().unwrap();
        film.extend(&payload[copy.range.clone()]);
        film
    })
}
