//! What is fed, and what must hold whatever it is fed with.

mod bundles;
mod seeds;
mod segments;
mod statements;
mod texts;

/// Something that takes bytes from outside.
pub struct Target {
    /// Its name, and that of its corpus.
    pub name: &'static str,
    /// Takes an input; panics where a promise is broken.
    pub feed: fn(&[u8]),
    /// Inputs that are right, out of the kept vectors and bundles.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// How many inputs the short form tries: about a second.
    pub short: u64,
}

/// Every target.
pub const TARGETS: [Target; 11] = [
    Target { name: "link", feed: texts::link, seeds: texts::link_seeds, short: 20_000 },
    Target { name: "enrolment-code", feed: texts::code, seeds: texts::code_seeds, short: 20_000 },
    Target { name: "key-set", feed: statements::key_set, seeds: statements::key_set_seeds, short: 2_000 },
    Target {
        name: "instructions",
        feed: statements::instructions,
        seeds: statements::instructions_seeds,
        short: 2_000,
    },
    Target { name: "control", feed: statements::control, seeds: statements::control_seeds, short: 2_000 },
    Target { name: "receipts", feed: statements::receipts, seeds: statements::receipts_seeds, short: 2_000 },
    Target { name: "records", feed: statements::records, seeds: statements::records_seeds, short: 2_000 },
    Target { name: "requests", feed: statements::requests, seeds: statements::requests_seeds, short: 2_000 },
    Target { name: "segment", feed: segments::segments, seeds: segments::seeds, short: 2_000 },
    Target { name: "bundle", feed: bundles::bundle, seeds: bundles::bundle_seeds, short: 300 },
    Target { name: "outline", feed: bundles::outline, seeds: bundles::outline_seeds, short: 300 },
];
