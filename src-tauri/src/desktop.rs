//! The running desktop app: the view comes in, windows and tray go after it.

use std::sync::Mutex;
use std::time::Duration;

use chaperone_launcher::launcher::Launcher;
use chaperone_launcher::trust::TrustStore;
use chaperone_launcher::view::{Phase, SessionView};
use chaperone_paths::Folders;
use chaperone_tasks::Tasks;
use tauri::{AppHandle, Emitter as _, Manager as _, RunEvent, WindowEvent, Wry};
use tokio::runtime::Handle;

use crate::{
    commands, open_address,
    reaction::{self, Reaction},
    surroundings::Surroundings,
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

/// What is on the screen, and what it was made from.
#[derive(Debug)]
struct Shown {
    tray: Option<Tray<Wry>>,
    surroundings: Surroundings,
    view: View,
    /// The user has been given a window, or has a tray to find one by.
    is_found: bool,
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
        // Comes back, so that what runs can be ended before the program is.
        app.run_return(handle);
        Ok(())
    }

    fn begin(&self, app: &AppHandle) -> tauri::Result<()> {
        let chosen = {
            let app = app.clone();
            move |choice| choose(&app, choice)
        };
        let view = self.view();
        let surroundings = Surroundings::listen();
        let tray = Tray::new(app, &view, surroundings.panel(), chosen);
        if let Err(error) = &tray {
            tracing::warn!(%error, "Chaperone runs without a tray icon");
        }
        // Who has no server needs to enrol first.
        let is_found = view.servers.is_empty();
        if is_found {
            windows::show(app, Window::Servers)?;
        }
        let shown = Shown { tray: tray.ok(), surroundings, view: View::default(), is_found };
        app.manage(Mutex::new(shown));
        self.follow(app.clone());
        Ok(())
    }

    /// Brings every change of the view to tray and windows, and a window to whoever asks for one.
    fn follow(&self, app: AppHandle) {
        let desktop = self.clone();
        let tasks = Tasks::new();
        let _in_runtime = self.runtime.enter();
        let follow = async move {
            let mut changes = desktop.launcher.watch();
            let mut shows = desktop.launcher.watch_shows();
            let mut shows_done = 0;
            loop {
                let view = desktop.view();
                let for_app = app.clone();
                let asked = *shows.borrow_and_update();
                let is_asked = std::mem::replace(&mut shows_done, asked) != asked;
                let shown = app.run_on_main_thread(move || {
                    show(&for_app, view);
                    if is_asked {
                        report("A window does not open", show_most_needed(&for_app));
                    }
                });
                if shown.is_err() {
                    return;
                }
                tokio::select! {
                    changed = changes.changed() => if changed.is_err() { return },
                    changed = shows.changed() => if changed.is_err() { return },
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
    let panel = shown.surroundings.panel();
    if let Some(tray) = &mut shown.tray {
        report("The tray icon does not change", tray.show(&view, panel));
    }
    // Who has no tray must find Chaperone somewhere.
    let without_tray = shown.tray.is_none() || shown.surroundings.shows_tray() == Some(false);
    if without_tray && !shown.is_found {
        report("A window does not open", windows::show_unasked(app, Window::Sessions));
    }
    shown.is_found |= without_tray || shown.surroundings.shows_tray() == Some(true);
    if shown.view == view {
        return;
    }
    for reaction in reaction::to(&shown.view, &view) {
        report(
            "A window does not open or close",
            match reaction {
                Reaction::ShowStarting(launch) => windows::show(app, Window::Starting { launch }),
                Reaction::CloseStarting(launch) => windows::close_starting(app, launch),
            },
        );
    }
    report("The windows do not hear of a change", app.emit(VIEW_EVENT, &view));
    shown.view = view;
}

/// The window to show somebody who asks for Chaperone and for nothing in particular.
fn show_most_needed(app: &AppHandle) -> tauri::Result<()> {
    let view = app.state::<Desktop>().view();
    let waits = view.sessions.iter().find(|session| session.phase == Phase::Notice);
    windows::show(
        app,
        match waits {
            Some(session) => Window::Starting { launch: session.launch },
            None if view.servers.is_empty() => Window::Servers,
            None => Window::Sessions,
        },
    )
}

fn choose(app: &AppHandle, choice: Choice) {
    match choice {
        Choice::End(launch) => app.state::<Desktop>().launcher.end(launch),
        Choice::Sessions => report("A window does not open", windows::show(app, Window::Sessions)),
        Choice::Enrol => report("A window does not open", windows::show(app, Window::Servers)),
        Choice::Console => {
            if let Some(server) = app.state::<Desktop>().view().servers.first() {
                report("The console does not open", open_address::in_browser(&server.origin, None));
            }
        }
        Choice::Quit => app.exit(0),
    }
}

/// Nobody waits for an answer here, so a failure goes to the log.
fn report<E: std::error::Error + 'static>(what: &'static str, done: Result<(), E>) {
    if let Err(error) = done {
        tracing::error!(error = &error as &dyn std::error::Error, "{what}");
    }
}

fn handle(app: &AppHandle, event: RunEvent) {
    match event {
        // Closing the last window is not quitting: links still arrive, and the tray or a new start brings windows back.
        RunEvent::ExitRequested { code: None, api, .. } => api.prevent_exit(),
        RunEvent::WindowEvent { label, event: WindowEvent::CloseRequested { .. }, .. } => closed(app, &label),
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

/// Whoever closes a notice without an answer does not acknowledge it: the launch must not wait where nobody sees it.
fn closed(app: &AppHandle, label: &str) {
    let Some(Window::Starting { launch }) = Window::from_label(label) else { return };
    let desktop = app.state::<Desktop>();
    let waits = |session: &SessionView| session.launch == launch && session.phase == Phase::Notice;
    if desktop.view().sessions.iter().any(waits) {
        desktop.launcher.answer_notice(launch, false);
    }
}
