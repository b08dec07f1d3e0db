//! Every picture of a film as ffmpeg decodes it, and how like another it is.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};

use super::Film;
use crate::marks::pattern::Luma;
use crate::programs;

/// A film, decoded: luma over the whole range of a byte.
pub struct Pictures {
    /// Size of each, in pixels: that of the film's first.
    pub size: (u32, u32),
    /// When each is shown, seconds.
    pub times: Vec<f64>,
    bytes: Vec<u8>,
}

impl Pictures {
    /// Decodes every picture.
    ///
    /// # Errors
    /// When ffprobe or ffmpeg finds anything wrong with the film.
    pub fn decode(path: &Path) -> anyhow::Result<Self> {
        let film = Film::probe(path)?;
        let size = (u32::try_from(film.size.0)?, u32::try_from(film.size.1)?);
        let bytes = decoded(path)?;
        let pictures = Self { size, times: film.times, bytes };
        ensure!(
            pictures.bytes.len() == pictures.length()? * pictures.times.len(),
            "ffmpeg gave {} bytes for {} pictures",
            pictures.bytes.len(),
            pictures.times.len()
        );
        Ok(pictures)
    }

    /// Decodes the whole film and keeps its last picture, in its own size: for films whose size changes.
    ///
    /// # Errors
    /// As [`Pictures::decode`].
    pub fn decode_last(path: &Path) -> anyhow::Result<Self> {
        let film = Film::probe(path)?;
        let time = film.times.last().context("a film without pictures")?;
        let size = last_size(path)?;
        let bytes = decoded(path)?;
        let length = usize::try_from(size.0 * size.1)?;
        let start = bytes.len().checked_sub(length).context("ffmpeg gave less than a picture")?;
        Ok(Self { size, times: vec![*time], bytes: bytes.get(start..).unwrap_or_default().to_vec() })
    }

    /// Each picture, in order.
    ///
    /// # Errors
    /// When the film has none.
    pub fn luma(&self) -> anyhow::Result<impl Iterator<Item = Luma<'_>>> {
        let width = self.size.0;
        Ok(self.bytes.chunks_exact(self.length()?).map(move |bytes| Luma { bytes, width }))
    }

    /// The last picture.
    ///
    /// # Errors
    /// When the film has none.
    pub fn last(&self) -> anyhow::Result<Luma<'_>> {
        self.luma()?.last().context("a film without pictures")
    }

    fn length(&self) -> anyhow::Result<usize> {
        let length = usize::try_from(self.size.0 * self.size.1)?;
        ensure!(length > 0, "a film of no size");
        Ok(length)
    }
}

/// Every picture's pixels, each picture in its own size.
fn decoded(path: &Path) -> anyhow::Result<Vec<u8>> {
    let mut ffmpeg = Command::new(programs::installed(&["ffmpeg"])?);
    ffmpeg.args(["-v", "error", "-i"]).arg(path).args(["-autoscale", "0"]);
    ffmpeg.args(["-fps_mode", "passthrough", "-enc_time_base", "1:90000"]);
    ffmpeg.args(["-f", "rawvideo", "-pix_fmt", "gray", "-"]);
    let output = ffmpeg.stdin(Stdio::null()).output().context("start ffmpeg")?;
    ensure!(
        output.status.success() && output.stderr.is_empty(),
        "ffmpeg finds fault with it: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(output.stdout)
}

/// Size of the last picture.
fn last_size(path: &Path) -> anyhow::Result<(u32, u32)> {
    let mut ffprobe = Command::new(programs::installed(&["ffprobe"])?);
    ffprobe.args(["-v", "error", "-of", "csv=p=0", "-show_entries", "frame=width,height"]).arg(path);
    let output = ffprobe.stdin(Stdio::null()).output().context("start ffprobe")?;
    let listed = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut sides = listed.lines().last().unwrap_or_default().split(',').map(str::parse::<u32>);
    match (sides.next(), sides.next()) {
        (Some(Ok(width)), Some(Ok(height))) => Ok((width, height)),
        _ => anyhow::bail!("ffprobe said: {listed}"),
    }
}

impl Luma<'_> {
    /// A rectangle of it; nothing where it does not lie within.
    #[must_use]
    pub fn cut(&self, (left, top): (u32, u32), (width, height): (u32, u32)) -> Option<Vec<u8>> {
        let row = |row: u32| {
            let start = usize::try_from(row * self.width + left).ok()?;
            let end = start + usize::try_from(width).ok()?;
            self.bytes.get(start..end).filter(|_| left + width <= self.width)
        };
        (top..top + height).map(row).collect::<Option<Vec<&[u8]>>>().map(|rows| rows.concat())
    }
}

/// Peak signal-to-noise ratio of two pictures of the same size in decibels; infinite where they are equal.
///
/// # Errors
/// When their sizes differ.
pub fn psnr(one: &[u8], other: &[u8]) -> anyhow::Result<f64> {
    ensure!(one.len() == other.len() && !one.is_empty(), "{} against {} pixels", one.len(), other.len());
    let square = |(one, other): (&u8, &u8)| f64::from(one.abs_diff(*other)).powi(2);
    let sum: f64 = one.iter().zip(other).map(square).sum();
    let pixels = f64::from(u32::try_from(one.len())?);
    Ok(10.0 * (255.0 * 255.0 * pixels / sum).log10())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn likeness_is_told_in_decibels() {
        assert!(psnr(&[7, 8], &[7, 8]).unwrap().is_infinite());
        let near = psnr(&[100; 64], &[101; 64]).unwrap();
        assert!((near - 48.13).abs() < 0.01, "{near}");
        assert!(psnr(&[1], &[1, 2]).is_err());
    }
}
