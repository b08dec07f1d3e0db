//! The demo and the benches: set up here, carried out by programs of the `tests` crate, which own the harness.

use std::process::ExitCode;

use anyhow::{Context as _, bail};

use crate::{command, setup, suite, ui, workspace};

/// One real recorded session, from the click to the film.
///
/// # Errors
/// When an option is unknown, or set-up or a build fails.
pub(crate) fn demo(options: &[&str]) -> anyhow::Result<ExitCode> {
    if let Some(unknown) =
        options.iter().find(|option| !["--json", "--once", "--pull-the-plug"].contains(option))
    {
        bail!("demo does not know {unknown}; it knows --json, --once and --pull-the-plug");
    }
    run_program("chaperone-demo", options)
}

/// A bench by name.
///
/// # Errors
/// When there is no such bench, or set-up or a build fails.
pub(crate) fn bench(options: &[&str]) -> anyhow::Result<ExitCode> {
    match options {
        ["launch"] | ["launch", "--json"] => run_program("chaperone-bench", options),
        ["recorder", rest @ ..] => released("recorder", "chaperone-launcher", "chaperone", rest),
        ["compose", rest @ ..] => released("compose", "chaperone-server", "chaperone-server", rest),
        _ => bail!(
            "bench knows: compose [--json] [--long]; launch [--json]; recorder [--json] [--long] [PART...] [WORKLOAD...]"
        ),
    }
}

/// A bench of one program as people run it: built for release. The harness around it need not be.
fn released(bench: &str, package: &str, program: &str, options: &[&str]) -> anyhow::Result<ExitCode> {
    setup::for_testing()?;
    if package == "chaperone-server" {
        ui::build()?;
    }
    println!("Building {program} for release, and the harness");
    let mut build = command::cargo();
    build.args(["build", "--release", "--locked", "-p", package, "--bin", program]);
    command::run(&mut build)?;
    let mut harness = command::cargo();
    harness.args(["build", "--locked", "-p", "chaperone-suite", "--bin", "chaperone-bench"]);
    command::run(&mut harness)?;
    let program_in = |profile: &str, name: &str| {
        workspace::target_dir().join(profile).join(name).with_extension(std::env::consts::EXE_EXTENSION)
    };
    let mut harness = command::new(program_in("debug", "chaperone-bench"));
    harness.arg(bench).args(options).arg("--program").arg(program_in("release", program));
    run_to_its_code(&mut harness)
}

fn run_program(name: &str, options: &[&str]) -> anyhow::Result<ExitCode> {
    setup::for_running()?;
    ui::build()?;
    println!("Building the programs");
    command::run(&mut suite::programs())?;
    let program_path =
        workspace::target_dir().join("debug").join(name).with_extension(std::env::consts::EXE_EXTENSION);
    let mut program = command::new(&program_path);
    program.args(options);
    setup::node::use_in(&mut program);
    run_to_its_code(&mut program)
}

/// Runs a program to its end and answers with its own code.
pub(crate) fn run_to_its_code(program: &mut std::process::Command) -> anyhow::Result<ExitCode> {
    let status =
        program.status().with_context(|| format!("start {}", program.get_program().to_string_lossy()))?;
    let code = status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1);
    Ok(ExitCode::from(code))
}
