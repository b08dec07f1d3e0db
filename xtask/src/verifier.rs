//! The verifier as WebAssembly, which the console's pages carry.
//!
//! The standard library for it comes with the toolchain where rustup brought it, else from Debian's sources as in the
//! cross checks. Cargo knows when nothing changed.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};

use crate::cross::{DEBIAN_RUSTC, DEBIAN_STD_SOURCE};
use crate::{command, workspace};

/// The system it is built for: none.
pub(crate) const TRIPLE: &str = "wasm32-unknown-unknown";

const PACKAGE: &str = "chaperone-verify-web";

/// Linkers of LLVM by themselves, the newest first.
const LINKERS: [&str; 5] = ["wasm-ld-22", "wasm-ld-21", "wasm-ld-20", "wasm-ld-19", "wasm-ld"];

/// Where the standard library comes from.
enum Toolchain {
    /// It lies ready beside the compiler.
    Ready,
    /// It is compiled from Debian's sources, and linked by this program.
    FromSource { linker: PathBuf },
}

/// Whether it can be built here.
pub(crate) fn can_be_built() -> bool {
    toolchain().is_some()
}

/// Builds it and puts it where the pages' build finds it.
///
/// # Errors
/// There is no standard library for it, the build fails, or the file cannot be written.
pub(crate) fn build() -> anyhow::Result<()> {
    println!("Building the verifier for the web pages");
    let Some(toolchain) = toolchain() else {
        bail!("there is no standard library for {TRIPLE}; install it: rustup target add {TRIPLE}");
    };
    let target_dir = workspace::target_dir().join("cross");
    command::run(&mut cargo(&toolchain, &target_dir))?;
    let built_path = target_dir.join(TRIPLE).join("release/chaperone_verify_web.wasm");
    let built = std::fs::read(&built_path).with_context(|| format!("read {}", built_path.display()))?;
    let dir = crate::ui::dir().join("console/wasm");
    let path = dir.join("verifier.wasm");
    if std::fs::read(&path).is_ok_and(|placed| placed == built) {
        return Ok(());
    }
    std::fs::create_dir_all(&dir).with_context(|| format!("create {}", dir.display()))?;
    std::fs::write(&path, built).with_context(|| format!("write {}", path.display()))
}

fn cargo(toolchain: &Toolchain, target_dir: &Path) -> Command {
    let mut command = match toolchain {
        Toolchain::Ready => command::cargo(),
        Toolchain::FromSource { .. } => command::new("/usr/bin/cargo"),
    };
    command.args(["build", "--quiet", "--release", "--locked", "--lib", "--package", PACKAGE]);
    command.args(["--target", TRIPLE]).env("CARGO_TARGET_DIR", target_dir);
    // People load it over their network.
    command.env("CARGO_PROFILE_RELEASE_LTO", "fat").env("CARGO_PROFILE_RELEASE_PANIC", "abort");
    if let Toolchain::FromSource { linker } = toolchain {
        command
            .arg("-Zbuild-std=std,panic_abort")
            .env("RUSTC_BOOTSTRAP", "1")
            .env("RUSTC", DEBIAN_RUSTC)
            .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker)
            .env("PATH", "/usr/bin:/bin")
            .env("CARGO", "/usr/bin/cargo")
            .env_remove("RUSTUP_TOOLCHAIN");
    }
    command
}

fn toolchain() -> Option<Toolchain> {
    let asked =
        |what: &str| command::output(command::new("rustc").args(["--target", TRIPLE, "--print", what]));
    if asked("target-libdir").is_ok_and(|dir| Path::new(dir.trim()).is_dir()) {
        return Some(Toolchain::Ready);
    }
    let is_packed =
        [DEBIAN_RUSTC, "/usr/bin/cargo", DEBIAN_STD_SOURCE].iter().all(|path| Path::new(path).exists());
    if !is_packed {
        return None;
    }
    let linker = LINKERS.iter().find_map(|name| command::find(name)).or_else(rustups_linker)?;
    Some(Toolchain::FromSource { linker })
}

/// The linker that every toolchain of rustup has inside.
fn rustups_linker() -> Option<PathBuf> {
    let sysroot = command::output(command::new("rustc").args(["--print", "sysroot"])).ok()?;
    let host = command::output(command::new("rustc").args(["--print", "host-tuple"])).ok()?;
    let linker = Path::new(sysroot.trim()).join("lib/rustlib").join(host.trim()).join("bin/rust-lld");
    linker.is_file().then_some(linker)
}
