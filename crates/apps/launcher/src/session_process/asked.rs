//! Asking the server for the instructions: every key at hand, the ticket sent only to the pinned server.

use chaperone_paths::Folders;
use chaperone_protocol::{ErrorCode, Ticket};
use chaperone_session::Moment;
use chaperone_tasks::Tasks;
use chaperone_uplink::{Client, UplinkError};

use super::redeem::{Asking, Redeemed, Seeds};
use crate::ambient;
use crate::child_wire::Launch;
use crate::exit::Exit;
use crate::failure::{Failure, OrFail as _, Outcome};
use crate::server_access::{self, RenewError};
use crate::trust::{Server, TrustStore};

/// Verified instructions, and the way back to the server.
pub(super) struct Asked {
    pub(super) client: Client,
    pub(super) redeemed: Redeemed,
    /// When the request was sent.
    pub(super) asked: Moment,
    /// When the answer had come: the session begins.
    pub(super) answered: Moment,
}

/// Redeems the launch's ticket.
pub(super) async fn ask(folders: &Folders, launch: &Launch, tasks: &Tasks) -> Outcome<Asked> {
    let (trust, origin) = (TrustStore::new(folders), launch.origin.clone());
    let (found, for_keys) = (trust.clone(), folders.clone());
    let look_up = move || -> Outcome<_> {
        let server = found.find(&origin).or_fail(Exit::Failed, "cannot read the list of servers")?;
        let server = server.ok_or_else(|| {
            Failure::new(Exit::UnknownServer, format!("{origin} is not enrolled on this machine"))
        })?;
        let key = server_access::device_key(&server, &for_keys)?;
        Ok((server, key))
    };
    let (server, device) = tasks.spawn_blocking("look-up", look_up).await.map_err(anyhow::Error::from)??;
    let ticket =
        Ticket::parse(launch.ticket.expose()).or_fail(Exit::Refused, "the launch holds no usable ticket")?;
    let no_randomness = "the system gives no randomness for the session's keys";
    let seeds = Seeds {
        launch: ambient::random().or_fail(Exit::Failed, no_randomness)?,
        session: ambient::random().or_fail(Exit::Failed, no_randomness)?,
        nonce: ambient::random().or_fail(Exit::Failed, no_randomness)?,
    };
    let origin = launch.origin.parse().or_fail(Exit::Refused, "the launch names no usable server")?;
    let asking = Asking::new(origin, ticket, &device, &seeds);

    let (server, mut keys, mut client) = server_access::fresh(server, &trust).await?;
    let mut asked = ambient::now();
    let mut answer = client.redeem(asking.request().to_vec(), asking.launch()).await;
    if let Err(error @ UplinkError::NotOurServer(_)) = answer {
        // The server may have new keys; the same request may be sent again. Whoever cannot show them is not it.
        let renewed = match server_access::renew(&server, &trust).await {
            Ok(renewed) => renewed,
            Err(failed @ (RenewError::Keep(_) | RenewError::Origin)) => {
                return Err(not_kept(&server, failed));
            }
            Err(RenewError::Uplink(_)) => return Err(refused(&server, error)),
        };
        if renewed.key_set != server.key_set {
            (keys, client) = server_access::pinned(&renewed)?;
        }
        asked = ambient::now();
        answer = client.redeem(asking.request().to_vec(), asking.launch()).await;
    }
    let instructions = answer.map_err(|error| refused(&server, error))?;
    let answered = ambient::now();
    let redeemed = asking.believe(instructions, &keys, ambient::wall_ms()).map_err(|error| {
        Failure::new(Exit::Failed, format!("the answer of {} is not to be believed", server.origin))
            .because(error)
            .advise("Nothing was started. Tell your administrator.")
    })?;
    Ok(Asked { client, redeemed, asked, answered })
}

fn not_kept(server: &Server, error: RenewError) -> Failure {
    let what = format!("the newer keys of {} cannot be used, so nothing was started", server.origin);
    Failure::new(Exit::Failed, what).because(error).advise("Run `chaperone doctor`.")
}

fn refused(server: &Server, error: UplinkError) -> Failure {
    if server_access::is_intercepted(&error) {
        let untouched = "The ticket was not sent and nothing was started.";
        return Failure::not_our_server(&server.origin, untouched, error);
    }
    let code = server_access::code(&error);
    let advice = match code {
        Some(ErrorCode::TicketUsed) => {
            "A link opens one session, once. If you did not use it yourself, tell your administrator at once."
        }
        Some(ErrorCode::TicketExpired | ErrorCode::TicketUnknown) => {
            "Go back to the console and click Launch again."
        }
        Some(ErrorCode::TicketForeign) => {
            "This link was made for somebody else. Log in to the console as yourself and click Launch there."
        }
        Some(ErrorCode::DeviceUnknown) => {
            "Remove this server with `chaperone trust remove`, then enrol this device again with a new code."
        }
        Some(ErrorCode::LaunchWithdrawn) => "Ask your administrator for the right to launch it.",
        Some(ErrorCode::VersionUnsupported) => "Update Chaperone on this computer.",
        Some(_) => "Go back to the console and click Launch again.",
        None => "Check the network, then click Launch again.",
    };
    let exit = if code.is_some() { Exit::ServerRefused } else { Exit::Unreachable };
    Failure::new(exit, format!("{} did not open a session", server.origin)).because(error).advise(advice)
}
