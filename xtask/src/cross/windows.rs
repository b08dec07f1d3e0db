//! Windows, GNU flavour: the one whose libraries and C compiler are free to have here.

use std::path::{Path, PathBuf};

use super::{Run, System};
use crate::workspace;

pub(super) const SYSTEM: System = System {
    name: "windows",
    triple: "x86_64-pc-windows-gnu",
    left_out: &[],
    environment,
    run: Some(Run { package: "chaperone-capture", targets: &["--lib", "--test", "gdi"] }),
};

/// Linker and flags are set even for a check: changing them later would rebuild the whole folder.
fn environment(cross_dir: &Path) -> Vec<(&'static str, PathBuf)> {
    vec![
        ("CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER", cross_dir.join("windows-linker.sh")),
        (
            "CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUSTFLAGS",
            "-C target-feature=+crt-static -C link-arg=-static".into(),
        ),
        ("CC_x86_64_pc_windows_gnu", "x86_64-w64-mingw32-gcc-posix".into()),
        ("CXX_x86_64_pc_windows_gnu", "x86_64-w64-mingw32-g++-posix".into()),
        ("CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER", cross_dir.join("windows-runner.sh")),
        ("CHAPERONE_WINE_PREFIX", workspace::target_dir().join("cross/wine")),
        ("AR_x86_64_pc_windows_gnu", "x86_64-w64-mingw32-gcc-ar-posix".into()),
    ]
}
