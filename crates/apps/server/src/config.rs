//! From file and command line to one checked configuration.

mod heads;
mod ingest;
mod scrub;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use chaperone_paths::Folders;
use chaperone_protocol::Origin;
use serde::Deserialize;
use thiserror::Error;

pub use heads::{HeadsSettings, HeadsTo};
pub use ingest::{IngestLimits, IngestSettings};
pub use scrub::{Scrub, ScrubSettings};

const MAX_FILE_BYTES: u64 = 64 * 1024;
/// As much as fits a window that has to be read before it is answered.
const MAX_NOTICE_CHARS: usize = 4_000;

/// What file and command line may say. In both: the command line wins.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The data folder.
    pub data: Option<PathBuf>,
    /// Address and port to listen on; port 0 lets the system pick one.
    pub listen: Option<SocketAddr>,
    /// The origin under which browsers and launchers reach this server.
    pub origin: Option<String>,
    /// A certificate chain in PEM form, instead of a self-signed one.
    pub cert: Option<PathBuf>,
    /// The certificate's private key in PEM form.
    pub key: Option<PathBuf>,
    /// A text to be acknowledged before each session, of the file alone: plain lines, up to 4,000 characters.
    pub notice: Option<String>,
    /// What sessions are recorded as from now on, of the file alone: `video` (the default) or `stills`.
    pub record_as: Option<RecordAs>,
    /// Where signed heads of the audit log go, of the file alone.
    pub audit_heads: Option<HeadsSettings>,
    /// How stored record is proven again, of the file alone.
    pub scrub: Option<ScrubSettings>,
    /// How much record is taken in at once, of the file alone.
    pub ingest: Option<IngestSettings>,
}

/// What sessions are recorded as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RecordAs {
    /// H.264.
    #[default]
    Video,
    /// One still a second where something changed, without loss.
    Stills,
}

/// The checked configuration.
#[derive(Clone, Debug)]
pub struct Config {
    /// The data folder.
    pub data_dir: PathBuf,
    /// Address and port to listen on.
    pub listen: SocketAddr,
    /// The origin, unless it follows from the address.
    pub origin: Option<Origin>,
    /// Certificate and key files, unless self-signed.
    pub certificate: Option<(PathBuf, PathBuf)>,
    /// The text that is acknowledged before each session, if any.
    pub notice: Option<String>,
    /// What sessions are recorded as.
    pub record_as: RecordAs,
    /// Where signed heads of the audit log go.
    pub audit_heads: HeadsTo,
    /// How stored record is proven again.
    pub scrub: Scrub,
    /// How much record is taken in at once.
    pub ingest: IngestLimits,
}

/// Why the configuration is not usable.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is longer than any configuration.
    #[error("the configuration {} is longer than {MAX_FILE_BYTES} bytes", path.display())]
    TooLong {
        /// The file.
        path: PathBuf,
    },
    /// The file is not understood.
    #[error("the configuration {} is not understood", path.display())]
    Parse {
        /// The file.
        path: PathBuf,
        /// Where and why.
        source: toml::de::Error,
    },
    /// The origin is not one.
    #[error("the origin is not usable")]
    Origin(#[source] chaperone_protocol::origin::OriginError),
    /// Only one of certificate and key.
    #[error("--cert and --key belong together: give both or neither")]
    HalfCertificate,
    /// The notice is empty, too long, or holds what is no text.
    #[error("the notice is 1 to {MAX_NOTICE_CHARS} characters in plain lines")]
    Notice,
    /// The service for heads of the audit log is not one.
    #[error("audit_heads.url is an https address without name, password or fragment")]
    HeadsUrl,
    /// A number of the table `scrub` is out of range.
    #[error("scrub.every_days is 0 to 366, scrub.most_mb_per_second is 1 to 1048576")]
    Scrub,
    /// A number of the table `ingest` is out of range.
    #[error("ingest: rates are 1 to 4096 MB a second, memory_mb is 64 to 4096")]
    Ingest,
    /// No data folder was named and the system has none.
    #[error("no data folder: name one with --data")]
    NoDataFolder(#[source] chaperone_paths::FoldersError),
}

impl Config {
    /// Puts the command line over the file.
    ///
    /// # Errors
    /// [`ConfigError`] when the file or a value is not usable.
    pub fn load(file: Option<&Path>, command_line: Settings) -> Result<Self, ConfigError> {
        let file = file.map_or_else(|| Ok(Settings::default()), read)?;
        let data_dir = match command_line.data.or(file.data) {
            Some(dir) => dir,
            None => Folders::find().map_err(ConfigError::NoDataFolder)?.data_dir().join("server"),
        };
        let origin = command_line.origin.or(file.origin);
        let certificate = match (command_line.cert.or(file.cert), command_line.key.or(file.key)) {
            (Some(cert), Some(key)) => Some((cert, key)),
            (None, None) => None,
            (Some(_), None) | (None, Some(_)) => return Err(ConfigError::HalfCertificate),
        };
        Ok(Self {
            data_dir,
            listen: command_line.listen.or(file.listen).unwrap_or_else(default_listen),
            origin: origin.map(|text| Origin::parse(&text)).transpose().map_err(ConfigError::Origin)?,
            certificate,
            notice: command_line.notice.or(file.notice).map(|text| notice(&text)).transpose()?,
            record_as: command_line.record_as.or(file.record_as).unwrap_or_default(),
            ingest: command_line.ingest.or(file.ingest).unwrap_or_default().check()?,
            scrub: command_line.scrub.or(file.scrub).unwrap_or_default().check()?,
            audit_heads: command_line.audit_heads.or(file.audit_heads).unwrap_or_default().check()?,
        })
    }
}

/// The notice, trimmed.
fn notice(text: &str) -> Result<String, ConfigError> {
    let text = text.trim();
    let bad = |character: char| character.is_control() && character != '\n';
    if text.is_empty() || text.chars().count() > MAX_NOTICE_CHARS || text.contains(bad) {
        return Err(ConfigError::Notice);
    }
    Ok(text.to_owned())
}

/// This machine only, until told otherwise.
fn default_listen() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 8443))
}

fn read(path: &Path) -> Result<Settings, ConfigError> {
    let read = |source| ConfigError::Read { path: path.to_owned(), source };
    if std::fs::metadata(path).map_err(read)?.len() > MAX_FILE_BYTES {
        return Err(ConfigError::TooLong { path: path.to_owned() });
    }
    let text = std::fs::read_to_string(path).map_err(read)?;
    toml::from_str(&text).map_err(|source| ConfigError::Parse { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(text: &str, command_line: Settings) -> Result<Config, ConfigError> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("server.toml");
        std::fs::write(&path, text).unwrap();
        Config::load(Some(&path), command_line)
    }

    #[test]
    fn the_command_line_wins_over_the_file() {
        let file = "data = '/file'\nlisten = '0.0.0.0:1'\norigin = 'https://file.example'";
        let config = load(file, Settings { data: Some("/line".into()), ..Settings::default() }).unwrap();
        assert_eq!(config.data_dir, Path::new("/line"));
        assert_eq!(config.listen, "0.0.0.0:1".parse().unwrap());
        assert_eq!(config.origin.unwrap().as_str(), "https://file.example");
    }

    #[test]
    fn without_a_word_it_listens_on_this_machine_only() {
        let config = load("data = '/x'", Settings::default()).unwrap();
        assert_eq!(config.listen, "127.0.0.1:8443".parse().unwrap());
        assert!(config.certificate.is_none());
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        assert!(matches!(load("datta = '/x'", Settings::default()), Err(ConfigError::Parse { .. })));
        let half = load("data = '/x'\ncert = 'c.pem'", Settings::default());
        assert!(matches!(half, Err(ConfigError::HalfCertificate)));
        let plain = load("data = '/x'\norigin = 'http://x'", Settings::default());
        assert!(matches!(plain, Err(ConfigError::Origin(_))));
    }

    #[test]
    fn sessions_are_recorded_as_video_unless_the_file_says_stills() {
        let record_as = |text: &str| load(text, Settings::default()).map(|config| config.record_as);
        assert_eq!(record_as("data = '/x'").unwrap(), RecordAs::Video);
        assert_eq!(record_as("data = '/x'\nrecord_as = 'stills'").unwrap(), RecordAs::Stills);
        let unknown = record_as("data = '/x'\nrecord_as = 'paintings'");
        assert!(matches!(unknown, Err(ConfigError::Parse { .. })));
    }

    #[test]
    fn a_notice_is_plain_lines_that_can_be_read() {
        let notice = |text: &str| {
            let settings = Settings { notice: Some(text.to_owned()), ..Settings::default() };
            load("data = '/x'", settings).map(|config| config.notice)
        };
        assert_eq!(
            notice("\nThis is recorded.\n\nSo be it.\n").unwrap().as_deref(),
            Some("This is recorded.\n\nSo be it.")
        );
        for text in ["", " \n", "bell\u{7}", &"x".repeat(MAX_NOTICE_CHARS + 1)] {
            assert!(matches!(notice(text), Err(ConfigError::Notice)), "{text:?}");
        }
    }
}
