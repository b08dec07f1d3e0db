//! What can go wrong, and what of it a seed draws.

use crate::rng::Rng;

/// Sessions begin within this time, in milliseconds; faults too, but for the long ones.
const OVERTURE_MS: u64 = 50_000;
/// One day.
const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// A state of the world that lasts for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weather {
    /// So many of a hundred messages are lost, either way.
    Loss(u64),
    /// Every message takes up to so many milliseconds longer, so that later ones overtake it.
    Slow(u64),
    /// So many of a hundred messages arrive twice.
    Twice(u64),
    /// Nothing gets through.
    Outage,
    /// What the server says is lost; it hears everything.
    DeafRecorder,
    /// What recorders say is lost; they hear everything.
    DeafServer,
    /// Uploads are lost, heartbeats pass.
    NoUploads,
    /// Heartbeats are lost, uploads pass.
    NoHeartbeats,
    /// Heartbeats take so many milliseconds longer.
    LateHeartbeats(u64),
    /// The server's disk is nearly full.
    NotStoring,
    /// Uploads get this instead of the server's answer.
    Answers(Strange),
    /// Nobody listens on the server's port.
    ServerDown,
    /// The recorder's disk has less free than the floor.
    RecorderDiskLow,
    /// The recorder's disk has less free than half the floor.
    RecorderDiskNearlyFull,
    /// The recorder's disk refuses every write.
    RecorderDiskFull,
    /// Capture delivers nothing.
    Blind,
}

/// An answer to an upload that is no receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Strange {
    /// The server's own word, with `Retry-After` in seconds if above 0.
    Busy(u64),
    /// The server's own word.
    TooLarge,
    /// The server's own word, and wrong.
    Damaged,
    /// Some status from whoever stands between, with `Retry-After` in seconds if above 0.
    Status(u16, u64),
    /// A receipt whose signature is false, or no answer at all: the client cannot tell the two apart.
    Nonsense,
}

/// Something that happens at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Accident {
    /// The server's process is killed while it takes the next body in, and starts again after so many milliseconds.
    ServerKilled(AtIntake, u64),
    /// The server's clock is set by so many milliseconds.
    ServerClock(i64),
    /// The recorder's wall clock is set by so many milliseconds.
    RecorderClock(i64),
    /// The server's store is copied, as a backup.
    Backup,
    /// The server's store is replaced by the last backup, and its epoch raised.
    Restore,
    /// The recorder's machine sleeps for so many milliseconds.
    Sleep(u64),
    /// The process of a session is killed after so many more durable steps.
    SessionKilled { session: usize, steps: u64 },
    /// The launcher's process is killed after so many more durable steps, and starts again after so many milliseconds.
    LauncherKilled { steps: u64, back_ms: u64 },
    /// The recorder's machine loses power when a process of it has done so many more durable steps, and is back after so
    /// many milliseconds.
    PowerCut { steps: u64, back_ms: u64 },
    /// An operator ends a session.
    OperatorEnds(usize),
    /// The user presses Retry.
    Retry,
}

/// How far a server comes with a body before it is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AtIntake {
    /// Some of the body is written and nothing synced: a torn tail.
    Torn,
    /// Stored durably, and the database not told.
    Stored,
    /// All done but the answer.
    Unanswered,
}

/// All that happens to a world by its seed.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// When each session is opened.
    pub(crate) launches: Vec<u64>,
    /// From, to, what.
    pub(crate) weather: Vec<(u64, u64, Weather)>,
    /// When, what.
    pub(crate) accidents: Vec<(u64, Accident)>,
    /// When all faults have stopped.
    pub(crate) calm_ms: u64,
}

impl Plan {
    pub(crate) fn draw(rng: &mut Rng) -> Self {
        let sessions = if rng.percent(25) { 2 } else { 1 };
        let launches = (0..sessions).map(|_| rng.between(100, 8_000)).collect();
        let mut plan = Self { launches, weather: Vec::new(), accidents: Vec::new(), calm_ms: 0 };
        for _ in 0..rng.between(0, 4) {
            let from = rng.between(0, OVERTURE_MS);
            let (longest, weather) = plan.weather(rng);
            let to = from + rng.between(200, longest);
            plan.weather.push((from, to, weather));
        }
        for _ in 0..rng.between(0, 3) {
            plan.accident(rng, sessions);
        }
        if rng.percent(6) {
            let from = rng.between(5_000, OVERTURE_MS);
            plan.weather.push((from, from + DAY_MS, rng.pick(&[Weather::Outage, Weather::ServerDown])));
        }
        let ends = plan.weather.iter().map(|(_, to, _)| *to);
        let happen = plan.accidents.iter().map(|(at, _)| *at);
        plan.calm_ms = ends.chain(happen).max().unwrap_or_default() + 1_000;
        plan
    }

    /// A weather and the longest it may last, in milliseconds.
    fn weather(&self, rng: &mut Rng) -> (u64, Weather) {
        match rng.between(0, 15) {
            0 => (40_000, Weather::Loss(rng.pick(&[1, 10, 50]))),
            1 => (40_000, Weather::Slow(rng.between(20, 4_000))),
            2 => (40_000, Weather::Twice(rng.between(10, 100))),
            3 => (20_000, Weather::Outage),
            4 => (20_000, Weather::DeafRecorder),
            5 => (20_000, Weather::DeafServer),
            6 => (90_000, Weather::NoUploads),
            7 => (20_000, Weather::NoHeartbeats),
            8 => (40_000, Weather::LateHeartbeats(rng.between(1_000, 9_000))),
            9 => (60_000, Weather::NotStoring),
            10 => (60_000, Weather::Answers(strange(rng))),
            11 => (20_000, Weather::ServerDown),
            12 => (40_000, Weather::RecorderDiskLow),
            13 => (10_000, Weather::RecorderDiskNearlyFull),
            14 => (10_000, Weather::RecorderDiskFull),
            _ => (14_000, Weather::Blind),
        }
    }

    fn accident(&mut self, rng: &mut Rng, sessions: usize) {
        let at = rng.between(500, OVERTURE_MS);
        let session = usize::try_from(rng.between(0, sessions as u64 - 1)).unwrap_or_default();
        let hour = 60 * 60 * 1000;
        let accident = match rng.between(0, 10) {
            0 => {
                let how = rng.pick(&[AtIntake::Torn, AtIntake::Stored, AtIntake::Unanswered]);
                Accident::ServerKilled(how, rng.between(50, 15_000))
            }
            1 => Accident::ServerClock(rng.pick(&[-hour, -5_000, 5_000, hour])),
            2 => Accident::RecorderClock(rng.pick(&[-hour, -5_000, 5_000, hour])),
            3 => {
                // A backup is of use only if it is restored.
                for _ in 0..rng.between(1, 2) {
                    self.accidents.push((at + rng.between(1_000, 40_000), Accident::Restore));
                }
                Accident::Backup
            }
            4 => Accident::Sleep(rng.between(200, 30_000)),
            5 | 6 => Accident::SessionKilled { session, steps: rng.between(0, 12) },
            7 => Accident::LauncherKilled { steps: rng.between(0, 12), back_ms: rng.between(500, 30_000) },
            8 => Accident::PowerCut { steps: rng.between(0, 12), back_ms: rng.between(1_000, 90_000) },
            9 => Accident::OperatorEnds(session),
            _ => Accident::Retry,
        };
        self.accidents.push((at, accident));
    }
}

fn strange(rng: &mut Rng) -> Strange {
    let after = if rng.percent(50) { rng.between(1, 120) } else { 0 };
    match rng.between(0, 9) {
        0 => Strange::Busy(after),
        1 => Strange::TooLarge,
        2 => Strange::Damaged,
        3 => Strange::Nonsense,
        _ => Strange::Status(rng.pick(&[200, 302, 403, 404, 413, 429, 500, 503]), after),
    }
}
