//! Benches over the built programs; started by `cargo xtask bench`.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for a terminal: printing is its interface"
)]

use std::process::ExitCode;

fn main() -> ExitCode {
    #[cfg(target_os = "linux")]
    match launch::run() {
        Ok(()) => return ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            return ExitCode::FAILURE;
        }
    }
    #[cfg(not(target_os = "linux"))]
    {
        eprintln!("error: benches are not available on this system yet; they need Linux");
        ExitCode::FAILURE
    }
}

#[cfg(target_os = "linux")]
#[path = "bench/launch.rs"]
mod launch;
