//! `chaperone-verify`; see the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    chaperone_verify::run(std::env::args_os()).into()
}
