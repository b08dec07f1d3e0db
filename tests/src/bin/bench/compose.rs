//! What composing costs: hours of sealed segments become a film in the real server, beside ffmpeg joining the same seconds,
//! turn about; and stills beside ffmpeg encoding the same pictures to no less SSIM.
//!
//! The server opens every segment twice, proves it and keeps the film durably; ffmpeg reads plain files and syncs nothing.

mod cost;
mod hour;
mod recorder;
mod site;
mod stills;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use chaperone_suite::programs;
use serde_json::json;

use cost::Cost;
use recorder::Recording;
use site::{PastSite, RecordAs, Site};

const HOUR: u64 = 3600;

/// The most that joining may cost of what ffmpeg takes, and encoding stills of what x264 takes.
const MOST: [(&str, f64); 2] = [("join", 1.2), ("stills", 1.0)];

/// How much is measured.
struct Plan {
    turns: usize,
    /// The longer recording, whose memory is held against that of an hour.
    long_hours: u64,
    /// How many stills are composed, one a second.
    stills: u32,
    as_json: bool,
    server: PathBuf,
}

/// Measures and prints.
pub(crate) fn run(options: &[String]) -> anyhow::Result<()> {
    let plan = Plan::read(options)?;
    let dir = tempfile::tempdir().context("make the bench's folder")?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(join(&plan, &dir.path().join("join")))?;
    runtime.block_on(encode(&plan, &dir.path().join("stills")))
}

impl Plan {
    fn read(options: &[String]) -> anyhow::Result<Self> {
        let server = programs::path("chaperone-server").unwrap_or_default();
        let mut plan = Self { turns: 3, long_hours: 2, stills: 60, as_json: false, server };
        let mut rest = options.iter();
        while let Some(option) = rest.next() {
            match option.as_str() {
                "--json" => plan.as_json = true,
                "--long" => (plan.turns, plan.long_hours, plan.stills) = (5, 8, 300),
                "--program" => plan.server = rest.next().context("--program needs a path")?.into(),
                other => bail!("bench compose knows --json and --long, not {other}"),
            }
        }
        ensure!(plan.server.is_file(), "{} is not built", plan.server.display());
        Ok(plan)
    }

    fn say(&self, part: &str, what: &str, ours: f64, rival: Option<f64>, unit: &str) {
        let ratio = rival.map(|rival| ours / rival);
        let most = MOST.iter().find(|(name, _)| *name == part).map(|(_, most)| *most);
        if self.as_json {
            println!(
                "{}",
                json!({"part": part, "what": what, "unit": unit, "ours": ours, "rival": rival, "ratio": ratio, "most": most})
            );
        } else {
            match (rival, ratio) {
                (Some(rival), Some(ratio)) => {
                    println!("{part}: {what} {ours:.3} {unit}, ffmpeg {rival:.3}, ratio {ratio:.3}")
                }
                _ => println!("{part}: {what} {ours:.3} {unit}"),
            }
        }
    }
}

/// An hour beside ffmpeg, then the memory of a longer one.
async fn join(plan: &Plan, dir: &std::path::Path) -> anyhow::Result<()> {
    std::fs::create_dir(dir)?;
    let minute = hour::minute()?;
    let past = PastSite::open(&plan.server, dir, RecordAs::Video, plan.long_hours + 1).await?;
    let mut recordings: Vec<Recording> = Vec::new();
    for _ in 0..=plan.turns {
        recordings.push(past.begin().await?);
    }
    let site = past.into_present().await?;
    let parts = hour::write_parts(&minute, HOUR, dir)?;
    let mut longer = recordings.pop().context("a recording too few")?;
    let (mut ours, mut rivals, mut hour_peak) = (Vec::new(), Vec::new(), 0.0_f64);
    for recording in &mut recordings {
        let cost = composed(&site, recording, hour::payloads(&minute, HOUR)?, HOUR).await?;
        hour_peak = hour_peak.max(cost.peak_mb);
        ours.push(cost);
        rivals.push(hour::rival(&parts, dir)?);
    }
    plan.say("join", "an hour, wall", wall(&ours), Some(wall(&rivals)), "s");
    plan.say("join", "an hour, CPU", cpu(&ours), Some(cpu(&rivals)), "s");
    plan.say("join", "an hour, peak memory", hour_peak, None, "MB");
    let seconds = plan.long_hours * HOUR;
    let cost = composed(&site, &mut longer, hour::payloads(&minute, seconds)?, seconds).await?;
    plan.say("join", &format!("{} hours, wall", plan.long_hours), cost.wall.as_secs_f64(), None, "s");
    plan.say("join", &format!("{} hours, peak memory", plan.long_hours), cost.peak_mb, None, "MB");
    Ok(())
}

/// Stills beside x264.
async fn encode(plan: &Plan, dir: &std::path::Path) -> anyhow::Result<()> {
    std::fs::create_dir(dir)?;
    let pictures = stills::shoot(plan.stills, dir)?;
    let past = PastSite::open(&plan.server, dir, RecordAs::Stills, 1).await?;
    let mut recordings: Vec<Recording> = Vec::new();
    for _ in 0..plan.turns {
        recordings.push(past.begin().await?);
    }
    let site = past.into_present().await?;
    let payloads = stills::payloads(&pictures)?;
    let sealed: usize = payloads.iter().flatten().map(Vec::len).sum();
    let seconds = u64::from(plan.stills);
    let (mut ours, mut rivals, mut rate) = (Vec::new(), Vec::new(), None);
    let mut sizes = (0, 0);
    for recording in &mut recordings {
        ours.push(composed(&site, recording, payloads.iter().cloned(), seconds).await?);
        let film_path = dir.join("ours.mp4");
        std::fs::copy(site.film_path(&recording.id()), &film_path).context("take the film")?;
        let rate = match rate {
            Some(rate) => rate,
            None => *rate.insert(stills::rate_of_equal_quality(plan, &film_path, &pictures, dir)?),
        };
        let (cost, bytes) = stills::rival(&pictures, rate, dir)?;
        sizes = (std::fs::metadata(&film_path)?.len(), bytes);
        rivals.push(cost);
    }
    plan.say("stills", "CPU", cpu(&ours), Some(cpu(&rivals)), "s");
    plan.say("stills", "wall", wall(&ours), Some(wall(&rivals)), "s");
    plan.say("stills", "film", megabytes(sizes.0), Some(megabytes(sizes.1)), "MB");
    plan.say("stills", "as recorded", megabytes(sealed as u64), None, "MB");
    plan.say("stills", "peak memory", ours.iter().map(|cost| cost.peak_mb).fold(0.0, f64::max), None, "MB");
    Ok(())
}

/// Uploads a recording of `seconds`, closes it, and measures until the film is there.
async fn composed(
    site: &Site,
    recording: &mut Recording,
    payloads: impl Iterator<Item = Option<Vec<u8>>>,
    seconds: u64,
) -> anyhow::Result<Cost> {
    recording.upload(site, payloads).await?;
    let closing = recording.closing(seconds);
    let before = cost::of_process(site.server_id())?;
    cost::reset_peak(site.server_id())?;
    let began = std::time::Instant::now();
    site.post("/wire/close", closing).await?;
    site.wait_film(&recording.id()).await?;
    let wall = began.elapsed();
    let after = cost::of_process(site.server_id())?;
    Ok(Cost { wall, cpu: after.cpu.saturating_sub(before.cpu), peak_mb: cost::peak_mb(site.server_id())? })
}

fn wall(costs: &[Cost]) -> f64 {
    median(costs.iter().map(|cost| cost.wall))
}

fn cpu(costs: &[Cost]) -> f64 {
    median(costs.iter().map(|cost| cost.cpu))
}

fn median(values: impl Iterator<Item = Duration>) -> f64 {
    let mut values: Vec<f64> = values.map(|value| value.as_secs_f64()).collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

#[expect(clippy::cast_precision_loss, reason = "sizes of files are far below 2^52")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
