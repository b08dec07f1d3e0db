//! Segments and joined files, judged by a second reader (`mp4-atom`) and a second decoder (`ffmpeg`, `ffprobe`).

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
