//! `open`: what the browser calls with a link.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use chaperone_ipc::{Claim, Connection, IpcError, Listener, Reached};
use chaperone_paths::Folders;

use super::register::own_program;
use crate::exit::Exit;
use crate::failure::{Failure, OrFail as _, Outcome};
use crate::launcher::{Launcher, Options, read_link, require_enrolled};
use crate::output::Output;
use crate::private_text::PrivateText;
use crate::request::{self, Reply, Request, RequestError};
use crate::trust::TrustStore;
use crate::view::Ended;

/// How long a launcher may take to be there.
const LAUNCHER_WITHIN: Duration = Duration::from_secs(5);
/// How long the desktop app may take from its start until it listens.
const DESKTOP_WITHIN: Duration = Duration::from_secs(20);
/// Between two looks whether it does.
const LOOK_AGAIN: Duration = Duration::from_millis(25);

/// Opens the session of `link`: hands it to the running launcher, or starts one. Without windows this process becomes the
/// launcher itself and stays until the session is over and its record sent.
///
/// # Errors
/// What is wrong with the link, or what the session failed with.
pub async fn open(link: String, headless: bool, folders: &Folders, output: Output) -> Outcome<Exit> {
    let link = PrivateText::new(link);
    // Checked here before anything is started or called, and by the launcher once more.
    require_enrolled(&TrustStore::new(folders), &read_link(link.expose())?)?;
    let endpoint = request::endpoint(folders).or_fail(Exit::Failed, "the launcher cannot be named")?;
    let claim = chaperone_ipc::claim(&endpoint, LAUNCHER_WITHIN).await;
    let claim = match claim {
        Err(IpcError::TimedOut) => return Err(not_answering(None)),
        claim => claim.or_fail(Exit::Unreachable, "the running launcher cannot be reached")?,
    };
    match claim {
        Claim::Running(connection) => hand_over(connection, link, output).await,
        Claim::First(listener) => match desktop_app().filter(|_| !headless) {
            Some(program) => {
                drop(listener);
                start_desktop(&program)?;
                hand_over(wait_for_desktop(folders).await?, link, output).await
            }
            None => be_launcher(listener, link, folders, output).await,
        },
    }
}

async fn hand_over(mut connection: Connection, link: PrivateText, output: Output) -> Outcome<Exit> {
    let reply = match request::ask(&mut connection, &Request::Open { link }).await {
        Err(RequestError::Line(IpcError::TimedOut)) => return Err(not_answering(connection.peer_pid())),
        reply => reply.or_fail(Exit::Unreachable, "the running launcher did not take the link")?,
    };
    let Reply::Opening { launch } = reply else { return Err(not_done(reply)) };
    output.answer(&serde_json::json!({ "launch": launch }), || "The session is being opened.".to_owned());
    Ok(Exit::Done)
}

/// Another launcher is there and does nothing: stopped, or stuck.
fn not_answering(pid: Option<u32>) -> Failure {
    let launcher = match pid {
        Some(pid) => format!("the running launcher, process {pid},"),
        None => "another launcher of yours".to_owned(),
    };
    Failure::new(Exit::Unreachable, format!("{launcher} does not answer, so nothing was started")).advise(
        "It may have been stopped. Let it go on or end it, then click Launch again; what it has recorded is kept.",
    )
}

/// What a launcher's refusal means here.
pub(super) fn not_done(reply: Reply) -> Failure {
    match reply {
        Reply::Refused { status, what, advice } => {
            let exits = [
                Exit::Refused,
                Exit::UnknownServer,
                Exit::ServerRefused,
                Exit::Unreachable,
                Exit::NotFound,
                Exit::NotOurServer,
            ];
            let exit = exits.into_iter().find(|exit| exit.status() == status).unwrap_or(Exit::Failed);
            let failure = Failure::new(exit, what);
            match advice {
                Some(advice) => failure.advise(advice),
                None => failure,
            }
        }
        Reply::Accepted | Reply::Opening { .. } | Reply::Status(_) => {
            Failure::new(Exit::Failed, "the running launcher answered something else than it was asked")
        }
    }
}

async fn be_launcher(
    listener: Listener,
    link: PrivateText,
    folders: &Folders,
    output: Output,
) -> Outcome<Exit> {
    let options = Options { folders: folders.clone(), program: own_program()?, headless: true };
    let launcher = Launcher::start(options, listener)?;
    let _asking = launcher.ask_notices_in_terminal();
    let launch = launcher.open(link.expose())?;
    drop(link);
    let whole = async {
        let ended = launcher.ended(launch).await;
        launcher.idle().await;
        ended
    };
    let ended = tokio::select! {
        ended = whole => ended,
        pressed = tokio::signal::ctrl_c() => {
            pressed.or_fail(Exit::Failed, "cannot wait for Ctrl-C")?;
            launcher.end(launch);
            launcher.ended(launch).await
        }
    };
    launcher.shutdown().await;
    match ended {
        Some(ended) => told(&ended, output),
        None => Err(Failure::new(Exit::Failed, "the session was lost sight of")),
    }
}

fn told(ended: &Ended, output: Output) -> Outcome<Exit> {
    if ended.status == Exit::Done.status() {
        output.answer(ended, || ended.words.clone());
        return Ok(Exit::Done);
    }
    let what = ended.words.trim_end_matches('.').to_owned();
    Err(not_done(Reply::Refused { status: ended.status, what, advice: ended.advice.clone() }))
}

/// The desktop app beside this program, where there is a desktop to show it on.
fn desktop_app() -> Option<PathBuf> {
    let has_desktop = !cfg!(target_os = "linux")
        || ["DISPLAY", "WAYLAND_DISPLAY"]
            .iter()
            .any(|name| std::env::var_os(name).is_some_and(|v| !v.is_empty()));
    let beside =
        own_program().ok()?.with_file_name(format!("chaperone-desktop{}", std::env::consts::EXE_SUFFIX));
    (has_desktop && beside.is_file()).then_some(beside)
}

fn start_desktop(program: &std::path::Path) -> Outcome<()> {
    let mut command = Command::new(program);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    // It outlives this process, so nobody waits for it.
    command.spawn().map(drop).or_fail(Exit::Failed, "the desktop app cannot be started")
}

async fn wait_for_desktop(folders: &Folders) -> Outcome<Connection> {
    let endpoint = request::endpoint(folders).or_fail(Exit::Failed, "the launcher cannot be named")?;
    let look = async {
        loop {
            match chaperone_ipc::connect(&endpoint).await {
                Ok(Reached::Connection(connection)) => return connection,
                Ok(Reached::NobodyThere) | Err(_) => tokio::time::sleep(LOOK_AGAIN).await,
            }
        }
    };
    let found = tokio::time::timeout(DESKTOP_WITHIN, look).await;
    found.map_err(|_| {
        Failure::new(Exit::Unreachable, "the desktop app did not come up")
            .advise("Start Chaperone, then click Launch again; or use `chaperone --headless open`.")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_launcher_that_holds_the_place_and_does_nothing_is_named() {
        let home = tempfile::tempdir().unwrap();
        let folders = Folders::under(home.path()).unwrap();
        folders.create().unwrap();
        let endpoint = request::endpoint(&folders).unwrap();
        let Claim::First(_stuck) = chaperone_ipc::claim(&endpoint, LAUNCHER_WITHIN).await.unwrap() else {
            panic!("somebody else has this home");
        };
        let Claim::Running(connection) = chaperone_ipc::claim(&endpoint, LAUNCHER_WITHIN).await.unwrap()
        else {
            panic!("nobody listens");
        };
        let failure = not_answering(connection.peer_pid());
        assert_eq!(failure.exit(), Exit::Unreachable);
        let named = format!("process {}", std::process::id());
        assert!(failure.what().contains(&named), "{failure:?}");
        assert!(!not_answering(None).what().contains("process"));
    }
}
