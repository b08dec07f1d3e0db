//! The session's one loop: what happened goes into the machine, what must be done comes out and is carried out.

use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use chaperone_capture::Desktop;
use chaperone_clients::{ClientTree, SessionFolder};
use chaperone_protocol::Instructions;
use chaperone_seals::SigningKey;
use chaperone_session::session::DRAIN_WITHIN;
use chaperone_session::{Effect, EndReason, Input, Moment, Session, Trouble};
use chaperone_spool::SessionSpool;
use chaperone_tasks::Tasks;
use serde_json::json;
use tokio::sync::watch;

use super::age::Age;
use super::client::{ClientError, PreparedClient, RunningClient};
use super::closing::{Close, close};
use super::early::EarlyCapture;
use super::freeze::Freeze;
use super::inputs::{Inputs, Received};
use super::living::living;
use super::log::SessionLog;
use super::parent::Parent;
use super::recorder::{self, Recorder};
use super::sign::RecordingSign;
use super::standing::{Shown, Standing};
use super::track::Heard;
use super::tree_end::TreeEnd;
use super::window::{self, FirstWindow};
use super::words::Words;
use crate::ambient;
use crate::child_wire::Up;
use crate::view::Phase;

/// The loop turns at least this often, so that sleep can be told from silence and the launcher hears that we live.
const TICK: Duration = Duration::from_millis(250);

/// The running session: the machine, and everything its effects act on.
pub(crate) struct Run {
    pub(crate) machine: Session,
    pub(crate) instructions: Instructions,
    pub(crate) spool: SessionSpool,
    pub(crate) key: Arc<SigningKey>,
    pub(crate) began: Moment,
    pub(crate) age: Age,
    pub(crate) tree: ClientTree,
    pub(crate) tree_end: TreeEnd,
    pub(crate) folder: Arc<SessionFolder>,
    /// This program: ssh asks it for the password.
    pub(crate) program: PathBuf,
    pub(crate) desktop: Desktop,
    pub(crate) headless: bool,
    pub(crate) parent: Parent,
    pub(crate) log: SessionLog,
    pub(crate) inputs: Inputs,
    pub(crate) received: Received,
    pub(crate) heard: Heard,
    pub(crate) tasks: Tasks,
    /// Wakes the sending task: something new lies in the spool.
    pub(crate) spooled: watch::Sender<u64>,
    pub(crate) client: ClientState,
    /// Pictures proven before the instructions were there.
    pub(crate) early: Option<EarlyCapture>,
    pub(crate) recorder: Option<Recorder>,
    pub(crate) first_window: FirstWindow,
    pub(crate) standing: Standing,
    pub(crate) sign: RecordingSign,
    pub(crate) freeze: Freeze,
    /// What the client, its start or an operator said.
    pub(crate) words: Words,
}

/// How far the client is.
pub(crate) enum ClientState {
    /// Ready to start.
    Prepared(PreparedClient),
    /// Being started.
    Starting(Pin<Box<dyn Future<Output = Result<RunningClient, ClientError>> + Send>>),
    /// Runs.
    Running(RunningClient),
    /// Ended, or never started.
    Over,
}

/// What ended a wait.
enum Woke {
    Input(Moment, Input),
    Started(Result<RunningClient, ClientError>),
    Exited,
    Time,
}

impl Run {
    /// Runs until the session is over and answers why it ended.
    pub(crate) async fn live(&mut self) -> EndReason {
        loop {
            while let Some(effect) = self.machine.poll_effect() {
                tracing::debug!(?effect, "Carrying out");
                self.carry_out(effect).await;
            }
            if let (true, Some(reason)) = (self.machine.is_over(), self.machine.end_reason()) {
                return reason;
            }
            match self.wait().await {
                Woke::Input(at, input) => self.handle(at, input),
                Woke::Started(Ok(client)) => {
                    self.log.line("client-started", json!({ "pid": client.client().pid() }));
                    self.client = ClientState::Running(client);
                    self.handle(ambient::now(), Input::ClientStarted);
                }
                Woke::Started(Err(error)) => {
                    self.client = ClientState::Over;
                    self.words.say(&format!("{:#}", anyhow::Error::from(error)));
                    self.handle(ambient::now(), Input::ClientNotStarted);
                }
                Woke::Exited => {
                    // A client that is being ended has nothing to say about why.
                    if self.machine.end_reason().is_none()
                        && let ClientState::Running(client) = &self.client
                        && let Some(said) = client.why_ended()
                    {
                        self.words.say(&said);
                    }
                    self.client = ClientState::Over;
                    self.handle(ambient::now(), Input::ClientExited);
                }
                Woke::Time => self.handle(ambient::now(), Input::Tick),
            }
            self.parent.sign_of_life();
        }
    }

    async fn wait(&mut self) -> Woke {
        let now = ambient::now();
        let left = self.machine.next_deadline().map_or(TICK, |deadline| deadline.since(now)).min(TICK);
        let client = async {
            match &mut self.client {
                ClientState::Starting(start) => Woke::Started(start.as_mut().await),
                ClientState::Running(client) => {
                    client.client().exited().await;
                    Woke::Exited
                }
                ClientState::Prepared(_) | ClientState::Over => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            // This end holds a sender itself, so there is always one.
            Some((at, input)) = self.received.recv() => Woke::Input(at, input),
            woke = client => woke,
            () = tokio::time::sleep(left) => Woke::Time,
        }
    }

    pub(crate) fn handle(&mut self, at: Moment, input: Input) {
        if input == Input::SegmentSpooled {
            self.spooled.send_modify(|count| *count += 1);
        }
        self.machine.handle(at, input);
    }

    async fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::ShowNotice => self.show_notice(),
            Effect::ProveCapture => self.start_recorder(),
            Effect::StartClient => {
                self.start_client();
                self.hold_input().await;
            }
            Effect::ShowRunning => self.reached(Phase::Running),
            Effect::Trouble { why, freeze } => {
                self.log.line("trouble", json!({ "why": format!("{why:?}") }));
                self.standing.trouble(Some(why));
                self.show_standing();
                if freeze {
                    self.freeze(why).await;
                }
            }
            Effect::Well => {
                self.log.line("well", json!({}));
                self.thaw();
                self.standing.trouble(None);
                self.show_standing();
            }
            Effect::ShowStall => {
                self.log.line("record-stalled", json!({}));
                self.standing.stalled(true);
                self.show_standing();
            }
            Effect::ClearStall => {
                self.log.line("record-moves", json!({}));
                self.standing.stalled(false);
                self.show_standing();
            }
            Effect::BeginGap(cause) => self.log.line("gap", json!({ "cause": cause.code() })),
            Effect::EndGap => self.log.line("gap-over", json!({})),
            Effect::AskClient => {
                self.tree_end.ask();
                self.reached(Phase::Ending);
            }
            Effect::KillClient => self.tree_end.kill(),
            Effect::Drain(reason) => {
                // A slow disk may take longer than a loop may stand still; the record's last link is worth the wait.
                let parent = self.parent.clone();
                living(self.drain(reason), TICK, DRAIN_WITHIN, || parent.sign_of_life()).await;
            }
            // The loop sees that the machine is over.
            Effect::Leave => {}
        }
    }

    fn reached(&mut self, phase: Phase) {
        self.standing.reached(phase);
        self.show_standing();
    }

    /// Tells launcher and recording sign. The sign stays as it was while the session ends.
    fn show_standing(&mut self) {
        let lost_at = self.machine.server_lost_at();
        self.parent.tell(&match self.standing.shown() {
            Shown::Course(phase) => Up::Phase(phase),
            Shown::Running => Up::Phase(Phase::Running),
            Shown::Trouble(Trouble::ServerLate) => {
                Up::ServerLate { lost_at_ms: ambient::wall_ms_at(lost_at) }
            }
            Shown::Trouble(Trouble::NoPicture) => Up::Phase(Phase::NoPicture),
            Shown::Stalled => Up::Phase(Phase::Stalled),
        });
        match self.standing.shown() {
            Shown::Course(_) => {}
            Shown::Running => self.sign.running(),
            Shown::Trouble(why) => self.sign.trouble(why, lost_at),
            Shown::Stalled => self.sign.stalled(),
        }
    }

    fn show_notice(&mut self) {
        self.reached(Phase::Notice);
        if self.headless {
            self.words.say(
                "This session shows a notice that somebody must acknowledge first. Start the Chaperone desktop app, or \
                 run `chaperone open` in a terminal, with a new link of the console.",
            );
            self.handle(ambient::now(), Input::NoticeAnswered { acknowledged: false });
        }
    }

    fn start_recorder(&mut self) {
        let early = self.early.take();
        match recorder::begin(self, early) {
            Ok(recorder) => self.recorder = Some(recorder),
            Err(error) => {
                self.words.say(&format!("{:#}", anyhow::Error::from(error)));
                self.handle(ambient::now(), Input::CaptureNotProven);
            }
        }
    }

    fn start_client(&mut self) {
        self.reached(Phase::Starting);
        let (desktop, tree, inputs) = (self.desktop.clone(), self.tree.clone(), self.inputs.clone());
        if let Err(error) = window::watch(desktop, tree, inputs, self.first_window.clone()) {
            tracing::warn!(%error, "No thread to wait for the client's window");
        }
        let ClientState::Prepared(prepared) = std::mem::replace(&mut self.client, ClientState::Over) else {
            return;
        };
        let (tree, folder, program) = (self.tree.clone(), Arc::clone(&self.folder), self.program.clone());
        let start = async move { prepared.start(&tree, &folder, &program).await };
        self.client = ClientState::Starting(Box::pin(start));
    }

    /// Closes the record: last segment, closing record, both durable; then whatever the server takes in time.
    async fn drain(&mut self, reason: EndReason) {
        self.reached(Phase::Ending);
        self.client = ClientState::Over;
        self.sign.take_away();
        self.thaw();
        let stamps = self.machine.end_stamps();
        self.log.ended(reason, &stamps);
        // The client is gone. How long the disk takes from here on is no part of the session.
        let mut ended_ms = self.age.end(ambient::now());
        if let Some(recorder) = self.recorder.take() {
            let finished = self.tasks.spawn_blocking("finish", move || recorder.finish()).await;
            match finished.map_err(anyhow::Error::from).and_then(|done| Ok(done?)) {
                Ok(recorded_ms) => ended_ms = ended_ms.max(recorded_ms),
                Err(error) => {
                    self.words.say(&format!("{error:#}"));
                    self.log.line("recorder-failed", json!({ "error": format!("{error:#}") }));
                }
            }
        }
        let record = close(
            Close {
                session: self.spool.session(),
                reason,
                stamps: &stamps,
                began: self.began,
                ended_ms,
                wall_ms: ambient::wall_ms(),
                tracks: self.spool.ends(),
            },
            &self.key,
        );
        let spool = self.spool.clone();
        let closed = self.tasks.spawn_blocking("close", move || spool.close(record)).await;
        if let Err(error) = closed.map_err(anyhow::Error::from).and_then(|done| Ok(done?)) {
            // The next start finds a session without its last link and closes it by a recovery record.
            self.log.line("not-closed", json!({ "error": format!("{error:#}") }));
        }
        self.spooled.send_modify(|count| *count += 1);
        if matches!(reason, EndReason::ServerLost | EndReason::Asleep) {
            // Nobody takes anything now. The launcher sends it when the server is back.
            self.handle(ambient::now(), Input::Drained);
        }
    }
}
