//! What is needed, by its Debian names, and by its program for other systems.

/// Why a package is needed; a verb asks for the groups it uses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Group {
    /// Compiling the workspace.
    Build,
    /// Building the web pages; left out when a Node is already here.
    Node,
    /// Running tests and the demo: displays, clients, targets, browser, judges of the film.
    Run,
    /// What tests and benches need beyond the demo: further desktops, browsers, judges. Somebody who only wants to see
    /// the demo gets no second desktop.
    Test,
    /// The long forms: every terminal that is supported.
    Long,
    /// Compiling for the web pages: a Rust whose standard library comes as source.
    Web,
    /// Checking for Windows and macOS.
    Cross,
}

/// One need: the package names that satisfy it, the best known first.
pub(super) type Need = &'static [&'static str];

/// The packages of a group.
pub(super) fn needs(group: Group) -> &'static [Need] {
    match group {
        Group::Build => &[
            &["build-essential"],
            &["ca-certificates"],
            &["git"],
            &["nasm"],
            &["pkg-config"],
            &["libayatana-appindicator3-dev"],
            &["libclang-dev"],
            &["libdbus-1-dev"],
            &["libpipewire-0.3-dev"],
            &["librsvg2-dev"],
            &["libwebkit2gtk-4.1-dev"],
            &["libxdo-dev"],
        ],
        Group::Node => &[&["nodejs"], &["npm"]],
        Group::Run => &[
            &["at-spi2-core"],
            &["chromium"],
            &["dbus"],
            &["dbus-x11"],
            &["desktop-file-utils"],
            &["ffmpeg"],
            &["fonts-dejavu-core"],
            &["freerdp2-shadow-x11", "freerdp3-shadow-x11"],
            &["freerdp2-x11", "freerdp3-x11"],
            &["gnome-keyring"],
            &["imagemagick"],
            &["libglib2.0-bin"],
            &["openbox"],
            &["openssh-client"],
            &["openssh-server"],
            &["openssl"],
            &["procps"],
            &["strace"],
            &["tesseract-ocr"],
            &["tesseract-ocr-eng"],
            &["winpr-utils", "winpr3-utils"],
            &["x11-utils"],
            &["xdg-utils"],
            &["xdotool"],
            &["xterm"],
            &["xvfb"],
        ],
        Group::Test => &[
            &["faketime"],
            &["firefox-esr", "firefox"],
            &["foot"],
            &["grim"],
            &["gstreamer1.0-plugins-good"],
            &["gstreamer1.0-tools"],
            &["mutter"],
            &["pipewire-bin"],
            &["python3"],
            &["python3-cbor2"],
            &["python3-cryptography"],
            &["sway"],
            &["wireplumber"],
            &["x11-apps"],
            &["x11-xserver-utils"],
            &["xdg-desktop-portal"],
            &["xdg-desktop-portal-wlr"],
            &["xserver-xorg-video-dummy"],
        ],
        Group::Long => &[&["alacritty"], &["kitty"], &["konsole"], &["libgl1-mesa-dri"]],
        Group::Web => &[&["cargo-web"], &["lld-22", "lld-21", "lld-19"], &["rust-web-src"], &["rustc-web"]],
        Group::Cross => &[&["g++-mingw-w64-x86-64-posix"], &["python3-venv"], &["wine64"]],
    }
}

/// Programs of the groups that this system (not Debian, not Ubuntu) lacks, each with what to install.
pub(super) fn programs_missing(groups: &[Group]) -> Vec<(&'static str, &'static str)> {
    groups
        .iter()
        .flat_map(|group| programs(*group))
        .filter(|(program, _)| crate::command::find(program).is_none())
        .copied()
        .collect()
}

fn programs(group: Group) -> &'static [(&'static str, &'static str)] {
    match group {
        Group::Build if cfg!(windows) => &[
            ("git", "Git for Windows"),
            ("nasm", "NASM 2.16 or newer, on PATH"),
            ("cl", "Visual Studio Build Tools with the C++ workload (run from its developer prompt)"),
        ],
        Group::Build if cfg!(target_os = "macos") => &[
            ("git", "xcode-select --install"),
            ("cc", "xcode-select --install"),
            ("nasm", "NASM 2.16 or newer (brew install nasm)"),
        ],
        Group::Build => &[
            ("git", "git"),
            ("cc", "a C and C++ compiler, make"),
            ("nasm", "NASM 2.16 or newer"),
            (
                "pkg-config",
                "pkg-config, and the development files of WebKitGTK 4.1, Ayatana AppIndicator 3, librsvg 2, xdo, D-Bus, PipeWire 0.3, libclang",
            ),
        ],
        Group::Node => &[("node", "Node.js 20.19 or newer"), ("npm", "npm, comes with Node.js")],
        Group::Run if cfg!(target_os = "linux") => &[
            ("Xvfb", "the X virtual frame buffer"),
            ("chromium", "Chromium"),
            ("desktop-file-validate", "desktop-file-utils"),
            ("ffprobe", "ffmpeg"),
            ("freerdp-shadow-cli", "FreeRDP's shadow server"),
            ("gnome-keyring-daemon", "gnome-keyring"),
            ("openbox", "openbox"),
            ("openssl", "OpenSSL's command"),
            ("sshd", "the OpenSSH server (it is not started as a service)"),
            ("strace", "strace"),
            ("tesseract", "Tesseract with its English data"),
            ("winpr-hash", "WinPR's tools, from FreeRDP"),
            ("xdg-open", "xdg-utils"),
            ("xdotool", "xdotool"),
            ("xfreerdp", "FreeRDP's X11 client"),
            ("xterm", "xterm"),
        ],
        Group::Test if cfg!(target_os = "linux") => &[
            ("faketime", "libfaketime's command"),
            ("firefox", "Firefox"),
            ("foot", "the terminal foot"),
            ("grim", "grim"),
            ("gst-launch-1.0", "GStreamer's tools and its good plug-ins"),
            ("mutter", "mutter"),
            ("pipewire", "PipeWire, with xdg-desktop-portal and xdg-desktop-portal-wlr"),
            ("python3", "Python 3 with cbor2 and cryptography"),
            ("sway", "sway"),
            ("wireplumber", "WirePlumber"),
            ("x11perf", "x11perf, from X.Org's applications"),
            ("Xorg", "Xorg with its dummy driver"),
        ],
        Group::Long if cfg!(target_os = "linux") => {
            &[("alacritty", "Alacritty"), ("kitty", "kitty"), ("konsole", "Konsole")]
        }
        // The demo and the end-to-end tests are made of X11 parts; unit tests need nothing more.
        Group::Run | Group::Test | Group::Long => &[],
        Group::Web => &[("rustup", "rustup, then: rustup target add wasm32-unknown-unknown")],
        Group::Cross => &[
            ("rustup", "rustup, then: rustup target add x86_64-pc-windows-gnu aarch64-apple-darwin"),
            ("x86_64-w64-mingw32-gcc-posix", "mingw-w64 with POSIX threads"),
            ("python3", "Python 3 with venv"),
            ("wine", "Wine, for 64-bit programs"),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_need_has_a_name_and_stands_once() {
        let all: Vec<&str> =
            [Group::Build, Group::Node, Group::Run, Group::Test, Group::Long, Group::Web, Group::Cross]
                .into_iter()
                .flat_map(needs)
                .map(|need| *need.first().expect("a need without a package"))
                .collect();
        let mut unique = all.clone();
        unique.sort_unstable();
        unique.dedup();
        assert_eq!(unique.len(), all.len());
    }
}
