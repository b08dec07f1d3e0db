use std::sync::Arc;

use chaperone_blobs::BlobStore;
use chaperone_database::Database;
use chaperone_intake::Intake;
use chaperone_protocol::Origin;
use chaperone_seals::MasterKey;
use tokio_util::sync::CancellationToken;

use crate::config::RecordAs;
use crate::data_folder::DataFolder;
use crate::ingest::{Limits, Storage};
use crate::jobs::{Films, JobBell};
use crate::keys::Keys;
use crate::people::{LoginLimiter, Passwords, SetUpCode};
use crate::playback::Views;
use crate::sessions::Changes;

/// What every route and job shares.
pub(crate) struct App {
    pub(crate) origin: Origin,
    pub(crate) folder: DataFolder,
    /// Rises when the store is restored from a backup.
    pub(crate) epoch: u64,
    /// Acknowledged before each session, if there is one.
    pub(crate) notice: Option<String>,
    /// What sessions opened from now on are recorded as.
    pub(crate) record_as: RecordAs,
    pub(crate) database: Database,
    pub(crate) keys: Keys,
    pub(crate) master: MasterKey,
    pub(crate) passwords: Passwords,
    pub(crate) logins: LoginLimiter,
    pub(crate) set_up_code: SetUpCode,
    /// The sealed record.
    pub(crate) intake: Intake,
    /// Films that play.
    pub(crate) blobs: BlobStore,
    pub(crate) films: Films,
    pub(crate) storage: Storage,
    /// How much record is taken in at once.
    pub(crate) limits: Limits,
    pub(crate) views: Views,
    pub(crate) changes: Changes,
    pub(crate) jobs: JobBell,
    /// Cancelled when the server stops: streams and channels end.
    pub(crate) stop: CancellationToken,
}

/// The shared state, as axum hands it to handlers.
pub(crate) type Shared = Arc<App>;
