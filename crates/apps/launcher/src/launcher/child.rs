//! One session process: started, handed its ticket, watched; and what it leaves behind ended.

use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use chaperone_clients::{TreeMark, TreeWatch};
use chaperone_ipc::pulse::{self, Event, Offer, Watch};
use chaperone_paths::Folders;
use chaperone_protocol::LaunchLink;
use chaperone_seals::Digest;
use chaperone_tasks::Thread;
use zeroize::Zeroizing;

use super::Launcher;
use crate::ambient;
use crate::child_wire::{Launch, Up};
use crate::exit::Exit;
use crate::failure::{OrFail as _, Outcome};
use crate::private_text::PrivateText;
use crate::terminal;
use crate::view::Phase;

/// How long a session process that said good-bye may take to leave.
const LEAVE_WITHIN: Duration = Duration::from_secs(2);

/// Windows hands inheritable handles to every process started meanwhile, so only one is started at a time.
static STARTING: Mutex<()> = Mutex::new(());

/// Starts the session process of a link and watches it on threads of its own.
pub(super) fn start(launcher: &Launcher, link: &LaunchLink) -> Outcome<u64> {
    let options = &launcher.0.options;
    let random = ambient::random::<16>().or_fail(Exit::Failed, "the system gives no randomness")?;
    let mark = format!("{}{}", mark_prefix(&options.folders), hex::encode(random));
    let tree_mark = TreeMark::parse(&mark).or_fail(Exit::Failed, "cannot name the session's programs")?;
    let hand_over = Launch {
        origin: link.server.as_str().to_owned(),
        ticket: PrivateText::new(link.ticket.expose()),
        mark,
        headless: options.headless && !terminal::is_there(),
    };
    let hand_over = serde_json::to_vec(&hand_over).or_fail(Exit::Failed, "cannot write the hand-over")?;
    let hand_over = Zeroizing::new(hand_over);

    let mut command = Command::new(&options.program);
    command.arg("session").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let (child, parent) = {
        let _one_at_a_time = STARTING.lock().unwrap_or_else(PoisonError::into_inner);
        let offer = Offer::prepare(&mut command).or_fail(Exit::Failed, "cannot start a session process")?;
        command.arg("--pipe").arg(offer.argument());
        let child = command.spawn().or_fail(Exit::Failed, "cannot start a session process")?;
        (child, offer.started())
    };
    let mut child = Leaving(child);
    let tree = TreeWatch::new(child.0.id(), &tree_mark);
    let (line, watch) =
        parent.hand_over(&hand_over).or_fail(Exit::Failed, "the session process did not start")?;
    let tree =
        tree.or_fail(Exit::Failed, "the session process cannot be watched").inspect_err(|_| child.kill())?;

    let launch = launcher.0.sessions.add(link.server.as_str(), line);
    let tree = Arc::new(Mutex::new(tree));
    let watcher = Watcher { launcher: launcher.clone(), launch, child, tree, told_running: false };
    let started = Thread::start("session-watch", move || watcher.run(watch));
    started.or_fail(Exit::Failed, "the session process cannot be watched")?.detach();
    Ok(launch)
}

/// What the marks of all sessions begin with that use these folders.
pub(super) fn mark_prefix(folders: &Folders) -> String {
    let mut home = Digest::of(folders.run_dir().as_os_str().as_encoded_bytes()).to_string();
    home.truncate(16);
    home + "-"
}

/// The process, waited for when dropped.
struct Leaving(Child);

impl Leaving {
    fn kill(&mut self) {
        if let Err(error) = self.0.kill() {
            tracing::debug!(%error, "The session process was gone already");
        }
    }
}

impl Drop for Leaving {
    fn drop(&mut self) {
        self.kill();
        if let Err(error) = self.0.wait() {
            tracing::warn!(%error, "A session process could not be waited for");
        }
    }
}

struct Watcher {
    launcher: Launcher,
    launch: u64,
    child: Leaving,
    tree: Arc<Mutex<TreeWatch>>,
    /// The user was told that the session runs.
    told_running: bool,
}

impl Watcher {
    fn run(mut self, mut watch: Watch) {
        let looks = self.start_looking();
        let mut good_bye = false;
        loop {
            match watch.next_event() {
                Event::Slept(_) => {}
                Event::Frame(message) => match serde_json::from_slice::<Up>(&message) {
                    Ok(up) => {
                        good_bye |= matches!(up, Up::Ended(_));
                        self.said(up);
                    }
                    Err(error) => tracing::warn!(%error, "A session process speaks another language"),
                },
                Event::Gone(gone) => {
                    tracing::info!(launch = self.launch, ?gone, good_bye, "Session process is gone");
                    break;
                }
            }
        }
        if good_bye {
            self.wait_until_left();
        }
        drop(looks);
        let killed = self.tree.lock().unwrap_or_else(PoisonError::into_inner).kill_all();
        match killed {
            Ok(stamps) => {
                tracing::info!(launch = self.launch, ?stamps, "Nothing of the session is left running")
            }
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "Something of a session is left running"
                );
            }
        }
        drop(self.child);
        // The uploader hears of it first: a launcher that waits until nothing is left must not miss what this one left.
        self.launcher.0.uploader.session_ended();
        self.launcher.0.sessions.gone(self.launch);
    }

    fn said(&mut self, up: Up) {
        match &up {
            Up::Phase(Phase::Running) if !self.told_running => {
                self.told_running = true;
                self.notify_running();
            }
            Up::Ended(ended) => {
                if ended.status != Exit::Done.status() {
                    let text = match &ended.advice {
                        Some(advice) => format!("{}\n{advice}", ended.words),
                        None => ended.words.clone(),
                    };
                    crate::notify::notify("Session ended", &text);
                }
            }
            Up::Phase(_) | Up::ServerLate { .. } | Up::Opened(_) => {}
        }
        self.launcher.0.sessions.said(self.launch, up);
    }

    fn notify_running(&self) {
        let views = self.launcher.0.sessions.views();
        let opened = views.into_iter().find(|view| view.launch == self.launch).and_then(|view| view.opened);
        if let Some(opened) = opened {
            let how =
                if opened.recorded { "This session is recorded." } else { "This session is not recorded." };
            let title = format!("{} → {}", opened.user, opened.title);
            crate::notify::notify(&title, &format!("{how} Target: {}", opened.target));
        }
    }

    /// Remembers with every pulse who is below the session process, so that they are found when it is gone.
    fn start_looking(&self) -> Option<Looks> {
        let tree = Arc::clone(&self.tree);
        let (stop, stopped) = std::sync::mpsc::sync_channel::<()>(0);
        let thread = Thread::start("session-look", move || {
            while stopped.recv_timeout(pulse::INTERVAL) == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
                if let Err(error) = tree.lock().unwrap_or_else(PoisonError::into_inner).look() {
                    tracing::warn!(%error, "The programs of a session cannot be listed");
                }
            }
        });
        match thread {
            Ok(thread) => Some(Looks { _stop: stop, _thread: thread }),
            Err(error) => {
                tracing::warn!(%error, "No thread to look after a session's programs");
                None
            }
        }
    }

    /// A process that ended its programs itself has nothing to be killed for.
    fn wait_until_left(&mut self) {
        let until = Instant::now() + LEAVE_WITHIN;
        while Instant::now() < until {
            match self.child.0.try_wait() {
                Ok(None) => std::thread::sleep(Duration::from_millis(5)),
                Ok(Some(_)) | Err(_) => return,
            }
        }
    }
}

/// Dropped, the looking stops: the stop is dropped first, then its thread joined.
struct Looks {
    _stop: std::sync::mpsc::SyncSender<()>,
    _thread: Thread,
}
