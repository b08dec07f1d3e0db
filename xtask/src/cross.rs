//! Type checks of the workspace for the systems we do not sit on, and what of them can be run here.
//!
//! Debian packs a toolchain whose standard library is compiled from source for any target, so no target has to be
//! downloaded; where it is absent, rustup's prebuilt targets serve. C and C++ inside dependencies is compiled for real:
//! by mingw-w64 for Windows, by zig for macOS. Only tests of Windows' capture are linked, and run under Wine.

mod macos;
mod windows;

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{command, workspace};

/// A system to check for.
pub(crate) struct System {
    pub(crate) name: &'static str,
    triple: &'static str,
    /// Crates that are not checked, each with the reason.
    left_out: &'static [(&'static str, &'static str)],
    environment: fn(&Path) -> Vec<(&'static str, PathBuf)>,
    /// Tests that can be run here, by the runner in the environment.
    run: Option<Run>,
}

/// Test programs of a crate.
struct Run {
    package: &'static str,
    /// Which of them, in cargo's words.
    targets: &'static [&'static str],
}

/// The systems, in the order they are checked.
pub(crate) const SYSTEMS: [System; 2] = [windows::SYSTEM, macos::SYSTEM];

/// Checks for one system by its name, and runs what of it can be run here, for a person who changed its code.
///
/// # Errors
/// When there is no such system, the check fails, or a test does.
pub(crate) fn check(name: &str) -> anyhow::Result<()> {
    let Some(system) = SYSTEMS.iter().find(|system| system.name == name) else {
        anyhow::bail!("check knows: windows, macos");
    };
    crate::setup::for_everything()?;
    println!("{}", system.scope(&crate::metadata::members()?));
    command::run(&mut system.check())?;
    system.run().iter_mut().try_for_each(command::run)
}

/// The compiler Debian packs.
pub(crate) const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
/// The sources of its standard library.
pub(crate) const DEBIAN_STD_SOURCE: &str = "/usr/lib/rustlib/src/rust/library";

impl System {
    /// The check of every crate that is not left out, at the lowest priority: it may take its time beside the tests.
    pub(crate) fn check(&self) -> Command {
        let mut arguments = vec!["check", "--workspace"];
        for (name, _) in self.left_out {
            arguments.extend(["--exclude", name]);
        }
        self.cargo(&arguments)
    }

    /// Building and running the tests that can be run here, if there are any.
    pub(crate) fn run(&self) -> Option<Command> {
        let Run { package, targets } = self.run.as_ref()?;
        let mut run = self.cargo(&[&["test", "--package", package], *targets].concat());
        run.args(["--", "--test-threads=1"]);
        Some(run)
    }

    fn cargo(&self, arguments: &[&str]) -> Command {
        let cross_dir = workspace::root().join("xtask/cross");
        let from_source = Path::new(DEBIAN_STD_SOURCE).is_dir();
        let cargo = if from_source { "/usr/bin/cargo" } else { "cargo" };
        let mut command = command::new("nice");
        command.args(["-n", "19", cargo]).args(arguments).args(["--locked", "--target", self.triple]);
        if from_source {
            // `-Zbuild-std` asks for a nightly compiler or for this permission. PATH holds no second toolchain.
            command
                .args(["-Zbuild-std=std,panic_abort"])
                .env("RUSTC_BOOTSTRAP", "1")
                .env("RUSTC", DEBIAN_RUSTC);
            command.env("PATH", "/usr/bin:/bin").env("CARGO", cargo).env_remove("RUSTUP_TOOLCHAIN");
        }
        // One folder for both systems: macros and build scripts run here and are the same for both.
        command.env("CARGO_TARGET_DIR", workspace::target_dir().join("cross"));
        command.envs((self.environment)(&cross_dir));
        command
    }

    /// What is checked and what is not, for the log.
    pub(crate) fn scope(&self, members: &[crate::metadata::Member]) -> String {
        let is_left_out = |name: &str| self.left_out.iter().any(|(left_out, _)| *left_out == name);
        let checked: Vec<&str> =
            members.iter().map(|member| member.name.as_str()).filter(|name| !is_left_out(name)).collect();
        let mut scope = format!("{}: {} crates checked: {}", self.name, checked.len(), checked.join(" "));
        for (name, reason) in self.left_out {
            scope.push_str(&format!("\n{}: not checked: {name}: {reason}", self.name));
        }
        scope
    }
}
