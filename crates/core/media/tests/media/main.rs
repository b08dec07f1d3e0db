//! Segments and joined files, judged by other readers (`mp4-atom`, GStreamer) and a second decoder (`ffmpeg`, `ffprobe`).

#![expect(clippy::cast_possible_truncation, reason = "numbers here are small")]

#[cfg(test)]
mod ffmpeg;
#[cfg(test)]
mod film;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod stills;
#[cfg(test)]
mod strict;
