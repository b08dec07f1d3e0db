//! Names of files: they sort by track and number, and say nothing of user or target.

use std::str::FromStr;

use chaperone_evidence::SessionId;

pub(crate) const OPENING: &str = "opening";
pub(crate) const CLOSING: &str = "closing";
pub(crate) const RECOVERY: &str = "recovery";
pub(crate) const LOCKS: &str = "locks";
pub(crate) const RECEIPTS: &str = "receipts";
pub(crate) const QUARANTINE: &str = "quarantine";

const SEGMENT: &str = ".segment";
const RECEIPT: &str = ".receipt";
const CLOSING_RECEIPT: &str = ".closing-receipt";
const LOCK: &str = ".lock";
const REMOVING: &str = ".removing";

/// Digits of a track's number: all of a `u32`.
const TRACK_DIGITS: usize = 10;
/// Digits of a segment's number: all of a `u64`.
const NUMBER_DIGITS: usize = 20;

pub(crate) fn segment(track: u32, number: u64) -> String {
    format!("{track:0TRACK_DIGITS$}-{number:0NUMBER_DIGITS$}{SEGMENT}")
}

pub(crate) fn receipt(track: u32) -> String {
    format!("{track:0TRACK_DIGITS$}{RECEIPT}")
}

pub(crate) fn closing_receipt(session: SessionId) -> String {
    format!("{session}{CLOSING_RECEIPT}")
}

pub(crate) fn lock(session: SessionId) -> String {
    format!("{session}{LOCK}")
}

pub(crate) fn removing(session: SessionId) -> String {
    format!("{session}{REMOVING}")
}

/// What a name within a session's folder means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SessionFile {
    Opening,
    Closing,
    Recovery,
    Segment {
        track: u32,
        number: u64,
    },
    Receipt {
        track: u32,
    },
    /// A write that never came to its end.
    Unfinished,
}

impl SessionFile {
    /// Reads a name; `None` for one that is never given here.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        if name.ends_with(chaperone_paths::durable::TEMPORARY_SUFFIX) {
            return Some(Self::Unfinished);
        }
        if let Some(numbers) = name.strip_suffix(SEGMENT) {
            let (track, number) = numbers.split_once('-')?;
            let (track, number) = (digits(track, TRACK_DIGITS)?, digits(number, NUMBER_DIGITS)?);
            return Some(Self::Segment { track, number });
        }
        if let Some(track) = name.strip_suffix(RECEIPT) {
            return Some(Self::Receipt { track: digits(track, TRACK_DIGITS)? });
        }
        match name {
            OPENING => Some(Self::Opening),
            CLOSING => Some(Self::Closing),
            RECOVERY => Some(Self::Recovery),
            _ => None,
        }
    }
}

/// What a name within the queue's folder means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RootEntry {
    /// One of our own three folders.
    Own,
    Session(SessionId),
    /// A closed session whose folder was being removed.
    Removing,
}

impl RootEntry {
    /// Reads a name; `None` for one that is never given here.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        if [LOCKS, RECEIPTS, QUARANTINE].contains(&name) {
            return Some(Self::Own);
        }
        match name.strip_suffix(REMOVING) {
            Some(session) => session.parse::<SessionId>().ok().map(|_| Self::Removing),
            None => name.parse().ok().map(Self::Session),
        }
    }
}

/// The session of a closing receipt's name.
pub(crate) fn session_of_closing_receipt(name: &str) -> Option<SessionId> {
    name.strip_suffix(CLOSING_RECEIPT)?.parse().ok()
}

fn digits<N: FromStr>(text: &str, count: usize) -> Option<N> {
    let plain = text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back() {
        for (track, number) in [(0, 0), (1, 59), (u32::MAX, u64::MAX)] {
            let name = segment(track, number);
            assert_eq!(SessionFile::parse(&name), Some(SessionFile::Segment { track, number }));
            assert_eq!(SessionFile::parse(&receipt(track)), Some(SessionFile::Receipt { track }));
        }
    }

    #[test]
    fn names_sort_by_track_and_number() {
        let order = [(0, 9), (0, 10), (0, u64::MAX), (9, 0), (10, 0)];
        let names: Vec<_> = order.iter().map(|(track, number)| segment(*track, *number)).collect();
        assert!(names.is_sorted());
    }

    #[test]
    fn other_names_mean_nothing() {
        for name in [
            "",
            "opening2",
            "Opening",
            "0-0.segment",
            "+000000000-00000000000000000000.segment",
            "0000000000-99999999999999999999.segment",
            "9999999999.receipt",
            "..",
            "core",
        ] {
            assert_eq!(SessionFile::parse(name), None, "{name}");
        }
        for name in ["", "x", "locks2", "0198C0DE-0000-7000-8000-000000000001", "x.removing"] {
            assert_eq!(RootEntry::parse(name), None, "{name}");
        }
    }
}
