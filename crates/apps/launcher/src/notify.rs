//! Native notifications: a courtesy. They never fail, delay or end a session.

use std::time::Duration;

use chaperone_tasks::Thread;

/// How long the desktop may take before we stop waiting for it.
const PATIENCE: Duration = Duration::from_secs(3);

/// Shows a notification, on a thread of its own. The desktop may be absent, slow or stuck: nothing waits for it.
pub fn notify(title: &str, text: &str) {
    let (title, text) = (title.to_owned(), text.to_owned());
    let (shown, is_shown) = std::sync::mpsc::sync_channel(1);
    let started = Thread::start("notify", move || {
        let result = notify_rust::Notification::new()
            .appname("Chaperone")
            .icon("chaperone")
            .summary(&title)
            .body(&text)
            .show()
            .map(drop)
            .map_err(|error| error.to_string());
        if shown.send(result).is_err() {
            tracing::debug!("A notification came too late");
        }
    });
    let waited = started.and_then(|shows| {
        shows.detach();
        Thread::start("notify-wait", move || match is_shown.recv_timeout(PATIENCE) {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::debug!(error, "The desktop shows no notifications"),
            Err(_) => tracing::debug!("The desktop did not take a notification in time"),
        })
    });
    match waited {
        Ok(wait) => wait.detach(),
        Err(error) => tracing::debug!(%error, "No thread for a notification"),
    }
}
