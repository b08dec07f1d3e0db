//! `ftyp`, `moov` and the head of `mdat` of a joined file.

use super::index::Joined;
use crate::boxes::{BoxWriter, HEADER_LEN};
use crate::format::{PictureSize, write_description};
use crate::movie::{self, Times};
use crate::ticks::{TIMESCALE, Ticks};

/// From 1904-01-01 to 1970-01-01, in seconds.
const UNIX_EPOCH: u64 = 2_082_844_800;

/// The timescale where a picture is held longer than 32 bits of ticks can say, 13 hours: milliseconds, 49 days.
const COARSE_TIMESCALE: u32 = 1_000;

/// Lays out the head of the file; the media data follow it directly.
pub(super) fn write(joined: &Joined, duration: Ticks, created: u64) -> Vec<u8> {
    let (timescale, deltas, duration) = timeline(joined, duration);
    let tables = Tables {
        times: Times { created: created.saturating_add(UNIX_EPOCH), timescale, duration },
        runs: runs(deltas),
        large: false,
    };
    // The tables tell where the data begin, and the data begin behind the tables: their length is the same whatever they
    // tell, so the first writing finds it out.
    let small = tables.write(joined, 0);
    if small.len() as u64 + joined.data_len() <= u64::from(u32::MAX) {
        return tables.write(joined, small.len() as u64);
    }
    let tables = Tables { large: true, ..tables };
    let large = tables.write(joined, 0);
    tables.write(joined, large.len() as u64)
}

/// Timescale, how long each picture is shown, and how long all are.
fn timeline(joined: &Joined, duration: Ticks) -> (u32, Vec<u32>, u64) {
    let times = joined.samples.iter().skip(1).map(|sample| sample.time);
    let fine = deltas(times.clone().chain([duration]));
    if let Some(deltas) = fine {
        return (TIMESCALE, deltas, duration);
    }
    let step = Ticks::from(TIMESCALE / COARSE_TIMESCALE);
    // Two pictures within a millisecond still follow one another.
    let mut last = 0;
    let coarse: Vec<u64> = times
        .chain([duration])
        .map(|time| {
            last = (time / step).max(last + 1);
            last
        })
        .collect();
    // INVARIANT: a session has at most 31 days, which is less than 32 bits of milliseconds.
    let deltas = deltas(coarse.into_iter()).unwrap_or_default();
    (COARSE_TIMESCALE, deltas, last)
}

/// What lies between the start, and each of `ends`; nothing if that is more than 32 bits somewhere.
fn deltas(ends: impl Iterator<Item = u64>) -> Option<Vec<u32>> {
    let mut start = 0;
    ends.map(|end| {
        let delta = u32::try_from(end - start).ok();
        start = end;
        delta
    })
    .collect()
}

/// Equal neighbours as (how many, what).
fn runs<T: PartialEq>(values: impl IntoIterator<Item = T>) -> Vec<(u32, T)> {
    let mut runs: Vec<(u32, T)> = Vec::new();
    for value in values {
        match runs.last_mut() {
            Some((count, last)) if *last == value => *count += 1,
            _ => runs.push((1, value)),
        }
    }
    runs
}

struct Tables {
    times: Times,
    /// How many pictures are shown how long.
    runs: Vec<(u32, u32)>,
    /// The file needs 64-bit offsets.
    large: bool,
}

impl Tables {
    fn write(&self, joined: &Joined, data_start: u64) -> Vec<u8> {
        let mut w = BoxWriter::default();
        w.boxed(b"ftyp", |w| {
            w.bytes(b"isom");
            w.u32(0x200);
            w.bytes(b"isomiso2avc1mp41");
        });
        w.boxed(b"moov", |w| {
            movie::write_movie_header(w, &self.times);
            movie::write_track(w, &self.times, largest(joined), |w| {
                write_descriptions(w, joined);
                self.write_durations(w);
                write_sync_samples(w, joined);
                write_chunk_runs(w, joined);
                write_sizes(w, joined);
                self.write_offsets(w, joined, data_start);
            });
        });
        self.write_data_head(&mut w, joined.data_len());
        w.into_bytes()
    }

    fn write_durations(&self, w: &mut BoxWriter) {
        w.full(b"stts", 0, 0, |w| {
            w.u32(counted(self.runs.len()));
            for (count, delta) in &self.runs {
                w.u32(*count);
                w.u32(*delta);
            }
        });
    }

    fn write_offsets(&self, w: &mut BoxWriter, joined: &Joined, data_start: u64) {
        let mut offset = data_start;
        let offsets = joined.chunks.iter().map(|chunk| {
            let start = offset;
            offset += chunk.copy.len();
            start
        });
        let count = counted(joined.chunks.len());
        if self.large {
            w.full(b"co64", 0, 0, |w| {
                w.u32(count);
                offsets.for_each(|offset| w.u64(offset));
            });
        } else {
            w.full(b"stco", 0, 0, |w| {
                w.u32(count);
                // INVARIANT: small files end below 4 GiB.
                offsets.for_each(|offset| w.u32(u32::try_from(offset).unwrap_or(u32::MAX)));
            });
        }
    }

    fn write_data_head(&self, w: &mut BoxWriter, data_len: u64) {
        if self.large {
            w.u32(1);
            w.bytes(b"mdat");
            w.u64(data_len + 2 * HEADER_LEN as u64);
        } else {
            let size = data_len + HEADER_LEN as u64;
            w.u32(u32::try_from(size).unwrap_or(u32::MAX));
            w.bytes(b"mdat");
        }
    }
}

fn write_descriptions(w: &mut BoxWriter, joined: &Joined) {
    w.full(b"stsd", 0, 0, |w| {
        w.u32(counted(joined.formats.len()));
        for format in &joined.formats {
            write_description(w, format);
        }
    });
}

fn write_sync_samples(w: &mut BoxWriter, joined: &Joined) {
    let keys: Vec<u32> =
        (1_u32..).zip(&joined.samples).filter(|(_, sample)| sample.key).map(|(number, _)| number).collect();
    w.full(b"stss", 0, 0, |w| {
        w.u32(counted(keys.len()));
        for key in keys {
            w.u32(key);
        }
    });
}

fn write_chunk_runs(w: &mut BoxWriter, joined: &Joined) {
    let shapes = joined.chunks.iter().map(|chunk| (chunk.samples, chunk.description));
    let runs = runs(shapes);
    w.full(b"stsc", 0, 0, |w| {
        w.u32(counted(runs.len()));
        let mut first_chunk = 1;
        for (count, (samples, description)) in runs {
            w.u32(first_chunk);
            w.u32(counted(samples));
            w.u32(counted(description) + 1);
            first_chunk += count;
        }
    });
}

fn write_sizes(w: &mut BoxWriter, joined: &Joined) {
    w.full(b"stsz", 0, 0, |w| {
        w.u32(0); // sizes differ
        w.u32(counted(joined.samples.len()));
        for sample in &joined.samples {
            w.u32(sample.size);
        }
    });
}

/// The smallest size that holds every picture.
fn largest(joined: &Joined) -> PictureSize {
    let sizes = joined.formats.iter().map(|format| format.coded());
    PictureSize {
        width: sizes.clone().map(|size| size.width).max().unwrap_or(0),
        height: sizes.map(|size| size.height).max().unwrap_or(0),
    }
}

/// INVARIANT: every count is bounded by `MAX_SAMPLES`.
fn counted(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use mp4_atom::{Decode, Moov};

    use super::*;
    use crate::format::tests::format;
    use crate::join::index::Chunk;
    use crate::join::plan::CopyRange;
    use crate::payload::Sample;

    const GIB: u32 = 1 << 30;

    /// Two segments with one picture each, `size` large.
    fn joined(size: u32) -> Joined {
        let sample = |time| Sample { time, size, key: true };
        let chunk = |segment| Chunk {
            copy: CopyRange { segment, range: 100..100 + size as usize },
            samples: 1,
            description: 0,
        };
        Joined {
            formats: vec![format(64, 48)],
            samples: vec![sample(0), sample(1)],
            chunks: vec![chunk(0), chunk(1)],
        }
    }

    #[test]
    fn files_beyond_four_gibibytes_get_long_offsets_and_a_long_size() {
        for (size, large) in [(GIB, false), (3 * GIB, true)] {
            let header = write(&joined(size), 10, 0);
            let mut rest = &header[32..];
            let moov = Moov::decode(&mut rest).expect("moov");
            let stbl = &moov.trak[0].mdia.minf.stbl;
            let start = header.len() as u64;
            let expected = [start, start + u64::from(size)];
            let data_len = 2 * u64::from(size);
            if large {
                let offsets = &stbl.co64.as_ref().expect("co64").entries;
                assert_eq!(offsets.as_slice(), expected);
                assert_eq!(rest[..8], *b"\0\0\0\x01mdat");
                assert_eq!(rest[8..], (data_len + 16).to_be_bytes());
            } else {
                let offsets = &stbl.stco.as_ref().expect("stco").entries;
                assert_eq!(offsets.iter().map(|at| u64::from(*at)).collect::<Vec<_>>(), expected);
                assert_eq!(rest[..4], (2 * size + 8).to_be_bytes());
                assert_eq!(rest.len(), 8);
            }
        }
    }
}
