//! A thousand worlds, the seeds of worlds that once failed, and the proof that each check can fail.

use chaperone_sim::{Break, Invariant, run, run_many};

/// Worlds of the short form.
const SHORT: u64 = 1_000;

/// Seeds of worlds in which something once did not hold: each with the fault of the product that made it so, `-` where it
/// was none or cannot be put in again, and why. They are run by each change.
const REGRESSIONS: &str = include_str!("regressions.txt");

/// Seed, fault and why.
fn regressions() -> impl Iterator<Item = (u64, Option<Break>, &'static str)> {
    let lines = REGRESSIONS.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| {
        let mut parts = line.splitn(3, ' ');
        let seed = parts.next().and_then(|seed| seed.parse().ok());
        let broken = parts.next().and_then(|name| name.parse().ok());
        (seed.unwrap_or_default(), broken, parts.next().unwrap_or_default())
    })
}

#[test]
fn a_thousand_worlds_hold() {
    let summary = run_many(0..SHORT, None).unwrap();
    for outcome in &summary.failed {
        println!("{}seed {}: {}", outcome.timeline, outcome.seed, outcome.violation.as_ref().unwrap());
    }
    assert!(summary.failed.is_empty(), "{} worlds failed", summary.failed.len());
    let counts = summary.counts;
    // A world in which nothing happens proves nothing.
    assert!(counts.sessions > SHORT, "{counts:?}");
    assert!(counts.segments > 20 * SHORT, "{counts:?}");
    assert!(counts.crashes > SHORT / 10, "{counts:?}");
    assert!(counts.judged > counts.sessions * 9 / 10, "{counts:?}");
}

#[test]
fn worlds_that_failed_once_hold() {
    let mut count = 0;
    for (seed, broken, why) in regressions() {
        assert!(!why.is_empty(), "seed {seed} is kept without a reason");
        let outcome = run(seed, None).unwrap();
        if let Some(violation) = outcome.violation {
            panic!("{}seed {seed} ({why}): {violation}", outcome.timeline);
        }
        if let Some(broken) = broken {
            // It is still the world it is kept for: what a seed draws changes with the faults there are.
            let violation = run(seed, Some(broken)).unwrap().violation;
            let found = violation.map(|violation| violation.invariant);
            assert_eq!(found, Some(broken.caught_by()), "seed {seed} does not show: {why}");
        }
        count += 1;
    }
    assert!(count > 0, "no seed is kept");
}

#[test]
fn a_seed_is_one_world() {
    for seed in 0..20 {
        let [one, other] = [(); 2].map(|()| run(seed, None).unwrap());
        assert_eq!(one.timeline.hash(), other.timeline.hash(), "seed {seed}");
        assert_eq!(one.counts, other.counts, "seed {seed}");
    }
    let [one, other] = [1, 2].map(|seed| run(seed, None).unwrap().timeline.hash());
    assert_ne!(one, other);
}

#[test]
fn every_fault_of_the_product_is_caught() {
    for broken in Break::ALL {
        let kept = regressions().filter(|(_, known, _)| *known == Some(broken)).map(|(seed, ..)| seed);
        let caught = kept.chain(0..400).find_map(|seed| {
            let violation = run(seed, Some(broken)).unwrap().violation?;
            (violation.invariant == broken.caught_by()).then_some(seed)
        });
        assert!(caught.is_some(), "{} is not caught by {}", broken.name(), broken.caught_by().name());
    }
}

#[test]
fn every_check_is_shown_to_fail() {
    let unproven = Invariant::ALL
        .iter()
        .find(|invariant| Break::ALL.iter().all(|broken| broken.caught_by() != **invariant));
    assert_eq!(unproven, None);
}
