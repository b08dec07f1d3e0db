//! The recording thread: a segment a second and track, durable before anything else hears of it
//! (`session_process::recorder`).

use chaperone_evidence::{Cut, CutContent, GapCause, TrackWriter};
use chaperone_seals::{ContentKey, Digest};
use chaperone_session::session::ASLEEP_AFTER;
use chaperone_session::{CaptureLoss, EndReason, Input};
use chaperone_spool::{Appended, Space};

use super::{Ended, Process};
use crate::courier::short;
use crate::faults::Weather;
use crate::invariant::{Break, Invariant, Violation};
use crate::scene::Scene;

pub(super) struct Recording {
    tracks: Vec<Track>,
    /// Where the next segment begins, milliseconds since the session began; the same for all tracks.
    next_ms: u64,
    /// Segments signed and not yet written, for a recorder that is broken in this way.
    kept_back: Vec<Vec<u8>>,
    second: u64,
}

struct Track {
    writer: TrackWriter,
    content: ContentKey,
    /// Name of the content key, which has none of its own.
    key: Digest,
}

impl Recording {
    /// When the current segment is to be closed, milliseconds since the session began.
    pub(super) const fn second_ends_ms(&self) -> u64 {
        self.next_ms / 1_000 * 1_000 + 1_000
    }
}

/// What a stretch holds.
#[derive(Clone, Copy)]
enum Seen {
    Picture,
    Gap(GapCause),
}

impl Process {
    /// Capture is proven, and a first segment brought to the disk.
    pub(super) fn begin_recording(&mut self, scene: &mut Scene) -> Result<(), Ended> {
        if scene.has(Weather::Blind) {
            return self.feed(scene, Input::CaptureNotProven);
        }
        let mut tracks = Vec::new();
        for plan in &self.opening.tracks {
            let secret: [u8; 32] = scene.rng.bytes();
            let content = ContentKey::from_bytes(secret);
            let signed = &scene.ledger.known(self.id)?.signed_opening;
            let writer = TrackWriter::new(&self.opening, signed, plan.track, &content, || scene.rng.bytes());
            let Ok(writer) = writer else { return self.feed(scene, Input::CaptureNotProven) };
            tracks.push(Track { writer, content, key: Digest::of(&secret) });
        }
        let next_ms = scene.now - self.began;
        self.recording = Some(Recording { tracks, next_ms, kept_back: Vec::new(), second: 0 });
        if !self.put(scene, next_ms, Seen::Gap(GapCause::CaptureStopped), true)? {
            self.recording = None;
            return self.feed(scene, Input::CaptureNotProven);
        }
        self.feed(scene, Input::CaptureProven)?;
        self.feed(scene, Input::SegmentSpooled)
    }

    /// Closes the second that is over, or names the time in which this process did not run.
    pub(super) fn record(&mut self, scene: &mut Scene, away_ms: u64) -> Result<(), Ended> {
        let Some(recording) = &self.recording else { return Ok(()) };
        let now_ms = scene.now - self.began;
        let asleep = u128::from(away_ms) >= ASLEEP_AFTER.as_millis();
        if asleep && now_ms > recording.next_ms {
            return self.cut(scene, now_ms, Seen::Gap(GapCause::Asleep));
        }
        if now_ms < recording.second_ends_ms() {
            return Ok(());
        }
        if scene.is(Break::SilentGap) && recording.second == 6 {
            if let Some(recording) = &mut self.recording {
                recording.next_ms = now_ms + 1_500;
                recording.second += 1;
            }
            return Ok(());
        }
        if scene.has(Weather::Blind) {
            self.cut(scene, now_ms, Seen::Gap(GapCause::CaptureStopped))?;
            self.feed(scene, Input::CaptureLost(CaptureLoss::Stale))
        } else {
            self.cut(scene, now_ms, Seen::Picture)?;
            self.feed(scene, Input::CaptureAlive)
        }
    }

    /// Closes the last segment; where it ends, milliseconds since the session began. Nothing where recording failed.
    pub(super) fn finish_recording(&mut self, scene: &mut Scene) -> Result<Option<u64>, Ended> {
        let Some(recording) = &self.recording else { return Ok(None) };
        let now_ms = scene.now - self.began;
        if now_ms > recording.next_ms {
            let seen =
                if scene.has(Weather::Blind) { Seen::Gap(GapCause::CaptureStopped) } else { Seen::Picture };
            self.put(scene, now_ms, seen, false)?;
        }
        self.write_kept_back(scene)?;
        Ok(self.recording.take().map(|recording| recording.next_ms))
    }

    fn cut(&mut self, scene: &mut Scene, end_ms: u64, seen: Seen) -> Result<(), Ended> {
        if self.put(scene, end_ms, seen, false)? {
            self.feed(scene, Input::SegmentSpooled)?;
            self.spooled(scene);
            return Ok(());
        }
        // What was recorded until here stands; nothing more can be.
        self.recording = None;
        self.feed(scene, Input::End(EndReason::RecorderFailed))
    }

    /// Seals, signs and stores what happened until `end_ms` in every track; whether the disk has it.
    fn put(&mut self, scene: &mut Scene, end_ms: u64, seen: Seen, proof: bool) -> Result<bool, Ended> {
        let Some(recording) = &mut self.recording else { return Ok(false) };
        let start_ms = recording.next_ms;
        let mut segments = Vec::new();
        for track in &mut recording.tracks {
            let payload: [u8; 64] = scene.rng.bytes();
            let content = match seen {
                _ if proof => CutContent::Unchanged,
                Seen::Gap(cause) => CutContent::Gap(cause),
                Seen::Picture if scene.rng.percent(70) => CutContent::Media(&payload),
                Seen::Picture => CutContent::Unchanged,
            };
            let duration_ms = u32::try_from(end_ms - start_ms).unwrap_or(u32::MAX);
            let cut = Cut { start_ms, duration_ms, wall_ms: scene.wall_ms(), heard: self.heard, content };
            if scene.is(Break::KeyAgain) && recording.second == 4 {
                let signed = &scene.ledger.known(self.id)?.signed_opening;
                let number = track.writer.end().head.track;
                let rng = &mut scene.rng;
                let again = TrackWriter::new(&self.opening, signed, number, &track.content, || rng.bytes());
                let cut = Cut { start_ms: 0, duration_ms: 0, content: CutContent::Media(&payload), ..cut };
                let mut again =
                    again.map_err(|error| Violation::new(Invariant::NonceOnce, error.to_string()))?;
                for _ in 0..recording.second {
                    if let Ok(bytes) = again.write(&cut, &track.content, &self.key) {
                        scene.ledger.sealed(self.id, track.key, &bytes)?;
                    }
                }
            }
            let Ok(bytes) = track.writer.write(&cut, &track.content, &self.key) else { return Ok(false) };
            scene.ledger.sealed(self.id, track.key, &bytes)?;
            segments.push(bytes);
        }
        recording.next_ms = end_ms;
        recording.second += 1;
        recording.kept_back.extend(segments);
        let second = recording.second;
        if scene.is(Break::LateWrites) && !proof && second % 3 != 0 {
            return Ok(true);
        }
        self.write_kept_back(scene)
    }

    fn write_kept_back(&mut self, scene: &mut Scene) -> Result<bool, Ended> {
        let Some(recording) = &mut self.recording else { return Ok(false) };
        let segments = std::mem::take(&mut recording.kept_back);
        let mut exhausted = false;
        for bytes in segments {
            match self.spool.append(&bytes) {
                Ok(Appended::Stored(space)) => {
                    exhausted |= space == Space::Exhausted;
                    scene.ledger.stored(self.id, bytes)?;
                }
                Ok(Appended::DiskFull) => {
                    scene.note(format_args!("{}: the disk is full", short(self.id)));
                    scene.ledger.known(self.id)?.refused_by_disk = true;
                    self.feed(scene, Input::End(EndReason::DiskFull))?;
                    return Ok(false);
                }
                Err(error) => {
                    self.spool_failed(error)?;
                    return Ok(false);
                }
            }
        }
        if exhausted {
            self.feed(scene, Input::End(EndReason::DiskFull))?;
        }
        Ok(true)
    }
}
