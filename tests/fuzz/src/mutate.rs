//! Changes to an input: small ones mostly, and those that parsers are known to stumble over.

use crate::random::Random;

/// Longest input that is made, in bytes.
const MAX_LEN: usize = 1 << 20;

/// Numbers at the edges of their widths, as they stand in lengths and counters.
const EDGES: [u64; 10] =
    [0, 1, 0x7f, 0x80, 0xff, 0xffff, 0x7fff_ffff, 0xffff_ffff, 0x7fff_ffff_ffff_ffff, 0xffff_ffff_ffff_ffff];

/// Pieces with a meaning: heads of CBOR that promise much, of envelopes, of MP4, of links.
const PIECES: [&[u8]; 16] = [
    b"\x9b\xff\xff\xff\xff\xff\xff\xff\xff",
    b"\x5b\xff\xff\xff\xff\xff\xff\xff\xff",
    b"\xbb\x00\x00\x00\x01\x00\x00\x00\x00",
    b"\x9f",
    b"\xbf",
    b"\xff",
    b"\x1b\x00\x00\x00\x00\x00\x00\x00\x01",
    b"\xf6",
    b"\xd2\x84",
    b"\xa1\x00\x00",
    b"moof",
    b"trun",
    b"%00",
    b"&ticket=",
    b"https%3A%2F%2F",
    "\u{202e}".as_bytes(),
];

/// An input made of one of `corpus` by one to six changes.
pub(crate) fn mutated(corpus: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let mut input = pick(corpus, random).to_vec();
    for _ in 0..=random.below(6) {
        change(&mut input, corpus, random);
    }
    input.truncate(MAX_LEN);
    input
}

fn pick<'a>(corpus: &'a [Vec<u8>], random: &mut Random) -> &'a [u8] {
    corpus.get(random.below(corpus.len())).map(Vec::as_slice).unwrap_or_default()
}

fn change(input: &mut Vec<u8>, corpus: &[Vec<u8>], random: &mut Random) {
    let at = random.below(input.len());
    match random.below(10) {
        0 | 1 => {
            let bit = random.below(8);
            input.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 1 << bit);
        }
        2 => {
            let value = random.next().to_be_bytes()[7];
            input.iter_mut().skip(at).take(1).for_each(|byte| *byte = value);
        }
        3 => {
            let edge = EDGES[random.below(EDGES.len())].to_be_bytes();
            let width = [1, 2, 4, 8][random.below(4)];
            input.iter_mut().skip(at).zip(&edge[8 - width..]).for_each(|(byte, edge)| *byte = *edge);
        }
        4 => drop(input.drain(range(input.len(), random))),
        5 => {
            let piece: Vec<u8> = input.get(range(input.len(), random)).unwrap_or_default().to_vec();
            insert(input, at, &piece);
        }
        6 => insert(input, at, PIECES[random.below(PIECES.len())]),
        7 => {
            let other = pick(corpus, random);
            let piece = other.get(range(other.len(), random)).unwrap_or_default().to_vec();
            insert(input, at, &piece);
        }
        8 => input.truncate(at),
        _ => {
            // Nesting, deeper than any stack should follow.
            let byte = [0x81, 0xa1, 0x9f, 0xd8, 0x00, 0xff, b'%', b' '][random.below(8)];
            let length = 1 << random.below(13);
            insert(input, at, &vec![byte; length]);
        }
    }
}

fn insert(input: &mut Vec<u8>, at: usize, piece: &[u8]) {
    let tail = input.split_off(at.min(input.len()));
    input.extend_from_slice(piece);
    input.extend(tail);
}

/// Part of something of that length: short mostly.
fn range(len: usize, random: &mut Random) -> std::ops::Range<usize> {
    let start = random.below(len);
    let longest = if random.below(4) == 0 { len - start.min(len) } else { 16 };
    start..(start + 1 + random.below(longest)).min(len)
}
