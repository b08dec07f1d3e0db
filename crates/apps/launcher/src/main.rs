//! `chaperone`: the command line, the link handler and the session process. It loads no window toolkit.

use std::path::Path;
use std::process::ExitCode;

use chaperone_clients::ssh::{ASKPASS_VARIABLE, askpass_main};
use chaperone_launcher::cli::Cli;
use chaperone_launcher::output::Output;
use chaperone_launcher::{logging, verbs};
use clap::Parser as _;

fn main() -> ExitCode {
    // ssh runs this very program to be told a password; its arguments are then a prompt and nothing of ours.
    if let Some(socket) = std::env::var_os(ASKPASS_VARIABLE) {
        let prompt = std::env::args_os().nth(1).unwrap_or_default();
        return ExitCode::from(askpass_main(Path::new(&socket), &prompt.to_string_lossy()));
    }
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            if let Err(error) = error.print() {
                tracing::debug!(%error, "Nobody reads our answer");
            }
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    logging::begin();
    let output = Output::new(cli.json);
    match verbs::carry_out(cli) {
        Ok(exit) => exit.into(),
        Err(failure) => {
            output.failure(&failure);
            failure.exit().into()
        }
    }
}
