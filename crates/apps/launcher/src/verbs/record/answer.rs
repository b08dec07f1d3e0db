//! What was recorded, for people and for programs.

use std::time::Duration;

use serde::Serialize;

use crate::failure::Failure;

/// How a recording ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Ended {
    /// By Ctrl-C or a signal.
    Stopped,
    /// The seconds asked for were over.
    TimeOver,
    /// The recorded window was closed.
    WindowClosed,
    /// Something failed; the file holds what was recorded until then.
    Failed,
}

/// Figures of one recording.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Recorded {
    /// The film.
    pub(super) file: String,
    /// How it ended.
    pub(super) ended: Ended,
    /// Length of the film.
    pub(super) seconds: f64,
    /// Seconds of it in which there was nothing to take a picture of: the film shows the last picture meanwhile.
    pub(super) unseen_seconds: f64,
    /// Pictures taken: what changed.
    pub(super) pictures: u64,
    /// Pictures among them, or added, that can be shown without those before them.
    pub(super) key_frames: u64,
    /// Size of the film.
    pub(super) bytes: u64,
    /// What an hour would take at this rate.
    pub(super) bytes_per_hour: u64,
    /// Time of the processor this process has used, all threads, user and system.
    pub(super) cpu_seconds: f64,
}

/// [`Recorded`] with what ended it, as `--json` has it everywhere.
#[derive(Debug, Serialize)]
pub(super) struct Broken {
    #[serde(flatten)]
    recorded: Recorded,
    error: serde_json::Value,
}

impl Recorded {
    /// The answer of a recording that failed in the middle.
    pub(super) fn ended_by(self, failure: &Failure) -> Broken {
        Broken { recorded: self, error: failure.to_json() }
    }

    /// Some lines for a person.
    pub(super) fn words(&self) -> String {
        let unseen = match self.unseen_seconds {
            none if none < 0.05 => String::new(),
            some => format!(", {some:.1} s of it without anything to be seen"),
        };
        format!(
            "{}: {:.1} s{unseen}\n{} pictures, {} of them key frames; {}, {} an hour; {:.2} s of processor time",
            self.file,
            self.seconds,
            self.pictures,
            self.key_frames,
            megabytes(self.bytes),
            megabytes(self.bytes_per_hour),
            self.cpu_seconds
        )
    }
}

/// Bytes as megabytes with one digit.
pub(super) fn megabytes(bytes: u64) -> String {
    let tenths = bytes / 100_000;
    format!("{}.{} MB", tenths / 10, tenths % 10)
}

/// What an hour takes where `length` took `bytes`; nothing for no length.
pub(super) fn per_hour(bytes: u64, length: Duration) -> u64 {
    let hourly = u128::from(bytes) * 3_600_000 / length.as_millis().max(1);
    u64::try_from(hourly).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit::Exit;

    fn recorded() -> Recorded {
        Recorded {
            file: "a.mp4".to_owned(),
            ended: Ended::TimeOver,
            seconds: 12.04,
            unseen_seconds: 0.0,
            pictures: 31,
            key_frames: 2,
            bytes: 1_250_000,
            bytes_per_hour: 375_000_000,
            cpu_seconds: 0.123,
        }
    }

    #[test]
    fn a_person_reads_all_figures() {
        assert_eq!(
            recorded().words(),
            "a.mp4: 12.0 s\n31 pictures, 2 of them key frames; 1.2 MB, 375.0 MB an hour; 0.12 s of processor time"
        );
        let hidden = Recorded { unseen_seconds: 3.0, ..recorded() };
        assert!(hidden.words().starts_with("a.mp4: 12.0 s, 3.0 s of it without anything to be seen\n"));
    }

    #[test]
    fn a_program_reads_figures_and_error_in_one_value() {
        let failure = Failure::new(Exit::Failed, "the display is gone").advise("Play it.");
        let broken = Recorded { ended: Ended::Failed, ..recorded() }.ended_by(&failure);
        let json = serde_json::to_value(&broken).unwrap();
        assert_eq!(json["ended"], "failed");
        assert_eq!(json["key_frames"], 2);
        assert_eq!(
            json["error"],
            serde_json::json!({ "code": "failed", "what": "the display is gone", "why": "", "do": "Play it." })
        );
    }

    #[test]
    fn an_hour_is_told_from_what_was_written() {
        assert_eq!(per_hour(1_000, Duration::from_secs(10)), 360_000);
        assert_eq!(per_hour(0, Duration::ZERO), 0);
        assert_eq!(per_hour(u64::MAX, Duration::ZERO), u64::MAX);
    }
}
