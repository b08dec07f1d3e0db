//! The boxes that a fragmented stream and a joined file have in common: movie and track headers.
//!
//! Written in version 1 throughout: 64-bit times, good past 2040 and 13 hours.

use crate::boxes::BoxWriter;
use crate::format::PictureSize;
use crate::payload::TRACK_ID;

/// Times as movie and track headers state them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Times {
    /// Seconds since 1904-01-01 UTC; 0 where not said.
    pub(crate) created: u64,
    /// Units in a second.
    pub(crate) timescale: u32,
    /// Length in these units.
    pub(crate) duration: u64,
}

/// `tkhd`: the track is enabled and part of the presentation.
const ENABLED_IN_MOVIE: u32 = 3;

/// `dref`: the media is in the same file.
const SELF_CONTAINED: u32 = 1;

/// The language code "und" in three times five bits.
const UNDETERMINED_LANGUAGE: u16 = 0x55c4;

/// Neither turned nor scaled: 1.0 on the diagonal as 16.16, 16.16 and 2.30.
const IDENTITY: [u32; 9] = [0x0001_0000, 0, 0, 0, 0x0001_0000, 0, 0, 0, 0x4000_0000];

pub(crate) fn write_movie_header(w: &mut BoxWriter, times: &Times) {
    w.full(b"mvhd", 1, 0, |w| {
        w.u64(times.created);
        w.u64(times.created);
        w.u32(times.timescale);
        w.u64(times.duration);
        w.u32(0x0001_0000); // rate 1.0
        w.u16(0x0100); // volume 1.0
        w.zeros(10);
        write_matrix(w);
        w.zeros(24);
        w.u32(TRACK_ID + 1); // next track
    });
}

/// The one video track, `size` large, with the sample tables that `tables` writes.
pub(crate) fn write_track(
    w: &mut BoxWriter,
    times: &Times,
    size: PictureSize,
    tables: impl FnOnce(&mut BoxWriter),
) {
    w.boxed(b"trak", |w| {
        write_track_header(w, times, size);
        w.boxed(b"mdia", |w| {
            w.full(b"mdhd", 1, 0, |w| {
                w.u64(times.created);
                w.u64(times.created);
                w.u32(times.timescale);
                w.u64(times.duration);
                w.u16(UNDETERMINED_LANGUAGE);
                w.u16(0);
            });
            w.full(b"hdlr", 0, 0, |w| {
                w.u32(0);
                w.bytes(b"vide");
                w.zeros(12);
                w.bytes(b"video\0");
            });
            w.boxed(b"minf", |w| {
                w.full(b"vmhd", 0, 1, |w| w.zeros(8));
                w.boxed(b"dinf", |w| {
                    w.full(b"dref", 0, 0, |w| {
                        w.u32(1);
                        w.full(b"url ", 0, SELF_CONTAINED, |_| {});
                    });
                });
                w.boxed(b"stbl", tables);
            });
        });
    });
}

fn write_track_header(w: &mut BoxWriter, times: &Times, size: PictureSize) {
    w.full(b"tkhd", 1, ENABLED_IN_MOVIE, |w| {
        w.u64(times.created);
        w.u64(times.created);
        w.u32(TRACK_ID);
        w.u32(0);
        w.u64(times.duration);
        w.zeros(16); // layer, group, volume
        write_matrix(w);
        w.u32(u32::from(size.width) << 16);
        w.u32(u32::from(size.height) << 16);
    });
}

fn write_matrix(w: &mut BoxWriter) {
    for value in IDENTITY {
        w.u32(value);
    }
}
