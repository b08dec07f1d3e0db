//! The judgement a page shows, on the kept bundles without their payloads.

#[cfg(test)]
mod outlines;
