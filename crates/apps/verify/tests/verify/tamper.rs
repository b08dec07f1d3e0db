//! Single changes to the bundles that are kept: both verifiers find each, and name the second.

use std::path::PathBuf;

use chaperone_evidence::bundle::{HEAD, SectionKind, section_head};
use chaperone_evidence::segment::{self, SegmentHeader};
use chaperone_evidence::{Body, EndReason, GapCause, TrackEnd, TrackHead, TrackKind};
use chaperone_seals::{KeySet, SigningKey, signed};
use serde_json::{Value, json};

use crate::film;
use crate::parts::Parts;
use crate::programs::{both, tests_dir};
use crate::world::{Second, Session, WHOLE, key_sets, keys};

/// What must be among the findings: code, track and where the stretch begins.
type Expected = (&'static str, Option<u32>, Option<u64>);

/// About the bundle as a whole.
const fn whole(code: &'static str) -> Expected {
    (code, None, None)
}

/// About a track as a whole.
const fn track(code: &'static str, track: u32) -> Expected {
    (code, Some(track), None)
}

/// About a second of a track.
const fn at(code: &'static str, track: u32, from_ms: u64) -> Expected {
    (code, Some(track), Some(from_ms))
}

/// The changed files and what must be found in each.
#[derive(Default)]
struct Suite {
    changes: Vec<(&'static str, Vec<u8>, Vec<Expected>)>,
}

impl Suite {
    /// A bundle that is kept, changed in its parts.
    fn parts(
        &mut self,
        name: &'static str,
        on: &str,
        expected: &[Expected],
        change: impl FnOnce(&mut Parts),
    ) {
        let mut parts = Parts::read(&kept(on));
        change(&mut parts);
        self.changes.push((name, parts.bytes(), expected.to_vec()));
    }

    /// The whole bundle, changed in its bytes.
    fn bytes(
        &mut self,
        name: &'static str,
        expected: &[Expected],
        change: impl FnOnce(&Parts, &mut Vec<u8>),
    ) {
        let mut bytes = kept("whole");
        change(&Parts::read(&bytes), &mut bytes);
        self.changes.push((name, bytes, expected.to_vec()));
    }
}

fn kept(name: &str) -> Vec<u8> {
    std::fs::read(tests_dir().join("golden").join(format!("{name}.bundle"))).unwrap()
}

/// Flips a bit in the middle.
fn flip(bytes: &mut [u8]) {
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
}

/// The session that the whole bundle is of.
fn session() -> Session {
    Session::new(0x21, &[TrackKind::Video])
}

/// A segment with another header, signed anew; its payload stays where the header still names one.
fn resigned(bytes: &[u8], key: &SigningKey, change: impl FnOnce(&mut SegmentHeader)) -> Vec<u8> {
    let (segment, _) = segment::read_next(bytes).unwrap().unwrap();
    let mut header = segment.header.clone();
    change(&mut header);
    let signed = signed::sign(&header, key);
    let length = u32::try_from(signed.len()).unwrap();
    let payload = if matches!(header.body, Body::Media(_)) { segment.payload } else { &[] };
    [&length.to_be_bytes()[..], &signed, payload].concat()
}

fn payload_start(bytes: &[u8]) -> usize {
    bytes.len() - segment::read_next(bytes).unwrap().unwrap().0.payload.len()
}

#[test]
fn every_change_is_found_in_its_second_by_both() {
    let mut suite = Suite::default();
    bits(&mut suite);
    order(&mut suite);
    signatures(&mut suite);
    tails(&mut suite);
    gaps(&mut suite);
    statements(&mut suite);
    layout(&mut suite);
    films(&mut suite);
    let several = several_tracks();
    suite.changes.extend(several.changes);
    assert!(suite.changes.len() >= 40, "{}", suite.changes.len());
    check(&suite, &[]);
}

#[test]
fn what_a_later_key_set_revokes_counts_for_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("key-set");
    std::fs::write(&path, &key_sets()[2]).unwrap();
    let mut suite = Suite::default();
    let stolen = keys().stolen_node;
    suite.parts("receipt by a revoked key", "whole", &[whole("receipt"), track("unreceipted", 0)], |parts| {
        let head = session().track(0, &WHOLE).end.head;
        parts.receipts = vec![session().receipt(head, &[], &stolen)];
    });
    suite.parts("closing receipt by a revoked key", "whole", &[whole("closing-receipt")], |parts| {
        let head = session().track(0, &WHOLE).end.head;
        let closing = parts.closing.clone().unwrap();
        parts.closing_receipt = Some(session().closing_receipt(&closing, &[head], &stolen));
    });
    check(&suite, &["--key-set", path.to_str().unwrap()]);
}

#[track_caller]
fn check(suite: &Suite, options: &[&str]) {
    let dir = tempfile::tempdir().unwrap();
    let paths: Vec<PathBuf> = (0..)
        .zip(&suite.changes)
        .map(|(number, (_, bytes, _))| {
            let path = dir.path().join(format!("{number:03}"));
            std::fs::write(&path, bytes).unwrap();
            path
        })
        .collect();
    let said = both(options, &paths);
    assert_eq!(said.lines.len(), suite.changes.len());
    for ((name, _, expected), line) in suite.changes.iter().zip(&said.lines) {
        assert_eq!(line["exit"], 2, "{name}: {line:#}");
        let findings = line["findings"].as_array().cloned().unwrap_or_default();
        let found = |(code, track, from_ms): &Expected| {
            findings.iter().any(|finding| {
                finding["code"] == *code
                    && finding["track"] == json!(track)
                    && (from_ms.is_none() || finding["from_ms"] == json!(from_ms))
            })
        };
        assert!(expected.iter().all(found), "{name}: {expected:?} in {}", told(&findings));
        // A change of one second is not blamed on others.
        if let [(_, Some(track), Some(from_ms))] = expected.as_slice() {
            let faults =
                findings.iter().filter(|finding| finding["code"] != "gap" && finding["track"] == *track);
            let others: Vec<&Value> = faults.filter(|finding| finding["from_ms"] != *from_ms).collect();
            assert!(others.is_empty(), "{name}: also {others:?}");
        }
    }
}

fn told(findings: &[Value]) -> String {
    findings.iter().map(|finding| format!("\n  {finding}")).collect()
}

/// Bits flipped in each part.
fn bits(suite: &mut Suite) {
    suite.bytes("first bytes of the file", &[], |_, bytes| bytes[3] ^= 1);
    suite.parts("newest key set", "whole", &[whole("key-set"), whole("opening")], |parts| {
        flip(&mut parts.key_sets[1]);
    });
    suite.parts("older key set", "whole", &[whole("key-set")], |parts| flip(&mut parts.key_sets[0]));
    suite
        .parts("opening record", "whole", &[whole("opening")], |parts| flip(parts.opening.as_mut().unwrap()));
    suite.parts("device's key", "recovered", &[whole("device-key"), whole("closing")], |parts| {
        flip(parts.device.as_mut().unwrap());
    });
    for (name, number) in [("first header", 0), ("header", 3), ("last header", 7)] {
        let expected = [at("altered", 0, number as u64 * 1000)];
        suite.parts(name, "whole", &expected, |parts| parts.tracks[0][number][200] ^= 1);
    }
    suite.parts("length of a header", "whole", &[at("altered", 0, 3000)], |parts| parts.tracks[0][3][3] ^= 1);
    suite.parts("form of a header", "whole", &[at("altered", 0, 3000)], |parts| parts.tracks[0][3][4] ^= 1);
    suite.parts("signature of a header", "whole", &[at("altered", 0, 5000)], |parts| {
        *parts.tracks[0][5].last_mut().unwrap() ^= 1;
    });
    for (name, number) in [("first payload", 0), ("payload", 3), ("last payload", 7)] {
        let expected = [at("payload", 0, number as u64 * 1000)];
        suite.parts(name, "whole", &expected, |parts| *parts.tracks[0][number].last_mut().unwrap() ^= 1);
    }
    suite.parts("receipt", "whole", &[whole("receipt"), track("unreceipted", 0)], |parts| {
        flip(&mut parts.receipts[0]);
    });
    suite.parts("heartbeat", "whole", &[whole("heartbeat")], |parts| flip(parts.heartbeat.as_mut().unwrap()));
    suite.parts("closing record", "whole", &[whole("closing"), whole("unclosed")], |parts| {
        flip(parts.closing.as_mut().unwrap());
    });
    suite.parts("recovery record", "recovered", &[whole("closing"), whole("unclosed")], |parts| {
        flip(parts.closing.as_mut().unwrap());
    });
    suite.parts("closing receipt", "whole", &[whole("closing-receipt")], |parts| {
        flip(parts.closing_receipt.as_mut().unwrap());
    });
}

/// Segments swapped, dropped, repeated, inserted, of another session.
fn order(suite: &mut Suite) {
    let swapped = [at("missing", 0, 3000), at("out-of-order", 0, 3000)];
    suite.parts("two segments swapped", "whole", &swapped, |parts| parts.tracks[0].swap(3, 4));
    for (name, number) in [("first dropped", 0), ("one dropped", 3), ("last dropped", 7)] {
        let expected = [at("missing", 0, number as u64 * 1000)];
        suite.parts(name, "whole", &expected, |parts| drop(parts.tracks[0].remove(number)));
    }
    suite.parts("three dropped", "whole", &[at("missing", 0, 2000)], |parts| {
        drop(parts.tracks[0].drain(2..5))
    });
    suite.parts("all dropped", "whole", &[at("missing", 0, 0)], |parts| parts.tracks.clear());
    suite.parts("one repeated", "whole", &[at("out-of-order", 0, 3000)], |parts| {
        let again = parts.tracks[0][3].clone();
        parts.tracks[0].insert(4, again);
    });
    suite.parts("payloads swapped", "whole", &[at("payload", 0, 2000), at("payload", 0, 6000)], |parts| {
        let segments = &mut parts.tracks[0];
        let [two, six] =
            [2, 6].map(|number: usize| segments[number].split_at(payload_start(&segments[number])));
        let changed = [[two.0, six.1].concat(), [six.0, two.1].concat()];
        let [two, six] = changed;
        (segments[2], segments[6]) = (two, six);
    });
    suite.parts("bytes between two segments", "whole", &[at("altered", 0, 4000)], |parts| {
        parts.tracks[0].insert(4, vec![0; 33]);
    });
    suite.parts("bytes behind the last segment", "whole", &[at("altered", 0, 8000)], |parts| {
        parts.tracks[0].push(b"and more".to_vec());
    });
    suite.parts("a payload cut by a byte", "whole", &[at("payload", 0, 7000)], |parts| {
        let length = parts.tracks[0][7].len();
        parts.tracks[0][7].truncate(length - 1);
    });
    let other = Session::new(0x41, &[TrackKind::Video]).track(0, &WHOLE);
    suite.parts("another session's segment", "whole", &[at("altered", 0, 3000)], |parts| {
        parts.tracks[0][3].clone_from(&other.segments[3]);
    });
    suite.parts("another session's segment behind the last", "whole", &[at("altered", 0, 8000)], |parts| {
        parts.tracks[0].push(other.segments[7].clone());
    });
    suite.parts("another session's track", "whole", &[at("altered", 0, 0), whole("altered")], |parts| {
        parts.tracks[0].clone_from(&other.segments);
    });
}

/// Signed by other keys, or by the right one a second time.
fn signatures(suite: &mut Suite) {
    let keys = keys();
    let (stranger, own) = (&keys.stranger, &keys.session);
    suite.parts("segment signed by a stranger", "whole", &[at("altered", 0, 3000)], |parts| {
        parts.tracks[0][3] = resigned(&parts.tracks[0][3], stranger, |_| {});
    });
    suite.parts("segment signed anew by its own key", "whole", &[at("unlinked", 0, 3000)], |parts| {
        parts.tracks[0][3] = resigned(&parts.tracks[0][3], own, |header| header.wall_ms += 1);
    });
    suite.parts("last segment signed anew", "whole", &[at("head", 0, 7000)], |parts| {
        parts.tracks[0][7] = resigned(&parts.tracks[0][7], own, |header| header.wall_ms += 1);
    });
    suite.parts("last segment made an unchanged second", "whole", &[at("head", 0, 7000)], |parts| {
        parts.tracks[0][7] = resigned(&parts.tracks[0][7], own, |header| header.body = Body::Unchanged);
    });
    suite.parts("a segment moved in time", "whole", &[at("overlapping", 0, 2900)], |parts| {
        parts.tracks[0][3] = resigned(&parts.tracks[0][3], own, |header| header.start_ms -= 100);
    });
    suite.parts(
        "a stretch left out between two",
        "whole",
        &[at("unnamed", 0, 7000), at("head", 0, 8001)],
        |parts| {
            parts.tracks[0][7] = resigned(&parts.tracks[0][7], own, |header| header.start_ms += 1001);
        },
    );
    let head = session().track(0, &WHOLE).end.head;
    for (name, key) in [("stranger", stranger), ("launch key", &keys.launch), ("session key", own)] {
        let name = ["receipt signed by the ", name].concat().leak();
        suite.parts(name, "whole", &[whole("receipt"), track("unreceipted", 0)], |parts| {
            parts.receipts = vec![session().receipt(head, &[], key)];
        });
    }
    suite.parts("closing receipt signed by a stranger", "whole", &[whole("closing-receipt")], |parts| {
        let closing = parts.closing.clone().unwrap();
        parts.closing_receipt = Some(session().closing_receipt(&closing, &[head], stranger));
    });
    suite.parts("opening record signed by a stranger", "whole", &[whole("opening")], |parts| {
        parts.opening = Some(signed::sign(&session().opening, stranger));
    });
    suite.parts("opening record signed by an expired key", "whole", &[whole("opening")], |parts| {
        parts.opening = Some(signed::sign(&session().opening, &keys.old_launch));
    });
    suite.parts(
        "recovery record signed by a stranger",
        "recovered",
        &[whole("closing"), whole("unclosed")],
        |parts| {
            let session = Session::new(0x24, &[TrackKind::Video]);
            let end = session.track(0, &WHOLE[..6]).end;
            parts.closing = Some(session.recovery(&[end], stranger));
        },
    );
    suite.parts("key set signed by another root", "whole", &[whole("key-set"), whole("opening")], |parts| {
        let root = keys.root.public().id();
        let set = KeySet::verify(&parts.key_sets[1], &root, 0, 0).unwrap();
        parts.key_sets[1] = KeySet { root: stranger.public(), ..set }.sign(stranger);
    });
    suite.parts("key sets rolled back", "whole", &[whole("opening")], |parts| parts.key_sets.truncate(1));
    suite.parts("key sets swapped", "whole", &[whole("key-set")], |parts| parts.key_sets.swap(0, 1));
}

/// Ends cut off.
fn tails(suite: &mut Suite) {
    let session = session();
    let node = keys().node;
    suite.parts("tail cut", "whole", &[at("missing", 0, 5000)], |parts| parts.tracks[0].truncate(5));
    suite.parts(
        "tail cut with its statements",
        "whole",
        &[whole("unclosed"), at("missing", 0, 5000)],
        |parts| {
            parts.tracks[0].truncate(5);
            (parts.closing, parts.closing_receipt) = (None, None);
        },
    );
    let early = session.track(0, &WHOLE[..5]);
    suite.parts("tail cut at a heartbeat", "whole", &[whole("unclosed"), whole("unreceipted")], |parts| {
        parts.tracks[0].truncate(5);
        parts.heartbeat = Some(session.heartbeat(5000, &[early.end.head]));
        parts.receipts = vec![session.receipt(early.end.head, &[], &node)];
        (parts.closing, parts.closing_receipt) = (None, None);
    });
    suite.parts(
        "tail cut before a heartbeat",
        "whole",
        &[whole("unclosed"), at("missing", 0, 3000)],
        |parts| {
            parts.tracks[0].truncate(3);
            parts.heartbeat = Some(session.heartbeat(5000, &[early.end.head]));
            parts.receipts = vec![session.receipt(session.track(0, &WHOLE[..3]).end.head, &[], &node)];
            (parts.closing, parts.closing_receipt) = (None, None);
        },
    );
    suite.parts(
        "tail cut and closed anew",
        "whole",
        &[at("missing", 0, 5000), whole("closing-receipt")],
        |parts| {
            parts.tracks[0].truncate(5);
            parts.closing = Some(session.closing(EndReason::ClientExited, 5200, &[early.end]));
        },
    );
    suite.parts("closed too early", "whole", &[whole("closing-receipt"), at("surplus", 0, 7000)], |parts| {
        let end = session.track(0, &WHOLE[..7]).end;
        parts.closing = Some(session.closing(EndReason::ClientExited, 7200, &[end]));
    });
    suite.parts("announced and never sent", "whole", &[at("missing", 0, 8000)], |parts| {
        let more = [WHOLE.as_slice(), &WHOLE[..2]].concat();
        parts.heartbeat = Some(session.heartbeat(10_000, &[session.track(0, &more).end.head]));
    });
    suite.parts("recovered with less than announced", "recovered", &[at("missing", 0, 4000)], |parts| {
        let session = Session::new(0x24, &[TrackKind::Video]);
        let found = session.track(0, &WHOLE[..4]);
        parts.closing = Some(session.recovery(&[found.end], &keys().device));
        parts.receipts = vec![session.receipt(found.end.head, &[], &node)];
        let closing = parts.closing.clone().unwrap();
        parts.closing_receipt = Some(session.closing_receipt(&closing, &[found.end.head], &node));
        parts.tracks[0].truncate(4);
    });
    suite.bytes(
        "file cut within a segment",
        &[whole("truncated"), whole("unclosed"), at("altered", 0, 5000)],
        |parts, bytes| {
            let before: usize = parts.tracks[0][..5].iter().map(Vec::len).sum();
            bytes.truncate(parts.start(SectionKind::Segments) + before + 100);
        },
    );
    suite.bytes(
        "file cut within a payload",
        &[whole("truncated"), at("payload", 0, 3000)],
        |parts, bytes| {
            let before: usize = parts.tracks[0][..4].iter().map(Vec::len).sum();
            bytes.truncate(parts.start(SectionKind::Segments) + before - 10);
        },
    );
    suite.bytes("file cut by its last byte", &[whole("truncated"), whole("unreceipted")], |_, bytes| {
        bytes.truncate(bytes.len() - 1);
    });
}

/// Gaps altered, left out, or denied.
fn gaps(suite: &mut Suite) {
    let own = keys().session;
    suite.parts("cause of a gap", "gaps", &[at("altered", 0, 5000)], |parts| {
        let segment = &mut parts.tracks[0][5];
        let length = segment.len();
        segment[length - 100] ^= 1;
    });
    suite.parts("gap dropped", "gaps", &[at("missing", 0, 5000)], |parts| drop(parts.tracks[0].remove(5)));
    suite.parts(
        "gap made an unchanged second",
        "gaps",
        &[at("unlinked", 0, 5000), track("gap-count", 0)],
        |parts| {
            parts.tracks[0][5] = resigned(&parts.tracks[0][5], &own, |header| header.body = Body::Unchanged);
        },
    );
    suite.parts("gap with another cause", "gaps", &[at("unlinked", 0, 5000)], |parts| {
        let change = |header: &mut SegmentHeader| header.body = Body::Gap(GapCause::CaptureStopped);
        parts.tracks[0][5] = resigned(&parts.tracks[0][5], &own, change);
    });
    suite.parts("gaps counted wrong", "gaps", &[track("gap-count", 0), whole("closing-receipt")], |parts| {
        let session = Session::new(0x22, &[TrackKind::Video]);
        let (closing, _) = segments_end(&session, parts);
        parts.closing =
            Some(session.closing(EndReason::ServerLost, 15_000, &[TrackEnd { gaps: 0, ..closing }]));
    });
    suite.parts(
        "went on unrecorded",
        "whole",
        &[at("unnamed", 0, 8000), whole("closing-receipt")],
        |parts| {
            let end = session().track(0, &WHOLE).end;
            parts.closing = Some(session().closing(EndReason::ClientExited, 60_000, &[end]));
        },
    );
}

/// The end of a track as its segments say.
fn segments_end(session: &Session, parts: &Parts) -> (TrackEnd, u64) {
    let segments = &parts.tracks[0];
    let last = segment::read_next(segments.last().unwrap()).unwrap().unwrap().0;
    let head = TrackHead { track: 0, count: segments.len() as u64, head: last.link() };
    (TrackEnd { head, gaps: 3 }, session.opening.opened_ms)
}

/// Statements dropped, forged, or of other sessions.
fn statements(suite: &mut Suite) {
    let keys = keys();
    suite.parts("key sets dropped", "whole", &[whole("opening")], |parts| parts.key_sets.clear());
    suite.parts("opening record dropped", "whole", &[whole("opening")], |parts| parts.opening = None);
    suite.parts("receipt dropped", "whole", &[track("unreceipted", 0)], |parts| parts.receipts.clear());
    suite.parts("closing record dropped", "whole", &[whole("unclosed"), whole("closing-receipt")], |parts| {
        parts.closing = None;
    });
    suite.parts("closing receipt dropped", "whole", &[whole("unreceipted")], |parts| {
        parts.closing_receipt = None
    });
    suite.parts("heartbeat of a recovered session dropped", "recovered", &[whole("unannounced")], |parts| {
        parts.heartbeat = None;
    });
    suite.parts("device's key dropped", "recovered", &[whole("closing"), whole("unclosed")], |parts| {
        parts.device = None;
    });
    suite.parts("forged receipt for more", "whole", &[at("missing", 0, 8000)], |parts| {
        let more = [WHOLE.as_slice(), &[Second::Media]].concat();
        parts.receipts = vec![session().receipt(session().track(0, &more).end.head, &[], &keys.node)];
    });
    suite.parts("receipt for other segments", "whole", &[at("head", 0, 7000)], |parts| {
        let mut other = [Second::Unchanged; 8];
        other[0] = Second::Media;
        parts.receipts = vec![session().receipt(session().track(0, &other).end.head, &[], &keys.node)];
    });
    let other = Session::new(0x41, &[TrackKind::Video]);
    let parts_of_other = other.closed(vec![other.track(0, &WHOLE)], EndReason::ClientExited, 8200);
    let Parts { opening, receipts, heartbeat, closing, closing_receipt, .. } = parts_of_other;
    suite.parts("another session's opening record", "whole", &[at("altered", 0, 0)], |parts| {
        parts.opening = opening
    });
    suite.parts("another session's receipt", "whole", &[whole("receipt")], |parts| parts.receipts = receipts);
    suite.parts("another session's heartbeat", "whole", &[whole("heartbeat")], |parts| {
        parts.heartbeat = heartbeat
    });
    suite.parts("another session's closing record", "whole", &[whole("closing")], |parts| {
        parts.closing = closing
    });
    suite.parts("another session's closing receipt", "whole", &[whole("closing-receipt")], |parts| {
        parts.closing_receipt = closing_receipt;
    });
}

/// The file's own form.
fn layout(suite: &mut Suite) {
    suite.bytes("a section of an unknown kind", &[whole("layout")], |_, bytes| {
        bytes.extend([99, 0, 0, 0, 0, 0, 0, 0, 1, 0]);
    });
    suite.bytes("a byte behind the last section", &[whole("truncated")], |_, bytes| bytes.push(0));
    suite.bytes("kind of the segments' section", &[whole("layout"), at("missing", 0, 0)], |parts, bytes| {
        bytes[parts.start(SectionKind::Segments) - 9] = 0x43;
    });
    suite.bytes(
        "length of the segments' section",
        &[whole("truncated"), whole("unclosed")],
        |parts, bytes| {
            bytes[parts.start(SectionKind::Segments) - 4] ^= 0x40;
        },
    );
    suite.bytes("heartbeat twice", &[whole("layout")], |parts, bytes| {
        let heartbeat = parts.heartbeat.clone().unwrap();
        let start = parts.start(SectionKind::Heartbeat) + heartbeat.len();
        let again = [&section_head(SectionKind::Heartbeat, heartbeat.len() as u64)[..], &heartbeat].concat();
        bytes.splice(start..start, again);
    });
    suite.bytes("key sets behind all else", &[whole("layout"), whole("opening")], |parts, bytes| {
        let without = Parts { key_sets: vec![], ..parts.clone() };
        *bytes = without.bytes();
        for set in &parts.key_sets {
            bytes.extend(section_head(SectionKind::KeySet, set.len() as u64));
            bytes.extend(set);
        }
    });
    suite.bytes("an empty section", &[whole("layout")], |_, bytes| {
        bytes.splice(HEAD.len()..HEAD.len(), section_head(SectionKind::KeySet, 0));
    });
}

/// Films that are not of the segments.
fn films(suite: &mut Suite) {
    let (_, payloads) = film::session(0x28);
    suite.parts("a picture of the film", "film", &[at("film", 0, 3000)], |parts| {
        let payload = payloads[3].as_ref().unwrap();
        let pictures = &payload[payload.len() - 15..];
        let film = parts.film.as_mut().unwrap();
        let found = film.windows(15).position(|bytes| bytes == pictures).unwrap();
        film[found + 6] ^= 1;
    });
    suite.parts("last picture of the film", "film", &[at("film", 0, 6000)], |parts| {
        *parts.film.as_mut().unwrap().last_mut().unwrap() ^= 1;
    });
    for (name, number) in [("a second cut out of the film", 3), ("the end cut off the film", 6)] {
        suite.parts(name, "film", &[at("film", 0, number as u64 * 1000)], |parts| {
            let mut fewer = payloads.clone();
            fewer[number] = None;
            parts.film = Some(film::film(&fewer));
        });
    }
    suite.parts("a second put into the film", "film", &[at("film", 0, 3000)], |parts| {
        let mut more = payloads.clone();
        more[2] = Some(film::made_up(2));
        parts.film = Some(film::film(&more));
    });
    suite.parts("the film of other pictures", "film", &[at("film", 0, 1000)], |parts| {
        let mut other = payloads.clone();
        let last = other[1].as_mut().unwrap().last_mut().unwrap();
        *last ^= 1;
        parts.film = Some(film::film(&other));
    });
    suite.parts("times of the film", "film", &[at("film", 0, 0), at("film", 0, 6000)], |parts| {
        let film = parts.film.as_mut().unwrap();
        let found = film.windows(4).position(|bytes| bytes == b"stts").unwrap();
        film[found + 19] ^= 1;
    });
    suite.parts("sizes of the film", "film", &[whole("film")], |parts| {
        let film = parts.film.as_mut().unwrap();
        let found = film.windows(4).position(|bytes| bytes == b"stsz").unwrap();
        film[found + 19] ^= 1;
    });
    suite.parts("chunks of the film", "film", &[whole("film")], |parts| {
        let film = parts.film.as_mut().unwrap();
        let found = film.windows(4).position(|bytes| bytes == b"stco").unwrap();
        film[found + 15] ^= 1;
    });
    suite.parts("the film cut", "film", &[whole("film")], |parts| {
        let film = parts.film.as_mut().unwrap();
        film.truncate(film.len() - 1);
    });
    suite.parts("another content key", "film", &[at("content", 0, 0), at("content", 0, 6000)], |parts| {
        flip(parts.content.as_mut().unwrap());
    });
    suite.parts("content key dropped", "film", &[whole("film")], |parts| parts.content = None);
    suite.parts(
        "payload of a filmed second",
        "film",
        &[at("payload", 0, 3000), at("film", 0, 3000)],
        |parts| {
            *parts.tracks[0][3].last_mut().unwrap() ^= 1;
        },
    );
    suite.parts("a filmed second dropped", "film", &[at("missing", 0, 3000), at("film", 0, 3000)], |parts| {
        drop(parts.tracks[0].remove(3));
    });
}

/// Tracks exchanged with each other.
fn several_tracks() -> Suite {
    let mut suite = Suite::default();
    suite.parts("a segment of the other track", "two-tracks", &[at("altered", 0, 2000)], |parts| {
        parts.tracks[0][2] = parts.tracks[1][2].clone();
    });
    suite.parts("a whole track dropped", "two-tracks", &[at("missing", 1, 0)], |parts| {
        parts.tracks.truncate(1)
    });
    suite.parts("tracks swapped", "two-tracks", &[track("misplaced", 0), at("missing", 0, 0)], |parts| {
        parts.tracks.swap(0, 1);
    });
    suite.parts("a track twice", "two-tracks", &[track("misplaced", 0)], |parts| {
        parts.tracks[1] = parts.tracks[0].clone();
    });
    suite.parts("receipts swapped", "two-tracks", &[whole("receipt"), track("unreceipted", 0)], |parts| {
        parts.receipts.swap(0, 1);
    });
    suite.parts("a second of the second track dropped", "two-tracks", &[at("missing", 1, 4000)], |parts| {
        drop(parts.tracks[1].remove(4));
    });
    suite
}
