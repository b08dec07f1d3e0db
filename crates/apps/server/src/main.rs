//! `chaperone-server`.

use std::process::ExitCode;

fn main() -> ExitCode {
    chaperone_server::cli::run(std::env::args_os()).into()
}
