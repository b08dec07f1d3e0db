//! The launcher: one per user. It takes links, starts a process for each session and watches it, ends what a dead session
//! left running, and sees to it that everything recorded reaches its server.
//!
//! The desktop app and the headless command line are both this, with and without windows: [`Launcher::status`] and
//! [`Launcher::watch`] say what to show, the other methods do what the user asks.

mod child;
mod notices;
mod serve;
mod sessions;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chaperone_clients::{become_subreaper, end_leftovers, harden_process};
use chaperone_ipc::Listener;
use chaperone_paths::Folders;
use chaperone_protocol::LaunchLink;
use chaperone_tasks::Tasks;
use tokio::sync::watch;

use self::sessions::Sessions;
use crate::exit::Exit;
use crate::failure::{Failure, OrFail as _, Outcome};
use crate::key_renewal;
use crate::trust::TrustStore;
use crate::uploader::Uploader;
use crate::view::Status;

/// How long [`Launcher::shutdown`] waits for what is under way.
const SHUTDOWN_WITHIN: Duration = Duration::from_secs(3);

/// How a launcher runs.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where its files live.
    pub folders: Folders,
    /// Absolute path of the program `chaperone`, which runs the sessions.
    pub program: PathBuf,
    /// No window may appear. A notice is then shown in the terminal this process has, see
    /// [`Launcher::ask_notices_in_terminal`]; without one it is declined.
    pub headless: bool,
}

/// A handle to the running launcher; clones mean the same one.
#[derive(Clone, Debug)]
pub struct Launcher(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    options: Options,
    trust: TrustStore,
    sessions: Sessions,
    uploader: Uploader,
    tasks: Tasks,
    /// Counts how often somebody asked for a window.
    shows: watch::Sender<u64>,
}

impl Launcher {
    /// Starts the launcher of this user, which `listener` proves this process to be: ends what earlier sessions left
    /// running, takes requests, and uploads what waits. Must be called in a tokio runtime, before any session is started.
    ///
    /// # Errors
    /// What keeps this machine from running sessions safely.
    pub fn start(options: Options, listener: Listener) -> Outcome<Self> {
        harden_process().or_fail(Exit::Failed, "cannot protect this program's memory")?;
        become_subreaper().or_fail(Exit::Failed, "cannot take charge of the programs of sessions")?;
        // Other homes of the same user (portable ones, tests) have launchers of their own.
        let ours = child::mark_prefix(&options.folders);
        match end_leftovers(|mark| mark.starts_with(&ours)) {
            Ok(0) => {}
            Ok(count) => tracing::warn!(count, "Ended programs that an earlier session left running"),
            Err(error) => {
                return Err(Failure::new(Exit::Failed, "programs of an earlier session are still running")
                    .because(error)
                    .advise("Close them, then start again."));
            }
        }
        let trust = TrustStore::new(&options.folders);
        let tasks = Tasks::new();
        let (token, fresh) = (tasks.token().clone(), key_renewal::keep_fresh(trust.clone()));
        // Cut off anywhere, the next start asks again.
        tasks.spawn("renew-keys", async move { token.run_until_cancelled(fresh).await }).detach();
        let uploader = Uploader::start(&options.folders, trust.clone(), &tasks)?;
        let (sessions, shows) = (Sessions::default(), watch::Sender::new(0));
        let inner = Inner { options, trust, sessions, uploader, tasks: tasks.clone(), shows };
        let launcher = Self(Arc::new(inner));
        tasks.spawn("requests", serve::serve(launcher.clone(), listener)).detach();
        Ok(launcher)
    }

    /// Opens the session of a link and answers the launcher's number for it. The link is read strictly; one of a server
    /// that is not enrolled reaches nobody.
    ///
    /// # Errors
    /// What is wrong with the link, or why no session process runs. Blocks for some milliseconds.
    pub fn open(&self, link: &str) -> Outcome<u64> {
        let link = read_link(link)?;
        require_enrolled(&self.0.trust, &link)?;
        self.0.uploader.require_room()?;
        child::start(self, &link)
    }

    /// Everything at a glance.
    #[must_use]
    pub fn status(&self) -> Status {
        Status { sessions: self.0.sessions.views(), queue: self.0.uploader.queue() }
    }

    /// Changes whenever [`Launcher::status`] does.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.0.sessions.watch()
    }

    /// Counts, from 0, how often a window was asked for by starting the desktop app once more.
    #[must_use]
    pub fn watch_shows(&self) -> watch::Receiver<u64> {
        self.0.shows.subscribe()
    }

    /// Ends a session as its user asks. Nothing happens to one that has ended.
    pub fn end(&self, launch: u64) {
        self.0.sessions.tell(launch, &crate::child_wire::Down::End);
    }

    /// Answers a session's notice.
    pub fn answer_notice(&self, launch: u64, acknowledged: bool) {
        self.0.sessions.tell(launch, &crate::child_wire::Down::Notice { acknowledged });
    }

    /// Uploads what waits, now, also what was parked: of one session (by its id) or of all.
    pub fn retry(&self, session: Option<&str>) {
        self.0.uploader.retry(session);
    }

    /// Waits until this launch's session is over and answers how it ended.
    pub async fn ended(&self, launch: u64) -> Option<crate::view::Ended> {
        self.0.sessions.ended(launch).await
    }

    /// Waits until no session runs and nothing more can be uploaded at present.
    pub async fn idle(&self) {
        self.0.sessions.none_left().await;
        self.0.uploader.idle().await;
    }

    /// Ends every session, then everything else. What is not uploaded stays in the spool for the next start.
    pub async fn shutdown(&self) {
        for session in self.0.sessions.views() {
            self.end(session.launch);
        }
        self.0.sessions.none_left().await;
        self.0.tasks.shutdown(SHUTDOWN_WITHIN).await;
    }
}

/// Reads a link, in words for the person who clicked it.
///
/// # Errors
/// [`Exit::Refused`]; the link is never quoted, since it may hold a ticket.
pub fn read_link(text: &str) -> Outcome<LaunchLink> {
    LaunchLink::parse(text).map_err(|error| {
        Failure::new(Exit::Refused, "this is not a link that opens a session")
            .because(error)
            .advise("Go back to the console and click Launch again.")
    })
}

/// Refuses a link of a server that this machine is not enrolled with, before anybody is called.
///
/// # Errors
/// [`Exit::UnknownServer`].
pub fn require_enrolled(trust: &TrustStore, link: &LaunchLink) -> Outcome<()> {
    let found = trust.find(link.server.as_str()).or_fail(Exit::Failed, "cannot read the list of servers")?;
    if found.is_some() {
        return Ok(());
    }
    let what = format!("{} is not enrolled on this machine, so nothing was started", link.server);
    Err(Failure::new(Exit::UnknownServer, what).advise(
        "If you trust this server: open its console, choose \"Enrol this device\", and run \
         `chaperone trust add CODE` with the code it shows.",
    ))
}
