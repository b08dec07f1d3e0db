//! `queue`: what lies here until the server has signed for it.

use chaperone_ipc::Claim;
use chaperone_paths::Folders;
use chaperone_spool::{Quarantined, Spool};
use serde::Serialize;
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

/// Something that is kept aside: damaged, or refused by its server.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Aside {
    /// The session it was found in, where it was found in one.
    session: Option<String>,
    /// A stable code.
    reason: &'static str,
    /// Where it lies.
    path: String,
}

impl From<Quarantined> for Aside {
    fn from(quarantined: Quarantined) -> Self {
        Self {
            session: quarantined.session.map(|session| session.to_string()),
            reason: quarantined.reason.code(),
            path: quarantined.path.display().to_string(),
        }
    }
}

#[derive(Debug, Serialize)]
struct Shown {
    #[serde(flatten)]
    view: Option<QueueView>,
    quarantined: Vec<Aside>,
}

/// Lists every session of which something is kept here.
///
/// # Errors
/// When the launcher does not answer or the spool cannot be listed.
pub async fn list(folders: &Folders, output: Output) -> Outcome<()> {
    let queue = look(folders).await?;
    let quarantined = quarantined(folders)?;
    output.answer(&json!({ "sessions": queue, "quarantined": quarantined }), || {
        let mut lines: Vec<_> = queue.iter().map(line).collect();
        if lines.is_empty() {
            lines.push("Nothing waits: the server has signed for everything.".to_owned());
        }
        lines.extend(quarantined.iter().map(aside_line));
        lines.join("\n")
    });
    Ok(())
}

/// Shows one session.
///
/// # Errors
/// [`Exit::NotFound`] when nothing of it is kept here.
pub async fn show(session: &str, folders: &Folders, output: Output) -> Outcome<()> {
    let mut quarantined = quarantined(folders)?;
    quarantined.retain(|aside| aside.session.as_deref() == Some(session));
    let view = match find(session, look(folders).await?) {
        Ok(view) => Some(view),
        Err(failure) if quarantined.is_empty() => return Err(failure),
        Err(_) => None,
    };
    let shown = Shown { view, quarantined };
    output.answer(&shown, || {
        let lines = shown.view.iter().map(line).chain(shown.quarantined.iter().map(aside_line));
        lines.collect::<Vec<_>>().join("\n")
    });
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
    let unreadable = match view.unreadable {
        0 => String::new(),
        count => format!(", {count} s unreadable"),
    };
    format!(
        "{}  {title} \u{2192} {origin}: {}, {} s, {}.{} MB{unreadable}",
        view.session,
        view.state.words(),
        view.segments,
        tenths / 10,
        tenths % 10
    )
}

fn aside_line(aside: &Aside) -> String {
    let session = aside.session.as_deref().unwrap_or("no session");
    format!("{session}  kept aside, {}: {}", aside.reason, aside.path)
}

fn quarantined(folders: &Folders) -> Outcome<Vec<Aside>> {
    let what = "what is kept aside cannot be listed";
    let spool = Spool::open(&folders.spool_dir()).or_fail(Exit::Failed, what)?;
    Ok(spool.quarantined().or_fail(Exit::Failed, what)?.into_iter().map(Aside::from).collect())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_spool_keeps_aside_is_shown() {
        let home = tempfile::tempdir().unwrap();
        let folders = Folders::under(home.path()).unwrap();
        folders.create().unwrap();
        let foreign = folders.spool_dir().join("notes.txt");
        let spool = Spool::open(&folders.spool_dir()).unwrap();
        assert_eq!(quarantined(&folders).unwrap(), []);
        std::fs::write(&foreign, "no session").unwrap();
        assert_eq!(spool.recoverable().unwrap().quarantined.len(), 1);
        let shown = quarantined(&folders).unwrap();
        let lines: Vec<_> = shown.iter().map(aside_line).collect();
        let path = folders.spool_dir().join("quarantine").join("notes.txt.foreign");
        assert_eq!(lines, [format!("no session  kept aside, foreign: {}", path.display())]);
    }

    #[test]
    fn a_line_names_what_cannot_be_read_or_had() {
        let view = QueueView {
            session: "s".to_owned(),
            title: Some("db".to_owned()),
            origin: Some("o".to_owned()),
            state: crate::view::QueueState::LostHere,
            segments: 3,
            bytes: 1_200_000,
            next_try_ms: None,
            unreadable: 2,
        };
        assert_eq!(line(&view), "s  db \u{2192} o: lost here, 3 s, 1.2 MB, 2 s unreadable");
    }
}
