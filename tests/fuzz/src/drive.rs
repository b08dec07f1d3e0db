//! Feeding a target: its corpus first, then changes of it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use crate::coverage::{self, News, Seen};
use crate::mutate::mutated;
use crate::random::Random;
use crate::{Target, corpus};

/// An input that takes longer is a finding of the long form.
const SLOW: Duration = Duration::from_secs(2);

/// When to stop changing inputs.
#[derive(Clone, Copy, Debug)]
pub enum Until {
    /// After so many inputs.
    Inputs(u64),
    /// At this moment.
    At(Instant),
}

/// What came of it.
#[derive(Debug)]
pub enum Outcome {
    /// Every promise held.
    Held {
        /// Inputs tried, those of the corpus among them.
        inputs: u64,
        /// Edges of code reached; 0 where the build does not count.
        edges: usize,
        /// Inputs that reached code that nothing reached before.
        new: Vec<Vec<u8>>,
    },
    /// A promise was broken.
    Broken {
        /// By this input.
        input: Vec<u8>,
        /// How.
        why: String,
    },
}

/// Feeds a target with its corpus and then with changes drawn from `seed`.
///
/// # Errors
/// The corpus cannot be read.
pub fn drive(target: &Target, seed: u64, until: Until) -> anyhow::Result<Outcome> {
    let mut inputs: Vec<Vec<u8>> = (target.seeds)();
    inputs.extend(corpus::read(target.name)?.into_iter().map(|(_, input)| input));
    let (mut seen, mut tried, mut new) = (Seen::default(), 0, Vec::new());
    for input in &inputs {
        tried += 1;
        if let Err(why) = feed(target, input, &mut seen) {
            return Ok(Outcome::Broken { input: input.clone(), why });
        }
    }
    let mut random = Random::new(seed);
    loop {
        let done = match until {
            Until::Inputs(most) => tried >= most,
            Until::At(end) => Instant::now() >= end,
        };
        if done {
            return Ok(Outcome::Held { inputs: tried, edges: seen.edges(), new });
        }
        let input = mutated(&inputs, &mut random);
        tried += 1;
        match feed(target, &input, &mut seen) {
            Err(why) => return Ok(Outcome::Broken { input, why }),
            Ok(News::Oftener | News::Edge) => {
                new.push(input.clone());
                inputs.push(input);
            }
            Ok(News::Nothing) => {}
        }
    }
}

/// The shortest inputs that together reach every edge that all of them reach beyond the corpus.
///
/// # Errors
/// The corpus cannot be read.
pub fn distilled(target: &Target, mut inputs: Vec<Vec<u8>>) -> anyhow::Result<Vec<Vec<u8>>> {
    let mut seen = Seen::default();
    let kept = corpus::read(target.name)?.into_iter().map(|(_, input)| input);
    for input in (target.seeds)().into_iter().chain(kept) {
        if feed(target, &input, &mut seen).is_err() {
            // It held before; what came of it now is told by the next run.
            return Ok(Vec::new());
        }
    }
    inputs.sort_by_key(Vec::len);
    inputs.retain(|input| feed(target, input, &mut seen) == Ok(News::Edge));
    Ok(inputs)
}

/// How new what the input reached is; else how a promise was broken.
fn feed(target: &Target, input: &[u8], seen: &mut Seen) -> Result<News, String> {
    if coverage::counts() {
        Seen::begin();
    }
    let since = Instant::now();
    let ran = catch_unwind(AssertUnwindSafe(|| (target.feed)(input)));
    let took = since.elapsed();
    if let Err(panic) = ran {
        let words = panic.downcast_ref::<String>().cloned();
        return Err(words
            .or_else(|| panic.downcast_ref::<&str>().map(|words| (*words).to_owned()))
            .unwrap_or_default());
    }
    // Only the instrumented build is alone on its machine.
    if coverage::counts() && took > SLOW {
        return Err(format!("took {} ms", took.as_millis()));
    }
    Ok(seen.take())
}
