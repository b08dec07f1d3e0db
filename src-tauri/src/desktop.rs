//! The running desktop app: the view comes in, windows and tray go after it.

use std::sync::Mutex;
use std::time::Duration;

use chaperone_launcher::launcher::Launcher;
use chaperone_launcher::trust::TrustStore;
use chaperone_paths::Folders;
use chaperone_tasks::Tasks;
use tauri::{AppHandle, Emitter as _, Manager as _, RunEvent, Wry};
use tokio::runtime::Handle;

use crate::{
    commands, open_address,
    reaction::{self, Reaction},
    tray::{Choice, Tray},
    view::{ServerView, View},
    windows::{self, Window},
};

/// The one event the pages hear: the whole view, anew.
const VIEW_EVENT: &str = "view";
/// The queue changes without the launcher saying so; looked at this often.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// What commands, tray and windows work with.
#[derive(Clone, Debug)]
pub(crate) struct Desktop {
    pub(crate) launcher: Launcher,
    pub(crate) folders: Folders,
    runtime: Handle,
}

/// The tray icon, if there is one; the view that is shown.
#[derive(Debug, Default)]
struct Shown {
    tray: Option<Tray<Wry>>,
    view: View,
}

impl Desktop {
    pub(crate) const fn new(launcher: Launcher, folders: Folders, runtime: Handle) -> Self {
        Self { launcher, folders, runtime }
    }

    /// Everything the windows show.
    pub(crate) fn view(&self) -> View {
        let status = self.launcher.status();
        let servers = TrustStore::new(&self.folders).servers().unwrap_or_else(|error| {
            tracing::error!(%error, "The list of servers cannot be read");
            Vec::new()
        });
        let servers = servers
            .into_iter()
            .map(|server| ServerView {
                origin: server.origin,
                fingerprint: server.fingerprint.to_string(),
                enrolled_ms: server.enrolled_ms,
                by: server.by,
            })
            .collect();
        View { sessions: status.sessions, queue: status.queue, servers }
    }

    /// Shows tray and windows until the user quits. Blocks; must be called on the main thread.
    ///
    /// # Errors
    /// When this machine shows no windows.
    #[expect(clippy::exit, reason = "written by the context macro for its own failure at start")]
    pub(crate) fn show(self) -> tauri::Result<()> {
        let desktop = self.clone();
        let app = tauri::Builder::default()
            .manage(self)
            .manage(Mutex::new(Shown::default()))
            .invoke_handler(tauri::generate_handler![
                commands::view,
                commands::trust_add,
                commands::trust_remove,
                commands::acknowledge,
                commands::end,
                commands::retry,
                commands::open_console,
            ])
            .setup(move |app| {
                desktop.begin(app.handle())?;
                Ok(())
            })
            .build(tauri::generate_context!())?;
        app.run(handle);
        Ok(())
    }

    fn begin(&self, app: &AppHandle) -> tauri::Result<()> {
        let chosen = {
            let app = app.clone();
            move |choice| choose(&app, choice)
        };
        let tray = Tray::new(app, chosen);
        if let Err(error) = &tray {
            tracing::warn!(%error, "Chaperone runs without a tray icon");
        }
        let without_tray = tray.is_err();
        if let Ok(mut shown) = app.state::<Mutex<Shown>>().lock() {
            shown.tray = tray.ok();
        }
        let view = self.view();
        // Who has no tray must find Chaperone somewhere; who has no server needs to enrol first.
        if view.servers.is_empty() {
            windows::show(app, Window::Servers)?;
        } else if without_tray {
            windows::show(app, Window::Sessions)?;
        }
        self.follow(app.clone());
        Ok(())
    }

    /// Brings every change of the view to tray and windows.
    fn follow(&self, app: AppHandle) {
        let desktop = self.clone();
        let tasks = Tasks::new();
        let _in_runtime = self.runtime.enter();
        let follow = async move {
            let mut changes = desktop.launcher.watch();
            loop {
                let view = desktop.view();
                let for_app = app.clone();
                let shown = app.run_on_main_thread(move || show(&for_app, view));
                if shown.is_err() {
                    return;
                }
                tokio::select! {
                    changed = changes.changed() => if changed.is_err() { return },
                    () = tokio::time::sleep(LOOK_EVERY) => {}
                }
            }
        };
        tasks.spawn("follow-view", follow).detach();
    }
}

/// Shows `view` where it differs from what is shown. Runs on the main thread.
fn show(app: &AppHandle, view: View) {
    let shown = app.state::<Mutex<Shown>>();
    let Ok(mut shown) = shown.lock() else { return };
    if let Some(tray) = &mut shown.tray
        && let Err(error) = tray.show(&view)
    {
        tracing::warn!(%error, "The tray icon does not change");
    }
    if shown.view == view {
        return;
    }
    for reaction in reaction::to(&shown.view, &view) {
        let done = match reaction {
            Reaction::ShowStarting(launch) => windows::show(app, Window::Starting { launch }),
            Reaction::CloseStarting(launch) => windows::close_starting(app, launch),
        };
        if let Err(error) = done {
            tracing::error!(%error, "A window does not open or close");
        }
    }
    if let Err(error) = app.emit(VIEW_EVENT, &view) {
        tracing::error!(%error, "The windows do not hear of a change");
    }
    shown.view = view;
}

fn choose(app: &AppHandle, choice: Choice) {
    let done = match choice {
        Choice::Sessions => windows::show(app, Window::Sessions),
        Choice::Enrol => windows::show(app, Window::Servers),
        Choice::Console => {
            if let Some(server) = app.state::<Desktop>().view().servers.first()
                && let Err(error) = open_address::in_browser(&server.origin, None)
            {
                tracing::error!(%error, "The console does not open");
            }
            Ok(())
        }
        Choice::Quit => {
            app.exit(0);
            Ok(())
        }
    };
    if let Err(error) = done {
        tracing::error!(%error, "A window does not open");
    }
}

#[cfg_attr(
    not(target_os = "macos"),
    expect(unused_variables, reason = "only macOS hands links to the running app")
)]
fn handle(app: &AppHandle, event: RunEvent) {
    match event {
        // Closing the last window is not quitting: links still arrive, and the tray or a new start brings windows back.
        RunEvent::ExitRequested { code: None, api, .. } => api.prevent_exit(),
        // macOS hands links to the running app instead of starting a program.
        #[cfg(target_os = "macos")]
        RunEvent::Opened { urls } => {
            for url in urls {
                if let Err(failure) = app.state::<Desktop>().launcher.open(url.as_str()) {
                    chaperone_launcher::notify::notify(failure.what(), failure.advice().unwrap_or_default());
                }
            }
        }
        _ => {}
    }
}
