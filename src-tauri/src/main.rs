//! `chaperone-desktop`: the launcher with a tray icon and windows.
//!
//! Owns the icon, its menu, the windows and the commands their pages may call. Everything it does is the launcher's
//! (`apps/launcher`): this program forwards what the user asks and shows the launcher's view. Sessions run in processes of
//! their own (`chaperone session`), which load no web view.
#![cfg_attr(windows, windows_subsystem = "windows")]

mod commands;
mod desktop;
mod open_address;
mod reaction;
mod surroundings;
mod tray;
mod view;
mod windows;

use std::process::ExitCode;
use std::time::Duration;

use chaperone_ipc::Claim;
use chaperone_launcher::failure::{Failure, OrFail as _, Outcome};
use chaperone_launcher::launcher::{Launcher, Options};
use chaperone_launcher::request::{self, Reply, Request};
use chaperone_launcher::{exit::Exit, logging, notify};
use chaperone_paths::Folders;

use desktop::Desktop;

/// How long a launcher that is already there may take to answer.
const LAUNCHER_WITHIN: Duration = Duration::from_secs(5);

fn main() -> ExitCode {
    logging::begin();
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            tracing::error!(error = %failure, "Chaperone ends");
            ExitCode::from(failure.exit().status())
        }
    }
}

fn run() -> Outcome<()> {
    let folders = Folders::find().or_fail(Exit::Failed, "cannot find this program's folders")?;
    folders.create().or_fail(Exit::Failed, "cannot make this program's folders")?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .or_fail(Exit::Failed, "this process cannot be set up")?;

    let endpoint = request::endpoint(&folders).or_fail(Exit::Failed, "the launcher cannot be named")?;
    let claim = runtime
        .block_on(chaperone_ipc::claim(&endpoint, LAUNCHER_WITHIN))
        .or_fail(Exit::Unreachable, "the running launcher cannot be reached")?;
    let listener = match claim {
        Claim::First(listener) => listener,
        Claim::Running(mut connection) => {
            let asked = runtime.block_on(request::ask(&mut connection, &Request::Show));
            return shown_by_running(
                asked.or_fail(Exit::Unreachable, "the running launcher did not answer")?,
            );
        }
    };

    let launcher = {
        let _in_runtime = runtime.enter();
        let program = session_program()?;
        Launcher::start(Options { folders: folders.clone(), program, headless: false }, listener)?
    };
    let desktop = Desktop::new(launcher.clone(), folders, runtime.handle().clone());
    let shown = desktop.show();
    runtime.block_on(launcher.shutdown());
    shown.map_err(|error| {
        Failure::new(Exit::Failed, "the windows of Chaperone cannot be shown").because(error)
    })
}

/// What the launcher that is already there answered when it was asked for a window. Whoever starts the app from a menu
/// sees no output, so a refusal is told as a notification too.
fn shown_by_running(reply: Reply) -> Outcome<()> {
    match reply {
        Reply::Accepted => Ok(()),
        Reply::Refused { what, advice, .. } => {
            notify::notify(&what, advice.as_deref().unwrap_or_default());
            let failure = Failure::new(Exit::Refused, what);
            Err(match advice {
                Some(advice) => failure.advise(advice),
                None => failure,
            })
        }
        Reply::Opening { .. } | Reply::Status(_) => {
            Err(Failure::new(Exit::Failed, "the running launcher answered something else than it was asked"))
        }
    }
}

/// The program `chaperone`, beside this one.
fn session_program() -> Outcome<std::path::PathBuf> {
    let own =
        std::env::current_exe().or_fail(Exit::Failed, "the system does not tell where this program lies")?;
    let program = own.with_file_name(format!("chaperone{}", std::env::consts::EXE_SUFFIX));
    if program.is_file() {
        return Ok(program);
    }
    Err(Failure::new(Exit::Failed, "the program chaperone is missing beside chaperone-desktop")
        .advise("Install Chaperone again."))
}
