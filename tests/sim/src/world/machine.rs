//! The recorder's machine: its processes, their ends, its sleep and its power.

use chaperone_evidence::SessionId;
use chaperone_seals::SigningKey;
use chaperone_session::{EndReason, Input};
use chaperone_spool::{Created, Spool};
use uuid::Uuid;

use super::{Stop, World};
use crate::checks;
use crate::courier::{cause, short};
use crate::disk::{Crash, Room, SimDisk};
use crate::faults::Weather;
use crate::invariant::Break;
use crate::launcher::{self, Launcher};
use crate::process::{self, Process};
use crate::scene::{ClientEvent, Event};

/// How soon the end of a pipe is seen, in milliseconds.
const PIPE_MS: u64 = 50;
/// How soon a launcher that is gone is noticed at the latest: it may have been stopped, not ended.
const SILENCE_MS: u64 = 2_000;
/// How soon a user tries again where a launch is refused.
const LAUNCH_AGAIN_MS: u64 = 3_000;
/// The longest a client is used.
const LONGEST_USE_MS: u64 = 45_000;

impl World {
    /// Puts off what cannot happen while the machine sleeps, and drops what dies with its power.
    pub(super) fn must_wait(&mut self, event: &Event) -> bool {
        let of_machine = match event {
            Event::Launch(_)
            | Event::ProcessTurn { .. }
            | Event::Client { .. }
            | Event::LauncherTurn { .. }
            | Event::SessionEnded { .. }
            | Event::LauncherStarts
            | Event::LauncherGone(_)
            | Event::Down { .. }
            | Event::TimedOut { .. } => true,
            Event::Begins(_)
            | Event::Ends(_)
            | Event::Accident(_)
            | Event::Calm
            | Event::Up { .. }
            | Event::ServerStarts => false,
        };
        let asleep = of_machine && self.scene.now < self.asleep_until;
        if asleep && !(matches!(event, Event::Down { .. }) && self.scene.rng.percent(50)) {
            self.scene.at(self.asleep_until, event.clone());
        }
        asleep
    }

    pub(super) fn weather_changed(&mut self) {
        let room = self.scene.room();
        let processes = self.processes.iter().flatten().map(|process| &process.disk);
        processes
            .chain(self.launcher.as_ref().map(|launcher| &launcher.disk))
            .for_each(|disk| disk.set_room(room));
        if self.scene.has(Weather::ServerDown) && self.server.is_up() {
            self.server.down();
        }
    }

    pub(super) fn start_launcher(&mut self) -> Result<(), Stop> {
        if self.launcher.is_some() {
            return Ok(());
        }
        self.lives += 1;
        let disk = self.disk();
        match Launcher::start(&self.spool_folder(), disk, self.lives) {
            Ok(launcher) => {
                self.scene.note(format_args!("the launcher starts"));
                self.launcher = Some(launcher);
                self.scan()
            }
            Err(error) => {
                self.scene.note(format_args!("the launcher cannot start: {}", cause(&error)));
                self.scene.after(LAUNCH_AGAIN_MS, Event::LauncherStarts);
                Ok(())
            }
        }
    }

    pub(super) fn scan(&mut self) -> Result<(), Stop> {
        let Some(launcher) = &mut self.launcher else { return Ok(()) };
        let ended = launcher.scan(&mut self.scene);
        self.launcher_did(ended)
    }

    /// A user clicks; a ticket is redeemed; the process of the session runs.
    pub(super) fn launch(&mut self, place: usize) -> Result<(), Stop> {
        let scene = &mut self.scene;
        let reachable = ![Weather::Outage, Weather::DeafRecorder, Weather::DeafServer, Weather::ServerDown]
            .into_iter()
            .any(|weather| scene.has(weather));
        if self.launcher.is_none() || !reachable || !self.server.is_up() || scene.room() != Room::Enough {
            scene.after(LAUNCH_AGAIN_MS, Event::Launch(place));
            return Ok(());
        }
        let id = SessionId::new(Uuid::from_bytes(scene.rng.bytes()));
        let key = SigningKey::from_seed(&scene.rng.bytes());
        let tracks = if scene.rng.percent(20) { 2 } else { 1 };
        let opened_ms = self.server.time(scene.now);
        let (opening, signed) = scene.keys.open(id, &key, tracks, self.server.epoch, opened_ms);
        let asked = scene.now.saturating_sub(40);
        self.server.open(opening.clone(), signed.clone(), scene.now).map_err(Stop::Failed)?;
        scene.ledger.opened(id, key.public(), signed.clone(), asked);
        self.launched[place] = true;
        let disk = self.disk();
        let created = Spool::open_on(disk.clone(), &self.spool_folder())?.create_session(&signed)?;
        let Created::Session(spool) = created else { return Ok(()) };
        let scene = &mut self.scene;
        scene.note(format_args!("{}: opened, {tracks} tracks", short(id)));
        let mut process = Process::new(scene, (place, self.lives), opening, spool, disk, key, asked);
        let used = scene.rng.between(3_000, LONGEST_USE_MS);
        scene.after(used, Event::Client { session: place, what: ClientEvent::Exits });
        let ended = process.look_up(scene);
        self.processes[place] = Some(process);
        self.process(place, ended)
    }

    /// Something about a client, whose session's process may be gone.
    pub(super) fn client(&mut self, place: usize, what: ClientEvent) -> Result<(), Stop> {
        let Some(process) = &mut self.processes[place] else { return Ok(()) };
        let ended = process.client(&mut self.scene, what);
        self.process(place, ended)
    }

    /// The launcher of a session's process is gone.
    pub(super) fn launcher_gone(&mut self, place: usize) -> Result<(), Stop> {
        let Some(process) = &mut self.processes[place] else { return Ok(()) };
        let ended = process.happen(&mut self.scene, Input::End(EndReason::LauncherGone));
        self.process(place, ended)
    }

    /// Takes note of how a process came out of what it did.
    pub(super) fn process(&mut self, place: usize, ended: Result<(), process::Ended>) -> Result<(), Stop> {
        match ended {
            Ok(()) => Ok(()),
            Err(process::Ended::Violation(violation)) => Err(violation.into()),
            Err(process::Ended::Left) => {
                if let Some(process) = self.processes[place].take() {
                    self.scene.note(format_args!("{}: its process leaves", short(process.id)));
                    self.scene.after(PIPE_MS, Event::SessionEnded { life: process.parent });
                }
                Ok(())
            }
            Err(process::Ended::Crashed(Crash::Killed)) => self.kill_process(place),
            Err(process::Ended::Crashed(Crash::PowerCut)) => self.power_cut(),
        }
    }

    pub(super) fn launcher_did(&mut self, ended: Result<(), launcher::Ended>) -> Result<(), Stop> {
        match ended {
            Ok(()) => Ok(()),
            Err(launcher::Ended::Violation(violation)) => Err(violation.into()),
            Err(launcher::Ended::Crashed(Crash::Killed)) => self.kill_launcher(),
            Err(launcher::Ended::Crashed(Crash::PowerCut)) => self.power_cut(),
        }
    }

    /// The process of a session is gone in this instant; its client ends with its pipe.
    pub(super) fn kill_process(&mut self, place: usize) -> Result<(), Stop> {
        self.lose(place)?;
        self.check_stores()
    }

    /// The launcher is gone in this instant. Sessions notice, and end.
    pub(super) fn kill_launcher(&mut self) -> Result<(), Stop> {
        if self.launcher.take().is_some() {
            self.counts.crashes += 1;
            self.scene.note(format_args!("the launcher is killed"));
        }
        for place in 0..self.processes.len() {
            let delay = self.scene.rng.between(PIPE_MS, SILENCE_MS);
            self.scene.after(delay, Event::LauncherGone(place));
        }
        let back = self.back_ms;
        self.scene.after(back, Event::LauncherStarts);
        self.check_stores()
    }

    /// Every process of the machine is gone in this instant.
    pub(super) fn power_cut(&mut self) -> Result<(), Stop> {
        self.scene.note(format_args!("power cut"));
        for place in 0..self.processes.len() {
            self.lose(place)?;
        }
        self.launcher = None;
        if self.scene.is(Break::SyncLies) {
            self.remove_a_segment()?;
        }
        let back = self.back_ms;
        self.scene.after(back, Event::LauncherStarts);
        self.check_stores()
    }

    fn lose(&mut self, place: usize) -> Result<(), Stop> {
        let Some(process) = self.processes[place].take() else { return Ok(()) };
        self.counts.crashes += 1;
        let steps = process.disk.steps();
        self.scene
            .note(format_args!("{}: its process is gone after {steps} durable steps", short(process.id)));
        self.scene.ledger.known(process.id)?.client_runs = false;
        self.scene.after(PIPE_MS, Event::SessionEnded { life: process.parent });
        let known = self.scene.ledger.known(process.id)?;
        if process.records() {
            checks::crash(known, process.id, process.last_ran_ms())?;
        }
        Ok(())
    }

    fn disk(&mut self) -> SimDisk {
        SimDisk::new(self.scene.rng.next(), self.scene.room())
    }
}
