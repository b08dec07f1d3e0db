//! Taking requests of other programs of this user.

use std::time::Duration;

use chaperone_ipc::{Connection, Listener};

use super::Launcher;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::request::{ANSWER_WITHIN, Reply, Request};

/// After a refusal of the system, before the next try.
const PAUSE: Duration = Duration::from_millis(200);

/// Takes connections until the launcher ends.
pub(super) async fn serve(launcher: Launcher, listener: Listener) {
    let token = launcher.0.tasks.token().clone();
    token.run_until_cancelled(accept(launcher, listener)).await;
}

async fn accept(launcher: Launcher, mut listener: Listener) {
    loop {
        match listener.accept().await {
            Ok(connection) => {
                launcher.0.tasks.spawn("request", answer(launcher.clone(), connection)).detach();
            }
            Err(error) => {
                tracing::warn!(%error, "A request could not be taken");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

async fn answer(launcher: Launcher, mut connection: Connection) {
    let message = match connection.receive(ANSWER_WITHIN).await {
        Ok(Some(message)) => zeroize::Zeroizing::new(message),
        // A program that only looked whether we are there.
        Ok(None) => return,
        Err(error) => return tracing::debug!(%error, "A request did not arrive"),
    };
    let reply = match serde_json::from_slice::<Request>(&message) {
        Ok(request) => carry_out(&launcher, request).await,
        Err(error) => Reply::Refused {
            status: Exit::Usage.status(),
            what: format!("the launcher does not know this request: {error}"),
            advice: Some("Restart Chaperone: two versions are running.".to_owned()),
        },
    };
    let sent = match serde_json::to_vec(&reply) {
        Ok(message) => connection.send(&message, ANSWER_WITHIN).await,
        Err(error) => return tracing::error!(%error, "A reply could not be written"),
    };
    if let Err(error) = sent {
        tracing::debug!(%error, "Nobody waits for a reply");
    }
}

async fn carry_out(launcher: &Launcher, request: Request) -> Reply {
    match request {
        Request::Open { link } => {
            let opener = launcher.clone();
            let opened = launcher.0.tasks.spawn_blocking("open", move || opener.open(link.expose())).await;
            match opened {
                Ok(Ok(launch)) => Reply::Opening { launch },
                Ok(Err(failure)) => refused(&failure),
                Err(error) => refused(&Failure::from(anyhow::Error::from(error))),
            }
        }
        Request::Status => Reply::Status(launcher.status()),
        Request::Retry { session } => {
            launcher.retry(session.as_deref());
            Reply::Accepted
        }
        Request::End { launch } => {
            launcher.end(launch);
            Reply::Accepted
        }
        Request::TrustChanged => {
            launcher.retry(None);
            Reply::Accepted
        }
        Request::Show if launcher.0.options.headless => refused(
            &Failure::new(Exit::Refused, "Chaperone runs without windows at present")
                .advise("It ends with the session it was started for; start Chaperone again then."),
        ),
        Request::Show => {
            launcher.0.shows.send_modify(|count| *count += 1);
            Reply::Accepted
        }
    }
}

fn refused(failure: &Failure) -> Reply {
    let why = failure.why();
    let what = if why.is_empty() { failure.what().to_owned() } else { format!("{}: {why}", failure.what()) };
    Reply::Refused { status: failure.exit().status(), what, advice: failure.advice().map(str::to_owned) }
}
