//! One real recorded session, from the click in the browser to the film; started by `cargo xtask demo`.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for a terminal: printing is its interface"
)]

use std::process::ExitCode;

fn main() -> ExitCode {
    #[cfg(target_os = "linux")]
    match demo::run() {
        Ok(()) => return ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            return ExitCode::FAILURE;
        }
    }
    #[cfg(not(target_os = "linux"))]
    {
        eprintln!("error: the demo is not available on this system yet; it needs Linux");
        ExitCode::FAILURE
    }
}

#[cfg(target_os = "linux")]
#[path = "demo/linux.rs"]
mod demo;
