//! The command line.

mod audit;
mod backup;
mod devices;
mod doctor;
mod export;
mod input;
mod people;
mod secrets;
mod server;

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;

use chaperone_database::Database;
use clap::{Args, Parser, Subcommand};
use tracing_subscriber::EnvFilter;

use crate::Exit;
use crate::config::{Config, Settings};
use crate::data_folder::DataFolder;

/// Launches privileged sessions, keeps their records and shows them.
///
/// Exit codes: 0 done, 1 failed, 2 not understood, 3 a value was refused, 4 not found, 5 another server uses the data
/// folder, 6 doctor found something wrong.
#[derive(Debug, Parser)]
#[command(name = "chaperone-server", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server. Its first line on standard output is `listening https://…`
    Serve(Serve),
    /// Make the data folder with its keys and print the fingerprint of the root key
    Init(Data),
    /// People
    #[command(subcommand)]
    User(people::User),
    /// Secrets
    #[command(subcommand)]
    Secret(secrets::Secret),
    /// Devices
    #[command(subcommand)]
    Device(devices::Device),
    /// Write a session's bundle, or its film, to a file
    Export(Export),
    /// Write the audit log to a file, for `chaperone-verify --audit`
    Audit(Audit),
    /// Copy all that is kept, keys included, to a folder, while a server runs or not. Whoever reads it reads everything
    Backup(backup::Backup),
    /// Make a data folder of a backup, in a new store epoch: launchers then send again what they still hold
    Restore(backup::Restore),
    /// Say that the data folder was restored by other means than `restore`: launchers then send again what they still
    /// hold. The server must not be running
    Restored(Data),
    /// Check keys, database, audit log and disk
    Doctor(Data),
}

#[derive(Debug, Default, Args)]
struct Data {
    /// Configuration file
    #[arg(long)]
    config: Option<PathBuf>,
    /// The data folder
    #[arg(long)]
    data: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct Serve {
    #[command(flatten)]
    data: Data,
    /// Address and port to listen on; port 0 lets the system pick one [default: 127.0.0.1:8443]
    #[arg(long)]
    listen: Option<SocketAddr>,
    /// The origin under which browsers and launchers reach this server [default: the address]
    #[arg(long)]
    origin: Option<String>,
    /// Certificate chain in PEM form, instead of a self-signed one
    #[arg(long)]
    cert: Option<PathBuf>,
    /// The certificate's private key in PEM form
    #[arg(long)]
    key: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct Export {
    /// The session's id
    session: String,
    /// The file to write; it must not exist
    #[arg(long)]
    out: PathBuf,
    /// Write the film instead of the sealed record
    #[arg(long)]
    mp4: bool,
    /// Put the film into the bundle, and the key that opens the payloads: whoever has the file can watch it, and check
    /// picture by picture that the film is what was recorded
    #[arg(long, conflicts_with = "mp4")]
    film: bool,
    #[command(flatten)]
    data: Data,
}

#[derive(Debug, Args)]
struct Audit {
    /// The file to write; it must not exist
    #[arg(long)]
    out: PathBuf,
    #[command(flatten)]
    data: Data,
}

/// What commands work on that change or show what is stored. A server may be running beside them.
struct Opened {
    config: Config,
    folder: DataFolder,
    database: Database,
}

/// Runs the program with these arguments.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            let exit = if error.use_stderr() { Exit::Usage } else { Exit::Done };
            return if error.print().is_ok() { exit } else { Exit::Failed };
        }
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return input::failed(&error.into()),
    };
    let outcome = runtime.block_on(dispatch(cli.command));
    outcome.unwrap_or_else(|error| input::failed(&error))
}

async fn dispatch(command: Command) -> anyhow::Result<Exit> {
    match command {
        Command::Serve(serve) => {
            let settings = Settings {
                data: serve.data.data,
                listen: serve.listen,
                origin: serve.origin,
                cert: serve.cert,
                key: serve.key,
                ..Settings::default()
            };
            match Config::load(serve.data.config.as_deref(), settings) {
                Ok(config) => server::serve(&config).await,
                Err(error) => Ok(input::refused(Exit::Usage, &error)),
            }
        }
        Command::Init(data) => data.with(server::init).await,
        Command::Restored(data) => data.with(server::restored).await,
        Command::Doctor(data) => data.with(doctor::doctor).await,
        Command::User(user) => user.run().await,
        Command::Secret(secret) => secret.run().await,
        Command::Device(device) => device.run().await,
        Command::Export(export) => export::export(export).await,
        Command::Audit(audit) => audit::export(audit).await,
        Command::Backup(backup) => backup::backup(backup).await,
        Command::Restore(restore) => backup::restore(restore).await,
    }
}

impl Data {
    /// Runs a command on the data folder these options name, with its database open.
    async fn opened<F: AsyncFnOnce(Opened) -> anyhow::Result<Exit>>(
        self,
        command: F,
    ) -> anyhow::Result<Exit> {
        self.with(async |config| {
            let folder = DataFolder::open(&config.data_dir)?;
            let database = Database::open(&folder.database_path()).await?;
            let exit = command(Opened { config, folder, database: database.clone() }).await;
            database.close().await;
            exit
        })
        .await
    }

    /// Runs a command on the configuration these options make.
    async fn with<F: AsyncFnOnce(Config) -> anyhow::Result<Exit>>(self, command: F) -> anyhow::Result<Exit> {
        let settings = Settings { data: self.data, ..Settings::default() };
        match Config::load(self.config.as_deref(), settings) {
            Ok(config) => command(config).await,
            Err(error) => Ok(input::refused(Exit::Usage, &error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
