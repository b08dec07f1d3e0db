//! The process of one session: keys → redeem → capture proven → client → record → seal → spool → upload → end.
//!
//! It is started by the launcher with one end of a pulse pipe, gets its ticket over it, and lives as long as its session.
//! A crash in a codec or a window ends this process, and with it one session at most.

mod age;
mod asked;
mod client;
mod closing;
mod control;
mod early;
mod freeze;
mod inputs;
mod judged;
mod living;
mod log;
mod own_session;
mod parent;
mod pause;
mod pictures;
mod recorder;
mod redeem;
mod run;
mod seen;
mod sending;
mod sign;
mod standing;
mod track;
mod tree_end;
mod window;
mod words;

use std::ffi::OsStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use chaperone_clients::ssh::SshPrograms;
use chaperone_clients::{ClientTree, SessionFolder, TreeMark, harden_process};
use chaperone_ipc::pulse::{Child, Watch};
use chaperone_paths::Folders;
use chaperone_protocol::LossPolicy;
use chaperone_session::{EndReason, Input, Policy, Session, StallLimit, StartNeeds};
use chaperone_spool::{Created, SessionSpool, Spool};
use chaperone_tasks::Tasks;
use serde_json::json;
use tokio::sync::{Notify, watch};
use zeroize::Zeroizing;

use self::age::Age;
use self::asked::Asked;
use self::client::PreparedClient;
use self::early::EarlyCapture;
use self::freeze::Freeze;
use self::parent::Parent;
use self::redeem::Redeemed;
use self::run::{ClientState, Run};
use self::sign::RecordingSign;
use self::standing::Standing;
use self::track::Heard;
use self::tree_end::TreeEnd;
use self::words::Words;
use crate::ambient;
use crate::child_wire::{Launch, Up};
use crate::delivery::Delivery;
use crate::exit::Exit;
use crate::failure::{Failure, OrFail as _, Outcome};
use crate::view::{Ended, Opened, Phase};

/// A terminal to use instead of the first one found, by its name: `xterm`, `kitty`, `foot`, `alacritty` or `konsole`.
pub const TERMINAL_VARIABLE: &str = "CHAPERONE_TERMINAL";
/// How long the launcher may take for the hand-over.
const HAND_OVER_WITHIN: Duration = Duration::from_secs(10);
/// A loop that does not turn for so long counts as dead.
const LOOP_WITHIN: Duration = Duration::from_secs(2);
/// How long tasks may take to end after the session has.
const TASKS_WITHIN: Duration = Duration::from_millis(500);

/// Runs the session of the launch handed over on `pipe`, to its end.
#[must_use]
pub fn main(pipe: &OsStr) -> Exit {
    match take_over(pipe) {
        Ok((launch, parent, watch)) => {
            let ended = match run_launch(launch, &parent, watch) {
                Ok(ended) => ended,
                Err(failure) => not_started(&failure),
            };
            let exit = if ended.status == Exit::Done.status() { Exit::Done } else { Exit::Failed };
            parent.tell(&Up::Ended(ended));
            exit
        }
        Err(error) => {
            tracing::error!(error = format!("{error:#}"), "Nobody hands this process a session");
            Exit::Usage
        }
    }
}

fn take_over(pipe: &OsStr) -> anyhow::Result<(Launch, Parent, Watch)> {
    harden_process()?;
    own_session::begin()?;
    let (hand_over, line, watch) = Child::inherit(pipe)?.receive(HAND_OVER_WITHIN)?;
    let hand_over = Zeroizing::new(hand_over);
    let launch = serde_json::from_slice(&hand_over).context("the hand-over is damaged")?;
    Ok((launch, Parent::new(line), watch))
}

fn run_launch(launch: Launch, parent: &Parent, watch: Watch) -> Outcome<Ended> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.or_fail(Exit::Failed, "this process cannot be set up")?;
    let ended = runtime.block_on(session(launch, parent.clone(), watch));
    runtime.shutdown_timeout(TASKS_WITHIN);
    ended
}

async fn session(launch: Launch, parent: Parent, watch: Watch) -> Outcome<Ended> {
    let (inputs, received) = inputs::inputs();
    parent::listen(watch, inputs.clone()).or_fail(Exit::Failed, "the launcher cannot be heard")?;
    let folders = Folders::find().or_fail(Exit::Failed, "cannot find this program's folders")?;
    let tasks = Tasks::new();
    let desktop = ambient::desktop();
    let early = match EarlyCapture::start(&desktop) {
        Ok(early) => Some(early),
        Err(error) => {
            tracing::warn!(%error, "No thread to prove capture early");
            None
        }
    };
    // Found before the tree is made, since looking runs programs of its own.
    let finding = tasks.spawn_blocking("find-ssh", || {
        let wish = std::env::var_os(TERMINAL_VARIABLE).map(|wish| wish.to_string_lossy().into_owned());
        SshPrograms::find(wish.as_deref().filter(|wish| !wish.is_empty()))
    });

    let Asked { client, redeemed, asked, answered } = asked::ask(&folders, &launch, &tasks).await?;
    let Redeemed { instructions, opening, signed_opening, session_key } = redeemed;
    let recorded = instructions.policy.recording.is_some();
    parent.tell(&Up::Opened(Opened {
        session: opening.session.to_string(),
        user: opening.user_name.clone(),
        title: opening.secret_name.clone(),
        target: opening.target.clone(),
        recorded,
        notice: instructions.notice.clone(),
    }));
    parent.tell(&Up::Phase(Phase::Starting));

    // The spool is made durable while the client's programs are looked for.
    let spool_dir = folders.spool_dir();
    let create = move || create_spool(&spool_dir, &signed_opening);
    let creating = tasks.spawn_blocking("create-spool", create);
    let (for_client, title) = (instructions.clone(), opening.secret_name.clone());
    let ssh = finding.await.map_err(anyhow::Error::from)?;
    let preparing =
        tasks.spawn_blocking("prepare-client", move || PreparedClient::new(&for_client, &title, ssh));
    let spool = creating.await.map_err(anyhow::Error::from)??;
    let prepared = preparing.await.map_err(anyhow::Error::from)?;

    let mark = TreeMark::parse(&launch.mark).or_fail(Exit::Failed, "the launch has no usable mark")?;
    let tree = ClientTree::new(&mark).or_fail(Exit::Failed, "cannot take charge of the client's programs")?;
    // The random end of the mark; short, since the paths of sockets must be.
    let folder_name = launch.mark.get(launch.mark.len().saturating_sub(12)..).unwrap_or(&launch.mark);
    let folder = SessionFolder::create(folders.run_dir(), folder_name)
        .or_fail(Exit::Failed, "cannot make the session's private folder")?;
    let mut log = log::SessionLog::create(folders.data_dir(), opening.session)
        .or_fail(Exit::Failed, "cannot begin the session's log")?;
    log.line(
        "opened",
        json!({ "origin": opening.origin, "asked_ns": asked.as_nanos(), "answered_ns": answered.as_nanos() }),
    );

    let words = Words::default();
    let mut machine = Session::new(asked, answered, policy(&instructions));
    let client_state = match prepared {
        Ok(prepared) => ClientState::Prepared(prepared),
        Err(error) => {
            words.say(&format!("{:#}", anyhow::Error::from(error)));
            machine.handle(ambient::now(), Input::End(EndReason::ClientNotStarted));
            ClientState::Over
        }
    };
    let key = Arc::new(session_key);
    let heard = Heard::default();
    let contact = Arc::new(Notify::new());
    let age = Age::since(answered);
    let channel = control::Channel {
        client: client.clone(),
        spool: spool.clone(),
        key: Arc::clone(&key),
        age: age.clone(),
        heard: heard.clone(),
        inputs: inputs.clone(),
        contact: Arc::clone(&contact),
        words: words.clone(),
    };
    let beating = tasks.spawn("control", control::keep(channel));
    let (spooled, spooled_changed) = watch::channel(0);
    let complete = Arc::new(AtomicBool::new(false));
    let delivery = Delivery::new(client, spool.clone(), tasks.clone());
    let sending = tasks.spawn(
        "send",
        sending::send(delivery, spooled_changed, contact, inputs.clone(), Arc::clone(&complete)),
    );
    let tree_end = TreeEnd::start(tree.clone(), inputs.clone())
        .or_fail(Exit::Failed, "this process cannot be set up")?;

    parent.require_sign_of_life(LOOP_WITHIN);
    let mut run = Run {
        machine,
        standing: Standing::new(),
        sign: RecordingSign::new(recorded, &opening.user_name, &opening.target, answered),
        instructions,
        spool,
        key,
        began: answered,
        age,
        tree,
        tree_end,
        folder: Arc::new(folder),
        program: std::env::current_exe()
            .or_fail(Exit::Failed, "the system does not tell where this program lies")?,
        desktop,
        headless: launch.headless,
        parent,
        log,
        inputs,
        received,
        heard,
        tasks: tasks.clone(),
        spooled,
        client: client_state,
        early,
        recorder: None,
        freeze: Freeze::default(),
        first_window: window::FirstWindow::default(),
        words: words.clone(),
    };
    let reason = run.live().await;
    let complete = complete.load(Ordering::Relaxed);
    drop((beating, sending));
    tasks.shutdown(TASKS_WITHIN).await;
    Ok(ended(reason, words.said(), complete))
}

fn policy(instructions: &chaperone_protocol::Instructions) -> Policy {
    let LossPolicy { freeze, stall_end_s } = instructions.policy.loss;
    let after = |seconds| StallLimit::After(Duration::from_secs(u64::from(seconds)));
    Policy {
        needs: StartNeeds {
            notice: instructions.notice.is_some(),
            capture: instructions.policy.recording.is_some(),
        },
        freeze,
        stall: stall_end_s.map_or(StallLimit::Never, after),
    }
}

fn create_spool(dir: &std::path::Path, signed_opening: &[u8]) -> Outcome<SessionSpool> {
    let spool = Spool::open(dir).or_fail(Exit::Failed, "the spool cannot be used")?;
    match spool.create_session(signed_opening).or_fail(Exit::Failed, "the record cannot be begun")? {
        Created::Session(session) => Ok(session),
        Created::DiskLow { free } => {
            let what =
                format!("only {} MB are free on this disk, too little to begin a record", free / 1_000_000);
            Err(Failure::new(Exit::Failed, what).advise("Make room on the disk, then click Launch again."))
        }
    }
}

fn ended(reason: EndReason, said: Option<String>, complete: bool) -> Ended {
    let words = match said {
        Some(said) => format!("{reason}. {said}"),
        None => format!("{reason}."),
    };
    let kept = "What was recorded is kept here and sent to the server as soon as it can be reached.";
    let left = "Ending the client does not log off the target: programs may still run there.";
    let advice = match (reason, complete) {
        (EndReason::ServerLost | EndReason::Asleep, _) => Some(format!("{kept} {left}")),
        (_, false) => Some(kept.to_owned()),
        (_, true) => None,
    };
    let exit = if reason == EndReason::ServerLost {
        Exit::Unreachable
    } else if reason.is_expected() {
        Exit::Done
    } else {
        Exit::Failed
    };
    Ended { status: exit.status(), code: reason.code().to_owned(), words, advice, opened: true, complete }
}

/// What the launcher is told of a launch that came to no session.
fn not_started(failure: &Failure) -> Ended {
    let why = failure.why();
    let words = if why.is_empty() { failure.what().to_owned() } else { format!("{}: {why}", failure.what()) };
    Ended {
        status: failure.exit().status(),
        code: failure.exit().code().to_owned(),
        words,
        advice: failure.advice().map(str::to_owned),
        opened: false,
        complete: true,
    }
}
