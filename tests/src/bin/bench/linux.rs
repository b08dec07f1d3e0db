//! The benches by name.

mod compose;
mod launch;
mod recorder;

/// Runs the bench the first argument names.
pub(crate) fn run() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.first().map(String::as_str) {
        Some("compose") => compose::run(arguments.get(1..).unwrap_or_default()),
        Some("launch") => launch::run(),
        Some("recorder") => recorder::run(arguments.get(1..).unwrap_or_default()),
        _ => anyhow::bail!("benches are: compose, launch, recorder"),
    }
}
