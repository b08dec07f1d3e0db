//! Texts that people and browsers hand over.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chaperone_protocol::{EnrolmentCode, LaunchLink};
use chaperone_seals::Digest;

use super::seeds::{vector, vectors};

const PREFIX: &str = "chaperone-enrol-1.";

/// A link that is taken is the one that is written, but for the slash some browsers add.
pub(super) fn link(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    if let Ok(link) = LaunchLink::parse(text) {
        assert_eq!(link.to_text(), text.replacen("launch/?", "launch?", 1), "another spelling was taken");
        assert!(text.len() <= 512 && text.is_ascii(), "beyond the grammar");
    }
}

pub(super) fn link_seeds() -> Vec<Vec<u8>> {
    let mut seeds = vectors(&["text: launch link"]);
    seeds.push(format!("chaperone://launch/?server=https%3A%2F%2Fa&ticket={}", "A".repeat(43)).into_bytes());
    seeds
}

/// A code that is taken is the one that is written, but for white space; as it comes, and as the content of one whose
/// check digits are right, for changes seldom leave those so.
pub(super) fn code(input: &[u8]) {
    if let Ok(text) = std::str::from_utf8(input) {
        code_text(text);
    }
    let body = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(input));
    let check = Digest::of(body.as_bytes()).to_string();
    code_text(&format!("{body}.{}", check.get(..8).unwrap_or_default()));
}

fn code_text(text: &str) {
    if let Ok(code) = EnrolmentCode::parse(text) {
        let bare: String = text.split_ascii_whitespace().collect();
        assert_eq!(code.to_text(), bare, "another spelling was taken");
    }
}

pub(super) fn code_seeds() -> Vec<Vec<u8>> {
    let text = std::str::from_utf8(vector("text: enrolment code")).unwrap_or_default();
    let body = text.trim_start_matches(PREFIX).split('.').next().unwrap_or_default();
    let fields = URL_SAFE_NO_PAD.decode(body).unwrap_or_else(|error| panic!("the kept code: {error}"));
    vec![text.as_bytes().to_vec(), fields]
}
