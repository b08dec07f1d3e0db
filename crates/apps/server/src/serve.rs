//! Starting, running and stopping the server.

use std::io::Write as _;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use axum_server::Handle;
use axum_server::tls_rustls::RustlsConfig;
use chaperone_blobs::BlobStore;
use chaperone_database::Database;
use chaperone_intake::Intake;
use chaperone_protocol::Origin;
use chaperone_tasks::Tasks;
use hyper_util::rt::TokioTimer;
use tracing::{error, info};

use crate::app::{App, Shared};
use crate::audit::heads;
use crate::config::Config;
use crate::data_folder::{DataFolder, ServerLock};
use crate::http::router;
use crate::ingest::{self, Limits, Storage};
use crate::jobs::{self, Films, JobBell, Lane};
use crate::keys::{self, Keys};
use crate::people::{LoginLimiter, Passwords, SetUpCode};
use crate::playback::Views;
use crate::sessions::{self, Changes};
use crate::time::{not_before, now_ms};
use crate::upkeep::upkeep;

/// A connection that does not send its request's head within this time is closed.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// What is under way gets this long to end when the server stops.
const DRAIN: Duration = Duration::from_secs(5);
/// Tasks get this long after that.
const TASKS_END: Duration = Duration::from_secs(3);

/// A server that is listening.
pub struct Server {
    app: Shared,
    listener: TcpListener,
    address: SocketAddr,
    certificate: keys::Certificate,
    folder: DataFolder,
    config: Config,
    heads_to: Vec<heads::Place>,
    _lock: ServerLock,
}

impl Server {
    /// Opens the data folder, makes what is missing in it, and listens.
    ///
    /// # Errors
    /// Whatever keeps it from starting, with what to do about it.
    pub async fn start(config: &Config) -> anyhow::Result<Self> {
        let now_ms = now_ms();
        let folder = DataFolder::open(&config.data_dir)?;
        let lock = folder.lock()?;
        let listener = TcpListener::bind(config.listen).with_context(|| {
            format!("cannot listen on {}: choose another address with --listen", config.listen)
        })?;
        listener.set_nonblocking(true).context("cannot prepare the listener")?;
        let address = listener.local_addr().context("the listener has no address")?;
        let origin = match &config.origin {
            Some(origin) => origin.clone(),
            None => origin_of(address)?,
        };
        folder.note_origin(&origin)?;
        let certificate = keys::certificate(&folder, config, origin.host(), now_ms)?;
        let heads_to = heads::Place::all(&config.audit_heads)
            .context("cannot send heads of the audit log where the configuration says")?;
        let keys = Keys::load(&folder, &certificate, now_ms)?;
        let database = Database::open(&folder.database_path()).await?;
        not_before(database.audit_lines(1).await?.first().map_or(0, |line| line.at_ms));
        let set_up_code = SetUpCode::new(folder.set_up_code_path());
        if database.any_administrator().await? {
            set_up_code.remove()?;
        } else {
            set_up_code.ensure()?;
        }
        let epoch = folder.store_epoch(now_ms)?;
        let intake = Intake::open(&folder.segments_dir(), Arc::clone(keys.receipt()), epoch).await?;
        let app = Arc::new(App {
            origin,
            folder: folder.clone(),
            epoch,
            notice: config.notice.clone(),
            record_as: config.record_as,
            keys,
            intake,
            storage: Storage::new(config.data_dir.clone()),
            limits: Limits::new(config.ingest),
            master: keys::master(&folder)?,
            passwords: Passwords::new()?,
            logins: LoginLimiter::default(),
            set_up_code,
            blobs: BlobStore::on_disk(&folder.recordings_dir()).await?,
            films: Films::default(),
            views: Views::default(),
            changes: Changes::new(),
            jobs: JobBell::default(),
            stop: tokio_util::sync::CancellationToken::new(),
            database,
        });
        jobs::remove_left_stills(&app.blobs).await?;
        ingest::reconcile(&app.database, &app.intake, crate::time::now_ms()).await?;
        let config = config.clone();
        Ok(Self { app, listener, address, certificate, folder, config, heads_to, _lock: lock })
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The origin it answers to.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.app.origin
    }

    /// Says on standard output where it is reached, the root's fingerprint, and where the set-up code lies while one is
    /// needed. The first line begins with `listening `.
    ///
    /// # Errors
    /// Standard output is closed.
    pub async fn announce(&self) -> anyhow::Result<()> {
        let needed = !self.app.database.any_administrator().await?;
        let mut out = std::io::stdout().lock();
        writeln!(out, "listening https://{}", self.address)?;
        writeln!(out, "origin {}", self.app.origin)?;
        writeln!(out, "root {}", self.app.keys.fingerprint())?;
        if needed {
            writeln!(out, "set-up code {}", self.app.set_up_code.path().display())?;
        }
        out.flush()?;
        Ok(())
    }

    /// Serves until `stop` ends, then lets what is under way end, and closes the database.
    ///
    /// # Errors
    /// The listener failed.
    pub async fn run(self, stop: impl Future<Output = ()> + Send) -> anyhow::Result<()> {
        let tasks = Tasks::new();
        let watcher =
            tasks.spawn("watch-sessions", sessions::watch(Shared::clone(&self.app), tasks.token().clone()));
        let worker = |lane| jobs::work(Shared::clone(&self.app), lane, tasks.token().clone());
        let workers =
            [tasks.spawn("compose", worker(Lane::Compose)), tasks.spawn("encode", worker(Lane::Encode))];

        let scrub = jobs::scrub(Shared::clone(&self.app), self.config.scrub, tasks.token().clone());
        let scrub = tasks.spawn("scrub", scrub);
        let keeping = heads::keep(Shared::clone(&self.app), self.heads_to.clone(), tasks.token().clone());
        let keeping = tasks.spawn("audit-heads", keeping);

        let handle = Handle::new();
        let tls = RustlsConfig::from_config(self.certificate.tls());
        let upkeep =
            upkeep(Shared::clone(&self.app), self.folder, self.config, tls.clone(), tasks.token().clone());
        let upkeep = tasks.spawn("upkeep", upkeep);
        let mut server = axum_server::from_tcp_rustls(self.listener, tls)
            .context("cannot take the listener over")?
            .handle(handle.clone());
        server.http_builder().http1().timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT);
        server.http_builder().http2().timer(TokioTimer::new());
        let service = router(Shared::clone(&self.app)).into_make_service_with_connect_info::<SocketAddr>();
        let mut serving = std::pin::pin!(server.serve(service));
        let served = tokio::select! {
            served = &mut serving => served,
            () = stop => {
                info!("Stopping");
                self.app.stop.cancel();
                handle.graceful_shutdown(Some(DRAIN));
                serving.await
            }
        };
        self.app.stop.cancel();
        let ended = tasks.shutdown(TASKS_END).await;
        drop((watcher, workers, upkeep, keeping, scrub));
        if let Err(error) = heads::last(&self.app, &self.heads_to).await {
            error!(error = &error as &dyn std::error::Error, "The audit log's last head could not be signed");
        }
        self.app.database.close().await;
        info!(?ended, "Stopped");
        served.context("the listener failed")
    }
}

/// The origin that follows from an address; one that stands for all addresses is reached as `localhost`.
pub(crate) fn origin_of(address: SocketAddr) -> anyhow::Result<Origin> {
    let host = match address.ip() {
        ip if ip.is_unspecified() => "localhost".to_owned(),
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => format!("[{ip}]"),
    };
    Origin::parse(&format!("https://{host}:{}", address.port()))
        .context("no origin follows from the address: name one with --origin")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_follow_from_addresses() {
        for (address, origin) in [
            ("127.0.0.1:8443", "https://127.0.0.1:8443"),
            ("[::1]:443", "https://[::1]"),
            ("0.0.0.0:8443", "https://localhost:8443"),
            ("[::]:8443", "https://localhost:8443"),
        ] {
            assert_eq!(origin_of(address.parse().unwrap()).unwrap().as_str(), origin);
        }
    }
}
