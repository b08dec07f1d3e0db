use chaperone_evidence::EndCause;
use chaperone_seals::Nonce;
use proptest::prelude::*;

use super::*;

const OPERATOR: EndReason = EndReason::ServerEnded(EndCause::Operator);

fn at(ms: u64) -> Moment {
    Moment::from_nanos(ms * 1_000_000)
}

fn nonce(n: u64) -> Nonce {
    let mut nonce = [0; 16];
    nonce[..8].copy_from_slice(&n.to_be_bytes());
    Nonce::from_bytes(nonce)
}

fn policy() -> Policy {
    Policy { needs: StartNeeds { notice: false, capture: true }, freeze: true, stall: StallLimit::default() }
}

fn effects(session: &mut Session) -> Vec<Effect> {
    std::iter::from_fn(|| session.poll_effect()).collect()
}

fn feed(session: &mut Session, ms: u64, input: Input) -> Vec<Effect> {
    session.handle(at(ms), input);
    effects(session)
}

/// A session whose client runs and shows its window, at 100 ms.
fn running() -> Session {
    let mut session = Session::new(at(0), at(20), policy());
    assert_eq!(effects(&mut session), [Effect::ProveCapture]);
    assert_eq!(feed(&mut session, 50, Input::CaptureProven), [Effect::StartClient]);
    assert_eq!(feed(&mut session, 60, Input::ClientStarted), []);
    assert_eq!(feed(&mut session, 100, Input::WindowAppeared), [Effect::ShowRunning]);
    session
}

/// Feeds a second of health: heartbeat out and back, a frame.
fn healthy(session: &mut Session, ms: u64) -> Vec<Effect> {
    let mut all = feed(session, ms, Input::HeartbeatSent(nonce(ms)));
    all.extend(feed(session, ms + 5, Input::HeartbeatHeard(nonce(ms))));
    all.extend(feed(session, ms + 10, Input::CaptureAlive));
    all
}

#[test]
fn a_session_lives_as_long_as_everything_is_well_and_ends_with_its_client() {
    let mut session = running();
    for second in 1..100 {
        assert_eq!(healthy(&mut session, second * 1_000), []);
    }
    assert_eq!(feed(&mut session, 100_500, Input::ClientExited), [Effect::AskClient]);
    assert_eq!(feed(&mut session, 100_510, Input::TreeGone), [Effect::Drain(EndReason::ClientEnded)]);
    assert_eq!(feed(&mut session, 100_900, Input::Drained), [Effect::Leave]);
    assert!(session.is_over());
    assert_eq!(session.next_deadline(), None);
}

#[test]
fn server_loss_freezes_asks_kills_and_stamps() {
    let mut session = running();
    for second in 1..5 {
        healthy(&mut session, second * 1_000);
    }
    let mut log = Vec::new();
    for tick in (4_100..15_000).step_by(20) {
        session.handle(at(tick), Input::CaptureAlive);
        log.extend(effects(&mut session).into_iter().map(|effect| (tick, effect)));
        if log.iter().filter(|(_, effect)| *effect == Effect::KillClient).count() == 2 {
            session.handle(at(tick + 1), Input::TreeGone);
            log.extend(effects(&mut session).into_iter().map(|effect| (tick + 1, effect)));
            break;
        }
    }
    assert_eq!(
        log,
        [
            (6_000, Effect::Trouble { why: Trouble::ServerLate, freeze: true }),
            (14_000, Effect::AskClient),
            (14_300, Effect::KillClient),
            (14_360, Effect::KillClient),
            (14_361, Effect::Drain(EndReason::ServerLost)),
        ]
    );
    let stamps = session.end_stamps();
    assert_eq!(stamps.heartbeat_sent, Some(at(4_000)));
    assert_eq!(stamps.heartbeat_heard, Some(at(4_005)));
    assert_eq!(stamps.asked, Some(at(14_000)));
    assert_eq!(stamps.killed, Some(at(14_300)));
    assert_eq!(stamps.gone, Some(at(14_361)));
}

#[test]
fn nothing_is_left_of_a_start_that_failed() {
    let mut session = Session::new(at(0), at(0), policy());
    effects(&mut session);
    assert_eq!(feed(&mut session, 10, Input::CaptureNotProven), [Effect::Drain(EndReason::CaptureNotProven)]);
    assert_eq!(feed(&mut session, 20, Input::ClientStarted), [Effect::KillClient]);
}

#[test]
fn a_client_without_window_is_ended() {
    let mut session = Session::new(at(0), at(0), policy());
    effects(&mut session);
    feed(&mut session, 10, Input::CaptureProven);
    feed(&mut session, 20, Input::ClientStarted);
    for second in 1..10 {
        assert_eq!(healthy(&mut session, second * 1_000), []);
    }
    assert_eq!(feed(&mut session, 10_020, Input::Tick), [Effect::AskClient]);
    assert_eq!(session.end_reason(), Some(EndReason::NoWindow));
}

#[test]
fn short_sleep_is_a_gap_and_long_sleep_the_end() {
    let mut session = running();
    healthy(&mut session, 1_000);
    let woken = feed(&mut session, 7_000, Input::Tick);
    assert!(woken.starts_with(&[Effect::BeginGap(GapCause::Asleep), Effect::EndGap]), "{woken:?}");
    assert_eq!(healthy(&mut session, 7_010), [Effect::Well]);
    assert_eq!(
        feed(&mut session, 60_000, Input::HeartbeatHeard(nonce(7_010))),
        [Effect::AskClient, Effect::KillClient]
    );
    assert_eq!(session.end_reason(), Some(EndReason::Asleep));
}

#[test]
fn a_tree_that_never_goes_does_not_keep_the_record_open() {
    let mut session = running();
    feed(&mut session, 200, Input::End(OPERATOR));
    let mut drained = None;
    for tick in (220..20_000).step_by(20) {
        if feed(&mut session, tick, Input::Tick).contains(&Effect::Drain(OPERATOR)) {
            drained = Some(tick);
            break;
        }
    }
    assert_eq!(drained, Some(5_500));
    assert_eq!(session.end_stamps().gone, None);
}

#[test]
fn all_is_well_only_when_every_trouble_is_over() {
    let mut session = running();
    healthy(&mut session, 1_000);
    assert_eq!(
        feed(&mut session, 1_500, Input::CaptureLost(CaptureLoss::ScreenLocked)),
        [Effect::BeginGap(GapCause::ScreenLocked), Effect::Trouble { why: Trouble::NoPicture, freeze: true }]
    );
    assert_eq!(
        feed(&mut session, 3_000, Input::Tick),
        [Effect::Trouble { why: Trouble::ServerLate, freeze: true }]
    );
    assert_eq!(
        feed(&mut session, 3_100, Input::CaptureAlive),
        [Effect::EndGap, Effect::Trouble { why: Trouble::ServerLate, freeze: true }]
    );
    assert_eq!(healthy(&mut session, 3_200), [Effect::Well]);
}

#[test]
fn drain_is_bounded() {
    let mut session = running();
    feed(&mut session, 200, Input::ClientExited);
    feed(&mut session, 210, Input::TreeGone);
    assert_eq!(session.next_deadline(), Some(at(10_210)));
    assert_eq!(feed(&mut session, 10_210, Input::Tick), [Effect::Leave]);
}

fn any_input() -> impl Strategy<Value = Input> {
    prop_oneof![
        4 => Just(Input::Tick),
        1 => any::<bool>().prop_map(|acknowledged| Input::NoticeAnswered { acknowledged }),
        2 => Just(Input::CaptureProven),
        1 => Just(Input::CaptureNotProven),
        2 => Just(Input::ClientStarted),
        1 => Just(Input::ClientNotStarted),
        2 => Just(Input::WindowAppeared),
        1 => Just(Input::ClientExited),
        1 => Just(Input::TreeGone),
        3 => (0_u64..6).prop_map(|n| Input::HeartbeatSent(nonce(n))),
        3 => (0_u64..6).prop_map(|n| Input::HeartbeatHeard(nonce(n))),
        1 => Just(Input::SegmentSpooled),
        1 => any::<bool>().prop_map(|left| Input::RecordMoved { left }),
        4 => Just(Input::CaptureAlive),
        1 => Just(Input::CaptureLost(CaptureLoss::Stale)),
        1 => Just(Input::End(OPERATOR)),
        1 => Just(Input::Drained),
    ]
}

proptest! {
    /// Whatever happens in whatever order: the client starts at most once and only with proof, gaps come in pairs,
    /// asking comes before killing, draining before leaving, each once, and every session comes to its end.
    #[test]
    fn every_story_keeps_the_rules(
        notice in any::<bool>(),
        capture in any::<bool>(),
        steps in prop::collection::vec((0_u64..4_000, any_input()), 0..80),
    ) {
        let needs = StartNeeds { notice, capture };
        let mut session = Session::new(at(0), at(0), Policy { needs, freeze: true, stall: StallLimit::default() });
        let mut seen = effects(&mut session);
        let (mut now, mut proven, mut acknowledged) = (0, !capture, !notice);
        for (step, input) in steps {
            now += step;
            proven |= input == Input::CaptureProven;
            acknowledged |= input == Input::NoticeAnswered { acknowledged: true };
            let new = feed(&mut session, now, input);
            if new.contains(&Effect::StartClient) {
                prop_assert!(proven && acknowledged);
            }
            seen.extend(new);
            if let Some(deadline) = session.next_deadline() {
                prop_assert!(deadline > at(now), "{:?} at {}", deadline, now);
            }
        }
        // No further word from anyone: the deadlines alone bring it to its end.
        for _ in 0..1_000 {
            let Some(deadline) = session.next_deadline() else { break };
            session.handle(deadline, Input::Tick);
            seen.extend(effects(&mut session));
        }
        prop_assert!(session.is_over());
        let count = |wanted: fn(&Effect) -> bool| seen.iter().filter(|effect| wanted(effect)).count();
        let place = |wanted: fn(&Effect) -> bool| seen.iter().position(wanted);
        prop_assert!(count(|e| *e == Effect::StartClient) <= 1);
        prop_assert_eq!(count(|e| matches!(e, Effect::Drain(_))), 1);
        prop_assert_eq!(count(|e| *e == Effect::Leave), 1);
        prop_assert!(count(|e| *e == Effect::AskClient) <= 1);
        prop_assert!(place(|e| matches!(e, Effect::Drain(_))) < place(|e| *e == Effect::Leave));
        if let (Some(asked), Some(killed)) = (place(|e| *e == Effect::AskClient), place(|e| *e == Effect::KillClient)) {
            prop_assert!(asked < killed);
        }
        let begun = count(|e| matches!(e, Effect::BeginGap(_)));
        let ended = count(|e| *e == Effect::EndGap);
        prop_assert!(begun == ended || begun == ended + 1);
    }
}
