use proptest::prelude::*;

use super::*;

fn at(seconds: u64) -> Moment {
    Moment::from_nanos(seconds * 1_000_000_000)
}

/// Judges once a second from second 1 on; `signs` are those of each second.
fn judge(signs: impl IntoIterator<Item = Signs>) -> Vec<Verdict> {
    let mut judge = PictureJudge::new();
    (1..).zip(signs).map(|(second, signs)| judge.judge(at(second), signs)).collect()
}

fn drawn(drawn: u64) -> Signs {
    Signs { drawn, ..Signs::default() }
}

fn stirred(stirred: u64) -> Signs {
    Signs { stirred, ..Signs::default() }
}

fn black(drawn: u64) -> Signs {
    Signs { drawn, black: true, ..Signs::default() }
}

#[test]
fn a_still_screen_is_sound_for_ever() {
    assert!(judge(vec![drawn(1); 10_000]).iter().all(|verdict| *verdict == Verdict::Sound));
}

#[test]
fn a_black_screen_nothing_is_drawn_in_is_sound_for_ever() {
    assert!(judge(vec![black(1); 10_000]).iter().all(|verdict| *verdict == Verdict::Sound));
}

#[test]
fn a_pointer_over_a_still_picture_is_checked_and_believed() {
    let verdicts = judge((1..=13).map(stirred));
    let looks: Vec<usize> = (0..13).filter(|second| verdicts[*second] == Verdict::Look).collect();
    assert_eq!(looks, [5, 11], "five seconds after the first movement, and after the next");
    let others = verdicts.iter().filter(|verdict| **verdict != Verdict::Look);
    assert!(others.into_iter().all(|verdict| *verdict == Verdict::Sound));
    assert_eq!(PictureJudge::looked(false), Verdict::Sound);
    assert_eq!(PictureJudge::looked(true), Verdict::Lost(CaptureLoss::Stale));
}

#[test]
fn one_movement_is_checked_once() {
    let verdicts = judge((0..100).map(|_| stirred(1)));
    assert_eq!(verdicts.iter().filter(|verdict| **verdict == Verdict::Look).count(), 1);
}

#[test]
fn what_is_drawn_answers_the_pointer() {
    let both = |count| Signs { drawn: count / 3, stirred: count, ..Signs::default() };
    assert!(judge((1..1_000).map(both)).iter().all(|verdict| *verdict == Verdict::Sound));
}

#[test]
fn a_black_picture_that_is_drawn_in_is_proven_once_and_then_believed() {
    let mut judge = PictureJudge::new();
    for second in 1..=5 {
        assert_eq!(judge.judge(at(second), black(second)), Verdict::Sound);
    }
    assert_eq!(judge.judge(at(6), black(6)), Verdict::Prove);
    assert_eq!(judge.proved(at(6), true), Verdict::Sound);
    for second in 7..1_000 {
        assert_eq!(judge.judge(at(second), black(second)), Verdict::Sound);
    }
    assert_eq!(judge.judge(at(1_000), drawn(1_000)), Verdict::Sound);
    for second in 1_001..=1_005 {
        assert_eq!(judge.judge(at(second), black(second)), Verdict::Sound);
    }
    assert_eq!(judge.judge(at(1_006), black(1_006)), Verdict::Prove, "a new blackness is a new question");
}

#[test]
fn a_black_picture_that_cannot_be_proven_is_lost_until_it_can_or_is_black_no_more() {
    let lost = Verdict::Lost(CaptureLoss::Black);
    let mut judge = PictureJudge::new();
    for second in 1..=6 {
        judge.judge(at(second), black(second));
    }
    assert_eq!(judge.proved(at(6), false), lost);
    for second in 7..=10 {
        assert_eq!(judge.judge(at(second), black(6)), lost, "though nothing more is drawn");
    }
    assert_eq!(judge.judge(at(11), black(6)), Verdict::Prove);
    let mut other = judge.clone();
    assert_eq!(judge.proved(at(11), true), Verdict::Sound);
    assert_eq!(judge.judge(at(12), black(7)), Verdict::Sound);
    other.proved(at(11), false);
    assert_eq!(other.judge(at(12), drawn(7)), Verdict::Sound);
}

#[test]
fn content_may_be_refused_for_a_moment_only() {
    let refused = |refused| Signs { refused, ..Signs::default() };
    let signs = [true, true, false, true, true, true, true, false].map(refused);
    let (sound, lost) = (Verdict::Sound, Verdict::Lost(CaptureLoss::Refused));
    assert_eq!(judge(signs), [sound, sound, sound, sound, sound, lost, lost, sound]);
}

#[test]
fn a_desktop_that_is_away_is_lost_while_it_is() {
    let away = |away| Signs { away, black: true, ..Signs::default() };
    let (sound, lost) = (Verdict::Sound, Verdict::Lost(CaptureLoss::ScreenLocked));
    assert_eq!(judge([false, true, true, false].map(away)), [sound, lost, lost, sound]);
}

proptest! {
    /// Whatever people and programs do, capture that tells the truth and passes every check loses nothing.
    #[test]
    fn capture_that_passes_its_checks_is_never_lost(
        steps in prop::collection::vec((0_u64..4, 0_u64..3, any::<bool>(), 0_u64..20), 1..200),
    ) {
        let mut judge = PictureJudge::new();
        let (mut now, mut signs) = (0, Signs::default());
        for (drawn, stirred, black, seconds) in steps {
            now += seconds;
            signs = Signs { drawn: signs.drawn + drawn, stirred: signs.stirred + stirred, black, ..signs };
            let verdict = match judge.judge(at(now), signs) {
                Verdict::Look => PictureJudge::looked(false),
                Verdict::Prove => judge.proved(at(now), true),
                verdict @ (Verdict::Sound | Verdict::Lost(_)) => verdict,
            };
            prop_assert_eq!(verdict, Verdict::Sound);
        }
    }
}
