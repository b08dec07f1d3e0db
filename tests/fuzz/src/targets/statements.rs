//! Signed statements: the envelope, and what stands in it.

use chaperone_evidence::{
    AuditHead, ClosingReceipt, ClosingRecord, Heartbeat, OpeningRecord, Pulse, Receipt, RecoveryRecord,
};
use chaperone_protocol::{EnrolAnswer, EnrolRequest, Instructions, RedeemRequest};
use chaperone_seals::signed::MAX_SIGNED_LEN;
use chaperone_seals::{KeySet, SigningKey, Statement, canonical, signed};

use super::seeds::{vector, vectors};

/// The keys of the vectors (`crates/core/protocol/tests/vectors.rs`): root, launch, node, device, session, audit.
const KEYS: [u8; 6] = [0x01, 0x02, 0x03, 0x04, 0x05, 0x09];

const KEY_SET: [&str; 1] = ["key-set"];
const INSTRUCTIONS: [&str; 1] = ["instructions"];
const CONTROL: [&str; 5] = ["heartbeat", "heartbeat-shown", "pulse", "pulse-end", "pulse-message"];
const RECEIPTS: [&str; 3] = ["receipt", "closing-receipt", "audit-head"];
const RECORDS: [&str; 3] = ["opening-record", "closing-record", "recovery-record"];
const REQUESTS: [&str; 3] = ["enrol-request", "enrol-answer", "redeem-request"];

pub(super) fn key_set(input: &[u8]) {
    statement::<KeySet>(input, &KEY_SET);
    let root = SigningKey::from_seed(&[KEYS[0]; 32]).public().id();
    if let Ok(set) = KeySet::verify(input, &root, 1, 0) {
        assert!(KeySet::verify(input, &root, set.version + 1, 0).is_err(), "an older set was taken");
        assert!(KeySet::verify(input, &root, 0, set.expires_ms).is_err(), "an expired set was taken");
    }
}

pub(super) fn instructions(input: &[u8]) {
    statement::<Instructions>(input, &INSTRUCTIONS);
}

pub(super) fn control(input: &[u8]) {
    statement::<Heartbeat>(input, &CONTROL);
    statement::<Pulse>(input, &CONTROL);
}

pub(super) fn receipts(input: &[u8]) {
    statement::<Receipt>(input, &RECEIPTS);
    statement::<ClosingReceipt>(input, &RECEIPTS);
    statement::<AuditHead>(input, &RECEIPTS);
}

pub(super) fn records(input: &[u8]) {
    statement::<OpeningRecord>(input, &RECORDS);
    statement::<ClosingRecord>(input, &RECORDS);
    statement::<RecoveryRecord>(input, &RECORDS);
}

pub(super) fn requests(input: &[u8]) {
    statement::<EnrolRequest>(input, &REQUESTS);
    statement::<EnrolAnswer>(input, &REQUESTS);
    statement::<RedeemRequest>(input, &REQUESTS);
}

pub(super) fn key_set_seeds() -> Vec<Vec<u8>> {
    [vectors(&KEY_SET), bare::<KeySet>(&KEY_SET)].concat()
}

pub(super) fn instructions_seeds() -> Vec<Vec<u8>> {
    [vectors(&INSTRUCTIONS), bare::<Instructions>(&INSTRUCTIONS)].concat()
}

pub(super) fn control_seeds() -> Vec<Vec<u8>> {
    [vectors(&CONTROL), bare::<Heartbeat>(&CONTROL), bare::<Pulse>(&CONTROL)].concat()
}

pub(super) fn receipts_seeds() -> Vec<Vec<u8>> {
    [
        vectors(&RECEIPTS),
        bare::<Receipt>(&RECEIPTS),
        bare::<ClosingReceipt>(&RECEIPTS),
        bare::<AuditHead>(&RECEIPTS),
    ]
    .concat()
}

pub(super) fn records_seeds() -> Vec<Vec<u8>> {
    [
        vectors(&RECORDS),
        bare::<OpeningRecord>(&RECORDS),
        bare::<ClosingRecord>(&RECORDS),
        bare::<RecoveryRecord>(&RECORDS),
    ]
    .concat()
}

pub(super) fn requests_seeds() -> Vec<Vec<u8>> {
    [
        vectors(&REQUESTS),
        bare::<EnrolRequest>(&REQUESTS),
        bare::<EnrolAnswer>(&REQUESTS),
        bare::<RedeemRequest>(&REQUESTS),
    ]
    .concat()
}

/// As a bare statement and as a signed one: what is taken has one encoding, nothing verifies but what was signed, and
/// what is signed verifies, as nothing else.
fn statement<T: Statement>(input: &[u8], signed_ones: &[&str]) {
    let key = SigningKey::from_seed(&[0x77; 32]);
    if let Ok(value) = canonical::decode::<T>(input) {
        assert_eq!(canonical::encode(&value), input, "another encoding was taken");
        let bytes = signed::sign(&value, &key);
        if bytes.len() <= MAX_SIGNED_LEN {
            let verified: T = signed::verify(&bytes, &key.public())
                .unwrap_or_else(|error| panic!("what was signed does not verify: {error}"));
            assert_eq!(canonical::encode(&verified), input, "something else verified");
        }
    }
    if let Ok((named, value)) = signed::read_unverified::<T>(input) {
        let again = canonical::encode(&value);
        assert!(canonical::decode::<T>(&again).is_ok(), "what was read is not in its one encoding");
        for seed in KEYS {
            let key = SigningKey::from_seed(&[seed; 32]).public();
            if signed::verify::<T>(input, &key).is_ok() {
                assert_eq!(named, key.id(), "verified under a key that it does not name");
                let was_signed = signed_ones.iter().any(|name| vector(name) == input);
                assert!(was_signed, "verified, and nobody signed it");
            }
        }
    }
}

/// What stands in those of the vectors that are of this kind.
fn bare<T: Statement>(names: &[&str]) -> Vec<Vec<u8>> {
    let statements = names.iter().filter_map(|name| signed::read_unverified::<T>(vector(name)).ok());
    statements.map(|(_, value)| canonical::encode(&value)).collect()
}
