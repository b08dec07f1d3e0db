//! `register` and `unregister`.

use std::path::{Path, PathBuf};

use crate::exit::Exit;
use crate::failure::{Failure, OrFail as _, Outcome};
use crate::output::Output;
use crate::register::{self, RegisterError, Registered};

/// This program's own absolute path.
///
/// # Errors
/// When the system does not tell it.
pub fn own_program() -> Outcome<PathBuf> {
    std::env::current_exe().or_fail(Exit::Failed, "the system does not tell where this program lies")
}

/// Makes links ours.
///
/// # Errors
/// What keeps them from being ours.
pub fn register(program: &Path, output: Output) -> Outcome<()> {
    let registered = register::register(program).map_err(words)?;
    answer(output, &registered, "chaperone:// links of this user now open with this program");
    Ok(())
}

/// Takes it back.
///
/// # Errors
/// What keeps it from being taken back.
pub fn unregister(output: Output) -> Outcome<()> {
    let registered = register::unregister().map_err(words)?;
    answer(output, &registered, "chaperone:// links of this user no longer open with this program");
    Ok(())
}

fn answer(output: Output, registered: &Registered, what: &str) {
    output.answer(registered, || {
        let mut lines = vec![format!("{what} ({}).", registered.place)];
        lines.extend(registered.remarks.iter().cloned());
        lines.join("\n")
    });
}

fn words(error: RegisterError) -> Failure {
    match error {
        RegisterError::Elsewhere(text) => Failure::new(Exit::NotAvailable, text),
        RegisterError::Desktop { .. } => Failure::new(Exit::Failed, "links could not be made ours")
            .because(error)
            .advise("Install the package xdg-utils, then run `chaperone register` again."),
        RegisterError::NoPlace | RegisterError::ProgramPath { .. } | RegisterError::Write { .. } => {
            Failure::new(Exit::Failed, "links could not be made ours").because(error)
        }
    }
}
