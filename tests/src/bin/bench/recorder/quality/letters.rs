//! Small letters read by an OCR program, beside what they are.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};
use chaperone_suite::{film, programs};

/// What the terminal shows, without what keeps it open.
const SCRIPT: &str = concat!("sleep() { :; }\n", include_str!("../../../../workload/idle.sh"));

/// How many letters are misread, missing or too many in the last picture of a film of the workload `idle`.
pub(super) fn errors(film_path: &Path, dir: &Path, name: &str) -> anyhow::Result<f64> {
    let picture_path = dir.join(format!("letters-{name}.png"));
    let mut ffmpeg = Command::new(programs::installed(&["ffmpeg"])?);
    ffmpeg.args(["-v", "error", "-y", "-i"]).arg(film_path);
    // The terminal, and not the number in the corner. Letters of ten points are a few pixels high, and the reader wants some thirty.
    ffmpeg.args(["-vf", "crop=1500:1000:100:20,scale=iw*3:ih*3:flags=lanczos,format=gray", "-update", "1"]);
    let output = ffmpeg.arg(&picture_path).stdin(Stdio::null()).output().context("start ffmpeg")?;
    ensure!(output.status.success(), "ffmpeg: {}", String::from_utf8_lossy(&output.stderr));
    let read = film::words_in(&picture_path)?;
    let bash = Command::new(programs::installed(&["bash"])?).args(["--norc", "-c", SCRIPT]).output();
    let written = String::from_utf8_lossy(&bash.context("start bash")?.stdout).into_owned();
    let lines = |text: &str| -> Vec<Vec<char>> {
        let lines = text.lines().map(|line| line.chars().filter(|letter| !letter.is_whitespace()).collect());
        lines.filter(|line: &Vec<char>| line.len() > 20).collect()
    };
    let (read, written) = (lines(&read), lines(&written));
    // Each line beside the one it is most like: the reader may give them in an order of its own.
    let errors = written.iter().map(|line| {
        let misread = read.iter().map(|other| distance(line, other)).min();
        misread.unwrap_or(line.len()).min(line.len())
    });
    Ok(f64::from(u32::try_from(errors.sum::<usize>())?))
}

/// How many letters have to be put in, taken out or changed to make one line of the other.
fn distance(one: &[char], other: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (line, letter) in one.iter().enumerate() {
        let mut before = line;
        let mut left = line + 1;
        for (cell, wanted) in row.iter_mut().skip(1).zip(other) {
            let changed = before + usize::from(letter != wanted);
            before = *cell;
            *cell = changed.min(before + 1).min(left + 1);
            left = *cell;
        }
        if let Some(first) = row.first_mut() {
            *first = line + 1;
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_changed_missing_or_added_letter_counts() {
        let check = |one: &str, other: &str, errors: usize| {
            let letters = |text: &str| text.chars().collect::<Vec<char>>();
            assert_eq!(distance(&letters(one), &letters(other)), errors, "{one} {other}");
        };
        check("harvest", "harvest", 0);
        check("harvest", "hanvest", 1);
        check("harvest", "harves", 1);
        check("harvest", "xharvest", 1);
        check("", "abc", 3);
        check("kitten", "sitting", 3);
    }
}
