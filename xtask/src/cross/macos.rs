//! macOS on Apple silicon.

use std::path::{Path, PathBuf};

use super::System;

pub(super) const SYSTEM: System =
    System { name: "macos", triple: "aarch64-apple-darwin", left_out: &[], environment, run: None };

/// The oldest macOS the programs are for; ScreenCaptureKit begins here.
const OLDEST: &str = "12.3";

fn environment(cross_dir: &Path) -> Vec<(&'static str, PathBuf)> {
    let tools_dir = cross_dir.join("macos");
    vec![
        ("MACOSX_DEPLOYMENT_TARGET", OLDEST.into()),
        // Nothing of Apple's development kit is needed for a check; the variable keeps build scripts from asking for it.
        ("SDKROOT", "/".into()),
        ("ZIG_PYTHON", crate::setup::zig::python_path()),
        ("ZIG_TARGET", format!("aarch64-macos.{OLDEST}").into()),
        ("CC_aarch64_apple_darwin", tools_dir.join("zig-cc")),
        ("CXX_aarch64_apple_darwin", tools_dir.join("zig-c++")),
        ("AR_aarch64_apple_darwin", tools_dir.join("zig-ar")),
        ("RANLIB_aarch64_apple_darwin", tools_dir.join("zig-ranlib")),
    ]
}
