//! `queue`: what lies here until the server has signed for it.

use chaperone_ipc::Claim;
use chaperone_paths::Folders;
use chaperone_spool::Spool;
use serde_json::json;

use super::register::own_program;
use super::status::ask;
use crate::exit::Exit;
use crate::failure::{Failure, OrFail as _, Outcome};
use crate::launcher::{Launcher, Options};
use crate::output::Output;
use crate::request::{self, Reply, Request};
use crate::uploader::{self, Underway};
use crate::view::QueueView;

/// Lists every session of which something is kept here.
///
/// # Errors
/// When the launcher does not answer or the spool cannot be listed.
pub async fn list(folders: &Folders, output: Output) -> Outcome<()> {
    let queue = look(folders).await?;
    output.answer(&json!({ "sessions": queue }), || {
        if queue.is_empty() {
            return "Nothing waits: the server has signed for everything.".to_owned();
        }
        queue.iter().map(line).collect::<Vec<_>>().join("\n")
    });
    Ok(())
}

/// Shows one session.
///
/// # Errors
/// [`Exit::NotFound`] when nothing of it is kept here.
pub async fn show(session: &str, folders: &Folders, output: Output) -> Outcome<()> {
    let view = find(session, look(folders).await?)?;
    output.answer(&view, || line(&view));
    Ok(())
}

/// Uploads what waits, now. Without a running launcher this process does it, and stays until it is done or parked.
///
/// # Errors
/// When the session named is not here, or nothing can be sent at all.
pub async fn retry(session: Option<String>, folders: &Folders, output: Output) -> Outcome<()> {
    if let Some(session) = &session {
        find(session, look(folders).await?)?;
    }
    let endpoint = request::endpoint(folders).or_fail(Exit::Failed, "the launcher cannot be named")?;
    let claim = chaperone_ipc::claim(&endpoint, request::ANSWER_WITHIN).await;
    match claim.or_fail(Exit::Unreachable, "the running launcher cannot be reached")? {
        Claim::Running(mut connection) => {
            let reply = request::ask(&mut connection, &Request::Retry { session }).await;
            let reply = reply.or_fail(Exit::Unreachable, "the running launcher did not answer")?;
            let Reply::Accepted = reply else { return Err(super::open::not_done(reply)) };
            output.answer(&json!({ "retrying": true }), || "Trying again now.".to_owned());
        }
        Claim::First(listener) => {
            let options = Options { folders: folders.clone(), program: own_program()?, headless: true };
            let launcher = Launcher::start(options, listener)?;
            launcher.idle().await;
            let left = launcher.status().queue;
            launcher.shutdown().await;
            output.answer(&json!({ "sessions": left }), || match left.len() {
                0 => "Everything is sent.".to_owned(),
                count => format!("{count} sessions still wait."),
            });
        }
    }
    Ok(())
}

/// One session on one line.
pub(super) fn line(view: &QueueView) -> String {
    let title = view.title.as_deref().unwrap_or("unreadable");
    let origin = view.origin.as_deref().unwrap_or("unknown server");
    let tenths = view.bytes / 100_000;
    format!(
        "{}  {title} \u{2192} {origin}: {}, {} s, {}.{} MB",
        view.session,
        view.state.words(),
        view.segments,
        tenths / 10,
        tenths % 10
    )
}

/// The queue as the files tell, without a launcher.
pub(super) fn from_disk(folders: &Folders) -> Outcome<Vec<QueueView>> {
    let spool = Spool::open(&folders.spool_dir()).or_fail(Exit::Failed, "the spool cannot be used")?;
    // No process of ours sends anything, so nothing moves until one is started.
    uploader::queue(&spool, |_| Some(Underway::PARKED))
}

async fn look(folders: &Folders) -> Outcome<Vec<QueueView>> {
    match ask(folders, &Request::Status).await? {
        Some(Reply::Status(status)) => Ok(status.queue),
        Some(reply) => Err(super::open::not_done(reply)),
        None => from_disk(folders),
    }
}

fn find(session: &str, queue: Vec<QueueView>) -> Outcome<QueueView> {
    queue.into_iter().find(|view| view.session == session).ok_or_else(|| {
        Failure::new(Exit::NotFound, format!("nothing of session {session} is kept here"))
            .advise("`chaperone queue list` shows what is.")
    })
}
