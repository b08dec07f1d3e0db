//! Closing what was cut off: the device key vouches for what was found, and says no more than that.

use chaperone_evidence::RecoveryRecord;
use chaperone_seals::{Digest, SigningKey, signed};
use chaperone_spool::SessionSpool;

use super::Uploader;
use crate::ambient;
use crate::exit::Exit;
use crate::failure::{Failure, OrFail as _, Outcome};
use crate::server_access;
use crate::trust::Server;

/// Finds the session's server and sees to it that the session has a last link.
pub(super) async fn prepare(uploader: &Uploader, spool: &SessionSpool) -> Outcome<Server> {
    let (uploader, spool) = (uploader.clone(), spool.clone());
    let tasks = uploader.0.tasks.clone();
    let work = move || {
        let origin = &spool.opening().origin;
        let server =
            uploader.0.trust.find(origin).or_fail(Exit::Failed, "cannot read the list of servers")?;
        let server = server.ok_or_else(|| {
            Failure::new(Exit::UnknownServer, format!("{origin} is no longer enrolled on this machine"))
                .advise("Enrol this device there again, and the record is sent.")
        })?;
        if spool.closing().is_none() {
            let device = server_access::device_key(&server, &uploader.0.folders)?;
            close(&spool, &device)?;
        }
        Ok(server)
    };
    tasks.spawn_blocking("recover", work).await.map_err(anyhow::Error::from)?
}

/// Closes a session that was cut off by a recovery record, unless it was recorded under another device key than this:
/// nobody would believe a record by a key that its opening record does not name.
pub(crate) fn close(spool: &SessionSpool, device: &SigningKey) -> Outcome<()> {
    let session = spool.session();
    if device.public().id() != spool.opening().device {
        tracing::error!(%session, "A session was cut off under another device key and cannot be closed by this one");
        return Ok(());
    }
    let record = record(spool, device, ambient::wall_ms());
    spool.close(record).or_fail(Exit::Failed, "the recovery record cannot be written")?;
    tracing::warn!(%session, "A session was cut off and is closed by a recovery record");
    Ok(())
}

/// What was found of a session, signed by this device.
fn record(spool: &SessionSpool, device: &SigningKey, wall_ms: u64) -> Vec<u8> {
    let record = RecoveryRecord {
        session: spool.session(),
        device: device.public().id(),
        opening: Digest::of(spool.signed_opening()),
        tracks: spool.ends(),
        wall_ms,
    };
    signed::sign(&record, device)
}
