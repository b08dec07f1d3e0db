use chaperone_evidence::{EndReason, GapCause, TrackHead};
use chaperone_seals::Digest;
use proptest::prelude::*;

use super::*;
use crate::GapReason;

const OPENED: u64 = 1_800_000_000_000;
const CLOSED: Ending = Ending::Closed(EndReason::ClientExited);

fn head(count: u64) -> TrackHead {
    TrackHead { track: 0, count, head: Digest::of(&count.to_be_bytes()) }
}

fn gap(reason: GapReason) -> NamedGap {
    NamedGap { track: 0, start_ms: 1000, end_ms: 2000, reason }
}

/// A recording whose first `count` segments arrived, one a second, with a heartbeat after each.
fn recorded(count: u64) -> (Custody, u64) {
    let mut custody = Custody::opened([0], OPENED);
    let mut now = OPENED;
    for number in 0..count {
        now += 1000;
        custody.stored(0, number, now);
        custody.heartbeat(&[head(number + 1)], now);
    }
    (custody, now)
}

fn code(custody: &Custody, now_ms: u64) -> &'static str {
    custody.state(now_ms).code()
}

#[test]
fn session_without_a_segment_for_a_minute_has_never_started() {
    let mut custody = Custody::opened([0], OPENED);
    custody.heartbeat(&[head(0)], OPENED + 59_000);
    assert_eq!(code(&custody, OPENED + 59_999), "opening");
    assert_eq!(custody.next_deadline(OPENED), Some(OPENED + 60_000));
    assert_eq!(code(&custody, OPENED + 60_000), "never-started");
    assert_eq!(custody.next_deadline(OPENED + 60_000), None);
    custody.stored(0, 0, OPENED + 3_600_000);
    assert_eq!(code(&custody, OPENED + 3_600_000), "receiving", "it came late, after all");
}

#[test]
fn session_that_ended_without_record_has_never_started() {
    let mut custody = Custody::opened([0], OPENED);
    custody.ended(Ending::Closed(EndReason::WindowMissing), &[head(0)], OPENED + 11_000);
    assert_eq!(code(&custody, OPENED + 11_000), "never-started");
    assert_eq!(custody.composition(OPENED + 11_000), None);
}

#[test]
fn silence_of_ten_seconds_leaves_live_and_a_heartbeat_comes_back() {
    let (mut custody, now) = recorded(5);
    assert_eq!(custody.state(now + 9_999), State::Live);
    assert_eq!(custody.next_deadline(now), Some(now + 10_000));
    assert_eq!(custody.state(now + 10_000), State::Receiving { missing: vec![] });
    custody.heartbeat(&[head(7)], now + 20_000);
    assert_eq!(custody.state(now + 20_000), State::Live);
    assert_eq!(
        custody.state(now + 30_000),
        State::Receiving { missing: vec![Missing { track: 0, numbers: 5..7 }] }
    );
}

#[test]
fn closed_and_all_there_is_composed_and_ready() {
    let (mut custody, now) = recorded(5);
    custody.ended(CLOSED, &[head(6)], now);
    assert_eq!(code(&custody, now), "receiving");
    assert_eq!(custody.composition(now), None);
    custody.stored(0, 5, now + 500);
    let composition = custody.composition(now + 500).expect("something to compose");
    assert_eq!(composition.tracks, [0]);
    custody.composed(composition.generation, vec![]);
    assert_eq!(custody.state(now + 500), State::Ready);
    assert_eq!(custody.next_deadline(now + 500), None);
}

#[test]
fn recorders_own_gap_makes_it_incomplete() {
    let (mut custody, now) = recorded(5);
    custody.ended(CLOSED, &[head(5)], now);
    let generation = custody.composition(now).expect("something to compose").generation;
    let asleep = gap(GapReason::Recorder(GapCause::Asleep));
    custody.composed(generation, vec![asleep.clone()]);
    assert_eq!(custody.state(now), State::Incomplete { gaps: vec![asleep] });
}

#[test]
fn what_never_arrives_is_waited_for_and_then_named_and_taken_when_it_comes() {
    let (mut custody, now) = recorded(5);
    custody.ended(CLOSED, &[head(7)], now);
    assert_eq!(code(&custody, now + PATIENCE_MS - 1), "receiving");
    let later = now + PATIENCE_MS;
    assert_eq!(custody.next_deadline(now), Some(later));
    let generation = custody.composition(later).expect("something to compose").generation;
    custody.composed(generation, vec![gap(GapReason::NeverArrived)]);
    assert_eq!(code(&custody, later), "incomplete");
    assert_eq!(custody.missing(), [Missing { track: 0, numbers: 5..7 }]);

    custody.stored(0, 5, later);
    assert_eq!(code(&custody, later), "receiving");
    custody.stored(0, 6, later + 1);
    let generation = custody.composition(later + 1).expect("something to compose").generation;
    custody.composed(generation, vec![]);
    assert_eq!(custody.state(later + 1), State::Ready);
}

#[test]
fn recovered_session_does_not_wait_for_what_was_not_found_and_is_never_whole() {
    let (mut custody, now) = recorded(5);
    custody.heartbeat(&[head(7)], now);
    custody.ended(Ending::Recovered, &[head(6)], now + 60_000);
    assert_eq!(code(&custody, now + 60_000), "receiving");
    custody.stored(0, 5, now + 60_001);
    let generation = custody.composition(now + 60_001).expect("something to compose").generation;
    custody.composed(generation, vec![]);
    assert_eq!(code(&custody, now + 60_001), "incomplete");
    assert_eq!(custody.missing(), [Missing { track: 0, numbers: 6..7 }]);
}

#[test]
fn composition_overtaken_by_more_segments_is_done_again() {
    let (mut custody, now) = recorded(5);
    let later = now + PATIENCE_MS;
    let old = custody.composition(later).expect("something to compose").generation;
    custody.stored(0, 5, later);
    custody.composed(old, vec![]);
    assert_eq!(code(&custody, later), "receiving");
    custody.ended(CLOSED, &[head(6)], later);
    let new = custody.composition(later).expect("something to compose").generation;
    assert_ne!(old, new);
}

#[test]
fn failed_composition_is_tried_again_ever_more_rarely() {
    let (mut custody, mut now) = recorded(5);
    custody.ended(CLOSED, &[head(5)], now);
    for (failures, wait_ms) in (0..).zip([60_000, 300_000, 900_000, 3_600_000, 3_600_000]) {
        let composition = custody.composition(now).expect("something to compose");
        assert_eq!(composition.failures, failures);
        custody.composing_failed(composition.generation, "disk full".into(), now);
        let next_try_ms = now + wait_ms;
        assert_eq!(custody.state(now), State::Failed { reason: "disk full".into(), next_try_ms });
        assert_eq!(custody.next_deadline(now), Some(next_try_ms));
        now = next_try_ms;
    }
}

#[test]
fn session_without_tracks_lives_by_heartbeats_alone() {
    let mut custody = Custody::opened([], OPENED);
    assert_eq!(code(&custody, OPENED + 60_000), "never-started");
    custody.heartbeat(&[], OPENED + 1000);
    assert_eq!(code(&custody, OPENED + 1000), "live");
    custody.ended(CLOSED, &[], OPENED + 5000);
    assert_eq!(code(&custody, OPENED + 5000), "ready");
}

#[derive(Clone, Debug)]
enum Fact {
    Stored(u64),
    Heartbeat(u64),
    Closed(u64),
}

fn facts() -> impl Strategy<Value = Vec<(Fact, u64)>> {
    let fact = prop_oneof![
        (0..8_u64).prop_map(Fact::Stored),
        (0..8_u64).prop_map(Fact::Heartbeat),
        (0..8_u64).prop_map(Fact::Closed),
    ];
    prop::collection::vec((fact, 0..400_000_u64), 0..20)
}

fn learn(custody: &mut Custody, fact: &Fact, now: u64) {
    match fact {
        Fact::Stored(number) => custody.stored(0, *number, now),
        Fact::Heartbeat(count) => custody.heartbeat(&[head(*count)], now),
        Fact::Closed(count) => custody.ended(CLOSED, &[head(*count)], now),
    }
}

proptest! {
    #[test]
    fn order_and_repetition_of_facts_make_no_difference(facts in facts(), seed in any::<u64>(), now in 0..2_000_000_u64) {
        let mut once = Custody::opened([0], OPENED);
        for (fact, at) in &facts {
            learn(&mut once, fact, OPENED + at);
        }
        let mut shuffled = facts.clone();
        let len = shuffled.len();
        for index in 0..len {
            let other = usize::try_from(seed.rotate_left(u32::try_from(index).unwrap()) % 1000).unwrap();
            shuffled.swap(index, other % len);
        }
        let mut other = Custody::opened([0], OPENED);
        for (fact, at) in shuffled.iter().chain(&facts) {
            learn(&mut other, fact, OPENED + at);
        }
        prop_assert_eq!(once.missing(), other.missing());
        prop_assert_eq!(once.ending(), other.ending());
        prop_assert_eq!(once.has_started(), other.has_started());
        // A repeated arrival is none, so only waiting may differ: by when it was first learnt of.
        let late = OPENED + now + 400_000 + PATIENCE_MS;
        prop_assert_eq!(once.state(late), other.state(late));
    }

    #[test]
    fn nothing_changes_before_the_deadline_that_is_told(facts in facts(), steps in 1..50_u64) {
        let mut custody = Custody::opened([0], OPENED);
        let mut now = OPENED;
        for (fact, at) in &facts {
            now = now.max(OPENED + at);
            learn(&mut custody, fact, now);
        }
        let state = custody.state(now);
        match custody.next_deadline(now) {
            Some(deadline) => {
                prop_assert!(deadline > now);
                for step in 0..steps {
                    let between = now + (deadline - now) * step / steps;
                    prop_assert_eq!(custody.state(between), state.clone());
                }
                prop_assert_ne!(custody.state(deadline), state);
            }
            None => prop_assert_eq!(custody.state(u64::MAX), state),
        }
    }

    #[test]
    fn snapshot_is_the_whole_truth(facts in facts()) {
        let mut custody = Custody::opened([0, 1], OPENED);
        for (fact, at) in &facts {
            learn(&mut custody, fact, OPENED + at);
        }
        custody.composed(3, vec![gap(GapReason::Recorder(GapCause::ScreenLocked)), gap(GapReason::NeverArrived)]);
        let text = serde_json::to_string(&custody).unwrap();
        prop_assert_eq!(serde_json::from_str::<Custody>(&text).unwrap(), custody);
    }
}

#[test]
fn altered_film_is_made_again_once() {
    let mut custody = Custody::opened([0], 0);
    custody.stored(0, 0, 1000);
    custody.ended(Ending::Closed(EndReason::UserEnded), &[head(1)], 2000);
    let film = chaperone_seals::Digest::of(b"film");
    let generation = custody.composition(3000).unwrap().generation;
    custody.composed(generation, Vec::new());
    custody.film_made(film);
    let kept: Custody = serde_json::from_str(&serde_json::to_string(&custody).unwrap()).unwrap();
    assert_eq!((kept.film(), kept.state(3000)), (Some(film), State::Ready));
    assert!(custody.film_altered());
    assert_eq!((custody.film(), custody.state(3000)), (None, State::Processing));
    assert!(!custody.film_altered(), "it is known");
}

#[test]
fn damage_found_later_has_the_record_composed_again_once() {
    let mut custody = Custody::opened([0], 0);
    for number in 0..3 {
        custody.stored(0, number, 1000);
    }
    let heads = [TrackHead { track: 0, count: 3, head: Digest::of(b"") }];
    custody.ended(Ending::Closed(EndReason::UserEnded), &heads, 3000);
    let generation = custody.composition(4000).unwrap().generation;
    custody.composed(generation, Vec::new());
    assert_eq!(custody.state(4000), State::Ready);
    let mut damaged = Numbers::new();
    damaged.insert(1);
    assert!(!custody.found_damaged(7, &damaged), "no such track");
    assert_eq!(custody.state(4000), State::Ready);
    assert!(custody.found_damaged(0, &damaged));
    let again = custody.composition(5000).unwrap().generation;
    assert_ne!(again, generation);
    custody.composed(again, Vec::new());
    assert!(!custody.found_damaged(0, &damaged), "it is known");
    assert_eq!(custody.composition(6000), None);
    let text = serde_json::to_string(&custody).unwrap();
    assert_eq!(serde_json::from_str::<Custody>(&text).unwrap(), custody);
}
