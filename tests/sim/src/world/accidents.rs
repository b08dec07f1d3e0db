//! What happens at one moment.

use super::{Stop, World};
use crate::checks;
use crate::disk::Crash;
use crate::faults::Accident;
use crate::invariant::Break;

impl World {
    pub(super) fn accident(&mut self, accident: Accident) -> Result<(), Stop> {
        self.scene.note(format_args!("happens: {accident:?}"));
        match accident {
            Accident::ServerKilled(how, back_ms) => {
                self.server.kill_at = Some(how);
                self.server_back_ms = back_ms;
            }
            Accident::ServerClock(by_ms) => self.server.clock_ms += by_ms,
            Accident::RecorderClock(by_ms) => self.scene.recorder_clock_ms += by_ms,
            Accident::Backup => self.server.back_up()?,
            Accident::Restore => self.restore()?,
            Accident::Sleep(for_ms) => {
                self.asleep_until = self.asleep_until.max(self.scene.now + for_ms);
                self.awake_since = self.asleep_until;
            }
            Accident::SessionKilled { session, steps } => match &self.processes[session] {
                Some(process) if steps > 0 => process.disk.crash_after(steps - 1, Crash::Killed),
                Some(_) => self.kill_process(session)?,
                None => {}
            },
            Accident::LauncherKilled { steps, back_ms } => {
                self.back_ms = back_ms;
                match &self.launcher {
                    Some(launcher) if steps > 0 => launcher.disk.crash_after(steps - 1, Crash::Killed),
                    Some(_) => self.kill_launcher()?,
                    None => {}
                }
            }
            Accident::PowerCut { steps, back_ms } => {
                self.back_ms = back_ms;
                let session = self.processes.iter().flatten().next().map(|process| &process.disk);
                match session.or(self.launcher.as_ref().map(|launcher| &launcher.disk)) {
                    Some(disk) if steps > 0 => disk.crash_after(steps - 1, Crash::PowerCut),
                    Some(_) => self.power_cut()?,
                    None => {}
                }
            }
            Accident::OperatorEnds(session) => {
                if let Some(process) = &self.processes[session] {
                    self.server.ask_end(process.id);
                }
            }
            Accident::Retry => {
                if let Some(launcher) = &mut self.launcher {
                    let ended = launcher.retry(&mut self.scene);
                    self.launcher_did(ended)?;
                }
            }
        }
        Ok(())
    }

    /// The store becomes what it was at the backup: what was signed for since then no longer holds.
    fn restore(&mut self) -> Result<(), Stop> {
        if !self.server.restore(self.scene.now).map_err(Stop::Failed)? {
            return Ok(());
        }
        self.scene.note(format_args!("the store is that of the backup, epoch {}", self.server.epoch));
        for (session, known) in &mut self.scene.ledger.sessions {
            let held: std::collections::BTreeSet<_> = self.server.numbers(*session)?.into_iter().collect();
            let unknown = !self.server.rows.contains_key(session);
            let lost = known.receipted.difference(&held).next().is_some();
            // What the recorder had been told to remove is nowhere any more.
            known.forgotten |= unknown || (known.released && lost);
            known.receipted = held;
        }
        checks::receipted(&self.scene, &self.server)?;
        Ok(())
    }

    /// Takes a segment off the recorder's disk, as a disk that lied about syncing would.
    pub(super) fn remove_a_segment(&self) -> std::io::Result<()> {
        let kept = self.scene.ledger.sessions.iter().filter(|(_, known)| !known.released);
        for (session, known) in kept {
            if let Some((track, number)) = known.durable.keys().next() {
                let name = format!("{track:010}-{number:020}.segment");
                let path = self.spool_folder().join(session.to_string()).join(name);
                if path.exists() {
                    return std::fs::remove_file(path);
                }
            }
        }
        Ok(())
    }

    /// Lets a bit of the server's store rot, for a world that is broken in this way.
    pub(super) fn rot(&self) -> std::io::Result<()> {
        if !self.scene.is(Break::StoreRots) {
            return Ok(());
        }
        for session in self.server.rows.keys() {
            let path = self.server.folder.join(session.to_string()).join("segments");
            let mut bytes = std::fs::read(&path)?;
            let middle = bytes.len() / 2;
            if let Some(byte) = bytes.get_mut(middle) {
                *byte ^= 1;
                return std::fs::write(&path, bytes);
            }
        }
        Ok(())
    }
}
