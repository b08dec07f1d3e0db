//! The launcher's windows: made when needed, one of each kind.

use tauri::{AppHandle, Manager as _, Runtime, WebviewUrl, WebviewWindowBuilder};

/// A window of the launcher.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Window {
    /// Servers this machine is enrolled with; enrolling.
    Servers,
    /// Sessions and queue.
    Sessions,
    /// One launch on its way.
    Starting {
        /// The launcher's number for it.
        launch: u64,
    },
}

impl Window {
    fn label(self) -> String {
        match self {
            Self::Servers => "servers".to_owned(),
            Self::Sessions => "sessions".to_owned(),
            Self::Starting { launch } => format!("starting-{launch}"),
        }
    }

    /// The window of that label, if it is one of ours.
    pub(crate) fn from_label(label: &str) -> Option<Self> {
        match label {
            "servers" => Some(Self::Servers),
            "sessions" => Some(Self::Sessions),
            _ => label.strip_prefix("starting-")?.parse().ok().map(|launch| Self::Starting { launch }),
        }
    }

    const fn title(self) -> &'static str {
        match self {
            Self::Servers => "Chaperone: servers",
            Self::Sessions => "Chaperone: sessions",
            Self::Starting { .. } => "Chaperone: starting a session",
        }
    }

    const fn size(self) -> (f64, f64) {
        match self {
            Self::Servers | Self::Sessions => (720.0, 560.0),
            Self::Starting { .. } => (480.0, 460.0),
        }
    }
}

/// Brings `window` to the front, making it first where it is not there.
///
/// # Errors
/// When the system refuses to make the window.
pub(crate) fn show<R: Runtime>(app: &AppHandle<R>, window: Window) -> tauri::Result<()> {
    let label = window.label();
    if let Some(there) = app.get_webview_window(&label) {
        there.unminimize()?;
        there.show()?;
        return there.set_focus();
    }
    open(app, window, true)
}

/// Shows `window`, for which nobody asked: the keyboard stays with what the user works in, perhaps a session that just
/// began.
///
/// # Errors
/// As [`show`].
pub(crate) fn show_unasked<R: Runtime>(app: &AppHandle<R>, window: Window) -> tauri::Result<()> {
    match app.get_webview_window(&window.label()) {
        Some(there) => there.show(),
        None => open(app, window, false),
    }
}

fn open<R: Runtime>(app: &AppHandle<R>, window: Window, takes_focus: bool) -> tauri::Result<()> {
    let (width, height) = window.size();
    WebviewWindowBuilder::new(app, window.label(), WebviewUrl::App("index.html".into()))
        .title(window.title())
        .inner_size(width, height)
        .min_inner_size(390.0, 320.0)
        .focused(takes_focus)
        // The pages never leave the program: nothing in them links elsewhere, and nothing may.
        .on_navigation(|url| url.scheme() == "tauri" || url.host_str() == Some("tauri.localhost"))
        .build()?;
    Ok(())
}

/// Closes the window of a launch, if it is open.
///
/// # Errors
/// When the system refuses to close it.
pub(crate) fn close_starting<R: Runtime>(app: &AppHandle<R>, launch: u64) -> tauri::Result<()> {
    match app.get_webview_window(&Window::Starting { launch }.label()) {
        Some(window) => window.close(),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_window_is_found_by_its_label() {
        for window in [Window::Servers, Window::Sessions, Window::Starting { launch: 7 }] {
            assert_eq!(Window::from_label(&window.label()), Some(window));
        }
        for label in ["", "starting", "starting-", "starting-x", "other"] {
            assert_eq!(Window::from_label(label), None, "{label}");
        }
    }
}
