//! The commands the pages may call. Each only asks; what became of it arrives with the view.
#![expect(clippy::let_underscore_must_use, reason = "written by the command macro for async commands")]

use chaperone_launcher::enrol;
use chaperone_launcher::failure::Failure;
use chaperone_launcher::trust::KeystoreKind;
use tauri::State;

use crate::{
    desktop::Desktop,
    open_address,
    view::{Refusal, View},
};

type Answer<T> = Result<T, Refusal>;

/// Everything the windows show.
#[tauri::command]
pub(crate) fn view(desktop: State<'_, Desktop>) -> View {
    desktop.view()
}

/// Enrols this machine with the server that made the code.
#[tauri::command(async)]
pub(crate) async fn trust_add(code: String, desktop: State<'_, Desktop>) -> Answer<()> {
    enrol::enrol(&code, KeystoreKind::Os, &desktop.folders).await.map_err(|failure| refusal(&failure))?;
    desktop.launcher.retry(None);
    Ok(())
}

/// Forgets a server.
#[tauri::command(async)]
pub(crate) fn trust_remove(origin: String, desktop: State<'_, Desktop>) -> Answer<()> {
    enrol::forget(&origin, &desktop.folders).map(drop).map_err(|failure| refusal(&failure))
}

/// Answers the notice of a launch.
#[tauri::command]
pub(crate) fn acknowledge(launch: u64, accepted: bool, desktop: State<'_, Desktop>) {
    desktop.launcher.answer_notice(launch, accepted);
}

/// Ends a session, or cancels its start.
#[tauri::command]
pub(crate) fn end(launch: u64, desktop: State<'_, Desktop>) {
    desktop.launcher.end(launch);
}

/// Offers what waits of a session to its server now.
#[tauri::command]
pub(crate) fn retry(session: String, desktop: State<'_, Desktop>) {
    desktop.launcher.retry(Some(&session));
}

/// Opens a server's console, at a session's page where one is named.
#[tauri::command]
pub(crate) fn open_console(
    origin: String,
    session: Option<String>,
    desktop: State<'_, Desktop>,
) -> Answer<()> {
    if !desktop.view().servers.iter().any(|server| server.origin == origin) {
        return Err(Refusal {
            title: "This server is not enrolled".to_owned(),
            detail: "Only consoles of enrolled servers are opened.".to_owned(),
            code: "unknown-server".to_owned(),
        });
    }
    open_address::in_browser(&origin, session.as_deref()).map_err(|error| Refusal {
        title: "The browser does not open".to_owned(),
        detail: error.to_string(),
        code: "browser-failed".to_owned(),
    })
}

fn refusal(failure: &Failure) -> Refusal {
    let why = failure.why();
    let advice = failure.advice().unwrap_or_default();
    let detail = if why.is_empty() { advice.to_owned() } else { format!("{why}. {advice}") };
    Refusal {
        title: failure.what().to_owned(),
        detail: detail.trim().to_owned(),
        code: format!("exit-{}", failure.exit().status()),
    }
}
