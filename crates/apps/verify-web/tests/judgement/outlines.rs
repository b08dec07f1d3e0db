//! Whole, torn and changed outlines.

use std::path::PathBuf;

use chaperone_evidence::bundle::{HEAD, OUTLINE_HEAD, SectionKind, section_head};
use chaperone_evidence::segment;
use chaperone_evidence::verify::{Code, judge};
use chaperone_verify_web::judgement;
use serde_json::Value;

const KEPT: [&str; 8] = ["whole", "gaps", "two-tracks", "recovered", "missing", "open", "unrecorded", "film"];

/// A bundle's sections; of segments one entry for each header with its length.
type Sections = Vec<(SectionKind, Vec<Vec<u8>>)>;

fn golden_dir() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../tests/golden")
}

fn kept(name: &str) -> Vec<u8> {
    std::fs::read(golden_dir().join(format!("{name}.bundle"))).unwrap()
}

fn root() -> [u8; 32] {
    let text = std::fs::read_to_string(golden_dir().join("root.txt")).unwrap();
    let byte = |digits: &[u8]| u8::from_str_radix(std::str::from_utf8(digits).unwrap(), 16).unwrap();
    let hex: Vec<u8> = text.trim().as_bytes().chunks(2).map(byte).collect();
    hex.try_into().unwrap()
}

/// The outline of a kept bundle, taken apart.
fn sections(name: &str) -> Sections {
    let bundle = kept(name);
    let mut rest = bundle.strip_prefix(HEAD).unwrap();
    let mut sections = Vec::new();
    while let Some((head, after)) = rest.split_first_chunk::<9>() {
        let [kind, length @ ..] = *head;
        let (content, after) = after.split_at(u64::from_be_bytes(length).try_into().unwrap());
        rest = after;
        let kind = SectionKind::from_number(kind).unwrap();
        if kind == SectionKind::Segments {
            let headers = segment::read_all(content).map(|segment| {
                let header = segment.unwrap().header_bytes;
                [&u32::try_from(header.len()).unwrap().to_be_bytes()[..], header].concat()
            });
            sections.push((kind, headers.collect()));
        } else if !matches!(kind, SectionKind::ContentKey | SectionKind::Film) {
            sections.push((kind, vec![content.to_vec()]));
        }
    }
    sections
}

/// What a page writes: the fingerprint, and the outline behind it.
fn page(root: [u8; 32], sections: &Sections) -> Vec<u8> {
    let mut bytes = root.to_vec();
    bytes.extend(OUTLINE_HEAD);
    for (kind, contents) in sections {
        let content = contents.concat();
        bytes.extend(section_head(*kind, content.len() as u64));
        bytes.extend(content);
    }
    bytes
}

fn judged(sections: &Sections) -> Value {
    serde_json::from_str(&judgement(&page(root(), sections))).unwrap()
}

/// The stretches of the first track as `standing from-to`.
fn stretches(judgement: &Value) -> Vec<String> {
    let stretches = judgement["tracks"][0]["stretches"].as_array().unwrap();
    let told = |stretch: &Value| {
        format!("{} {}-{}", stretch["standing"].as_str().unwrap(), stretch["from_ms"], stretch["to_ms"])
    };
    stretches.iter().map(told).collect()
}

fn codes(judgement: &Value) -> Vec<&str> {
    judgement["findings"].as_array().unwrap().iter().map(|found| found["code"].as_str().unwrap()).collect()
}

#[test]
fn an_outline_is_judged_as_its_bundle_but_for_payloads() {
    for name in KEPT {
        let root = chaperone_seals::Digest::from_bytes(root());
        let report = judge(&mut kept(name).as_slice(), root, &[]).unwrap().unwrap();
        let of_payloads = |code: Code| matches!(code, Code::Payload | Code::Content | Code::Film);
        let expected: Vec<&str> = report
            .findings
            .iter()
            .filter(|found| !of_payloads(found.code))
            .map(|found| found.code.code())
            .collect();
        let judgement = judged(&sections(name));
        assert_eq!(judgement["outcome"], "judged", "{name}");
        assert_eq!(codes(&judgement), expected, "{name}");
        assert_eq!(judgement["session"], report.opening.unwrap().session.to_string(), "{name}");
    }
}

#[test]
fn a_whole_record_is_one_proven_stretch() {
    assert_eq!(stretches(&judged(&sections("whole"))), ["proven 0-8000"]);
}

#[test]
fn gaps_that_name_themselves_stand_where_they_are() {
    let judgement = judged(&sections("gaps"));
    let found = judgement["findings"].as_array().unwrap().iter().filter(|found| found["code"] == "gap");
    let expected: Vec<String> =
        found.map(|found| format!("gap {}-{}", found["from_ms"], found["to_ms"])).collect();
    let gaps: Vec<String> =
        stretches(&judgement).into_iter().filter(|stretch| stretch.starts_with("gap")).collect();
    assert_eq!(gaps, expected);
    assert!(!gaps.is_empty());
}

#[test]
fn a_second_left_out_is_missing_and_no_other() {
    let mut sections = sections("whole");
    let (_, segments) = sections.iter_mut().find(|(kind, _)| *kind == SectionKind::Segments).unwrap();
    segments.remove(3);
    assert_eq!(stretches(&judged(&sections)), ["proven 0-3000", "missing 3000-4000", "proven 4000-8000"]);
}

#[test]
fn a_changed_header_damages_its_second_and_no_other() {
    let mut sections = sections("whole");
    let (_, segments) = sections.iter_mut().find(|(kind, _)| *kind == SectionKind::Segments).unwrap();
    let last = segments[3].len() - 1;
    segments[3][last] ^= 1;
    assert_eq!(stretches(&judged(&sections)), ["proven 0-3000", "damaged 3000-4000", "proven 4000-8000"]);
}

#[test]
fn without_receipts_nothing_is_proven() {
    let mut sections = sections("whole");
    sections.retain(|(kind, _)| !matches!(kind, SectionKind::Receipt | SectionKind::ClosingReceipt));
    let judgement = judged(&sections);
    assert_eq!(stretches(&judgement), ["unreceipted 0-8000"]);
    assert_eq!(codes(&judgement), ["unreceipted", "unreceipted"]);
}

#[test]
fn seconds_behind_the_receipt_are_not_proven() {
    let stretches = stretches(&judged(&sections("missing")));
    assert!(stretches.iter().any(|stretch| stretch.starts_with("missing")), "{stretches:?}");
}

#[test]
fn under_another_root_nothing_is_proven() {
    let told = judgement(&page([7; 32], &sections("whole")));
    let judgement: Value = serde_json::from_str(&told).unwrap();
    assert_eq!(judgement["session"], Value::Null);
    assert_eq!(judgement["tracks"], Value::Array(Vec::new()));
    assert!(codes(&judgement).contains(&"opening"));
}

#[test]
fn a_flipped_bit_anywhere_is_never_all_proven() {
    let whole = page(root(), &sections("whole"));
    for at in (0..whole.len()).step_by(7) {
        let mut changed = whole.clone();
        changed[at] ^= 1 << (at % 8);
        let told: Value = serde_json::from_str(&judgement(&changed)).unwrap();
        let faults = told["findings"].as_array().map_or(0, |findings| {
            findings.iter().filter(|found| found["fault"] == Value::Bool(true)).count()
        });
        assert!(told["outcome"] == "not-one" || faults > 0, "byte {at}");
    }
}

#[test]
fn what_is_no_outline_is_called_none() {
    let bundle = [root().as_slice(), &kept("whole")].concat();
    for bytes in [&[][..], &[0; 31], &root(), &bundle] {
        assert_eq!(judgement(bytes), r#"{"outcome":"not-one"}"#);
    }
}
