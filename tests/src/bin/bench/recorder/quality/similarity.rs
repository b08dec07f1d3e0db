//! Structural similarity of a film to the pictures it shows, by ffmpeg's own filter, luma.

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};
use chaperone_suite::programs;

/// One is the same.
pub(super) struct Similarity {
    pub(super) mean: f64,
    pub(super) worst: f64,
}

/// The corner with the number is drawn into the film and not into the source.
const WITHOUT_NUMBER: &str = "crop=iw:ih-32:0:0";

/// Judges each picture of `film_path` beside the one of `source_path` that `seen` names; those it names none for are left
/// out, and of several that show the same the first counts. `matrix` is the one the film was made with.
pub(super) fn judge(
    film_path: &Path,
    matrix: &str,
    seen: &[Option<u32>],
    source_path: &Path,
    dir: &Path,
) -> anyhow::Result<Similarity> {
    let named = seen.iter().enumerate().filter_map(|(index, number)| Some((index, (*number)?)));
    let mut named: Vec<(usize, u32)> = named.collect();
    named.dedup_by_key(|(_, number)| *number);
    ensure!(!named.is_empty(), "{} shows nothing of its source", film_path.display());
    let list_path = dir.join("ssim.txt");
    let films = named.iter().map(|(index, _)| u32::try_from(*index)).collect::<Result<Vec<u32>, _>>()?;
    let sources: Vec<u32> = named.iter().map(|(_, number)| *number).collect();
    // The source's pictures in the order the film shows them: it may miss some.
    let first = sources.first().copied().unwrap_or(0);
    ensure!(sources.is_sorted(), "the film goes back from picture {first}");
    let graph = format!(
        "[0:v]{pick_film},settb=1/10,setpts=N,{WITHOUT_NUMBER},format=yuv420p[film];\
         [1:v]{pick_source},settb=1/10,setpts=N,{WITHOUT_NUMBER},scale=out_color_matrix={matrix}:out_range=tv,format=yuv420p[source];\
         [film][source]ssim=stats_file={}",
        list_path.display(),
        pick_film = picked(&films),
        pick_source = picked(&sources),
    );
    let mut ffmpeg = Command::new(programs::installed(&["ffmpeg"])?);
    ffmpeg.args(["-v", "error", "-i"]).arg(film_path).arg("-i").arg(source_path);
    let output = ffmpeg.args(["-lavfi", &graph, "-f", "null", "-"]).stdin(Stdio::null()).output();
    let output = output.context("start ffmpeg")?;
    ensure!(output.status.success(), "ffmpeg: {}", String::from_utf8_lossy(&output.stderr));
    let list = std::fs::read_to_string(&list_path).context("read the list")?;
    // "n:1 Y:0.999000 U:0.99 V:0.99 All:0.99 (30.0)"
    let luma =
        list.lines().filter_map(|line| line.split_once(" Y:")?.1.split(' ').next()?.parse::<f64>().ok());
    let luma: Vec<f64> = luma.collect();
    ensure!(!luma.is_empty(), "ffmpeg judged nothing");
    let mean = luma.iter().sum::<f64>() / f64::from(u32::try_from(luma.len())?);
    Ok(Similarity { mean, worst: luma.iter().copied().fold(f64::INFINITY, f64::min) })
}

/// A filter that lets the pictures of these numbers through, each once.
fn picked(numbers: &[u32]) -> String {
    let mut filter = "select='".to_owned();
    let mut rest = numbers.iter().copied().peekable();
    let mut is_first = true;
    while let Some(from) = rest.next() {
        let mut to = from;
        while let Some(next) = rest.next_if(|next| *next == to + 1) {
            to = next;
        }
        let plus = if is_first { "" } else { "+" };
        is_first = false;
        // A string takes everything.
        write!(filter, "{plus}between(n,{from},{to})").ok();
    }
    filter.push('\'');
    filter
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_of_pictures_are_picked_as_one() {
        assert_eq!(picked(&[0]), "select='between(n,0,0)'");
        assert_eq!(picked(&[1, 2, 3, 7, 9, 10]), "select='between(n,1,3)+between(n,7,7)+between(n,9,10)'");
    }
}
