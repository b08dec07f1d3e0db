//! Any order of operations against a model that fits on one screen.

use std::collections::BTreeSet;

use chaperone_evidence::TrackHead;
use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

#[derive(Debug, Clone)]
enum Operation {
    Append {
        track: usize,
    },
    /// A receipt for everything up to the `share`-th part of what was written.
    Mark {
        track: usize,
        share: u8,
    },
    /// The power is cut after so many steps of an append.
    CutDuringAppend {
        track: usize,
        steps: u64,
    },
    OfferAgain,
    Restart,
}

fn operation() -> impl Strategy<Value = Operation> {
    prop_oneof![
        4 => (0..2_usize).prop_map(|track| Operation::Append { track }),
        3 => (0..2_usize, any::<u8>()).prop_map(|(track, share)| Operation::Mark { track, share }),
        2 => (0..2_usize, 1..6_u64).prop_map(|(track, steps)| Operation::CutDuringAppend { track, steps }),
        1 => Just(Operation::OfferAgain),
        2 => Just(Operation::Restart),
    ]
}

/// What must be true of the queue.
#[derive(Default)]
struct Model {
    /// Bytes by track.
    written: [Vec<Vec<u8>>; 2],
    heads: [Vec<TrackHead>; 2],
    receipted: [u64; 2],
}

impl Model {
    fn waiting(&self) -> BTreeSet<(u32, u64)> {
        let of = |track: u32, written: &[Vec<u8>], receipted| {
            (receipted..written.len() as u64).map(move |number| (track, number))
        };
        let [first, second] = &self.written;
        of(0, first, self.receipted[0]).chain(of(1, second, self.receipted[1])).collect()
    }
}

fn check(session: &SessionSpool<TestDisk>, model: &Model) {
    assert_eq!(waiting(session).into_iter().collect::<BTreeSet<_>>(), model.waiting());
    for (track, written) in (0..).zip(&model.written) {
        for (number, bytes) in (0..).zip(written) {
            assert_eq!(session.read(track, number).unwrap(), *bytes);
        }
        assert_eq!(session.ends()[track as usize].head.count, written.len() as u64);
    }
}

fn run(operations: &[Operation]) {
    let bench = Bench::new();
    let mut recorder = Recorder::new(1);
    let mut session = bench.create(&recorder);
    let mut model = Model::default();
    for track in 0..2 {
        model.heads[track].push(recorder.head(track));
    }
    for operation in operations {
        match *operation {
            Operation::Append { track } => {
                let bytes = recorder.media(track);
                store(&session, &bytes);
                model.written[track].push(bytes);
                model.heads[track].push(recorder.head(track));
            }
            Operation::Mark { track, share } => {
                let count = model.written[track].len() * usize::from(share) / 255;
                let signed = receipt(session_id(1), model.heads[track][count], &[], 1);
                let count = count as u64;
                let held = model.receipted[track];
                let expected = if count < held { Marked::Older } else { Marked::Stored(count - held) };
                assert_eq!(session.mark(&signed).unwrap(), expected);
                model.receipted[track] = held.max(count);
            }
            Operation::CutDuringAppend { track, steps } => {
                let bytes = recorder.media(track);
                bench.disk.fail_after(steps);
                session.append(&bytes).unwrap_err();
                bench.disk.repair();
                drop(session);
                session = bench.recover();
                let count = session.ends()[track].head.count;
                if count == model.written[track].len() as u64 {
                    // Nothing of it is there: the same bytes go on from here.
                    store(&session, &bytes);
                }
                model.written[track].push(bytes);
                model.heads[track].push(recorder.head(track));
            }
            Operation::OfferAgain => {
                session.offer_again().unwrap();
                model.receipted = [0; 2];
            }
            Operation::Restart => {
                drop(session);
                session = bench.recover();
            }
        }
        check(&session, &model);
    }
    let closing = recorder.closing();
    session.close(closing.clone()).unwrap();
    session.finish(&recorder.closing_receipt(&closing, &recorder.ends(), 0)).unwrap();
    assert!(bench.open().recoverable().unwrap().sessions.is_empty());
    assert!(bench.open().quarantined().unwrap().is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn the_queue_is_what_the_model_says(operations in vec(operation(), 1..24)) {
        run(&operations);
    }
}
