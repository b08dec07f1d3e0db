//! Every corpus replayed, and a bounded number of changes of it, the same in every run.

use chaperone_fuzz::drive::{Outcome, Until, drive};
use chaperone_fuzz::{TARGETS, Target, corpus};

/// Drawn once; another seed is the long form's business.
const SEED: u64 = 0x6368_6170_6572_6f6e;

#[cfg(test)]
fn check(name: &str) {
    let target = TARGETS.iter().find(|target| target.name == name).unwrap();
    let kept = corpus::read(name).unwrap().len() + (target.seeds)().len();
    match drive(target, SEED, Until::Inputs(target.short)).unwrap() {
        Outcome::Held { inputs, .. } => assert!(inputs > kept as u64, "nothing but the corpus was tried"),
        Outcome::Broken { input, why } => {
            let path = corpus::keep(name, "found", &input).unwrap();
            panic!("{name}: {why}; the input is kept in {}", path.display());
        }
    }
}

macro_rules! replayed {
    ($($test:ident = $name:literal;)*) => {
        $(#[test]
        fn $test() {
            check($name);
        })*

        #[test]
        fn every_target_has_a_test() {
            let tested = [$($name),*];
            assert!(TARGETS.iter().map(|target| target.name).eq(tested));
        }
    };
}

replayed! {
    link = "link";
    enrolment_code = "enrolment-code";
    key_set = "key-set";
    instructions = "instructions";
    control = "control";
    receipts = "receipts";
    records = "records";
    requests = "requests";
    segment = "segment";
    bundle = "bundle";
    outline = "outline";
}

#[test]
fn a_broken_promise_is_found_and_its_input_told() {
    let target = Target {
        name: "none of the kept ones",
        feed: |input| assert!(!input.contains(&b'%'), "a sign that must not come"),
        seeds: || vec![b"abc".to_vec()],
        short: 0,
    };
    match drive(&target, SEED, Until::Inputs(10_000)).unwrap() {
        Outcome::Broken { input, why } => assert!(input.contains(&b'%') && why.contains("must not"), "{why}"),
        Outcome::Held { inputs, .. } => panic!("{inputs} inputs, and none of them broke it"),
    }
}
