//! The command line.

mod doctor;
mod export;
mod input;
mod records;
mod server;

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;

use chaperone_access::Role;
use clap::{Args, Parser, Subcommand, ValueEnum};
use tracing_subscriber::EnvFilter;

use crate::Exit;
use crate::config::{Config, Settings};

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
    User(User),
    /// Secrets
    #[command(subcommand)]
    Secret(Secret),
    /// Devices
    #[command(subcommand)]
    Device(Device),
    /// Write a session's bundle, or its film, to a file
    Export(Export),
    /// Check keys, database, audit log and disk
    Doctor(Data),
}

#[derive(Debug, Args)]
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

#[derive(Debug, Subcommand)]
enum User {
    /// Add a person; the password is the first line of standard input
    Add {
        /// The name they log in with
        name: String,
        /// user, auditor, operator or administrator
        #[arg(long)]
        role: Role,
        /// Read the password from standard input
        #[arg(long, required = true)]
        password_stdin: bool,
        #[command(flatten)]
        data: Data,
    },
}

#[derive(Debug, Subcommand)]
enum Secret {
    /// Store a secret; its value is read from standard input
    Add(SecretAdd),
}

#[derive(Debug, Args)]
struct SecretAdd {
    /// Its name
    name: String,
    /// What it is made of
    #[arg(long)]
    kind: Kind,
    /// The target, HOST:PORT
    #[arg(long)]
    target: String,
    /// The account on the target
    #[arg(long)]
    account: String,
    /// The account's domain, for Remote Desktop
    #[arg(long)]
    domain: Option<String>,
    /// SSH: the host's public key line. Remote Desktop: SHA-256 fingerprint of the certificate
    #[arg(long)]
    host_key: String,
    /// Read the value from standard input
    #[arg(long, required = true)]
    value_stdin: bool,
    /// Do not record its sessions
    #[arg(long)]
    no_record: bool,
    /// People who may launch it, by name
    #[arg(long, value_delimiter = ',')]
    launchers: Vec<String>,
    #[command(flatten)]
    data: Data,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
    SshPassword,
    SshKey,
    Rdp,
}

#[derive(Debug, Subcommand)]
enum Device {
    /// Print an enrolment code for a person's device
    Code {
        /// The person's name
        #[arg(long)]
        user: String,
        /// The origin the launcher reaches this server under [default: as for serve]
        #[arg(long)]
        origin: Option<String>,
        #[command(flatten)]
        data: Data,
    },
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
    #[command(flatten)]
    data: Data,
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
            };
            match Config::load(serve.data.config.as_deref(), settings) {
                Ok(config) => server::serve(&config).await,
                Err(error) => Ok(input::refused(Exit::Usage, &error)),
            }
        }
        Command::Init(data) => data.with(server::init).await,
        Command::Doctor(data) => data.with(doctor::doctor).await,
        Command::User(User::Add { name, role, password_stdin: _, data }) => {
            data.with(async |config| records::add_user(&config, name, role).await).await
        }
        Command::Secret(Secret::Add(add)) => records::add_secret(add).await,
        Command::Device(Device::Code { user, origin, data }) => {
            data.with(async |config| records::device_code(&config, &user, origin).await).await
        }
        Command::Export(export) => export::export(export).await,
    }
}

impl Data {
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
