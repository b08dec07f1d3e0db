//! One world: a server, a machine with a launcher and its sessions, a network between them, and one clock.

mod accidents;
mod machine;
mod traffic;

use std::path::PathBuf;

use tempfile::TempDir;

use crate::checks;
use crate::faults::{Plan, Weather};
use crate::invariant::{Break, Invariant, Violation};
use crate::keys::Keys;
use crate::launcher::Launcher;
use crate::ledger::Known;
use crate::process::Process;
use crate::rng::Rng;
use crate::scene::{Event, Scene};
use crate::server::Server;
use crate::timeline::Timeline;

/// Everything must be sent this long after the faults have stopped, in milliseconds: the longest `Retry-After` that is
/// believed, and time to send.
const DRAINED_WITHIN_MS: u64 = 2 * 60 * 60 * 1000;
/// Nothing is waited for any more this long after the last segment came, in milliseconds.
const PATIENCE_MS: u64 = 10 * 60 * 1000;
/// More events than this mean that a world does not come to its end.
const MOST_EVENTS: u64 = 2_000_000;

/// How a world came out.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Its seed.
    pub seed: u64,
    /// What happened last.
    pub timeline: Timeline,
    /// What did not hold, if anything.
    pub violation: Option<Violation>,
    /// What it had of everything.
    pub counts: Counts,
}

/// What worlds had of everything: a check that nothing comes to is worth nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Sessions opened.
    pub sessions: u64,
    /// Segments the recorder's disk was told to have.
    pub segments: u64,
    /// Segments the server signed for.
    pub receipted: u64,
    /// Processes that crashed.
    pub crashes: u64,
    /// Sessions that were judged complete or with gaps.
    pub judged: u64,
    /// Events.
    pub events: u64,
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.sessions += other.sessions;
        self.segments += other.segments;
        self.receipted += other.receipted;
        self.crashes += other.crashes;
        self.judged += other.judged;
        self.events += other.events;
    }
}

/// Why a world stopped.
enum Stop {
    Violation(Violation),
    /// The simulation itself failed.
    Failed(anyhow::Error),
}

impl From<Violation> for Stop {
    fn from(violation: Violation) -> Self {
        Self::Violation(violation)
    }
}

impl<E: Into<anyhow::Error>> From<E> for Stop
where
    E: std::error::Error,
{
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

struct World {
    scene: Scene,
    server: Server,
    plan: Plan,
    /// Keeps the files; in memory where there is such a file system.
    folder: TempDir,
    processes: Vec<Option<Process>>,
    /// Whether each session of the plan was opened.
    launched: Vec<bool>,
    launcher: Option<Launcher>,
    lives: u64,
    asleep_until: u64,
    /// Since when the machine is awake.
    awake_since: u64,
    calm: bool,
    /// When a launcher that is killed comes back, and a server; milliseconds from its end.
    back_ms: u64,
    server_back_ms: u64,
    counts: Counts,
}

/// Runs the world of `seed` to its end, with a fault of the product put in if `broken` names one.
///
/// # Errors
/// The simulation itself fails: no temporary folder, or a file of it cannot be used.
pub fn run(seed: u64, broken: Option<Break>) -> anyhow::Result<Outcome> {
    let mut world = World::new(seed, broken)?;
    let stopped = world.live();
    let (timeline, counts) = (world.scene.timeline.clone(), world.count());
    let violation = match stopped {
        Ok(()) => None,
        Err(Stop::Violation(violation)) => Some(violation),
        Err(Stop::Failed(error)) => return Err(error.context(format!("seed {seed}\n{timeline}"))),
    };
    Ok(Outcome { seed, timeline, violation, counts })
}

impl World {
    fn new(seed: u64, broken: Option<Break>) -> anyhow::Result<Self> {
        let mut rng = Rng::new(seed);
        let plan = Plan::draw(&mut rng);
        let keys = Keys::draw(&mut rng);
        // A world makes thousands of files, which no disk needs to keep.
        let memory = PathBuf::from("/dev/shm");
        let folder = if memory.is_dir() { TempDir::new_in(memory)? } else { TempDir::new()? };
        let store = folder.path().join("recordings");
        let server = Server::start(store, std::sync::Arc::clone(&keys.receipt), keys.device.public())?;
        let sessions = plan.launches.len();
        let mut scene = Scene::new(rng, keys, broken);
        for (at, to, weather) in &plan.weather {
            scene.at(*at, Event::Begins(*weather));
            scene.at(*to, Event::Ends(*weather));
        }
        for (at, accident) in &plan.accidents {
            scene.at(*at, Event::Accident(*accident));
        }
        for (session, at) in plan.launches.iter().enumerate() {
            scene.at(*at, Event::Launch(session));
        }
        scene.at(plan.calm_ms, Event::Calm);
        scene.at(0, Event::LauncherStarts);
        Ok(Self {
            scene,
            server,
            plan,
            folder,
            processes: (0..sessions).map(|_| None).collect(),
            launched: vec![false; sessions],
            launcher: None,
            lives: 0,
            asleep_until: 0,
            awake_since: 0,
            calm: false,
            back_ms: 1_000,
            server_back_ms: 1_000,
            counts: Counts::default(),
        })
    }

    fn live(&mut self) -> Result<(), Stop> {
        while let Some(event) = self.scene.next() {
            self.counts.events += 1;
            if self.must_wait(&event) {
                continue;
            }
            self.handle(event)?;
            checks::clients(&self.scene, self.awake_since)?;
            if self.is_done() {
                break;
            }
            if self.counts.events > MOST_EVENTS || self.is_overdue() {
                return Err(self.not_drained().into());
            }
        }
        if !self.is_done() {
            return Err(self.not_drained().into());
        }
        self.check_stores()?;
        self.scene.now += PATIENCE_MS;
        self.rot()?;
        checks::at_the_end(&mut self.scene, &mut self.server).map_err(Stop::Failed)??;
        Ok(())
    }

    fn handle(&mut self, event: Event) -> Result<(), Stop> {
        match event {
            Event::Begins(weather) => {
                self.scene.note(format_args!("from here: {weather:?}"));
                self.scene.begins(weather);
                self.weather_changed();
            }
            Event::Ends(weather) => {
                self.scene.note(format_args!("over: {weather:?}"));
                self.scene.ends(weather);
                if weather == Weather::ServerDown {
                    self.scene.after(0, Event::ServerStarts);
                }
                self.weather_changed();
            }
            Event::Accident(accident) => self.accident(accident)?,
            Event::Calm => {
                self.scene.note(format_args!("all faults stop"));
                self.scene.clear_up();
                self.calm = true;
                self.scene.after(0, Event::ServerStarts);
                self.weather_changed();
            }
            Event::Launch(session) => self.launch(session)?,
            Event::ProcessTurn { session, turn } => {
                if let Some(process) = &mut self.processes[session]
                    && process.turn() == turn
                {
                    let ended = process.look_up(&mut self.scene);
                    self.process(session, ended)?;
                }
            }
            Event::Client { session, what } => self.client(session, what)?,
            Event::LauncherTurn { life, turn } => {
                if let Some(launcher) = &mut self.launcher
                    && (launcher.life, launcher.turn()) == (life, turn)
                {
                    let ended = launcher.look_up(&mut self.scene);
                    self.launcher_did(ended)?;
                }
            }
            Event::SessionEnded { life } => {
                if self.launcher.as_ref().is_some_and(|launcher| launcher.life == life) {
                    self.scan()?;
                }
            }
            Event::LauncherStarts => self.start_launcher()?,
            Event::LauncherGone(session) => self.launcher_gone(session)?,
            Event::Up { id, caller, request } => self.up(id, caller, request)?,
            Event::Down { id, caller, reply } => self.down(id, caller, Some(reply))?,
            Event::TimedOut { id, caller } => self.down(id, caller, None)?,
            Event::ServerStarts => {
                if !self.server.is_up() && !self.scene.has(Weather::ServerDown) {
                    self.scene.note(format_args!("the server starts"));
                    self.server.up(self.scene.now).map_err(Stop::Failed)?;
                    checks::receipted(&self.scene, &self.server)?;
                }
            }
        }
        Ok(())
    }

    /// Everything recorded has reached its server, as far as it can.
    fn is_done(&self) -> bool {
        self.calm
            && self.server.is_up()
            && self.launcher.is_some()
            && self.launched.iter().all(|launched| *launched)
            && self.processes.iter().all(Option::is_none)
            && self.scene.ledger.sessions.values().all(Known::has_arrived)
    }

    fn is_overdue(&self) -> bool {
        self.calm && self.scene.now > self.plan.calm_ms + DRAINED_WITHIN_MS
    }

    fn not_drained(&self) -> Violation {
        let left: Vec<String> = self
            .scene
            .ledger
            .sessions
            .iter()
            .filter(|(_, known)| !known.has_arrived())
            .map(|(session, known)| {
                format!("{} ({} segments)", crate::courier::short(*session), known.durable.len())
            })
            .collect();
        Violation::new(Invariant::Drains, format!("still on the recorder's disk: {left:?}"))
    }

    /// Both stores hold what they must.
    fn check_stores(&self) -> Result<(), Stop> {
        checks::receipted(&self.scene, &self.server)?;
        checks::spooled(&self.scene, &self.spool_folder())?;
        Ok(())
    }

    fn spool_folder(&self) -> PathBuf {
        self.folder.path().join("spool")
    }

    fn count(&self) -> Counts {
        let sessions = self.scene.ledger.sessions.values();
        Counts {
            sessions: sessions.len() as u64,
            segments: sessions.clone().map(|known| known.durable.len() as u64).sum(),
            receipted: sessions.clone().map(|known| known.receipted.len() as u64).sum(),
            judged: sessions.filter(|known| !known.forgotten && known.set_aside.is_empty()).count() as u64,
            ..self.counts
        }
    }
}
