//! The web pages' TypeScript types, written from the Rust types.
//!
//! A crate that has such types owns a test program `types`, which compares and, asked by a variable, writes. So every
//! test run is the check.

use crate::command;

/// Asks the tests to write instead of only comparing.
const WRITE: &str = "CHAPERONE_WRITE_TYPES";

/// Writes the types into the sources of the web pages.
///
/// # Errors
/// When the tests that write them do not build or run.
pub(crate) fn write() -> anyhow::Result<()> {
    command::run(
        command::cargo().args(["test", "--workspace", "--locked", "--test", "types"]).env(WRITE, "1"),
    )
}
