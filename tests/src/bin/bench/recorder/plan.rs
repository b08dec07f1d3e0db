//! What is asked for on the command line.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use chaperone_suite::programs;
use chaperone_suite::workload::{self, WORKLOADS, Workload};

/// One question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// Processor time, size and number of pictures.
    Cpu,
    /// Likeness to the screen, and whether small letters can be read.
    Quality,
    /// Resident memory at its highest.
    Memory,
    /// From the screen to the disk.
    Delay,
    /// What the recorded desktop loses of its own speed.
    Smoothness,
    /// Several recordings at once, and screens of other sizes.
    Growth,
}

const PARTS: [Part; 6] =
    [Part::Cpu, Part::Quality, Part::Memory, Part::Delay, Part::Smoothness, Part::Growth];

impl Part {
    /// As on the command line.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Quality => "quality",
            Self::Memory => "memory",
            Self::Delay => "delay",
            Self::Smoothness => "smoothness",
            Self::Growth => "growth",
        }
    }
}

/// How much is measured.
pub(super) struct Plan {
    /// How often each recorder has its turn.
    pub(super) turns: usize,
    /// Length of a recording.
    pub(super) seconds: u32,
    pub(super) as_json: bool,
    /// Our recorder.
    pub(super) program_path: PathBuf,
    pub(super) parts: Vec<Part>,
    pub(super) workloads: Vec<&'static Workload>,
}

impl Plan {
    /// Reads the options; without names everything is measured.
    pub(super) fn read(options: &[String]) -> anyhow::Result<Self> {
        let mut plan = Self {
            turns: 3,
            // One key frame each, as in every ten seconds of a long recording.
            seconds: 10,
            as_json: false,
            program_path: programs::path("chaperone").unwrap_or_default(),
            parts: Vec::new(),
            workloads: Vec::new(),
        };
        let mut rest = options.iter();
        while let Some(option) = rest.next() {
            match option.as_str() {
                "--json" => plan.as_json = true,
                "--long" => (plan.turns, plan.seconds) = (5, 30),
                "--seconds" => plan.seconds = seconds(rest.next())?,
                "--program" => plan.program_path = rest.next().context("--program needs a path")?.into(),
                name => plan.add(name)?,
            }
        }
        if plan.workloads.is_empty() {
            plan.workloads = WORKLOADS.iter().collect();
        }
        if plan.parts.is_empty() {
            plan.parts = PARTS.to_vec();
        }
        ensure!(plan.program_path.is_file(), "{} is not built", plan.program_path.display());
        Ok(plan)
    }

    fn add(&mut self, name: &str) -> anyhow::Result<()> {
        if let Some(part) = PARTS.iter().find(|part| part.name() == name) {
            self.parts.push(*part);
        } else if let Some(workload) = WORKLOADS.iter().find(|workload| workload.name == name) {
            self.workloads.push(workload);
        } else {
            let parts = PARTS.map(Part::name).join(", ");
            bail!(
                "bench recorder knows no {name}; it knows the parts {parts} and the workloads {}",
                workload::names()
            );
        }
        Ok(())
    }

    /// The one workload a part is about that needs no choice.
    pub(super) fn workload(name: &str) -> anyhow::Result<&'static Workload> {
        WORKLOADS.iter().find(|workload| workload.name == name).with_context(|| format!("no workload {name}"))
    }

    /// Our recorder.
    pub(super) fn program(&self) -> &Path {
        &self.program_path
    }
}

/// The length of each recording.
fn seconds(told: Option<&String>) -> anyhow::Result<u32> {
    let seconds = told.and_then(|told| told.parse().ok());
    seconds.filter(|seconds| (2..=3600).contains(seconds)).context("--seconds needs a number from 2 to 3600")
}
