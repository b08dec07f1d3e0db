//! Boxes of MP4 (ISO/IEC 14496-12), as far as a film and a payload must be understood to be compared.

/// Longest head of a film that is read, in bytes: tables of eleven days.
pub const MAX_FILM_HEAD_LEN: u64 = 256 << 20;

/// `trun`: data offset; each sample's duration, size and flags.
const RUN_FIELDS: u32 = 0x701;
/// Sample flag: it is no sync sample.
const NON_SYNC: u32 = 0x1_0000;

/// A picture of a payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Picture {
    /// 1/90,000 s since the session began.
    pub(super) time: u64,
    pub(super) size: usize,
    pub(super) key: bool,
}

/// Reads the head of a top-level box at its first 16 bytes: its kind, the length of its head, and its whole length.
/// Nothing where that is no box.
#[must_use]
pub fn film_head(bytes: &[u8; 16]) -> Option<([u8; 4], u64, u64)> {
    let (size, rest) = bytes.split_first_chunk::<4>()?;
    let (kind, rest) = rest.split_first_chunk::<4>()?;
    let (head, length) = match u32::from_be_bytes(*size) {
        1 => (16, u64::from_be_bytes(*rest.first_chunk::<8>()?)),
        short => (8, u64::from(short)),
    };
    (length >= head).then_some((*kind, head, length))
}

/// The bodies of the boxes in `bytes`; ends where they are none.
pub(super) fn boxes(bytes: &[u8]) -> impl Iterator<Item = ([u8; 4], &[u8])> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let (size, after) = rest.split_first_chunk::<4>()?;
        let (kind, _) = after.split_first_chunk::<4>()?;
        let size = usize::try_from(u32::from_be_bytes(*size)).ok()?;
        let (whole, after) = rest.split_at_checked(size)?;
        rest = after;
        Some((*kind, whole.get(8..)?))
    })
}

/// The body of the only box of `kind`.
pub(super) fn only<'a>(bytes: &'a [u8], kind: &[u8; 4]) -> Option<&'a [u8]> {
    let mut found = boxes(bytes).filter(|(found, _)| found == kind).map(|(_, body)| body);
    let first = found.next()?;
    found.next().is_none().then_some(first)
}

/// Splits off a big-endian number.
pub(super) fn u32_of<'a>(bytes: &mut &'a [u8]) -> Option<u32> {
    let (number, rest): (&'a [u8; 4], &'a [u8]) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(u32::from_be_bytes(*number))
}

/// The pictures of a payload and their bytes.
pub(super) fn fragment(payload: &[u8]) -> Option<(Vec<Picture>, &[u8])> {
    let traf = only(only(payload, b"moof")?, b"traf")?;
    let data = only(payload, b"mdat")?;
    let mut tfdt = only(traf, b"tfdt")?;
    if u32_of(&mut tfdt)? != 1 << 24 {
        return None;
    }
    let mut time = u64::from_be_bytes(tfdt.try_into().ok()?);
    let mut run = only(traf, b"trun")?;
    if u32_of(&mut run)? != RUN_FIELDS {
        return None;
    }
    let count = usize::try_from(u32_of(&mut run)?).ok()?;
    u32_of(&mut run)?;
    if run.len() != count.checked_mul(12)? {
        return None;
    }
    let mut pictures = Vec::with_capacity(count);
    let mut sum = 0_usize;
    for _ in 0..count {
        let (duration, size, flags) = (u32_of(&mut run)?, u32_of(&mut run)?, u32_of(&mut run)?);
        let size = usize::try_from(size).ok()?;
        sum = sum.checked_add(size)?;
        pictures.push(Picture { time, size, key: flags & NON_SYNC == 0 });
        time = time.checked_add(u64::from(duration))?;
    }
    (sum == data.len()).then_some((pictures, data))
}
