//! `status`: what the launcher does at present.

use chaperone_ipc::Reached;
use chaperone_paths::Folders;
use serde::Serialize;

use super::queue;
use crate::exit::Exit;
use crate::failure::{OrFail as _, Outcome};
use crate::output::Output;
use crate::request::{self, Reply, Request};
use crate::view::{SessionView, Status};

#[derive(Debug, Serialize)]
struct Answer {
    running: bool,
    #[serde(flatten)]
    status: Status,
}

/// Shows sessions and queue, whether a launcher runs or not.
///
/// # Errors
/// When a running launcher does not answer, or the spool cannot be listed.
pub async fn status(folders: &Folders, output: Output) -> Outcome<()> {
    let answer = match ask(folders, &Request::Status).await? {
        Some(Reply::Status(status)) => Answer { running: true, status },
        Some(reply) => return Err(super::open::not_done(reply)),
        None => {
            let status = Status { sessions: Vec::new(), queue: queue::from_disk(folders)? };
            Answer { running: false, status }
        }
    };
    output.answer(&answer, || words(&answer));
    Ok(())
}

/// Asks the running launcher; nothing when none runs.
pub(super) async fn ask(folders: &Folders, request: &Request) -> Outcome<Option<Reply>> {
    let endpoint = request::endpoint(folders).or_fail(Exit::Failed, "the launcher cannot be named")?;
    let reached = chaperone_ipc::connect(&endpoint).await;
    match reached.or_fail(Exit::Unreachable, "the running launcher cannot be reached")? {
        Reached::NobodyThere => Ok(None),
        Reached::Connection(mut connection) => {
            let reply = request::ask(&mut connection, request).await;
            reply.map(Some).or_fail(Exit::Unreachable, "the running launcher did not answer")
        }
    }
}

fn words(answer: &Answer) -> String {
    let mut lines = vec![if answer.running { "The launcher runs." } else { "No launcher runs." }.to_owned()];
    lines.extend(answer.status.sessions.iter().map(session));
    lines.extend(answer.status.queue.iter().map(queue::line));
    lines.join("\n")
}

fn session(view: &SessionView) -> String {
    let who = match &view.opened {
        Some(opened) => format!("{} \u{2192} {} ({})", opened.user, opened.title, opened.target),
        None => view.origin.clone(),
    };
    match &view.ended {
        Some(ended) => format!("{who}: ended. {}", ended.words),
        None => format!("{who}: {}", view.phase.words()),
    }
}
