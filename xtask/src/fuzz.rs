//! The long form of fuzzing, in a build that counts what each input reaches.
//!
//! LLVM's coverage pass is part of every compiler; the driver in `tests/fuzz` brings the rest. So no other toolchain and no
//! other tool is needed.

use crate::{command, workspace};

/// One counter of eight bits for each edge; comparisons are not traced.
const INSTRUMENTED: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=3 \
     -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Ccodegen-units=1";

/// Feeds one target, or all of them, with the options of the driver.
///
/// # Errors
/// The build fails, an option is not understood, or a promise was broken.
pub(crate) fn fuzz(options: &[&str]) -> anyhow::Result<()> {
    let host = command::output(command::new("rustc").args(["--print", "host-tuple"]))?;
    let mut cargo = command::cargo();
    cargo.args(["run", "--quiet", "--locked", "--package", "chaperone-fuzz", "--target", host.trim(), "--"]);
    // With a target named, what runs while compiling is not instrumented. Overflows and assertions stay checked.
    cargo.args(options).env("RUSTFLAGS", INSTRUMENTED).env("CARGO_PROFILE_DEV_OPT_LEVEL", "1");
    cargo.env("CARGO_TARGET_DIR", workspace::target_dir().join("fuzz"));
    command::run(&mut cargo)
}
